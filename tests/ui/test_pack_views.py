"""What is said of a pack."""

from __future__ import annotations

from core.reading.reader import Reader
from ui.pack_views import pack_view


def test_a_packs_figure_names_its_test_set_size_groups_interval_and_prevalence(
    reader: Reader,
) -> None:
    (figure,) = pack_view(reader.shelf.manifest("limb")).evaluation

    assert figure == (
        "Accuracy 1 (95% interval 0.9 to 1, none), drawn phantoms. Images: 10, groups: 10. "
        "Prevalence: no_fracture 50%, fracture 50%."
    )
