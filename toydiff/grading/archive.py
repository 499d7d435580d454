"""A zip that was handed in. It is read where it lies, file by file: nothing is unpacked to anywhere."""

import contextlib
import re
import zipfile

from . import limits


class Unreadable(ValueError):
    """A zip of which nothing, or one file of which, cannot be read; the message says why, in one line."""


def names(path):
    """Return the names of the files in a zip, but for those that a system puts there by itself. Raises Unreadable."""
    with _opened(path, "no zip, or a damaged one") as archive:
        files = [info for info in archive.infolist() if not info.is_dir()]
        if sum(info.file_size for info in files) > limits.UNPACKED:
            raise Unreadable(f"a zip of more than {limits.UNPACKED >> 30} GB, unpacked")
        return [info.filename for info in files if not hidden(info.filename)]


def hidden(name):
    """Is it a file of the system's, or in a folder of such?"""
    return any(part.startswith(".") and part != ".." or part in ("__MACOSX", "__pycache__")
               for part in re.split(r"[/\\]", name))


def content(path, name, most):
    """Return the bytes of one file in a zip, if that tells of no more than `most`. Raises Unreadable."""
    with _opened(path, "damaged: it cannot be unpacked") as archive:
        info = archive.getinfo(name)
        if info.flag_bits & 1:
            raise Unreadable("locked by a password")
        if info.file_size > most:
            raise Unreadable(f"larger than {most // 10**6} MB: clear the outputs and save again")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):    # others know no measure
            raise Unreadable("packed in an unusual way; unpack it, or hand in the notebook itself")
        with archive.open(info) as file:    # which gives no more than file_size
            return file.read(most)


@contextlib.contextmanager
def _opened(path, complaint):
    """The zip, open; whatever goes wrong with it in the block is an Unreadable."""
    try:
        if not path.is_file():    # to read a pipe may never end
            raise Unreadable("a device or a pipe, no zip" if path.exists() else "not there")
        if path.stat().st_size > limits.UNPACKED or _count(path) > limits.ENTRIES:    # before all are read into memory
            raise Unreadable(f"a zip of more than {limits.ENTRIES} files, or of more than {limits.UNPACKED >> 30} GB")
        with zipfile.ZipFile(path) as archive:
            yield archive
    except Unreadable:
        raise
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror or error}") from error
    except Exception as error:    # a broken zip breaks its reader in many ways
        raise Unreadable(complaint) from error


def _count(path):
    """At least how many files its directory tells of: each begins with the same four bytes."""
    count, end = 0, b""
    with open(path, "rb") as file:
        while piece := file.read(1 << 20):
            count += (end + piece).count(b"PK\1\2")
            end = piece[-3:]
    return count
