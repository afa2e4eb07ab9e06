"""The image with its heat map as a DICOM secondary capture (PS3.3 A.8.1), for viewers that do not
show structured reports."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import UID, SecondaryCaptureImageStorage

from core.reporting.dicom import concepts as c
from core.reporting.dicom.context import ImageReference, StudyContext, uid_of
from core.reporting.dicom.document import begun, day, time, written
from core.reporting.illustration import Illustration
from core.reporting.report import Report
from core.reporting.sentences import CaptureSentence
from core.reporting.wording import standing, verdict

Font = ImageFont.ImageFont | ImageFont.FreeTypeFont

#: Source of a derived image, in Source Image Sequence (CID 7202).
_SOURCE = c.dcm("121322", "Source image for image processing operation")
_PART = "secondary capture"
#: Narrowest picture that leaves room for the words, in pixels.
_NARROWEST = 512


def capture_of(report: Report) -> ImageReference:
    """What a structured report calls the capture by, whether or not it has been written yet."""
    return ImageReference(
        uid_of(report.id, f"dicom series {_PART}"),
        SecondaryCaptureImageStorage,
        uid_of(report.id, f"dicom {_PART}"),
    )


def secondary_capture(report: Report, context: StudyContext, shown: Illustration) -> bytes:
    """The picture as a file of PS3.10, filed under ``context``, with the verdict written below
    it: a heat map that is seen alone must say whose it is and what it is not."""
    ds = begun(report, context, UID(SecondaryCaptureImageStorage), _PART)
    ds.Modality = "OT"
    ds.SeriesNumber = 9901
    ds.SeriesDescription = "Computer reading, heat map"
    ds.Laterality = ""
    ds.ConversionType = "WSD"
    ds.ImageType = ["DERIVED", "SECONDARY"]
    ds.PatientOrientation = ""
    ds.ContentDate, ds.ContentTime = day(report), time(report)
    ds.DateOfSecondaryCapture, ds.TimeOfSecondaryCapture = day(report), time(report)
    ds.DerivationDescription = "Rendered, and laid over with a class activation map"
    if context.burned_in:
        ds.BurnedInAnnotation = context.burned_in
    if context.images:
        ds.SourceImageSequence = Sequence(_sources(context, shown))
    _add_pixels(ds, captioned(report, shown))
    return written(ds)


def captioned(report: Report, shown: Illustration) -> npt.NDArray[np.uint8]:
    """The picture with words below: (height, width, 3) uint8."""
    picture = Image.fromarray(shown.image if shown.heat is None else shown.heat)
    if picture.width < _NARROWEST:
        height = round(picture.height * _NARROWEST / picture.width)
        picture = picture.resize((_NARROWEST, height), Image.Resampling.BICUBIC)
    size = max(14, picture.width // 48)
    font = ImageFont.load_default(size)
    lines = [
        line for said in _caption(report, shown) for line in _wrapped(said, font, picture.width)
    ]
    step = round(size * 1.4)
    whole = Image.new("RGB", (picture.width, picture.height + step * len(lines) + step))
    whole.paste(picture)
    draw = ImageDraw.Draw(whole)
    for number, line in enumerate(lines):
        top = picture.height + step // 2 + number * step
        draw.text((size // 2, top), line, font=font, fill=(255, 255, 255))
    return np.asarray(whole)


def _caption(report: Report, shown: Illustration) -> list[str]:
    pack = report.reading.pack
    said = [standing(report), verdict(report)]
    if shown.heat_label:
        finding = report.display(shown.heat_label)
        said.append(CaptureSentence.HEAT.say(finding=finding).text)
    elif report.findings:
        said.append(CaptureSentence.NO_HEAT.say().text)
    if pack:
        said.append(f"{pack.title}, {pack.id} {pack.version}, {pack.status}")
    return said


def _wrapped(
    text: str, font: ImageFont.ImageFont | ImageFont.FreeTypeFont, width: int
) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font.getlength(longer) > width * 0.96:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _sources(context: StudyContext, shown: Illustration) -> list[Dataset]:
    """PS3.3 C.7.6.1, Source Image Sequence: of a multi-frame file the frame, else every image,
    for the order of a study's frames is not that of its files."""
    sources = []
    for image in context.images:
        source = c.referenced(image.class_uid, image.instance_uid)
        if shown.frames > 1 and len(context.images) == 1:
            source.ReferencedFrameNumber = shown.frame + 1
        source.PurposeOfReferenceCodeSequence = Sequence([_SOURCE.item()])
        sources.append(source)
    return sources


def _add_pixels(ds: Dataset, pixels: npt.NDArray[np.uint8]) -> None:
    ds.SamplesPerPixel = 3
    ds.PhotometricInterpretation = "RGB"
    ds.PlanarConfiguration = 0
    ds.Rows, ds.Columns = int(pixels.shape[0]), int(pixels.shape[1])
    ds.BitsAllocated = ds.BitsStored = 8
    ds.HighBit = 7
    ds.PixelRepresentation = 0
    ds.PixelData = pixels.tobytes() + b"\0" * (pixels.size % 2)
    ds["PixelData"].VR = "OB"
