"""From a reading to a case that the screen can show. Slow: never on the event loop."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

from core.errors import ImagingError
from core.imaging.quality import BLOCKING, judge_quality
from core.imaging.rendering import render, to_grey
from core.reading.pack import is_experimental
from core.reading.reader import Experimental
from core.reading.requirements import Answers
from storage.clock import device_time
from storage.vault import Case as KeptCase
from ui import words
from ui.case_views import Naming
from ui.language import said_part
from ui.pictures import contour_picture, heat_picture, picture_size, preview
from ui.read_case import Case, Draft, Picture
from ui.result_views import heat_label, result_view
from ui.study_view import StudyViewer, range_of

if TYPE_CHECKING:
    from core.imaging.study import Study
    from core.reading.manifest import Manifest, Requirement
    from core.reading.reader import Reader
    from core.reading.result import Reading


def make_case(
    number: int, study: Study, reading: Reading, reader: Reader, before: Reading | None
) -> Case:
    """Everything the screen needs; the study itself is not kept."""
    manifest = reader.shelf.manifest(reading.pack.id) if reading.pack else None
    view = result_view(reading, manifest, reader.shelf.readers(), before)
    return Case(
        number,
        _picture(study, reading, manifest, view.probabilities != ()),
        view,
        reading=reading,
        id=str(uuid.uuid4()),
        read_at=device_time(),
    )


def kept_case(kept: KeptCase, review_copy: bytes | None, reader: Reader) -> Case:
    """A case of the vault as the screen shows it, with the words of the pack that is here now."""
    manifest = _fitting_manifest(kept.reading, reader)
    view = result_view(kept.reading, manifest)
    return Case(
        0,
        _kept_picture(kept.reading, manifest, review_copy, view.probabilities != ()),
        view,
        reading=kept.reading,
        id=kept.id,
        read_at=kept.read_at,
        kept=kept,
        draft=Draft(
            kept.opinion, kept.right_label, kept.note, kept.code or "", kept.own_impression
        ),
    )


def retold(case: Case, reader: Reader, refused: Reading | None) -> Case:
    """The same case in the words of the language that is spoken now."""
    if case.reading is None or case.result is None:
        return case
    manifest = _fitting_manifest(case.reading, reader)
    before = refused if case.result.refused_before else None
    readers = reader.shelf.readers() if case.result.others else ()
    view = result_view(case.reading, manifest, readers, before)
    label = heat_label(case.reading, manifest) if manifest and view.probabilities else None
    picture = case.picture
    if picture and label:
        said = label[1] if picture.heat else words.HEAT_NOTHING
        picture = replace(picture, heat_caption=said)
    if picture and picture.frame_note:
        picture = replace(picture, frame_note=_frame_note(case.reading))
    return replace(case, result=view, picture=picture)


def _frame_note(reading: Reading) -> str:
    """Which of a series' frames is shown: the most telling one, else the middle one."""
    total = reading.frame_count.total
    number = reading.frames[0].index + 1 if reading.frames else total // 2 + 1
    return words.FRAME_OF.format(number=number, total=total) if total > 1 else ""


def frame_shown(reading: Reading) -> int:
    """The frame whose picture is kept: the most telling one, else the middle one."""
    return reading.frames[0].index if reading.frames else reading.frame_count.total // 2


def naming(reader: Reader) -> Naming:
    """Names findings by the packs that are here; a class of no pack here keeps its own name."""
    known = {
        (manifest.id, one.label): said_part(one.display.lower())
        for manifest in reader.shelf.readers()
        for one in manifest.classes
    }
    return lambda pack, label: known.get((pack or "", label), label)


def _fitting_manifest(reading: Reading, reader: Reader) -> Manifest | None:
    """The manifest of the pack that spoke, if its present version still knows every class."""
    if reading.pack is None or reading.pack.id not in reader.shelf.names():
        return None
    manifest = reader.shelf.manifest(reading.pack.id)
    said = {*reading.probabilities, *reading.prediction_set, reading.finding} - {None}
    return manifest if said <= {one.label for one in manifest.classes} else None


def _kept_picture(
    reading: Reading, manifest: Manifest | None, review_copy: bytes | None, speaks: bool
) -> Picture | None:
    if review_copy is None:
        return None
    width, height = picture_size(review_copy)
    note = _frame_note(reading)
    return _with_heat(review_copy, width, height, reading, manifest, speaks, note)


def questions(reader: Reader, study: Study, experimental: Experimental) -> list[Requirement]:
    """What must be asked. Nothing when the image will be refused whatever the answer."""
    routing = reader.route(study)
    if routing.pack is None or refused_anyway(reader, study, routing.pack, experimental):
        return []
    return reader.questions(study, Answers(), routing.pack)


def refused_anyway(reader: Reader, study: Study, pack: str, experimental: Experimental) -> bool:
    """Whether no answer could lead to a reading: then nothing is asked."""
    if pack not in reader.shelf.names():
        return True
    if is_experimental(reader.shelf.manifest(pack)) and experimental is Experimental.OFF:
        return True
    if len(study.frames) > 1:
        return False
    problems = judge_quality(to_grey(render(study.frames[0])))
    return any(problem.code in BLOCKING for problem in problems)


def _picture(
    study: Study, reading: Reading, manifest: Manifest | None, speaks: bool
) -> Picture | None:
    """The most telling frame, or the middle one when no frame was read."""
    total = len(study.frames)
    index = frame_shown(reading)
    try:
        image, width, height = preview(
            study.frames[index], manifest.input.window if manifest else None
        )
    except ImagingError:
        return None
    note = words.FRAME_OF.format(number=index + 1, total=total) if total > 1 else ""
    picture = _with_heat(image, width, height, reading, manifest, speaks, note)
    may_adjust = total > 1 or range_of(study.frames[index]) is not None
    return replace(picture, adjustable=may_adjust, tops=_tops(study, reading, manifest))


def _tops(
    study: Study, reading: Reading, manifest: Manifest | None
) -> tuple[tuple[int, bytes | None], ...]:
    """The frames that decided, small; nothing where there is one."""
    if len(study.frames) < 2:
        return ()
    viewer = StudyViewer(study, manifest.input.window if manifest else None)
    return tuple((frame.index, viewer.thumbnail(frame.index)) for frame in reading.frames)


def _with_heat(
    image: bytes,
    width: int,
    height: int,
    reading: Reading,
    manifest: Manifest | None,
    speaks: bool,
    note: str,
) -> Picture:
    label = heat_label(reading, manifest) if manifest and speaks else None
    if label is None:
        return Picture(image, width, height, frame_note=note)
    frame = reading.frames[0]
    heat = heat_picture(frame, label[0], width, height)
    contour = contour_picture(frame, label[0], width, height) if heat else None
    caption = label[1] if heat else words.HEAT_NOTHING
    return Picture(image, width, height, heat, caption, note, contour)
