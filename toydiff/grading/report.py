"""What came of a notebook or a class, in words: for a terminal and for a spreadsheet."""

import csv
import io
from collections import defaultdict

from ..checks.engine.result import MARKS

OTHER = "✗"    # every step without a mark of its own


def mark(result):
    """Return one character: ✓ passed, ○ not started, ? not checked, ✗ not yet."""
    return {**MARKS, "not checked": "?"}.get(result.step, OTHER)


def short(name):
    """Return the name of an exercise without its station."""
    return name.split(".", 1)[-1]


def one(report):
    """Return the text for one notebook: exercise by exercise, then what is to be remarked."""
    lines = []
    if report.notebook:
        lines.append(f"{report.path.name}: {report.passed} of {len(report.results)} exercises of {report.notebook} "
                     f"hold ({report.seconds:.0f} s)")
    for result in report.results:
        name = f" [{result.mistake}]" if result.mistake else ""
        lines.append(f"{mark(result)} {short(result.exercise)}{name}" + ("" if result.passed else
                                                                       f"\n    {result.message}"))
        if result.see:
            lines.append(f"    Read again: {result.see[0]}, “{result.see[1]}”")
    lines += [f"{report.path.name}: {remark}" for remark in report.remarks()]
    return "\n".join(lines)


def by_notebook(rows):
    """Return {notebook: rows}, in the order of the course; under "" those that belong to none."""
    groups = defaultdict(list)
    for row in rows:
        groups[row.report.notebook].append(row)
    return {name: groups[name] for name in sorted(groups, key=lambda name: (name == "", name))}


def label(row, rows):
    """Return the student, with the name of the file where there are several of the notebook in `rows`."""
    several = sum(other.student == row.student for other in rows) > 1
    return f"{row.student} ({row.report.path.name})" if several else row.student


def mistakes(rows):
    """Return [(number of students, result that names it, students)] of every named mistake, the most frequent first."""
    made, told = defaultdict(list), {}
    for row in rows:
        for result in row.report.results:
            if result.mistake:
                made[result.exercise, result.mistake].append(row.student)
                told[result.exercise, result.mistake] = result
    return sorted(((len(set(students)), told[key], sorted(set(students))) for key, students in made.items()),
                  key=lambda entry: (-entry[0], entry[1].exercise, entry[1].mistake))


def table(rows):
    """Return the text for a class: who is where, and which mistakes are how frequent."""
    lines = []
    for notebook, group in by_notebook(rows).items():
        lines.append(notebook or "not graded")
        width = max(len(label(row, group)) for row in group)
        for row in group:
            marks = " ".join(map(mark, row.report.results))
            count = f"{row.report.passed}/{len(row.report.results)}  {marks}  " if notebook else ""
            lines.append(f"  {label(row, group):{width}s}  {count}{_why(row.report)}".rstrip())
        lines.append("")
    if found := mistakes(rows):
        lines.append("named mistakes")
        lines += [f"  {count:3d} × {short(result.exercise)}: {result.mistake}" for count, result, _ in found]
    return "\n".join(lines).rstrip()


def _why(report):
    """The named mistakes, or else the first remark, in a few words."""
    named = ", ".join(f"{short(result.exercise)}: {result.mistake}" for result in report.results if result.mistake)
    remarks = report.remarks()
    more = f" (and {len(remarks) - 1} more)" if len(remarks) > 1 else ""
    return "; ".join(part for part in (named, remarks[0][:100] + more if remarks else "") if part)


def to_csv(rows):
    """Return the table for a spreadsheet: a line for each notebook, a column for each exercise, as bytes in UTF-8.

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
        cells = [row.student, report.notebook, report.path.name, report.passed, len(report.results),
                 *(steps.get(name, "") for name in exercises), "; ".join(report.remarks())]
        writer.writerow([_harmless(cell) for cell in cells])
    return out.getvalue().encode("utf-8-sig", "backslashreplace")    # -sig: so that a spreadsheet knows the encoding


def _harmless(cell):
    """A text that a spreadsheet does not take for a formula."""
    return "'" + cell if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t") else cell
