"""A person's sign-in at the server: SMART App Launch, standalone, with PKCE.

SMART App Launch 2.2, "Launch App: Standalone Launch"; RFC 7636 (PKCE, S256); RFC 8252 (native
apps: the browser of the device, and an address on the device itself to come back to). A public
client: there is no secret in the app.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt

from core.sync.discovery import SignInPlaces
from core.sync.failures import SyncError, SyncFailure
from core.sync.opinions import relative
from core.sync.server_time import ServerTime
from core.sync.sign_in import PostForm
from core.sync.wire import Answer

#: What a reviewer needs: to read cases and to add opinions. Nothing is deleted.
REVIEWER_SCOPES = (
    "openid fhirUser offline_access user/Task.rsu user/DiagnosticReport.crs "
    "user/Observation.crs user/Provenance.crus user/Communication.crs user/Practitioner.rs "
    "user/Device.rs user/Media.rs user/ImagingStudy.rs user/Binary.r"
)
_SHORTEST_LEFT, _UNTOLD_LIFE_S = timedelta(seconds=30), 300


def offers_people_a_sign_in(places: SignInPlaces) -> bool:
    """Whether people can sign in at this server in a way that Outpost knows."""
    code = not places.grants or "authorization_code" in places.grants
    return bool(places.authorize and places.token) and code


@dataclass
class PersonSignIn:
    """One person's sign-in, held in memory only and gone with the app. ``redirect`` is an address
    on this device that the browser comes back to.

    Show ``address`` in a browser, give ``come_back`` what it comes back to, then use it as a
    ``SignIn``. ``practitioner`` is the server's name of the person (``Practitioner/12``) once they
    are signed in, empty where the server does not say.
    """

    client_id: str
    redirect: str
    scopes: str = REVIEWER_SCOPES
    practitioner: str = ""
    _verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48), repr=False)
    _state: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    _code: str = field(default="", repr=False)
    _token: str = field(default="", repr=False)
    _refresh: str = field(default="", repr=False)
    _ends: datetime = datetime.min

    def address(self, places: SignInPlaces, audience: str) -> str:
        """Where the browser is sent. ``audience`` is the base of the server's FHIR URLs. Raises
        ``SyncError`` (``sync_no_sign_in``)."""
        if not offers_people_a_sign_in(places):
            raise SyncError(SyncFailure.SYNC_NO_SIGN_IN)
        challenge = hashlib.sha256(self._verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect,
            "scope": self.scopes,
            "state": self._state,
            "aud": audience,
            "code_challenge": base64.urlsafe_b64encode(challenge).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        separator = "&" if urlsplit(places.authorize).query else "?"
        return f"{places.authorize}{separator}{urlencode(query)}"

    def come_back(self, address: str) -> None:
        """The browser came back. Raises ``SyncError`` (``sync_sign_in``) unless it brings a code
        for what was begun here."""
        told = {name: each[0] for name, each in parse_qs(urlsplit(address).query).items()}
        ours = hmac.compare_digest(told.get("state", "").encode(), self._state.encode())
        if not ours or "code" not in told:
            words = told.get("error", "")[:100] if ours else ""
            raise SyncError(SyncFailure.SYNC_SIGN_IN, words=words)
        self._code = told["code"]

    # As a SignIn

    def authorization(self, token_place: str, post: PostForm, time: ServerTime) -> str | None:
        """The header; the code, and later the refresh token, buy a token where need be. Raises
        ``SyncError``."""
        if not self._token or self._ends - time.now().replace(tzinfo=None) < _SHORTEST_LEFT:
            self._buy(token_place, post, time)
        return f"Bearer {self._token}"

    def refused(self) -> bool:
        self._token = ""
        return bool(self._refresh)

    def _buy(self, place: str, post: PostForm, time: ServerTime) -> None:
        if self._code:
            form = {
                "grant_type": "authorization_code",
                "code": self._code,
                "redirect_uri": self.redirect,
                "client_id": self.client_id,
                "code_verifier": self._verifier,
            }
            self._code = ""  # Good for one try.
        elif self._refresh:
            form = {
                "grant_type": "refresh_token",
                "refresh_token": self._refresh,
                "client_id": self.client_id,
            }
        else:
            raise SyncError(SyncFailure.SYNC_SIGN_IN, status=401)
        told = _told(post(place, urlencode(form)))
        self._token = str(told["access_token"])
        # A server may give a new refresh token each time, and take the former no longer.
        self._refresh = str(told.get("refresh_token") or self._refresh)
        lives = _seconds(told.get("expires_in"))
        self._ends = time.now().replace(tzinfo=None) + timedelta(seconds=lives)
        if "id_token" in told:
            self.practitioner = self._who(str(told["id_token"]))

    def _who(self, token: str) -> str:
        """The ``fhirUser`` claim. The token came straight from the server over TLS, which stands in
        for checking its signature (OpenID Connect Core 1.0, 3.1.3.7, 6); whom it is for is
        checked."""
        try:
            claims = jwt.decode(
                token, options={"verify_signature": False, "verify_exp": False, "verify_aud": False}
            )
        except jwt.PyJWTError:
            return ""
        audience = claims.get("aud")
        if self.client_id not in (audience if isinstance(audience, list) else [audience]):
            raise SyncError(SyncFailure.SYNC_SIGN_IN)
        name = relative(str(claims.get("fhirUser", "")))
        return name if name.startswith("Practitioner/") else ""


def _told(answer: Answer) -> dict[str, Any]:
    """What a token endpoint answers. Raises ``SyncError``."""
    if answer.status in (408, 425, 429) or answer.status >= 500:
        raise SyncError(
            SyncFailure.SYNC_BUSY, status=answer.status, retry_after_s=answer.retry_after_s
        )
    try:
        told = json.loads(answer.body)
        if answer.status != 200 and "error" in told:
            words = str(told["error"])[:100]
            raise SyncError(SyncFailure.SYNC_SIGN_IN, status=answer.status, words=words)
        token = told["access_token"]
        if answer.status != 200 or not isinstance(token, str) or not token.isprintable():
            raise ValueError("no token")
    except (ValueError, KeyError, TypeError):
        raise SyncError(SyncFailure.SYNC_ANSWER_UNKNOWN, status=answer.status) from None
    found: dict[str, Any] = told
    return found


def _seconds(stated: object) -> float:
    try:
        return max(float(str(stated)), _SHORTEST_LEFT.total_seconds() + 1)
    except ValueError:
        return _UNTOLD_LIFE_S
