"""What may be said about an error."""

from __future__ import annotations

import logging

import pytest

from storage.failures import StorageError, StorageFailure
from ui.troubles import statement_of


def test_an_error_with_words_of_its_own_keeps_them() -> None:
    assert statement_of(StorageError(StorageFailure.LOCKED)).code == "locked"


def test_any_other_becomes_a_sentence_and_is_logged_by_its_kind(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.DEBUG):
        said = statement_of(RuntimeError("patient Jane Roe"))

    assert said.code == "not_done"
    assert "RuntimeError" in caplog.text
    assert "Jane" not in caplog.text + said.text
