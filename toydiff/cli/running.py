"""What a long command needs: to be alone on its file, and to be stopped between two steps, not within one."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress

try:
    from fcntl import LOCK_EX, LOCK_NB, flock
except ImportError:    # Windows
    import msvcrt


@contextmanager
def alone_on(path):
    """Keep other runs from the checkpoint `path` while the block runs; make its folder, if need be.

    The lock is the operating system's and dies with its process, however that dies. What a killed run left half
    written is removed; at the end so are the lock's file and the folders made here, if nothing was put into them.
    Raises ValueError where another run has the lock.
    """
    made = [folder for folder in path.absolute().parents if not folder.exists()]
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = path.with_name(f".{path.name}.lock")
    try:
        with open(lock, "ab") as file:
            _lock(file, path)
            for leftover in path.parent.iterdir():
                if re.fullmatch(rf"\.{re.escape(path.name)}(\.unfinished)?\.\d+\.part", leftover.name):
                    leftover.unlink()
            try:
                yield
            finally:
                if os.name == "nt":
                    file.close()    # Windows removes no open file; elsewhere the lock is held to the last
                with suppress(OSError):
                    lock.unlink()
    finally:
        with suppress(OSError):    # not empty
            for folder in made:
                folder.rmdir()


def _lock(file, path):
    try:
        flock(file, LOCK_EX | LOCK_NB) if os.name != "nt" else msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        still_there = os.path.samestat(os.fstat(file.fileno()), os.stat(file.name))    # its run may just have ended
    except (BlockingIOError, PermissionError, FileNotFoundError):
        still_there = False
    except OSError:    # a file system that knows no locks: better no lock than no training
        return
    if not still_there:
        raise ValueError(f"another run is writing {path}; wait for its end, or give another --checkpoint")


class Stop:
    """While its block runs, Ctrl-C, SIGTERM and SIGHUP leave their number in `signal`, no more, as long as `gently`.

    SIGHUP tells of a closed terminal, and is ignored under nohup. Then a step, or the writing of a file, is never cut
    in two. Otherwise they raise KeyboardInterrupt as well.
    """

    def __init__(self):
        self.signal, self.gently = None, True

    def __enter__(self):
        self.before = {number: signal.signal(number, self._note) for number in (signal.SIGINT, *to_end())}
        return self

    def __exit__(self, *error):
        for number, handler in self.before.items():
            signal.signal(number, handler)

    @contextmanager
    def at_once(self):
        """While this block runs a stop is not put off: nothing can be lost in it, and it may take long."""
        self.gently = False
        try:
            yield
        finally:
            self.gently = True

    def _note(self, number, frame):
        self.signal = number
        if not self.gently:
            raise KeyboardInterrupt


def to_end():
    """The signals, Ctrl-C apart, by which this process may be told to end: those that are there and not ignored."""
    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    return [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]


@contextmanager
def ended_as_by_ctrl_c():
    """While the block runs, all of them raise KeyboardInterrupt: what is half written is then taken away.

    Yields a list, in which the number of the one that came will stand.
    """
    heard, before = [], {}

    def stop(number, frame):
        heard.append(number)
        raise KeyboardInterrupt

    if threading.current_thread() is threading.main_thread():
        before = {number: signal.signal(number, stop) for number in to_end()}
    try:
        yield heard
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def speaking():
    """While the block runs, what cannot be said costs nothing but the words; yields the reasons, filled at the end.

    A pipe whose reader has gone, a full disk or a closed terminal then stops no work. Letters that the terminal lacks
    become "?". What was lost on stdout is told on stderr, in one line.
    """
    lost = []
    with redirect_stdout(Voice(sys.stdout)) as out, redirect_stderr(Voice(sys.stderr)) as err:
        try:
            yield lost
        finally:
            out.flush()
            if out.lost:
                print(f"toydiff: not all could be written to standard output: {out.lost}", file=err)
            err.flush()
            lost += filter(None, [out.lost, err.lost])


class Voice:
    """A stream that never raises: what it cannot write is dropped from then on, and `lost` says why."""

    def __init__(self, stream):
        self.stream, self.lost = stream or open(os.devnull, "w", encoding="utf-8"), None
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")

    def write(self, text):
        """Say text, if it can be said; return its length."""
        self._try(self.stream.write, text)
        return len(text)

    def flush(self):
        """Say now what the stream still holds."""
        self._try(self.stream.flush)

    def __getattr__(self, name):
        return getattr(self.stream, name)

    def _try(self, what, *text):
        if self.lost:
            return
        try:
            what(*text)
        except (OSError, ValueError) as error:    # ValueError: it was closed
            self.lost = getattr(error, "strerror", None) or str(error)
            with suppress(OSError, ValueError):    # or Python tries again what is still in the buffer, as it ends
                os.dup2(os.open(os.devnull, os.O_WRONLY), self.stream.fileno())


def command_line(*arguments):
    """Return a toydiff command to copy into a shell: as `toydiff`, where that is found, else by this Python."""
    start = ["toydiff"] if shutil.which("toydiff") else [sys.executable, "-m", "toydiff"]
    words = [*start, *map(str, arguments)]
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)
