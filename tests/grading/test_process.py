"""A worker, whatever it does: it is ended in time, leaves nothing behind, and what is said of it is true."""

import os
import re
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import psutil
import pytest

from toydiff.grading import keeper, limits, process, reading, watch
from toydiff.grading.begin import Nursery
from toydiff.grading.process import Gone, Stopped, WorkerProcess
from toydiff.grading.reading import OutOfTime, Reading
from toydiff.grading.submission import File, Submission

from fake_worker import program, with_program

posix = pytest.mark.skipif(os.name != "posix", reason="signals and modes")
linux = pytest.mark.skipif(sys.platform != "linux", reason="counted in /proc")


@pytest.fixture(autouse=True)
def little_grace(monkeypatch, tmp_path):
    monkeypatch.setattr(limits, "GRACE", 0.3)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    yield
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("toydiff-")] == []


@pytest.fixture(scope="module", params=["anew", pytest.param("forked", marks=linux)])
def nursery(request):
    """How workers begin: where they are forked off, the same is true of them."""
    if request.param == "anew":
        yield None
        return
    with Nursery() as nursery:
        yield nursery
        assert not nursery.lost


def gone(nursery, behaviour, seconds=0.3):
    """How a worker that behaves so is said to have gone."""
    with with_program(behaviour), WorkerProcess(nursery=nursery) as worker:
        worker.ask(100, "begin")
        with pytest.raises(Gone) as why:
            worker.ask(seconds, "run", "x")
        return why.value


SILENT = "time.sleep(1000)"


@pytest.mark.parametrize("behaviour", [
    SILENT, "send(b'x')\ntime.sleep(1000)",
    "send(struct.pack('<QQ', 1000, 0) + b'x')\ntime.sleep(1000)",
    "send(struct.pack('<QQ', 10**6, 0))\nwhile True:\n    send(b' ')\n    time.sleep(0.01)"])
def test_one_that_waits_is_ended_in_time_and_not_said_to_have_computed(nursery, behaviour):
    said = re.fullmatch(r"was stopped after (\d+) seconds? by the clock, in which it computed for (\d\.\d)",
                        str(gone(nursery, behaviour)))
    assert said and float(said[1]) >= 1 and float(said[2]) < 1


def test_one_that_computes_and_does_not_answer_is_ended_in_time(nursery):
    why = gone(nursery, "while True: pass")
    assert str(why) == "did not come to an end within 1 second of computing and was stopped"


@pytest.mark.parametrize("computed, passed, most, said", [
    (8, 24, None, ""), (8, 100, None, ""), (0.4, 31, None, "was stopped after 31 seconds by the clock, in which it"),
    (24, 24, None, "did not come to an end within 10 seconds of computing and was stopped"),
    (11, 34, None, "did not come to an end within 10 seconds of computing and was stopped"), (11, 24, None, ""),
    (8, 31, 30, "was stopped after 31 seconds by the clock, in which it computed for 8.0")])
def test_on_a_busy_machine_it_has_the_time_to_compute_that_it_is_promised(computed, passed, most, said):
    """Ten seconds: it gets a third or a twelfth of a processor; it waits; it is through; the notebook's time is up."""
    found = process.too_long(10, most, computed, passed)
    assert found.startswith(said) and bool(found) == bool(said)


@pytest.mark.parametrize("behaviour, said", [
    ("send(b'x' * 1000)", "a message of"), ("send(struct.pack('<QQ', 10**12, 0))", "a message of 1000000000000 bytes"),
    ("send(struct.pack('<QQ', 2, 0) + b'[]')", "a list for a reply"), ("reply('x' * 10**5)", "a str for a reply"),
    ("send(struct.pack('<QQ', 3, 0) + b'[[[')", "a message that cannot be read")])
def test_one_that_answers_nonsense_is_ended(nursery, behaviour, said):
    assert str(gone(nursery, behaviour, 30)).startswith(f"disturbed the grading: it sent {said}")


@pytest.mark.parametrize("behaviour, said, killed", [
    ("os._exit(0)", "ended Python", False), ("os._exit(3)", "ended Python", False),
    ("out.close()\nos.close(1)\ntime.sleep(1000)", "ended Python", False),
    *[(f"os.kill(os.getpid(), signal.{name})\ntime.sleep(1000)", f"was ended by signal {number} ({name})", killed)
      for name, number, killed in (("SIGKILL", 9, True), ("SIGTERM", 15, True), ("SIGSEGV", 11, False))
      if os.name == "posix"]])
def test_of_one_that_ends_it_is_said_how(nursery, behaviour, said, killed):
    why = gone(nursery, behaviour, 30)
    assert (str(why), why.killed) == (said, killed)


@posix
def test_a_daemon_that_keeps_its_pipes_open_holds_up_no_one(nursery, tmp_path):
    daemon = f"""
if os.fork():
    time.sleep(1000)
os.setsid()
open({str(tmp_path / 'pid')!r}, "w").write(str(os.getpid()))
time.sleep(1000)"""
    try:
        assert gone(nursery, daemon)
    finally:
        os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)


@linux
def test_one_that_was_halted_is_not_said_to_be_slow(nursery):
    why = gone(nursery, "os.kill(os.getpid(), signal.SIGSTOP)")
    assert (str(why), why.killed) == ("was halted from outside and did not go on", True)


@linux
@pytest.mark.parametrize("behaviour", [
    "import mmap\nm = mmap.mmap(-1, 400 << 20)\nfor i in range(0, 400 << 20, 4096): m[i] = 1\ntime.sleep(1000)",
    "for i in range(3):\n    if not os.fork(): break\nx = b'x' * (150 << 20)\ntime.sleep(1000)",
    "y = [b'x' * (1 << 20) for i in range(400)]\ntime.sleep(1000)"], ids=["shared", "children", "its own"])
def test_memory_is_counted_whatever_it_is_called(nursery, behaviour, monkeypatch):
    with with_program(behaviour), WorkerProcess(nursery=nursery) as worker:
        worker.ask(100, "begin")
        monkeypatch.setattr(limits, "MEMORY", watch.usage(worker.process.pid).memory + (300 << 20))
        with pytest.raises(Gone, match="more memory than"):
            worker.ask(30, "run", "x")


@linux
def test_both_ways_of_counting_count_the_same():
    busy = [sys.executable, "-c", "x = b'x' * (100 << 20)\nwhile True: pass"]
    with subprocess.Popen(busy, start_new_session=True) as one:
        try:
            until(lambda: watch.usage(one.pid).seconds > 0.5)
            first, second = watch._by_proc(one.pid), watch._by_psutil(one.pid)
            assert 0.5 < first.seconds <= second.seconds and abs(first.memory - second.memory) < 1 << 20 < first.memory
            one.send_signal(signal.SIGSTOP)
            until(lambda: watch._by_proc(one.pid).halted and watch._by_psutil(one.pid).halted)
        finally:
            one.kill()
    assert watch._by_proc(one.pid) == watch._by_psutil(one.pid) == (0, 0, False)


def test_who_wants_no_more_waits_for_nothing():
    stop = threading.Event()
    with with_program(SILENT), WorkerProcess(stop=stop) as worker:
        worker.ask(100, "begin")
        threading.Timer(0.2, stop.set).start()
        with pytest.raises(Stopped):
            worker.ask(10**6, "run", "x")


@pytest.mark.parametrize("begun", ["Anew", pytest.param("Forked", marks=linux)])
@posix
def test_when_the_examiner_is_killed_nothing_of_it_stays(begun, tmp_path):
    """By SIGKILL, which leaves it no time to tidy up; the worker has a child, and does not listen."""
    code = textwrap.dedent(f"""
        import psutil
        from toydiff.grading.begin import Nursery
        from toydiff.grading.process import WorkerProcess
        WorkerProcess.program = {program("import subprocess; c = subprocess.Popen(['sleep', '1000'])"
                                         "; open('pid', 'w').write(str(c.pid)); time.sleep(1000)")!r}
        worker = WorkerProcess(nursery=Nursery() if {begun!r} == "Forked" else None)
        worker.ask(100, "begin")
        pids = [child.pid for child in psutil.Process().children(recursive=True)]
        print(type(worker.process).__name__, *pids, worker.folder, flush=True)
        worker.ask(1000, "run", "x")
    """)
    run = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=os.environ | {
        "TMPDIR": str(tmp_path)}, cwd=Path(__file__).parents[2])
    try:
        way, *pids, folder = run.stdout.readline().split()
        until(lambda: (Path(folder) / "pid").exists() and (Path(folder) / "pid").read_text())
        pids.append((Path(folder) / "pid").read_text())
    finally:
        run.kill()
        run.wait()
    assert way == begun and len(pids) == (4 if begun == "Forked" else 3)
    until(lambda: not Path(folder).exists() and not any(map(lives, map(int, pids))))


def lives(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def until(condition):
    """Wait for it, for two minutes at most."""
    end = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


# --- folders ------------------------------------------------------------------------------------------------------

@posix
def test_a_folder_is_removed_however_it_is(tmp_path):
    """Deeper than a path is long and than calls may be nested, without rights, with links that lead out of it."""
    folder, out = tmp_path / "a", tmp_path / "out"
    out.mkdir()
    (out / "keep").touch()
    (folder / "no rights" / "within").mkdir(parents=True)
    (folder / "no rights" / "file").touch()
    (folder / "link").symlink_to(out)
    (folder / "loop").symlink_to("loop")
    (folder / "no rights" / "within" / "link").symlink_to(out)
    here = os.getcwd()
    os.chdir(folder)
    for _ in range(1100):
        os.mkdir("ddd")
        os.chdir("ddd")
    os.chdir(here)
    for mode, path in ((0o000, folder / "no rights" / "within"), (0o500, folder / "no rights"), (0o500, folder)):
        path.chmod(mode)
    keeper.remove(folder)
    assert not folder.exists() and (out / "keep").exists()


def test_to_remove_does_not_take_for_ever(tmp_path, monkeypatch):
    """What cannot be removed is left; a folder into which somebody writes all the time is given up."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x").touch()
    with monkeypatch.context() as patch:
        patch.setattr(os, "unlink", lambda path: (_ for _ in ()).throw(PermissionError))
        keeper.remove(tmp_path / "a")
    usual, clock = os.unlink, iter(range(0, 1000, 10))
    with monkeypatch.context() as patch:
        patch.setattr(os, "unlink", lambda path: usual(path) or Path(path).with_name(Path(path).name + "x").touch())
        patch.setattr(keeper.time, "monotonic", lambda: next(clock))
        keeper.remove(tmp_path / "a")
    assert (tmp_path / "a").exists()
    keeper.remove(tmp_path / "a")
    keeper.remove(tmp_path / "nothing")
    assert list(tmp_path.iterdir()) == []


def test_a_module_that_cannot_be_read_costs_no_one_anything(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "BESIDE", 1000)
    for name, size in {"good": 10, "large": 1001, "folder": None, "not-a-name": 1}.items():
        path = tmp_path / f"{name}.py"
        path.mkdir() if size is None else path.write_text("#" * size)
    files = [File(path) for path in sorted(tmp_path.glob("*.py"))] + [File(tmp_path / "gone.py")]
    with with_program(SILENT), WorkerProcess(files) as worker:
        assert worker.left_out == ["folder.py", "large.py", "gone.py"]
        assert [path.name for path in worker.folder.glob("*.py")] == ["good.py"]


# --- a notebook and its time ----------------------------------------------------------------------------------------

DEADLY = "if 'exit' in args[1]: os._exit(0)\nreply({'error': '', 'seconds': 0.0})"


def read(cells, seconds, stop=None):
    """The Reading of such cells, after it has come to an end of some kind."""
    found = Reading(Submission("02_forward_process", list(enumerate(cells, 1)), ()), seconds, stop, None)
    try:
        found.to_the_end()
    except (OutOfTime, Gone):
        pass
    finally:
        found.end()
    return found


def test_cells_that_end_python_are_left_out_one_by_one():
    with with_program(DEADLY):
        found = read(["a", "exit", "b", "exit", "c"], 100)
    assert found.stopped == {2: "ended Python", 4: "ended Python"} and found.workers == 3


def test_a_notebook_does_not_wear_out_more_than_so_many_workers(monkeypatch):
    monkeypatch.setattr(limits, "WORKERS", 5)
    with with_program(DEADLY):
        found = read(["exit"] * 40, 1000)
    assert found.workers == 5 and found.remarks == ["it ended Python 5 times, and was not run again"]


def test_to_begin_again_takes_of_the_time_of_the_notebook(monkeypatch):
    """The first worker is free, for loading torch may take long; the second and third take it all."""
    clock = [0.0]
    monkeypatch.setattr(reading.time, "monotonic", lambda: clock[0])

    def slow(*args):
        clock[0] += 60
        return WorkerProcess(*args)

    monkeypatch.setattr(reading, "WorkerProcess", slow)
    with with_program(DEADLY):
        found = read(["exit"] * 40, 100)
    assert found.workers == 3 and found.left == -20


def test_a_worker_that_ends_at_its_start_is_not_held_against_the_notebook(monkeypatch):
    monkeypatch.setattr(WorkerProcess, "program", "import os; os._exit(0)")
    found = read(["a"], 100)
    assert found.workers == 2 and found.stopped == {} and found.left == 100
    assert str(found.over) == "could not be begun: its process ended Python"


def test_nothing_is_said_to_be_slow_within_no_seconds():
    with with_program("reply({'late': True, 'seconds': 0.0})"):
        assert read(["a"], 0.06).stopped == {1: "did not come to an end within 1 second of computing and was stopped"}


@pytest.mark.parametrize("waited, said", [
    ([0.5, 90.0], "was stopped after 90 seconds by the clock, in which it computed for 0.5"),
    ([0.5, "9"], "did not come to an end within 16 seconds of computing and was stopped")])
def test_what_waited_is_said_to_have_waited_by_whoever_can_be_believed(waited, said):
    with with_program(f"reply({{'late': True, 'waited': {waited}}})"):
        assert read(["a"], 96).stopped == {1: said}
