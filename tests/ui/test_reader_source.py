"""Which packs the app reads with."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.build import Channel
from core.errors import PackError
from core.reading.pack import MODELS
from ui.reader_source import ReaderSource, models_folder


def test_a_development_build_may_be_pointed_at_other_packs(tmp_path: Path) -> None:
    named = {"OUTPOST_MODELS": str(tmp_path)}

    assert models_folder(named, Channel.DEVELOPMENT) == tmp_path


def test_a_release_ignores_what_the_environment_says(tmp_path: Path) -> None:
    assert models_folder({"OUTPOST_MODELS": str(tmp_path)}, Channel.RELEASE) == MODELS


def test_without_a_word_the_apps_own_packs_are_used() -> None:
    assert models_folder({}, Channel.DEVELOPMENT) == MODELS


def test_one_reader_serves_everyone(models: Path) -> None:
    source = ReaderSource(models)

    assert source() is source()


@pytest.mark.parametrize("keys", [None, "not json", '{"no": "keys"}'])
def test_a_folder_without_trusted_keys_is_an_error_in_words(
    tmp_path: Path, keys: str | None
) -> None:
    if keys:
        (tmp_path / "trusted_keys.json").write_text(keys, encoding="utf-8")

    with pytest.raises(PackError) as caught:
        ReaderSource(tmp_path)()

    assert caught.value.code == "trusted_keys_missing"
