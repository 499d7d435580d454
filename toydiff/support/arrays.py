"""Files of points: an array that NumPy wrote, or two columns of text. No memory is taken for what one only claims."""

import csv
import warnings
from array import array

import numpy as np

from .memory import enough_for

LONGEST = 10_000    # characters of a line


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
    enough_for(10 * path.stat().st_size, path)    # of "1,2" and its end 16 bytes are kept, twice while they are copied
    numbers, first = array("d"), True
    with open(path, encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(_lines(file))
        try:
            for line in filter(_any, reader):
                if not (first and not any(map(_is_number, line))):
                    numbers.extend(_two(line, reader.line_num))
                first = False
        except (csv.Error, UnicodeDecodeError) as error:
            raise ValueError("is no text of two columns separated by a comma") from error
    return np.array(numbers).reshape(-1, 2)


def _lines(file):
    """The lines of a text; csv would take any amount of memory for a single one."""
    for number, line in enumerate(iter(lambda: file.readline(LONGEST), ""), start=1):
        if len(line) == LONGEST:
            raise ValueError(f"line {number} is too long to hold two numbers")
        yield line


def _any(line):
    return any(cell.strip() for cell in line)


def _is_number(cell):
    try:
        return float(cell) is not None
    except ValueError:
        return False


def _two(line, number):
    try:
        row = [float(cell) for cell in line]
    except ValueError:
        why = f"line {number} is not two numbers with a comma between them: {','.join(line)[:40]!r}"
        raise ValueError(why) from None
    if len(row) != 2:
        raise ValueError(f"line {number} has {len(row)} column{'s' * (len(row) > 1)}, two were wanted")
    return row
