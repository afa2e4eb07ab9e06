"""Second opinions under way: what this device asked for, and what its reviewer has still to send.

Both are sealed under the sync key, as what waits to be sent is. Opinions that came back are rows of
their own (storage/opinions.py).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from core.sync.tasks import Ask, AskReason, Urgency
from storage.failures import StorageError, StorageFailure
from storage.session import Session
from storage.sync_documents import SyncDocuments

_ASKED, _ANSWERS = "second-opinions-asked", "second-opinions-answered"
#: For how long after it was asked an answer is looked for.
LOOKED_FOR = timedelta(days=90)


@dataclass(frozen=True)
class KeptAsk:
    """A question, and whether the server has it."""

    ask: Ask
    sent: bool = False


@dataclass(frozen=True)
class KeptAnswer:
    """A reviewer's answer that the server does not have yet: the ``entries`` of a transaction, and
    the Task that they answer."""

    id: str
    task: str
    at: datetime
    entries: tuple[dict[str, Any], ...]


class SecondOpinions:
    """The questions and answers of an open vault. Anyone may ask; reviewers and supervisors answer.
    Every method raises StorageError (ROW_DAMAGED)."""

    def __init__(self, session: Session) -> None:
        self._session, self._documents = session, SyncDocuments(session)

    # What was asked here

    def ask(self, ask: Ask) -> None:
        """Keep a question; the next sync sends it."""
        with self._session.changing():
            self._put_asks([*self._asks(), KeptAsk(ask)])

    def sent(self, ask_id: str) -> None:
        """The server has this question."""
        with self._session.changing():
            self._put_asks(
                [replace(one, sent=one.sent or one.ask.id == ask_id) for one in self._asks()]
            )

    def send_again(self, ask_ids: Collection[str]) -> None:
        """The server has lost these questions: the next sync sends them."""
        with self._session.changing():
            self._put_asks(
                [replace(one, sent=one.sent and one.ask.id not in ask_ids) for one in self._asks()]
            )

    def asked(self) -> list[KeptAsk]:
        """The questions of the last ``LOOKED_FOR``, the oldest first."""
        oldest = self._session.clock.now().known - LOOKED_FOR
        with self._session.reading():
            return [one for one in self._asks() if one.ask.at >= oldest]

    def answered_until(self) -> datetime | None:
        """The server's time when it was last asked for answers with success."""
        with self._session.reading():
            stated = (self._documents.read(_ASKED) or {}).get("answered_until")
            return datetime.fromisoformat(stated) if stated else None

    def looked_until(self, time: datetime) -> None:
        with self._session.changing():
            document = self._documents.read(_ASKED) or {"asks": []}
            self._documents.put(_ASKED, {**document, "answered_until": time.isoformat()})

    def _asks(self) -> list[KeptAsk]:
        document = self._documents.read(_ASKED) or {"asks": []}
        try:
            return [_ask(each) for each in document["asks"]]
        except (KeyError, TypeError, ValueError):
            raise StorageError(StorageFailure.ROW_DAMAGED) from None

    def _put_asks(self, asks: list[KeptAsk]) -> None:
        oldest = self._session.clock.now().known - LOOKED_FOR
        kept = [_told(one) for one in asks if one.ask.at >= oldest or not one.sent]
        document = self._documents.read(_ASKED) or {}
        # A new question may be answered by what is there already: everything is looked at again.
        if len(asks) > len(document.get("asks", [])):
            document.pop("answered_until", None)
        self._documents.put(_ASKED, {**document, "asks": kept})

    # What is answered here

    def keep_answer(self, answer: KeptAnswer) -> None:
        """Keep an answer until ``answer_sent``: a lost network loses nothing. Raises StorageError
        (ONLY_REVIEWERS)."""
        with self._session.changing():
            self._session.reviewers_only()
            others = [one for one in self._answers() if one.id != answer.id]
            self._put_answers([*others, answer])

    def answers(self) -> list[KeptAnswer]:
        """What still has to be sent, the oldest first."""
        with self._session.reading():
            return self._answers()

    def answer_sent(self, answer_id: str) -> None:
        with self._session.changing():
            self._put_answers([one for one in self._answers() if one.id != answer_id])

    def _answers(self) -> list[KeptAnswer]:
        document = self._documents.read(_ANSWERS) or {"answers": []}
        try:
            return [
                KeptAnswer(
                    str(each["id"]),
                    str(each["task"]),
                    datetime.fromisoformat(each["at"]),
                    tuple(each["entries"]),
                )
                for each in document["answers"]
            ]
        except (KeyError, TypeError, ValueError):
            raise StorageError(StorageFailure.ROW_DAMAGED) from None

    def _put_answers(self, answers: list[KeptAnswer]) -> None:
        told = [
            {
                "id": one.id,
                "task": one.task,
                "at": one.at.isoformat(),
                "entries": list(one.entries),
            }
            for one in answers
        ]
        self._documents.put(_ANSWERS, {"answers": told})


def _told(kept: KeptAsk) -> dict[str, Any]:
    ask = kept.ask
    return {
        "case_id": ask.case_id,
        "report_id": ask.report_id,
        "at": ask.at.isoformat(),
        "reason": ask.reason.name,
        "urgency": ask.urgency.value,
        "asked_by": ask.asked_by,
        "pseudonym": ask.pseudonym,
        "sent": kept.sent,
    }


def _ask(document: dict[str, Any]) -> KeptAsk:
    ask = Ask(
        case_id=document["case_id"],
        report_id=document["report_id"],
        at=datetime.fromisoformat(document["at"]),
        reason=AskReason[document["reason"]],
        urgency=Urgency(document["urgency"]),
        asked_by=document["asked_by"],
        pseudonym=document["pseudonym"],
    )
    return KeptAsk(ask, bool(document["sent"]))
