"""The README's first commands where nothing is installed: how long they take, and what they bring.

    python -m benchmarks.empty_debian [--with-tests] [--settings FOLDER] [--write]

An empty Debian is made with debootstrap, this commit is cloned into it, and root does there what
the README says, with nothing of this machine's environment and no ``../shared``. It needs root,
debootstrap and a network, and takes some minutes, and with ``--with-tests`` as long as
``make test``. Its mounts live in a name space of their own and go with it. ``--settings`` names a
folder that is laid over the empty root, for whatever a network like yours asks of pip.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.page import ROOT, machine, write_section

DEBIAN = "bookworm"
#: What the README asks for.
ASKED_FOR = ("git", "make", "python3", "python3-venv")
#: Where the clone lies in the new root.
CLONE = "/root/outpost"
_MOUNTS = (
    "mount -t proc proc {0}/proc && mount --bind /dev {0}/dev && mount --bind /dev/pts {0}/dev/pts"
    " && mount -t tmpfs shm {0}/dev/shm"
)
_ENVIRONMENT = ("HOME=/root", "TERM=dumb", "PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin")


@dataclass(frozen=True)
class Step:
    """What one command took, in seconds of the clock and of the processor, and its last line."""

    wall: float
    work: float
    said: str


def worked() -> float:
    """Seconds of processor that children which have ended took."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def inside(root: Path, command: str) -> list[str]:
    """The command in the new root, with its own mounts and nothing of our environment."""
    script = f"{_MOUNTS.format(root)} && exec env -i {' '.join(_ENVIRONMENT)} chroot {root} sh -c"
    return ["unshare", "--mount", "sh", "-c", f'{script} "$0"', command]


def take(root: Path, command: str) -> Step:
    """Run it to its end. Raises CalledProcessError when it fails."""
    begun, before = time.perf_counter(), worked()
    done = subprocess.run(inside(root, command), stdout=subprocess.PIPE, text=True, check=True)
    lines = done.stdout.strip().splitlines()
    return Step(time.perf_counter() - begun, worked() - before, lines[-1] if lines else "")


def take_until_served(root: Path, command: str) -> Step:
    """Run it until it says where the app is served, then press Ctrl+C."""
    begun, before, said = time.perf_counter(), worked(), ""
    with subprocess.Popen(
        inside(root, command), stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout is not None
        while "http://" not in said:
            said = process.stdout.readline()
            assert said, "it ended before the app was served"
        wall = time.perf_counter() - begun
        os.killpg(process.pid, signal.SIGINT)
    return Step(wall, worked() - before, said)


def make_root(root: Path, settings: Path | None) -> None:
    """An empty Debian with what the README asks for, and a clone of this commit."""
    subprocess.run(["debootstrap", "--variant=minbase", DEBIAN, root], check=True)
    if settings:
        shutil.copytree(settings, root, dirs_exist_ok=True)
    shutil.copy("/etc/resolv.conf", root / "etc" / "resolv.conf")
    take(root, f"apt-get install --yes --quiet {' '.join(ASKED_FOR)}")
    subprocess.run(["git", "bundle", "create", root / "bundle", "HEAD"], cwd=ROOT, check=True)
    take(root, f"git clone --quiet /bundle {CLONE} && rm /bundle")


def megabytes(root: Path, path: str) -> int:
    return int(take(root, f"du --summarize --block-size=1M {path}").said.split()[0])


def packaged_megabytes(root: Path) -> int:
    """What Debian says its installed packages take."""
    query = ["chroot", root, "dpkg-query", "--show", "--showformat", "${Installed-Size}\\n"]
    done = subprocess.run(query, stdout=subprocess.PIPE, text=True, check=True)
    return round(sum(map(int, done.stdout.split())) / 1024)


def measured(root: Path, with_tests: bool) -> str:
    """Both commands, as a table."""
    rows = ["| what | clock | processor | then on the disk |", "| --- | --- | --- | --- |"]

    def row(what: str, step: Step, folder: str) -> None:
        size = f"{megabytes(root, folder)} MB" if folder else ""
        rows.append(f"| {what} | {step.wall:.0f} s | {step.work:.0f} s | {size} |")

    go = f"cd {CLONE} &&"
    rows.append(f"| the clone | | | {megabytes(root, CLONE)} MB |")
    row("`make run`", take_until_served(root, f"{go} make run"), f"{CLONE}/.venv")
    row("`make run` again", take_until_served(root, f"{go} make run"), "")
    for name, folder in (("test", ".venv-test"), ("newest", ".venv-newest")):
        made = take(root, f"{go} python3 bootstrap.py environment {name}")
        row(f"of `make test`: the environment `{name}`", made, f"{CLONE}/{folder}")
    before = packaged_megabytes(root)
    programs = take(root, f"{go} python3 -c 'import bootstrap; bootstrap.provide_programs()'")
    more = packaged_megabytes(root) - before
    rows.append(
        f"| of `make test`: Debian's packages, as root | {programs.wall:.0f} s "
        f"| {programs.work:.0f} s | {more} MB |"
    )
    if with_tests:
        tested = take(root, f"{go} make test")
        row("`make test`, when these are there", tested, "")
        counts = re.sub(r"[= ]*(.*?)[= ]*$", r"\1", tested.said)
        rows.append(f"\nThe last line of `make test`: {counts}.")
    return "\n".join([*rows, "", machine()])


def main() -> None:
    """Measure, print, and with ``--write`` keep the table in the documentation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--with-tests", action="store_true", help="run `make test` as well")
    parser.add_argument("--settings", type=Path, metavar="FOLDER", help="laid over the empty root")
    parser.add_argument("--write", action="store_true", help="update docs/benchmarks.md")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        root = Path(name) / "debian"
        make_root(root, asked.settings)
        table = measured(root, asked.with_tests)
    print(table)
    if asked.write:
        write_section("empty debian", table)


if __name__ == "__main__":
    main()
