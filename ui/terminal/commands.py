"""``main.py analyze`` and ``main.py packs``; ``main.py vault`` is handed on."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from core.analysis import Outcome, Status, analyze, find_studies
from core.errors import OutpostError, PackError
from core.imaging.rendering import render, to_grey
from core.reading.guidance import standing_sentence
from core.reading.manifest import PackKind
from core.reading.reader import Experimental, Reader, Request
from core.reading.requirements import Answers, Unanswered
from core.reading.sentences import PackFailure
from ui.reader_source import shelf_of_this_device
from ui.serving_command import add_serve, run_serve
from ui.terminal.framing_options import add_framing, framing_of
from ui.terminal.hospital_grammar import add_hospital
from ui.terminal.pack_commands import add_packs, run_packs
from ui.terminal.report import as_json, as_lines
from ui.terminal.sync_grammar import add_sync
from ui.terminal.vault_grammar import add_sign_in, add_vault

if TYPE_CHECKING:
    from ui.terminal.saving import Keeper

OK, SOME_FAILED, WRONG_USAGE = 0, 1, 2


def _frame(text: str) -> int | None:
    if text == "all":
        return None
    try:
        number = int(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("a frame number from 0, or all") from error
    if number < 0:
        raise argparse.ArgumentTypeError("frames are counted from 0")
    return number


def _age(text: str) -> float:
    try:
        years = float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("an age in years") from error
    if not 0 <= years <= 130:
        raise argparse.ArgumentTypeError("an age from 0 to 130 years")
    return years


def _threads(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 64:
        raise argparse.ArgumentTypeError("a number of threads from 1 to 64")
    return int(text)


def _add_reading_options(reading: argparse.ArgumentParser) -> None:
    """How an image is to be read."""
    reading.add_argument(
        "--pack", metavar="ID", help="read with this pack, whatever the router says"
    )
    reading.add_argument("--age", type=_age, metavar="YEARS", help="the patient's age")
    reading.add_argument("--known-lesion", action="store_true", help="a tumour was already seen")
    reading.add_argument("--frame", type=_frame, metavar="N|all", help="one frame, from 0 (all)")
    add_framing(reading)
    reading.add_argument("--threads", type=_threads, metavar="N", help="threads of the network")


def parser() -> argparse.ArgumentParser:
    """The command line's grammar. ``--help`` is its manual."""
    top = argparse.ArgumentParser(
        prog="main.py", description="Outpost reads medical images offline. No command: the app."
    )
    commands = top.add_subparsers(dest="command", required=True)
    reading = commands.add_parser("analyze", help="read images, DICOM files, or folders of them")
    reading.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    reading.add_argument("--json", action="store_true", help="one JSON object a line")
    _add_reading_options(reading)
    reading.add_argument("--heatmap", type=Path, metavar="DIR", help="write heat maps as PNG")
    reading.add_argument("--save", action="store_true", help="keep what is read in the vault")
    add_sign_in(reading)
    add_vault(commands)
    add_hospital(commands, _add_reading_options)
    add_packs(commands)
    add_sync(commands)
    add_serve(commands)
    trial = commands.add_parser("selftest", help="try models, vault and space on this device")
    trial.add_argument("--vault", type=Path, metavar="DIR", help="the vault's folder")
    return top


def run(arguments: Sequence[str]) -> int:
    """Run a command; returns the exit status. Wrong usage exits with 2, as argparse does."""
    options = parser().parse_args(arguments)
    try:
        if options.command == "vault":
            from ui.terminal.vault_commands import run_vault

            return run_vault(options)
        if options.command == "selftest":
            from ui.terminal.selftest import run_selftest

            return run_selftest(options)
        if options.command == "serve":
            return run_serve(options)
        if options.command == "sync":
            from ui.terminal.sync_commands import run_sync

            return run_sync(options)
        if options.command in ("report", "deidentify", "pacs"):
            return _run_hospital(options)
        return _analyze(options) if options.command == "analyze" else run_packs(options)
    except OutpostError as error:
        print(f"{error.text} [{error.code}]", file=sys.stderr)
        return WRONG_USAGE if error.failure is PackFailure.PACK_NOT_FOUND else SOME_FAILED


def _run_hospital(options: argparse.Namespace) -> int:
    """The commands that speak to others. Each is imported when it is asked for."""
    if options.command == "deidentify":
        from ui.terminal.deidentifying import run_deidentify

        return run_deidentify(options)
    if options.command == "pacs":
        from ui.terminal.archive import run_pacs

        return run_pacs(options)
    from ui.terminal.reporting import run_report

    return run_report(options, _request(options))


def _request(options: argparse.Namespace) -> Request:
    answers = Answers(age_years=options.age, known_lesion=options.known_lesion or None)
    return Request(
        answers=answers,
        unanswered=Unanswered.ASSUME,
        experimental=Experimental.ON,
        pack=options.pack,
        frame=options.frame,
    )


def _analyze(options: argparse.Namespace) -> int:
    reader = Reader(shelf_of_this_device(), threads=options.threads)
    if options.pack and reader.shelf.manifest(options.pack).kind is not PackKind.READER:
        raise PackError(PackFailure.PACK_NOT_FOUND, pack=options.pack)
    if options.heatmap and not _made(options.heatmap):
        return WRONG_USAGE
    if not options.save:
        return _read_all(options, reader, None)
    from ui.terminal.saving import Keeper

    with Keeper(options) as keeper:
        return _read_all(options, reader, keeper)


def _read_all(options: argparse.Namespace, reader: Reader, keeper: Keeper | None) -> int:
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    request, failed, number = _request(options), False, -1
    for number, files in enumerate(find_studies(options.paths)):
        if keeper:
            keeper.check_space(files)
        outcome = analyze(files, reader, request, framing_of(options))
        failed = failed or outcome.status is Status.ERROR
        if options.heatmap and not _write_heat_map(options.heatmap, number, outcome):
            failed = True
        kept = {"case": keeper.keep(outcome)} if keeper else {}
        if options.json:
            # ASCII, so that a file name in no known encoding cannot end the batch.
            print(json.dumps(as_json(outcome) | kept, allow_nan=False), flush=True)
        else:
            print(*as_lines(outcome), sep="\n", flush=True)
            if kept:
                print(f"  kept        {kept['case'] or 'no, it was not read'}", flush=True)
    if number < 0:
        print("There are no images in there. Choose another folder.", file=sys.stderr)
    if not options.json:
        print(f"\n{standing_sentence()}")
    return SOME_FAILED if failed else OK


def _made(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        print("Heat maps cannot be written there. Choose another folder.", file=sys.stderr)
        return False
    return True


def _write_heat_map(folder: Path, number: int, outcome: Outcome) -> bool:
    """``<number>-<name>-<finding>.png``: the most telling frame with where the model looked.
    Returns whether all went well, having nothing to draw included."""
    reading, study = outcome.reading, outcome.study
    if reading is None or study is None or not reading.frames or reading.finding is None:
        return True
    from core.reading.explanation import heat_map, overlay

    top = reading.frames[0]
    try:
        grey = to_grey(render(study.frames[top.index]))
        heat = heat_map(top, reading.finding, (grey.shape[0], grey.shape[1]))
        name = f"{number:04d}-{outcome.files[0].stem}-{reading.finding}.png"
        overlay(grey, heat).save(folder / name)
    except (OSError, OutpostError):
        print(f"The heat map of image {number} could not be written.", file=sys.stderr)
        return False
    return True
