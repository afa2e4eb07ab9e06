"""What a person should know right after signing in, though the vault opened."""

from __future__ import annotations

from core.sentences import Sentence, Statement
from storage.arrival import Arrival
from storage.clock import ClockFlag, Moment


class VaultNotice(Sentence):
    """Something is not as it should be, and what to do about it."""

    CLOCK_BEHIND = (
        "This device's clock shows a time that is already past. Records go by the latest time "
        "that is known and keep both. Set the device's clock."
    )
    CLOCK_FAR_AHEAD = (
        "This device's clock is more than half a year ahead of the latest time that is known. "
        "Records go by that time and keep both. Check the date: if it is right, let a supervisor "
        "confirm it, or connect to the clinic's server once."
    )
    TAIL_LOST = (
        "The newest entries of the audit log were lost, and with them what was saved last. Run "
        "the vault check, and look for the last cases in a backup or on the server."
    )
    KEYS_PUT_BACK = (
        "The file that holds this vault's keys is an older one than was here last: someone may "
        "have put it back. Look at the list of users, then change the vault's keys."
    )
    SETTINGS_DAMAGED = (
        "The clinic's settings are damaged or were altered, so cases are kept without patient "
        "codes and original files for now. Ask a supervisor to save the settings again."
    )


_CLOCK = {
    ClockFlag.BEHIND: VaultNotice.CLOCK_BEHIND,
    ClockFlag.FAR_AHEAD: VaultNotice.CLOCK_FAR_AHEAD,
}


def notices(moment: Moment, found: Arrival, *, settings_damaged: bool) -> list[Statement]:
    """The notices for this moment, the gravest first."""
    grave = [VaultNotice.TAIL_LOST.say()] if found.tail_lost else []
    grave += [VaultNotice.KEYS_PUT_BACK.say()] if found.keys_put_back else []
    grave += [VaultNotice.SETTINGS_DAMAGED.say()] if settings_damaged else []
    return [*grave, *(notice.say() for flag, notice in _CLOCK.items() if flag is moment.flag)]
