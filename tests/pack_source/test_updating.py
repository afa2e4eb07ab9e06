"""Packs from the net: what a device takes, what it refuses, and what stays as it was."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.build import Channel
from core.errors import OutpostError, PackError
from core.pack_source.installing import installing
from core.pack_source.source import PackSource
from core.pack_source.updating import (
    OfferKind,
    Step,
    Update,
    can_put_back,
    install_file,
    look,
    put_back,
    update,
)
from core.reading.pack import PackShelf
from core.reading.reader import Reader
from core.reading.self_test import SELF_TEST_DOMAIN
from core.reading.signature import sign
from tests.pack_source.conftest import Publisher
from tests.pack_source.folder_on_the_net import Folder
from tests.packs import GRID, KEY_ID, build_shelf, network
from training.publishing import publish
from training.signing import SigningRefused


def version(shelf: PackShelf, pack: str = "limb") -> str:
    """The version that a reader made now would read with."""
    return Reader(shelf, threads=1).network(pack).pack.manifest.version


def code_of_update(source: PackSource, shelf: PackShelf, *packs: str) -> str:
    """Why the one wanted pack was not installed, or nothing could be had."""
    before = version(shelf)
    try:
        (done,) = update(source, shelf, packs or ("limb",))
    except OutpostError as error:
        failure = error
    else:
        assert done.failure is not None, "it was installed"
        failure = done.failure
    assert failure.text.endswith(".")
    assert version(shelf) == before
    return failure.code


def kinds(source: PackSource, shelf: PackShelf) -> dict[str, str]:
    return {f"{each.pack} {each.version}": each.kind.value for each in look(source, shelf)}


# What is taken


def test_installs_a_newer_version_and_reads_with_it(
    source: PackSource, shelf: PackShelf, publisher: Publisher
) -> None:
    publisher.release("limb", "0.2.0")

    (done,) = update(source, shelf)

    assert done.manifest is not None
    assert done.manifest.version == "0.2.0"
    assert version(shelf) == "0.2.0"
    assert version(PackShelf(shelf.folder, installed=shelf.installed)) == "0.2.0"


def test_never_writes_into_the_apps_own_folder(
    source: PackSource, shelf: PackShelf, publisher: Publisher
) -> None:
    before = {path: path.stat().st_mtime_ns for path in shelf.folder.rglob("*")}
    publisher.release("limb", "0.2.0")
    update(source, shelf)
    put_back(shelf, "limb")

    assert {path: path.stat().st_mtime_ns for path in shelf.folder.rglob("*")} == before


def test_takes_the_newest_of_several_versions(
    source: PackSource, shelf: PackShelf, publisher: Publisher
) -> None:
    for each in ("0.2.0", "0.10.0", "0.9.0"):
        publisher.release("limb", each)
    update(source, shelf)

    assert version(shelf) == "0.10.0"


def test_a_pack_that_is_new_here_comes_only_when_it_is_asked_for(
    source: PackSource, shelf: PackShelf
) -> None:
    for path in (shelf.folder / "brain").iterdir():
        path.unlink()
    assert update(source, shelf) == []
    assert "brain" not in shelf.names()

    update(source, shelf, ["brain"])

    assert "brain" in shelf.names()
    assert version(shelf, "brain") == "0.0.1"


def test_says_what_each_offer_is_to_this_device(
    source: PackSource, shelf: PackShelf, publisher: Publisher
) -> None:
    publisher.release("limb", "0.2.0")
    publisher.revoke(1, ("lung", "*"))
    publisher.publish()

    found = kinds(source, shelf)

    assert found["limb 0.2.0"] == OfferKind.NEWER
    assert found["limb 0.0.1"] == OfferKind.PRESENT
    assert found["lung 0.0.1"] == OfferKind.WITHDRAWN


def test_a_fetch_that_breaks_off_goes_on_where_it_was(
    source: PackSource, shelf: PackShelf, publisher: Publisher, folder: Folder
) -> None:
    publisher.release("brain", "0.2.0")
    size = (publisher.out / "brain/0.2.0/model.onnx").stat().st_size
    folder.cut_at, folder.cuts = size // 4, 3

    update(source, shelf, ["brain"])

    assert version(shelf, "brain") == "0.2.0"
    asked = [wanted for path, wanted in folder.asked if path.endswith(".onnx")]
    assert asked == ["", *(f"bytes={size // 4 * n}-" for n in (1, 2, 3))]


def test_a_fetch_goes_on_after_the_app_was_killed(
    source: PackSource, shelf: PackShelf, publisher: Publisher, folder: Folder
) -> None:
    publisher.release("brain", "0.2.0")
    size = (publisher.out / "brain/0.2.0/model.onnx").stat().st_size
    folder.cut_at, folder.cuts = size // 2, 1

    class Killed(BaseException):
        """As a process ends."""

    def die(step: Step) -> None:
        if step.bytes >= size // 2:
            raise Killed

    with pytest.raises(Killed):
        update(source, shelf, ["brain"], die)
    folder.asked.clear()
    update(source, shelf, ["brain"])

    assert version(shelf, "brain") == "0.2.0"
    assert [wanted for path, wanted in folder.asked if path.endswith(".onnx")] == [
        f"bytes={size // 2}-"
    ]


def test_a_server_that_knows_no_ranges_sends_it_all_again(
    source: PackSource, shelf: PackShelf, publisher: Publisher, folder: Folder
) -> None:
    publisher.release("brain", "0.2.0")
    folder.ranges, folder.cuts, folder.cut_at = False, 1, 100

    update(source, shelf, ["brain"])

    assert version(shelf, "brain") == "0.2.0"


def test_a_busy_server_is_asked_again(
    source: PackSource, shelf: PackShelf, publisher: Publisher, folder: Folder
) -> None:
    publisher.release("limb", "0.2.0")
    folder.statuses = [503, 429, 500]

    update(source, shelf)

    assert version(shelf) == "0.2.0"


def test_says_how_far_it_has_come(
    source: PackSource, shelf: PackShelf, publisher: Publisher
) -> None:
    publisher.release("limb", "0.2.0")
    steps: list[Step] = []

    update(source, shelf, told=steps.append)

    assert steps[-1].bytes == steps[-1].model_bytes > 0
    assert steps[-1].pack == "limb"


# What is refused


def spoil(content: bytes) -> bytes:
    # A letter of base 64, too: else a spoilt signature is now and then none at all.
    return content[:-40] + (b"B" if content[-40:-39] == b"A" else b"A") + content[-39:]


@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("pack.json", "pack_manifest_altered"),
        ("pack.sig", "pack_manifest_altered"),
        ("model.onnx", "source_file_wrong"),
        ("self_test.json", "pack_manifest_altered"),
    ],
)
def test_refuses_a_pack_that_was_changed_on_its_way(
    source: PackSource,
    shelf: PackShelf,
    publisher: Publisher,
    folder: Folder,
    file: str,
    code: str,
) -> None:
    publisher.release("limb", "0.2.0")
    folder.rewrite[f"limb/0.2.0/{file}"] = spoil

    assert code_of_update(source, shelf) == code


def test_a_model_that_was_spoilt_while_it_was_resumed_is_fetched_anew(
    source: PackSource, shelf: PackShelf, publisher: Publisher
) -> None:
    publisher.release("limb", "0.2.0")
    with installing(shelf) as installer:
        (installer.incoming("limb", "0.2.0") / "model.onnx").write_bytes(b"something else")

    update(source, shelf)

    assert version(shelf) == "0.2.0"


def test_refuses_an_older_version_that_calls_itself_newer(
    source: PackSource, shelf: PackShelf, publisher: Publisher, folder: Folder
) -> None:
    publisher.release("limb", "0.2.0")
    update(source, shelf)
    folder.rewrite["index.json"] = lambda content: content.replace(b'"0.0.1"', b'"0.3.0"')

    assert code_of_update(source, shelf) == "source_pack_misnamed"


def test_is_never_downgraded_by_a_server(
    source: PackSource, shelf: PackShelf, publisher: Publisher, folder: Folder
) -> None:
    publisher.release("limb", "0.2.0")
    publisher.release("limb", "0.3.0")
    update(source, shelf)
    only_old = {"form": 1, "packs": [{"id": "limb", "version": "0.2.0", "folder": "limb/0.2.0"}]}
    only_old["packs"][0]["model_bytes"] = 1  # type: ignore[index]
    folder.rewrite["index.json"] = lambda _: json.dumps(only_old).encode()

    assert kinds(source, shelf) == {"limb 0.2.0": "older"}
    assert update(source, shelf, ["limb"]) == []
    assert version(shelf) == "0.3.0"


def test_an_older_file_is_refused_too(
    shelf: PackShelf, publisher: Publisher, source: PackSource
) -> None:
    publisher.release("limb", "0.2.0")
    update(source, shelf)

    with pytest.raises(OutpostError) as caught:
        install_file(publisher.out / "limb-0.0.1.outpostpack", shelf)

    assert caught.value.code == "source_pack_older"


def test_a_withdrawn_pack_stops_at_once_and_is_not_fetched(
    source: PackSource, shelf: PackShelf, publisher: Publisher, folder: Folder
) -> None:
    publisher.release("limb", "0.2.0")
    publisher.revoke(1, ("limb", "*"))
    publisher.publish()

    assert update(source, shelf) == []
    assert not [path for path, _ in folder.asked if path.startswith("limb/")]
    with pytest.raises(PackError, match="It missed breaks"):
        shelf.open("limb")


def test_refuses_a_folder_whose_list_of_withdrawn_packs_is_older(
    source: PackSource, shelf: PackShelf, publisher: Publisher, tmp_path: Path
) -> None:
    publisher.revoke(2, ("limb", "*"))
    publisher.publish()
    look(source, shelf)
    publisher.revoke(1)
    for name in ("revocations.json", "revocations.sig"):
        (publisher.out / name).write_bytes((publisher.models / name).read_bytes())

    with pytest.raises(OutpostError) as caught:
        look(source, shelf)

    assert caught.value.code == "source_list_outdated"
    with pytest.raises(PackError, match="It missed breaks"):
        shelf.open("limb")


def test_refuses_a_list_that_changed_under_the_same_number(
    source: PackSource, shelf: PackShelf, publisher: Publisher
) -> None:
    publisher.revoke(2, ("limb", "*"))
    publisher.publish()
    look(source, shelf)
    publisher.revoke(2)
    with pytest.raises(SigningRefused):
        publisher.publish()
    for name in ("revocations.json", "revocations.sig"):
        (publisher.out / name).write_bytes((publisher.models / name).read_bytes())

    with pytest.raises(OutpostError) as caught:
        look(source, shelf)

    assert caught.value.code == "source_list_contradicts"


@pytest.mark.parametrize("content", [b'{"revoked": [] }', b"{}", b"", b"<html>sign in</html>"])
def test_refuses_a_folder_whose_list_of_withdrawn_packs_nobody_signed(
    source: PackSource, shelf: PackShelf, folder: Folder, content: bytes
) -> None:
    folder.rewrite["revocations.json"] = lambda _: content

    assert code_of_update(source, shelf) == "revocations_altered"


def test_a_list_that_was_taken_away_again_makes_every_pack_unusable_until_it_is_back(
    source: PackSource, shelf: PackShelf, publisher: Publisher
) -> None:
    publisher.revoke(3, ("brain", "*"))
    publisher.publish()
    look(source, shelf)
    assert shelf.installed is not None
    (shelf.installed / "revocations/3/revocations.json").unlink()

    with pytest.raises(PackError) as caught:
        shelf.open("limb")
    assert caught.value.code == "revocations_altered"

    look(source, shelf)
    assert shelf.open("limb")


def test_refuses_a_pack_that_answers_otherwise_here(
    source: PackSource, shelf: PackShelf, publisher: Publisher, key: Ed25519PrivateKey
) -> None:
    publisher.release("limb", "0.2.0")
    path = publisher.out / "limb/0.2.0/self_test.json"
    table = json.loads(path.read_bytes())
    table["pictures"][2]["distance"] += 0.1
    content = json.dumps(table).encode()
    path.write_bytes(content)
    path.with_name("self_test.sig").write_bytes(sign(content, SELF_TEST_DOMAIN, KEY_ID, key))

    assert code_of_update(source, shelf) == "self_test_failed"


def test_refuses_a_self_test_of_another_pack(
    source: PackSource, shelf: PackShelf, publisher: Publisher
) -> None:
    publisher.release("limb", "0.2.0")
    for name in ("self_test.json", "self_test.sig"):
        other = publisher.out / "limb/0.0.1" / name
        (publisher.out / "limb/0.2.0" / name).write_bytes(other.read_bytes())

    assert code_of_update(source, shelf) == "self_test_missing"


def test_refuses_a_pack_without_a_self_test(shelf: PackShelf, publisher: Publisher) -> None:
    publisher.release("limb", "0.2.0")
    bare = publisher.out / "limb/0.2.0"
    (bare / "self_test.sig").unlink()

    with installing(shelf) as installer, pytest.raises(PackError) as caught:
        installer.install(bare, "limb")

    assert caught.value.code == "self_test_missing"
    assert version(shelf) == "0.0.1"


def test_refuses_a_pack_for_a_newer_runtime_before_its_model_is_fetched(
    source: PackSource, shelf: PackShelf, publisher: Publisher, folder: Folder
) -> None:
    publisher.release("limb", "0.2.0")
    publisher.change("limb", lambda table: table["model"].update(minimum_onnxruntime="99.0.0"))
    for name in ("pack.json", "pack.sig"):
        (publisher.out / "limb/0.2.0" / name).write_bytes(
            (publisher.models / "limb" / name).read_bytes()
        )

    assert code_of_update(source, shelf) == "pack_needs_newer_runtime"
    assert not [path for path, _ in folder.asked if path.endswith(".onnx")]


def test_refuses_a_pack_of_an_unknown_publisher(
    source: PackSource, shelf: PackShelf, publisher: Publisher, tmp_path: Path
) -> None:
    other = Ed25519PrivateKey.generate()
    build_shelf(tmp_path / "other", other)
    stranger = Publisher(tmp_path / "other", tmp_path / "strange", other)
    stranger.release("limb", "0.2.0")
    publisher.release("limb", "0.2.0")
    for path in (stranger.out / "limb/0.2.0").iterdir():
        (publisher.out / "limb/0.2.0" / path.name).write_bytes(path.read_bytes())

    assert code_of_update(source, shelf) == "pack_manifest_altered"


def test_a_release_takes_nothing_that_the_development_key_signed(
    source: PackSource, shelf: PackShelf, publisher: Publisher
) -> None:
    publisher.release("limb", "0.2.0")
    release = PackShelf(shelf.folder, Channel.RELEASE, shelf.installed)

    with pytest.raises(OutpostError) as caught:
        update(source, release)

    # Not even its list of withdrawn packs.
    assert caught.value.code == "revocations_altered"


@pytest.mark.parametrize(
    ("status", "code"),
    [(404, "source_file_missing"), (302, "source_answer_unknown"), (403, "source_refused")],
)
def test_a_network_that_answers_for_the_server_is_told_apart(
    source: PackSource, shelf: PackShelf, folder: Folder, status: int, code: str
) -> None:
    folder.statuses = [status]

    assert code_of_update(source, shelf) == code


@pytest.mark.parametrize(
    "index",
    [
        b"<html>sign in</html>",
        b"[]",
        b'{"form": 2, "packs": []}',
        b'{"form": 1, "packs": [{"id": "limb"}]}',
        b'{"form": 1, "packs": [{"id": "limb", "version": "0.2.0", "folder": "../../etc", '
        b'"model_bytes": 1}]}',
        b'{"form": 1, "packs": [{"id": "../limb", "version": "0.2.0", "folder": "a", '
        b'"model_bytes": 1}]}',
        b'{"form": 1, "packs": [{"id": "limb", "version": "0.2.0", '
        b'"folder": "http://elsewhere.example", "model_bytes": 1}]}',
        b"[" * 100_000,
    ],
)
def test_refuses_an_index_that_makes_no_sense(
    source: PackSource, shelf: PackShelf, folder: Folder, index: bytes
) -> None:
    folder.rewrite["index.json"] = lambda _: index

    assert code_of_update(source, shelf) == "source_answer_unknown"


def test_gives_up_on_a_server_that_is_gone(shelf: PackShelf) -> None:
    with PackSource("http://127.0.0.1:9", pause=lambda _: None) as nobody:
        assert code_of_update(nobody, shelf) == "source_unreachable"


def test_gives_up_on_a_model_without_end(
    source: PackSource, shelf: PackShelf, publisher: Publisher, folder: Folder
) -> None:
    publisher.release("limb", "0.2.0")
    folder.rewrite["limb/0.2.0/model.onnx"] = lambda content: content + bytes(65 * 1024 * 1024)

    assert code_of_update(source, shelf) == "source_file_wrong"


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("http://packs.example/", "source_not_encrypted"),
        ("ftp://packs.example/", "source_address_invalid"),
        ("packs", "source_address_invalid"),
        ("https://user:word@packs.example/", "source_address_invalid"),
        ("https://", "source_address_invalid"),
    ],
)
def test_refuses_an_address_that_is_none_or_not_encrypted(address: str, code: str) -> None:
    with pytest.raises(OutpostError) as caught:
        PackSource(address)

    assert caught.value.code == code


def test_a_pack_that_is_not_offered_is_an_error_in_words(
    source: PackSource, shelf: PackShelf
) -> None:
    assert code_of_update(source, shelf, "knee") == "source_pack_unknown"


def test_one_bad_pack_does_not_keep_the_next_from_being_installed(
    source: PackSource, shelf: PackShelf, publisher: Publisher, folder: Folder
) -> None:
    publisher.release("brain", "0.2.0")
    publisher.release("limb", "0.2.0")
    folder.rewrite["brain/0.2.0/pack.json"] = spoil

    done = {each.offer.pack: each for each in update(source, shelf)}

    assert done["brain"].failure is not None
    assert done["limb"].manifest is not None
    assert (version(shelf, "brain"), version(shelf)) == ("0.0.1", "0.2.0")


# Going back


def test_a_person_goes_back_and_no_server_brings_it_again(
    source: PackSource, shelf: PackShelf, publisher: Publisher
) -> None:
    publisher.release("limb", "0.2.0")
    update(source, shelf)
    assert can_put_back(shelf) == {"limb"}

    assert put_back(shelf, "limb").version == "0.0.1"

    assert version(shelf) == "0.0.1"
    assert update(source, shelf) == []
    assert kinds(source, shelf)["limb 0.2.0"] == "set_aside"
    publisher.release("limb", "0.3.0")
    update(source, shelf)
    assert version(shelf) == "0.3.0"


def test_goes_back_to_the_version_before_and_no_further(
    source: PackSource, shelf: PackShelf, publisher: Publisher
) -> None:
    for each in ("0.2.0", "0.3.0"):
        publisher.release("limb", each)
        update(source, shelf)

    assert put_back(shelf, "limb").version == "0.2.0"
    assert put_back(shelf, "limb").version == "0.0.1"
    with pytest.raises(PackError) as caught:
        put_back(shelf, "limb")
    assert caught.value.code == "no_previous_version"
    assert can_put_back(shelf) == frozenset()


def test_keeps_no_version_that_cannot_be_put_back(
    source: PackSource, shelf: PackShelf, publisher: Publisher
) -> None:
    for each in ("0.2.0", "0.3.0", "0.4.0"):
        publisher.release("limb", each)
        update(source, shelf)

    assert shelf.installed is not None
    kept = {path.name for path in (shelf.installed / "packs/limb").iterdir()}
    assert kept == {"0.3.0", "0.4.0"}


def test_does_not_go_back_to_a_withdrawn_version(
    source: PackSource, shelf: PackShelf, publisher: Publisher
) -> None:
    publisher.release("limb", "0.2.0")
    publisher.revoke(1, ("limb", "0.0.1"))
    publisher.publish()
    update(source, shelf)

    with pytest.raises(PackError, match="withdrawn"):
        put_back(shelf, "limb")

    assert version(shelf) == "0.2.0"


def test_a_newer_pack_of_a_newer_app_goes_before_an_installed_one(
    source: PackSource, shelf: PackShelf, publisher: Publisher, tmp_path: Path
) -> None:
    publisher.release("limb", "0.2.0")
    update(source, shelf)
    publisher.change("limb", lambda table: table.update(version="0.3.0"))
    newer_app = PackShelf(publisher.models, installed=shelf.installed)

    assert version(newer_app) == "0.3.0"
    assert can_put_back(newer_app) == frozenset()


# Files


def test_installs_from_a_file_without_any_network(shelf: PackShelf, publisher: Publisher) -> None:
    publisher.revoke(4, ("lung", "*"))
    publisher.release("limb", "0.2.0")

    install_file(publisher.out / "limb-0.2.0.outpostpack", shelf)

    assert version(shelf) == "0.2.0"
    with pytest.raises(PackError):
        shelf.open("lung")


def test_a_file_brings_back_what_a_person_set_aside(shelf: PackShelf, publisher: Publisher) -> None:
    publisher.release("limb", "0.2.0")
    file = publisher.out / "limb-0.2.0.outpostpack"
    install_file(file, shelf)
    put_back(shelf, "limb")

    install_file(file, shelf)

    assert version(shelf) == "0.2.0"


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 cut off"])
def test_a_file_that_is_no_pack_is_an_error_in_words(
    shelf: PackShelf, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "x.outpostpack"
    path.write_bytes(content)

    with pytest.raises(OutpostError) as caught:
        install_file(path, shelf)

    assert caught.value.code == "pack_file_unreadable"


def test_a_cut_file_changes_nothing(shelf: PackShelf, publisher: Publisher) -> None:
    publisher.release("limb", "0.2.0")
    file = publisher.out / "limb-0.2.0.outpostpack"
    file.write_bytes(file.read_bytes()[:-30])

    with pytest.raises(OutpostError):
        install_file(file, shelf)

    assert version(shelf) == "0.0.1"


# Power cuts and damage


def test_a_power_cut_before_the_switch_leaves_the_old_version_in_use(
    source: PackSource, shelf: PackShelf, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher.release("limb", "0.2.0")

    class PowerCutError(BaseException):
        """The device goes dark."""

    def dark(*_: object) -> None:
        raise PowerCutError

    with monkeypatch.context() as patched, pytest.raises(PowerCutError):
        patched.setattr("core.pack_source.installing.write_installed", dark)
        update(source, shelf)
    assert version(shelf) == "0.0.1"

    update(source, shelf)
    assert version(shelf) == "0.2.0"


def test_a_damaged_list_of_installed_packs_stops_everything_until_something_is_installed(
    source: PackSource, shelf: PackShelf, publisher: Publisher
) -> None:
    for each in ("0.2.0", "0.3.0"):
        publisher.release("limb", each)
        update(source, shelf)
    publisher.revoke(5, ("lung", "*"))
    publisher.publish()
    look(source, shelf)
    assert shelf.installed is not None
    (shelf.installed / "installed.json").write_bytes(b'{"versions": {"limb": ["../x", null]}}')

    with pytest.raises(PackError) as caught:
        shelf.open("brain")
    assert caught.value.code == "installed_list_damaged"

    look(source, shelf)

    assert version(shelf) == "0.3.0"
    assert put_back(shelf, "limb").version == "0.2.0"
    with pytest.raises(PackError, match="It missed breaks"):
        shelf.open("lung")


def test_only_one_installs_at_a_time(shelf: PackShelf, source: PackSource) -> None:
    with installing(shelf), pytest.raises(PackError) as caught:
        look(source, shelf)

    assert caught.value.code == "installing_elsewhere"


def test_a_shelf_without_a_folder_for_packs_says_so(source: PackSource, shelf: PackShelf) -> None:
    with pytest.raises(PackError) as caught:
        look(source, PackShelf(shelf.folder))

    assert caught.value.code == "no_packs_folder"


# The publisher's side


def test_a_version_that_is_out_is_never_changed(publisher: Publisher) -> None:
    publisher.change("limb", lambda table: table.update(title="Another one"))

    with pytest.raises(SigningRefused, match="new version"):
        publisher.publish()


def test_publishing_again_adds_only_what_is_new(publisher: Publisher) -> None:
    publisher.change("limb", lambda table: table.update(version="0.2.0"))

    assert publish(publisher.models, publisher.out, publisher.key) == ["limb/0.2.0"]


def test_a_self_test_that_every_network_would_pass_is_not_published(publisher: Publisher) -> None:
    publisher.change("limb", lambda table: table["out_of_distribution"].update(limits=[1e12]))
    with pytest.raises(SigningRefused, match="the same of every known picture"):
        publisher.with_model("limb", "0.9.0", network(np.zeros((2, GRID, GRID), np.float32)))


def test_an_update_that_was_not_wanted_says_nothing(source: PackSource, shelf: PackShelf) -> None:
    done: list[Update] = update(source, shelf)

    assert done == []
