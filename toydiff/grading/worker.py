"""The worker: the process in which a submission lives. It runs the cells and answers questions; it decides nothing.

Begun by process.py in a folder of its own, by a new Python or a fork of one. Requests come in by stdin,
replies leave by stdout; what the submission prints goes nowhere. Where a cell defines a function of an exercise, or
hands one to `check`, the cell is held up and the function is offered to the examiner, who asks his questions then.
"""

import os
import pickle
import sys
import threading

import torch

from . import light  # noqa: F401 - before the checks

# isort: split
from .. import checks
from ..checks.engine import guard
from ..checks.engine.asking import caller, said, takes
from ..checks.engine.ladder import answer_to
from ..checks.engine.ordinary import no_debugger
from . import limits, shell
from .message import read_frame, reply, write_frame
from .watch import limit


class Worker:
    """A submission, executed as far as it goes. Each public method but `serve` answers one kind of request.

    requests, replies: binary files.
    """

    def __init__(self, requests, replies):
        self.requests, self.replies, self.process = requests, replies, os.getpid()
        self.shell, self.cell, self.thread, self.is_asked = shell.begin(), None, None, False
        self.exercises, self.found, self.faults, self.said = {}, {}, {}, {}
        self.right = {name: exercise.reference for name, exercise in checks.EXERCISES.items()}
        self.usual = checks.check, checks.clinic.diagnose
        checks.check, checks.clinic.diagnose = self._check, self._diagnose

    def serve(self):
        """Answer requests until one lets a held-up cell go on; return what that says, None at the end of all."""
        while (frame := read_frame(self.requests)) is not None:
            kind, *args = pickle.loads(frame[1])
            if kind == "resume":
                return args[0]
            try:
                content = getattr(self, kind)(*args)
            except BaseException as error:    # strange beyond what we thought of: the examiner makes the best of it
                content = {"broken": type(error).__name__}
            self._send(content)
        return None

    def begin(self, notebook):
        """Note which notebook this is: the functions of its exercises are watched."""
        self.exercises = {name: exercise for name, exercise in checks.EXERCISES.items()
                          if exercise.notebook == notebook}
        self.found = {name: [] for name in self.exercises}
        return {}

    def run(self, source, seconds):
        """Run a cell, offering what it defines; say what stopped it, or "", and which imports failed."""
        self.cell, late, start = shell.Cell(self.shell), False, guard.clock()

        def work():
            self.thread = threading.get_ident()
            self.cell.run(source, self._offer_what_is_new)

        try:
            guard.within(work, seconds)
        except guard.TimeUp:
            late = True
            self._offer_what_is_new()
        return {"error": self.cell.trouble, "late": late, "lost": self.cell.lost,
                "seconds": guard.clock()[0] - start[0]}

    def answer(self, name, which, case, seconds):
        """Answer question number `case` of an exercise."""
        exercise, function = self.exercises[name], self.found[name][which]

        def work():
            answer = answer_to(exercise, caller(self.right[name], function), exercise.cases[case])
            return {"error": _error(answer.error, function), "changed": list(answer.changed),
                    "complaint": str(answer.complaint), "drew": answer.drew}, (answer.value, answer.slope)

        return _in_time(seconds, work)

    def call(self, name, which, args, seconds):
        """Call the function once with the arguments given."""
        function = self.found[name][which]

        def work():
            try:
                return {"error": None}, caller(self.right[name], function)(args)
            except guard.TimeUp:
                raise
            except BaseException as error:
                return {"error": _error(error, function)}, None

        return _in_time(seconds, work)

    def drawn(self, name, which, seconds):
        """Return the numbers that the picture of a function's answers is made of."""
        exercise, function = self.exercises[name], self.found[name][which]
        return _in_time(seconds, lambda: ({}, checks.drawings.asked(exercise, function)))

    def kind_of(self, name):
        """Return the type of what has the name of an exercise now."""
        return {"type": type(self.shell.user_ns.get(_short(name))).__name__}

    def fault(self, name):
        """Return what the notebook handed to `diagnose` for a patient of the clinic, None if nothing."""
        return {}, self.faults.get(name)

    def mend(self, name, which, others):
        """Put right functions in the place of others: from now on the examined one builds on those."""
        self.shell.user_ns.update({_short(other): self.right[other] for other in others})
        self.shell.user_ns[_short(name)] = self.found[name][which]
        return {}

    # --- while a cell runs -------------------------------------------------------------------------------------

    def _offer_what_is_new(self):
        for name in self.exercises:
            value = self.shell.user_ns.get(_short(name))
            if callable(value) and self._number(name, value) is None:
                self._offer(name, value)

    def _number(self, name, function):
        return next((i for i, old in enumerate(self.found[name]) if old is function), None)

    def _offer(self, name, function):
        """Let the examiner ask about a function now, and return the Result."""
        which, about = self._number(name, function), {"own": True, "fits": False, "takes": ""}
        said = self.said.get((name, which), [])
        if said and said[-1].passed or len(said) >= limits.ASKED:    # to ask again would say nothing new
            return said[-1]
        if new := which is None:
            self.found[name] = [*self.found[name][:limits.CANDIDATES - 1], function]
            which, said = len(self.found[name]) - 1, []
        try:
            about = {"own": not str(getattr(function, "__module__", "")).startswith("toydiff."),
                     "fits": caller(self.right[name], function) is not None, "takes": takes(function)}
        except Exception:    # an object that answers nothing
            pass
        self.is_asked = True
        try:
            with guard.aside():
                self._send({"offer": name, "which": which, "new": new, "lost": self.cell.lost, **about})
                result = self.serve()
        finally:
            self.is_asked = False
        if result is None:
            os._exit(0)
        self.said[name, which] = [*said, checks.Result(**result)]
        return self.said[name, which][-1]

    def _check(self, name, function=None, *args, **options):
        """What the submission finds as `check`."""
        if threading.get_ident() != self.thread or self.is_asked:
            return checks.Result(str(name)[:100], "not started", "This is not checked within a check.")
        if isinstance(name, str) and name in self.exercises and callable(function):
            return self._offer(name, function)
        with guard.aside():    # of another notebook, or no function: it takes no place among the candidates
            return self.usual[0](name, function)

    def _diagnose(self, name, fault=None):
        """What the submission finds as `diagnose`."""
        self.faults[str(name)[:100]] = fault
        return self.usual[1](name, fault)

    def _send(self, content):
        """Write a reply: a dict, or a dict and one value of any kind."""
        if os.getpid() != self.process:    # a child that the submission forked off
            os._exit(0)
        try:
            frame = reply(*content) if isinstance(content, tuple) else reply(content)
        except Exception as error:
            frame = reply({"broken": type(error).__name__})
        write_frame(self.replies, *frame)


def _short(name):
    return name.split(".")[-1]


def _in_time(seconds, work):
    """The reply that work() gives, (dict, value), with the seconds of computing it took; or that it was too late."""
    start = guard.clock()
    try:
        content, value = guard.run(work, seconds)
    except guard.TimeUp as up:
        return {"late": True, "waited": list(up.waited)}
    return content | {"late": False, "seconds": guard.clock()[0] - start[0]}, value


def _error(error, function):
    return None if error is None else [type(error).__name__, said(error, function)]


def main():
    """Serve requests until the examiner hangs up."""
    requests, replies = (os.fdopen(os.dup(number), mode) for number, mode in ((0, "rb"), (1, "wb")))
    for number, flags in ((0, os.O_RDONLY), (1, os.O_WRONLY), (2, os.O_WRONLY)):
        os.dup2(os.open(os.devnull, flags), number)
    torch.set_num_threads(1)
    worker = Worker(requests, replies)
    no_debugger()
    sys.path.append("")    # now that toydiff is loaded, the submission's own modules
    limit()
    worker.serve()
