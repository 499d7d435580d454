"""A worker as the examiner sees it: started in a folder of its own, watched, asked with a deadline, ended for good."""

import queue
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from ..checks.engine import guard
from . import keeper, limits, message, texts
from .begin import LOOK, Anew
from .watch import usage


class Gone(Exception):
    """The worker ended, fell silent or answered nonsense; the text says which, in words that follow "it".

    killed: by a signal, as another program sends it.
    """

    def __init__(self, why, killed=False):
        super().__init__(why)
        self.killed = killed


class Stopped(Exception):
    """Whoever began the grading wants no more of it."""


def too_long(seconds, most, computed, passed):
    """Return what is said of a worker that has computed and waited for so long, "" as long as it may go on.

    It stops its work itself, once that has computed for `seconds`; here is seen to what it does beside that.
    """
    passed_by = passed - limits.GRACE
    if computed > 2 * seconds + limits.GRACE or computed > seconds and passed_by > guard.PATIENCE * seconds:
        return texts.too_long(seconds)
    waits = passed_by > max(guard.PATIENCE * seconds, guard.STARVED * computed)
    late = most is not None and passed_by > most
    return texts.too_long(seconds, (computed, passed)) if waits or late else ""


class WorkerProcess:
    """One worker. Use it in a `with`: at the end the process and its children are killed, its folder removed.

    modules: Files to copy into its folder; stop: a threading.Event that ends all waiting; nursery: a begin.Nursery that
    may fork it off. left_out: the names of modules that could not be copied.
    """

    program = f"from {__package__}.worker import main\nmain()"    # what Python is told to run

    def __init__(self, modules=(), stop=None, nursery=None):
        self.stop, self.requests, self.answers = stop or threading.Event(), queue.SimpleQueue(), queue.SimpleQueue()
        self.folder, self.left_out, self.process = Path(tempfile.mkdtemp(prefix="toydiff-")), [], None
        try:
            self._copy(modules)
            scratch = self.folder / ".scratch"
            scratch.mkdir()
            own = dict.fromkeys(("IPYTHONDIR", "TMPDIR", "TEMP", "TMP", "TORCHINDUCTOR_CACHE_DIR"), str(scratch))
            self.process = (nursery and nursery.begin(self.program, self.folder, own, self.stop)) or Anew(
                self.program, self.folder, own)
            threading.Thread(target=self._exchange, daemon=True).start()
        except BaseException:
            self.close()
            raise

    def _copy(self, modules):
        for count, file in enumerate(modules):
            if not file.name.stem.isidentifier():    # no one can import it
                continue
            try:
                if count >= limits.MODULES:
                    raise ValueError
                (self.folder / file.name.name).write_bytes(file.content(limits.BESIDE))
            except (OSError, ValueError):    # one that cannot be read costs only those who import it
                self.left_out.append(file.name.name)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def ask(self, seconds, kind, *args, most=None):
        """Send a request and return the reply, a dict. Raises Gone if there is none.

        seconds: of computing that it may take, and by the clock so many times as long as in `guard.over`: where many
        share a processor, it still has its time; most: by the clock, whatever it computes.
        """
        self.requests.put(message.request(kind, *args))
        start = now = time.monotonic()
        next_look, before = now + 2 * LOOK, None
        while True:
            if self.stop.is_set():
                raise Stopped
            ended = self.process.poll() is not None
            try:
                return self._read(self.answers.get(timeout=LOOK))
            except queue.Empty:
                if ended:
                    raise self._ended() from None
            if (now := time.monotonic()) > next_look:
                next_look, used = now + 2 * LOOK, usage(self.process.pid)
                before = used.seconds if before is None else before
                if used.memory > limits.MEMORY:
                    raise Gone(texts.MEMORY)
                if said := too_long(seconds, most, used.seconds - before, now - start):
                    raise Gone(texts.HALTED, killed=True) if used.halted else Gone(said)

    def _read(self, frame):
        if frame is None:
            raise self._ended()
        if isinstance(frame, ValueError):
            raise Gone(texts.disturbed(frame)) from frame
        try:
            return message.read_reply(*frame)
        except message.TooLarge as error:
            return {"large": str(error)}
        except ValueError as error:
            raise Gone(texts.disturbed(error)) from error

    def _ended(self):
        """How it ended, which may take a moment to be known."""
        try:
            code = self.process.wait(0.5)
        except subprocess.TimeoutExpired:    # it has closed its pipe, and lives
            code = 0
        return Gone(texts.by_signal(-code), killed=-code in texts.FROM_OUTSIDE) if code < 0 else Gone(texts.ENDED)

    def _exchange(self):
        """Write requests and read their replies, in a thread: a worker that does not listen holds up no one."""
        while (body := self.requests.get()) is not None:
            try:
                message.write_frame(self.process.stdin, b"", body)
                self.answers.put(message.read_frame(self.process.stdout))
            except OSError:    # it hung up
                self.answers.put(None)
            except ValueError as error:    # what it wrote is no reply
                self.answers.put(error)

    def close(self):
        """Kill the process with all its children that did not leave its group, and see to it that its folder goes."""
        patience = LOOK if self.stop.is_set() else limits.GRACE    # where it takes long, its keeper goes on alone
        self.requests.put(None)
        if self.process is None or self.process.end(patience):     # the submission may have ended the keeper
            keeper.remove(self.folder)
