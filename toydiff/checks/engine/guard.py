"""Run what a learner wrote, whatever it does: it may print, exit, raise or never end, and the notebook lives on.

What this cannot do: stop one single call into C that takes minutes, or code that means harm.
"""

import contextlib
import ctypes
import io
import signal
import sys
import threading
import warnings

import torch

AGAIN = 0.1    # seconds between two attempts to stop what does not want to stop


class TimeUp(BaseException):
    """Time is up. No Exception: a learner's `except Exception` does not catch it."""


def run(work, seconds):
    """Return work() if it ends within so many seconds, else raise TimeUp. What it prints is dropped.

    Tensors are made on the CPU, where the questions come from, also after torch.set_default_device("cuda").
    """
    main = threading.current_thread() is threading.main_thread()
    here = torch.device("cpu") if torch.get_default_device().type != "cpu" else contextlib.nullcontext()
    with quiet(), here, torch.random.fork_rng(devices=[]):    # the learner's own random state stays as it was
        return (_with_timer if main and hasattr(signal, "setitimer") else _in_thread)(work, seconds)


def _with_timer(work, seconds):
    armed, rings = True, 0

    def stop(frame, event, argument):
        if event == "line":    # at the latest that of `except:`, which does not catch what its own line raises
            raise TimeUp
        return stop

    def ring(number, frame):
        nonlocal rings
        if not armed:
            return
        rings += 1
        if rings > 1:    # the first was caught, perhaps by a bare `except:`: raise at the next line of every caller
            sys.settrace(stop)
            while frame and frame.f_code is not _with_timer.__code__:
                frame.f_trace, frame = stop, frame.f_back
        raise TimeUp

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
        raise TimeUp
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
        raise TimeUp
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
