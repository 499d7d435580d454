"""The process in which a submission lives: it runs the cells and answers questions. It decides nothing.

Started by session.py in a folder of its own, `python -P -m toydiff.grading.learner`. Requests come in by stdin,
replies leave by stdout; what the submission prints goes nowhere.
"""

import os
import pickle
import sys

import torch
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from .. import checks
from ..checks.engine import guard
from ..checks.engine.ladder import answer_to
from ..checks.engine.asking import caller, said
from .message import plain, read_frame, reply, write_frame

MEMORY, FILE_SIZE = 4 << 30, 1 << 30    # bytes that a submission may hold, and write into one file
CANDIDATES = 3                          # how many functions of one name are tried, the newest first


class Shell(InteractiveShell):
    """IPython without a terminal or a front end; shell commands such as `!pip install` do nothing."""

    def system(self, command):
        """Run no command."""

    system_raw = system_piped = system

    def getoutput(self, command, split=True, depth=0):
        """Run no command."""
        return ""

    def enable_gui(self, gui=None):
        """Ask for no windows."""

    def showtraceback(self, *args, **options):
        """Print nothing: the error is in the result."""


class Learner:
    """A submission, executed as far as it goes. Each public method answers one kind of request with plain values."""

    def __init__(self):
        config = Config()
        config.HistoryManager.enabled = False
        self.shell = Shell.instance(config=config)
        self.exercises, self.bound, self.handed, self.faults = {}, {}, {}, {}
        self.right = {name: exercise.reference for name, exercise in checks.EXERCISES.items()}
        checks.check, checks.clinic.diagnose = self._check, self._diagnose

    def begin(self, notebook):
        """Note which notebook this is: the functions of its exercises are watched."""
        self.exercises = {name: exercise for name, exercise in checks.EXERCISES.items()
                          if exercise.notebook == notebook}
        self.bound, self.handed = ({name: [] for name in self.exercises} for _ in range(2))
        return {}

    def run(self, source, seconds):
        """Run a cell; return what stopped it, or "", and whether it was too slow."""
        late = False
        try:
            result = guard.run(lambda: self.shell.run_cell(source, store_history=False, silent=True), seconds)
            error = result.error_before_exec or result.error_in_exec
            trouble = "" if error is None else _in_a_line(error)
        except guard.TimeUp:
            late, trouble = True, f"did not come to an end within {seconds:.0f} seconds and was stopped"
        for name in self.exercises:
            value = self.shell.user_ns.get(_short(name))
            if value is not None and not any(value is old for old in self.bound[name]):
                self.bound[name].insert(0, value)
        return {"error": trouble, "late": late}

    def candidates(self, name):
        """Describe what the notebook offers as its answer to an exercise, the newest first."""
        found = self._values(name)
        return {"candidates": [
            {"callable": callable(value), "type": type(value).__name__, "own": not _of_toydiff(value),
             "fits": callable(value) and caller(self.right[name], value) is not None} for value in found]}

    def answer(self, name, which, case, seconds):
        """Answer question number `case` of an exercise."""
        exercise = self.exercises[name]
        function = self._values(name)[which]
        answer = self._in_time(seconds, lambda: answer_to(exercise, caller(self.right[name], function),
                                                          exercise.cases[case]))
        if answer is None:
            return {"late": True}
        return {"late": False, "value": plain(answer.value), "error": _error(answer.error, function),
                "changed": list(answer.changed), "complaint": str(answer.complaint)}

    def call(self, name, which, args, seconds):
        """Call the function once with the arguments given."""
        function = self._values(name)[which]

        def work():
            try:
                return caller(self.right[name], function)(args), None
            except guard.TimeUp:
                raise
            except BaseException as error:
                return None, error

        done = self._in_time(seconds, work)
        if done is None:
            return {"late": True}
        return {"late": False, "value": plain(done[0]), "error": _error(done[1], function)}

    def fault(self, name):
        """Return what the notebook handed to `diagnose` for a patient of the clinic, None if nothing."""
        return {"fault": plain(self.faults.get(name))}

    def mend(self, name, which, others):
        """Put right functions in the place of others: from now on the examined one builds on those."""
        self.shell.user_ns.update({_short(other): self.right[other] for other in others})
        self.shell.user_ns[_short(name)] = self._values(name)[which]
        return {}

    def _in_time(self, seconds, work):
        try:
            return guard.run(work, seconds)
        except guard.TimeUp:
            return None

    def _values(self, name):
        both = [*self.bound[name], *self.handed[name]]
        return [value for i, value in enumerate(both) if not any(value is old for old in both[:i])][:CANDIDATES]

    def _check(self, name, function=None, *args, **options):
        """What the submission finds as `check`: it only notes what was handed to it, and lets the page go on."""
        if name in self.handed and function is not None:
            self.handed[name].insert(0, function)
        return checks.Result(str(name)[:100], "not started", "Graded elsewhere.")

    def _diagnose(self, name, fault=None):
        """What the submission finds as `diagnose`."""
        self.faults[str(name)] = fault
        return checks.Result(str(name)[:100], "not started", "Graded elsewhere.")


def _short(name):
    return name.split(".")[-1]


def _of_toydiff(value):
    return str(getattr(value, "__module__", "")).split(".")[0] == "toydiff"


def _in_a_line(error):
    if isinstance(error, SyntaxError):
        return f"{type(error).__name__}: {error.msg} (line {error.lineno})"
    lines = str(error).strip().splitlines() or [""]
    if isinstance(error, MemoryError) or "allocate memory" in lines[0]:
        return f"asked for more memory than the {MEMORY >> 30} GB there are for it"
    return f"{type(error).__name__}: {lines[0][:200]}".removesuffix(": ")


def _error(error, function):
    return None if error is None else [type(error).__name__, said(error, function)]


def _limit():
    try:
        import resource
    except ImportError:    # Windows has no such limits
        return
    for what, most in ((resource.RLIMIT_DATA, MEMORY), (resource.RLIMIT_FSIZE, FILE_SIZE), (resource.RLIMIT_CORE, 0)):
        try:
            resource.setrlimit(what, (most, most))
        except (ValueError, OSError):    # a lower one holds already
            pass


def main():
    """Serve requests until the examiner hangs up."""
    requests, replies = (os.fdopen(os.dup(number), mode) for number, mode in ((0, "rb"), (1, "wb")))
    for number, flags in ((0, os.O_RDONLY), (1, os.O_WRONLY), (2, os.O_WRONLY)):
        os.dup2(os.open(os.devnull, flags), number)
    torch.set_num_threads(1)
    learner, process = Learner(), os.getpid()
    sys.path.append("")    # now that toydiff is loaded, the submission's own modules
    _limit()
    while (request := read_frame(requests)) is not None:
        kind, *args = pickle.loads(request)
        try:
            content = getattr(learner, kind)(*args)
        except BaseException as error:    # strange beyond what we thought of: the examiner makes the best of it
            content = {"broken": type(error).__name__}
        if os.getpid() != process:    # a child that the submission forked off
            os._exit(0)
        write_frame(replies, reply(content))


if __name__ == "__main__":
    main()
