"""Every way in which talking to an archive can fail, in words."""

from __future__ import annotations

from core.errors import OutpostError
from core.sentences import Sentence


class PacsError(OutpostError):
    """The archive could not be reached, or did not do what it was asked."""


class PacsFailure(Sentence):
    """Why the archive did not do what it was asked. None names a patient or an address."""

    PACS_ADDRESS_INVALID = (
        "This is not the address of a DICOMweb archive. Give it as whoever runs the archive does, "
        "for instance https://pacs.clinic.example/dicom-web."
    )
    PACS_NOT_ENCRYPTED = (
        "This address is not encrypted (http), so anyone on the network could read patients' "
        "names. Ask for an https address, or allow plain http for this network."
    )
    PACS_UNREACHABLE = (
        "The archive cannot be reached. Check the network and the address, then try again."
    )
    PACS_TOO_SLOW = "The archive did not answer in time. Try again when the network is better."
    PACS_CERTIFICATE = (
        "The archive's certificate cannot be trusted, so nothing was sent. Ask whoever runs it for "
        "its certificate authority's file."
    )
    PACS_SIGN_IN = (
        "The archive did not accept the sign-in. Check the user name and password, or ask whoever "
        "runs it for access."
    )
    PACS_NOT_FOUND = "The archive has no such study. Check the number and search again."
    PACS_REFUSED = (
        "The archive refused what it was asked (status {status}). Show this to whoever runs it."
    )
    PACS_ANSWER_UNKNOWN = (
        "The archive's answer is not one that Outpost understands. Show this to whoever runs it."
    )
    PACS_STUDY_TOO_LARGE = (
        "The study is larger than {limit_megabytes} MB, so fetching it was stopped. Fetch it at a "
        "workstation and choose one series."
    )
    PACS_UID_INVALID = (
        "This is not the UID of a study: digits and full stops, at most 64. Search for the study "
        "and copy its UID."
    )
    PACS_NO_ARCHIVE = (
        "No archive is set up on this device. Ask a supervisor to set one up under More, Image "
        "archive."
    )
    PACS_NO_IMAGES = (
        "The study holds no images, but other documents. Look at them at a workstation."
    )
    PACS_NOT_KEPT = "The archive did not keep this (reason {reason}). Show this to whoever runs it."
    PACS_NOTHING_TO_STORE = "No file was chosen to store. Choose a DICOM file and try again."
    PACS_NOT_DICOM = (
        "One of these files is not a DICOM file, so nothing was stored. Choose DICOM files only."
    )
