"""The words about this device's clock."""

from __future__ import annotations

from ui.language import in_every_language

CLOCK_TITLE = "Date and clock"
CLOCK_HINT = "Look at the date that records go by, and confirm it where nothing else can."
CHECK_DATE = "Look at the date"
DEVICE_SHOWS = "This device's clock shows"
RECORDS_GO_BY = "Records go by"
CLOCK_FINE = "Nothing is wrong with the clock, and nothing has to be done."
CLOCK_IS_BEHIND = (
    "The clock shows a time that is already past. Set the date and the time in the device's "
    "settings, then look again."
)
CLOCK_IS_AHEAD = (
    "The clock is more than half a year ahead of the time that is surely past. Perhaps the device "
    "was switched off for long; perhaps the clock is wrong."
)
IS_IT_RIGHT = (
    "Is this date right? Compare it with a calendar or with another device. If it is wrong, set "
    "the date and the time in the device's settings, then look again."
)
FOR_GOOD = (
    "A date that was confirmed cannot be taken back: if it is wrong, every later record has it."
)
DATE_IS_RIGHT = "Yes, {moment} is right"
LOOK_AGAIN = "Look again"
SUPERVISOR_CONFIRMS = (
    "Only a supervisor can confirm the date. Ask one to sign in and to open this page."
)
DATE_CONFIRMED = "The date is confirmed. Records go by this device's clock again."

in_every_language(__name__)
