"""What one student reads: what holds, what not yet and why, which section to read again. A page, a text, a comment."""

from html import escape

from . import report as words
from .points import best
from .webpage import STYLE, plain, rich


def heading(results, points):
    """Return the first line: how many exercises hold, and the points."""
    got, of = points.reached(results)
    return f"{sum(result.passed for result in results)} of {len(results)} exercises hold: {got} of {of} points."


def line(result):
    """Return one exercise as a line of plain text, the named mistake and what to read again included."""
    mistake = f" [{result.mistake}]" if result.mistake else ""
    said = "" if result.passed else f": {words.tame(result.message, 1000)}"
    return f"{words.mark(result)} {words.short(result.exercise)}{mistake}{said}{again(result)}"


def again(result):
    """Return which section explains it, as a sentence, or ""."""
    return f" Read again: {result.see[0]}, “{result.see[1]}”." if result.see else ""


def text(rows, points):
    """Return the feedback on all that one student handed in, as plain text of several lines."""
    results = best([row.report for row in rows])
    lines = [heading(results, points), *map(line, results)] if results else ["Nothing could be graded."]
    return "\n".join([*lines, *(f"! {words.tame(remark, words.LONG)}" for remark in _remarks(rows))])


def comment(rows, points, pictures=False):
    """Return the same as a piece of HTML for a learning platform, which shows it under the grade.

    pictures: with those of the wrong answers? They would make a platform's table large.
    """
    results = best([row.report for row in rows])
    start = heading(results, points) if results else "Nothing could be graded."
    items = [f"{words.mark(result)} <b>{escape(words.short(result.exercise))}</b>"
             + (f" <i>{escape(result.mistake)}</i>" if result.mistake else "")
             + ("" if result.passed else f": {rich(result.message)}") + plain(again(result))
             + (_picture(result, rows) if pictures else "") for result in results]
    items += [f"! {plain(remark)}" for remark in _remarks(rows)]
    return f"<p>{escape(start)}</p><ul>{''.join(f'<li>{item}</li>' for item in items)}</ul>"


def page(rows, points, title):
    """Return one student's page, which holds nothing of any other."""
    student = plain(rows[0].student)
    files = ", ".join(plain(row.place or row.report.path.name) for row in rows)
    return (f"<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
            f"<title>{student}: {escape(title)}</title><style>{STYLE}</style>\n<h1>{student}</h1>"
            f"<div class=soft>{escape(title)}: {files}</div>\n{comment(rows, points, pictures=True)}</html>\n")


def _picture(result, rows):
    """The picture of a wrong answer beside the right one, which our own examiner has drawn; "" where there is none."""
    drawn = next((row.report.pictures.get(result.exercise, "") for row in rows
                  if any(other is result for other in row.report.results)), "")
    return f"<div>{drawn}</div>" if drawn and not result.passed else ""


def _remarks(rows):
    """What is to be said beside the results, with the file where there are several."""
    return [remark if len(rows) == 1 else f"{row.place or row.report.path.name}: {remark}"
            for row in rows for remark in row.report.remarks()]
