"""From study to reading, with packs that do just what a test asks of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.errors import ImagingError, OutpostError
from core.imaging.failures import ImagingFailure
from core.imaging.study import Facts, Frame, Source, Study
from core.reading.explanation import heat_map
from core.reading.inference import Network
from core.reading.pack import PackShelf
from core.reading.reader import Experimental, Reader, ReadingCancelled, Request
from core.reading.requirements import Answers, Unanswered, check_requirements
from core.reading.result import Reading, Verdict
from core.reading.signature import MANIFEST_DOMAIN, sign
from tests.packs import BRIGHT, FAINT, KEY_ID, Kind, Place, build_shelf, phantom

HAND = Answers(body_part="HAND")
SEEN = Answers(known_lesion=True)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> PackShelf:
    return build_shelf(tmp_path_factory.mktemp("reader") / "models")


@pytest.fixture(scope="module")
def reader(shelf: PackShelf) -> Reader:
    return Reader(shelf, threads=1)


def study(*images: np.ndarray, **facts: object) -> Study:
    frames = [Frame(image) for image in images]
    return Study(source=Source.PICTURE, frames=frames, facts=Facts(**facts))  # type: ignore[arg-type]


def film(brightness: int | None = BRIGHT) -> np.ndarray:
    return phantom(Kind.HAND_FILM, {Place.MIDDLE: brightness} if brightness else {})


def codes(reading: Reading) -> set[str]:
    return {reason.code for reason in reading.reasons}


def test_reads_a_fracture_with_confidence(reader: Reader) -> None:
    reading = reader.read(study(film()), Request(answers=HAND))
    assert reading.verdict is Verdict.CONFIDENT
    assert reading.finding == "fracture"
    assert reading.guidance is not None
    assert reading.guidance.key == "fracture"
    assert reading.route is not None
    assert reading.route.label == "limb_film"
    assert reading.pack is not None
    assert reading.pack.id == "limb"
    assert sum(reading.probabilities.values()) == pytest.approx(1)
    assert reading.timing.total > 0


def test_is_uncertain_when_the_blob_is_faint(reader: Reader) -> None:
    reading = reader.read(study(film(FAINT)), Request(answers=HAND))
    assert reading.verdict is Verdict.UNCERTAIN
    assert set(reading.prediction_set) == {"fracture", "no_fracture"}


@pytest.mark.parametrize(
    ("kind", "code"),
    [(Kind.PHOTOGRAPH, "unsupported_kind"), (Kind.NOTHING_KNOWN, "not_recognised")],
)
def test_refuses_what_it_was_not_made_for(reader: Reader, kind: Kind, code: str) -> None:
    reading = reader.read(study(phantom(kind, {Place.MIDDLE: BRIGHT})))
    assert reading.verdict is Verdict.REJECTED
    assert code in codes(reading)
    assert reading.probabilities == {}
    assert reading.finding is None
    assert reading.guidance is not None
    assert reading.guidance.key == "refused"


def test_refuses_an_image_unlike_those_the_pack_learned(reader: Reader) -> None:
    bright = phantom(Kind.HAND_FILM, {Place.MIDDLE: BRIGHT}, background=150)
    reading = reader.read(study(bright), Request(answers=HAND))
    assert reading.verdict is Verdict.REJECTED
    assert "unlike_training" in codes(reading)
    assert reading.probabilities == {}


def test_an_image_a_little_unlike_the_training_is_read_but_never_with_confidence(
    reader: Reader,
) -> None:
    lighter = phantom(Kind.HAND_FILM, {Place.MIDDLE: BRIGHT}, background=78)
    reading = reader.read(study(lighter), Request(answers=HAND))
    assert reading.verdict is Verdict.UNCERTAIN
    assert "differs_from_training" in codes(reading)
    assert reading.probabilities["fracture"] > 0.9


def test_an_overridden_refusal_stays_visible(reader: Reader) -> None:
    bright = phantom(Kind.HAND_FILM, {Place.MIDDLE: BRIGHT}, background=150)
    reading = reader.read(study(bright), Request(answers=HAND, pack="limb"))
    assert reading.verdict is Verdict.REJECTED
    assert {"unlike_training", "still_unlike_training", "route_overridden"} <= codes(reading)
    assert reading.probabilities


def test_an_overridden_route_is_recorded_and_never_confident(reader: Reader) -> None:
    image = phantom(Kind.BRAIN_SLICE, {Place.MIDDLE: BRIGHT})
    reading = reader.read(study(image), Request(answers=HAND, pack="limb"))
    assert reading.route is not None
    assert (reading.route.label, reading.route.overridden_to) == ("brain_mr", "limb")
    assert reading.verdict is Verdict.UNCERTAIN
    assert "route_overridden" in codes(reading)


def test_an_open_question_forbids_confidence(reader: Reader) -> None:
    reading = reader.read(study(film()))
    assert reading.verdict is Verdict.UNCERTAIN
    assert "not_answered" in codes(reading)


def test_an_assumed_answer_is_stated(reader: Reader) -> None:
    reading = reader.read(study(film()), Request(unanswered=Unanswered.ASSUME))
    assert reading.verdict is Verdict.CONFIDENT
    assert "assumed_body_part" in codes(reading)


def test_the_header_answers_before_the_clinician(reader: Reader) -> None:
    reading = reader.read(study(film(), body_part="CHEST"), Request(answers=HAND))
    assert reading.verdict is Verdict.REJECTED
    assert "body_part_outside" in codes(reading)
    assert reading.pack is not None


def test_the_header_forbids_another_part_of_the_body_even_when_nothing_is_asked(
    reader: Reader, shelf: PackShelf
) -> None:
    manifest = replace(shelf.manifest("brain"), body_part=("BRAIN", "HEAD"))
    knee = Facts(body_part="KNEE")
    checked = check_requirements(manifest, knee, SEEN, Unanswered.ASSUME)
    assert [r.code for r in checked.refusals] == ["body_part_outside"]
    head = Facts(body_part="HEAD")
    assert check_requirements(manifest, head, SEEN, Unanswered.ASSUME).refusals == ()


def test_a_header_and_a_clinician_who_disagree_forbid_confidence(reader: Reader) -> None:
    answers = Answers(body_part="WRIST")
    reading = reader.read(study(film(), body_part="HAND"), Request(answers=answers))
    assert reading.verdict is Verdict.UNCERTAIN
    assert "facts_disagree" in codes(reading)
    outside = Answers(body_part="CHEST")
    refused = reader.read(study(film(), body_part="HAND"), Request(answers=outside))
    assert refused.verdict is Verdict.REJECTED


def test_asks_only_what_the_header_does_not_say(reader: Reader) -> None:
    asked = reader.questions(study(film()), Answers())
    assert [requirement.kind.value for requirement in asked] == ["body_part"]
    assert reader.questions(study(film(), body_part="HAND"), Answers()) == []
    assert reader.questions(study(phantom(Kind.PHOTOGRAPH)), Answers()) == []


def test_refuses_to_look_for_a_tumour_nobody_has_seen(reader: Reader) -> None:
    image = phantom(Kind.BRAIN_SLICE, {Place.LEFT: BRIGHT})
    reading = reader.read(study(image), Request(answers=Answers(known_lesion=False)))
    assert reading.verdict is Verdict.REJECTED
    assert "lesion_not_seen" in codes(reading)


@pytest.mark.parametrize(("age", "read"), [(17.9, False), (18, True), (90, True)])
def test_keeps_to_the_ages_a_pack_was_made_for(reader: Reader, age: float, read: bool) -> None:
    image = phantom(Kind.HEAD_SLICE, {Place.MIDDLE: BRIGHT})
    reading = reader.read(study(image, age_years=age))
    assert (reading.verdict is not Verdict.REJECTED) == read
    assert ("age_outside" in codes(reading)) != read


def test_leaves_experimental_packs_off_unless_asked(reader: Reader) -> None:
    image = phantom(Kind.LUNG_FRAME, {Place.MIDDLE: BRIGHT})
    off = reader.read(study(image))
    assert off.verdict is Verdict.REJECTED
    assert "pack_off" in codes(off)
    on = reader.read(study(image), Request(experimental=Experimental.ON))
    assert on.verdict is Verdict.CONFIDENT
    assert "experimental" in codes(on)


def test_a_pack_past_its_review_is_never_confident(shelf: PackShelf) -> None:
    late = Reader(shelf, threads=1, today=lambda: date(2100, 1, 1))
    reading = late.read(study(film()), Request(answers=HAND))
    assert reading.verdict is Verdict.UNCERTAIN
    assert "pack_past_review" in codes(reading)


def test_the_diseased_frame_of_a_series_speaks_for_it(reader: Reader) -> None:
    images = [film(None)] * 4 + [film()] + [film(None)] * 2
    reading = reader.read(study(*images), Request(answers=HAND))
    assert reading.verdict is Verdict.UNCERTAIN
    assert reading.finding == "fracture"
    assert reading.frames[0].index == 4
    assert (reading.frame_count.read, reading.frame_count.total) == (7, 7)


def test_a_far_frame_that_looks_diseased_is_shown_and_never_reassured_away(
    reader: Reader,
) -> None:
    far = phantom(Kind.HAND_FILM, {Place.MIDDLE: BRIGHT}, background=150)
    reading = reader.read(study(*[film(None)] * 8, far), Request(answers=HAND))
    assert reading.verdict is Verdict.UNCERTAIN
    assert "far_frame_abnormal" in codes(reading)
    assert reading.frames[0].index == 8
    assert reading.guidance is not None
    assert reading.guidance.key == "fracture"


def test_an_image_smaller_than_those_it_was_checked_on_is_never_confident(
    tmp_path: Path,
) -> None:
    key = Ed25519PrivateKey.generate()
    shelf = build_shelf(tmp_path / "models", key)
    path = tmp_path / "models" / "limb" / "pack.json"
    table = json.loads(path.read_bytes())
    table["abstention"]["longest_side_from"] = 300
    path.write_bytes(json.dumps(table).encode())
    signature = sign(path.read_bytes(), MANIFEST_DOMAIN, KEY_ID, key)
    (tmp_path / "models" / "limb" / "pack.sig").write_bytes(signature)
    reading = Reader(shelf, threads=1).read(study(film()), Request(answers=HAND))
    assert reading.verdict is Verdict.UNCERTAIN
    assert "resolution_low" in codes(reading)
    larger = np.kron(film(), np.ones((2, 2), np.uint8))
    assert "resolution_low" not in codes(Reader(shelf).read(study(larger), Request(answers=HAND)))


def test_one_frame_of_a_series_is_never_confident(reader: Reader) -> None:
    reading = reader.read(study(film(None), film(None)), Request(answers=HAND, frame=1))
    assert reading.verdict is Verdict.UNCERTAIN
    assert "one_frame_of_series" in codes(reading)
    assert (reading.frame_count.read, reading.frame_count.total) == (1, 2)


@pytest.mark.parametrize("frame", [-1, 2, 100])
def test_says_when_a_frame_does_not_exist(reader: Reader, frame: int) -> None:
    with pytest.raises(OutpostError) as caught:
        reader.read(study(film(), film()), Request(frame=frame))
    assert caught.value.code == "frame_out_of_range"


def test_reads_fewer_frames_when_time_is_short_and_says_so(reader: Reader) -> None:
    images = [film()] * 60
    reading = reader.read(study(*images), Request(answers=HAND, budget_s=0.0))
    assert reading.frame_count.read == 2
    assert reading.frame_count.total == 60
    assert "frames_strided" in codes(reading)
    assert {f.index for f in reading.frames} == {0, 59}


class DamagedAt(Sequence[Frame]):
    """Frames of which one does not decode."""

    def __init__(self, images: Sequence[np.ndarray], damaged: int) -> None:
        self.images, self.damaged = images, damaged

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index):  # type: ignore[no-untyped-def]
        if index == self.damaged:
            raise ImagingError(ImagingFailure.EMPTY_FILE)
        return Frame(self.images[index])


@pytest.mark.parametrize("damaged", range(9))
def test_one_damaged_frame_does_not_cost_the_series(reader: Reader, damaged: int) -> None:
    frames = DamagedAt([film()] * 9, damaged)
    reading = reader.read(Study(source=Source.DICOM, frames=frames), Request(answers=HAND))
    assert reading.frame_count.read == 8
    assert "frames_left_out" in codes(reading)


@pytest.mark.parametrize("empty", range(9))
def test_one_empty_frame_does_not_cost_the_series(reader: Reader, empty: int) -> None:
    images = [film()] * 9
    images[empty] = np.zeros((256, 256), np.uint8)
    reading = reader.read(study(*images), Request(answers=HAND))
    assert reading.verdict is Verdict.UNCERTAIN
    assert reading.finding == "fracture"


def test_a_lone_damaged_frame_is_an_error(reader: Reader) -> None:
    frames = DamagedAt([film()], damaged=0)
    with pytest.raises(ImagingError):
        reader.read(Study(source=Source.DICOM, frames=frames), Request(answers=HAND))


def test_stops_between_frames_when_asked(reader: Reader) -> None:
    told: list[tuple[int, int]] = []
    request = Request(
        answers=HAND,
        progress=lambda read, total: told.append((read, total)),
        cancelled=lambda: len(told) >= 2,
    )
    with pytest.raises(ReadingCancelled):
        reader.read(study(*[film()] * 5), request)
    assert told == [(1, 5), (2, 5)]


def test_an_empty_image_is_refused_with_advice(reader: Reader) -> None:
    reading = reader.read(study(np.zeros((256, 256), np.uint8)))
    assert reading.verdict is Verdict.REJECTED
    assert reading.route is None
    assert codes(reading) & {"empty", "too_dark"}


def test_the_heat_lies_where_the_blob_is(reader: Reader) -> None:
    image = phantom(Kind.BRAIN_SLICE, {Place.RIGHT: BRIGHT})
    wide = np.pad(image, ((0, 0), (0, 128)))  # letterboxed: the map must follow the placement
    # Made smaller by the letterbox, the blob comes to lie in the middle of the network's grid,
    # and the router no longer finds the marker.
    reading = reader.read(study(wide), Request(answers=SEEN, pack="brain"))
    assert reading.finding == "meningioma"
    heat = heat_map(reading.frames[0], "meningioma", wide.shape)
    assert heat.shape == wide.shape
    row, column = np.unravel_index(int(heat.argmax()), heat.shape)
    # The blob covers rows 96 to 160 and columns 160 to 224 of the image.
    assert 80 <= row <= 176
    assert 128 <= column <= 256


def test_a_router_is_no_pack_to_read_with(reader: Reader) -> None:
    with pytest.raises(OutpostError) as caught:
        reader.read(study(film()), Request(pack="router"))
    assert caught.value.code == "pack_not_found"


def test_reads_without_a_router_only_when_a_person_names_the_pack(tmp_path: Path) -> None:
    shelf = build_shelf(tmp_path / "models")
    (tmp_path / "models" / "router" / "pack.sig").unlink()
    reading = Reader(shelf, threads=1).read(study(film()), Request(answers=HAND, pack="limb"))
    assert reading.verdict is Verdict.UNCERTAIN
    assert reading.finding == "fracture"


class Spoiled:
    """A session that gives what no model should."""

    def __init__(self, *outputs: np.ndarray) -> None:
        self.outputs = [output[np.newaxis] for output in outputs]

    def run(self, _names: object, _inputs: object) -> list[np.ndarray]:
        return self.outputs


GOOD = (np.zeros(2, np.float32), np.zeros((2, 8, 8), np.float32), np.zeros(1, np.float32))
NAN = np.float32("nan")


@pytest.mark.parametrize(
    "outputs",
    [
        (np.array([NAN, 0]), GOOD[1], GOOD[2]),
        (GOOD[0], np.full((2, 8, 8), NAN), GOOD[2]),
        (GOOD[0], GOOD[1], np.array([np.inf])),
        (np.zeros(3), GOOD[1], GOOD[2]),
        (GOOD[0], np.zeros((1, 8, 8)), GOOD[2]),
        (GOOD[0], GOOD[1], np.zeros(7)),
    ],
)
def test_a_model_that_gives_no_sense_gives_no_reading(
    shelf: PackShelf, outputs: tuple[np.ndarray, ...]
) -> None:
    network = Network(shelf.open("limb"), threads=1)
    tensor = np.zeros((1, 1, 256, 256), np.float32)
    network.run(tensor)
    network._session = Spoiled(*outputs)
    with pytest.raises(OutpostError) as caught:
        network.run(tensor)
    assert caught.value.code == "reading_failed"


def test_says_when_there_is_no_router(tmp_path: Path) -> None:
    shelf = build_shelf(tmp_path / "models")
    (tmp_path / "models" / "router" / "pack.json").unlink()
    with pytest.raises(OutpostError) as caught:
        Reader(shelf, threads=1).read(study(film()))
    assert caught.value.code == "no_router"


def test_a_pack_that_is_not_on_board_is_named_in_words(tmp_path: Path) -> None:
    shelf = build_shelf(tmp_path / "models")
    (tmp_path / "models" / "limb" / "pack.json").unlink()
    reading = Reader(shelf, threads=1).read(study(film()))
    assert reading.verdict is Verdict.REJECTED
    assert "pack_not_on_board" in codes(reading)
    assert reading.guidance is None  # it is an image that Outpost was made for
    assert "a film of a limb" in reading.reasons[0].text
