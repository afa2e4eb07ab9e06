"""Turns a checkout into a release, or says what keeps it from being one. Standard library alone.

    python packaging/release.py check VERSION    what is missing, one sentence each
    python packaging/release.py mark VERSION     the same; with nothing missing, core/build.py is
                                                 rewritten: from then on no development key counts

docs/regulatory/release-checklist.md lists what a person must still do.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD = Path("core", "build.py")


def faults(root: Path, version: str, today: date) -> list[str]:
    """Everything that keeps this checkout from being released as ``version``."""
    return [*_of_the_version(root, version), *_of_the_packs(root, today)]


def _of_the_version(root: Path, version: str) -> Iterator[str]:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        yield f"{version} is no semantic version of three numbers"
    if project["version"] != version:
        yield f"pyproject.toml says version {project['version']}"
    if f'VERSION = "{version}"' not in (root / BUILD).read_text(encoding="utf-8"):
        yield f"core/build.py does not say version {version}"
    if f"\nversion: {version}\n" not in (root / "CITATION.cff").read_text(encoding="utf-8"):
        yield f"CITATION.cff does not say version {version}"
    log = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    if not re.search(rf"^## \[{re.escape(version)}\] \d{{4}}-\d\d-\d\d$", log, re.MULTILINE):
        yield f"CHANGELOG.md has no dated section [{version}]"


def _of_the_packs(root: Path, today: date) -> Iterator[str]:
    models = root / "models"
    table = json.loads((models / "trusted_keys.json").read_text(encoding="utf-8"))
    trusted = {key["id"] for key in table["keys"] if key["channel"] == "release"}
    if not trusted:
        yield "models/trusted_keys.json trusts no release key: a release would refuse every pack"
    for signature in sorted(models.rglob("*.sig")):
        signer = json.loads(signature.read_text(encoding="utf-8"))["key_id"]
        if signer not in trusted:
            yield f"{signature.relative_to(root).as_posix()} is signed by {signer}"
    for manifest in sorted(models.glob("*/pack.json")):
        due = date.fromisoformat(json.loads(manifest.read_text(encoding="utf-8"))["review_by"])
        if due <= today:
            yield f"{manifest.parent.name} was to be reviewed by {due.isoformat()}"


def mark(root: Path, today: date) -> None:
    """Make core/build.py say that this is a release, built today."""
    text = (root / BUILD).read_text(encoding="utf-8")
    text, channels = re.subn(r"^CHANNEL = .*$", "CHANNEL = Channel.RELEASE", text, flags=re.M)
    built = f"BUILT_ON = date({today.year}, {today.month}, {today.day})"
    text, dates = re.subn(r"^BUILT_ON = .*$", built, text, flags=re.M)
    if (channels, dates) != (1, 1):
        raise SystemExit("core/build.py no longer has the two lines that a release rewrites.")
    (root / BUILD).write_text(text, encoding="utf-8")


def main(arguments: list[str], root: Path = ROOT) -> int:
    if len(arguments) != 2 or arguments[0] not in {"check", "mark"}:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    today = datetime.now(UTC).date()
    found = faults(root, arguments[1], today)
    if found:
        sys.stderr.write("This cannot be released:\n- " + "\n- ".join(found) + "\n")
        return 1
    if arguments[0] == "mark":
        mark(root, today)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
