"""Walk a data set, into every sequence, and leave nothing in it that names a person."""

from __future__ import annotations

import re
from typing import Any

from pydicom.charset import python_encoding
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence
from pydicom.tag import BaseTag

from core.imaging.deidentification.identity import Replacement
from core.imaging.deidentification.profile import (
    BASIC,
    EDITION,
    OPTION_CODES,
    Action,
    MethodCode,
    Option,
    Profile,
)
from core.imaging.dicom.facts import read_facts
from core.imaging.dicom.header import read_number, read_text, read_value

#: Stand-ins by value representation (PS3.5 6.2).
_DUMMIES: dict[str, Any] = {
    **dict.fromkeys(("AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UT"), "REMOVED"),
    **dict.fromkeys(("DS", "IS"), "0"),
    **dict.fromkeys(("FD", "FL", "SL", "SS", "SV", "UL", "US", "UV"), 0),
    **dict.fromkeys(("OB", "OD", "OF", "OL", "OV", "OW"), b"\0\0\0\0\0\0\0\0"),
    "AS": "000D",
    "DA": "19000101",
    "DT": "19000101000000",
    "TM": "000000",
    "UR": "http://removed.invalid",
}
_CHARACTER_SET = 0x00080005
_NUMBER = re.compile(r"[+-]?\d*\.?\d*([Ee][+-]?\d+)?")
#: Lower ends of the bands that ages fall into, in years; 90 is everything above 89, as HIPAA
#: 164.514(b)(2)(i)(C) asks.
_AGE_BANDS = (90, 80, 70, 60, 50, 40, 30, 18, 10, 5, 1, 0)


def clean(dataset: Dataset, rules: Profile, replacement: Replacement) -> None:
    """Take identity out of a data set, in place.

    Patient's Name and ID become the pseudonym, UIDs are mapped, and the attributes that say
    what was done are set (PS3.15 E.1.1). Pixel data are left as they are.
    """
    patient = read_value(dataset, "PatientID")
    bands = _bands(dataset) if Option.RETAIN_PATIENT_BANDS in rules.options else {}
    _walk(dataset, rules, replacement)
    pseudonym = replacement.pseudonym(str(patient or ""))
    dataset.PatientName = dataset.PatientID = pseudonym
    for keyword, value in bands.items():
        setattr(dataset, keyword, value)
    _fill_content_date(dataset)
    _say_what_was_done(dataset, rules)


def _fill_content_date(dataset: Dataset) -> None:
    """Content Date and Time stand empty in most images, but not in those of enhanced multi-frame
    kinds (PS3.3 C.7.6.16, type 1)."""
    if "SharedFunctionalGroupsSequence" in dataset:
        dataset.ContentDate, dataset.ContentTime = _DUMMIES["DA"], _DUMMIES["TM"]


def _walk(dataset: Dataset, rules: Profile, replacement: Replacement) -> None:
    for tag in list(dataset.keys()):
        element = _element(dataset, tag)
        if element is None:
            del dataset[tag]
        else:
            _act(dataset, element, rules, replacement)


def _element(dataset: Dataset, tag: BaseTag) -> DataElement | None:
    """The element, or None where its value cannot be understood: then nobody can say that it
    names no one."""
    try:
        return dataset[tag]
    except Exception:  # noqa: BLE001 (pydicom raises anything; the message may quote the value)
        return None


def _act(dataset: Dataset, element: DataElement, rules: Profile, replacement: Replacement) -> None:
    action = rules.action(element.tag, element.VR)
    if action is Action.WALK and element.VR == "SQ":
        for item in element.value:
            _walk(item, rules, replacement)
    elif action is Action.MAP_UID and element.VR == "UI":
        element.value = _mapped(element.value, replacement)
    elif action is Action.EMPTY or (action is Action.REPLACE and element.VR == "SQ"):
        element.value = Sequence() if element.VR == "SQ" else None
    elif action is Action.REPLACE and element.VR in ("UI", *_DUMMIES):
        dummy = _DUMMIES.get(element.VR)
        element.value = _mapped(element.value, replacement) if dummy is None else dummy
    elif action is not Action.WALK or not _is_sound(element):
        del dataset[element.tag]


def _mapped(value: Any, replacement: Replacement) -> Any:
    if isinstance(value, MultiValue):
        return [replacement.uid(str(each)) for each in value]
    return replacement.uid(str(value or ""))


def _is_sound(element: DataElement) -> bool:
    """Whether a kept element is what it claims to be: words may stand where numbers belong."""
    if element.tag == _CHARACTER_SET:
        return all(each in python_encoding for each in _texts(element))
    if element.VR in ("DS", "IS"):
        return all(_NUMBER.fullmatch(each) for each in _texts(element))
    return True


def _texts(element: DataElement) -> list[str]:
    values = element.value if isinstance(element.value, MultiValue) else [element.value]
    return [str(each).strip("\0 ") for each in values if each is not None]


def _bands(dataset: Dataset) -> dict[str, Any]:
    """Sex, and age, size and weight as the lower end of a band (PS3.15 E.3.4)."""
    found: dict[str, Any] = {}
    sex = read_text(dataset, "PatientSex")
    if sex in ("M", "F", "O"):
        found["PatientSex"] = sex
    age = read_facts(dataset).age_years
    if age is not None:
        found["PatientAge"] = f"{next(low for low in _AGE_BANDS if age >= low):03d}Y"
    weight, size = read_number(dataset, "PatientWeight"), read_number(dataset, "PatientSize")
    if weight is not None and 0 < weight < 500:
        found["PatientWeight"] = str(int(weight // 10 * 10))
    if size is not None and 0 < size < 3:
        found["PatientSize"] = f"{int(size * 10 + 1e-6) / 10:.1f}"
    return found


def _say_what_was_done(dataset: Dataset, rules: Profile) -> None:
    """PS3.3 C.7.1.1 and C.12.1, over whatever an earlier de-identification said."""
    dataset.PatientIdentityRemoved = "YES"
    dataset.DeidentificationMethod = f"DICOM PS3.15 {EDITION} Annex E, by Outpost"
    codes = [BASIC, *(OPTION_CODES[option] for option in sorted(rules.options))]
    dataset.DeidentificationMethodCodeSequence = Sequence([coded(code) for code in codes])
    dataset.LongitudinalTemporalInformationModified = "REMOVED"


def coded(code: MethodCode) -> Dataset:
    """The item of a code sequence (PS3.3 8.8)."""
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator = code.value, "DCM"
    item.CodeMeaning = code.meaning
    return item
