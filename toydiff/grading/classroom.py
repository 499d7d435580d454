"""A class: a folder of submissions, graded several at a time."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path

from . import limits, naming, texts
from .examiner import Report, grade
from .folder import entries
from .process import Stopped


@dataclass(frozen=True)
class Row:
    """One thing that a student handed in. place: where it lies, seen from the folder of the class."""

    student: str
    report: Report
    place: str = ""


def processors():
    """Return how many processors this process may use, which may be fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def grade_class(folder, jobs=2, time_limit=limits.TIME, progress=lambda iterable, total: iterable, besides=None,
                each=lambda rows: None):
    """Return the Rows of a folder of submissions, sorted by student and notebook.

    jobs: how many at a time; progress: wraps the iterable of what is done, such as tqdm; besides: a folder to pass
    over; each: is called with all Rows there are, whenever there is one more.
    Interrupted, it ends all that it started and raises KeyboardInterrupt.
    """
    todo, stop, rows = entries(folder, besides), threading.Event(), {}
    with ThreadPoolExecutor(jobs) as pool:
        futures = {pool.submit(_row, entry, time_limit, stop): entry for entry in todo}
        try:
            for future in progress(as_completed(futures), total=len(futures)):
                rows[futures[future]] = future.result()
                each(_sorted(rows))
        except BaseException:
            stop.set()
            pool.shutdown(cancel_futures=True)
            raise
    for entry, row in rows.items():
        if row.report.killed:    # by itself, or by another submission: it is asked once more, where there is no other
            rows[entry] = _row(entry, time_limit, stop)
            if rows[entry].report.killed:
                trouble = texts.joined(filter(None, (rows[entry].report.trouble, texts.KILLED_AGAIN)))
                rows[entry] = replace(row, report=replace(rows[entry].report, trouble=trouble))
            each(_sorted(rows))
    return _sorted(rows)


def _sorted(rows):
    return sorted(rows.values(), key=lambda row: (row.student.lower(), row.report.notebook, row.place))


def _row(entry, time_limit, stop):
    file = Path(entry.place)
    if entry.file is None:
        report = Report(file, trouble=entry.trouble)
    else:
        try:
            report = grade(entry.file, time_limit, stop)
        except Stopped:
            raise
        except Exception as error:    # whatever it is, the others are not to suffer from it
            report = Report(file, trouble=texts.not_graded(error))
    return Row(entry.student or naming.student(file.stem, report.notebook), report, entry.place)
