"""From what a server or the vault has of a case to what the review's screens show. Slow: never on
the event loop."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from PIL import Image

from core.sync.opinions_given import OTHER, Outcome
from core.sync.opinions_review import Reviewable
from core.sync.tasks import AskReason, OpenTask, Urgency
from storage.opinions import GivenOpinion, OpinionKind, in_force
from storage.store import OpenVault
from ui import review_words as said
from ui.case_views import Naming, moment
from ui.case_work import naming
from ui.read_case import Picture
from ui.result_views import result_view
from ui.review_views import OpinionLine, SecondView, Shown, TaskLine
from ui.second_opinions import waits_for_answer

if TYPE_CHECKING:
    from core.reading.manifest import Manifest
    from core.reading.reader import Reader
    from core.reading.result import Reading

#: Shown at most; what a server sends may be larger.
_LONGEST_SIDE = 1600
_BY_SENTENCE = {reason.value: reason for reason in AskReason}


def task_line(task: OpenTask) -> TaskLine:
    """An open question in words."""
    reason = _reason(task)
    title = said.URGENT_LINE.format(urgency=said.URGENCIES[task.urgency], reason=reason)
    about = [said.ASKED_ON.format(when=moment(task.asked_at))]
    if task.taken_by:
        about.append(said.TAKEN_BY.format(name=task.taken_by))
    return TaskLine(task.name, title, ". ".join(about), task.urgency is Urgency.NOW)


def _reason(task: OpenTask) -> str:
    """Our own words for our own reasons; else what the server has."""
    known = _BY_SENTENCE.get(task.reason)
    return said.REASONS[known] if known else task.reason


def shown(found: Reviewable, reader: Reader) -> Shown:
    """A case under review. Names of classes come from the pack, where it is on board."""
    report = found.report
    manifest = _fitting(report.reading, reader)
    classes = tuple(
        (label, manifest.class_of(label).display if manifest else label)
        for label in report.reading.probabilities
    )
    return Shown(
        key=found.task.name,
        reason=_reason(found.task),
        image=_picture(found.image),
        heat_map=_picture(found.heat_map),
        result=result_view(report.reading, manifest),
        classes=classes,
        earlier=tuple(
            OpinionLine(
                said.OPINION_LINE.format(
                    who=each.reviewer_name or said.UNNAMED, outcome=said.OUTCOMES[each.outcome]
                ),
                moment(each.at),
                _said(each.display, "", each.note),
            )
            for each in found.opinions
        ),
    )


def _fitting(reading: Reading, reader: Reader) -> Manifest | None:
    """The pack on board, in whatever version, if it knows the classes: for their names."""
    if reading.pack is None or reading.pack.id not in reader.shelf.names():
        return None
    manifest = reader.shelf.manifest(reading.pack.id)
    return manifest if set(reading.probabilities) <= set(manifest.labels) else None


def _picture(content: bytes | None) -> Picture | None:
    """A picture that a server sent, made anew: nothing but its samples goes on to the screen."""
    if content is None:
        return None
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG", "PNG")) as image:
            image.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
            plain = image.convert("RGB")
    except (OSError, ValueError, Image.DecompressionBombError):
        return None
    stream = io.BytesIO()
    plain.save(stream, "JPEG", quality=90)
    return Picture(stream.getvalue(), plain.width, plain.height)


def seconds_on(vault: OpenVault, case_id: str, pack: str | None, reader: Reader) -> SecondView:
    """What is known of second opinions on a case of the vault, which ``pack`` read. Raises
    StorageError."""
    waiting = waits_for_answer(vault, case_id)
    every = [one for one in vault.opinions(case_id) if one.kind is OpinionKind.SECOND]
    names = naming(reader)
    since = said.WAITING_SINCE.format(when=moment(waiting.at)) if waiting else ""
    held = {one.id for one in in_force(every)}
    lines = [_opinion_line(one, pack, names, held) for one in every]
    return SecondView(case_id, since, tuple(lines))


def _opinion_line(
    one: GivenOpinion, pack: str | None, names: Naming, held: set[str]
) -> OpinionLine:
    outcome = Outcome(one.opinion.value) if one.opinion else Outcome.CANNOT_TELL
    right = names(pack, one.right_label) if one.right_label else ""
    first = _seen_first(one.first_impression or "", pack, names)
    title = said.OPINION_LINE.format(who=one.name or said.UNNAMED, outcome=said.OUTCOMES[outcome])
    about = moment(one.given_at) if one.given_at else ""
    return OpinionLine(title, about, _said(right, first, one.note), one.id not in held)


def _seen_first(label: str, pack: str | None, names: Naming) -> str:
    if label == OTHER:
        return said.OTHER.lower()
    return names(pack, label) if label else ""


def _said(right: str, first: str, note: str) -> tuple[str, ...]:
    lines = [
        said.HELD_RIGHT.format(finding=right) if right else "",
        said.FIRST_SEEN.format(finding=first) if first else "",
        note,
    ]
    return tuple(line for line in lines if line)
