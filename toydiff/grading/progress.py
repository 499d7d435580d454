"""One's own progress at a glance: which exercises of all notebooks in a folder hold, and which comes next."""

from pathlib import Path

from . import limits
from .examiner import grade
from .report import mark, short
from .texts import tame


def glance(folder=".", time_limit=limits.TIME, say=print):
    """Check the notebooks of a folder as they were last saved, say a line for each; return the list of Reports.

    Of what is no notebook of the course it is said why. Raises ValueError where there is none that is.
    """
    reports = []
    for path in sorted(Path(folder).glob("*.ipynb")):
        report = grade(path, time_limit)
        reports += [report] if report.notebook else []
        say(line(report) if report.notebook else f"{tame(path.name, 40):34s} {tame(report.trouble, 100)}")
    if not reports:
        raise ValueError(f"{folder} has no notebook with exercises of this course")
    say(summary(reports))
    return reports


def line(report):
    """Return a notebook in one line: how much of it holds, a mark for each exercise, why not all could be checked."""
    marks = "".join(map(mark, report.results))
    trouble = f"  {tame(report.remarks()[0], 80)}" if report.remarks() else ""
    return f"{tame(report.path.name, 40):34s} {report.passed:2d} of {len(report.results):2d}  {marks}{trouble}"


def summary(reports):
    """Return how much holds in all, and what comes next."""
    results = [(report, result) for report in reports for result in report.results]
    passed = sum(result.passed for _, result in results)
    words = f"{passed} of {len(results)} hold (✓ passed, ✗ not yet, ○ not started)."
    begun = [pair for pair in results if not pair[1].passed and pair[1].step != "not started"]
    for report, result in begun or [pair for pair in results if not pair[1].passed]:
        return f"{words} Next: {short(result.exercise)}, in {tame(report.path.name, 60)}."
    return f"{words} That is all of it."
