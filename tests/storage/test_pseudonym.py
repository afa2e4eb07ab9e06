"""One patient, one pseudonym, whatever the keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.pseudonym import SiteKey, normalised, pseudonym

SITE = SiteKey(1, bytes(range(32)))
KH = "1-2b8a5502e7034a7c1ecac17f6b810326"

#: Also in docs/vault-format.md: typed, normalised, pseudonym.
VECTORS = [
    ("KH-000123", "kh000123", KH),
    ("kh 000123", "kh000123", KH),
    ("kh/000.123\n", "kh000123", KH),
    ("K\u200bH_000123", "kh000123", KH),
    ("KH-٠٠٠١٢٣", "kh000123", KH),
    ("KH-०००१२३", "kh000123", KH),
    ("KH-০০০১২৩", "kh000123", KH),
    ("\uff2b\uff28\uff0d\uff10\uff10\uff10\uff11\uff12\uff13", "kh000123", KH),
    (
        "केएच-०००१२३",
        "केएच000123",
        "1-f4dc165c762367bb8b733cafc76e8b2a",
    ),
    (
        "কেএইচ ০০০১২৩",
        "কেএইচ000123",
        "1-39bb1fd3c36ec3e378b2b0611e14bbc6",
    ),
    (
        "Jose\u0301 7",
        "jos\u00e97",
        "1-76c629c12134c8de7d159c1100dfab23",
    ),
    (
        "JOS\u00c9/7",
        "jos\u00e97",
        "1-76c629c12134c8de7d159c1100dfab23",
    ),
    (
        "Straße 5",
        "strasse5",
        "1-aab781742146b7aebd2f2c8671c41c6b",
    ),
]


@pytest.mark.parametrize(("code", "plain", "expected"), VECTORS)
def test_the_published_vectors_hold(code: str, plain: str, expected: str) -> None:
    assert normalised(code) == plain
    assert pseudonym(code, SITE) == expected


def test_the_published_vectors_are_those_tested(repo: Path) -> None:
    page = (repo / "docs" / "vault-format.md").read_text(encoding="utf-8")

    assert [expected for *_, expected in VECTORS if expected not in page] == []


@given(st.text(max_size=40))
def test_normalising_twice_changes_nothing(code: str) -> None:
    try:
        once = normalised(code)
    except ValueError:
        return

    assert normalised(once) == once


@pytest.mark.parametrize("code", ["", " ", "--", "\u200b"])
def test_a_code_of_separators_only_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="letter or digit"):
        pseudonym(code, SITE)


def test_leading_zeros_and_signs_that_differ_keep_patients_apart() -> None:
    assert len({pseudonym(code, SITE) for code in ("12", "012", "1+2", "12a", "21")}) == 5


def test_another_site_key_gives_another_pseudonym_and_its_epoch_shows() -> None:
    later = pseudonym("KH-000123", SiteKey(2, bytes(32)))

    assert later.startswith("2-")
    assert later[2:] != KH[2:]


@given(st.text(max_size=40), st.integers(1, 10**9))
def test_a_pseudonym_fits_into_a_dicom_patient_id(code: str, epoch: int) -> None:
    assert len(pseudonym(f"1{code}", SiteKey(epoch, bytes(32)))) <= 64


def test_a_site_key_does_not_show_itself() -> None:
    assert repr(SITE) == "SiteKey(epoch=1)"
