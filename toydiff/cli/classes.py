"""`toydiff class` and `toydiff join`: which exercises a folder of submissions solves, in the school's own forms."""

import argparse
import datetime
import sys
import time
from pathlib import Path

from tqdm import tqdm

from ..grading import TIME_LIMIT
from ..support.files import not_over, writable, write_whole
from .grade import add_time_limit, prepared, same_file
from .options import add_command, count, file_name
from .running import command_line

FORMATS = ("csv", "moodle", "gradescope", "html", "json")
GRADED, AUTOGRADER = Path("graded"), Path("autograder.zip")


def grade_class(options):
    """Grade a folder of submissions, or a zip of them: print a table, and write what is asked for, as it comes."""
    from .. import grading  # here, so that the other commands need not load the checks
    from ..grading import saved
    from ..grading.classroom import processors

    if options.autograder:
        return _autograder(options)
    if options.folder is None:
        raise ValueError("FOLDER is missing: the submissions")
    output, (number, of) = options.output or GRADED, options.part
    if same_file(options.folder, output):
        raise ValueError(f"{output} is the folder of the submissions; choose another for what is written")
    if output.is_dir() and any(file.suffix.lower() == ".ipynb" for file in output.iterdir()):
        raise ValueError(f"{output} holds a notebook, it is somebody's: choose another folder for what is written")
    folder = output / f"part-{number}-of-{of}" if of > 1 else output
    results = Results(folder, options.folder.resolve().name, options)
    half = folder / saved.UNFINISHED
    go_on = command_line("class", options.folder, "--output", output, "--resume",
                         *(["--part", f"{number}/{of}"] if of > 1 else []), *_as_given(options))
    if half.exists() and not options.resume:
        raise ValueError(f"{half} holds a class that was not graded to its end: go on by `{go_on}`, or delete it")

    def journal(entries):
        return saved.Journal(folder, {"time_limit": options.time_limit, "part": f"{number}/{of}", "entries": entries},
                             options.resume)

    def progress(done, total):
        return tqdm(done, total=total, unit="notebook")

    with prepared():
        try:
            rows = grading.grade_class(options.folder, options.jobs or processors(), options.time_limit, progress,
                                       besides=output, each=results.note, part=options.part, journal=journal,
                                       draw=True)
            print(grading.table(rows))
        except KeyboardInterrupt:
            print(f"\nTo go on with what is left: {go_on}", file=sys.stderr)
            raise
        finally:
            results.write()
    if of > 1:
        print(f"When all {of} parts are done: {command_line('join', output)}")


def _as_given(options):
    """The options without which the same call would write something else, or refuse to go on."""
    given = [("--format", ",".join(options.format or ())), ("--points", options.points),
             ("--worksheet", options.worksheet), ("--jobs", options.jobs),
             ("--time-limit", options.time_limit if options.time_limit != TIME_LIMIT else None)]
    return [word for name, value in given if value for word in (name, value)]


def join(options):
    """Put the parts of a class together that `toydiff class --part` has graded, on one machine or on several."""
    from .. import grading
    from ..grading import saved
    from ..grading.classroom import in_order

    results = Results(options.output or options.folder, options.folder.resolve().name, options)
    results.rows = in_order(saved.join(options.folder))
    print(grading.table(results.rows))
    results.write()


def _autograder(options):
    from ..grading import autograder
    from ..grading.points import Points, read

    if options.folder is not None:
        raise ValueError(f"--autograder makes a zip for Gradescope and grades nothing: leave out {options.folder}")
    path = options.output or AUTOGRADER
    writable(path)
    not_over(path, options.autograder, options.points)
    notebook = autograder.which(options.autograder)
    points = read(options.points) if options.points else Points()
    content = autograder.build(notebook, points, options.time_limit)
    write_whole(path, lambda file: file.write(content))
    print(f"Saved {path}: the autograder of {notebook}, {len(content) / 1e6:.1f} MB")


class Results:
    """The files of a class. They are written while it is graded, so that nothing done is lost, but not too often.

    Without --format they are class.csv and class.html; else their names begin with the format's.
    """

    def __init__(self, folder, title, options):
        from ..grading import formats, moodle, points, saved

        self.folder, self.title, self.rows, self.next = folder, title, [], 0.0
        self.formats = options.format or ("csv", "html")
        self.short = not options.format
        self.points = points.read(options.points) if options.points else points.Points()
        self.worksheet = moodle.read_worksheet(options.worksheet) if options.worksheet else None
        students = formats.each_student(self.formats, [], self.points, "")    # of no rows
        for name in (saved.NAME, saved.UNFINISHED, *self._overviews(), *students):
            writable(folder / name)
            not_over(folder / name, options.points, options.worksheet)

    def note(self, rows):
        """Take the rows there are, and write them if that takes a small part of the time."""
        self.rows, start = rows, time.monotonic()
        if start >= self.next:
            self._save(self._overviews())
            self.next = time.monotonic() + 20 * (time.monotonic() - start)

    def write(self):
        """Write the rows, unless there are none, and say so."""
        from ..grading import formats

        if not self.rows:
            return
        for path in self._save(self._overviews()):
            print(f"Saved {path}")
        if self.short:
            return
        made = formats.each_student(self.formats, self.rows, self.points, self.title, self.worksheet)
        paths = self._save(made)
        for path in dict.fromkeys(path if path.parent == self.folder else path.parent for path in paths):
            print(f"Saved {path}")

    def _overviews(self):
        from ..grading import formats

        when = datetime.datetime.now().strftime("%Y-%m-%d %H:%M")
        made = formats.overviews(self.formats, self.rows, self.points, self.title, when)
        return {name.partition("_")[2] if self.short else name: content for name, content in made.items()}

    def _save(self, made):
        for name, content in made.items():
            write_whole(self.folder / name, lambda file, content=content: file.write(content))
        return [self.folder / name for name in made]


def _formats(text):
    """Read "csv,moodle"."""
    names = [name.strip() for name in text.split(",")]
    if unknown := [name for name in names if name not in FORMATS]:
        raise argparse.ArgumentTypeError(f"{unknown[0]!r} is none of {', '.join(FORMATS)}")
    return tuple(dict.fromkeys(names))


def _part(text):
    """Read "2/5"."""
    number, slash, of = text.partition("/")
    if not (slash and number.isascii() and number.isdigit() and of.isascii() and of.isdigit()
            and 1 <= int(number) <= int(of) < 10_000):
        raise argparse.ArgumentTypeError(f"{text!r} is no part such as 2/5, the second of five")
    return int(number), int(of)


def add(commands):
    """Add the commands."""
    parser = add_command(commands, grade_class, "class")
    parser.add_argument("folder", type=file_name, metavar="FOLDER", nargs="?",
                        help="the submissions, or the zip of them that Moodle or Canvas makes; they are not changed")
    parser.add_argument("--jobs", type=count, metavar="N",
                        help="how many at a time (default: one for each processor that may be used)")
    parser.add_argument("--part", type=_part, default=(1, 1), metavar="K/N",
                        help="only this part, such as 2/5; the others on other machines, then toydiff join")
    parser.add_argument("--resume", action="store_true",
                        help="go on with a class that was stopped; what was graded is not asked again")
    parser.add_argument("--autograder", type=file_name, metavar="NOTEBOOK",
                        help="grade nothing, but write the zip of an autograder for Gradescope; NOTEBOOK is a name "
                             "such as 02_forward_process, or the file")
    _add_what_is_written(parser, f"where to write (default: {GRADED}; with --autograder: {AUTOGRADER})")
    add_time_limit(parser)

    parser = add_command(commands, join)
    parser.add_argument("folder", type=file_name, metavar="FOLDER", help="the folder in which the parts' folders lie")
    _add_what_is_written(parser, "where to write (default: FOLDER)")


def _add_what_is_written(parser, where):
    parser.add_argument("--output", type=file_name, metavar="DIR", help=where)
    parser.add_argument("--format", type=_formats, metavar="LIST",
                        help=f"what to write, separated by commas: {', '.join(FORMATS)} (default: class.csv and "
                             "class.html alone)")
    parser.add_argument("--points", type=file_name, metavar="FILE",
                        help="a file of lines such as forward_process.snr,2 (default: 1 for each exercise)")
    parser.add_argument("--worksheet", type=file_name, metavar="FILE",
                        help="the grading worksheet downloaded from Moodle, for --format moodle: it is filled in")
