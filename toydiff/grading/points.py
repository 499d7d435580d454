"""What a submission is worth: points for each exercise that holds, from a small file or one each."""

import csv
import difflib
import io
from dataclasses import dataclass, field

from ..checks import EXERCISES
from .texts import tame


@dataclass(frozen=True)
class Points:
    """table: {exercise: points}; without one each exercise is worth 1, with one those it does not name are worth 0."""

    table: dict = field(default_factory=dict)

    def of(self, name):
        """Return what an exercise is worth, or the naming of a fault in the clinic."""
        return self.table.get(name, 0) if self.table else 1

    def reached(self, results):
        """Return (points, of how many) of some Results, whole numbers where they are such."""
        return (_short(sum(self.of(result.exercise) for result in results if result.passed)),
                _short(sum(self.of(result.exercise) for result in results)))


def text_of(path):
    """Return the text in a small file. Raises ValueError where that is none, and where it cannot be a table."""
    if path.exists() and not path.is_file():    # a pipe would be waited for
        raise ValueError(f"{path} is no file")
    try:
        text = path.read_text(encoding="utf-8-sig")
        for _ in csv.reader(io.StringIO(text, newline="")):
            pass
        return text
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path} is no table of text in UTF-8, with commas") from error


def read(path):
    """Return the Points in a file of lines such as `forward_process.snr,2`; a first line of titles is passed over.

    An exercise may be called by its function alone, `snr`. Raises ValueError with the line that cannot be read.
    """
    known = [*EXERCISES, *(f"{name}.fault" for name in EXERCISES if name.startswith("clinic."))]
    short, table = {name.split(".", 1)[1]: name for name in known}, {}
    for number, line in enumerate(csv.reader(text_of(path).splitlines()), 1):
        cells = [cell.strip() for cell in line]
        if not any(cells) or number == 1 and cells[1:2] == ["points"]:
            continue
        name = short.get(cells[0], cells[0])
        if name not in known:
            near = difflib.get_close_matches(name, [*known, *short], 1)
            raise ValueError(f"{path}, line {number}: there is no exercise {tame(cells[0], 60)!r}"
                             + (f"; did you mean {near[0]}?" if near else ""))
        table[name] = _number(cells[1] if len(cells) == 2 else "", f"{path}, line {number}")
    if not any(table.values()):
        raise ValueError(f"{path} gives no points: a line is an exercise and its points, such as forward_process.snr,2")
    return Points(table)


def best(reports):
    """Return one Result for each exercise of several Reports on one student: one that passed, else the first."""
    found = {}
    for report in reports:
        for result in report.results:
            if result.exercise not in found or result.passed and not found[result.exercise].passed:
                found[result.exercise] = result
    return list(found.values())


def _number(text, where):
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1e6:
        raise ValueError(f"{where}: points must be a number from 0, got {tame(text, 30)!r}")
    return value


def _short(value):
    return int(value) if value == int(value) else round(value, 6)
