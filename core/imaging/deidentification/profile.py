"""What happens to each attribute: the Basic Profile of PS3.15 Annex E, and the options chosen.

The table (E.1-1, edition 2026c) is the one that dicom-anonymizer carries. Only the table is
taken from there: its actions walk only into the sequences that the table names, write the date
00010101, and replace UIDs by random ones.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from functools import cache

from pydicom.datadict import tag_for_keyword
from pydicom.tag import BaseTag

_TABLE = "dicomanonymizer.dicom_anonymization_databases.dicomfields_2026c"
EDITION = "2026c"


class Action(Enum):
    """The actions of table E.1-1. Where the standard leaves a choice by the type of the
    attribute, the one that keeps most objects valid is taken; dates and sequences, where the
    standard allows to remove them, are removed."""

    REMOVE = "X"
    EMPTY = "Z"
    REPLACE = "D"
    MAP_UID = "U"
    WALK = "K"


class Option(StrEnum):
    """Options of the standard that a clinic may choose (PS3.15 E.3)."""

    RETAIN_DEVICE = "retain_device"
    RETAIN_PATIENT_BANDS = "retain_patient_bands"


@dataclass(frozen=True)
class MethodCode:
    """An entry of CID 7050, for De-identification Method Code Sequence."""

    value: str
    meaning: str


BASIC = MethodCode("113100", "Basic Application Confidentiality Profile")
CLEAN_PIXELS = MethodCode("113101", "Clean Pixel Data Option")
OPTION_CODES = {
    Option.RETAIN_DEVICE: MethodCode("113109", "Retain Device Identity Option"),
    Option.RETAIN_PATIENT_BANDS: MethodCode("113108", "Retain Patient Characteristics Option"),
}

#: The table's columns of dicom-anonymizer, and what they come to for anything but a date.
_COLUMNS = {
    "D_TAGS": Action.REPLACE,
    "Z_TAGS": Action.EMPTY,
    "X_TAGS": Action.REMOVE,
    "U_TAGS": Action.MAP_UID,
    "Z_D_TAGS": Action.REPLACE,
    "X_Z_TAGS": Action.EMPTY,
    "X_D_TAGS": Action.REPLACE,
    "X_Z_D_TAGS": Action.REPLACE,
    "X_Z_U_STAR_TAGS": Action.WALK,
}
#: The same for sequences: one that is emptied, not removed, stays valid where it must stand.
_SEQUENCE_COLUMNS = _COLUMNS | {"X_Z_D_TAGS": Action.REMOVE}
#: The same for dates and times: gone where the standard allows it, else empty, and one date for
#: all where it asks for a stand-in.
_DATE_COLUMNS = _COLUMNS | {
    "Z_D_TAGS": Action.EMPTY,
    "X_Z_TAGS": Action.REMOVE,
    "X_D_TAGS": Action.REMOVE,
    "X_Z_D_TAGS": Action.REMOVE,
}
#: Curves and overlays (PS3.5 7.6): the table names them by pattern; all of their groups goes,
#: because a header without its data is of no use.
_REPEATING_GROUPS = {*range(0x5000, 0x5100), *range(0x6000, 0x6100)}

#: Groups below belong to messages, file meta and indices, never to a data set (PS3.5 7.1).
_FIRST_GROUP = 0x0008

#: What tells one machine from another: every attribute of the column "Rtn. Dev. Id. Opt." that
#: the standard keeps as it is, for whoever claims the option must keep all of them (E.1.1). Not
#: Detector ID, which editions differ on: there the stricter one counts.
_DEVICE = (
    "StationName",
    "DeviceSerialNumber",
    "DeviceUID",
    "PlateID",
    "GeneratorID",
    "CassetteID",
    "GantryID",
    "UniqueDeviceIdentifier",
    "UDISequence",
    "ManufacturerDeviceClassUID",
    "ManufacturerDeviceIdentifier",
    "XRayDetectorID",
    "XRayDetectorLabel",
    "XRaySourceID",
    "TransducerIdentificationSequence",
    "LensMake",
    "LensModel",
    "LensSerialNumber",
    "LensSpecification",
    "DeviceDescription",
    "DeviceLabel",
    "PerformedStationAETitle",
    "PerformedStationName",
    "PerformedStationNameCodeSequence",
    "PerformedStationGeographicLocationCodeSequence",
    "ScheduledStationAETitle",
    "ScheduledStationName",
    "ScheduledStationNameCodeSequence",
    "ScheduledStationGeographicLocationCodeSequence",
    "ScheduledProcedureStepLocation",
    "ScheduledStudyLocation",
    "ScheduledStudyLocationAETitle",
    "SourceManufacturer",
    "SourceSerialNumber",
    "TreatmentMachineName",
)

#: Representations of dates and times, and of free text, of which what the table does not name
#: goes too: nobody knows what was typed there. Stricter than the standard.
DATES = frozenset({"DA", "DT", "TM"})
FREE_TEXT = frozenset({"PN", "ST", "LT", "UT", "UN"})


@dataclass(frozen=True)
class Profile:
    """What to do with each attribute, by tag, under the options chosen."""

    actions: Mapping[int, Action]
    sequence_actions: Mapping[int, Action]
    date_actions: Mapping[int, Action]
    retained: frozenset[int]
    options: frozenset[Option]

    def action(self, tag: BaseTag, representation: str) -> Action:
        """What to do with one attribute of this value representation (PS3.5 6.2)."""
        if tag.is_private or tag.group < _FIRST_GROUP or tag.group in _REPEATING_GROUPS:
            return Action.REMOVE
        if tag in self.retained:
            return Action.WALK
        named = self._table(representation).get(tag)
        if named is not None:
            return named
        if representation == "UI":
            return Action.MAP_UID
        unnamed_text = representation in DATES or representation in FREE_TEXT
        return Action.REMOVE if unnamed_text else Action.WALK

    def _table(self, representation: str) -> Mapping[int, Action]:
        if representation in DATES:
            return self.date_actions
        return self.sequence_actions if representation == "SQ" else self.actions


@cache
def profile(options: frozenset[Option]) -> Profile:
    """The Basic Profile with ``options``. Raises ImportError without dicom-anonymizer."""
    retained = _DEVICE if Option.RETAIN_DEVICE in options else ()
    tags = frozenset(tag for name in retained if (tag := tag_for_keyword(name)) is not None)
    return Profile(
        actions=_actions(_COLUMNS),
        sequence_actions=_actions(_SEQUENCE_COLUMNS),
        date_actions=_actions(_DATE_COLUMNS),
        retained=tags,
        options=options,
    )


def _actions(columns: Mapping[str, Action]) -> Mapping[int, Action]:
    table = importlib.import_module(_TABLE)
    return {
        tag[0] << 16 | tag[1]: action
        for column, action in columns.items()
        for tag in getattr(table, column)
        if len(tag) == 2  # the others are the patterns of curves and overlays
    }
