"""``python -m training.lettering prepare|train|export|evaluate|sign``: the detector of writing,
from folders of images to a signed pack. A run is one folder under ``runs/``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from training.lettering.recipe import RECIPE, read_lettering_recipe

MODELS = Path(__file__).resolve().parents[2] / "models"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training.lettering", description=__doc__)
    parser.add_argument("--recipe", type=Path, default=RECIPE)
    parser.add_argument("--run", type=Path, default=Path("runs") / RECIPE.stem)
    commands = parser.add_subparsers(dest="command", required=True)
    prepare = commands.add_parser("prepare", help="open the backgrounds and split them by group")
    prepare.add_argument("--data", type=Path, required=True, help="the folder of the data sets")
    train = commands.add_parser("train", help="fit; a second call goes on where it was cut off")
    train.add_argument("--threads", type=int, default=0, help="CPU threads (all)")
    commands.add_parser("export", help="write an unjudged pack into the run")
    evaluate = commands.add_parser("evaluate", help="judge it on what it never saw; write the card")
    evaluate.add_argument("--data", type=Path, required=True, help="the folder of the data sets")
    signing = commands.add_parser("sign", help="copy the run's pack to models/ and sign it")
    signing.add_argument("--key", type=Path, required=True, help="Ed25519 private key, PEM")
    signing.add_argument("--models", type=Path, default=MODELS)
    return parser


def _run(options: argparse.Namespace) -> None:
    recipe, run = read_lettering_recipe(options.recipe), options.run
    if options.command == "prepare":
        from training.lettering.sets import prepare_backgrounds

        print(prepare_backgrounds(recipe, options.data, run))
    elif options.command == "train":
        import torch

        from training.lettering.fitting import train

        if options.threads:
            torch.set_num_threads(options.threads)
        train(recipe, run)
    elif options.command == "export":
        from training.lettering.export import export

        print(f"wrote {export(recipe, run)}")
    elif options.command == "evaluate":
        from training.lettering.evaluation import evaluate
        from training.lettering.judging import told

        print(told(evaluate(recipe, options.data, run)))
    else:
        from training.lettering.signing import sign_detector
        from training.signing import load_key

        print(f"signed {sign_detector(run / 'pack', load_key(options.key), options.models).name}")


def main(arguments: list[str] | None = None) -> int:
    """Run one subcommand; returns the exit status."""
    from training.signing import SigningRefused

    try:
        _run(_parser().parse_args(arguments))
    except (SigningRefused, FileNotFoundError, ValueError) as error:
        print(f"training.lettering: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
