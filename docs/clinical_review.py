"""Write docs/clinical-review.md: every sentence that the product may say about what to do.

Run ``python docs/clinical_review.py`` after changing the guidance; a test fails until then.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
GUIDANCE = ROOT / "core" / "reading" / "guidance.json"
PAGE = ROOT / "docs" / "clinical-review.md"
CATALOGUES = ROOT / "ui" / "language" / "catalogues"
LANGUAGES = {
    "ar": "Arabic",
    "bn": "Bengali",
    "es": "Spanish",
    "fr": "French",
    "hi": "Hindi",
    "pt": "Portuguese",
    "sw": "Swahili",
}

#: Who reviewed a sentence: "Name, qualification, date". Keyed by its section and the sentence
#: itself, so that a sentence that is changed loses its review.
REVIEWS: dict[tuple[str, str], str] = {}

HEAD = """\
# Clinical review

Every sentence that Outpost may say about what to do next, and who has checked it. The product
takes its guidance from `core/reading/guidance.json` and from nowhere else. Nothing in it names a
drug or a dose, orders a discharge, or replaces a clinician's judgement.

These sentences were written from memory of the documents named as sources, and shortened. Page
references are still to be checked by a clinician. Sentences: {total}. Reviewed: {reviewed}.

To review: compare a sentence with its source, then add your name, your qualification and the
date to `REVIEWS` in `docs/clinical_review.py`, or ask us to. This page is written by that script.

Two questions that we could not settle, for the first reviewer:

- `pneumonia_child` sends a child with chest indrawing to urgent referral. As we remember the
  WHO's revised classification of 2014, chest indrawing without a danger sign is pneumonia that
  may be treated near home. The text errs on the side of referral.
- `pituitary` names NICE NG99 as its source. As we remember that guideline, it covers gliomas,
  meningiomas and metastases, not pituitary tumours.
"""

TRANSLATIONS = """\
## Translations

Made by the developers. Until a clinician who speaks the language has reviewed a clinical sentence
(guidance, urgency, reasons of a verdict, what a model is for), the app shows the English below its
translation, with a mark. To review one, write `# reviewed: name, qualification, date` above it in
its catalogue, `ui/language/catalogues/`. A review ends with the English that it was made of.

| language | clinical sentences | reviewed |
| --- | --- | --- |
"""


def sentences(text: str) -> list[str]:
    """A text in its sentences. A full stop inside a number or a DOI ends none."""
    return [part for part in re.split(r"(?<=[.?!])\s+(?=[A-Z])", text.strip()) if part]


def said_by(entry: dict[str, str | None]) -> list[str]:
    """What an entry of the guidance says: how urgent, when more so, and what to do."""
    higher = [f"Higher: {entry['escalation']}."] if entry["escalation"] else []
    return [f"Urgency: {entry['urgency']}.", *higher, *sentences(entry["text"] or "")]


def section(title: str, source: str | None, said: list[str]) -> str:
    rows = [f"| {sentence} | {REVIEWS.get((title, sentence), 'nobody yet')} |" for sentence in said]
    after = [f"Source: {source}", ""] if source else []
    return "\n".join(
        [f"## {title}", "", *after, "| sentence | reviewed by |", "| --- | --- |", *rows]
    )


def page(guidance: dict[str, Any]) -> str:
    """The whole page, from a parsed guidance.json."""
    parts = [("With every result", None, sentences(guidance["standing_sentence"]))]
    parts += [(key, entry["source"], said_by(entry)) for key, entry in guidance["entries"].items()]
    every = [(title, sentence) for title, _, said in parts for sentence in said]
    head = HEAD.format(total=len(every), reviewed=sum(each in REVIEWS for each in every))
    return "\n\n".join([head.rstrip(), *(section(*part) for part in parts), translations()])


def translations() -> str:
    """What of each catalogue a clinician who speaks the language has still to review."""
    rows = []
    for path in sorted(CATALOGUES.glob("*.po")):
        blocks = path.read_text(encoding="utf-8").split("\n\n")
        clinical = [block for block in blocks if "#. clinical" in block]
        reviewed = sum("# reviewed: " in block for block in clinical)
        rows.append(f"| {LANGUAGES[path.stem]} | {len(clinical)} | {reviewed} |")
    return TRANSLATIONS + "\n".join(rows) + "\n"


def main() -> None:
    guidance = json.loads(GUIDANCE.read_text(encoding="utf-8"))
    PAGE.write_text(page(guidance), encoding="utf-8")


if __name__ == "__main__":
    main()
