"""What the commands have in common: how an option is read."""

import argparse
from pathlib import Path

from ..grading.texts import tame

EXAMPLES = """examples:
  toydiff train --checkpoint board.pt
  toydiff train --resume --checkpoint board.pt
  toydiff train --steps 2000 --schedule cosine --seed 1 --checkpoint quick.pt
  toydiff train --labels cells --drop-label 0.5 --checkpoint labels.pt
  toydiff sample --checkpoint board.pt -n 5000 --output points.npy
  toydiff sample --checkpoint labels.pt --label "column 2, row 2" --guidance 2 -n 5000 --output points.npy
  toydiff evaluate --checkpoint board.pt
  toydiff visualize --checkpoint board.pt --output-dir pictures
"""


class Parser(argparse.ArgumentParser):
    """A parser that says what is wrong in one line."""

    def error(self, message):
        """Print the message and leave with exit code 2."""
        self.exit(2, f"{self.prog}: {tame(message, 800)} (see {self.prog} --help)\n")


def add_command(commands, run, name=None):
    """Add a command named (where no name is given) and described as its function `run(options)`; return its parser."""
    parser = commands.add_parser(name or run.__name__, help=run.__doc__, description=run.__doc__, epilog=EXAMPLES,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.set_defaults(run=run)
    return parser


def add_model_options(parser, checkpoint):
    """Add the options of every command that works with a model; checkpoint: what that file is here."""
    parser.add_argument("--checkpoint", type=file_name, required=True, metavar="FILE", help=checkpoint)
    parser.add_argument("--seed", type=seed, default=0, help="the same seed gives the same result (default 0)")
    parser.add_argument("--device", help="cpu, cuda or mps (default: the fastest there is)")


def file_name(text):
    """Read the name of a file or folder. An empty one, as of a variable that was not set, is not this folder."""
    if not text or "\0" in text:
        raise argparse.ArgumentTypeError(f"{text!r} is no name of a file or folder")
    return Path(text)


def count(text):
    """Read a whole number from 1."""
    if not (text.isascii() and text.isdigit() and len(text) < 20 and 0 < int(text) < 2**31):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to 2^31 - 1")
    return int(text)


def seed(text):
    """Read a whole number from 0."""
    if not (text.isascii() and text.isdigit() and len(text) < 20 and int(text) < 2**63):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 to 2^63 - 1")
    return int(text)


def rate(text):
    """Read a positive number."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number")
    return value


def share(text):
    """Read a number from 0 to 1."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 1")
    return value


def factor(text):
    """Read a number, of either sign."""
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not abs(value) < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a finite number")
    return value
