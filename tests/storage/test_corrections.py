"""Corrections for training: labels and what they are worth, and nothing that names anyone."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.reading.result import PackIdentity
from storage import corrections
from storage.audit import Action
from storage.corrections import Exported, export_corrections
from storage.door import Door
from storage.failures import StorageError
from storage.key_file import Role
from storage.opinions import GivenOpinion
from storage.settings import Settings
from storage.store import OpenVault
from storage.vault import Case, Opinion, ReferenceStandard
from tests.storage.cases import CHEAP, PHONE, another_hand, case, enter

CLASSES = {"fracture": 0.7, "no_fracture": 0.3}
CANARY = "ZZSECRET"
COLUMNS = "file,label,group,width,height,pack,seen_ai_first,role,reference_standard,blinded,case"


def made(code: str | None, **label: object) -> Case:
    one = case(f"{CANARY} note")
    reading = replace(
        one.reading,
        pack=PackIdentity("fracture_xray", "1.0.0", "released", "Fractures"),
        probabilities=CLASSES,
        finding="fracture",
    )
    checked = {"picture_checked": True}
    blank = {"opinion": None, "right_label": None, "own_impression": None, "pseudonym": None}
    given = {"labelled_by": f"{CANARY} person", "reference_standard": None}
    return replace(one, reading=reading, code=code, **{**checked, **blank, **given, **label})


def picture() -> bytes:
    """A JPEG that carries a canary in its EXIF and in a comment."""
    image = Image.fromarray(np.tile(np.arange(64, dtype=np.uint8) * 4, (48, 1)))
    exif = Image.Exif()
    exif[0x010E] = f"{CANARY} description"
    stream = io.BytesIO()
    image.save(stream, "JPEG", exif=exif, comment=f"{CANARY} comment".encode())
    return stream.getvalue()


AGREES = {"opinion": Opinion.AGREES}
CASES = [
    made("KH-1", **AGREES, own_impression="fracture"),
    made("KH-1", **AGREES, own_impression="no_fracture"),
    made(
        "kh 2", opinion=Opinion.DISAGREES, right_label="no_fracture", labelled_role=Role.SUPERVISOR
    ),
    made(
        "KH-3",
        opinion=Opinion.DISAGREES,
        right_label=f"{CANARY} typed",
        reference_standard=ReferenceStandard.LABORATORY,
    ),
    made(None, **AGREES),
    made(None, **AGREES),
    made("KH-4", opinion=Opinion.NOT_SURE, right_label="no_fracture"),
    made("KH-4", opinion=Opinion.DISAGREES),
    made("KH-4"),
]


@pytest.fixture
def filled(vault: OpenVault) -> OpenVault:
    assert CANARY.encode() in picture()
    vault.change_settings(Settings(export_images=True, keep_codes=True))
    for one in CASES:
        vault.save(one, review_copy=picture())
    return vault


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "manifest.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_manifest_says_what_each_label_is_worth(filled: OpenVault, tmp_path: Path) -> None:
    done = export_corrections(filled, tmp_path / "out")
    found = rows(tmp_path / "out")
    told = sorted(
        (one["label"], one["seen_ai_first"], one["blinded"], one["reference_standard"], one["role"])
        for one in found
    )

    assert done == Exported(cases=6, pictures=6, unlabelled=3)
    assert ",".join(found[0]) == COLUMNS
    assert {one["pack"] for one in found} == {"fracture_xray"}
    assert told == [
        ("fracture", "no", "no", "", "clinician"),
        ("fracture", "no", "yes", "", "clinician"),
        ("fracture", "yes", "no", "", "clinician"),
        ("fracture", "yes", "no", "", "clinician"),
        ("no_fracture", "yes", "no", "", "supervisor"),
        ("other", "yes", "no", "laboratory", "clinician"),
    ]


def second(**said: object) -> GivenOpinion:
    """What a specialist elsewhere said."""
    given = {
        "opinion": Opinion.AGREES,
        "reference_standard": ReferenceStandard.SPECIALIST,
        "note": f"{CANARY} note",
        "given_by": f"Practitioner/{CANARY}",
        "name": f"{CANARY} Chi",
        "origin": f"https://{CANARY}/DiagnosticReport/1/_history/1",
    }
    return GivenOpinion(**{**given, **said})  # type: ignore[arg-type]


def worth(row: dict[str, str]) -> tuple[str, ...]:
    columns = ("label", "seen_ai_first", "blinded", "reference_standard", "role")
    return tuple(row[column] for column in columns)


def test_a_second_opinion_has_a_row_of_its_own_that_says_what_it_is_worth(
    vault: OpenVault, tmp_path: Path
) -> None:
    vault.change_settings(Settings(export_images=True))
    labelled = vault.save(made("KH-1", **AGREES), review_copy=picture())
    blind = second(
        opinion=Opinion.DISAGREES,
        right_label="no_fracture",
        first_impression="no_fracture",
        blinded=True,
    )
    vault.add_opinion(labelled.id, blind)
    bare = vault.save(made("KH-2"), review_copy=picture())
    vault.add_opinion(bare.id, second(first_impression="no_fracture", blinded=True))
    unsure = vault.save(made("KH-3"), review_copy=picture())
    vault.add_opinion(unsure.id, second(opinion=Opinion.NOT_SURE))

    done = export_corrections(vault, tmp_path / "out")
    found = rows(tmp_path / "out")
    of_case = {
        name: [row for row in found if row["case"] == name] for name in {r["case"] for r in found}
    }

    assert done == Exported(cases=2, pictures=2, unlabelled=1, second_opinions=2)
    assert sorted([worth(row) for row in of] for of in of_case.values()) == [
        [
            ("fracture", "no", "no", "specialist", "reviewer"),
        ],
        [
            ("fracture", "yes", "no", "", "clinician"),
            ("no_fracture", "no", "yes", "specialist", "reviewer"),
        ],
    ]
    assert all(len({(row["file"], row["group"]) for row in of}) == 1 for of in of_case.values())
    out = tmp_path / "out"
    assert {row["file"] for row in found} == {path.name for path in (out / "images").iterdir()}
    assert CANARY not in (out / "manifest.csv").read_text()
    assert vault.log()[-1].count == 2


def test_a_second_opinion_that_was_replaced_teaches_no_network(
    vault: OpenVault, tmp_path: Path
) -> None:
    kept = vault.save(made(None))
    first = vault.add_opinion(kept.id, second())
    changed = second(
        opinion=Opinion.DISAGREES, right_label="no_fracture", origin="later", replaces=first.id
    )
    vault.add_opinion(kept.id, changed)
    vault.add_opinion(kept.id, second(origin="another", given_by="Practitioner/2"))
    export_corrections(vault, tmp_path / "out")

    assert sorted(row["label"] for row in rows(tmp_path / "out")) == ["fracture", "no_fracture"]


@pytest.mark.parametrize(
    "harm",
    [
        "DELETE FROM opinions WHERE number = (SELECT max(number) FROM opinions)",
        "UPDATE opinions SET body = zeroblob(60) WHERE number = (SELECT max(number) FROM opinions)",
    ],
)
def test_where_an_opinion_is_gone_or_damaged_the_one_it_replaced_teaches_no_network(
    folder: Path, tmp_path: Path, harm: str
) -> None:
    vault = enter(folder)
    kept = vault.save(made(None, **AGREES))
    first = vault.add_opinion(kept.id, second())
    vault.add_opinion(kept.id, second(opinion=Opinion.NOT_SURE, origin="b", replaces=first.id))
    vault.lock()
    with another_hand(folder) as db:
        db.execute(harm)
    vault = enter(folder)
    done = export_corrections(vault, tmp_path / "out")
    vault.lock()

    assert [row["role"] for row in rows(tmp_path / "out")] == ["clinician"]
    assert done == Exported(cases=1, pictures=0, unlabelled=0)


def test_groups_join_a_patients_cases_in_one_export_and_nothing_beyond_it(
    filled: OpenVault, tmp_path: Path
) -> None:
    for name in ("one", "two"):
        export_corrections(filled, tmp_path / name)
    one, two = ([row["group"] for row in rows(tmp_path / name)] for name in ("one", "two"))
    pseudonyms = {filled.pseudonym(code) for code in ("KH-1", "KH-2", "KH-3")}

    assert len(one) == 6
    assert len(set(one)) == 5
    assert not set(one) & set(two)
    assert not any(group in pseudonym for group in one for pseudonym in pseudonyms)


def test_pictures_are_written_anew_and_only_by_setting(filled: OpenVault, tmp_path: Path) -> None:
    export_corrections(filled, tmp_path / "with")
    filled.change_settings(replace(filled.settings(), export_images=False))
    done = export_corrections(filled, tmp_path / "without")
    [first, *_] = rows(tmp_path / "with")
    with Image.open(tmp_path / "with" / "images" / first["file"]) as image:
        size, mode = image.size, image.mode

    assert (size, mode) == ((64, 48), "L")
    assert (first["width"], first["height"]) == ("64", "48")
    assert len(list((tmp_path / "with" / "images").glob("*.png"))) == 6
    assert done == Exported(cases=6, pictures=0, unlabelled=3)
    assert [path.name for path in (tmp_path / "without").iterdir()] == ["manifest.csv"]
    assert {one["file"] + one["width"] for one in rows(tmp_path / "without")} == {""}


def test_a_picture_that_nobody_has_looked_at_stays(filled: OpenVault, tmp_path: Path) -> None:
    filled.save(replace(CASES[0], picture_checked=False))
    done = export_corrections(filled, tmp_path / "out")

    assert done == Exported(cases=6, pictures=5, unlabelled=3, unseen=1)
    assert len(list((tmp_path / "out" / "images").glob("*.png"))) == 5


def test_nothing_that_names_anyone_stands_in_the_folder(filled: OpenVault, tmp_path: Path) -> None:
    export_corrections(filled, tmp_path / "out")
    content = b"".join(
        path.name.encode() + (path.read_bytes() if path.is_file() else b"")
        for path in (tmp_path / "out").rglob("*")
    )
    ids = [one.id for one in CASES]
    words = [CANARY, "KH-", "2026", "Amina", *ids, *(one[:8] for one in ids)]

    assert [word for word in words if word.encode() in content] == []


def test_the_order_says_nothing_about_when_a_case_was_read(
    filled: OpenVault, tmp_path: Path
) -> None:
    orders = set()
    for number in range(6):
        export_corrections(filled, tmp_path / str(number))
        orders.add(tuple(one["label"] for one in rows(tmp_path / str(number))))
        files = [one["file"] for one in rows(tmp_path / str(number))]
        assert files == sorted(files)

    assert len(orders) > 1


def test_the_log_tells_of_it_and_only_supervisors_may(
    filled: OpenVault, folder: Path, tmp_path: Path
) -> None:
    export_corrections(filled, tmp_path / "out")
    last = filled.log()[-1]
    joseph = filled.add_user("Joseph", Role.CLINICIAN, "274915", CHEAP)
    filled.lock()
    vault = Door(folder, PHONE).unlock(joseph.id, "274915")
    with pytest.raises(StorageError, match="only_supervisors"):
        export_corrections(vault, tmp_path / "again")
    vault.lock()

    assert (last.action, last.detail, last.count) == (Action.EXPORTED, "corrections", 6)
    assert not (tmp_path / "again").exists()


def test_a_folder_with_something_in_it_is_left_alone(filled: OpenVault, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    export_corrections(filled, tmp_path / "out")
    before = sorted(path.name for path in (tmp_path / "out").iterdir())
    with pytest.raises(StorageError, match="folder_not_empty"):
        export_corrections(filled, tmp_path / "out")

    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == before


def test_an_export_that_fails_leaves_nothing(
    filled: OpenVault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Path) -> None:
        raise OSError(28, "full")

    monkeypatch.setattr(corrections, "flush_file", refuse)
    with pytest.raises(StorageError, match="device_full"):
        export_corrections(filled, tmp_path / "out")

    assert sorted(path.name for path in tmp_path.iterdir()) == ["vault"]


def test_a_damaged_picture_leaves_its_row_without_one(folder: Path, tmp_path: Path) -> None:
    vault = enter(folder)
    vault.change_settings(Settings(export_images=True))
    vault.save(CASES[0], review_copy=b"\xff\xd8\xff no more than this")

    assert export_corrections(vault, tmp_path / "out") == Exported(1, 0, 0)
    vault.lock()
