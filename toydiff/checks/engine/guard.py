"""Run what a learner wrote, whatever it does: it may print, exit, raise or never end, and the notebook lives on.

What this cannot do: stop one single call into C that takes minutes, or code that means harm.
"""

import contextlib
import ctypes
import io
import signal
import sys
import threading
import time
import warnings

import torch

from .ordinary import ordinary

AGAIN = 0.1     # seconds between two attempts to stop what does not want to stop
PATIENCE = 3    # its seconds are those of computing; by the clock on the wall it may take so many times as long
STARVED = 20    # or this many times, as long as it computes: where many share a processor, that is slow, not endless


class TimeUp(BaseException):
    """Time is up. No Exception: a learner's `except Exception` does not catch it.

    waited: where it was the clock on the wall that said so, [seconds of computing, or None; seconds by that clock].
    """

    def __init__(self, waited=()):
        super().__init__()
        self.waited = waited


def late(seconds, spent=(), waited=(), cases=()):
    """Return what is said where time was up; spent: the seconds that each question took which was answered.

    waited: what a TimeUp says of it; cases: the questions, so that the one may be named at which it was stopped.
    """
    number = f"{len(spent)} question{'s' * (len(spent) != 1)}"
    last = f"with {cases[len(spent)].given}" if len(spent) < len(cases) else ""
    first, last = (f"W{last[1:]} it", f", {last},") if last else ("It", "")
    if waited and waited[0] is not None:
        answered = f"It answered {number}, then{last} it" if spent else first
        return (f"{answered} was stopped: of {waited[1]:.2g} seconds by the clock it computed for {waited[0]:.1f} "
                "only. Does it wait for something, as `time.sleep` does?")
    if sum(spent) > seconds / 2 and not waited:
        return (f"It is too slow: {number} took {sum(spent):.0f} seconds of computing, and the next one "
                f"was stopped after {seconds:g} in all. Work on whole tensors, not on one number after the other.")
    answered = f"It answered {number}, but the next one{last}" if spent else first
    by = "by the clock" if waited else "of computing"
    return (f"{answered} did not come to an end within {seconds:g} seconds {by} and was stopped. "
            "Is there a loop that never ends, or is it too slow?")


def run(work, seconds):
    """Return work() if it ends within so many seconds of computing, else raise TimeUp. What it prints is dropped."""
    with quiet(), ordinary(), torch.random.fork_rng(devices=[]):    # the learner's own random state stays as it was
        return within(work, seconds)


def within(work, seconds):
    """The same for work that may print, and leave other settings and another random state behind."""
    return (_with_timer if _has_timer() else _in_thread)(work, seconds)


def over(seconds, computed, passed):
    """Has it had its seconds of computing, or only waited for too long by the clock?"""
    return computed >= seconds or passed >= max(PATIENCE * seconds, STARVED * computed)


def _has_timer():
    return threading.current_thread() is threading.main_thread() and hasattr(signal, "setitimer")


_aside = [0.0, 0.0]    # seconds of computing, and by the clock, that were spent aside


def clock():
    """Return how long this thread has computed, and what the clock says, in seconds; both stand still aside."""
    return time.thread_time() - _aside[0], time.perf_counter() - _aside[1]


@contextlib.contextmanager
def aside():
    """The block takes none of the time of the work that it is part of. It may guard work of its own."""
    timer = signal.setitimer(signal.ITIMER_REAL, 0) if _has_timer() else None
    before = clock()
    try:
        yield
    finally:
        _aside[:] = (now + spent - then for now, spent, then in zip(clock(), _aside, before))
        if timer:
            signal.setitimer(signal.ITIMER_REAL, *timer)


def _with_timer(work, seconds):
    armed, rings, start, up = True, 0, clock(), TimeUp()

    def stop(frame, event, argument):
        if event == "line":    # at the latest the line `except:`, where that `except` does not catch
            raise up
        return stop

    def ring(number, frame):
        nonlocal rings
        if not armed:
            return
        computed, passed = (now - then for now, then in zip(clock(), start))
        if not rings and not over(seconds, computed, passed):
            return
        if not rings and computed < seconds:
            up.waited = [computed, passed]
        rings += 1
        if rings > 1:    # the first was caught, perhaps by a bare `except:`: raise at the next line of every caller
            sys.settrace(stop)
            while frame and frame.f_code is not _with_timer.__code__:
                frame.f_trace, frame = stop, frame.f_back
        raise up

    handler, tracer = signal.signal(signal.SIGALRM, ring), sys.gettrace()
    signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
    try:
        value = work()
        armed = False
    finally:
        armed = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
        if rings:
            sys.settrace(tracer)
    if rings:
        raise up
    return value


def _in_thread(work, seconds):
    """The same where there is no timer (Windows) or it may not be set (outside the main thread)."""
    values = []

    def target():
        with contextlib.suppress(TimeUp):
            values.append(work())

    thread = threading.Thread(target=target, daemon=True)
    thread.start()
    thread.join(seconds)
    late = thread.is_alive()
    for _ in range(20):
        if not thread.is_alive():
            break
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(TimeUp))
        thread.join(AGAIN)
    if late or not values:
        raise TimeUp([None, seconds])
    return values[0]


class _Sink(io.TextIOBase):
    """A file that forgets what is written to it."""

    def writable(self):
        return True

    def write(self, text):
        return len(text)


@contextlib.contextmanager
def quiet():
    """Drop prints and warnings, and let `exit()` in a notebook raise SystemExit instead of stopping the kernel."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None

    def ask_exit():
        raise SystemExit

    if shell:
        shell.ask_exit = ask_exit
    try:
        with contextlib.redirect_stdout(_Sink()), contextlib.redirect_stderr(_Sink()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        if shell:
            del shell.ask_exit    # the method of its class is back
