"""In which forms a class is written: for a spreadsheet, for Moodle, for Gradescope, to be read, for other programs."""

import json
import re

from . import feedback, gradescope, moodle, spreadsheet, webpage
from .naming import words
from .points import best
from .report import labels
from .texts import whole

FORMATS = ("csv", "moodle", "gradescope", "html", "json")
# a file of such a name is a device on Windows, whatever its ending: what is written there is gone
DEVICE = re.compile(r"(?i)con|prn|aux|nul|(?:com|lpt)[0-9\u00b9\u00b2\u00b3]")


def overviews(formats, rows, points, title, when):
    """Return {file name: bytes} of what shows the whole class, in the formats wanted."""
    made = {}
    if "csv" in formats:
        made["csv_class.csv"] = spreadsheet.to_csv(rows)
    if "html" in formats:
        page = webpage.page(rows, f"Where the class is: {title}", when)
        made["html_class.html"] = page.encode(errors="backslashreplace")
    if "json" in formats:
        made["json_class.json"] = _json([_row(row, points) for row in rows])
    return made


def each_student(formats, rows, points, title, worksheet=None):
    """Return {file name: bytes} of what goes to the students, one by one or through a learning platform.

    worksheet: the lines of the one that was downloaded from Moodle.
    """
    made, groups = {}, moodle.students(rows)
    if "moodle" in formats:
        made["moodle_worksheet.csv"] = moodle.worksheet(rows, points, worksheet)
        made["moodle_grades.csv"] = moodle.grades(rows, points, worksheet)
    for name, group in zip(_names(groups), groups):
        if "gradescope" in formats:
            reports = [row.report for row in group]
            made[f"gradescope_results/{name}.json"] = _json(gradescope.results(reports, points))
        if "html" in formats:
            page = feedback.page(group, points, title)
            made[f"html_feedback/{name}.html"] = page.encode(errors="backslashreplace")
            made[f"html_feedback/{name}.txt"] = (feedback.text(group, points) + "\n").encode(errors="backslashreplace")
    return made


def _row(row, points):
    got, of = points.reached(best([row.report]))
    return {"student": row.student, "place": row.place, **row.report.to_dict(), "points": got, "of_points": of}


def _json(content):
    return (json.dumps(whole(content), indent=2) + "\n").encode()


def _names(groups):
    """A file name for each student, no two alike, also where capitals do not count, and none that Windows keeps."""
    used, names = set(), []
    for label in labels([rows[0] for rows in groups]):
        start = "_".join(words(label.encode("utf-8", "replace").decode(), "-_"))[:50].strip("-_") or "student"
        start += "_" * bool(DEVICE.fullmatch(start))
        name, number = start, 1
        while name.casefold() in used:
            name, number = f"{start}_{number + 1}", number + 1
        used.add(name.casefold())
        names.append(name)
    return names
