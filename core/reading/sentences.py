"""Why a pack is refused, why a reading failed, and the reasons a verdict gives."""

from __future__ import annotations

from core.sentences import Sentence


class PackFailure(Sentence):
    """Why a model pack cannot be trusted or used."""

    PACK_NOT_FOUND = (
        "There is no model pack called {pack} on this device. Choose another, or install it."
    )
    PACK_INCOMPLETE = (
        "The model pack {pack} lacks its file {file}. Install the pack again from its publisher."
    )
    PACK_UNSIGNED = (
        "The model pack {pack} is not signed, so nobody vouches for it. Install a signed pack."
    )
    PACK_KEY_UNKNOWN = (
        "The model pack {pack} is signed with a key that this device does not trust. Install it "
        "from a publisher your clinic knows."
    )
    PACK_KEY_DEVELOPMENT = (
        "The model pack {pack} is signed for development only and this is a release. Install the "
        "released pack."
    )
    PACK_MANIFEST_ALTERED = (
        "The description of the model pack {pack} was changed after it was signed. Do not use it; "
        "install it again from its publisher."
    )
    PACK_MODEL_ALTERED = (
        "The model in the pack {pack} is not the one that was signed. Do not use it; install it "
        "again from its publisher."
    )
    PACK_MANIFEST_INVALID = (
        "The description of the model pack {pack} is not in the form Outpost knows ({problem}). "
        "Update Outpost, or install another version of the pack."
    )
    PACK_REVOKED = (
        "The model pack {pack} {version} was withdrawn by its publisher: {reason} Install a newer "
        "version."
    )
    TRUSTED_KEYS_MISSING = (
        "The list of publishers that this device trusts is missing or damaged, so no pack can be "
        "used. Install Outpost again."
    )
    REVOCATIONS_ALTERED = (
        "The list of withdrawn packs on this device was changed, so no pack can be trusted. "
        "Install Outpost again."
    )
    INSTALLED_LIST_DAMAGED = (
        "The list of packs that were installed on this device is damaged, so no pack can be "
        "trusted. Install the packs again."
    )
    PACK_NEEDS_NEWER_RUNTIME = (
        "The model pack {pack} needs ONNX Runtime {needed}; this device has {found}. Update "
        "Outpost, or install an older version of the pack."
    )
    PACK_MODEL_UNUSABLE = (
        "The model in the pack {pack} could not be started on this device. Install the pack "
        "again; if that does not help, report it to its publisher."
    )
    SELF_TEST_MISSING = (
        "The model pack {pack} comes without a self-test, so this device cannot check that it "
        "works here. The version in use stays. Ask its publisher for a complete pack."
    )
    SELF_TEST_FAILED = (
        "The model pack {pack} {version} does not give its publisher's results on this device, so "
        "it was not put to use. The version in use stays. Report this to its publisher."
    )
    NO_PREVIOUS_VERSION = (
        "There is no earlier version of the model pack {pack} on this device to go back to. "
        "Install one from a file, or ask its publisher."
    )
    NO_PACKS_FOLDER = (
        "Packs cannot be installed here: the app has no folder for them. Start Outpost as its "
        "guide says, then try again."
    )
    PACKS_FOLDER_UNWRITABLE = (
        "The pack could not be written on this device. Make room or allow writing, then try again."
    )
    INSTALLING_ELSEWHERE = (
        "Packs are being installed by another Outpost on this device. Wait until it is done, then "
        "try again."
    )
    NO_ROUTER = (
        "No router is on board, so Outpost cannot tell what an image shows. Install Outpost again."
    )


class ReadingFailure(Sentence):
    """Why a study that opened could not be read."""

    FRAME_OUT_OF_RANGE = (
        "There is no frame {frame} in this image: it has {total}. Choose a frame from 0 to {last}."
    )
    READING_FAILED = (
        "The model in the pack {pack} stopped with an error on this image, so there is no result. "
        "Try another image; if it happens again, report it."
    )


class ReadingReason(Sentence):
    """Why a verdict is what it is. Shown with every reading."""

    # Refused
    NOT_RECOGNISED = "This is not an image of a kind that Outpost was made for."
    UNSUPPORTED_KIND = "This looks like {kind}. Outpost has no model for such images."
    PACK_NOT_ON_BOARD = "This looks like {kind}. The model that reads it is not on this device."
    PACK_OFF = (
        "This looks like {kind}. The model that reads it is experimental and switched off here."
    )
    UNLIKE_TRAINING = "The model was trained on images that look different from this one."
    NO_USABLE_FRAME = "None of the frames is one that the model was made for."
    MODALITY_MISMATCH = "The file says it is {modality}, which this model does not read."
    AGE_OUTSIDE = "The model was made for ages {lowest} to {highest} years, not for {age}."
    BODY_PART_OUTSIDE = "The model was not made for this part of the body ({body_part})."
    LESION_NOT_SEEN = (
        "The model tells kinds of tumour apart once a tumour has been seen. It cannot say whether "
        "there is one."
    )
    CONTRAST_ABSENT = "The model was made for images with contrast; this one was made without."

    # Uncertain
    PROBABILITY_LOW = "The model is not sure enough to say {finding}."
    COULD_BE_EITHER = "It could be any of: {findings}."
    NOTHING_FITS = "None of the possible findings fits this image well."
    FINDING_NEVER_CONFIDENT = (
        "On its validation images the model was not reliable enough to say {finding} with "
        "confidence."
    )
    FRAMES_DISAGREE = "The frames of this series do not agree."
    SERIES_NOT_VALIDATED = (
        "The model was checked on single images, not on whole series, so a series is never read "
        "with confidence."
    )
    ONE_FRAME_OF_SERIES = "Only some frames of this series were read."
    PACK_PAST_REVIEW = (
        "This model was to be reviewed by {review_by}, so it no longer speaks with confidence."
    )
    FACTS_DISAGREE = (
        "The file and the answer given do not agree: {question} Check that it is the right image."
    )
    DIFFERS_FROM_TRAINING = (
        "The image differs a little from those that the model learned from, such as those of "
        "another machine, so it is not trusted to be sure."
    )
    RESOLUTION_LOW = (
        "The image is {longest} pixels long; the model was checked on images of {needed} or more. "
        "Export or photograph it larger."
    )
    ROUTED_ELSEWHERE = "By itself Outpost would have given this image to another model."
    FAR_FRAME_ABNORMAL = (
        "A frame that is unlike the model's images looks abnormal to it. Look at that frame "
        "yourself."
    )
    NOT_ANSWERED = "A question that the model needs answered was left open: {question}"

    # Confident
    ABOVE_THRESHOLD = (
        "The model's probability is above the level chosen for {finding} on its validation images."
    )

    # Beside any verdict
    ASSUMED_KNOWN_LESION = "It was assumed that a tumour has already been seen."
    ASSUMED_AGE = "The age was not given; {lowest} to {highest} years was assumed."
    ASSUMED_BODY_PART = "The part of the body was not given; {allowed} was assumed."
    ASSUMED_CONTRAST = "It was assumed that contrast was given."
    ROUTE_OVERRIDDEN = (
        "A person chose the model {pack}; by itself Outpost took the image for {kind}."
    )
    STILL_UNLIKE_TRAINING = (
        "A person asked for this reading although the image is unlike those that the model was "
        "trained on. Do not rely on it."
    )
    EXPERIMENTAL = "This model is experimental. Do not act on it alone."
    FRAMES_STRIDED = "{read} of {total} frames were read, to answer in time."
    FRAMES_LEFT_OUT = "{count} frames were left out: damaged, or unlike the model's images."
