"""What a server said of itself, kept between syncs: statements are large, and bytes cost money."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from core.sync.discovery import Capabilities, SignInPlaces
from core.sync.server import FhirServer


@dataclass(frozen=True, kw_only=True)
class About:
    """A server's statement and where it signs devices in, as far as they matter here."""

    capabilities: Capabilities
    places: SignInPlaces
    accepts_gzip: bool = False

    def document(self) -> dict[str, Any]:
        """As JSON can hold it."""
        can = {
            name: sorted(value) if isinstance(value, frozenset) else value
            for name, value in asdict(self.capabilities).items()
        }
        return {
            "capabilities": can,
            "places": asdict(self.places),
            "accepts_gzip": self.accepts_gzip,
        }

    def tell(self, server: FhirServer) -> None:
        """Spare a server being asked again."""
        server.capabilities = self.capabilities
        server.places = self.places
        server.accepts_gzip = self.accepts_gzip


def learn(server: FhirServer) -> About:
    """Ask a server about itself, signing in. Raises SyncError."""
    capabilities, places = server.capabilities, server.places
    server.learn_gzip()
    return About(capabilities=capabilities, places=places, accepts_gzip=server.accepts_gzip)


def from_document(document: dict[str, Any]) -> About | None:
    """What ``document`` wrote; None for anything else, which is then asked again."""
    try:
        told, places = document["capabilities"], document["places"]
        return About(
            capabilities=Capabilities(
                software=str(told["software"]),
                transactions=bool(told["transactions"]),
                **{
                    each.name: frozenset(map(str, told[each.name]))
                    for each in fields(Capabilities)
                    if each.name not in ("software", "transactions")
                },
            ),
            places=SignInPlaces(
                token=str(places["token"]),
                authorize=str(places["authorize"]),
                **{
                    name: tuple(map(str, places[name]))
                    for name in ("grants", "methods", "capabilities", "scopes")
                },
            ),
            accepts_gzip=bool(document["accepts_gzip"]),
        )
    except (KeyError, TypeError, AttributeError):
        return None
