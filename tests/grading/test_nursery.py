"""Workers that are forked off: each as one for which Python began anew, and whatever becomes of the nursery, graded."""

import signal
import sys
import threading

import psutil
import pytest

from toydiff.grading import begin, grade_class, limits
from toydiff.grading.begin import Anew, Forked, Nursery
from toydiff.grading.process import Gone, WorkerProcess

from fake_worker import with_program
from submissions import code, notebook, only_code, save

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing is forked off")

STATE = """
import os, signal, stat, sys, tempfile, threading
handlers = {number: repr(signal.getsignal(number)) for number in signal.valid_signals()}
numbers = [number for number in range(200) if os.path.exists(f"/proc/self/fd/{number}")]
limits = [line for line in open("/proc/self/limits")]
reply({"folder": os.getcwd(), "environ": dict(os.environ), "path": sys.path, "argv": sys.argv, "handlers": handlers,
       "blocked": sorted(signal.pthread_sigmask(0, [])), "open": numbers, "limits": limits, "umask": os.umask(0o77),
       "alone": [os.getsid(0) == os.getpgid(0) == os.getpid(), threading.active_count()],
       "pipes": [stat.filemode(os.stat(number).st_mode)[0] for number in (0, 1, 2)], "scratch": tempfile.gettempdir()})
"""


@pytest.fixture(scope="module")
def nursery():
    with Nursery() as nursery:
        yield nursery
    assert nursery.process.returncode == 0


def worker(nursery, behaviour, stop=None):
    """A WorkerProcess that has begun."""
    with with_program(behaviour):
        begun = WorkerProcess(nursery=nursery, stop=stop)
    begun.ask(100, "begin")
    return begun


def test_what_a_worker_finds_is_the_same(nursery):
    found = []
    for way in (None, nursery):
        with worker(way, STATE) as one:
            state = one.ask(30, "run")
            assert type(one.process) is (Forked if way else Anew) and state["folder"] == str(one.folder)
            for name in ("KMP_INIT_AT_FORK", "KMP_DUPLICATE_LIB_OK"):    # as scikit-learn sets it, once loaded
                state["environ"].pop(name, None)
            environ = sorted(state.pop("environ").items())
            found.append(str([environ, state]).replace(state["folder"], "…").split(", "))
    assert found[0] == found[1]


def test_nothing_of_one_reaches_another(nursery):
    """Neither what it does to torch and to the checks, nor where it stands among the random numbers."""
    spoil = ("import numpy, random, torch, toydiff.checks as checks\n"
             "found = [hasattr(torch, 'spoilt'), hasattr(checks, 'spoilt'), 'x' in os.environ, torch.rand(1).item()]\n"
             "torch.spoilt = checks.spoilt = os.environ['x'] = 'y'\n"
             "reply({'found': found, 'random': [random.random(), numpy.random.rand()]})")
    replies = []
    for _ in range(2):
        with worker(nursery, spoil) as one:
            replies.append(one.ask(30, "run"))
    first, second = replies
    assert first["found"] == second["found"] and first["found"][:3] == [False] * 3, "as torch draws when it has begun"
    assert not set(first["random"]) & set(second["random"])


def test_a_nursery_has_no_thread_and_keeps_no_dead(nursery):
    """To fork a process with threads may leave a lock closed for ever."""
    for _ in range(6):
        worker(nursery, "pass").close()
    process = psutil.Process(nursery.process.pid)
    assert process.num_threads() == 1 and len(process.children(recursive=True)) <= 3


def test_whoever_kills_the_keeper_has_killed_the_worker(nursery):
    with worker(nursery, "os.kill(os.getppid(), signal.SIGKILL)\ntime.sleep(1000)") as one:
        process = psutil.Process(one.process.pid)
        with pytest.raises(Gone) as why:
            one.ask(30, "run")
        assert why.value.killed
    assert not one.folder.exists()
    psutil.wait_procs([process], timeout=60)
    assert not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_without_a_nursery_workers_begin_anew(number, monkeypatch):
    """What has begun goes on; who was to be begun is not waited for longer than torch may take to be loaded."""
    with Nursery() as nursery, worker(nursery, "reply({'x': 1})") as one:
        nursery.process.send_signal(number)
        monkeypatch.setattr(limits, "START", 0.5)
        monkeypatch.setattr(limits, "GRACE", 0.5)
        kinds = []
        for _ in range(2):
            with worker(nursery, "reply({'x': 2})") as other:
                kinds.append((type(other.process), other.ask(30, "run")))
        assert kinds == [(Anew, {"x": 2})] * 2 and type(one.process) is Forked and one.ask(30, "run") == {"x": 1}
    assert not one.folder.exists() and nursery.process.returncode == -signal.SIGKILL


def test_elsewhere_workers_begin_anew(monkeypatch):
    monkeypatch.setattr(begin.sys, "platform", "darwin")
    with Nursery() as nursery, worker(nursery, "pass") as one:
        assert type(one.process) is Anew
    assert nursery.process is None


def test_who_wants_no_more_does_not_wait_until_torch_is_loaded():
    stop = threading.Event()
    stop.set()
    nursery = Nursery()
    assert nursery.begin("", "/", {}, stop) is None
    nursery.__exit__(KeyboardInterrupt)
    assert nursery.process.returncode == -signal.SIGKILL


def test_a_class_is_forked_off_and_one_alone_is_not(nursery, tmp_path, monkeypatch):
    seen, usual = [], WorkerProcess.ask

    def ask(self, *args, **options):
        seen.append((type(self.process), self.process.pid))
        return usual(self, *args, **options)

    monkeypatch.setattr(WorkerProcess, "ask", ask)
    for count, kind in ((1, Anew), (3, Forked)):
        save({"cells": [code("def snr(alpha_bar): ...")]}, tmp_path / f"{count}.ipynb")
        save(only_code(notebook()), tmp_path / "2.ipynb") if count == 3 else None
        seen.clear()
        rows = grade_class(tmp_path, jobs=2)
        assert {kind} == {kind for kind, _ in seen} and len({pid for _, pid in seen}) == count == len(rows)
    assert rows[1].report.complete and not any(map(psutil.pid_exists, (pid for _, pid in seen)))
    assert not any("nursery" in " ".join(child.cmdline()) for child in psutil.Process().children()
                   if child.pid != nursery.process.pid)
