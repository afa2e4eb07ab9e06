"""What many cases say together: counted from the sealed cases, and only from them."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from core.reading.result import PackIdentity, Reading, Route, Verdict
from core.reading.sentences import ReadingReason
from storage.insights import Agreement, Insights, PackInsights, insights
from storage.store import OpenVault
from storage.vault import Case, Opinion
from tests.storage.cases import another_hand, enter, make

TODAY = date(2026, 11, 25)
LIMB = PackIdentity("limb", "1.0.0", "released", "Limb films")


def case(
    day: date = TODAY, *, pack: PackIdentity = LIMB, far: bool = False, **said: object
) -> Case:
    reason = ReadingReason.DIFFERS_FROM_TRAINING if far else ReadingReason.NOTHING_FITS
    route = said.pop("route", Route("limb_film", 0.9))
    reading = Reading(
        verdict=Verdict.UNCERTAIN,
        reasons=(reason.say(),),
        route=route,  # type: ignore[arg-type]
        pack=pack,
        probabilities={"fracture": 0.6, "no_fracture": 0.4},
        finding="fracture",
    )
    read_at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    return Case(id=str(uuid.uuid4()), reading=reading, read_at=read_at, **said)  # type: ignore[arg-type]


@pytest.fixture
def vault(tmp_path: Path) -> OpenVault:
    make(tmp_path / "vault")
    return enter(tmp_path / "vault")


def seen(vault: OpenVault) -> Insights:
    found = insights(vault, today=TODAY, weeks=3, no_views=frozenset({"cannot_say"}))
    assert found is not None
    return found


def limb(vault: OpenVault) -> PackInsights:
    return next(pack for pack in seen(vault).packs if pack.pack == "limb")


def test_an_empty_vault_has_weeks_without_readings(vault: OpenVault) -> None:
    found = seen(vault)

    assert (found.cases, found.packs) == (0, ())
    assert [week.monday for week in found.weeks] == [
        date(2026, 11, 9),
        date(2026, 11, 16),
        date(2026, 11, 23),
    ]
    assert [week.readings for week in found.weeks] == [0, 0, 0]


def test_weeks_begin_on_monday_and_count_verdicts(vault: OpenVault) -> None:
    for day in (22, 23, 25):
        vault.save(case(date(2026, 11, day), route=Route("limb_film", 0.5 + day / 100)))
    vault.save(case(date(2026, 1, 5)))
    found = seen(vault)

    assert found.cases == 4
    assert [week.readings for week in found.weeks] == [0, 1, 2]
    assert found.weeks[2].verdicts[Verdict.UNCERTAIN] == 2
    assert found.weeks[2].router_confidence == pytest.approx(0.74)
    assert found.weeks[0].router_confidence is None


def test_blind_views_stand_apart_from_those_that_saw_the_reading(vault: OpenVault) -> None:
    for opinion in (Opinion.AGREES, Opinion.AGREES, Opinion.DISAGREES, Opinion.NOT_SURE, None):
        vault.save(case(opinion=opinion))
    for impression in ("fracture", "no_fracture", "other", "cannot_say"):
        vault.save(case(own_impression=impression, opinion=Opinion.AGREES))
    pack = limb(vault)

    assert (pack.seen.agreed, pack.seen.views) == (2, 3)
    assert (pack.blind.agreed, pack.blind.views) == (1, 3)
    assert pack.cases == 9


def test_the_interval_is_wilsons() -> None:
    # Newcombe, Statistics in Medicine 17:857-872, 1998: 81 of 263.
    low, high = Agreement(81, 263).interval

    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)


def test_a_pack_that_meets_other_images_raises_the_alarm(vault: OpenVault) -> None:
    for back in range(10):
        vault.save(case(TODAY - timedelta(days=back), far=back < 6))
    pack = limb(vault)

    assert (pack.drift.images, pack.drift.unlike) == (10, 6)
    assert pack.drift.alarm


def test_another_version_and_images_given_by_hand_are_not_held_against_it(
    vault: OpenVault,
) -> None:
    old = replace(LIMB, version="0.9.0")
    for back in range(8):
        vault.save(case(TODAY - timedelta(days=30 + back), pack=old, far=True))
        vault.save(case(far=True, route=Route("photograph", 0.9, "limb")))
    vault.save(case())
    pack = limb(vault)

    assert (pack.version, pack.drift.images, pack.drift.alarm) == ("1.0.0", 1, False)


def test_a_damaged_case_is_counted_and_the_rest_is_told(vault: OpenVault) -> None:
    vault.save(case())
    broken = vault.save(case())
    with another_hand(vault.folder) as db:
        db.execute("UPDATE cases SET body = x'00' WHERE id = ?", [broken.id])

    assert (seen(vault).cases, seen(vault).damaged) == (1, 1)


def test_it_stops_between_pages_when_nobody_waits_any_more(vault: OpenVault) -> None:
    vault.save(case())

    assert insights(vault, today=TODAY, go_on=lambda: False) is None
