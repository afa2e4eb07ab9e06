"""The words of the settings that came after the first ones."""

from __future__ import annotations

from ui.language import Plural, in_every_language

TEXT_SIZE_TITLE = "Size of text"
TEXT_USUAL, TEXT_LARGE, TEXT_LARGER, TEXT_LARGEST = "Usual", "Large", "Larger", "Largest"
TEXT_SIZE_HINT = "For this device or browser only, on top of what the device itself enlarges."
ORIGINALS_DAYS = "Remove original files after they were sent"
DAYS = Plural("after {count} day", "after {count} days")
NEVER_REMOVED = "never"
ORIGINALS_QUOTA = "Original files take at most"
MEGABYTES = "{count} MB"
QUOTA_HINT = (
    "When that is full, files that were sent longest ago go first. Nothing that waits to be sent "
    "is removed: then no more originals are kept, and you are told before a reading starts."
)
EXPORT_IMAGES = "Pictures may go into FHIR records"
EXPORT_IMAGES_HINT = "Off, records and deliveries to a server hold findings and no image."

in_every_language(__name__)
