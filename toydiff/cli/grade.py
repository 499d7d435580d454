"""`toydiff check`, `class` and `exam`: which exercises a notebook or a class solves; whether samples are a board."""

import datetime
import json
import os
import pickle
import signal
import threading
import time
import warnings
from contextlib import contextmanager
from pathlib import Path

import numpy
import torch
from tqdm import tqdm

from ..grading import TIME_LIMIT
from ..support.files import writable, write_whole
from .options import add_command, count, rate

EXAMPLES = """examples:
  toydiff check 02_forward_process.ipynb
  toydiff check 02_forward_process.ipynb --json result.json
  toydiff check exercises
  toydiff exam samples.pt
  toydiff class submissions --output graded --jobs 4
"""


def check(options):
    """Run a notebook, or all of a folder, each in a process of its own, and say which exercises hold.

    The exit code is 0 if all do, else 1.
    """
    from .. import grading  # here, so that the other commands need not load the checks

    if options.json:
        writable(options.json)
        if _same(options.json, options.notebook):
            raise ValueError(f"{options.json} is the notebook itself")
    if options.notebook.is_dir():
        return _glance(options)
    with _prepared():
        report = grading.grade(options.notebook, options.time_limit)
    if not report.notebook:
        raise ValueError(f"{options.notebook}: {report.trouble}")
    print(grading.one(report))
    _write(options.json, report.to_dict())
    return 0 if report.complete else 1


def _glance(options):
    """Say a line for each notebook of a folder."""
    from .. import grading

    with _prepared():
        reports = grading.glance(options.notebook, options.time_limit)
    _write(options.json, [report.to_dict() for report in reports])
    return 0 if all(report.complete for report in reports) else 1


def _write(path, values):
    """Write plain values for other programs, if a path is given."""
    if path:
        text = json.dumps(values, indent=2, ensure_ascii=False) + "\n"
        write_whole(path, lambda file: file.write(text.encode(errors="backslashreplace")))


def exam(options):
    """Judge 5,000 samples or more of your own program, from a .pt, .npy or .csv file: the final exam of the course."""
    from ..checks.exam import exam as judge

    readers = {".pt": lambda path: torch.load(path, weights_only=True), ".npy": numpy.load,
               ".csv": lambda path: numpy.loadtxt(path, delimiter=",")}
    reader = readers.get(options.samples.suffix.lower())
    if reader is None:
        raise ValueError(f"{options.samples}: a .pt, .npy or .csv file was wanted")
    try:
        points = reader(options.samples)
    except (pickle.UnpicklingError, EOFError, RuntimeError, ValueError):
        raise ValueError(f"{options.samples} does not hold points that can be read") from None
    result = judge(points)
    print(result)
    return 0 if result else 1


def grade_class(options):
    """Grade a folder of submissions: print a table, and write class.csv and class.html, anew after each notebook."""
    from .. import grading
    from ..grading.classroom import processors

    for name in ("class.csv", "class.html"):
        writable(options.output / name)
    if _same(options.folder, options.output):
        raise ValueError(f"{options.output} is the folder of the submissions; choose another for what is written")

    def progress(done, total):
        return tqdm(done, total=total, unit="notebook")

    results = Results(options.output, options.folder.resolve().name)
    with _prepared():
        try:
            rows = grading.grade_class(options.folder, options.jobs or processors(), options.time_limit, progress,
                                       besides=options.output, each=results.note)
            print(grading.table(rows))
        finally:
            results.write()


class Results:
    """The files of a class. They are written while it is graded, so that nothing done is lost, but not too often."""

    def __init__(self, folder, title):
        self.paths = [folder / "class.csv", folder / "class.html"]
        self.title, self.rows, self.next = title, [], 0.0

    def note(self, rows):
        """Take the rows there are, and write them if that takes a small part of the time."""
        self.rows, start = rows, time.monotonic()
        if start >= self.next:
            self.write(print=lambda text: None)
            self.next = time.monotonic() + 20 * (time.monotonic() - start)

    def write(self, print=print):
        """Write the rows, unless there are none, and say so."""
        from .. import grading

        if not self.rows:
            return
        when = datetime.datetime.now().strftime("%Y-%m-%d %H:%M")
        page = grading.page(self.rows, f"Where the class is: {self.title}", when)
        for path, content in zip(self.paths, (grading.to_csv(self.rows), page.encode(errors="backslashreplace"))):
            write_whole(path, lambda file, content=content: file.write(content))
            print(f"Saved {path}")


@contextmanager
def _prepared():
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


def _same(path, other):
    return path.exists() and other.exists() and os.path.samefile(path, other)


def add(commands):
    """Add the commands."""
    single = add_command(commands, check)
    single.add_argument("notebook", type=Path, metavar="PATH", help="the notebook, or a folder of them; not changed")
    single.add_argument("--json", type=Path, metavar="FILE", help="write the results for other programs")

    final = add_command(commands, exam)
    final.add_argument("samples", type=Path, metavar="FILE", help="the points, shape (n, 2)")

    whole = add_command(commands, grade_class, "class")
    whole.add_argument("folder", type=Path, metavar="FOLDER", help="the submissions; they are not changed")
    whole.add_argument("--output", type=Path, metavar="DIR", default=Path("graded"),
                       help="where to write class.csv and class.html (default: %(default)s)")
    whole.add_argument("--jobs", type=count, metavar="N",
                       help="how many at a time (default: one for each processor that may be used)")
    for parser in (single, final, whole):
        parser.epilog = EXAMPLES
    for parser in (single, whole):
        parser.add_argument("--time-limit", type=rate, default=TIME_LIMIT, metavar="S",
                            help="seconds for a notebook (default: %(default)g); a cell may compute a sixth of them")
