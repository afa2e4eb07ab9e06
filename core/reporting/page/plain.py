"""The page as plain text, short enough for a messaging app and without anything that needs one."""

from __future__ import annotations

from core.reporting.page.content import Page
from core.reporting.page.texts import PageText


def plain(page: Page) -> str:
    """The page in words: what a message to a colleague needs, ending in a newline.

    No pictures, no figures of the pack, and no name but the pseudonym.
    """
    lines = [f"{page.title} ({page.opinion})", "", f"{page.banner}: {page.headline}"]
    lines += [f"- {reason}" for reason in page.reasons]
    if page.shares:
        lines += ["", f"{page.say(PageText.PROBABILITIES)}:"]
        lines += [f"- {each.name}: {each.percent} ({each.standing})" for each in page.shares]
    if page.advice:
        urgency = f" [{page.advice.urgency}]" if page.advice.urgency else ""
        lines += ["", f"{page.say(PageText.NEXT)}{urgency}: {page.advice.text}"]
        lines += [page.advice.source] if page.advice.source else []
    lines += ["", *page.limits[:2], "", page.model]
    lines += [f"{label}: {value}" for label, value in page.facts]
    return "\n".join(lines) + "\n"
