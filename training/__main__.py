"""``python -m training prepare|train|export|evaluate|compare|sign|publish``: from a folder of
images with a manifest.csv to a signed pack. A run is one folder under ``runs/``."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from training.recipe import Recipe, read_recipe

MODELS = Path(__file__).resolve().parents[1] / "models"
PAGES = MODELS.parent / "docs" / "packs"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    texts = {
        "prepare": "open every image of the recipe's sets and split them by group",
        "train": "fit the networks; a second call goes on where the first was cut off",
        "export": "calibrate and write an unsigned pack into the run",
        "evaluate": "judge the exported pack on its test groups; write figures, plots and card",
    }
    for name, text in texts.items():
        command = commands.add_parser(name, help=text)
        command.add_argument("recipe", help="a pack id with a recipe, or a TOML file")
        command.add_argument("--run", type=Path, help="the run's folder (default runs/ID)")
        if name in ("prepare", "evaluate"):
            command.add_argument(
                "--data", type=Path, required=True, help="the folder of the data sets"
            )
        if name == "train":
            command.add_argument("--threads", type=int, default=0, help="CPU threads (all)")
            command.add_argument(
                "--begin-from", type=Path, help="the run of the pack that the recipe begins from"
            )
    comparing = commands.add_parser("compare", help="may the run's pack replace the one on board?")
    comparing.add_argument("recipe", help="a pack id with a recipe, or a TOML file")
    comparing.add_argument("--run", type=Path)
    comparing.add_argument("--old", type=Path, help="the old pack (default models/ID)")
    comparing.add_argument("--data", type=Path, required=True, help="the folder of the data sets")
    signing = commands.add_parser("sign", help="check the run's pack, copy it to models/, sign it")
    signing.add_argument("recipe", nargs="?", help="the pack; without one, the revocation list")
    signing.add_argument("--run", type=Path)
    signing.add_argument("--key", type=Path, required=True, help="Ed25519 private key, PEM")
    signing.add_argument("--models", type=Path, default=MODELS)
    publishing = commands.add_parser("publish", help="a folder from which devices fetch the packs")
    publishing.add_argument("out", type=Path, help="the folder, made or added to")
    publishing.add_argument("--key", type=Path, required=True, help="Ed25519 private key, PEM")
    publishing.add_argument("--models", type=Path, default=MODELS)
    return parser


def _sign(arguments: argparse.Namespace) -> None:
    from core.reading.pack import PackShelf
    from training.card import write_page
    from training.publishing import write_self_test
    from training.signing import load_key, sign_pack, sign_revocations

    key = load_key(arguments.key)
    if arguments.recipe is None:
        sign_revocations(key, arguments.models)
        print("signed the revocation list")
        return
    run = arguments.run or Path("runs") / read_recipe(arguments.recipe).id
    target = sign_pack(run / "pack", key, arguments.models)
    write_self_test(PackShelf(arguments.models), target.name, target, key)
    if arguments.models == MODELS:
        write_page(run, PAGES)
    print(f"signed {target.name}")


def _publish(arguments: argparse.Namespace) -> None:
    from training.publishing import publish
    from training.signing import load_key

    added = publish(arguments.models, arguments.out, load_key(arguments.key))
    print(f"added {', '.join(added) or 'nothing'}")


def _compare(arguments: argparse.Namespace, recipe: Recipe, run: Path) -> int:
    from training.comparison import as_table, compare, forbidding

    old, reason = arguments.old or MODELS / recipe.id, recipe.answers_less_because
    found = compare(old, run / "pack", run, arguments.data, reason)
    print(as_table(found))
    worse = forbidding(found, reason)
    print(f"may not replace: worse in {', '.join(worse)}" if worse else "may replace")
    return 1 if worse else 0


def _train(arguments: argparse.Namespace, recipe: Recipe, run: Path) -> None:
    import torch

    from training.fitting import train

    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    train(recipe, run, arguments.begin_from)


def _keep_memory() -> None:
    """Ask glibc to keep freed memory instead of giving it back at every step: on a small virtual
    machine 40% of an export's processor time went into page faults without this."""
    import ctypes

    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        if hasattr(libc, "mallopt"):
            trim_threshold, mmap_threshold = -1, -3
            libc.mallopt(mmap_threshold, 2**30)
            libc.mallopt(trim_threshold, 2**31 - 1)


def main(arguments: list[str] | None = None) -> int:
    """Run one subcommand; returns the exit status."""
    options = _parser().parse_args(arguments)
    _keep_memory()
    from training.signing import SigningRefused

    try:
        if options.command == "sign":
            _sign(options)
            return 0
        if options.command == "publish":
            _publish(options)
            return 0
        recipe = read_recipe(options.recipe)
        run = options.run or Path("runs") / recipe.id
        if options.command == "prepare":
            from training.sets import prepare_sets

            prepare_sets(recipe, options.data, run)
            print((run / "prepared.json").read_text(encoding="utf-8"), end="")
        elif options.command == "train":
            _train(options, recipe, run)
        elif options.command == "compare":
            return _compare(options, recipe, run)
        elif options.command == "export":
            from training.export import export

            print(f"wrote {export(recipe, run)}")
        else:
            from training.evaluation import evaluate

            print(json.dumps(evaluate(recipe, options.data, run), indent=1))
    except (SigningRefused, FileNotFoundError, ValueError) as error:
        print(f"training: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
