"""A class: a folder of submissions, graded several at a time."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path

from . import limits, naming, texts
from .begin import Nursery
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
                each=lambda rows: None, part=(1, 1), journal=None, draw=False):
    """Return the Rows of a folder of submissions, or a zip of them, sorted by student and notebook.

    jobs: how many at a time; progress: wraps the iterable of what is done, such as tqdm; besides: a folder to pass
    over; each: is called with all Rows there are, whenever there is one more;
    part: (2, 5) for the second of five parts of what lies there; journal: a function that, given the number of all
    entries, returns a saved.Journal: what it knows is not asked again, what is done is kept there; draw: with pictures
    of wrong answers?
    Interrupted, it ends all that it started and raises KeyboardInterrupt.
    """
    everything, stop, rows = entries(folder, besides), threading.Event(), {}
    number, of = part
    todo = everything[number - 1::of]
    kept = journal(len(everything)) if journal else None
    if kept and (rows := kept.known(todo)):
        todo = [entry for entry in todo if entry not in rows]
        each(in_order(rows.values()))

    def done(entry, row):
        rows[entry] = row
        if kept and not row.report.killed:
            kept.note(entry, row)
        each(in_order(rows.values()))

    try:
        with Nursery() as nursery, ThreadPoolExecutor(jobs) as pool:
            nursery = nursery if len(todo) > 1 else None    # to load it takes longer than one worker
            futures = {pool.submit(_row, entry, time_limit, stop, draw, nursery): entry for entry in todo}
            try:
                for future in progress(as_completed(futures), total=len(futures)):
                    done(futures[future], future.result())
            except BaseException:
                stop.set()
                pool.shutdown(cancel_futures=True)
                raise
        for entry in [entry for entry in todo if rows[entry].report.killed]:
            done(entry, _once_more(entry, time_limit, stop, draw))
    except BaseException:
        if kept:
            kept.close(complete=False)
        raise
    if kept:
        kept.close(complete=True)
    return in_order(rows.values())


def _once_more(entry, time_limit, stop, draw):
    """The Row of what was ended from outside, by itself or by another submission: asked where there is no other."""
    row = _row(entry, time_limit, stop, draw)
    if not row.report.killed:
        return row
    trouble = texts.joined(filter(None, (row.report.trouble, texts.KILLED_AGAIN)))
    return replace(row, report=replace(row.report, trouble=trouble, killed=False))


def in_order(rows):
    """Return Rows sorted by student and notebook."""
    return sorted(rows, key=lambda row: (row.student.lower(), row.report.notebook, row.place))


def _row(entry, time_limit, stop, draw, nursery=None):
    file = Path(entry.place)
    if entry.file is None:
        report = Report(file, trouble=entry.trouble)
    else:
        try:
            report = grade(entry.file, time_limit, stop, draw, nursery)
        except Stopped:
            raise
        except Exception as error:    # whatever it is, the others are not to suffer from it
            report = Report(file, trouble=texts.not_graded(error))
    return Row(entry.student or naming.student(file.stem, report.notebook), report, entry.place)
