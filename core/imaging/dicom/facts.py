"""The few facts of a header that may leave this room, each checked against a closed set.

Free text is never copied: a person may have typed a name anywhere.
"""

from __future__ import annotations

import re
from datetime import date

from pydicom.dataset import Dataset

from core.imaging.dicom.header import read_items, read_text, read_value
from core.imaging.study import Facts


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Modalities (PS3.3 C.7.3.1.1.1), images and the other kinds that share their files.
_MODALITIES = _words("""
    CR CT DX ES GM IO IVOCT IVUS MG MR NM OCT OP OPT OT PT PX RF RG SC SM TG US VL XA XC BI BMD DG
    DMS EPS LS OAM OPM OPV OSS PA POS
""")

#: Body parts (PS3.16 Annex L) that a pack may ask for or that tell it to keep away.
_BODY_PARTS = _words("""
    ABDOMEN ABDOMENPELVIS ANKLE ARM BACK BLADDER BONE BRAIN BREAST BUTTOCK CALCANEUS CALF CAROTID
    CERVIX CHEEK CHEST CHESTABDOMEN CHESTABDPELVIS CLAVICLE COCCYX COLON CSPINE EAR ELBOW ESOPHAGUS
    EXTREMITY EYE EYELID FACE FEMUR FINGER FOOT FOREARM GALLBLADDER HAND HEAD HEADNECK HEART HIP
    HUMERUS IAC JAW KIDNEY KNEE LARYNX LEG LIVER LSPINE LUNG MANDIBLE MAXILLA MEDIASTINUM MOUTH NECK
    NECKCHEST NOSE ORBIT PANCREAS PELVIS PROSTATE RIB SCAPULA SCROTUM SELLA SHOULDER SINUS SKULL
    SPINE SPLEEN SSPINE STERNUM STOMACH TESTIS THIGH THUMB THYROID TIBIA TMJ TOE TONGUE TSPINE
    URETER UTERUS WHOLEBODY WRIST ZYGOMA
""")

#: Words that devices write instead of the standard's term.
_OTHER_WORDS = {
    "THORAX": "CHEST",
    "LUNGS": "LUNG",
    "CRANIUM": "SKULL",
    "MAMMA": "BREAST",
    "BREASTS": "BREAST",
    "HANDS": "HAND",
    "FEET": "FOOT",
    "LOWERLEG": "LEG",
    "ABDOMINAL": "ABDOMEN",
}

#: View positions (PS3.3 C.8.1.3, C.8.3.1 and CID 4014).
_VIEWS = _words("""
    AP PA LL RL RLD LLD RLO LLO LATERAL LAT OBLIQUE CC MLO ML LM LMO XCC XCCL XCCM FB SIO CV AT
    AXILLARY SKYLINE SUNRISE TANGENTIAL DP
""")
_LATERALITIES = frozenset("LRBU")

_YEARS_PER_UNIT = {"Y": 1.0, "M": 1 / 12, "W": 7 / 365.25, "D": 1 / 365.25}
#: HIPAA 164.514(b)(2)(i)(C): all ages over 89 become one band.
_OLDEST, _OLDEST_BAND = 89.0, 90.0
#: Below this many years a tenth of a year matters and is kept; above, whole years are.
_INFANT_YEARS = 2.0

_NO_CONTRAST = frozenset({"NO", "NONE", "N", "WITHOUT", "NO CONTRAST", "NATIVE"})


def read_facts(dataset: Dataset) -> Facts:
    """What the header may tell the reader. Anything unknown or unusual is None."""
    modality = read_text(dataset, "Modality")
    return Facts(
        modality=modality if modality in _MODALITIES else None,
        body_part=_body_part(dataset),
        view=_one_of(dataset, _VIEWS, "ViewPosition"),
        laterality=_one_of(
            dataset, _LATERALITIES, "ImageLaterality", "Laterality", "FrameLaterality"
        ),
        age_years=_age(dataset),
        contrast=_contrast(dataset),
    )


def _one_of(dataset: Dataset, allowed: frozenset[str], *keywords: str) -> str | None:
    for keyword in keywords:
        text = read_text(dataset, keyword)
        if text in allowed:
            return text
    return None


def _body_part(dataset: Dataset) -> str | None:
    """Body Part Examined, else the meaning of the Anatomic Region Sequence."""
    texts = [read_text(dataset, "BodyPartExamined")]
    texts += [
        read_text(item, "CodeMeaning") for item in read_items(dataset, "AnatomicRegionSequence")
    ]
    parts = (_standard_part(text) for text in texts)
    return next((part for part in parts if part is not None), None)


def _standard_part(text: str) -> str | None:
    """The standard's term in ``text``: the whole of it ("C SPINE"), else its first known word."""
    whole = re.sub(r"[^A-Z]", "", text)
    words: list[str] = [whole, *re.findall(r"[A-Z]+", text)]
    for word in words:
        if word in _BODY_PARTS:
            return word
        if word in _OTHER_WORDS:
            return _OTHER_WORDS[word]
    return None


def _age(dataset: Dataset) -> float | None:
    """Years from Patient's Age ("045Y", "018M"), else from birth date to the day of the study."""
    written = re.fullmatch(r"(\d{1,3})([YMWD])", read_text(dataset, "PatientAge"))
    if written and int(written[1]) > 0:  # "000Y" is what devices write for "not known"
        return _banded(int(written[1]) * _YEARS_PER_UNIT[written[2]])
    born = _day(dataset, "PatientBirthDate")
    studied = next(
        (day for keyword in ("StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate")
         if (day := _day(dataset, keyword))),
        None,
    )  # fmt: skip
    if born is None or studied is None or studied < born:
        return None
    return _banded((studied - born).days / 365.25)


def _banded(years: float) -> float:
    if years > _OLDEST:
        return _OLDEST_BAND
    return round(years, 1) if years < _INFANT_YEARS else float(int(years))


def _day(dataset: Dataset, keyword: str) -> date | None:
    digits = re.fullmatch(r"(\d{4})\.?(\d{2})\.?(\d{2})", read_text(dataset, keyword))
    try:
        return date(*(int(part) for part in digits.groups())) if digits else None
    except ValueError:
        return None


def _contrast(dataset: Dataset) -> bool | None:
    """True when an agent is named, False when the header says none, None when it is silent."""
    if read_items(dataset, "ContrastBolusAgentSequence"):
        return True
    agent = read_value(dataset, "ContrastBolusAgent")
    if not isinstance(agent, str) or not agent.strip():
        return None
    return agent.strip().upper() not in _NO_CONTRAST
