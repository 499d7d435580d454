"""Grading: which exercises a notebook solves, for one notebook or for a class.

    from toydiff.grading import grade
    grade("02_forward_process.ipynb")    # -> Report

Two processes share the work. One, the worker (worker.py), runs the cells of the submission. The other, the examiner
(examiner.py), asks the questions and decides; it never runs a line of the submission, and takes from the worker plain
values and tensors only. So whatever a submission does to `check`, to toydiff or to torch, it does to itself. A worker
that hangs or dies is ended, and a new one takes its place without the cell that was to blame. The workers of a class
are forked off a process that has loaded everything already (nursery.py), where the system can do that.
"""

from importlib import import_module

from .limits import TIME as TIME_LIMIT  # noqa: F401

_HOME = {"grade": "examiner", "Report": "examiner", "grade_class": "classroom", "Row": "classroom", "page": "webpage",
         "glance": "progress", "one": "report", "table": "report", "to_csv": "spreadsheet"}


def __getattr__(name):
    """Load what is asked for: the checks take longer than the rest of the command line together."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)
