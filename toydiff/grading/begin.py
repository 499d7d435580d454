"""How a worker's process begins and ends: anew, by Python's start, or forked off by a nursery, which is faster.

Both are used as a subprocess.Popen is, with `pid`, `stdin`, `stdout`, `poll` and `wait`, and both have `end`.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time

from . import keeper, limits

LOOK = 0.1    # seconds between two looks whether something goes on
ENVIRONMENT = {"MPLBACKEND": "Agg", "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1", "PYTHONUTF8": "1",
               "TORCHDYNAMO_DISABLE": "1",    # what torch.compile is given stays as it is
               "TOYDIFF_UNSEEN": "1"}         # no picture is drawn that nobody would see


def _apart(command, **options):
    """Start a program that no Ctrl-C of ours reaches, as a Popen."""
    group = {"start_new_session": True} if os.name == "posix" else {
        "creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return subprocess.Popen(command, stderr=subprocess.DEVNULL, **group, **options)


class Anew:
    """A worker that Python was started for, with a keeper beside it."""

    def __init__(self, program, folder, own):
        self.process = _apart([sys.executable, "-P", "-c", program], cwd=folder, env=os.environ | ENVIRONMENT | own,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.pid, self.stdin, self.stdout = self.process.pid, self.process.stdin, self.process.stdout
        self.poll, self.wait = self.process.poll, self.process.wait
        try:
            self.keeper = _apart([sys.executable, "-I", "-S", keeper.__file__, str(self.pid), str(folder)],
                                 stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        except BaseException:
            keeper.end(self.pid)
            self.wait()
            raise

    def end(self, patience):
        """Kill it with its group, have its folder removed; return False if that takes longer than so many seconds."""
        keeper.end(self.pid)
        self.wait()
        with contextlib.suppress(OSError):
            self.keeper.stdin.write(keeper.ENDED)
        with contextlib.suppress(OSError):
            self.keeper.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.keeper.wait(patience)
        return self.keeper.poll() is not None


class Forked:
    """A worker that was forked off, as its keeper tells of it by the socket `control`."""

    def __init__(self, control, stdin, stdout):
        self.control, self.stdin, self.stdout, self.pid, self.code = control, stdin, stdout, None, None

    def has_begun(self, stop):
        """Wait for that, for as long as torch may take to be loaded, or until `stop` is set. Has it?"""
        end = time.monotonic() + limits.START
        while not stop.is_set() and time.monotonic() < end:
            if (said := self._said(LOOK)) is not None:
                word, _, number = said.partition(b" ")
                self.pid = int(number) if word == b"begun" else None
                break
        return self.pid is not None

    def poll(self):
        """Return how it ended, as Popen does, None while it lives."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.code

    def wait(self, timeout=None):
        """Return how it ended; where its keeper was killed, that was from outside. Raises TimeoutExpired."""
        if self.code is None:
            if (said := self._said(timeout)) is None:
                raise subprocess.TimeoutExpired("worker", timeout)
            self.code = int(said.split()[1]) if said else -signal.SIGKILL
        return self.code

    def _said(self, timeout):
        """What the keeper says next, b"" where it has ended, None where it says nothing for so many seconds."""
        self.control.settimeout(timeout)
        try:
            return self.control.recv(100)
        except (TimeoutError, BlockingIOError):
            return None
        except OSError:
            return b""

    def end(self, patience):
        """The same as Anew.end."""
        keeper.end(self.pid)
        with contextlib.suppress(OSError):    # nobody is there
            self.control.shutdown(socket.SHUT_WR)    # so its keeper sees to the rest, and then hangs up
        while said := self._said(patience):
            pass
        self.control.close()    # and no pipe: to close what a thread still reads would wait for that
        return said is not None


class Nursery:
    """The examiner's end of a nursery.py. Use it in a `with`; its process starts when the first worker is wanted.

    Where there is none (not on Linux), or none any more (a submission may have killed it), workers begin anew.
    """

    def __init__(self):
        self.process, self.line, self.lock, self.lost = None, None, threading.Lock(), sys.platform != "linux"

    def __enter__(self):
        return self

    def __exit__(self, error, *_):
        self.lost = True
        if self.process:
            self.line.close()
            with contextlib.suppress(subprocess.TimeoutExpired):    # it waits for its keepers, who can do without it
                self.process.wait(0 if error else limits.GRACE)
            self.process.kill()
            self.process.wait()

    def begin(self, program, folder, own, stop):
        """Return a Forked that runs a program, a text, or None.

        own: what is added to the environment; stop: a threading.Event that ends the waiting.
        """
        with self.lock:
            if self.process is None and not self.lost:
                self._open()
        if self.lost:
            return None
        control, its_control = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        (its_stdin, stdin), (stdout, its_stdout) = os.pipe(), os.pipe()
        forked, its = Forked(control, os.fdopen(stdin, "wb"), os.fdopen(stdout, "rb")), (its_stdin, its_stdout)
        with its_control, contextlib.suppress(OSError):    # nobody is there
            socket.send_fds(self.line, [json.dumps([program, str(folder), own]).encode()],
                            [its_control.fileno(), *its])
        for number in its:
            os.close(number)
        if forked.has_begun(stop):
            return forked
        self.lost = True
        for end in (control, forked.stdin, forked.stdout):
            end.close()
        return None

    def _open(self):
        self.line, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with its:
            self.process = _apart([sys.executable, "-P", "-m", f"{__package__}.nursery"], stdin=its, cwd=os.sep,
                                  stdout=subprocess.DEVNULL, env=os.environ | ENVIRONMENT)
