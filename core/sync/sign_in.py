"""How this device says who it is: SMART Backend Services, or a token that never changes.

SMART App Launch 2.2, "Backend Services" and "Asymmetric (public key) authentication".
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import urlencode

import jwt

from core.sync.device_key import DeviceKey
from core.sync.failures import SyncError, SyncFailure
from core.sync.server_time import ServerTime
from core.sync.wire import Answer

_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
#: An assertion may live five minutes at most. Four leave room for clocks that differ.
_ASSERTION_LIFE = timedelta(minutes=4)
#: A token that ends sooner is not begun with; one whose life is not told is taken for so long.
_SHORTEST_LEFT, _UNTOLD_LIFE_S = timedelta(seconds=30), 300

#: Sends a form to an address and gives the answer: what ``FhirServer`` lends a sign-in.
PostForm = Callable[[str, str], Answer]


class SignIn(Protocol):
    """How to be let in. ``FhirServer`` asks for the header before each request, and after a 401
    once more."""

    def authorization(self, token_place: str, post: PostForm, time: ServerTime) -> str | None:
        """The Authorization header; None for none. Raises SyncError."""

    def refused(self) -> bool:
        """The server took it no longer. Whether asking again may give a better one."""


class NoSignIn:
    """For a server that lets anyone in: on this very machine, or to discover what it offers."""

    def authorization(self, token_place: str, post: PostForm, time: ServerTime) -> str | None:
        return None

    def refused(self) -> bool:
        return False


@dataclass(frozen=True)
class StaticToken:
    """One token for ever, for simple servers."""

    token: str = field(repr=False)

    def authorization(self, token_place: str, post: PostForm, time: ServerTime) -> str | None:
        return f"Bearer {self.token}"

    def refused(self) -> bool:
        return False


class BackendServices:
    """A machine's sign-in: an assertion signed by the device's key buys a token for a while.

    The token is renewed before it ends, and whenever the server takes it no longer. Times are the
    server's own. ``wished`` are scopes on top of ``scopes``, without which it goes as well: where
    the server does not give them to this device, it is asked for the others alone.
    """

    def __init__(self, client_id: str, key: DeviceKey, scopes: str, wished: str = "") -> None:
        self._client_id, self._key = client_id, key
        self._scopes, self._wished = scopes, wished
        self._token, self._ends = "", datetime.min

    def authorization(self, token_place: str, post: PostForm, time: ServerTime) -> str | None:
        if not self._token or self._ends - time.now() < _SHORTEST_LEFT:
            self._renew(token_place, post, time)
        return f"Bearer {self._token}"

    def refused(self) -> bool:
        """A token that did not work even once will not be better the next time."""
        self._token = ""
        return True

    def _renew(self, place: str, post: PostForm, time: ServerTime) -> None:
        if not place:
            raise SyncError(SyncFailure.SYNC_NO_SIGN_IN)
        before = time.now()
        answer = self._asked(place, post, time)
        # A first answer tells what time it is there: with that, an assertion may be taken.
        if answer.status in (400, 401) and abs(time.now() - before) > timedelta(seconds=20):
            answer = self._asked(place, post, time)
        if self._wished and _is_too_much(answer):
            self._wished = ""
            answer = self._asked(place, post, time)
        self._token, lives = _token_in(answer)
        self._ends = time.now() + timedelta(seconds=lives)
        # A token that lives shorter than what is left before renewing is used for its one request.
        if lives <= _SHORTEST_LEFT.total_seconds():
            self._ends = time.now() + _SHORTEST_LEFT

    def _asked(self, place: str, post: PostForm, time: ServerTime) -> Answer:
        form = {
            "grant_type": "client_credentials",
            "scope": f"{self._scopes} {self._wished}".strip(),
            "client_assertion_type": _ASSERTION,
            "client_assertion": self.assertion(place, time.now()),
        }
        return post(place, urlencode(form))

    def assertion(self, place: str, now: datetime) -> str:
        """A signed statement of who this is, good for one token."""
        claims = {
            "iss": self._client_id,
            "sub": self._client_id,
            "aud": place,
            "exp": int((now + _ASSERTION_LIFE).timestamp()),
            "jti": secrets.token_urlsafe(24),
        }
        header = {"kid": self._key.thumbprint}
        return jwt.encode(claims, self._key.private, algorithm="ES384", headers=header)


def _is_too_much(answer: Answer) -> bool:
    """Whether the server does not give this client the scopes that it asked for (RFC 6749, 5.2)."""
    try:
        return answer.status == 400 and json.loads(answer.body)["error"] == "invalid_scope"
    except (ValueError, KeyError, TypeError):
        return False


def _token_in(answer: Answer) -> tuple[str, float]:
    """The token and how many seconds it lives. Raises SyncError."""
    if answer.status in (408, 425, 429) or answer.status >= 500:
        raise SyncError(
            SyncFailure.SYNC_BUSY, status=answer.status, retry_after_s=answer.retry_after_s
        )
    try:
        document = json.loads(answer.body)
        if answer.status in (400, 401, 403) and "error" in document:
            words = f"{document['error']}: {document.get('error_description', '')}"[:300]
            raise SyncError(SyncFailure.SYNC_SIGN_IN, status=answer.status, words=words)
        token, lives = document["access_token"], float(document.get("expires_in", _UNTOLD_LIFE_S))
        if answer.status != 200 or not isinstance(token, str) or not token.isprintable():
            raise ValueError("no token")
    except (ValueError, KeyError, TypeError):
        raise SyncError(SyncFailure.SYNC_ANSWER_UNKNOWN, status=answer.status) from None
    return token, lives
