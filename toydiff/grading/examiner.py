"""The examiner: says which exercises of one notebook hold."""

import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..checks import EXERCISES, clinic
from . import submission
from .examination import Examination

TIME_LIMIT = 180.0    # seconds for one notebook; half of it at most for its cells, a sixth for one of them


@dataclass
class Report:
    """What came of one notebook.

    path: the file; notebook: which one it is, "" if none; results: a Result for each of its exercises
    and, in the clinic, for each fault that was to be named;
    stopped: {number of a cell: what stopped it}; trouble: why nothing or not all could be checked, or "";
    seconds: that it took.
    """

    path: Path
    notebook: str = ""
    results: list = field(default_factory=list)
    stopped: dict = field(default_factory=dict)
    trouble: str = ""
    seconds: float = 0.0

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
        return ([self.trouble] if self.trouble else []) + [f"cell {number} {what}" if what[:1].islower() else
                                                           f"cell {number} stopped: {what}"
                                                           for number, what in sorted(self.stopped.items())]

    def to_dict(self):
        """Return everything as plain values, ready for json.dumps."""
        return {"file": self.path.name, "notebook": self.notebook, "passed": self.passed, "of": len(self.results),
                "complete": self.complete, "results": [result.to_dict() for result in self.results],
                "remarks": self.remarks(), "seconds": round(self.seconds, 1)}


def grade(path, time_limit=TIME_LIMIT, stop=None):
    """Return the Report on one notebook. Whatever is in it, this comes back, and the file stays as it is.

    time_limit: seconds of running; stop: a threading.Event that cuts it short.
    """
    start, report = time.monotonic(), Report(Path(path))
    try:
        found = submission.read(path)
        report.notebook = found.notebook
        exercises = [exercise for exercise in EXERCISES.values() if exercise.notebook == found.notebook]
        with Examination(found, time_limit, stop) as examination:
            results = {exercise.name: examination.examined(exercise) for exercise in exercises}
            open_ = [name for name, result in results.items() if not result.passed]
            for name in open_:    # again, upon right functions: it may be wrong only because another one is
                if len(open_) > 1 and results[name].step not in ("not started", "not checked"):
                    results[name] = examination.upon_right_ones(EXERCISES[name], results[name],
                                                            [other for other in open_ if other != name])
            if found.notebook == clinic.NOTEBOOK:
                for name, exercise in zip([name + ".fault" for name in results], exercises):
                    results[name] = replace(examination.named(exercise), exercise=name)
        report.results, report.stopped = list(results.values()), examination.stopped
        if examination.left <= 0:
            report.trouble = f"the time of {time_limit:g} seconds was used up"
    except submission.Unusable as error:
        report.trouble = str(error)
    report.seconds = time.monotonic() - start
    return report
