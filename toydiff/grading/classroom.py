"""A class: a folder of submissions, graded several at a time."""

import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from . import submission
from .examiner import TIME_LIMIT, Report, grade


@dataclass(frozen=True)
class Row:
    """One notebook of one student."""

    student: str
    report: Report


def submissions(folder, besides=None):
    """Return [(student, path)] of a folder: one notebook a student, or one folder a student with several.

    student: "" where only the notebook itself can tell; path: the folder itself where there is no notebook in it;
    besides: a folder to pass over. Raises ValueError for what is no folder, or one without submissions.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ValueError(f"{folder} is {'a file, a folder was wanted' if folder.exists() else 'not there'}")
    found = []
    for path in sorted(folder.iterdir(), key=lambda path: path.name.lower()):
        if path.name.startswith((".", "_")) or besides is not None and path.resolve() == Path(besides).resolve():
            continue
        if path.is_dir():
            inside = sorted(file for file in path.rglob("*.ipynb") if file.is_file()
                            and not any(part.startswith(".") for part in file.relative_to(path).parts))
            found += [(path.name, file) for file in inside or [path]]
        elif path.suffix == ".ipynb":
            found.append(("", path))
    if not any(path.suffix == ".ipynb" for _, path in found):
        raise ValueError(f"{folder} holds no notebooks, neither itself nor in a folder for each student")
    return found


def grade_class(folder, jobs=2, time_limit=TIME_LIMIT, progress=lambda iterable, total: iterable, besides=None):
    """Return the Rows of a folder of submissions, sorted by student and notebook.

    jobs: how many at a time; progress: wraps the iterable of what is done, such as tqdm.
    Interrupted, it ends all that it started and raises KeyboardInterrupt.
    """
    todo, stop, rows = submissions(folder, besides), threading.Event(), []
    with ThreadPoolExecutor(jobs) as pool:
        futures = [pool.submit(_row, student, path, time_limit, stop) for student, path in todo]
        try:
            for future in progress(as_completed(futures), total=len(futures)):
                rows.append(future.result())
        except BaseException:
            stop.set()
            pool.shutdown(cancel_futures=True)
            raise
    return sorted(rows, key=lambda row: (row.student.lower(), row.report.notebook, row.report.path.name))


def _row(student, path, time_limit, stop):
    if path.is_dir():
        return Row(student, Report(path, trouble="no notebook in this folder"))
    try:
        report = grade(path, time_limit, stop)
    except Exception as error:    # whatever it is, the others are not to suffer from it
        report = Report(path, trouble=f"could not be graded ({type(error).__name__}: {str(error)[:100]})")
    return Row(student or submission.student(path, report.notebook), report)
