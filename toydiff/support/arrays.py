"""Files of points: an array that NumPy wrote, or two columns of text. No memory is taken for what one only claims."""

import csv
import warnings

import numpy as np

from .memory import enough_for


def read_npy(path):
    """Return the numbers of a .npy file as float64, of whatever shape. Raises ValueError for others, OSError."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")    # of a size beyond all numbers
            there = np.load(path, mmap_mode="r", allow_pickle=False)    # of no more than is in the file
    except (OSError, MemoryError):
        raise
    except Exception as error:    # a damaged file breaks its reader in many ways
        raise ValueError("is no array that NumPy can read; np.save makes one") from error
    if not isinstance(there, np.ndarray) or there.dtype.kind not in "fiu":
        raise ValueError("must hold one array of numbers")
    enough_for(4 * 8 * there.size, path)
    return np.array(there, dtype=np.float64)


def read_csv(path):
    """Return two columns separated by commas, float64, shape (rows, 2); a first line of names is passed over.

    Raises ValueError where there are none, OSError.
    """
    enough_for(10 * path.stat().st_size, path)
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
