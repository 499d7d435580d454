"""What came of a class, as a table for a spreadsheet, in which no word of a submission becomes a formula."""

import csv
import io
import re

from .report import LONG, OTHER, mark
from .texts import joined, tame

# what a formula begins with, where a cell may begin: also behind what other spreadsheets take for the end of a cell
FORMULA = re.compile(r"(^|[;\t|])(['\"\s]*)([=+\-@\uff1d\uff0b\uff0d\uff20\ufe62\ufe63\ufe66\ufe6b\u2212])")


def to_csv(rows):
    """Return the table: a line for each notebook, a column for each exercise, as bytes in UTF-8.

    What UTF-8 does not have, such as half a character in a file's name, is written as \\udcff.
    """
    exercises = list(dict.fromkeys(result.exercise for row in sorted(rows, key=lambda row: row.report.notebook)
                                   for result in row.report.results))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["student", "notebook", "file", "passed", "of", *exercises, "remarks"])
    for row in rows:
        report = row.report
        steps = {result.exercise: result.mistake or (result.step if mark(result) != OTHER else "not yet")
                 for result in report.results}
        cells = [row.student, report.notebook, row.place or report.path.name, report.passed, len(report.results),
                 *(steps.get(name, "") for name in exercises), joined(report.remarks())]
        writer.writerow([inert(cell) if isinstance(cell, str) else cell for cell in cells])
    return out.getvalue().encode("utf-8-sig", "backslashreplace")    # -sig: so that a spreadsheet knows the encoding


def inert(text):
    """Return a text that no spreadsheet takes for a formula, wherever it sees a cell begin."""
    return no_formula(tame(text, 10 * LONG))


def no_formula(text):
    """Return the same for a text that is tame already, of any length."""
    return FORMULA.sub(r"\1\2'\3", text)
