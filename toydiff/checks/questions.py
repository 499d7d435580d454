"""Asking a learner's function one question: how it wants to be called, on copies of the arguments, errors caught."""

import copy
import inspect
import linecache
from dataclasses import dataclass

import torch

from .guard import TimeUp


@dataclass(frozen=True)
class Case:
    """One question. given: what is special about it, in words that follow "with"; args: by name, never changed."""

    given: str
    args: dict


@dataclass
class Answer:
    """What came of one question: a value or an error, and whether an argument was changed."""

    value: object = None
    error: BaseException | None = None
    changed: str = ""


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


def ask(call, args):
    """Return the Answer to one question. The arguments are copied first."""
    fresh = {name: _copy(value) for name, value in args.items()}
    try:
        answer = Answer(call(fresh))
    except TimeUp:
        raise
    except BaseException as error:    # also SystemExit and whatever a learner derives from BaseException
        answer = Answer(error=error)
    answer.changed = next((name for name in args if not _unchanged(fresh[name], args[name])), "")
    return answer


def _copy(value):
    if isinstance(value, torch.Generator):
        return torch.Generator(value.device).set_state(value.get_state())
    return copy.deepcopy(value)


def _unchanged(value, before):
    if isinstance(before, torch.Tensor):
        return value.shape == before.shape and torch.equal(value, before)
    if isinstance(before, torch.Generator):
        return True    # it is there to be used
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
