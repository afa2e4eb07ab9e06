"""What `make demo-cloud` puts on its server can be reviewed."""

from __future__ import annotations

import pytest

from core.sync.opinions_review import reviewable
from core.sync.server import FhirServer
from core.sync.tasks import open_tasks
from tests.demo_cloud.samples import labels_on_board, load, sample_labels


def test_every_sample_is_an_open_question_with_its_pictures(clinic: str) -> None:
    cases = load(clinic)

    with FhirServer(clinic) as server:
        tasks = [each for each in open_tasks(server) if each.case_id in cases]
        shown = [reviewable(server, task) for task in tasks]

    assert len(cases) == len(shown) == 3
    assert all(each.image and each.heat_map for each in shown)
    assert all(each.report.reading.probabilities for each in shown)


@pytest.mark.parametrize("pack", sample_labels())
def test_the_samples_speak_of_classes_that_the_packs_know(pack: str) -> None:
    assert sample_labels()[pack] == labels_on_board(pack)
