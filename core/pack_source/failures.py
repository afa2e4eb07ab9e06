"""Every way in which fetching packs can fail, in words."""

from __future__ import annotations

from core.errors import OutpostError
from core.sentences import Sentence


class PackSourceError(OutpostError):
    """The folder of packs could not be reached, or does not give what it should."""


class PackSourceFailure(Sentence):
    """Why no pack came. The packs in use are never touched by any of these."""

    SOURCE_ADDRESS_INVALID = (
        "This is not the address of a folder of packs. Give it as the publisher does, for "
        "instance https://packs.clinic.example/outpost/."
    )
    SOURCE_NOT_ENCRYPTED = (
        "This address is not encrypted (http). Ask the publisher for an https address."
    )
    SOURCE_UNREACHABLE = (
        "The folder of packs cannot be reached. Check the network and the address, then try "
        "again: what has come so far is kept."
    )
    SOURCE_CERTIFICATE = (
        "The certificate of the folder of packs cannot be trusted, so nothing was fetched. Check "
        "the device's date, or ask whoever runs the network."
    )
    SOURCE_FILE_MISSING = (
        "The folder of packs lacks the file {file}. Tell its publisher, and try again later."
    )
    SOURCE_REFUSED = (
        "The folder of packs refused to give a file (status {status}). Show this to whoever runs "
        "it."
    )
    SOURCE_ANSWER_UNKNOWN = (
        "This address answers with something that is not a folder of packs. If the network asks "
        "you to sign in first, do that in a browser, then try again."
    )
    SOURCE_FILE_WRONG = (
        "The file {file} came through damaged or changed, twice, so it was thrown away. Try again "
        "on another network, or tell the publisher."
    )
    SOURCE_LIST_OUTDATED = (
        "This folder of packs has an older list of withdrawn packs than this device, so nothing "
        "was taken from it. Ask the publisher for the current folder."
    )
    SOURCE_LIST_CONTRADICTS = (
        "This folder's list of withdrawn packs has the number of the one on this device, but says "
        "something else, so nothing was taken from it. Tell the publisher."
    )
    SOURCE_PACK_OLDER = (
        "The model pack {pack} {offered} is older than the {present} on this device. It was not "
        "installed: an older version can only be put back on this device, by hand."
    )
    SOURCE_PACK_PRESENT = (
        "The model pack {pack} {offered} is on this device already. There is nothing to do."
    )
    SOURCE_PACK_MISNAMED = (
        "The folder of packs calls this {pack} {offered}, but the pack itself says otherwise, so "
        "it was not installed. Tell the publisher."
    )
    SOURCE_PACK_UNKNOWN = (
        "The folder of packs has no model pack called {pack}. Choose one that it offers."
    )
    PACK_FILE_UNREADABLE = (
        "This file is not a model pack. Choose a file whose name ends in .outpostpack, as its "
        "publisher gave it."
    )
