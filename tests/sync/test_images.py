"""Images go only where the clinic turned it on, alone, and hold no result back."""

from __future__ import annotations

import base64
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from core.sync.worker import Phase
from storage.store import OpenVault
from storage.sync_outbox import SyncOutbox
from storage.vault import Opinion
from tests.storage.cases import enter, make
from tests.sync.small_server import SmallServer, Wishes, serving
from tests.sync.vaults import allow, enrolled, fresh, one_pass, passes

CASES = 3


@pytest.fixture
def vault(tmp_path: Path) -> OpenVault:
    make(tmp_path / "vault")
    vault = enter(tmp_path / "vault")
    stream = io.BytesIO()
    Image.new("L", (64, 48), 90).save(stream, "JPEG")
    for number in range(CASES):
        vault.save(replace(fresh(number), picture_checked=True), review_copy=stream.getvalue())
    return vault


def urls(server: SmallServer) -> set[str]:
    """Where the images are, as the Media say."""
    return {str(each["content"].get("url", "")) for each in server.all("Media")}


def test_no_image_leaves_unless_the_clinic_says_so(vault: OpenVault) -> None:
    with serving() as server:
        enrolled(vault, server.address)
        one_pass(passes(vault))

        assert server.count("Binary") == 0
        assert urls(server) == {""}


def test_an_image_that_nobody_looked_at_for_writing_stays(vault: OpenVault) -> None:
    allow(vault, send_images=True)
    for one in vault.cases().cases[1:]:
        vault.save(replace(one, picture_checked=False))
    with serving() as server:
        enrolled(vault, server.address)
        one_pass(passes(vault))

        assert server.count("DiagnosticReport") == CASES
        assert server.count("Binary") == 1
        assert len(urls(server) - {""}) == 1


def test_an_image_looked_at_after_its_delivery_comes_with_the_next_label(vault: OpenVault) -> None:
    allow(vault, send_images=True)
    one = vault.save(replace(vault.cases().cases[0], opinion=None, picture_checked=False))
    with serving() as server:
        enrolled(vault, server.address)
        one_pass(passes(vault))
        known = {each["id"] for each in server.all("DiagnosticReport")}
        one = vault.save(replace(one, picture_checked=True))
        one_pass(passes(vault))
        assert {each["id"] for each in server.all("DiagnosticReport")} == known

        vault.save(replace(one, opinion=Opinion.AGREES))
        one_pass(passes(vault))

        (made,) = (each for each in server.all("DiagnosticReport") if each["id"] not in known)
        named = {each["link"]["reference"] for each in made["media"]}
        shown = [each for each in server.all("Media") if f"Media/{each['id']}" in named]
        assert any(each["content"].get("url", "") in server.held for each in shown)


def test_images_follow_their_results_one_by_one(vault: OpenVault) -> None:
    allow(vault, send_images=True)
    with serving() as server:
        enrolled(vault, server.address)
        one_pass(passes(vault))

        assert server.count("DiagnosticReport") == CASES
        assert server.count("Binary") == CASES
        assert urls(server) == {name for name in server.held if name.startswith("Binary/")}
        content = base64.b64decode(server.all("Binary")[0]["data"])
        assert Image.open(io.BytesIO(content)).size == (64, 48)
        assert SyncOutbox(vault.parts).pictures() == 0


def test_images_that_do_not_go_hold_no_result_back_and_are_tried_again(vault: OpenVault) -> None:
    allow(vault, send_images=True)
    wishes = Wishes()
    with serving(wishes) as server:
        enrolled(vault, server.address)
        honest = server.update
        _failing(server, wishes)
        last = one_pass(passes(vault))
        assert (last.phase, last.sent) == (Phase.DONE, CASES)
        assert (server.count("Binary"), SyncOutbox(vault.parts).pictures()) == (0, CASES)

        server.update = honest  # type: ignore[method-assign]
        one_pass(passes(vault))
        assert (server.count("Binary"), SyncOutbox(vault.parts).pictures()) == (CASES, 0)


def _failing(server: SmallServer, wishes: Wishes) -> None:
    from tests.sync.small_server import FhirError

    honest = server.update

    def update(kind: str, *more: Any) -> Any:
        if kind == "Binary":
            raise FhirError(507, "no room for images")
        return honest(kind, *more)

    server.update = update  # type: ignore[method-assign]


def test_an_image_that_is_refused_is_given_up_and_its_result_stands(vault: OpenVault) -> None:
    allow(vault, send_images=True)
    wishes = Wishes(poison=lambda each: "no images" if each["resourceType"] == "Binary" else "")
    with serving(wishes) as server:
        enrolled(vault, server.address)
        last = one_pass(passes(vault))

        assert (last.sent, last.quarantined, server.count("DiagnosticReport")) == (CASES, 0, CASES)
        assert SyncOutbox(vault.parts).pictures() == 0


def test_a_server_that_keeps_no_images_is_named_and_sent_none(vault: OpenVault) -> None:
    allow(vault, send_images=True)
    with serving(Wishes(update_create=False)) as server:
        enrolled(vault, server.address)
        assert one_pass(passes(vault)).sent == CASES
        assert server.count("Binary") == 0
