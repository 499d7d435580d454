"""Grading: which exercises a notebook solves, for one notebook or for a class.

    from toydiff.grading import grade
    grade("02_forward_process.ipynb")    # -> Report

Two processes share the work. One, the worker (worker.py), runs the cells of the submission and answers questions.
The other, the examiner (examiner.py), asks them and decides; it never runs a line of the submission, and takes from
the worker plain values and tensors only. So whatever a submission does to `check`, to toydiff or to torch, it does
to itself. A worker that hangs or dies is stopped, and a new one takes its place without the cell that was to blame.
"""

from .classroom import grade_class    # noqa: F401
from .examiner import TIME_LIMIT, Report, grade    # noqa: F401
from .page import page    # noqa: F401
from .report import one, table, to_csv    # noqa: F401
