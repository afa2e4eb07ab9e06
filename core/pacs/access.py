"""How a clinic reaches its archive: the address, and the way in."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.pacs.server import Pacs


class SignIn(StrEnum):
    """What the archive asks for."""

    NONE = "none"
    PASSWORD = "password"
    TOKEN = "token"


@dataclass(frozen=True, kw_only=True)
class Access:
    """``address`` comes before ``/studies``. ``secret`` is the password of ``user`` or the token.
    ``authority``: PEM certificates to trust instead of the public ones. There is no way to say that
    an address may go unencrypted: only this very machine may."""

    address: str
    sign_in: SignIn = SignIn.NONE
    user: str = ""
    secret: str = field(default="", repr=False)
    authority: str = ""

    def open(self) -> Pacs:
        """The archive, for a ``with``. Raises ``PacsError``."""
        from core.pacs.server import Pacs

        return Pacs(
            self.address,
            sign_in=(self.user, self.secret) if self.sign_in is SignIn.PASSWORD else None,
            token=self.secret if self.sign_in is SignIn.TOKEN else None,
            authority=self.authority or None,
        )

    def checked(self) -> Access:
        """The same, after the archive has answered a search. Raises ``PacsError``."""
        with self.open() as pacs:
            pacs.find(accession=_NOBODYS)
        return self


#: An accession number that no clinic gives: looking for it shows whether the sign-in is taken.
_NOBODYS = "OUTPOST TRIAL"
