"""What stays behind a worker: it removes the worker's folder, also where the examiner has vanished, however.

Run as a program, with the worker's number and its folder, it waits for the end of its stdin: the examiner closes that,
or else the system does. It needs nothing but Python itself, and starts at once. Behind a worker that was forked off
stands one of nursery.py.
"""

import contextlib
import itertools
import os
import signal
import sys
import time

PATIENCE = 600      # seconds for one folder
ENDED = b"ended"    # said by an examiner who has ended the worker himself: its number may be another's by now


def end(number):
    """Kill a process and, where there are such, its group: all its children that did not leave it."""
    with contextlib.suppress(OSError):    # it has ended
        os.killpg(number, signal.SIGKILL) if os.name == "posix" else os.kill(number, signal.SIGTERM)


def remove(folder):
    """Remove a folder with all that is in it, however deep and whatever may be done with it. Raises nothing.

    What lies in a folder within is moved up before that is removed, so no path grows long and nothing calls itself.
    """
    end_of_patience, names = time.monotonic() + PATIENCE, itertools.count()
    _open(folder)
    while os.path.isdir(folder) and time.monotonic() < end_of_patience:    # somebody may still be writing into it
        moved = False
        with contextlib.suppress(OSError):
            for entry in list(os.scandir(folder)):
                moved |= _remove(entry, lambda: os.path.join(folder, f"up-{os.getpid()}-{next(names)}"))
        with contextlib.suppress(OSError):
            os.rmdir(folder)
            return
        if not moved:
            return


def _remove(entry, new_name):
    """Remove a file, or a folder, whose own folders get new names above. Was that possible?"""
    try:
        if not entry.is_dir(follow_symlinks=False):
            os.unlink(entry.path)
            return True
        _open(entry.path)
        for inner in list(os.scandir(entry.path)):
            if inner.is_dir(follow_symlinks=False):
                _open(inner.path)
                os.rename(inner.path, new_name())
            else:
                os.unlink(inner.path)
        os.rmdir(entry.path)
        return True
    except OSError:
        return False


def _open(folder):
    with contextlib.suppress(OSError):
        os.chmod(folder, 0o700)


def be_deaf():
    """Hear none of the signals that ask a program to end."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)


def main():
    """Wait, then end the worker and remove its folder."""
    be_deaf()
    number, folder = sys.argv[1:]
    said = b""
    while piece := os.read(0, 100):
        said += piece
    if said != ENDED:
        end(int(number))
    remove(folder)


if __name__ == "__main__":
    main()
