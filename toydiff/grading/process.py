"""A worker process as the examiner sees it: started in a folder of its own, asked with a deadline, ended for good."""

import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from . import message

START, GRACE = 120.0, 3.0    # seconds to load torch on a busy machine; and for a worker to notice that time is up
LOOK = 0.1                   # seconds between two looks whether it still lives


class Gone(Exception):
    """The worker ended, fell silent or answered nonsense; the text says which, in words that follow "it"."""


class WorkerProcess:
    """One worker process. Use it in a `with`: at the end the process and its children are killed, its folder removed.

    files: paths to copy into its folder; stop: a threading.Event that ends all waiting.
    """

    def __init__(self, files=(), stop=None):
        self.stop = stop or threading.Event()
        self.folder = Path(tempfile.mkdtemp(prefix="toydiff-"))
        for path in files:
            shutil.copyfile(path, self.folder / path.name)
        scratch = self.folder / ".scratch"
        scratch.mkdir()
        environment = os.environ | {
            "MPLBACKEND": "Agg", "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1", "PYTHONUTF8": "1",
            "IPYTHONDIR": str(scratch), "TMPDIR": str(scratch), "TEMP": str(scratch), "TMP": str(scratch)}
        own_group = {"start_new_session": True} if os.name == "posix" else {
            "creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
        self.process = subprocess.Popen([sys.executable, "-P", "-m", "toydiff.grading.worker"], cwd=self.folder,
                                        env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, **own_group)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def ask(self, seconds, kind, *args):
        """Send a request and return the reply, a dict. Raises Gone if none comes within `seconds` and a little more."""
        answers = queue.Queue()
        threading.Thread(target=self._exchange, args=(message.request(kind, *args), answers), daemon=True).start()
        end = time.monotonic() + seconds + GRACE
        while True:
            if self.stop.is_set():
                raise Gone("was stopped")
            ended = self.process.poll() is not None
            try:
                body = answers.get(timeout=LOOK)
            except queue.Empty:
                if ended:
                    raise Gone("ended Python") from None
                if time.monotonic() > end:
                    raise Gone(f"did not come to an end within {seconds:.0f} seconds and was stopped") from None
                continue
            if body is None:
                raise Gone("ended Python")
            try:
                return message.read_reply(body)
            except ValueError as error:
                raise Gone(f"disturbed the grading: it sent {error}") from error

    def _exchange(self, body, answers):
        """Write a request and read its reply, in a thread: a worker that does not listen holds up no one."""
        try:
            message.write_frame(self.process.stdin, body)
            answers.put(message.read_frame(self.process.stdout))
        except OSError:    # it hung up
            answers.put(None)
        except ValueError:    # what it wrote is no reply
            answers.put(b"")

    def close(self):
        """Kill the process with all its children that did not leave its group, and remove its folder."""
        try:
            if os.name == "posix":
                os.killpg(self.process.pid, signal.SIGKILL)
            else:
                self.process.kill()
        except (ProcessLookupError, PermissionError):
            pass
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
