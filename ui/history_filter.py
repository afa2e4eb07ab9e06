"""Which cases the history shows, as it is chosen on the screen and as the vault is asked."""

from __future__ import annotations

from datetime import datetime, timedelta

from core.reading.result import Verdict
from storage.history import Filter
from storage.vault import Opinion
from ui.state import Wanted

#: What the filters hold instead of nothing.
NONE = "none"
TODAY, WEEK, MONTH = "today", "week", "month"


def filter_for(wanted: Wanted, now: datetime) -> Filter:
    """What the vault is asked for."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    since = {
        TODAY: midnight,
        WEEK: midnight - timedelta(days=6),
        MONTH: midnight - timedelta(days=29),
    }
    opinions = {"": frozenset[Opinion | None](), NONE: frozenset({None})}
    packs = {"": frozenset[str | None](), NONE: frozenset({None})}
    return Filter(
        packs=packs.get(wanted.pack, frozenset({wanted.pack})),
        verdicts=frozenset({Verdict(wanted.verdict)} if wanted.verdict else ()),
        opinions=opinions[wanted.opinion]
        if wanted.opinion in opinions
        else frozenset({Opinion(wanted.opinion)}),
        users=frozenset({wanted.user} if wanted.user else ()),
        since=since.get(wanted.time),
        text=wanted.text.strip(),
    )
