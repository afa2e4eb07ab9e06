"""An arm64 Python without a phone: Debian's, unpacked into ``.arm64`` and run by qemu-user.

Nothing is installed into it and nothing in it is trusted to start by itself: its packages are
downloaded and checked by debootstrap, unpacked by dpkg, and one program of them is run, its own
loader and libraries found by qemu's ``-L``. So neither chroot nor binfmt nor root is needed, but
for installing qemu and debootstrap themselves.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import bootstrap

FOLDER = bootstrap.ROOT / ".arm64"
#: Debian 12 and its Python: the newest for which every pinned wheel exists is not needed, for
#: the arithmetic is NumPy's, Pillow's and ONNX Runtime's.
SUITE, PYTHON = "bookworm", "3.11"
#: A core that phones have. ONNX Runtime chooses its kernels by what the processor says it can do,
#: and qemu's own default claims more than any phone.
PROCESSOR = "cortex-a76"
#: What runs here, and the Debian packages that carry it.
PROGRAMS = {"qemu-aarch64-static": "qemu-user-static", "debootstrap": "debootstrap"}
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
#: What ``core.analysis`` imports of other people's; tests/arm64 checks that it is all.
IMPORTED = ("cryptography", "fastjsonschema", "numpy", "onnxruntime", "pillow", "pydicom")
PLATFORMS = ("manylinux_2_28_aarch64", "manylinux_2_27_aarch64", "manylinux2014_aarch64")


class NotHad(Exception):  # noqa: N818 - a fact about this machine, not an error
    """The arm64 system cannot be had here. The message says why, and what would change it."""


@dataclass(frozen=True)
class System:
    """``root``: Debian's files. ``site``: the wheels. ``qemu``: what runs them."""

    root: Path
    site: Path
    qemu: str

    def run(self, script: Path, *arguments: str) -> None:
        """Run a script of ours. Raises ``subprocess.CalledProcessError``."""
        python = self.root / "usr" / "bin" / f"python{PYTHON}"
        kept = {
            k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "LD_", "VIRTUAL"))
        }
        command = [
            self.qemu,
            "-cpu",
            PROCESSOR,
            "-L",
            str(self.root),
            str(python),
            "-s",
            str(script),
            *arguments,
        ]
        subprocess.run(command, env={**kept, "PYTHONPATH": str(self.site)}, check=True)


def provide() -> System:
    """The arm64 system, made if need be. Raises ``NotHad``."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        here = f"{platform.system()} on {platform.machine()}"
        raise NotHad(f"the other side of the comparison is Linux on x86-64, and this is {here}.")
    provide_programs()
    root = once(FOLDER / "debian", f"{SUITE} {PYTHON}", unpack_debian)
    wanted = wheels()
    site = once(FOLDER / "site", "\n".join(wanted), lambda folder: install(wanted, folder))
    return System(root, site, found("qemu-aarch64-static") or "")


def found(program: str) -> str | None:
    """Where a program is; debootstrap lies where only root's path leads."""
    return shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")


def provide_programs() -> None:
    """See that qemu and debootstrap are here. Raises ``NotHad``, with the command to type."""
    missing = [package for program, package in PROGRAMS.items() if not found(program)]
    if not KEYRING.is_file():
        missing.append("debian-archive-keyring")
    if missing and not bootstrap.apt_install(*missing):
        raise NotHad(
            f"{' and '.join(missing)} not installed. As root on Debian or Ubuntu, with a network, "
            f"this command installs them; else: sudo apt install {' '.join(missing)}"
        )
    if not found("dpkg"):
        raise NotHad("dpkg is not here, and only Debian and its kin have it.")


def once(folder: Path, made_from: str, make: Callable[[Path], None]) -> Path:
    """Make ``folder`` unless it has been made from just this. The stamp comes last."""
    mark = hashlib.sha256(made_from.encode()).hexdigest()
    stamp = folder / bootstrap.STAMP
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == mark:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    bootstrap.say(f"Making {folder.relative_to(bootstrap.ROOT)}. This is done once.")
    make(folder)
    stamp.write_text(mark, encoding="utf-8")
    return folder


def unpack_debian(folder: Path) -> None:
    """Debian's smallest arm64 system with Python, unpacked and not configured."""
    download = folder / "download"
    command = [
        *(found("debootstrap") or "", "--arch=arm64", "--variant=minbase", "--include=python3"),
        *("--download-only", "--force-check-gpg", f"--keyring={KEYRING}", SUITE, str(download)),
    ]
    attempt(command, "Debian's arm64 packages could not be downloaded")
    for package in sorted(download.glob("var/cache/apt/archives/*.deb")):
        attempt(["dpkg", "-x", str(package), str(folder)], f"{package.name} did not unpack")
    shutil.rmtree(download)
    if not (folder / "usr" / "bin" / f"python{PYTHON}").is_file():
        raise NotHad(f"Debian {SUITE} came without Python {PYTHON}.")


def install(wanted: Sequence[str], folder: Path) -> None:
    """Unpack the aarch64 wheels of exactly these versions into ``folder``."""
    tags = [part for tag in PLATFORMS for part in ("--platform", tag)]
    command = [
        *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
        *("--target", str(folder), "--no-deps", "--only-binary=:all:", "--no-compile"),
        *("--implementation", "cp", "--python-version", PYTHON, *tags, *wanted),
    ]
    attempt(command, "the aarch64 wheels could not be downloaded")


def attempt(command: Sequence[str], failure: str) -> None:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        words = done.stdout.decode(errors="replace").strip().splitlines()
        raise NotHad(f"{failure}; a network is needed the first time. {' '.join(words[-3:])}")


def wheels() -> list[str]:
    """``name==version`` of everything to install: the phone's versions where it has its own
    builds, else those that the native side runs with."""
    pins = phones_versions()
    needed = needs(IMPORTED)
    return [f"{name}=={pins.get(name, metadata.version(name))}" for name in sorted(needed)]


def phones_versions() -> dict[str, str]:
    """mobile-constraints.txt: the version of each binary package."""
    text = (bootstrap.ROOT / "mobile-constraints.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    pins = map(Requirement, lines)
    return {canonicalize_name(pin.name): str(pin.specifier).removeprefix("==") for pin in pins}


def needs(names: Sequence[str]) -> set[str]:
    """These packages and what they need in turn, as installed here."""
    known: set[str] = set()
    waiting = list(names)
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name not in known:
            known.add(name)
            for line in metadata.requires(name) or []:
                need = Requirement(line)
                if need.marker is None or need.marker.evaluate({"extra": ""}):
                    waiting.append(need.name)
    return known
