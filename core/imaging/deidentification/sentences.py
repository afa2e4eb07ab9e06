"""What a person should know about a file without identity."""

from __future__ import annotations

from core.sentences import Sentence


class DeidentificationNotice(Sentence):
    """What de-identification could not do by itself."""

    LOOK_AT_THE_PICTURE = (
        "The file no longer names the patient, but writing in the picture itself was left as it "
        "is. Look at the picture before it leaves the clinic."
    )
    LOOK_AT_THE_MASKS = (
        "Writing that was found in the picture is black now, but nobody has looked: some may have "
        "been missed. Look at the picture before it leaves the clinic."
    )


class DeidentificationFailure(Sentence):
    """Why a file cannot be de-identified."""

    NOT_DICOM = (
        "This is not a DICOM file, so the patient's name cannot be taken out of its header. Choose "
        "a DICOM file."
    )
    NOT_A_PICTURE = (
        "This is not a picture that can be written anew without what it carries beside its pixels. "
        "Choose a PNG, JPEG, WebP, TIFF, GIF or BMP file."
    )
    NO_PICTURE = (
        "This DICOM file holds no picture but a report or another document, which is all words. "
        "Outpost cannot take a name out of it. Choose an image."
    )
    CANNOT_MASK = (
        "Writing in this picture cannot be made black, because of the way its pixels are stored "
        "({form}). Keep it in the clinic, or export it from the machine without writing."
    )
