"""Who holds the keys, who does not, and what a stolen copy is worth."""

from __future__ import annotations

import base64
import json
import random
import re
import shutil
from pathlib import Path

import pytest

from storage import key_file, keys, slots, ticks
from storage.attempts import Attempts
from storage.failures import StorageError
from storage.key_file import Role
from storage.keys import OpenKeys
from storage.slots import Device
from storage.stretching import Cost

CHEAP = Cost(64, 1)
PHONE = Device(bytes(range(32)), key_store=True)
PIN, WORDS = "274915", "river lantern seven maize drum"


class Clinic:
    """A vault's keys on disk, with a supervisor, and what a test does with them."""

    def __init__(self, folder: Path, device: Device = PHONE) -> None:
        self.path, self.device = folder / "keys.json", device
        self.attempts = Attempts(folder / "attempts.json")
        self.supervisor, self.recovery = keys.create(self.path, "Amina", WORDS, device, CHEAP)

    def sign_in(self, name: str, secret: str, device: Device | None = None) -> OpenKeys:
        user = next(user for user in keys.users(self.path, self.device) if user.name == name)
        return keys.unlock(self.path, user.id, secret, device or self.device, self.attempts)[0]

    def with_joseph(self) -> Clinic:
        self.supervisor.add_user("Joseph", Role.CLINICIAN, PIN, CHEAP)
        return self


@pytest.fixture
def clinic(tmp_path: Path) -> Clinic:
    return Clinic(tmp_path).with_joseph()


def test_everyone_reaches_the_same_key_by_their_own_secret(clinic: Clinic) -> None:
    joseph, amina = clinic.sign_in("Joseph", PIN), clinic.sign_in("Amina", WORDS)

    assert joseph.vault_key == amina.vault_key == clinic.supervisor.vault_key
    assert joseph.user() == keys.users(clinic.path, PHONE)[1]
    assert [user.name for user in amina.users()] == ["Amina", "Joseph"]


@pytest.mark.parametrize("secret", ["274916", "", WORDS, "274915 "[:5]])
def test_a_wrong_pin_opens_nothing(clinic: Clinic, secret: str) -> None:
    with pytest.raises(StorageError, match="wrong_secret"):
        clinic.sign_in("Joseph", secret)


def test_a_pin_typed_in_other_digits_or_with_spaces_is_the_same(clinic: Clinic) -> None:
    assert clinic.sign_in("Joseph", "٢٧٤٩١٥").user_id
    assert clinic.sign_in("Joseph", " 274915\n").user_id


def test_copied_files_without_the_device_secret_do_not_open_with_the_right_pin(
    clinic: Clinic, tmp_path: Path
) -> None:
    thief = Device(bytes(32), key_store=True)
    copy = tmp_path / "copy"
    copy.mkdir()
    shutil.copy(clinic.path, copy)
    user = keys.users(clinic.path, PHONE)[1]

    assert keys.users(copy / "keys.json", thief) == []
    with pytest.raises(StorageError, match="wrong_secret"):
        keys.unlock(copy / "keys.json", user.id, PIN, thief, Attempts(copy / "attempts.json"))


def test_nothing_readable_stands_in_the_key_file(clinic: Clinic) -> None:
    content = clinic.path.read_bytes()
    decoded = b"".join(
        base64.b64decode(text) for text in re.findall(rb'"([A-Za-z0-9+/=]{24,})"', content)
    )
    hidden = ["Amina", "Joseph", PIN, WORDS, clinic.recovery, clinic.recovery.replace("-", "")]
    secrets = [PHONE.secret, clinic.supervisor.vault_key.key, *(text.encode() for text in hidden)]

    assert len(decoded) > 500
    assert [secret for secret in secrets if secret in content + decoded] == []


def test_a_pin_is_refused_where_there_is_no_key_store(tmp_path: Path) -> None:
    browser = Device(bytes(32), key_store=False)
    with pytest.raises(StorageError, match="pin_needs_key_store"):
        keys.create(tmp_path / "keys.json", "Amina", PIN, browser, CHEAP)

    assert list(tmp_path.iterdir()) == []
    assert Clinic(tmp_path, browser).sign_in("Amina", WORDS).user_id


@pytest.mark.parametrize(
    ("secret", "code"),
    [
        ("", "passphrase_too_short"),
        ("12345", "pin_too_simple"),
        ("111111", "pin_too_simple"),
        ("123456", "pin_too_simple"),
        ("876543", "pin_too_simple"),
        ("789012", "pin_too_simple"),
        ("٢٢٢٢٢٢", "pin_too_simple"),
        ("secret", "passphrase_too_short"),
        ("one two three four", "passphrase_too_short"),
        ("one One ONE one one", "passphrase_too_short"),
    ],
)
def test_a_weak_secret_is_refused_in_words(clinic: Clinic, secret: str, code: str) -> None:
    before = clinic.path.read_bytes()
    with pytest.raises(StorageError, match=code):
        clinic.supervisor.add_user("Grace", Role.CLINICIAN, secret, CHEAP)

    assert clinic.path.read_bytes() == before


@pytest.mark.parametrize(
    ("name", "code"),
    [("joseph ", "name_taken"), ("", "name_missing"), ("x" * 61, "name_missing")],
)
def test_a_name_is_there_once_and_not_empty(clinic: Clinic, name: str, code: str) -> None:
    with pytest.raises(StorageError, match=code):
        clinic.supervisor.add_user(name, Role.CLINICIAN, PIN, CHEAP)


def test_a_clinician_may_not_manage_people(clinic: Clinic) -> None:
    joseph = clinic.sign_in("Joseph", PIN)
    for forbidden in (
        lambda: joseph.add_user("Grace", Role.SUPERVISOR, PIN, CHEAP),
        lambda: joseph.remove_user(clinic.supervisor.user_id or ""),
        joseph.new_recovery_key,
        joseph.begin_rotation,
    ):
        with pytest.raises(StorageError, match="only_supervisors"):
            forbidden()


def test_a_changed_secret_works_and_the_former_one_does_not(clinic: Clinic) -> None:
    joseph = clinic.sign_in("Joseph", PIN)
    with pytest.raises(StorageError, match="wrong_secret"):
        joseph.change_secret("000000", "995173", CHEAP, clinic.attempts)
    joseph.change_secret(PIN, "995173", CHEAP, clinic.attempts)

    assert clinic.sign_in("Joseph", "995173").vault_key == joseph.vault_key
    assert joseph.user() == clinic.sign_in("Joseph", "995173").user()
    with pytest.raises(StorageError, match="wrong_secret"):
        clinic.sign_in("Joseph", PIN)


def test_whoever_changes_a_secret_stays_the_same_person(clinic: Clinic) -> None:
    joseph = clinic.sign_in("Joseph", PIN)
    before = joseph.user()
    joseph.change_secret(PIN, "995173", CHEAP, clinic.attempts)

    assert joseph.user() == clinic.sign_in("Joseph", "995173").user() == before


def test_an_opening_key_signs_its_owner_in_without_a_wait_until_the_secret_changes(
    clinic: Clinic,
) -> None:
    joseph = clinic.sign_in("Joseph", PIN)
    with pytest.raises(StorageError, match="wrong_secret"):
        joseph.opening_key("000000", clinic.attempts)
    key = joseph.opening_key(PIN, clinic.attempts)
    for _ in range(5):
        with pytest.raises(StorageError, match="wrong_secret"):
            clinic.sign_in("Joseph", "000000")
    user_id = joseph.user_id or ""
    opened, wrong = keys.unlock_with_key(clinic.path, user_id, key, PHONE, clinic.attempts)

    assert (opened.user(), wrong) == (joseph.user(), 5)
    assert clinic.sign_in("Joseph", PIN).vault_key == opened.vault_key
    joseph.change_secret(PIN, "995173", CHEAP, clinic.attempts)
    with pytest.raises(StorageError, match="wrong_secret"):
        keys.unlock_with_key(clinic.path, user_id, key, PHONE, clinic.attempts)
    supervisor = clinic.supervisor.user_id or ""
    with pytest.raises(StorageError, match="wrong_secret"):
        keys.unlock_with_key(clinic.path, supervisor, key, PHONE, clinic.attempts)


def test_someone_removed_gets_in_no_more_and_the_key_changes(clinic: Clinic) -> None:
    joseph = clinic.sign_in("Joseph", PIN)
    clinic.supervisor.remove_user(joseph.user_id or "")
    clinic.supervisor.end_rotation()

    assert clinic.sign_in("Amina", WORDS).vault_key == clinic.supervisor.vault_key
    assert clinic.supervisor.vault_key.key != joseph.vault_key.key
    assert [user.name for user in clinic.supervisor.users()] == ["Amina"]
    with pytest.raises(StorageError, match="no_such_user"):
        keys.unlock(clinic.path, joseph.user_id or "", PIN, PHONE, clinic.attempts)


def test_the_last_supervisor_cannot_be_removed(clinic: Clinic) -> None:
    with pytest.raises(StorageError, match="last_supervisor"):
        clinic.supervisor.remove_user(clinic.supervisor.user_id or "")
    with pytest.raises(StorageError, match="no_such_user"):
        clinic.supervisor.remove_user("nobody")


def test_a_supervisor_who_left_manages_no_one(clinic: Clinic) -> None:
    clinic.supervisor.add_user("Grace", Role.SUPERVISOR, PIN, CHEAP)
    clinic.supervisor.remove_user(clinic.supervisor.user_id or "")
    clinic.supervisor.end_rotation()

    with pytest.raises(StorageError, match="only_supervisors"):
        clinic.supervisor.begin_rotation()


def test_a_rotation_cut_short_is_seen_at_the_next_unlock(clinic: Clinic) -> None:
    old = clinic.supervisor.vault_key
    clinic.supervisor.begin_rotation()
    joseph = clinic.sign_in("Joseph", PIN)

    assert joseph.previous == old
    assert joseph.vault_key == clinic.supervisor.vault_key != old
    with pytest.raises(ValueError, match="not finished"):
        clinic.supervisor.begin_rotation()
    joseph.end_rotation()
    assert clinic.sign_in("Amina", WORDS).previous is None


def test_an_old_vault_key_does_not_lead_to_the_new_one(clinic: Clinic) -> None:
    old = clinic.supervisor.vault_key.key
    clinic.supervisor.begin_rotation()
    file = key_file.read(clinic.path)
    assert file.previous is not None

    for slot in file.slots:
        with pytest.raises(StorageError):
            slots.private_key(slot, file.vault_id, slots.opening_key(slot, old.hex(), PHONE))
        with pytest.raises(StorageError):
            slots.private_key(slot, file.vault_id, old)
    with pytest.raises(StorageError):
        keys.unseal_bound(old, file.previous.sealed, b"")


def test_the_recovery_key_opens_a_vault_whose_device_secret_is_lost(clinic: Clinic) -> None:
    new_phone = Device(bytes(reversed(range(32))), key_store=True)
    recovered = keys.recover(clinic.path, clinic.recovery.lower(), new_phone)
    grace = recovered.add_user("Grace", Role.SUPERVISOR, PIN, CHEAP)

    assert recovered.vault_key == clinic.supervisor.vault_key
    assert recovered.user() is None
    assert keys.users(clinic.path, new_phone) == [grace]
    opened, _ = keys.unlock(clinic.path, grace.id, PIN, new_phone, clinic.attempts)
    assert opened.vault_key == recovered.vault_key
    assert keys.recover(clinic.path, clinic.recovery, new_phone).vault_key == opened.vault_key


def test_a_new_recovery_key_ends_the_old_one(clinic: Clinic) -> None:
    new = clinic.supervisor.new_recovery_key()

    assert keys.recover(clinic.path, new, PHONE).vault_key == clinic.supervisor.vault_key
    with pytest.raises(StorageError, match="recovery_key_not_ours"):
        keys.recover(clinic.path, clinic.recovery, PHONE)
    with pytest.raises(StorageError, match="recovery_key_mistyped"):
        keys.recover(clinic.path, new[:-1], PHONE)


def test_the_fifth_wrong_pin_has_to_wait_and_the_count_is_told_after(clinic: Clinic) -> None:
    for _ in range(5):
        with pytest.raises(StorageError, match="wrong_secret"):
            clinic.sign_in("Joseph", "000000")
    with pytest.raises(StorageError, match="wait_before_trying"):
        clinic.sign_in("Joseph", PIN)
    clinic.attempts = Attempts(clinic.attempts._path, lambda: ticks.seconds() + 30)
    user = keys.users(clinic.path, PHONE)[1]

    assert keys.unlock(clinic.path, user.id, PIN, PHONE, clinic.attempts)[1] == 5


def test_a_clinician_cannot_be_made_a_supervisor_by_editing_the_file(clinic: Clinic) -> None:
    clinic.path.write_bytes(clinic.path.read_bytes().replace(b"clinician", b"supervisor"))

    with pytest.raises(StorageError, match="wrong_secret"):
        clinic.sign_in("Joseph", PIN)


def test_a_slot_put_back_from_an_older_file_is_found(clinic: Clinic) -> None:
    older = json.loads(clinic.path.read_bytes())
    clinic.supervisor.new_recovery_key()
    document = json.loads(clinic.path.read_bytes())
    document["slots"][-1] = older["slots"][-1]
    clinic.path.write_text(json.dumps(document))

    with pytest.raises(StorageError, match="key_file_damaged"):
        clinic.sign_in("Amina", WORDS)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "key_file_damaged"),
        (b"[]", "key_file_damaged"),
        (b"{}", "key_file_damaged"),
        (b'{"format": 2}', "key_file_newer"),
        (b'{"format": 0}', "key_file_damaged"),
        (b"[" * 100_000, "key_file_damaged"),
    ],
)
def test_a_key_file_that_makes_no_sense_is_refused_and_left(
    clinic: Clinic, content: bytes, code: str
) -> None:
    clinic.path.write_bytes(content)
    with pytest.raises(StorageError, match=code):
        keys.users(clinic.path, PHONE)

    assert clinic.path.read_bytes() == content


def test_a_key_file_that_is_gone_is_not_made_again(clinic: Clinic) -> None:
    clinic.path.unlink()
    with pytest.raises(StorageError, match="key_file_missing"):
        keys.users(clinic.path, PHONE)

    assert not clinic.path.exists()


def test_a_vault_is_never_made_over_another(clinic: Clinic) -> None:
    with pytest.raises(StorageError, match="already_a_vault"):
        keys.create(clinic.path, "Grace", WORDS, PHONE, CHEAP)


def test_flipped_bits_in_the_key_file_give_the_right_key_or_a_sentence(clinic: Clinic) -> None:
    whole = clinic.path.read_bytes()
    draw = random.Random(4)
    user = keys.users(clinic.path, PHONE)[1]
    attempts_path = clinic.path.with_name("tries.json")
    refused = 0
    for _ in range(200):
        altered = bytearray(whole)
        altered[draw.randrange(len(whole))] ^= 1 << draw.randrange(8)
        clinic.path.write_bytes(altered)
        attempts_path.unlink(missing_ok=True)
        try:
            opened, _ = keys.unlock(clinic.path, user.id, PIN, PHONE, Attempts(attempts_path))
        except StorageError:
            refused += 1
        else:
            assert opened.vault_key == clinic.supervisor.vault_key
            assert opened.user() == user

    assert refused >= 198  # Base 64 has padding bits that say nothing.
