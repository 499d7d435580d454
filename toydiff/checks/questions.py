"""Asking a learner's function one question: how it wants to be called, on copies of the arguments, errors caught."""

import copy
import inspect
import linecache
from dataclasses import dataclass, field

import torch

from .guard import TimeUp


@dataclass(frozen=True)
class Case:
    """One question. given: what is special about it, in words that follow "with"; args: by name, never changed;

    times: how often the function is called, each time with what the last call has left of the arguments.
    """

    given: str
    args: dict
    times: int = 1


@dataclass
class Answer:
    """What came of one question: a value or an error, the arguments afterwards, and which of them were changed.

    complaint: what keeps the value from being read.
    """

    value: object = None
    error: BaseException | None = None
    after: dict = field(default_factory=dict)
    changed: tuple = ()
    complaint: str = ""


class Unreadable(Exception):
    """What an exercise's `read` raises if the answer is of no use: why, in words that follow "With … "."""


def caller(reference, function):
    """Return how to call the function with the arguments of `reference`: by name, or in order; None if neither fits."""
    names = list(inspect.signature(reference).parameters)
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):    # some built-in functions have none
        return lambda args: function(*args.values())
    for call, given in ((lambda args: function(**args), ((), dict.fromkeys(names))),
                        (lambda args: function(*args.values()), (names, {}))):
        try:
            signature.bind(*given[0], **given[1])
        except TypeError:
            continue
        return call
    return None


def ask(call, args, times=1):
    """Return the Answer to one question. The arguments are copied first."""
    fresh = _copy(args)
    try:
        for _ in range(times):
            answer = Answer(call(fresh))
    except TimeUp:
        raise
    except BaseException as error:    # also SystemExit and whatever a learner derives from BaseException
        answer = Answer(error=error)
    answer.after = fresh
    answer.changed = tuple(name for name in args if not _unchanged(fresh[name], args[name]))
    return answer


def _copy(args):
    """A copy of all arguments at once: an optimizer goes on holding the weights of the model beside it."""
    generators = {id(value): torch.Generator(value.device).set_state(value.get_state())
                  for value in args.values() if isinstance(value, torch.Generator)}
    return copy.deepcopy(args, generators)


def _unchanged(value, before):
    if isinstance(before, torch.Tensor):
        return value.shape == before.shape and torch.equal(value, before)
    if isinstance(before, torch.Generator):
        return True    # it is there to be used
    if isinstance(before, torch.nn.Module):
        return all(map(_unchanged, [*value.parameters(), *value.buffers()], [*before.parameters(), *before.buffers()]))
    if isinstance(before, (list, tuple)):
        return len(value) == len(before) and all(map(_unchanged, value, before))
    return all(_unchanged(vars(value).get(name), old) for name, old in getattr(before, "__dict__", {}).items())


def said(error, function):
    """Return an error in one line: its type, its first line, and the learner's line that raised it."""
    try:
        text = str(error).strip().splitlines()[:1]
    except Exception:
        text = []
    words = ": ".join([type(error).__name__, *text])[:200]
    file, line, step = getattr(getattr(function, "__code__", None), "co_filename", None), "", error.__traceback__
    while step:
        if step.tb_frame.f_code.co_filename == file:
            line = linecache.getline(file, step.tb_lineno).strip()
        step = step.tb_next
    return words + (f", in the line `{line[:100]}`" if line else ".")
