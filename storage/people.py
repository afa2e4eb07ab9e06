"""Who may sign in: every change is in the log before it is made, and most rotate the vault key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from storage.attempts import Attempts
from storage.audit import Action
from storage.key_file import Role
from storage.keys import Announce, User
from storage.renewal import finish_rotation
from storage.session import Session
from storage.stretching import Cost


class People:
    """The users of an open vault, and the recovery key."""

    def __init__(self, session: Session, attempts: Attempts) -> None:
        self._session = session
        self._attempts = attempts

    def add(self, name: str, role: Role, secret: str, cost: Cost) -> User:
        """Let someone in. Raises StorageError (ONLY_SUPERVISORS, NAME_TAKEN, a weak secret)."""
        with self._session.reading() as opened:
            announce = self._announce(Action.USER_ADDED, " ".join(name.split()))
            return opened.add_user(name, role, secret, cost, announce)

    def remove(self, user_id: str) -> None:
        """Let someone in no more, put them out where they are in, and rotate the vault key."""
        with self._session.reading() as opened:
            finish_rotation(self._session)
            with self._nobody_stays_by_former_keys():
                opened.remove_user(user_id, self._announce(Action.USER_REMOVED))
                finish_rotation(self._session)

    def change_secret(self, current: str, secret: str, cost: Cost) -> None:
        """Give the one who is signed in another secret, and rotate the vault key."""
        with self._session.reading() as opened:
            finish_rotation(self._session)
            announce, tell = self._announce(Action.SECRET_CHANGED), self._tell_tries
            with self._nobody_stays_by_former_keys():
                opened.change_secret(current, secret, cost, self._attempts, announce, tell)
                finish_rotation(self._session)

    def opening_key(self, current: str) -> bytes:
        """What a key store keeps for the one who is signed in and knows the secret."""
        with self._session.reading() as opened:
            key = opened.opening_key(current, self._attempts, self._tell_tries)
            with self._session.changing():
                self._session.note(Action.FINGERPRINT_SET_UP)
            return key

    def new_recovery_key(self) -> str:
        """Another recovery key, to print once, and rotate the vault key."""
        with self._session.reading() as opened:
            finish_rotation(self._session)
            with self._nobody_stays_by_former_keys():
                printed = opened.new_recovery_key(self._announce(Action.RECOVERY_KEY_CHANGED))
                finish_rotation(self._session)
            return printed

    def rotate(self) -> None:
        """Change the vault key. Cut short anywhere, the next unlock goes on with it."""
        with self._session.reading() as opened:
            finish_rotation(self._session)
            opened.begin_rotation(self._announce(Action.ROTATION_BEGUN))
            finish_rotation(self._session)

    @contextmanager
    def _nobody_stays_by_former_keys(self) -> Iterator[None]:
        """Whoever was removed is out before anybody can do anything else, also where the change was
        cut short after it was made."""
        try:
            yield
        finally:
            self._session.ground.put_out_the_gone()

    def _announce(self, action: Action, detail: str = "") -> Announce:
        def announce(user_id: str, key_file: str) -> None:
            with self._session.changing():
                self._session.note(action, row=user_id, detail=detail, key_file=key_file)

        return announce

    def _tell_tries(self, user_id: str, count: int) -> None:
        with self._session.changing():
            self._session.note(Action.WRONG_TRIES, row=user_id, count=count)
