"""What a draft notes of unsaved work, and what is read out of it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from core.imaging.framing import PLAIN, document, from_document
from core.reading.requirements import Answers
from storage.drafts import Draft as KeptDraft
from storage.vault import Opinion
from ui.parked import Chosen
from ui.read_case import Case, Draft
from ui.state import AppState
from ui.writing import masks_document, masks_from_document


def note_of(state: AppState, chosen: Chosen, mark: str) -> dict[str, Any]:
    """What is on the screen and not in the vault, as the draft keeps it. ``mark``: whose it is."""
    framings = dict(chosen.framings)
    masks = dict(chosen.masks)
    if state.sheet:
        framings[0] = state.sheet.framing
        if state.sheet.writing.corrected:
            masks[0] = state.sheet.masks
    images = [
        {
            "framing": document(framings.get(number, PLAIN)),
            "masks": masks_document(masks.get(number)),
            "answers": asdict(chosen.answers[number]) if number in chosen.answers else None,
            **(_said(state.cases[number]) if number < len(state.cases) else {}),
        }
        for number in range(len(chosen.origins))
    ]
    return {
        "mark": mark,
        "tries": 0,
        "stage": state.stage.name,
        "shown": state.shown,
        "experimental": state.experimental,
        "from_camera": state.from_camera,
        "images": images,
    }


def _said(case: Case) -> dict[str, Any]:
    draft, route = case.draft, case.reading.route if case.reading else None
    return {
        "saved": case.kept is not None,
        "pack": route.overridden_to if route else None,
        "opinion": draft.opinion.value if draft.opinion else None,
        "right_label": draft.right_label,
        "note": draft.note,
        "code": draft.code,
        "own_impression": draft.own_impression,
    }


def chosen_in(draft: KeptDraft) -> tuple[Chosen, list[Mapping[str, Any]]]:
    """The images that were not saved, and what was said of each. Raises ValueError, KeyError or
    TypeError."""
    said = list(draft.note.get("images", [])) or [{} for _ in draft.groups]
    pairs = zip(draft.groups, said, strict=True)
    kept = [(group, one) for group, one in pairs if not one.get("saved")]
    chosen = Chosen([list(group) for group, _ in kept])
    for number, (_, one) in enumerate(kept):
        if one.get("framing"):
            chosen.framings[number] = from_document(one["framing"])
        chosen.masks[number] = masks_from_document(one.get("masks"))
        if one.get("answers") is not None:
            chosen.answers[number] = Answers(**one["answers"])
        chosen.drafts[number] = Draft(
            Opinion(one["opinion"]) if one.get("opinion") else None,
            one.get("right_label"),
            one.get("note", ""),
            one.get("code", ""),
            one.get("own_impression"),
        )
    return chosen, [one for _, one in kept]
