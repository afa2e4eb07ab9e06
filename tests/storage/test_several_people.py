"""Several people signed in to one vault at once: each under the own name, and nobody a moment
longer than they may."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from storage import backup, door, key_file, merging
from storage.audit import Action
from storage.backup import restore, write_backup
from storage.door import Door
from storage.failures import StorageError, StorageFailure
from storage.history import Filter
from storage.key_file import Role
from storage.merging import merge
from storage.originals import SealedFile
from storage.renewal import finish_rotation
from storage.settings import Settings
from storage.store import OpenVault
from storage.vault import Case, Opinion
from tests.storage.cases import CHEAP, PHONE, WORDS, case, enter, make

JOSEPH, ZAWADI = "carpet violin eleven moss gate", "pepper anchor forty quilt stone"


class Clinic:
    """A vault of three people, and whoever of them is in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.recovery_key = make(folder)
        first = enter(folder)
        first.add_user("Joseph", Role.CLINICIAN, JOSEPH, CHEAP)
        first.add_user("Zawadi", Role.SUPERVISOR, ZAWADI, CHEAP)
        first.lock()
        self.door = Door(folder, PHONE)
        self.ids = {user.name: user.id for user in self.door.users()}
        self.amina = self.door.unlock(self.ids["Amina"], WORDS)

    def joseph(self, secret: str = JOSEPH) -> OpenVault:
        return self.door.join(self.amina, self.ids["Joseph"], secret)

    def zawadi(self) -> OpenVault:
        return self.door.join(self.amina, self.ids["Zawadi"], ZAWADI)

    def told(self, *actions: Action) -> list[tuple[str, Action, int]]:
        """Who did what, by the log."""
        names = {one: name for name, one in self.ids.items()}
        return [
            (names.get(entry.user, entry.user), entry.action, entry.count)
            for entry in self.amina.log()
            if entry.action in actions
        ]


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Clinic:
    """A clinic to copy."""
    clinic = Clinic(tmp_path_factory.mktemp("clinic") / "vault")
    clinic.amina.lock()
    return clinic


@pytest.fixture
def clinic(made: Clinic, tmp_path: Path) -> Iterator[Clinic]:
    copy = Clinic.__new__(Clinic)
    copy.folder = Path(shutil.copytree(made.folder, tmp_path / "vault"))
    copy.recovery_key, copy.ids = made.recovery_key, made.ids
    copy.door = Door(copy.folder, PHONE)
    copy.amina = copy.door.unlock(copy.ids["Amina"], WORDS)
    yield copy
    copy.amina.lock()


def unsaid(note: str = "a note") -> Case:
    """A case as the app gives it to be kept: it names nobody."""
    return replace(case(note), saved_by=None, labelled_by=None, labelled_role=None)


def refused(vault: OpenVault) -> bool:
    """Whether every question to a vault is answered by its lock."""
    session = vault.parts.session
    questions: list[Callable[[], object]] = [
        vault.cases,
        vault.users,
        vault.log,
        vault.settings,
        vault.history,
        vault.signed_head,
        vault.drafts.found,
        session.role,
        lambda: vault.save(unsaid()),
        lambda: vault.drafts.begin([[b"image"]]),
        lambda: vault.change_settings(Settings(clinic_name="Hers")),
        lambda: session.keyring,
        lambda: session.audit,
        lambda: session.db,
        lambda: session.user_id,
    ]
    for question in questions:
        with pytest.raises(StorageError) as refusal:
            question()
        assert refusal.value.failure is StorageFailure.LOCKED
    return True


# Each under the own name


def test_each_one_saves_labels_and_logs_under_the_own_name(clinic: Clinic) -> None:
    joseph = clinic.joseph()
    theirs, ours = clinic.amina.save(unsaid()), joseph.save(unsaid())

    assert (theirs.saved_by, theirs.labelled_by) == (clinic.ids["Amina"],) * 2
    assert (ours.saved_by, ours.labelled_by) == (clinic.ids["Joseph"],) * 2
    assert (theirs.labelled_role, ours.labelled_role) == (Role.SUPERVISOR, Role.CLINICIAN)
    joseph.case(theirs.id)
    assert clinic.told(Action.SAVED, Action.VIEWED) == [
        ("Amina", Action.SAVED, 0),
        ("Joseph", Action.SAVED, 0),
        ("Joseph", Action.VIEWED, 0),
    ]


def test_many_threads_of_three_people_keep_every_case_under_its_name(clinic: Clinic) -> None:
    people = {"Amina": clinic.amina, "Joseph": clinic.joseph(), "Zawadi": clinic.zawadi()}
    clinic.amina.history(Filter(text="x"))

    def keep(number: int) -> tuple[str, str]:
        name = list(people)[number % 3]
        kept = people[name].save(unsaid(f"note of {name}"))
        people[name].case(kept.id)
        return kept.id, name

    with ThreadPoolExecutor(6) as threads:
        kept = dict(threads.map(keep, range(30)))

    for vault in people.values():
        found = {one.id: one for one in vault.cases(limit=100).cases}
        assert {one: found[one].note for one in kept} == {
            one: f"note of {name}" for one, name in kept.items()
        }
        assert {one.saved_by for one in found.values()} == set(clinic.ids.values())
        by_name = vault.history(Filter(users=frozenset({clinic.ids["Joseph"]})), limit=100)
        assert len(by_name.lines) == 10
    logged = {entry.row: entry.user for entry in clinic.amina.log() if entry.action is Action.SAVED}
    assert logged == {one: clinic.ids[name] for one, name in kept.items()}
    assert clinic.amina.verify() == []


def test_an_arrival_is_in_the_log_with_the_wrong_tries_before_it(clinic: Clinic) -> None:
    for _ in range(2):
        with pytest.raises(StorageError, match="wrong_secret"):
            clinic.joseph("no words that anybody knows")
    clinic.joseph()

    assert clinic.told(Action.UNLOCKED)[-2:] == [
        ("Amina", Action.UNLOCKED, 0),
        ("Joseph", Action.UNLOCKED, 2),
    ]


def test_wrong_tries_beside_others_make_one_wait_like_any(clinic: Clinic) -> None:
    for _ in range(5):
        with pytest.raises(StorageError, match="wrong_secret"):
            clinic.joseph("no words that anybody knows")
    with pytest.raises(StorageError, match="wait_before_trying"):
        clinic.joseph()


def test_nobody_joins_who_is_not_of_this_vault(clinic: Clinic) -> None:
    with pytest.raises(StorageError, match="no_such_user"):
        clinic.door.join(clinic.amina, "0" * 16, JOSEPH)
    with pytest.raises(StorageError, match="wrong_secret"):
        clinic.door.join(clinic.amina, clinic.ids["Joseph"], WORDS)


def test_roles_are_each_ones_own(clinic: Clinic) -> None:
    joseph, zawadi = clinic.joseph(), clinic.zawadi()
    for forbidden in (
        lambda: joseph.add_user("Ben", Role.SUPERVISOR, ZAWADI, CHEAP),
        lambda: joseph.remove_user(clinic.ids["Amina"]),
        lambda: joseph.change_settings(Settings(clinic_name="His")),
        joseph.rotate,
        joseph.new_recovery_key,
    ):
        with pytest.raises(StorageError, match="only_supervisors"):
            forbidden()
    zawadi.change_settings(Settings(clinic_name="Hers"))
    assert clinic.told(Action.SETTINGS_CHANGED) == [("Zawadi", Action.SETTINGS_CHANGED, 0)]


def test_whoever_comes_in_sweeps_away_nothing_that_another_works_on(
    clinic: Clinic, tmp_path: Path
) -> None:
    """Original files of a save that is not committed yet, and a backup that is being merged."""
    (tmp_path / "film.dcm").write_bytes(b"film")
    parts = clinic.amina.parts
    (sealed,) = parts.originals.seal_files([tmp_path / "film.dcm"])
    parts.incoming.mkdir()
    clinic.joseph()

    assert parts.originals.files() == {sealed.id}
    assert parts.incoming.is_dir()


def test_drafts_are_each_ones_own(clinic: Clinic) -> None:
    joseph = clinic.joseph()
    clinic.amina.drafts.begin([[b"hers"]])
    joseph.drafts.begin([[b"his"]])
    joseph.drafts.note({"whose": "his"})
    clinic.amina.drafts.note({"whose": "hers"})

    hers, his = clinic.amina.drafts.found(), joseph.drafts.found()
    assert hers
    assert his
    assert (hers.groups, dict(hers.note)) == (((b"hers",),), {"whose": "hers"})
    assert (his.groups, dict(his.note)) == (((b"his",),), {"whose": "his"})
    joseph.drafts.discard()
    assert clinic.amina.drafts.found()


# Out at once


def test_whoever_is_removed_is_out_at_once_and_knows_it(clinic: Clinic) -> None:
    joseph, told = clinic.joseph(), []
    joseph.put_out.append(lambda: told.append("out"))
    joseph.save(unsaid())
    clinic.amina.remove_user(clinic.ids["Joseph"])

    assert refused(joseph)
    assert told == ["out"]
    assert clinic.amina.cases().cases, "and nobody else is"
    with pytest.raises(StorageError, match="no_such_user"):
        clinic.joseph()
    assert clinic.amina.verify() == []


def test_whoever_is_removed_cannot_end_what_they_began(clinic: Clinic) -> None:
    """Between two steps of theirs they are removed: the second is refused."""
    joseph = clinic.joseph()
    began, removed = threading.Event(), threading.Event()
    failures: list[StorageError] = []

    def work() -> None:
        kept = joseph.save(unsaid())
        began.set()
        removed.wait(30)
        try:
            joseph.save(replace(kept, note="after"))
        except StorageError as error:
            failures.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    began.wait(30)
    clinic.amina.remove_user(clinic.ids["Joseph"])
    removed.set()
    thread.join(30)

    assert [one.failure for one in failures] == [StorageFailure.LOCKED]
    assert [one.note for one in clinic.amina.cases().cases] == ["a note"]


def test_a_removal_whose_rotation_fails_puts_out_all_the_same(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    joseph = clinic.joseph()

    def full(*_: object) -> None:
        raise StorageError(StorageFailure.DEVICE_FULL)

    calls: list[object] = []
    with monkeypatch.context() as patched:
        patched.setattr(
            "storage.people.finish_rotation",
            lambda session: full() if calls else calls.append(finish_rotation(session)),
        )
        with pytest.raises(StorageError, match="device_full"):
            clinic.amina.remove_user(clinic.ids["Joseph"])

    assert key_file.read(clinic.folder / "keys.json").previous
    assert refused(joseph)
    clinic.zawadi()
    assert key_file.read(clinic.folder / "keys.json").previous is None, "ended by the next arrival"
    assert clinic.amina.verify() == []


def test_a_supervisor_who_removes_herself_is_out(clinic: Clinic) -> None:
    zawadi = clinic.zawadi()
    zawadi.remove_user(clinic.ids["Zawadi"])

    assert refused(zawadi)
    assert clinic.amina.user()


def test_whoever_signs_in_while_being_removed_does_not_come_in(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The removal falls between the secret's proving right and the coming in."""
    prove = door.keys.prove

    def slowly(*given: object) -> object:
        proved = prove(*given)  # type: ignore[arg-type]
        clinic.amina.remove_user(clinic.ids["Joseph"])
        return proved

    monkeypatch.setattr(door.keys, "prove", slowly)
    with pytest.raises(StorageError, match="wrong_secret"):
        clinic.joseph()


def test_a_key_file_put_back_lets_nobody_in_who_was_removed(clinic: Clinic) -> None:
    before = (clinic.folder / "keys.json").read_bytes()
    clinic.amina.remove_user(clinic.ids["Joseph"])
    (clinic.folder / "keys.json").write_bytes(before)

    with pytest.raises(StorageError, match="no_such_user"):
        clinic.joseph()


def test_another_secret_puts_out_whoever_came_by_the_former_one(clinic: Clinic) -> None:
    first, second = clinic.joseph(), clinic.joseph()
    second.change_secret(JOSEPH, "lemon harbour nine silk drum", CHEAP)

    assert refused(first)
    assert second.save(unsaid()).saved_by == clinic.ids["Joseph"]
    with pytest.raises(StorageError, match="wrong_secret"):
        clinic.joseph()


def test_a_new_recovery_key_puts_out_whoever_came_by_the_former_one(clinic: Clinic) -> None:
    nameless = clinic.door.join_recovered(clinic.amina, clinic.recovery_key)
    assert nameless.user() is None
    nameless.users()
    printed = clinic.amina.new_recovery_key()
    assert refused(nameless)

    again = clinic.door.join_recovered(clinic.amina, printed)
    again.new_recovery_key()
    assert again.users(), "but not the one who made it"


# Locking


def test_locking_locks_only_the_own_and_the_last_one_takes_the_keys_along(clinic: Clinic) -> None:
    joseph = clinic.joseph()
    key, named = joseph.parts.session.ground.keys.vault_key, joseph.parts.session.keyring
    audit = named.key("audit")
    clinic.amina.lock()
    assert refused(clinic.amina)
    assert joseph.save(unsaid())
    assert key.key
    assert bytes(audit)

    joseph.lock()
    joseph.lock()
    assert refused(joseph)
    assert bytes(audit) == b""
    with pytest.raises(StorageError, match="locked"):
        key.key  # noqa: B018 - asking is what must be refused
    enter(clinic.folder).lock()


def test_nobody_joins_a_vault_whose_last_one_has_left(clinic: Clinic) -> None:
    with pytest.raises(StorageError, match="wrong_secret"):
        clinic.joseph("no words that anybody knows")
    clinic.amina.lock()
    with pytest.raises(StorageError) as refusal:
        clinic.joseph()
    assert refusal.value.failure is StorageFailure.LOCKED

    clinic.amina = clinic.door.unlock(clinic.ids["Joseph"], JOSEPH)
    assert clinic.told(Action.UNLOCKED)[-1] == ("Joseph", Action.UNLOCKED, 1), "no try is forgotten"


# What everyone has in common


def test_what_one_changes_the_others_see(clinic: Clinic) -> None:
    joseph = clinic.joseph()
    told: list[Settings] = []
    joseph.settings_changed.append(told.append)
    clinic.amina.settings_changed.append(told.append)
    for vault in (clinic.amina, joseph):
        vault.settings()
        vault.prepare_history()
    clinic.amina.change_settings(Settings(clinic_name="The clinic"))
    kept = clinic.amina.save(unsaid())

    assert [one.clinic_name for one in told] == ["The clinic"], "whoever changes them knows it"
    assert joseph.settings().clinic_name == "The clinic"
    assert [line.id for line in joseph.history(Filter(text="")).lines] == [kept.id]
    clinic.amina.destroy(kept.id)
    assert joseph.history().lines == ()
    assert clinic.amina.head() == joseph.head()


def test_a_rotation_while_others_read_and_save_spoils_nothing(clinic: Clinic) -> None:
    joseph, over = clinic.joseph(), threading.Event()
    kept = [joseph.save(unsaid()).id]

    def work() -> None:
        while not over.is_set():
            assert joseph.case(kept[0]).note == "a note"
            kept.append(joseph.save(unsaid()).id)

    with ThreadPoolExecutor(1) as threads:
        working = threads.submit(work)
        try:
            for _ in range(3):
                clinic.amina.rotate()
        finally:
            over.set()
        working.result(30)

    assert clinic.amina.verify() == []
    clinic.amina.lock()
    joseph.lock()
    clinic.amina = clinic.door.unlock(clinic.ids["Amina"], WORDS)
    assert {one.id for one in clinic.amina.cases(limit=1000).cases} == set(kept)
    assert clinic.amina.verify() == []


def test_a_backup_during_a_rotation_by_another_is_whole_or_refused(
    clinic: Clinic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    zawadi = clinic.zawadi()
    monkeypatch.setattr("storage.backup._check_snapshot", lambda _: zawadi.rotate())
    with pytest.raises(StorageError, match="locked"):
        write_backup(clinic.amina, tmp_path / "backup")
    assert not (tmp_path / "backup").exists()


def test_whoever_is_removed_during_a_backup_of_theirs_does_not_get_it(
    clinic: Clinic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At its very end, when the keys are in it already."""
    zawadi = clinic.zawadi()
    read_back = backup._read_back

    def removed_meanwhile(path: Path, key: bytes, digest: str) -> None:
        read_back(path, key, digest)
        clinic.amina.remove_user(clinic.ids["Zawadi"])

    monkeypatch.setattr(backup, "_read_back", removed_meanwhile)
    with pytest.raises(StorageError, match="locked"):
        write_backup(zawadi, tmp_path / "backup", passphrase=ZAWADI)
    assert list(tmp_path.iterdir()) == [clinic.folder]


# Two hands on one case


def test_a_case_that_another_changed_meanwhile_is_not_overwritten(clinic: Clinic) -> None:
    zawadi, joseph = clinic.zawadi(), clinic.joseph()
    kept = clinic.amina.save(unsaid())
    in_josephs_hands = joseph.case(kept.id)
    changed = zawadi.save(replace(zawadi.case(kept.id), opinion=Opinion.AGREES, right_label=None))
    assert changed.labelled_by == clinic.ids["Zawadi"]

    with pytest.raises(StorageError, match="case_changed"):
        joseph.save(replace(in_josephs_hands, opinion=Opinion.NOT_SURE, right_label=None))
    assert clinic.amina.case(kept.id).labelled_by == clinic.ids["Zawadi"]

    opened = joseph.case(kept.id)
    said = joseph.save(replace(opened, opinion=Opinion.NOT_SURE))
    assert said.labelled_by == clinic.ids["Joseph"]


def test_one_may_save_twice_what_nobody_else_has_changed(clinic: Clinic) -> None:
    joseph = clinic.joseph()
    kept = clinic.amina.save(unsaid())
    mine = joseph.case(kept.id)
    joseph.save(replace(mine, opinion=Opinion.AGREES, right_label=None))
    said = joseph.save(replace(mine, opinion=Opinion.NOT_SURE, right_label=None))

    assert said.labelled_by == clinic.ids["Joseph"], "and never the name of the label before both"


def test_a_case_that_another_destroyed_does_not_come_back(clinic: Clinic) -> None:
    joseph = clinic.joseph()
    mine = joseph.save(unsaid())
    clinic.amina.destroy(mine.id)

    with pytest.raises(StorageError, match="no_such_case"):
        joseph.save(replace(mine, note="again"))
    assert joseph.cases().cases == ()


def test_a_merge_sees_what_others_change_meanwhile(
    clinic: Clinic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The backup's case was made from ours, and ours is changed by another during the merge."""
    joseph = clinic.joseph()
    kept = joseph.save(unsaid("first"))
    write_backup(clinic.amina, tmp_path / "first.backup")
    elsewhere = tmp_path / "elsewhere"
    restore(tmp_path / "first.backup", elsewhere, clinic.recovery_key)
    there = Door(elsewhere, PHONE).recover(clinic.recovery_key)
    there.save(replace(there.case(kept.id), note="over there"))
    write_backup(there, tmp_path / "second.backup")
    there.lock()

    one = merging._Merge._one
    changed: list[Case] = []

    def changed_before(self: object, row: tuple[object, ...]) -> object:
        if not changed:
            changed.append(joseph.save(replace(joseph.case(kept.id), note="here meanwhile")))
        return one(self, row)  # type: ignore[arg-type]

    monkeypatch.setattr(merging._Merge, "_one", changed_before)
    merged = merge(clinic.amina, tmp_path / "second.backup", clinic.recovery_key)

    assert (merged.updated, merged.kept_both) == (0, 1)
    notes = sorted(found.note for found in clinic.amina.cases().cases)
    assert notes == ["here meanwhile", "over there"]
    assert clinic.amina.verify() == []


# A kill in the middle

VICTIM = """
import sys, threading, time
from dataclasses import replace
from pathlib import Path
from storage.door import Door
from tests.storage.cases import PHONE, WORDS, case
from tests.storage.test_several_people import JOSEPH, ZAWADI, unsaid

door = Door(Path(sys.argv[1]), PHONE)
ids = {user.name: user.id for user in door.users()}
amina = door.unlock(ids["Amina"], WORDS)
people = [amina, door.join(amina, ids["Joseph"], JOSEPH), door.join(amina, ids["Zawadi"], ZAWADI)]

def work(vault):
    while True:
        kept = vault.save(unsaid())
        print(kept.id, kept.saved_by, flush=True)

for vault in people:
    threading.Thread(target=work, args=[vault], daemon=True).start()
while True:
    amina.rotate()
    time.sleep(0.01)
"""


def test_a_kill_while_three_people_save_loses_no_case_and_no_name(
    clinic: Clinic, repo: Path
) -> None:
    clinic.amina.lock()
    command = [sys.executable, "-c", VICTIM, str(clinic.folder)]
    with subprocess.Popen(command, cwd=repo, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        saved = [process.stdout.readline().split() for _ in range(12)]
        process.kill()
        rest = process.stdout.read()
    saved += [words for line in rest.splitlines() if len(words := line.split()) == 2]

    clinic.amina = clinic.door.unlock(clinic.ids["Amina"], WORDS)
    found = {one.id: one.saved_by for one in clinic.amina.cases(limit=10_000).cases}
    whole = {one: who for one, who in saved if len(who) == len(clinic.ids["Amina"])}
    assert whole.items() <= found.items()
    logged = {entry.row: entry.user for entry in clinic.amina.log() if entry.action is Action.SAVED}
    assert logged == found
    assert clinic.amina.verify() == []


# Original files


def sealing(vault: OpenVault, monkeypatch: pytest.MonkeyPatch, then: Callable[[], object]) -> None:
    """``then`` comes between the files of a save and its case."""
    seal = vault.parts.originals.seal_files

    def sealed(paths: Sequence[Path]) -> list[SealedFile]:
        done = seal(paths)
        then()
        return done

    monkeypatch.setattr(vault.parts.originals, "seal_files", sealed)


@pytest.fixture
def film(clinic: Clinic, tmp_path: Path) -> Path:
    """A file, in a clinic that keeps them."""
    path = tmp_path / "film.dcm"
    path.write_bytes(b"film" * 1000)
    clinic.amina.alter_settings(lambda now: replace(now, keep_originals=True))
    return path


def test_whoever_is_locked_in_the_middle_of_a_save_leaves_no_file(
    clinic: Clinic, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    joseph = clinic.joseph()
    sealing(joseph, monkeypatch, joseph.lock)

    with pytest.raises(StorageError, match="locked"):
        joseph.save(unsaid(), originals=[film])

    assert clinic.amina.verify() == []


def test_a_check_while_another_saves_finds_nothing_wrong(
    clinic: Clinic, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    joseph = clinic.joseph()
    found: list[object] = []

    def check() -> None:
        checking = threading.Thread(target=lambda: found.append(clinic.amina.verify()))
        checking.start()
        checking.join()

    sealing(joseph, monkeypatch, check)
    saved = joseph.save(unsaid(), originals=[film])

    assert found == [[]]
    joseph.parts.originals.sweep_files(joseph.parts.originals.files())
    assert clinic.amina.verify() != [], f"the files of {saved.id} are missed from now on"
