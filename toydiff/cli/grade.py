"""`toydiff check`: which exercises a notebook solves; and what all grading needs of the program around it."""

import json
import os
import signal
import threading
import warnings
from contextlib import contextmanager
from pathlib import Path

from ..grading import TIME_LIMIT
from ..support.files import writable, write_whole
from .options import add_command, rate

EXAMPLES = """examples:
  toydiff check 02_forward_process.ipynb
  toydiff check 02_forward_process.ipynb --json result.json
  toydiff class submissions --output graded --jobs 4
  toydiff class Moodle.zip --format moodle,html --points points.csv
  toydiff class submissions --part 2/5
  toydiff join graded --format csv,html
  toydiff class --autograder 02_forward_process --output autograder.zip
"""


def check(options):
    """Run a notebook in a process of its own and say which exercises hold; exit code 0 if all do, else 1."""
    from .. import grading  # here, so that the other commands need not load the checks

    if options.json:
        writable(options.json)
        if same_file(options.json, options.notebook):
            raise ValueError(f"{options.json} is the notebook itself")
    with prepared():
        report = grading.grade(options.notebook, options.time_limit)
    if not report.notebook:
        raise ValueError(f"{options.notebook}: {report.trouble}")
    print(grading.one(report))
    if options.json:
        text = json.dumps(report.to_dict(), indent=2, ensure_ascii=False) + "\n"
        write_whole(options.json, lambda file: file.write(text.encode(errors="backslashreplace")))
    return 0 if report.complete else 1


@contextmanager
def prepared():
    """What grading needs of the program around it.

    Torch warns of what a submission does to nobody; SIGTERM and SIGHUP, unless
    they are ignored, end it in the way that Ctrl-C does, and none of them cuts the tidying short.
    """
    def stop(number, frame):
        for name in before:
            signal.signal(name, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {}
    for number in (getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)):
        if signal.getsignal(number) is not signal.SIG_IGN and threading.current_thread() is threading.main_thread():
            before[number] = signal.signal(number, stop)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def same_file(path, other):
    """Are both there, and one and the same?"""
    return path.exists() and other.exists() and os.path.samefile(path, other)


def add(commands):
    """Add the command."""
    parser = add_command(commands, check)
    parser.add_argument("notebook", type=Path, metavar="PATH.ipynb", help="the notebook; it is not changed")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results for other programs")
    add_time_limit(parser)


def add_time_limit(parser):
    """Add the option, and examples of both commands that have it."""
    parser.epilog = EXAMPLES
    parser.add_argument("--time-limit", type=rate, default=TIME_LIMIT, metavar="S",
                        help="seconds for a notebook (default: %(default)g); a cell may compute a sixth of them")
