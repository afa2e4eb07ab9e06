"""The grammar of ``main.py report``, ``deidentify`` and ``pacs``: arguments only."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from ui.terminal.vault_grammar import add_sign_in

Commands = argparse._SubParsersAction
#: The forms of a report, in the order in which they are written, with what each one is.
FORMS = {
    "fhir": "a FHIR R4 transaction (JSON)",
    "dicom-sc": "a DICOM secondary capture of image and heat map",
    "dicom-sr": "a DICOM structured report (TID 1500)",
    "pdf": "one page, as PDF",
    "html": "the same page for a browser, in one file",
    "text": "the same in words, for a message",
}
#: Those that always show the picture.
PICTURED = frozenset({"pdf", "html", "dicom-sc"})


def add_hospital(
    commands: Commands[argparse.ArgumentParser],
    add_reading_options: Callable[[argparse.ArgumentParser], None],
) -> None:
    """``main.py report``, ``main.py deidentify`` and ``main.py pacs``."""
    _report(commands, add_reading_options)
    _deidentify(commands)
    _pacs(commands)


def _report(
    commands: Commands[argparse.ArgumentParser],
    add_reading_options: Callable[[argparse.ArgumentParser], None],
) -> None:
    report = commands.add_parser("report", help="write what was read, for people and for systems")
    report.add_argument(
        "source",
        nargs="+",
        metavar="CASE|IMAGE",
        help="a case of the vault by its id, an image, or the DICOM files of one series",
    )
    for form, told in FORMS.items():
        report.add_argument(f"--{form}", type=Path, metavar="OUT", help=f"{told}; - for output")
    report.add_argument("--pseudonym", metavar="CODE", help="what stands for the patient")
    report.add_argument(
        "--nameless", action="store_true", help="DICOM documents without the study's patient"
    )
    report.add_argument("--key", type=Path, metavar="FILE", help="with --nameless: as deidentify")
    report.add_argument(
        "--with-pictures", action="store_true", help="in FHIR: the image and its heat map too"
    )
    looked = report.add_mutually_exclusive_group()
    looked.add_argument(
        "--i-looked",
        action="store_true",
        help="you looked at the case's picture: no writing in it names anybody",
    )
    looked.add_argument(
        "--without-pictures", action="store_true", help="leave the case's picture in the vault"
    )
    report.add_argument(
        "--with-patient", action="store_true", help="in FHIR: a Patient of the pseudonym alone"
    )
    add_reading_options(report)
    add_sign_in(report)


def _deidentify(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("deidentify", help="take the patient out of images")
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    parser.add_argument("out", type=Path, metavar="OUT", help="a folder for what comes of it")
    parser.add_argument(
        "--key",
        type=Path,
        metavar="FILE",
        help="the clinic's key: made if it is not there; without it, a key for this run alone",
    )
    parser.add_argument(
        "--retain-device", action="store_true", help="keep what tells one machine from another"
    )
    parser.add_argument(
        "--retain-bands", action="store_true", help="keep sex, and age, size and weight in bands"
    )
    parser.add_argument(
        "--clean-pixels", action="store_true", help="find writing in the pictures and mask it"
    )
    parser.add_argument(
        "--show",
        action="store_true",
        help="write no image, but previews of what would be masked, and masks.json to correct",
    )
    parser.add_argument(
        "--masks", type=Path, metavar="FILE", help="mask what a corrected masks.json says"
    )


def _pacs(commands: Commands[argparse.ArgumentParser]) -> None:
    pacs = commands.add_parser("pacs", help="a hospital's image archive, over DICOMweb")
    actions = pacs.add_subparsers(dest="action", required=True)
    find = _archive(actions, "find", "search for studies")
    _searched(find)
    find.add_argument("--names", action="store_true", help="show patients' names and numbers too")
    find.add_argument("--json", action="store_true", help="one JSON object a line")
    fetch = _archive(actions, "fetch", "fetch one study")
    fetch.add_argument("--study", metavar="UID", help="the study, as find shows it")
    _searched(fetch)
    fetch.add_argument("out", type=Path, metavar="OUT", help="an empty folder for its files")
    store = _archive(actions, "store", "store DICOM files")
    store.add_argument("files", nargs="+", type=Path, metavar="FILE")


def _archive(
    actions: Commands[argparse.ArgumentParser], name: str, told: str
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=told)
    parser.add_argument("address", metavar="URL", help="what comes before /studies")
    parser.add_argument("--user", metavar="NAME", help="sign in; the password is asked for")
    parser.add_argument("--token", action="store_true", help="sign in with a token, asked for")
    parser.add_argument("--secret-fd", type=int, metavar="N", help="read it from this descriptor")
    parser.add_argument("--authority", type=Path, metavar="FILE", help="certificates to trust")
    parser.add_argument("--plain-http", action="store_true", help="allow an unencrypted address")
    return parser


def _searched(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--accession", metavar="NUMBER", help="the clinic's accession number")
    parser.add_argument("--patient", metavar="ID", help="the patient's number")
    parser.add_argument("--date", metavar="DAY", help="YYYYMMDD, or YYYYMMDD-YYYYMMDD")
