"""`toydiff check` and `exam`: which exercises a notebook solves; are samples a board? And what grading needs."""

import json
import os
import signal
import threading
import warnings
from contextlib import contextmanager

from ..grading import TIME_LIMIT
from ..grading.texts import whole
from ..support.arrays import read_csv, read_npy
from ..support.container import unpacked
from ..support.files import not_over, writable, write_whole
from ..support.memory import enough_for
from .options import add_command, file_name, rate

EXAMPLES = """examples:
  toydiff check 02_forward_process.ipynb
  toydiff check 02_forward_process.ipynb --json result.json
  toydiff check exercises
  toydiff exam samples.pt
  toydiff class submissions --output graded --jobs 4
  toydiff class Moodle.zip --format moodle,html --points points.csv
  toydiff class submissions --part 2/5
  toydiff join graded --format csv,html
  toydiff class --autograder 02_forward_process --output autograder.zip
"""


def check(options):
    """Run a notebook, or all of a folder, each in a process of its own, and say which exercises hold.

    The exit code is 0 if all do, else 1.
    """
    from .. import grading  # here, so that the other commands need not load the checks

    if options.json:
        writable(options.json)
        not_over(options.json, options.notebook)
    if options.notebook.is_dir():
        return _glance(options)
    with prepared():
        report = grading.grade(options.notebook, options.time_limit)
    if not report.notebook:
        raise ValueError(f"{options.notebook}: {report.trouble}")
    print(grading.one(report))
    _write(options.json, report.to_dict())
    return 0 if report.complete else 1


def _glance(options):
    """Say a line for each notebook of a folder."""
    from .. import grading

    with prepared():
        reports = grading.glance(options.notebook, options.time_limit)
    _write(options.json, [report.to_dict() for report in reports])
    return 0 if all(report.complete for report in reports) else 1


def _write(path, values):
    """Write plain values for other programs, if a path is given."""
    if path:
        text = json.dumps(whole(values), indent=2, ensure_ascii=False) + "\n"
        write_whole(path, lambda file: file.write(text.encode()))


def exam(options):
    """Judge 5,000 samples or more of your own program, from a .pt, .npy or .csv file: the final exam of the course."""
    from ..checks.exam import exam as judge

    readers = {".pt": _read_pt, ".npy": read_npy, ".csv": read_csv}
    reader = readers.get(options.samples.suffix.lower())
    if reader is None:
        raise ValueError(f"{options.samples}: a .pt, .npy or .csv file was wanted")
    if options.samples.exists() and not options.samples.is_file():    # a pipe would be waited for
        raise ValueError(f"{options.samples} is no file")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")    # of an empty file; what is wrong is said in a line
            points = reader(options.samples)
    except (OSError, MemoryError):
        raise
    except Exception as error:    # a damaged file breaks its reader in many ways
        why = f": {error}" if type(error) is ValueError and options.samples.suffix.lower() != ".pt" else ""
        raise ValueError(f"{options.samples} does not hold points that can be read{why}") from None
    result = judge(points)
    print(result)
    return 0 if result else 1


def _read_pt(path):
    enough_for(3 * path.stat().st_size, path)
    return unpacked(path.read_bytes())


@contextmanager
def prepared():
    """What grading needs of the program around it.

    Torch warns of what a submission does to nobody; SIGTERM and SIGHUP, unless
    they are ignored, end it in the way that Ctrl-C does, and none of them cuts the tidying short.
    """
    def stop(number, frame):
        for name in before:
            signal.signal(name, signal.SIG_IGN)
        if callable(before[number]):    # it notes which one came, for the exit code
            before[number](number, frame)
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
    """Add the commands."""
    single = add_command(commands, check)
    single.add_argument("notebook", type=file_name, metavar="PATH",
                        help="the notebook, or a folder of them; not changed")
    single.add_argument("--json", type=file_name, metavar="FILE", help="write the results for other programs")
    add_time_limit(single)

    final = add_command(commands, exam)
    final.add_argument("samples", type=file_name, metavar="FILE", help="the points, shape (n, 2)")
    final.epilog = EXAMPLES


def add_time_limit(parser):
    """Add the option, and examples of all commands of the kind."""
    parser.epilog = EXAMPLES
    parser.add_argument("--time-limit", type=rate, default=TIME_LIMIT, metavar="S",
                        help="seconds for a notebook (default: %(default)g); a cell may compute a sixth of them")
