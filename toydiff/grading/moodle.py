"""What came of a class, for Moodle: its offline grading worksheet with feedback, and the import of its gradebook.

The worksheet is what mod/assign/feedback/offline reads: it wants the columns Identifier, Grade and Last modified
(grade), and takes Feedback comments. A student's Identifier is the number in the name of the folder that Moodle packs.
"""

import csv
import io
import unicodedata
from collections import Counter

from . import feedback, naming
from .points import best, text_of
from .spreadsheet import inert, no_formula

IDENTIFIER, NAME, EMAIL, GRADE, MOST, MODIFIED, COMMENTS = (
    "Identifier", "Full name", "Email address", "Grade", "Maximum grade", "Last modified (grade)", "Feedback comments")

READ = (IDENTIFIER, GRADE, MOST, MODIFIED, COMMENTS)    # by Moodle, as they are


def students(rows):
    """Return a list of the Rows of each student: of one number in Moodle's or Canvas' names, or else of one name."""
    found = {}
    for row in rows:
        number = naming.moodle_number(row.place)
        whose = number or (row.student, naming.canvas_number(row.place))    # two may be called alike
        found.setdefault(whose, []).append(row)
    return list(found.values())


def read_worksheet(path):
    """Return the lines of the worksheet that was downloaded from Moodle, dicts. Raises ValueError where it is none."""
    lines = list(csv.DictReader(io.StringIO(text_of(path))))
    if missing := [name for name in (IDENTIFIER, GRADE) if not lines or name not in lines[0]]:
        raise ValueError(f"{path} is no grading worksheet of Moodle in English: there is no column {missing[0]!r}")
    return lines


def worksheet(rows, points, lines=None):
    """Return the worksheet as bytes: Moodle's own, its lines given, filled in, or one made from the folders' names."""
    made = [_graded(group, points) for group in students(rows)]
    if lines is None:
        return _csv((IDENTIFIER, NAME, GRADE, MOST, MODIFIED, COMMENTS), [
            {IDENTIFIER: number and f"Participant {number}", NAME: inert(name), GRADE: got, MOST: of, MODIFIED: "-",
             COMMENTS: said} for number, name, got, of, said in made])
    by_number = {number: rest for number, *rest in made if number}
    by_name = _alone((_same(name), (name, *rest)) for number, name, *rest in made if not number)
    called = Counter(_same(line.get(NAME)) for line in lines)
    filled = []
    for line in lines:
        name = _same(line.get(NAME))
        alone = by_name.get(name) if called[name] == 1 else None
        theirs = by_number.get(naming.last_number(line[IDENTIFIER])) or alone
        if theirs:    # the others handed nothing in, and stay as they were
            _, got, of, said = theirs
            line = line | {GRADE: _scaled(got, of, line.get(MOST)), COMMENTS: said}
        filled.append({name: cell if name in READ or not isinstance(cell, str) else no_formula(cell)
                       for name, cell in line.items()})    # a student's name, and a text of his, stand there too
    return _csv(dict.fromkeys([*lines[0], COMMENTS]), filled)


def _same(name):
    """A name, as it is compared."""
    return unicodedata.normalize("NFC", name or "").casefold()


def _alone(pairs):
    """A dict of the pairs whose key no other has: of two students who are called alike none can be told."""
    pairs = list(pairs)
    several = Counter(key for key, _ in pairs)
    return {key: value for key, value in pairs if several[key] == 1}


def grades(rows, points, lines=None):
    """Return a table for the import of grades into the gradebook, as bytes: whose, how many points, the feedback.

    Moodle finds a student there by address or ID number; the address comes from the worksheet's lines.
    """
    address = {naming.last_number(line[IDENTIFIER]): line.get(EMAIL) or "" for line in lines or ()}
    return _csv((NAME, EMAIL, "ID number", GRADE, MOST, "Feedback"), [
        {NAME: inert(name), EMAIL: no_formula(address.get(number, "")), "ID number": "" if number else inert(name),
         GRADE: got, MOST: of, "Feedback": said} for number, name, got, of, said in (_graded(group, points)
                                                                        for group in students(rows))])


def _graded(rows, points):
    """(Moodle's number, name, points, of how many, feedback) of one student; no points where nothing was graded."""
    results = best([row.report for row in rows])
    got, of = points.reached(results)
    number = naming.moodle_number(rows[0].place)
    got, of = (got, of) if results else ("", "")
    return number, rows[0].student, got, of, no_formula(feedback.comment(rows, points))


def _scaled(got, of, most):
    """Points as a grade of an assignment whose best grade is `most`, as Moodle writes that."""
    try:
        most = float((most or "").replace(",", "."))
    except ValueError:
        return got
    return got if got == "" or not of else round(got * most / of, 2)


def _csv(columns, lines):
    out = io.StringIO()
    writer = csv.DictWriter(out, list(columns), restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return out.getvalue().encode("utf-8", "backslashreplace")    # no mark at its start: it would be part of a column
