"""The picture and its heat map in a FHIR report, where the clinic allows them to be sent."""

from __future__ import annotations

import base64
from typing import Any

from core.reporting.coding import Json, Made, identifier, part_id
from core.reporting.fhir_actors import subject
from core.reporting.report import AttachedPicture, PictureKind, Report
from core.reporting.sentences import ReportSentence

_TITLES = {
    PictureKind.IMAGE: ReportSentence.IMAGE_SENT,
    PictureKind.HEAT_MAP: ReportSentence.HEAT_MAP_SENT,
}


def binaries(report: Report) -> list[Made]:
    """The bytes. A Binary has no identifier in R4, so it is put under a UUID of ours."""
    return [(_binary_id(report, each), _binary(report, each)) for each in report.pictures]


def media(report: Report) -> list[Made]:
    """A Media for each picture that no Media stands for yet: the image of a DICOM file, of which
    there is an ImagingStudy, and the heat map."""
    from core.imaging.study import Source

    alone = [
        each
        for each in report.pictures
        if each.kind is PictureKind.HEAT_MAP or report.source is Source.DICOM
    ]
    made = []
    for each in alone:
        uuid = part_id(report.id, f"media {each.kind}")
        resource: Json = {
            "resourceType": "Media",
            "identifier": [identifier(uuid)],
            "status": "completed",
            "subject": subject(report),
            **shown(report, each),
        }
        made.append((uuid, resource))
    return made


def shown(report: Report, picture: AttachedPicture) -> dict[str, Any]:
    """What a Media says of the picture that it stands for."""
    return {
        "height": picture.height,
        "width": picture.width,
        "content": {
            "contentType": "image/jpeg",
            # Not rewritten by the server, for the Binary is put under this very name.
            "url": f"Binary/{_binary_id(report, picture)}",
            "size": len(picture.jpeg),
            "title": _TITLES[picture.kind].say().text,
        },
    }


def binary_id(case_id: str, kind: PictureKind) -> str:
    """The UUID of a picture's Binary: one in a report and its corrections, for both pictures are
    of the reading, which stays the same."""
    return part_id(case_id, f"binary {kind}")


def _binary_id(report: Report, picture: AttachedPicture) -> str:
    return binary_id(report.case_id, picture.kind)


def _binary(report: Report, picture: AttachedPicture) -> Json:
    return {
        "resourceType": "Binary",
        "id": _binary_id(report, picture),
        "contentType": "image/jpeg",
        "data": base64.b64encode(picture.jpeg).decode("ascii"),
    }
