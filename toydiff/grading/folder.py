"""What lies in the folder of a class: whatever was handed in, each with the student whose it is."""

import itertools
import os
from dataclasses import dataclass
from pathlib import Path

from . import archive, limits, naming, texts
from .submission import File, Unusable, is_notebook, read


@dataclass(frozen=True)
class Entry:
    """Something that was handed in, and becomes a row.

    student: "" where only the notebook itself can tell; place: where it lies, seen from the folder of the class;
    file: a File, or None where there is nothing to grade; trouble: why not.
    """

    student: str
    place: str
    file: File | None = None
    trouble: str = ""


def entries(folder, besides=None):
    """Return the Entries of a folder: one file a student, one folder a student, or zips of either; or of such a zip.

    besides: a folder to pass over. Raises ValueError for what is neither, or holds nothing that can be graded.
    """
    folder = Path(folder)
    if folder.suffix.lower() == ".zip" and folder.is_file():
        return _worth_grading(folder, of_class_zip(folder))
    if not folder.is_dir():
        raise ValueError(f"{folder} is {'a file, a folder was wanted' if folder.exists() else 'not there'}")
    found, inside = [], sorted(os.scandir(folder), key=lambda entry: entry.name.lower())
    beside = tuple(file for file in map(File, map(Path, inside)) if _is_module(file))
    for entry in inside:
        path = folder / entry.name
        if archive.hidden(entry.name) or besides is not None and _same(path, besides):
            continue
        if _is_link(path):
            found.append(Entry("", entry.name, trouble=texts.LINK))
        elif entry.is_dir():
            found += _of_student(path, entry.name)
        elif path.suffix.lower() == ".zip":
            found += _of_zip(path, entry.name)
        else:
            found.append(Entry(naming.of_learning_platform(entry.name), entry.name, File(path, beside=beside)))
    return _worth_grading(folder, found)


def _worth_grading(folder, found):
    if len(found) > limits.CLASS:
        raise ValueError(f"{folder} holds {len(found):,} things to grade, at most {limits.CLASS:,} are: share them out")
    if not any(entry.file and (is_notebook(entry.file.name.name) or entry.file.name.suffix.lower() == ".py")
               for entry in found):
        raise ValueError(f"{folder} holds no notebooks, neither itself nor in a folder for each student")
    return found


def _is_module(file):
    """Is it a script that others import, and not somebody's answers?"""
    if file.path.suffix != ".py" or _is_link(file.path) or not file.path.is_file():
        return False
    try:
        return not read(File(file.path, beside=()))
    except Unusable:
        return True


def _same(path, other):
    try:
        return os.path.samefile(path, other)
    except OSError:    # one of them is not there, or a link that leads nowhere
        return False


def _is_link(path):
    return path.is_symlink() or getattr(path, "is_junction", bool)()    # the latter on Windows, from Python 3.12 on


def _of_student(folder, place):
    """What is in the folder of a student and in those within: the notebooks, else the scripts, else that none is."""
    student, found, scripts = naming.of_folder(folder.name), [], []
    for path in _files(folder, 0):
        here = f"{place}/{path.relative_to(folder).as_posix()}"
        if _is_link(path):
            found += [Entry(student, here, trouble=texts.LINK)] if ".ipynb" in path.name.lower() else []
        elif ".ipynb" in path.name.lower():
            found.append(Entry(student, here, File(path)))
        elif path.suffix.lower() == ".zip":
            found += _of_zip(path, here, student)
        elif path.suffix.lower() == ".py":
            scripts.append(Entry(student, here, File(path)))
    return _first(found or scripts, student, place) or [Entry(student, place, trouble=texts.NO_NOTEBOOK)]


def _first(found, student, place):
    """Return some of what one student handed in, where it is more than anyone needs, and a row that says so."""
    if len(found) <= limits.OF_ONE:
        return found
    return [*found[:limits.OF_ONE], Entry(student, place, trouble=texts.too_many(len(found)))]


def _files(folder, level):
    """The files and links in a folder, and behind them those in the folders within, though not in very deep ones."""
    try:
        inside = sorted(path for path in folder.iterdir() if not archive.hidden(path.name))
    except OSError:
        return
    folders = [path for path in inside if not _is_link(path) and path.is_dir()]
    yield from (path for path in inside if path not in folders)
    for within in folders if level < limits.LEVELS else ():
        yield from _files(within, level + 1)


def of_student(folder):
    """Return the Entries of one student's folder: one at least, if only to say that nothing is in it."""
    return _of_student(Path(folder), Path(folder).name)


def of_class_zip(path):
    """Return the Entries of the zip of a whole class. Raises ValueError where it cannot be read."""
    try:
        archive.files(path)
    except archive.Unreadable as error:
        raise ValueError(f"{path} cannot be read: {error}") from error
    return _of_zip(path, path.name, whole=True)


def _of_zip(path, place, student="", whole=False):
    """What is in a zip: that of one student, or of a class as Moodle and Canvas pack it.

    whole: it is the class's, also where no name is such a system's: then each folder in it, or file, is a student's.
    """
    try:
        files = archive.files(path)
    except archive.Unreadable as error:
        return [Entry(student, place, trouble=str(error))]
    ours, sizes, found = {}, dict(files), []
    for name, _ in files:
        parts = name.replace("\\", "/").split("/")
        whose = next(filter(None, map(naming.of_learning_platform, parts)), "")
        ours.setdefault(whose or (parts[0] if whole and len(parts) > 1 else student), []).append(name)
    for whose, theirs in ours.items():
        scripts = [name for name in theirs if name.lower().endswith(".py")]
        notebooks = [name for name in theirs if ".ipynb" in name.lower()]
        student_of = whose or ("" if whole else naming.without_station(path.stem))
        each = whole and not whose    # each is somebody's, whatever it is
        of_the_class = each or whole and len(ours) == 1    # the latter: one folder, with all of them
        if not of_the_class and (why := archive.too_much([(name, sizes[name]) for name in theirs])):
            found.append(Entry(student_of, f"{place}/{theirs[0]}" if whose else place, trouble=why))
            continue
        handed_in = theirs if each else notebooks or scripts
        most = len(handed_in) if of_the_class else limits.OF_ONE
        for name in handed_in[:most]:
            beside = (File(path, other) for other in scripts if other != name
                      and os.path.dirname(other) == os.path.dirname(name))
            beside = tuple(itertools.islice(beside, limits.MODULES + 1))    # one more, which is said to be left out
            found.append(Entry(student_of, f"{place}/{name}", File(path, name, beside)))
        if len(handed_in) > most:
            found.append(Entry(student_of, place, trouble=texts.too_many(len(handed_in))))
        if not notebooks and not scripts and whose != student:    # one of a class, who is not to be lost
            nested = any(name.lower().endswith(".zip") for name in theirs)
            found.append(Entry(whose, f"{place}/{theirs[0]}", trouble=texts.ZIP_IN_ZIP if nested else texts.EMPTY_ZIP))
    nested = [name for name, _ in files if name.lower().endswith(".zip")] if not found else []
    return found or [Entry(student, place, trouble=texts.ZIP_IN_ZIP if nested else texts.EMPTY_ZIP)]
