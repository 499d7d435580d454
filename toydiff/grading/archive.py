"""A zip that was handed in. It is read where it lies, file by file: nothing is unpacked to anywhere."""

import contextlib
import io
import re
import zipfile

from . import limits


class Unreadable(ValueError):
    """A zip of which nothing, or one file of which, cannot be read; the message says why, in one line."""


def files(path):
    """Return (name, bytes it comes to) of each file in a zip, but for a system's own. Raises Unreadable.

    Of several of one name it is the last, as for whoever unpacks it.
    """
    with _opened(path, "no zip, or a damaged one") as archive:
        return list({info.filename: info.file_size for info in archive.infolist()
                     if not info.is_dir() and not hidden(info.filename)}.items())


def too_much(files):
    """Return why these files are more than one student may hand in, or ""."""
    if len(files) > limits.ENTRIES:
        return f"a zip of more than {limits.ENTRIES} files"
    much = sum(size for _, size in files) > limits.UNPACKED
    return f"a zip of more than {limits.UNPACKED >> 30} GB, unpacked" if much else ""


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
            return b"".join(iter(lambda: file.read(1 << 20), b""))


@contextlib.contextmanager
def _opened(path, complaint):
    """The zip, open; whatever goes wrong with it in the block is an Unreadable."""
    try:
        if not path.is_file():    # to read a pipe may never end
            raise Unreadable("a device or a pipe, no zip" if path.exists() else "not there")
        with _Bounded(open(path, "rb", buffering=0)) as file, zipfile.ZipFile(file) as archive:
            yield archive
    except Unreadable:
        raise
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror or error}") from error
    except Exception as error:    # a broken zip breaks its reader in many ways
        raise Unreadable(complaint) from error


class _Bounded(io.BufferedReader):
    """A file of which nobody reads much at once: zipfile reads the list of all files so, however long it says it is."""

    def read(self, size=-1, /):
        if (size or 0) > limits.DIRECTORY:
            raise Unreadable("a zip of too many files")
        return super().read(size)
