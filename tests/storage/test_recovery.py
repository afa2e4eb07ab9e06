"""The recovery key survives paper and a tired typist."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.failures import StorageError
from storage.recovery import new_recovery_key, printed, typed

KEY = bytes(range(20))
PRINTED = "000G-40R4-0M30-E209-185G-R38E-1W81-24GK-WYQB"


def test_the_published_vector_holds() -> None:
    assert printed(KEY) == PRINTED
    assert typed(PRINTED) == KEY


@given(st.binary(min_size=20, max_size=20))
def test_what_is_printed_can_be_typed(key: bytes) -> None:
    assert typed(printed(key)) == key


def test_no_two_keys_are_alike() -> None:
    assert new_recovery_key() != new_recovery_key()


@pytest.mark.parametrize(
    "text",
    [
        PRINTED.lower(),
        PRINTED.replace("-", " "),
        PRINTED.replace("-", ""),
        f"  {PRINTED}\n",
        PRINTED.replace("0", "O").replace("1", "l"),
        PRINTED.replace("1", "I"),
    ],
)
def test_the_ways_people_type_are_understood(text: str) -> None:
    assert typed(text) == KEY


@pytest.mark.parametrize("text", ["", "0", PRINTED[:-1], PRINTED + "0", "U" * 36, "é" * 36])
def test_what_is_not_a_key_is_refused_in_words(text: str) -> None:
    with pytest.raises(StorageError, match="recovery_key_mistyped"):
        typed(text)


def test_every_single_wrong_letter_is_found() -> None:
    letters = PRINTED.replace("-", "")
    for place, right in enumerate(letters):
        wrong = "Z" if right != "Z" else "Y"
        with pytest.raises(StorageError, match="recovery_key_mistyped"):
            typed(letters[:place] + wrong + letters[place + 1 :])


def test_swapped_neighbours_are_found() -> None:
    letters = PRINTED.replace("-", "")
    for place in range(len(letters) - 1):
        if letters[place] == letters[place + 1]:
            continue
        swapped = letters[:place] + letters[place + 1] + letters[place] + letters[place + 2 :]
        with pytest.raises(StorageError, match="recovery_key_mistyped"):
            typed(swapped)
