"""`toydiff check` and `toydiff class`: which exercises a notebook, or a folder of submissions, solves."""

import datetime
import json
import os
import sys
from pathlib import Path

from tqdm import tqdm

from ..support.files import writable, write_whole
from .options import add_command, count, rate

EXAMPLES = """examples:
  toydiff check 02_forward_process.ipynb
  toydiff check 02_forward_process.ipynb --json result.json
  toydiff class submissions --output graded --jobs 4
"""


def check(options):
    """Run a notebook in a fresh process and say exercise by exercise what holds; exit code 0 if all does, else 1."""
    # here, so that the other commands need not load the checks
    from .. import grading

    _speak_utf8()
    if options.json:
        writable(options.json)
    report = grading.grade(options.notebook, options.time_limit)
    if not report.notebook:
        raise ValueError(f"{options.notebook}: {report.trouble}")
    print(grading.one(report))
    if options.json:
        text = json.dumps(report.to_dict(), indent=2, ensure_ascii=False) + "\n"
        write_whole(options.json, lambda file: file.write(text.encode(errors="backslashreplace")))
    return 0 if report.complete else 1


def grade_class(options):
    """Grade a folder of submissions, one notebook or one folder a student; print a table, write class.csv and .html."""
    from .. import grading

    _speak_utf8()
    for name in ("class.csv", "class.html"):
        writable(options.output / name)

    def progress(done, total):
        return tqdm(done, total=total, unit="notebook")

    rows = grading.grade_class(options.folder, options.jobs, options.time_limit, progress, besides=options.output)
    print(grading.table(rows))
    when = datetime.datetime.now().strftime("%Y-%m-%d %H:%M")
    page = grading.page(rows, f"Where the class is: {options.folder.resolve().name}", when)
    page = page.encode(errors="backslashreplace")    # one student's odd name is not to cost the class its page
    for name, content in (("class.csv", grading.to_csv(rows)), ("class.html", page)):
        write_whole(options.output / name, lambda file, content=content: file.write(content))
        print(f"Saved {options.output / name}")


def _speak_utf8():
    """A Windows console that has no ✓ prints a ?, and the table goes on."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")


def add(commands):
    """Add the commands."""
    parser = add_command(commands, check)
    parser.add_argument("notebook", type=Path, metavar="PATH.ipynb", help="the notebook; it is not changed")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results for other programs")

    whole = add_command(commands, grade_class, "class")
    whole.add_argument("folder", type=Path, metavar="FOLDER", help="the submissions; they are not changed")
    whole.add_argument("--output", type=Path, metavar="DIR", default=Path("graded"),
                       help="where to write class.csv and class.html (default: %(default)s)")
    whole.add_argument("--jobs", type=count, default=os.cpu_count() or 2, metavar="N",
                       help="how many at a time (default: one for each CPU)")
    for one in (parser, whole):
        one.epilog = EXAMPLES
        one.add_argument("--time-limit", type=rate, default=180.0, metavar="S",
                            help="seconds of running for a notebook (default 180); a cell may take a sixth of it")
