"""Every way in which opening a file can fail, and what is worth telling when it does not.

Each failure's sentence ends in what to do. Neither ever holds a path, a file name or anything
else from the file that could name a person.
"""

from __future__ import annotations

from core.sentences import Sentence


class ImagingFailure(Sentence):
    """Why a file could not be opened into a study."""

    # The file itself
    NOTHING_CHOSEN = "No file was chosen. Choose an image and try again."
    FILE_NOT_FOUND = (
        "There is no file at this place any more. Check that it was not moved or deleted, "
        "then choose it again."
    )
    NO_PERMISSION = (
        "This device does not let Outpost read this file. Copy it to a folder of your own, or ask "
        "whoever manages the device for access."
    )
    IS_A_FOLDER = "This is a folder, not an image. Choose an image in it."
    NOT_A_REGULAR_FILE = (
        "This is not a file that can be read like an image. Choose an image file instead."
    )
    FILE_UNREADABLE = (
        "The device reported an error while reading this file. Check the card, stick or network "
        "folder it is on, copy it again and try once more."
    )
    EMPTY_FILE = "This file is empty. Copy or export it again from where it came."
    FILE_TOO_LARGE = (
        "This file is larger than {limit_megabytes} MB, which is more than can be opened safely. "
        "Export a smaller series or fewer frames."
    )

    # Kinds of file that are not images Outpost opens
    UNSUPPORTED_FILE_KIND = (
        "Outpost does not know this kind of file. Choose a DICOM, PNG or JPEG file."
    )
    TEXT_FILE = (
        "This file holds text, not an image, whatever its name says. Choose the image itself."
    )
    ARCHIVE_FILE = (
        "This is a compressed archive ({kind}), not an image. Unpack it and choose the images in "
        "it."
    )
    PDF_DOCUMENT = "This is a PDF document. Export the image in it as JPEG or PNG and choose that."
    OFFICE_DOCUMENT = (
        "This is an office document. Export the image in it as JPEG or PNG and choose that."
    )
    HEIC_PHOTO = (
        "This is a HEIC photo, which Outpost cannot open. Set the camera to save JPEG "
        '("most compatible"), or share the photo as JPEG, and try again.'
    )
    SVG_DRAWING = "This is an SVG drawing, not a medical image. Choose a DICOM, PNG or JPEG file."
    VIDEO_FILE = "This is a video. Save the frame that matters as a picture and choose that."

    # Pictures
    PICTURE_KIND_NOT_ON_DEVICE = (
        "This picture is a {kind} file, which this device cannot open. Save it as JPEG or PNG and "
        "try again."
    )
    TRUNCATED_PICTURE = (
        "This picture is cut short: part of the file is missing. Copy or send it again from where "
        "it came."
    )
    DAMAGED_PICTURE = (
        "This picture is damaged and cannot be opened. Copy or send it again from where it came."
    )
    HIDDEN_TEXT_TOO_LARGE = (
        "This picture carries more hidden text than is safe to unpack. Save it again with a "
        "picture app and try the new copy."
    )
    TOO_MANY_SCANS = (
        "This JPEG is built from so many passes that opening it could stall the device. Save it "
        "again with a picture app and try the new copy."
    )
    PICTURE_DEPTH_UNSUPPORTED = (
        "This picture stores its brightness in a form Outpost cannot read ({mode}). Save it as an "
        "8 or 16 bit PNG and try again."
    )
    SEVERAL_PICTURES = (
        "These pictures do not belong to one series. Open them one at a time, or as a batch."
    )

    # Size
    TOO_MANY_PIXELS = (
        "This image has {megapixels} megapixels; up to {limit} can be opened safely. Export it at "
        "a smaller size."
    )
    ONLY_A_FEW_PIXELS = (
        "This image is only {width} x {height} pixels, too few to show anything. Choose the full "
        "image, not its icon."
    )
    TOO_MANY_FRAMES = (
        "This series has {frames} frames; up to {limit} can be opened at once. Export part of it."
    )
    SERIES_TOO_LARGE = (
        "This series takes more than {limit_megabytes} MB. Export part of it, or open it on a "
        "computer in smaller parts."
    )
    TOO_SLOW = (
        "Opening this file took longer than {seconds} seconds and was stopped. Export it again in "
        "a simpler form, for instance as JPEG or PNG."
    )
    NOT_ENOUGH_MEMORY = (
        "This device has too little free memory for this image. Close other apps, or open it on "
        "another device."
    )

    # DICOM
    DAMAGED_DICOM = (
        "This DICOM file is damaged: its header cannot be understood. Export it again from where "
        "it came."
    )
    TRUNCATED_DICOM = (
        "This DICOM file is cut short: part of its image is missing. Copy or send it again from "
        "where it came."
    )
    DICOM_WITHOUT_PIXELS = (
        "This DICOM file holds no image. Choose another file of the same examination."
    )
    DICOM_NOT_AN_IMAGE = (
        "This DICOM file holds {kind}, not an image. Choose the images of the same examination."
    )
    DICOM_INDEX = (
        "This is the index of a DICOM disc (DICOMDIR), not an image. Choose the image files or "
        "their folder."
    )
    DICOM_FLOAT_PIXELS = (
        "This DICOM file holds a map of measured numbers (floating point), not an image to look "
        "at. Choose the original images of the same examination."
    )
    DICOM_PIXELS_UNSUPPORTED = (
        "This DICOM file stores its image in a form Outpost cannot read ({form}). Export it as "
        "JPEG or as uncompressed DICOM."
    )
    DICOM_COMPRESSION_NOT_ON_PHONE = (
        "This DICOM file is compressed with {compression}, which this phone cannot open. Open it "
        "on a computer, or export it as JPEG."
    )
    DICOM_COMPRESSION_NOT_INSTALLED = (
        "This DICOM file is compressed with {compression}, which this computer cannot open: its "
        "decoder is not installed. Install Outpost's desktop decoders, or export it as JPEG."
    )
    DICOM_COMPRESSION_UNSUPPORTED = (
        "This DICOM file is compressed with {compression}, which Outpost cannot open. Export it as "
        "JPEG or as uncompressed DICOM."
    )
    DAMAGED_FRAME = (
        "Frame {number} of this image is damaged and cannot be shown. Export it again from where "
        "it came."
    )
    SERIES_MIXED = (
        "These DICOM files do not belong to one series. Open them as a batch, which sorts them "
        "into series."
    )


class ImagingNotice(Sentence):
    """What a person should know about how a file was opened."""

    FIRST_FRAME_ONLY = (
        "This file holds several pictures or an animation. Only the first one was opened."
    )
    TRANSPARENCY_DROPPED = "Transparent parts of this picture are shown black."
    OPENED_SMALLER = (
        "This picture has {megapixels} megapixels and was opened at a smaller size: "
        "{width} x {height}."
    )
    WINDOW_COMPUTED = (
        "The file names no brightness window, so one was chosen from the image itself."
    )
    FRAMES_MISSING = "The file promises {promised} frames but holds only {found}."
    DEPTH_REDUCED = "The image has more than 16 bits per pixel and is shown with 16."
