"""Every pack that is shipped answers its known pictures, so that a device can test itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.reading.pack import PackShelf
from core.reading.self_test import (
    SELF_TEST_DOMAIN,
    SELF_TEST_FILE,
    SELF_TEST_SIGNATURE,
    check_self_test,
)

SHELF = PackShelf(Path(__file__).resolve().parents[2] / "models")


@pytest.mark.parametrize("name", SHELF.names())
def test_a_pack_on_board_answers_its_known_pictures_as_its_maker_saw(name: str) -> None:
    pack = SHELF.open(name)
    content = (pack.folder / SELF_TEST_FILE).read_bytes()
    signed = (pack.folder / SELF_TEST_SIGNATURE).read_bytes()
    SHELF.check_signature(content, signed, SELF_TEST_DOMAIN, name)
    check_self_test(pack, content, threads=1)
