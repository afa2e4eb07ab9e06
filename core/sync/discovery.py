"""What a server says of itself: where to sign in, and what it can do.

SMART App Launch 2.2, "Conformance"; FHIR R4, CapabilityStatement.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from core.sync.failures import SyncError, SyncFailure
from core.sync.trust import checked_address

Json = dict[str, Any]
SMART = ".well-known/smart-configuration"
_OAUTH = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
#: What a case consists of, and what a sync needs besides.
WRITTEN = (
    "Device",
    "Media",
    "ImagingStudy",
    "Observation",
    "DiagnosticReport",
    "Practitioner",
    "Task",
    "Provenance",
    "Binary",
)


@dataclass(frozen=True, kw_only=True)
class SignInPlaces:
    """Where to ask for tokens. Empty: the server does not say. ``grants`` and ``methods`` are as
    the SMART configuration has them."""

    token: str = ""
    authorize: str = ""
    grants: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Capabilities:
    """What the CapabilityStatement states, each as a set of resource types where it is by type."""

    software: str = ""
    transactions: bool = False
    conditional_create: frozenset[str] = frozenset()
    update_create: frozenset[str] = frozenset()
    updates: frozenset[str] = frozenset()
    last_updated: frozenset[str] = frozenset()
    known: frozenset[str] = frozenset()

    def all_of(self, kinds: Iterable[str], among: frozenset[str]) -> bool:
        """Whether every one of ``kinds`` that the server knows is among them."""
        return all(kind in among for kind in kinds if kind in self.known)


def sign_in_places(document: Any) -> SignInPlaces:
    """A SMART configuration. Raises SyncError for an address in it that is none."""
    if not isinstance(document, Mapping):
        return SignInPlaces()
    return SignInPlaces(
        token=_address(document.get("token_endpoint")),
        authorize=_address(document.get("authorization_endpoint")),
        grants=_texts(document.get("grant_types_supported")),
        methods=_texts(document.get("token_endpoint_auth_methods_supported")),
        capabilities=_texts(document.get("capabilities")),
        scopes=_texts(document.get("scopes_supported")),
    )


def places_in_statement(statement: Json) -> SignInPlaces:
    """The places that a CapabilityStatement names, as servers did before SMART 1.1."""
    try:
        stated = _server(statement).get("security", {}).get("extension", [])
        inner = [each for outer in stated if outer["url"] == _OAUTH for each in outer["extension"]]
        found = {each["url"]: each["valueUri"] for each in inner}
        return SignInPlaces(
            token=_address(found.get("token")), authorize=_address(found.get("authorize"))
        )
    except (KeyError, TypeError, AttributeError):
        return SignInPlaces()


def capabilities(statement: Json) -> Capabilities:
    """What is stated. Raises SyncError (SYNC_NOT_FHIR) for another version than R4, or no FHIR."""
    try:
        if statement["resourceType"] != "CapabilityStatement":
            raise SyncError(SyncFailure.SYNC_NOT_FHIR)
        if not str(statement["fhirVersion"]).startswith("4.0"):
            raise SyncError(SyncFailure.SYNC_NOT_FHIR)
        server = _server(statement)
        kinds = {each["type"]: each for each in server.get("resource", [])}
        doing = {each["code"] for each in server.get("interaction", [])}
        # A parameter of every type may be stated for all of them at once.
        everywhere = {each["name"] for each in server.get("searchParam", [])}
        return Capabilities(
            software=str(statement.get("software", {}).get("name", ""))[:80],
            transactions="transaction" in doing,
            conditional_create=_stating(kinds, "conditionalCreate"),
            update_create=_stating(kinds, "updateCreate"),
            updates=frozenset(kind for kind, each in kinds.items() if "update" in _codes(each)),
            last_updated=frozenset(
                kind
                for kind, each in kinds.items()
                if "_lastUpdated"
                in everywhere | {one["name"] for one in each.get("searchParam", [])}
            ),
            known=frozenset(kinds),
        )
    except (KeyError, TypeError, AttributeError):
        raise SyncError(SyncFailure.SYNC_NOT_FHIR) from None


def _server(statement: Json) -> Json:
    found: Json = next(each for each in statement["rest"] if each["mode"] == "server")
    return found


def _stating(kinds: Mapping[str, Json], what: str) -> frozenset[str]:
    return frozenset(kind for kind, each in kinds.items() if each.get(what) is True)


def _codes(kind: Json) -> set[str]:
    return {each["code"] for each in kind.get("interaction", [])}


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()


def _address(value: Any) -> str:
    """Tokens are asked for only over what is as well protected as the server itself."""
    return checked_address(value) if isinstance(value, str) and value else ""
