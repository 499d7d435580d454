"""Whatever a learner passes in: an answer in words, in time, and nothing of the notebook is changed by it."""

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest
import torch

import toydiff
from toydiff.checks import EXERCISES, check
from toydiff.checks.engine import guard

NAME = "forward_process.add_noise"


class Strange:
    """Answers every question with an error."""

    def __getattribute__(self, name):
        raise RuntimeError("leave me alone")


class StrangeTensor(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        raise RuntimeError("leave me alone")


class Loud(Exception):
    def __str__(self):
        raise RuntimeError("no words")


class Deep(BaseException):
    pass


def raises(error):
    def function(x0, t, eps, schedule):
        raise error
    return function


def recurses(x0, t, eps, schedule):
    return recurses(x0, t, eps, schedule)


def returns(value):
    return lambda x0, t, eps, schedule: value


def prints(x0, t, eps, schedule):
    for _ in range(200):
        print("x" * 100_000)
        sys.stderr.write("y" * 100_000)


def generates(x0, t, eps, schedule):
    yield x0


async def waits(x0, t, eps, schedule):
    return x0


def changes_x0(x0, t, eps, schedule):
    x0 *= 2
    return toydiff.add_noise(x0, t, eps, schedule)


def changes_the_schedule(x0, t, eps, schedule):
    answer = toydiff.add_noise(x0, t, eps, schedule)
    schedule.alpha_bar[:] = 1
    return answer


def resizes(x0, t, eps, schedule):
    answer = toydiff.add_noise(x0, t, eps, schedule)
    eps.resize_(1)
    return answer


HOSTILE = {
    "None": None, "text": "add_noise", "number": 3, "tensor": torch.ones(2), "class": Strange, "str": str, "int": int,
    "object": Strange(), "module": torch, "builtin": len, "torch function": torch.add, "lambda without": lambda: 1,
    "many": lambda *a, **k: 1, "one too few": lambda x0, t, eps: x0, "prints": prints, "generator": generates,
    "coroutine": waits, "recursion": recurses, "exit": raises(SystemExit(3)), "sys.exit": lambda *a: sys.exit(),
    "error": raises(ValueError("no\nno")), "silent error": raises(Loud()), "deep": raises(Deep()),
    "interrupt": raises(KeyboardInterrupt()), "memory": raises(MemoryError()), "stop": raises(StopIteration()),
    "long error": raises(ValueError("x" * 10**7)), "asserts": raises(AssertionError()),
    "NaN": lambda x0, t, eps, schedule: x0 * float("nan"), "infinity": lambda x0, t, eps, schedule: x0 / 0,
    "complex": lambda x0, t, eps, schedule: x0 + 0j, "integers": lambda x0, t, eps, schedule: x0.long(),
    "half": lambda x0, t, eps, schedule: x0.half(), "sparse": lambda x0, t, eps, schedule: x0.to_sparse(),
    "meta": lambda x0, t, eps, schedule: x0.to("meta"),
    "subclass": lambda x0, t, eps, schedule: x0.as_subclass(StrangeTensor),
    "wants gradients": lambda x0, t, eps, schedule: x0.clone().requires_grad_() * 2, "empty": returns(torch.empty(0)),
    "scalar": returns(1.0), "array": lambda x0, t, eps, schedule: x0.numpy(),
    "list": lambda x0, t, eps, schedule: x0.tolist(),
    "itself": lambda x0, t, eps, schedule: x0, "strange": returns(Strange()), "True": returns(True),
    "changes x0": changes_x0, "changes the schedule": changes_the_schedule, "resizes": resizes,
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("what", HOSTILE)
def test_whatever_comes_there_is_an_answer_in_words(what, capfd):
    result = check(NAME, HOSTILE[what], seconds=100)    # not because time is up
    assert "did not come to an end" not in result.message
    assert not result and result.step in ("contract", "properties", "diagnosis") and result.exercise == NAME
    assert 10 < len(result.message) < 700 and result.message in str(result)
    result.to_dict(), result._repr_html_()
    assert capfd.readouterr() == ("", "")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", EXERCISES)
@pytest.mark.parametrize("what", ["None", "class", "str", "many", "deep", "strange", "scalar", "empty"])
def test_so_it_is_for_every_exercise(name, what):
    assert not check(name, HOSTILE[what])


class Exits(torch.nn.Module):
    def forward(self, *_):
        sys.exit()


class Hides(torch.nn.Module):
    def parameters(self, recurse=True):
        raise RuntimeError("leave me alone")


ANSWERS = {
    "None": None, "nothing": [], "text": "x" * 10**6, "not a number": float("nan"), "complex": 1j, "True": True,
    "a class": Strange, "strange": Strange(), "tensor": torch.ones(2, 3, 4),
    "strange tensor": torch.ones(2).as_subclass(StrangeTensor), "module": torch.nn.Module(), "exits": Exits(),
    "hides": Hides(), "a network": torch.nn.Linear(7, 7),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", EXERCISES)
def test_whatever_is_returned_there_is_an_answer_in_words(name):
    for what, value in ANSWERS.items():
        result = check(name, lambda **_: value)
        assert not result and 10 < len(result.message) < 700, what
        assert "✗" in str(result) and result._repr_html_()


@pytest.mark.parametrize("what, said", [
    ("None", "of type NoneType"), ("exit", "SystemExit: 3"), ("error", "ValueError: no, in the line `raise error`"),
    ("silent error", "stops: Loud"), ("recursion", "RecursionError"), ("NaN", "holds NaN"), ("prints", "returns None"),
    ("changes x0", "changes its input `x0`"), ("changes the schedule", "changes its input `schedule`"),
    ("resizes", "changes its input `eps`"), ("array", "type ndarray"), ("integers", "torch.int64"),
    ("one too few", "must take (x0, t, eps, schedule)"),
])
def test_the_answer_says_what_happened(what, said):
    assert said in check(NAME, HOSTILE[what]).message


# --- what never ends -------------------------------------------------------------------------------------

def loops(**_):
    while True:
        pass


def sleeps(**_):
    time.sleep(1000)


def catches_exceptions(**_):
    while True:
        try:
            time.sleep(0.01)
        except Exception:
            pass


caught = []


def catches_everything(**_):
    caught.clear()
    for _ in range(100):    # where it is not stopped, the test fails after 10 seconds instead of never
        try:
            time.sleep(1000)
        except:    # noqa: E722
            caught.append(_)


def catches_and_goes_on(**_):
    for _ in range(2):
        try:
            time.sleep(1000)
        except BaseException:
            pass
    return torch.zeros(2)


def prints_forever(**_):
    while True:
        print("again")


ENDLESS = [loops, sleeps, catches_exceptions, catches_everything, catches_and_goes_on, prints_forever]
with_a_timer = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there is no timer here")


@with_a_timer
@pytest.mark.parametrize("function", ENDLESS, ids=lambda function: function.__name__)
def test_what_never_ends_is_stopped(function):
    handler, tracer, out = signal.getsignal(signal.SIGALRM), sys.gettrace(), sys.stdout
    result = check(NAME, function, seconds=0.3)
    said = ("did not come to an end within 0.3 seconds of computing" if function in (loops, prints_forever)
            else "seconds by the clock it computed for 0.0 only. Does it wait")    # the others sleep
    assert said in result.message and result.step == "contract"
    assert signal.getsignal(signal.SIGALRM) is handler and sys.gettrace() is tracer and sys.stdout is out
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    assert check(NAME, toydiff.add_noise)


@with_a_timer
def test_what_catches_everything_is_not_asked_again_and_again():
    check(NAME, catches_everything, seconds=0.3)
    assert 1 <= len(caught) <= 3


@with_a_timer
@pytest.mark.parametrize("share, stopped", [(0.1, False), (0.0, True)])
def test_who_shares_a_processor_with_many_has_more_time_by_the_clock_and_who_only_waits_has_not(
        monkeypatch, share, stopped):
    rings = []

    def clock():    # the clock on the wall goes on by 0.1 with each ring, the computing by a share of that
        rings.append(share * len(rings) / 10)
        return rings[-1], (len(rings) - 1) / 10

    def waits_for_six_rings():
        while len(rings) < 7:
            time.sleep(0.01)

    monkeypatch.setattr(guard, "clock", clock)
    with pytest.raises(guard.TimeUp) if stopped else contextlib.nullcontext() as up:
        guard.within(waits_for_six_rings, 0.1)
    assert not stopped or up.value.waited[0] == 0 and up.value.waited[1] >= 0.3


@pytest.mark.parametrize("function", [loops, catches_exceptions], ids=lambda function: function.__name__)
def test_it_is_stopped_where_there_is_no_timer(function):
    """As on Windows, and outside of the main thread."""
    def checked(function, **limit):
        results = []
        thread = threading.Thread(target=lambda: results.append(check(NAME, function, **limit)))
        thread.start()
        thread.join(100)
        return results[0]

    before = set(threading.enumerate())
    assert "did not come to an end within 0.3 seconds by the clock" in checked(function, seconds=0.3).message
    assert checked(toydiff.add_noise)
    assert set(threading.enumerate()) <= before


# --- in a notebook ---------------------------------------------------------------------------------------

def test_exit_in_a_notebook_does_not_stop_the_kernel():
    """There `exit` is not Python's: it asks the shell to end."""
    code = textwrap.dedent("""
        from IPython.core.interactiveshell import InteractiveShell
        shell = InteractiveShell.instance()
        for line in ["import toydiff", "from toydiff.checks import check",
                     "def bad(x0, t, eps, schedule):\\n    exit()",
                     f"r = check('forward_process.add_noise', bad)", "r"]:
            shell.run_cell(line)
        print(shell.exit_now if hasattr(shell, "exit_now") else False, "ask_exit" in vars(shell))
    """)
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=100,
                          cwd=Path(toydiff.__file__).parent.parent, env={**os.environ, "IPYTHONDIR": os.devnull})
    assert "SystemExit" in said.stdout and "False False" in said.stdout, said.stdout + said.stderr
    assert "in the line `exit()`" in said.stdout
