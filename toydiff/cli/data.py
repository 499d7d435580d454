"""What --data and --labels mean: the board, digits, or what lies in a file or folder of one's own."""

import argparse
import sys
from pathlib import Path

from ..data import LABELS, Checkerboard, Points
from ..grading.texts import tame
from ..pictures import Digits, Pictures
from ..support.arrays import read_csv, read_npy
from ..support.images import SUFFIXES, read_drawing, read_folder

BOARD, DIGITS = "board", "digits"
ITS_OWN = True    # --labels without a word


def find_data(name=BOARD, labels=None):
    """Return the data called `name`: built in, or what is in a file or folder. Raises ValueError, in one line.

    A folder is one of pictures. A file holds points, or is a picture whose dark pixels are where points come from.
    """
    if name == BOARD:
        return Checkerboard(labelled=LABELS[0] if labels is ITS_OWN else labels)
    if labels not in (None, ITS_OWN):
        raise ValueError(f"--labels {labels} is for the board")
    if name == DIGITS:
        return Digits(labelled=labels is ITS_OWN)
    if labels:
        raise ValueError("--labels is for the board and for digits; data of one's own has none")
    path = Path(name)
    if not name:
        raise ValueError("--data is empty: a name was wanted")
    if path.is_dir():
        return _folder(path)
    readers = {".npy": read_npy, ".csv": read_csv} | dict.fromkeys(SUFFIXES, read_drawing)
    if path.suffix.lower() not in readers:
        raise ValueError(f"--data must be {BOARD!r}, {DIGITS!r}, a folder of pictures, a file of points ending in "
                         f".npy or .csv, or a picture, got {name}")
    if not path.exists():
        raise ValueError(f"there is no file {path}")
    if not path.is_file():
        raise ValueError(f"{path} is no file")
    try:
        return Points(readers[path.suffix.lower()](path))
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror or error}") from error
    except (ValueError, TypeError) as error:
        raise ValueError(str(error) if str(path) in str(error) else f"{path}: {error}") from error


def _folder(path):
    """The pictures in it. What cannot be read is named, the rest is used."""
    try:
        pictures, broken = read_folder(path)
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror or error}") from error
    if broken:
        some = ", ".join(tame(name, 60) for name in broken[:5])
        some += f" and {len(broken) - 5} more" if len(broken) > 5 else ""
        print(f"toydiff: cannot be read, and left out: {some}", file=sys.stderr)
    try:
        return Pictures(pictures)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def _labels(text):
    """Read a kind of labels."""
    if text not in LABELS:
        raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(map(repr, LABELS))}")
    return text


def add_data_options(parser):
    """Add the options that say what is learned."""
    parser.add_argument("--data", default=None, metavar="WHAT",
                        help="'board' (default); 'digits'; a file of points: .npy of shape (rows, 2), or .csv of two "
                             "columns; a picture, whose dark pixels are where points come from; a folder of pictures")
    parser.add_argument("--labels", nargs="?", const=ITS_OWN, type=_labels, metavar="KIND",
                        help="teach the network what is asked for: the digit; of the board, its cells, rows or halves")
