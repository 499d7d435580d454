"""Files: written whole or not at all, and asked about before the work that is to fill them."""

import os
from contextlib import contextmanager
from pathlib import Path

from .images import SUFFIXES

OF_A_FOLDER = (".ipynb", ".py", ".zip", *SUFFIXES)    # what is read of a folder


def writable(path):
    """Complain before the work, not after it, if `path` cannot be written; nothing is made yet."""
    if path.is_dir():
        raise ValueError(f"{path} is a folder, a file name was wanted")
    if path.exists() and not path.is_file():
        raise ValueError(f"{path} is a device or a pipe, a file name was wanted")
    there = next(folder for folder in path.absolute().parents if folder.exists())
    if not there.is_dir():
        raise ValueError(f"{path} cannot be written: {there} is a file, a folder was wanted")
    if not os.access(there, os.W_OK):
        raise ValueError(f"{path} cannot be written: no permission in the folder {there}")


def not_over(path, *read):
    """Raise ValueError where `path`, which is to be written, is a file that is read, perhaps by another name.

    read: paths, or None. Of a folder that is read it may be no notebook, script, zip or picture.
    """
    for other in read:
        if other is None or not path.exists() or not other.exists():
            continue
        within = other.is_dir() and other.resolve() in path.resolve().parents and path.suffix.lower() in OF_A_FOLDER
        if within or os.path.samefile(path, other):
            raise ValueError(f"{path} is {'in ' if within else ''}what is read: {other}; choose another file")


@contextmanager
def named(path):
    """Let an OSError in the block name `path`: one of a full disk names no file, and NumPy's not even the disk."""
    try:
        yield
    except OSError as error:
        why = error.strerror or f"no room on the disk, it seems ({error})"
        raise OSError(error.errno, why, str(path)) from error


def write_whole(path, write):
    """Call write(file) on a temporary file beside `path`, then rename: `path` is complete or untouched.

    Raises OSError, which names `path`, where the file cannot be written.
    """
    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder, a file name was wanted")
    if path.exists() and not path.is_file():    # renaming would put a file in the place of /dev/null
        raise OSError(f"{path} is a device or a pipe, a file name was wanted")
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with named(path), open(temporary, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
