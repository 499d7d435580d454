"""The nursery: a process that has loaded what workers need, and forks off those of a class. On Linux alone.

    examiner --- nursery --- keeper --- worker

So a worker begins within milliseconds instead of seconds, and has a process, a session and a folder of its own all the
same. No submission runs here: each worker is born from the same clean state. Its keeper (keeper.py), forked off too, is
its parent: it knows how it ended, holds its number until the examiner has no more use for that, removes its folder.

multiprocessing's fork server does not fit: it imports the caller's `__main__` anew in every child, there is one for the
whole of a process until that ends, and it knows of no folder, group or pipe. Requests come in by a socket that is this
program's stdin (begin.py is its other end); whoever hangs up or is killed ends all that stands to the right of it.
"""

import contextlib
import gc
import json
import os
import signal
import socket
import sys
import tempfile

from . import keeper


def load():
    """Load what a worker needs, and what most submissions come to import. No thread may be begun by it."""
    from . import worker  # noqa: F401, I001 - first of all, for what it does to torch
    import sklearn.datasets  # noqa: F401 - the digits
    import torch._dynamo  # noqa: F401 - which the first step of an optimizer wants
    from ..notebook import plots  # noqa: F401


def _keep(control, stdin, stdout, program, folder, own):
    """Fork off the worker, tell how it ends, and end it where the examiner hangs up."""
    os.setsid()    # the signal to a worker's group, or to the nursery's, is not for us
    if not (pid := os.fork()):
        _work(control, stdin, stdout, program, folder, own)
    os.close(stdin)
    os.close(stdout)
    keeper.be_deaf()

    def tell(*_):
        ended = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if ended:
            code = ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status
            with contextlib.suppress(OSError):    # there is nobody to tell
                control.send(f"ended {code}".encode())

    signal.signal(signal.SIGCHLD, tell)
    tell()
    with contextlib.suppress(OSError):    # the examiner has hung up without having read it all
        while control.recv(100):
            pass
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.kill(pid, signal.SIGKILL)    # it may have had no time to have a group of its own
    keeper.end(pid)
    os.waitpid(pid, 0)
    keeper.remove(folder)


def _work(control, stdin, stdout, program, folder, own):
    """Become a worker, as it would be if Python had begun anew with this program in that folder."""
    os.setsid()
    control.send(f"begun {os.getpid()}".encode())
    control.close()
    for number, its in ((0, stdin), (1, stdout)):
        os.dup2(its, number)
        os.close(its)
    os.chdir(folder)
    os.environ.update(own)
    sys.argv, tempfile.tempdir = ["-c"], None
    if "numpy" in sys.modules:    # Python's own generator is seeded anew wherever it is forked
        sys.modules["numpy"].random.seed()
    exec(program, {"__name__": "__main__"})


def main():
    """Load, then fork off a keeper for each request, until the examiner hangs up."""
    examiner = socket.socket(fileno=os.dup(0))
    with open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), 0)
    load()
    gc.collect()
    gc.freeze()    # a collection in a worker is not to touch, and so to copy, what all share
    while True:
        request, numbers, *_ = socket.recv_fds(examiner, 1 << 16, 3)
        if not request:
            break
        if not os.fork():
            try:
                examiner.close()
                control, *pipes = numbers
                _keep(socket.socket(fileno=control), *pipes, *json.loads(request))
            finally:
                os._exit(1)
        for number in numbers:
            os.close(number)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
    signal.alarm(5)    # who has a large folder to remove does so alone
    with contextlib.suppress(ChildProcessError):
        while os.wait():
            pass


if __name__ == "__main__":
    main()
