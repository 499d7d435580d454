"""The examiner: says which exercises of one notebook hold."""

import time
from dataclasses import dataclass, field
from pathlib import Path

from . import limits, submission, texts
from .examination import Examination


@dataclass
class Report:
    """What came of one notebook.

    path: the file, as it is to be called; notebook: which one it is, "" if none; results: a Result for each of its
    exercises and, in the clinic, for each fault that was to be named;
    stopped: {number of a cell: what stopped it}; trouble: why nothing or not all could be checked, or "";
    seconds: that it took; killed: was its process ended by a signal, which another program may have sent?
    pictures: {exercise: HTML}, wrong answers beside the right ones, where they were to be drawn.
    """

    path: Path
    notebook: str = ""
    results: list = field(default_factory=list)
    stopped: dict = field(default_factory=dict)
    trouble: str = ""
    seconds: float = 0.0
    killed: bool = False
    pictures: dict = field(default_factory=dict)

    @property
    def passed(self):
        """How many exercises hold."""
        return sum(result.passed for result in self.results)

    @property
    def complete(self):
        """Do all exercises hold?"""
        return bool(self.results) and self.passed == len(self.results)

    def remarks(self):
        """Return what is to be said beside the results, a list of sentences without full stop."""
        cells = [texts.cell(number, what) for number, what in sorted(self.stopped.items())]
        rest = [texts.more(len(cells) - limits.REMARKS)] if len(cells) > limits.REMARKS else []
        return ([self.trouble] if self.trouble else []) + cells[:limits.REMARKS] + rest

    def to_dict(self):
        """Return everything as plain values, ready for json.dumps."""
        return {"file": self.path.name, "notebook": self.notebook, "passed": self.passed, "of": len(self.results),
                "complete": self.complete, "results": [result.to_dict() for result in self.results],
                "remarks": self.remarks(), "seconds": round(self.seconds, 1)}


def grade(file, time_limit=limits.TIME, stop=None, draw=False, nursery=None):
    """Return the Report on one notebook. Whatever is in it, this comes back, and the file stays as it is.

    file: a path, or a submission.File; time_limit: seconds for it, by the clock; stop: a threading.Event that ends it
    with Stopped; draw: with pictures of wrong answers? nursery: a begin.Nursery, where there are many to grade.
    """
    file = file if isinstance(file, submission.File) else submission.File(Path(file))
    start, report = time.monotonic(), Report(file.name)
    try:
        found = submission.read(file)
        report.notebook = found.notebook
        with Examination(found, time_limit, stop, draw, nursery) as examination:
            report.results, reading = examination.results(), examination.reading
        report.stopped, report.killed, report.pictures = reading.stopped, reading.killed, examination.pictures
        report.trouble = texts.joined(reading.remarks)
    except submission.Unusable as error:
        report.trouble = str(error)
    report.seconds = time.monotonic() - start
    return report
