"""What the app is made of, as CycloneDX 1.6 (ECMA-424): every package that goes into the bundle,
and every model pack. Made from what is installed beside the Python that runs this.

    python packaging/bill_of_materials.py [FILE]
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import tomllib
import uuid
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
#: What stands beside a model and names it: a reader's pack, or the detector of writing.
MANIFESTS = ("pack.json", "detector.json")
#: So that the same content has the same serial number.
_NAMESPACE = uuid.UUID("1d3f6c1e-5a0b-4c39-8f7e-3c9a2d1b7e55")


def bill(root: Path) -> dict[str, Any]:
    """The bill of materials of the checkout at ``root``. The same for the same content."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = packages([Requirement(line) for line in project["dependencies"]])
    ours = f"pkg:generic/outpost@{project['version']}"
    parts = [_package(found) for found in needed.values()] + _packs(root)
    parts.sort(key=lambda part: str(part["bom-ref"]))
    made: dict[str, Any] = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": ours,
                "name": "outpost",
                "version": project["version"],
                "licenses": [{"license": {"id": project["license"]}}],
            }
        },
        "components": parts,
        "dependencies": _dependencies(needed, ours, project["dependencies"]),
    }
    digest = json.dumps(made, sort_keys=True)
    made["serialNumber"] = f"urn:uuid:{uuid.uuid5(_NAMESPACE, digest)}"
    return made


def packages(wanted: list[Requirement]) -> dict[str, metadata.Distribution]:
    """Everything that these bring along, by name, as it is installed here."""
    found: dict[str, metadata.Distribution] = {}
    waiting = [one for one in wanted if one.marker is None or one.marker.evaluate({"extra": ""})]
    while waiting:
        name = canonicalize_name(waiting.pop().name)
        if name not in found:
            found[name] = metadata.distribution(name)
            waiting += _needs(found[name])
    return found


def _needs(found: metadata.Distribution) -> list[Requirement]:
    needs = map(Requirement, found.requires or [])
    return [one for one in needs if one.marker is None or one.marker.evaluate({"extra": ""})]


def _reference(found: metadata.Distribution) -> str:
    return f"pkg:pypi/{canonicalize_name(found.metadata['Name'])}@{found.version}"


def _package(found: metadata.Distribution) -> dict[str, Any]:
    part: dict[str, Any] = {
        "type": "library",
        "bom-ref": _reference(found),
        "purl": _reference(found),
        "name": str(canonicalize_name(found.metadata["Name"])),
        "version": found.version,
    }
    said = found.metadata["License-Expression"] or found.metadata["License"]
    # Some packages put the whole text of their licence there.
    if said and re.fullmatch(r"[^\n]{1,80}", said):
        part["licenses"] = [{"license": {"name": said}}]
    return part


def _packs(root: Path) -> list[dict[str, Any]]:
    parts = []
    manifests = [path for name in MANIFESTS for path in (root / "models").glob(f"*/{name}")]
    for path in sorted(manifests):
        manifest = json.loads(path.read_text(encoding="utf-8"))
        model = path.with_name("model.onnx").read_bytes()
        parts.append(
            {
                "type": "machine-learning-model",
                "bom-ref": f"pack:{manifest['id']}@{manifest['version']}",
                "name": manifest["id"],
                "version": manifest["version"],
                "description": manifest["title"],
                "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(model).hexdigest()}],
                "licenses": [{"license": {"name": manifest["weights_licence"]}}],
            }
        )
    return parts


def _dependencies(
    needed: dict[str, metadata.Distribution], ours: str, direct: list[str]
) -> list[dict[str, Any]]:
    def named(wanted: list[Requirement]) -> list[str]:
        names = {canonicalize_name(one.name) for one in wanted}
        return sorted(_reference(needed[name]) for name in names if name in needed)

    tree = [{"ref": ours, "dependsOn": named([Requirement(line) for line in direct])}]
    each = [{"ref": _reference(one), "dependsOn": named(_needs(one))} for one in needed.values()]
    return tree + sorted(each, key=lambda one: str(one["ref"]))


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "dist" / "outpost.cdx.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(bill(ROOT), indent=1) + "\n", encoding="utf-8")
    print(target)
