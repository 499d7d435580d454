"""Processes of `toydiff train` to be stopped and killed: forked from one that has torch loaded, to start at once."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from toydiff.cli import main

TINY = ["--batch-size", "8", "--hidden", "4", "--timesteps", "4", "--network", "ReferenceMLP"]
posix = pytest.mark.skipif(os.name == "nt", reason="forks, and uses signals and limits that Windows lacks")

SERVER = """
import ctypes, json, os, resource, signal, sys, time, traceback
import torch
torch.set_num_threads(1)
from toydiff import training
from toydiff.cli import main
torch.optim.Adam([torch.zeros(1, requires_grad=True)])    # loads what else torch needs

def slowly(work, seconds):
    def slow(*arguments):
        value = work(*arguments)
        time.sleep(seconds)
        return value
    return slow

def run(order):
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(log, 1), os.dup2(log, 2)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if order["largest_file"]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (order["largest_file"],) * 2)
    if order["nobody"]:
        try:
            os.setgid(65534), os.setuid(65534)
        except OSError:    # root of a user namespace, which has no one else: in one more it has no rights over this one
            new_user_namespace = 0x10000000
            assert ctypes.CDLL(None).unshare(new_user_namespace) == 0
    training.training_step = slowly(training.training_step, order["slow_step"])
    os.fsync = slowly(os.fsync, order["slow_disk"])
    try:
        return main(order["arguments"])
    except SystemExit as stop:
        return stop.code
    except BaseException:
        traceback.print_exc()
        return 70

for line in sys.stdin:
    child = os.fork()
    if not child:
        code = run(json.loads(line))
        sys.stdout.flush(), sys.stderr.flush()
        os._exit(code)
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Server:
    """Starts runs, one at a time."""

    def __init__(self, folder):
        self.log = Path(folder) / f"log {id(self)}"
        self.pid = None    # of the run that goes on
        few_bars = os.environ | {"TQDM_MININTERVAL": "60"}    # the log is a file, too: largest_file holds for it
        self.process = subprocess.Popen([sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, env=few_bars)

    def start(self, *arguments, largest_file=None, nobody=False, slow_step=0, slow_disk=0):
        """Start `toydiff ARGUMENTS`; largest_file: in bytes; nobody: without root's rights; slow_step, slow_disk: so
        many seconds more for a step, and for a file that is written but not yet renamed."""
        if self.pid:    # a test that failed left it behind
            self.kill()
            self.end()
        order = {"arguments": [str(a) for a in arguments], "log": str(self.log), "largest_file": largest_file,
                 "nobody": nobody, "slow_step": slow_step, "slow_disk": slow_disk}
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        self.pid = int(self.process.stdout.readline())

    def kill(self, number=signal.SIGKILL):
        """Send a signal to the run."""
        with suppress(ProcessLookupError):    # it has just ended
            os.kill(self.pid, number)

    def end(self):
        """Wait for the end of the run; return its exit code (−9 when killed) and the lines that it wrote."""
        code, self.pid = int(self.process.stdout.readline()), None
        text = self.log.read_text(encoding="utf-8").replace("\r", "\n")
        return code, [line for line in text.splitlines() if line.strip() and "step/s" not in line]

    def call(self, *arguments, **how):
        """Run `toydiff ARGUMENTS` to its end; return as end() does."""
        self.start(*arguments, **how)
        return self.end()

    def close(self):
        """End the server."""
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(timeout=30)


def wait_for(condition, what, seconds=60):
    """Wait until condition() is true; fail, saying what did not happen, after `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"{what} did not happen within {seconds} s"
        time.sleep(0.001)


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    """Two servers, so that two runs can go on at a time."""
    two = [Server(tmp_path_factory.mktemp("logs")) for _ in range(2)]
    yield two
    for server in two:
        server.close()


@pytest.fixture
def server(servers):
    """The first of them."""
    return servers[0]


def call(*arguments):
    """Run a command in this process; return its exit code."""
    return main([str(argument) for argument in arguments])
