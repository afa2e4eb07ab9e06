"""What the bundle is made of, by weight: our code, the model packs, the packages that are pure
Python, and those that are binary wheels. Made from what is installed beside the Python that runs
this, as the phone would choose it.

    python packaging/sizes.py
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
import zlib
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
MEGABYTE = 1_000_000

#: Most bytes of the packs together, and of our code and what is pure Python together.
PACKS_AT_MOST, PURE_AT_MOST = 30 * MEGABYTE, 25 * MEGABYTE

#: Our rooms that go into the bundle; pyproject.toml's ``exclude`` leaves out the rest, as
#: tests/test_packaging.py checks.
OURS = ("LICENSE", "NOTICE", "assets", "core", "main.py", "pyproject.toml", "storage", "ui")

#: Compiled on a desktop, but also published as a pure Python wheel, which the phone takes.
ALSO_PURE = frozenset({"fonttools", "protobuf"})

#: What Flet's packager deletes from every package (serious_python, package_command.dart).
JUNK = frozenset({".a", ".c", ".cpp", ".h", ".hpp", ".pdb", ".pxd", ".pyi", ".pyx", ".typed"})

#: How the phone answers a requirement's markers.
PHONE = {
    "extra": "",
    "implementation_name": "cpython",
    "os_name": "posix",
    "platform_machine": "aarch64",
    "platform_python_implementation": "CPython",
    "platform_system": "Android",
    "python_full_version": "3.14.0",
    "python_version": "3.14",
    "sys_platform": "android",
}


class Weight(NamedTuple):
    """Bytes of one part: as files, and deflated one by one, as an APK or a zip keeps them."""

    files: int
    packed: int


def for_the_phone(requirement: Requirement) -> bool:
    """Whether the phone would install it."""
    return requirement.marker is None or requirement.marker.evaluate(PHONE)


def closure(wanted: Iterable[Requirement]) -> dict[str, metadata.Distribution]:
    """Everything that the phone would install, by name, as it is installed here."""
    found: dict[str, metadata.Distribution] = {}
    waiting = [requirement for requirement in wanted if for_the_phone(requirement)]
    while waiting:
        name = canonicalize_name(waiting.pop().name)
        if name not in found:
            found[name] = metadata.distribution(name)
            needs = map(Requirement, found[name].requires or [])
            waiting += [need for need in needs if for_the_phone(need)]
    return found


def left_out(root: Path) -> list[str]:
    """What pyproject.toml has Flet delete from the packages: folders, named from their root."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    found: list[str] = project["tool"]["flet"]["cleanup"]["package_files"]
    return found


def runtime(root: Path) -> list[Requirement]:
    """What pyproject.toml says that the app needs."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [Requirement(line) for line in project["dependencies"]]


def is_pure(distribution: metadata.Distribution) -> bool:
    """Whether its wheel runs anywhere."""
    wheel = distribution.read_text("WHEEL") or ""
    tags = [line.split()[1] for line in wheel.splitlines() if line.startswith("Tag:")]
    return bool(tags) and all(tag.endswith("-none-any") for tag in tags)


def weigh(files: Iterable[Path]) -> Weight:
    """The files together. Compiled copies that Python makes by itself do not count."""
    contents = (path.read_bytes() for path in files if path.suffix != ".pyc" and path.is_file())
    return together(Weight(len(each), len(zlib.compress(each))) for each in contents)


def committed(root: Path, places: Iterable[str]) -> Iterator[Path]:
    """The files of these places; of a checkout, only what belongs to it."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", *places], cwd=root, capture_output=True, check=False
    )
    if listed.returncode == 0:
        yield from (root / name for name in listed.stdout.decode().split("\0") if name)
        return
    for place in places:
        yield from [root / place] if (root / place).is_file() else (root / place).rglob("*")


def installed(distribution: metadata.Distribution, without: Iterable[str]) -> Iterator[Path]:
    """What its wheel laid down and the bundle keeps. Of a package that the phone takes as pure
    Python, not what was compiled for this machine."""
    unwanted = JUNK
    if is_pure(distribution) or canonicalize_name(distribution.name) in ALSO_PURE:
        unwanted |= {".so", ".pyd", ".dll"}
    folders = tuple(f"{folder}/" for folder in without)
    for file in distribution.files or []:
        outside = ".." in file.parts or file.as_posix().startswith(folders)
        if not outside and file.suffix not in unwanted:
            yield Path(str(distribution.locate_file(file)))


def packs(root: Path) -> dict[str, Weight]:
    """Every folder of ``models``, by its name."""
    folders = sorted(path for path in (root / "models").iterdir() if path.is_dir())
    return {folder.name: weigh(folder.rglob("*")) for folder in folders}


def ours(root: Path) -> Weight:
    """Our code, words and fonts."""
    return weigh(committed(root, OURS))


def packages(root: Path, *, pure: bool) -> dict[str, Weight]:
    """The packages that are pure Python on the phone, or those that are not, by name."""
    without = left_out(root)
    return {
        name: weigh(installed(found, without))
        for name, found in sorted(closure(runtime(root)).items())
        if (is_pure(found) or name in ALSO_PURE) is pure
    }


def together(parts: Iterable[Weight]) -> Weight:
    """The sum."""
    each = list(parts)
    return Weight(sum(one.files for one in each), sum(one.packed for one in each))


def table(root: Path) -> str:
    """All of it, as Markdown."""
    models, mine = packs(root), ours(root)
    light, heavy = packages(root, pure=True), packages(root, pure=False)
    largest = sorted(light, key=lambda name: -light[name].files)[:6]
    versions = {name: metadata.version(name) for name in heavy}
    lines = ["| what | MB as files | MB packed | at most, MB |", "| --- | --- | --- | --- |"]

    def add(what: str, weight: Weight, limit: str = "") -> None:
        sizes = f"{weight.files / MEGABYTE:.1f} | {weight.packed / MEGABYTE:.1f}"
        lines.append(f"| {what} | {sizes} | {limit} |")

    add(f"{len(models)} packs", together(models.values()), f"{PACKS_AT_MOST // MEGABYTE}, packed")
    pure = together([mine, *light.values()])
    add("our code, words and fonts, and pure Python", pure, f"{PURE_AT_MOST // MEGABYTE}")
    add("of it ours", mine)
    for name in largest:
        add(f"of it {name}", light[name])
    add(
        f"of it {len(light) - len(largest)} other packages",
        together(weight for name, weight in light.items() if name not in largest),
    )
    for name, weight in heavy.items():
        add(f"binary: {name} {versions[name]}", weight)
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(table(ROOT) + "\n")
