"""What the screens say, without any screen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.imaging.opening import open_study
from core.reading.guidance import guidance_for, standing_sentence
from core.reading.reader import Experimental, Reader, Request
from core.reading.requirements import Answers
from core.reading.result import FrameCount, Reading, Route, Verdict
from tests.packs import BRIGHT, FAINT, Kind, Place
from tests.ui.conftest import png
from ui import words
from ui.result_views import ResultView, heat_label, percent, result_view

MIDDLE = Place.MIDDLE
KNOWN = Answers(body_part="HAND", known_lesion=True, age_years=40)


def read(
    reader: Reader, kind: Kind, brightness: int | None = None, **more: object
) -> tuple[Reading, ResultView]:
    blobs = {} if brightness is None else {MIDDLE: brightness}
    request = Request(answers=KNOWN, **more)  # type: ignore[arg-type]
    reading = reader.read(open_study(png(kind, blobs)), request)
    manifest = reader.shelf.manifest(reading.pack.id) if reading.pack else None
    return reading, result_view(reading, manifest, reader.shelf.readers())


# Results


def test_a_confident_reading_names_its_finding(reader: Reader) -> None:
    _, view = read(reader, Kind.HAND_FILM, BRIGHT)

    assert (view.verdict, view.word) == (Verdict.CONFIDENT, "Confident")
    assert view.summary == "The model finds: fracture."
    assert [row.name for row in view.probabilities] == ["Fracture", "No fracture"]
    assert view.probabilities[0].percent == "> 99 %"
    assert view.others == ()


def test_an_uncertain_reading_names_everything_it_could_be(reader: Reader) -> None:
    _, view = read(reader, Kind.HAND_FILM, FAINT)

    assert view.verdict is Verdict.UNCERTAIN
    assert view.summary.startswith("Could be either: ")
    assert "fracture" in view.summary
    assert "no fracture" in view.summary
    assert all("cannot be ruled out" in row.spoken for row in view.probabilities)


def test_three_possible_findings_are_all_named(reader: Reader) -> None:
    _, view = read(reader, Kind.BRAIN_SLICE)

    assert view.summary.startswith("Could be any of these: ")
    assert {"glioma", "meningioma", "pituitary tumour"} <= set(
        view.summary.rstrip(".").replace(":", ",").split(", ")
    )


def test_an_uncertain_reading_without_any_fitting_finding_says_so(reader: Reader) -> None:
    reading, _ = read(reader, Kind.HAND_FILM, FAINT)

    view = result_view(replace(reading, prediction_set=()), reader.shelf.manifest("limb"))

    assert view.summary == words.NOTHING_FITS


def test_a_single_candidate_is_only_leaned_to(reader: Reader) -> None:
    reading, _ = read(reader, Kind.HAND_FILM, FAINT)

    view = result_view(
        replace(reading, prediction_set=("fracture",), finding="fracture"),
        reader.shelf.manifest("limb"),
    )

    assert view.summary == "No sure finding. The model leans to: fracture."


def test_a_refusal_shows_no_probabilities_and_offers_the_other_models(reader: Reader) -> None:
    _, view = read(reader, Kind.PHOTOGRAPH)

    assert (view.verdict, view.word) == (Verdict.REJECTED, "Refused")
    assert view.summary == words.SAYS_NOTHING
    assert view.probabilities == ()
    assert any("a photograph" in reason for reason in view.reasons)
    assert {other.id for other in view.others} == {"brain", "head", "limb", "lung"}
    assert "Lung ultrasound (experimental)" in {other.title for other in view.others}


def test_a_refusal_hides_probabilities_even_when_the_reading_has_some(reader: Reader) -> None:
    reading, _ = read(reader, Kind.HAND_FILM, BRIGHT)

    view = result_view(replace(reading, verdict=Verdict.REJECTED), reader.shelf.manifest("limb"))

    assert view.probabilities == ()
    assert "fracture" not in view.summary


def test_an_override_shows_its_numbers_and_the_refusal_still(reader: Reader) -> None:
    before, _ = read(reader, Kind.PHOTOGRAPH)
    reading, _ = read(reader, Kind.PHOTOGRAPH, BRIGHT, pack="limb")

    view = result_view(reading, reader.shelf.manifest("limb"), (), before)

    assert view.verdict is not Verdict.CONFIDENT
    assert view.probabilities
    assert any("a photograph" in reason for reason in view.refused_before)
    assert any("A person chose" in reason for reason in view.reasons)


def test_an_override_that_is_refused_again_says_that_its_numbers_were_asked_for(
    reader: Reader,
) -> None:
    reading, _ = read(reader, Kind.HAND_FILM, BRIGHT)
    asked = replace(
        reading, verdict=Verdict.REJECTED, route=Route("limb_film", 0.9, overridden_to="limb")
    )

    view = result_view(asked, reader.shelf.manifest("limb"), reader.shelf.readers())

    assert view.summary == words.SAYS_NOTHING_ASKED
    assert view.probabilities
    assert "limb" not in {other.id for other in view.others}


@pytest.mark.parametrize(
    ("kind", "brightness"),
    [
        (Kind.HAND_FILM, BRIGHT),
        (Kind.HAND_FILM, FAINT),
        (Kind.HAND_FILM, None),
        (Kind.PHOTOGRAPH, None),
        (Kind.NOTHING_KNOWN, None),
    ],
)
def test_every_result_carries_the_standing_sentence_and_cores_guidance(
    reader: Reader, kind: Kind, brightness: int | None
) -> None:
    reading, view = read(reader, kind, brightness)

    assert view.standing == standing_sentence()
    assert reading.guidance
    assert view.guidance
    assert view.guidance.text == guidance_for(reading.guidance.key).text
    assert view.guidance.urgency_line.endswith(
        reading.guidance.escalation or reading.guidance.urgency.value
    )
    assert view.reasons


def test_the_model_that_spoke_says_what_it_is_not_for(reader: Reader) -> None:
    _, view = read(reader, Kind.HAND_FILM, BRIGHT)

    assert view.model
    assert view.model.title == "Fracture on limb films"
    assert view.model.not_for == ("Images of people", "Anything but a test")
    assert not view.model.experimental


def test_an_experimental_model_is_marked(reader: Reader) -> None:
    _, view = read(reader, Kind.LUNG_FRAME, BRIGHT, experimental=Experimental.ON)

    assert view.model
    assert view.model.experimental
    assert "do not act on it alone" in view.model.status


@pytest.mark.parametrize(
    ("read_frames", "total", "said"),
    [(1, 1, ""), (0, 9, ""), (9, 9, "9 of 9 frames read"), (3, 9, "3 of 9 frames read")],
)
def test_frames_are_counted_for_series_only(
    reader: Reader, read_frames: int, total: int, said: str
) -> None:
    reading, _ = read(reader, Kind.HAND_FILM, BRIGHT)

    view = result_view(replace(reading, frame_count=FrameCount(read_frames, total)), None)

    assert view.frames == said


def test_a_reason_given_twice_is_shown_once(reader: Reader) -> None:
    reading, _ = read(reader, Kind.HAND_FILM, BRIGHT)

    view = result_view(replace(reading, reasons=reading.reasons * 2), None)

    assert len(view.reasons) == len(reading.reasons)


@pytest.mark.parametrize(
    ("share", "said"),
    [(1.0, "> 99 %"), (0.996, "> 99 %"), (0.99, "99 %"), (0.5, "50 %"), (0.004, "< 1 %")],
)
def test_no_probability_is_shown_as_certain(share: float, said: str) -> None:
    assert percent(share) == said


# Heat maps


def test_the_heat_map_is_that_of_the_finding(reader: Reader) -> None:
    reading, _ = read(reader, Kind.HAND_FILM, BRIGHT)

    label = heat_label(reading, reader.shelf.manifest("limb"))

    assert label == ("fracture", words.HEAT_CAPTION.format(finding="fracture"))


def test_a_normal_finding_has_no_place_so_the_abnormal_one_is_shown_and_said(
    reader: Reader,
) -> None:
    reading, _ = read(reader, Kind.HAND_FILM)
    assert reading.finding == "no_fracture"

    label = heat_label(reading, reader.shelf.manifest("limb"))

    assert label == ("fracture", words.HEAT_CAPTION_NORMAL.format(finding="fracture"))


def test_an_abnormal_finding_that_is_still_possible_is_captioned_as_one(reader: Reader) -> None:
    reading, _ = read(reader, Kind.HAND_FILM, FAINT)
    assert reading.finding == "no_fracture"

    label = heat_label(reading, reader.shelf.manifest("limb"))

    assert label == ("fracture", words.HEAT_CAPTION.format(finding="fracture"))


def test_a_refusal_has_no_heat_map(reader: Reader) -> None:
    reading, _ = read(reader, Kind.PHOTOGRAPH)

    assert heat_label(reading, reader.shelf.manifest("limb")) is None
