"""The file of a checkpoint: a line of text, then what torch saves of plain values and tensors.

It is written whole or not at all, and read without running any code that might hide in it. The first line is
"toydiff checkpoint", the format version and the SHA-256 of all else (before version 3: of what follows the line):
torch.load alone would not notice a flipped bit in a weight. Nothing in it is compressed, and no tensor in it claims
more numbers than the file holds, so that it cannot grow while it is read, nor afterwards.
"""

import hashlib
import io
import math
import os
import warnings
import zipfile
from pathlib import Path

import torch

from .files import write_whole
from .memory import enough_for

FORMAT, VERSION = "toydiff checkpoint", 3
AGAIN = "train again or take another copy"
VALUES = 100_000    # in one file; of a run under way there are some hundred


class CheckpointError(ValueError):
    """A checkpoint that cannot be written or read; the message says why and what to do."""


def unfinished(path):
    """Return where the checkpoint of a run under way lies, whose finished model will be at `path`."""
    return Path(path).with_name(f"{Path(path).name}.unfinished")


def write(path, content):
    """Write a dict of plain values and tensors. Raises CheckpointError where that fails; an older file is then kept."""
    body = io.BytesIO()
    torch.save(content, body)
    body = body.getvalue()
    header = f"{FORMAT} {VERSION} {_checksum(b'%d' % VERSION, body)}\n".encode()
    try:
        write_whole(path, lambda file: file.write(header + body))
    except OSError as error:
        raise CheckpointError(f"cannot write checkpoint {path}: {error.strerror or error}") from error


def read(path):
    """Return the dict in a file, as of the newest format. Raises CheckpointError for what is no whole checkpoint."""
    header, body = _opened(Path(path))
    if not header:
        raise CheckpointError(f"{path} is empty; {AGAIN}")
    if body is None:
        raise CheckpointError(f"{path} was not written by `toydiff train`, or is damaged; {AGAIN}")
    version, _, checksum = header[len(FORMAT) + 1:].strip().partition(b" ")
    if version.isdigit() and int(version) > VERSION:
        raise CheckpointError(f"{path} has format version {int(version)}, this toydiff reads {VERSION}; "
                              "install a newer toydiff")
    if version not in (b"1", b"2", b"3") or checksum != _checksum(version, body).encode():
        raise CheckpointError(f"{path} is damaged or cut short: its checksum does not fit; {AGAIN}")
    try:
        content = unpacked(body)
        if not isinstance(content, dict):
            raise ValueError("no dict")
        if "cells_per_side" in content:    # of format 1 or 2: a board, nothing else
            content |= {"options": {"hidden": content["hidden"]}, "kind": "board", "objective": "noise",
                        "data": {"cells_per_side": content["cells_per_side"]}, "sampler": {}}
        return content
    except Exception as error:    # a right checksum over wrong content: made by hand, or to do harm
        raise strange(path, error) from error


def _opened(path):
    """The first line of a file, and all that follows it where the file is ours, else None."""
    if path.is_dir():
        raise CheckpointError(f"{path} is a folder, not a checkpoint")
    if path.exists() and not path.is_file():    # a pipe would be waited for
        raise CheckpointError(f"{path} is a device or a pipe, not a checkpoint")
    try:
        with open(path, "rb") as file:
            header = file.readline(200)
            if not header.startswith(FORMAT.encode() + b" "):
                return header, None
            enough_for(3 * os.fstat(file.fileno()).st_size, path)    # with holes in it, it is short on the disk alone
            return header, file.read()
    except FileNotFoundError as error:
        there = f", only {unfinished(path)}, of a run that did not end" if unfinished(path).exists() else ""
        way = f"`toydiff train {'--resume ' if there else ''}--checkpoint {path}`"
        raise CheckpointError(f"there is no checkpoint {path}{there}; {way} makes one") from error
    except OSError as error:
        raise CheckpointError(f"cannot read checkpoint {path}: {error.strerror or error}") from error


def _checksum(version, body):
    start = b"" if version in (b"1", b"2") else b"%s %s " % (FORMAT.encode(), version)
    return hashlib.sha256(start + body).hexdigest()


def strange(path, error):
    """The CheckpointError of a file whose content is not what `toydiff train` writes."""
    what = str(error) if type(error) in (ValueError, TypeError) and len(str(error)) < 150 else type(error).__name__
    return CheckpointError(f"{path} does not hold a model that toydiff can read ({' '.join(what.split())}); {AGAIN}")


def unpacked(body):
    """Return what torch has saved in these bytes, plain values and tensors. Raises an error of any kind for others."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:    # an older pickle is none
        members = archive.infolist()
    if any(member.compress_type != zipfile.ZIP_STORED for member in members) \
            or sum(member.file_size for member in members) > len(body):
        raise ValueError("a packed member")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")    # of tensors that no one wants
        content = torch.load(io.BytesIO(body), map_location="cpu", weights_only=True)
    _look_through(content, 4 * len(body))    # some may be the same, as weights and their average at the start
    return content


def _look_through(content, most):
    """Raise ValueError where the values are too many, one within the other, or tensors claim more than `most` bytes.

    A list may hold another twice and that again another twice; a tensor may repeat one number a billion times.
    """
    todo, count, size = [content], 0, 0
    while todo:
        value, count = todo.pop(), count + 1
        if isinstance(value, torch.Tensor):
            if value.layout != torch.strided or value.device.type != "cpu" or value.is_quantized or value.is_nested:
                raise ValueError("a tensor of an unusual kind")
            repeats = value.nbytes > value.untyped_storage().nbytes()    # one number in many places: no run writes that
            size += math.inf if repeats else value.nbytes
        elif isinstance(value, (dict, list, tuple)):
            todo += value.values() if isinstance(value, dict) else value
        if count + len(todo) > VALUES or size > most:
            raise ValueError("values that claim more room than the file has")
