"""What --data and --labels mean: the board, or a file of points of one's own."""

import csv
from pathlib import Path

import numpy as np

from ..data import LABELS, Checkerboard, Points

BOARD = "board"


def find_data(name=BOARD, labels=None):
    """Return the data called `name`: the board, or the points in a file. Raises ValueError, in one line, for others."""
    if name == BOARD:
        return Checkerboard(labelled=labels)
    if labels:
        raise ValueError(f"--labels {labels} is for the board; points of one's own have none")
    path = Path(name)
    readers = {".npy": _npy, ".csv": _csv}
    if path.suffix.lower() not in readers:
        raise ValueError(f"--data must be {BOARD!r}, or a file of points ending in .npy or .csv, got {name}")
    if not path.exists():
        raise ValueError(f"there is no file {path}")
    if not path.is_file():
        raise ValueError(f"{path} is no file")
    try:
        return Points(readers[path.suffix.lower()](path))
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror or error}") from error
    except (ValueError, TypeError) as error:
        raise ValueError(f"{path}: {error}") from error


def _npy(path):
    try:
        points = np.load(path, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise ValueError("is no array that NumPy can read; np.save makes one") from error
    if not isinstance(points, np.ndarray) or points.dtype.kind not in "fiu":
        raise ValueError("must hold one array of numbers")
    return points


def _csv(path):
    """Two columns separated by commas; a first line of names is passed over."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        try:
            lines = [line for line in csv.reader(file) if any(cell.strip() for cell in line)]
        except (csv.Error, UnicodeDecodeError) as error:
            raise ValueError("is no text of two columns separated by a comma") from error
    rows = []
    for number, line in enumerate(lines, start=1):
        try:
            row = [float(cell) for cell in line]
        except ValueError:
            if number == 1:
                continue
            raise ValueError(f"line {number} holds something that is no number: {','.join(line)[:40]!r}") from None
        if len(row) != 2:
            raise ValueError(f"line {number} has {len(row)} columns, two were wanted")
        rows.append(row)
    return np.array(rows, dtype=float).reshape(-1, 2)


def add_data_options(parser):
    """Add the options that say what is learned."""
    parser.add_argument("--data", default=None, metavar="WHAT",
                        help="'board' (default), or a file of points: .npy of shape (rows, 2), or .csv of two columns")
    parser.add_argument("--labels", choices=LABELS, help="teach the network what is asked for: the board's cells, …")
