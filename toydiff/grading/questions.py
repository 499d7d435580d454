"""The questions of one exercise, put to one function that lives in a worker."""

from dataclasses import dataclass

import torch

from ..checks import Result
from ..checks.engine import guard
from ..checks.engine.asking import Answer
from ..checks.engine.chance import SOURCES
from ..checks.engine.ladder import examine, must_take
from . import limits, message, texts
from .process import Gone, Stopped
from .reading import OutOfTime


@dataclass
class Heard:
    """What came of it. again: may the same function be asked again? gone: how the worker ended, or None."""

    result: Result
    again: bool = True
    gone: Gone | None = None


def put(exercise, which, unfit, ask):
    """Return the Heard of function number `which` of an exercise.

    unfit: "" if it can be called with the arguments, else what it takes; ask(seconds, kind, *args): sends a request;
    may raise Gone, or OutOfTime and Stopped, which are raised again.
    """
    if unfit:
        return Heard(must_take(exercise, unfit))
    one = _Function(exercise, which, ask)
    try:
        return Heard(examine(exercise, one.call, one.answer))
    except guard.TimeUp as up:
        if one.over is None:
            said = guard.late(limits.CHECK, one.spent, up.waited, exercise.cases)
            return Heard(Result(exercise.name, "contract", said), False)
        if not isinstance(one.over, Gone):
            raise one.over from None
        return Heard(Result(exercise.name, "contract", texts.when_called(one.over)), False, one.over)
    except Exception as error:    # an answer stranger than the engine expects
        return Heard(Result(exercise.name, "contract", texts.strange(error)))


class _Function:
    """A function in another process, as the engine sees it."""

    def __init__(self, exercise, which, ask):
        self.exercise, self.which, self.ask = exercise, which, ask
        self.left, self.over, self.spent = limits.CHECK, None, []    # over: what ended the asking

    def answer(self, exercise, call, case):
        """Put a case: what `answer_to` does where the function is at hand."""
        sent = self._asked("answer", [case is other for other in exercise.cases].index(True))
        if "large" in sent:
            return Answer(object(), complaint=sent["large"])
        value, slope = sent["value"]
        return Answer(value, message.error_of(sent["error"]), complaint=texts.tame(sent["complaint"], 400),
                      changed=tuple(name for name in case.args if name in sent["changed"]),
                      slope=slope if isinstance(slope, torch.Tensor) else None,
                      drew={whose: texts.tame(where, 64) for whose, where in sent["drew"].items() if whose in SOURCES})

    def call(self, **args):
        """Call it once."""
        sent = self._asked("call", args)
        if error := message.error_of(sent.get("error")):
            raise error
        return sent.get("value")

    def _asked(self, kind, *args):
        if self.over or self.left <= 0:
            raise guard.TimeUp
        try:
            sent = self.ask(self.left, kind, self.exercise.name, self.which, *args, self.left)
        except (Gone, OutOfTime, Stopped) as why:    # not to be taken for an error of the function
            self.over = why
            raise guard.TimeUp from why
        if sent.get("late"):
            raise guard.TimeUp(message.waited_in(sent))
        if "broken" in sent:
            raise type(message.named(sent["broken"]), (Exception,), {})
        self.spent.append(message.seconds_of(sent))
        self.left -= self.spent[-1]
        return sent
