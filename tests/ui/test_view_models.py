"""What the screens say, without any screen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.imaging.opening import open_study
from core.reading.guidance import guidance_for, standing_sentence
from core.reading.manifest import Requirement, RequirementKind
from core.reading.reader import Experimental, Reader, Request
from core.reading.requirements import Answers
from core.reading.result import FrameCount, Reading, Route, Verdict
from tests.packs import BRIGHT, FAINT, Kind, Place
from tests.ui.conftest import png
from ui import words
from ui.view_models import (
    OTHER_BODY_PART,
    ResultView,
    answered,
    heat_label,
    pack_view,
    percent,
    question_view,
    result_view,
    typed_age,
)

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


# Questions


def test_every_question_can_be_left_open_and_answered_in_one_tap() -> None:
    for kind in RequirementKind:
        view = question_view(Requirement(kind, 1, 5, ("HAND",)))

        assert view.choices[-1].label == "Not known"
        assert view.choices[-1].value is None
        assert len(view.choices) >= 2


def test_a_tumour_is_asked_for_in_three_answers() -> None:
    view = question_view(Requirement(RequirementKind.KNOWN_LESION))

    assert [choice.label for choice in view.choices] == [
        "Yes, a tumour was seen",
        "No",
        "Not known",
    ]
    assert [choice.value for choice in view.choices] == [True, False, None]


def test_body_parts_are_the_packs_own_and_another() -> None:
    view = question_view(Requirement(RequirementKind.BODY_PART, allowed=("HAND", "LOWER_LEG")))

    assert [choice.label for choice in view.choices] == [
        "Hand",
        "Lower leg",
        "Another part",
        "Not known",
    ]
    assert view.choices[2].value == OTHER_BODY_PART


@pytest.mark.parametrize(
    ("lowest", "highest", "said"),
    [(1, 5, "1 to 5 years"), (0, 17, "Up to 17 years"), (18, 200, "18 years or older")],
)
def test_an_age_is_asked_for_as_the_packs_range(lowest: float, highest: float, said: str) -> None:
    requirement = Requirement(RequirementKind.AGE_YEARS, lowest, highest)
    choice = question_view(requirement).choices[0]

    assert choice.label == said
    assert isinstance(choice.value, float)
    assert lowest <= choice.value <= highest


@pytest.mark.parametrize(
    ("text", "age"),
    [("5", 5), (" 0,5 ", 0.5), ("٤٠", 40), ("", None), ("old", None), ("-1", None), ("nan", None)],
)
def test_a_typed_age_is_read_or_refused(text: str, age: float | None) -> None:
    assert typed_age(text) == age


def test_an_answer_is_added_to_the_others() -> None:
    answers = answered(Answers(age_years=3), RequirementKind.KNOWN_LESION, False)

    assert answers == Answers(age_years=3, known_lesion=False)


# Packs


def test_a_packs_figure_names_its_test_set_size_groups_interval_and_prevalence(
    reader: Reader,
) -> None:
    (figure,) = pack_view(reader.shelf.manifest("limb")).evaluation

    assert figure == (
        "Accuracy 1 (95% interval 0.9 to 1, none), drawn phantoms. Images: 10, groups: 10. "
        "Prevalence: no_fracture 50%, fracture 50%."
    )
