"""The engine of all checks: it asks a learner's function the questions of an exercise and says what it found.

A ladder that stops at the first useful message: not started, contract (signature, type, shape, inputs unchanged),
properties (is each answer right?). Where something is wrong, the answers are compared with a bank of named mistakes.
If they are those of exactly one, that one is named. Nothing is ever guessed.
"""

import copy
import inspect
import linecache
from collections.abc import Callable
from dataclasses import dataclass

import torch

from .guard import TimeUp
from .result import Result


@dataclass(frozen=True)
class Case:
    """One question. given: what is special about it, in words that follow "with"; args: by name, never changed."""

    given: str
    args: dict


@dataclass(frozen=True)
class Mistake:
    """A wrong formula that people do write. says: what it is, in a sentence; section: of the notebook, explains it."""

    name: str
    says: str
    section: str
    wrong: Callable


@dataclass(frozen=True)
class Exercise:
    """All that is known of one exercise.

    name: "station.function"; notebook: of the station, without .ipynb; reference: a right answer, whose parameters
    are the signature; cases: the questions, answered as the reference does; extra: functions of `ask(**args)` that
    return a complaint or None; hints: from gentle to plain.
    measure: makes of (answer, args) what is compared, where answers are drawn at random;
    place: makes of (index, args) the words that say where an answer is wrong;
    tolerance: relative and absolute, by dtype; any_float: float32 will do as well as float64;
    number: the answer is one number, a float or a tensor.
    """

    name: str
    notebook: str
    reference: Callable
    cases: list
    mistakes: list
    hints: list
    extra: tuple = ()
    measure: Callable = lambda answer, args: answer
    place: Callable = lambda index, args: "entry " + ", ".join(map(str, index))
    tolerance: tuple = ((1e-4, 1e-5), (1e-7, 1e-9))    # float32, float64
    any_float: bool = False
    number: bool = False


@dataclass
class Answer:
    """What came of one question: a value or an error, and whether an argument was changed."""

    value: object = None
    error: BaseException | None = None
    changed: str = ""


def examine(exercise, function):
    """Climb the ladder and return a Result. Whatever the function does is caught, except that it never ends."""
    title = exercise.name.split(".")[-1]
    if not callable(function):
        return Result(exercise.name, "contract", f"A function was wanted, without brackets after its name: "
                      f'`check("{exercise.name}", {title})`. What came is of type {type(function).__name__}.')
    call = _caller(exercise, function)
    if call is None:
        wanted = ", ".join(inspect.signature(exercise.reference).parameters)
        return Result(exercise.name, "contract", f"The function must take ({wanted}), in any order. Yours cannot.")

    answers = [_ask(call, case.args) for case in exercise.cases]
    if any(a.value is ... or isinstance(a.error, NotImplementedError) for a in answers):
        return Result(exercise.name, "not started", f"`{title}` still returns `...`: put your code in its place. "
                      f'`hint("{exercise.name}")` helps.')
    wanted = [_ask(_caller(exercise, exercise.reference), case.args) for case in exercise.cases]
    step, complaint = "contract", _contract(exercise, function, answers, wanted)
    if not complaint:
        step, complaint = "properties", _properties(exercise, call, answers, wanted)
    if not complaint:
        return Result(exercise.name, "passed", f"All {len(answers) + len(exercise.extra)} properties hold.")
    found = [m for m in exercise.mistakes if _is_that(m, exercise, answers)]
    if len(found) == 1:
        return Result(exercise.name, "diagnosis", found[0].says, found[0].name, (exercise.notebook, found[0].section))
    return Result(exercise.name, step, complaint)


def _caller(exercise, function):
    """How to call the function: by the names of its parameters, or in order; None if neither fits."""
    names = list(inspect.signature(exercise.reference).parameters)
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


def _ask(call, args):
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


def _contract(exercise, function, answers, wanted):
    """The first complaint about the form of the answers, or None."""
    for case, answer, right in zip(exercise.cases, answers, wanted):
        value, start = answer.value, f"With {case.given}"
        if answer.error is not None:
            return f"{start} it stops: {_said(answer.error, function)}"
        if answer.changed:
            return f"{start} it changes its input `{answer.changed}`. Work on a new tensor: `a = a * b`, not `a *= b`."
        if value is None:
            return f"{start} it returns None. Is the `return` missing?"
        if exercise.number and isinstance(value, (int, float)) and not isinstance(value, bool):
            value = answer.value = torch.tensor(float(value), dtype=torch.float64)
        if not isinstance(value, torch.Tensor):
            return f"{start} it returns an object of type {type(value).__name__}, a torch.Tensor was wanted."
        if value.shape != right.value.shape:
            return f"{start} the answer has shape {tuple(value.shape)}, {tuple(right.value.shape)} was wanted."
        free = exercise.any_float or exercise.number
        if value.dtype != right.value.dtype and not (free and value.is_floating_point()):
            return (f"{start} the answer is {value.dtype}, {right.value.dtype} was wanted. "
                    "`.to(…)` at the end changes that.")
        if value.device != right.value.device:
            return f"{start} the answer is on {value.device}, {right.value.device} was wanted."
        if not value.isfinite().all():
            index = (~value.isfinite()).nonzero()[0].tolist()
            return f"{start} the answer holds NaN or infinity, first at {exercise.place(index, case.args)}."
    return None


def _said(error, function):
    """An error in one line: its type, its first line, and the learner's line that raised it."""
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


def _properties(exercise, call, answers, wanted):
    """The first complaint about what the answers say, or None."""
    for case, answer, right in zip(exercise.cases, answers, wanted):
        got, good = (exercise.measure(a.value, case.args) for a in (answer, right))
        if (index := _worst(exercise, got, good)) is not None:
            return (f"Not right yet with {case.given}: {exercise.place(list(index), case.args)} is "
                    f"{_number(got[index])}, {_number(good[index])} was wanted.")
    again = _ask(call, exercise.cases[0].args).value
    if not isinstance(again, torch.Tensor) or not torch.equal(again.to(answers[0].value), answers[0].value):
        return ("Asked the same twice, it gives two different answers. Chance must come from the arguments alone, "
                "not from `torch.randn` or `torch.rand` without them.")
    asked = (test(lambda **args: _ask(call, args).value) for test in exercise.extra)
    return next((complaint for complaint in asked if complaint), None)


def _number(value):
    return str(bool(value)) if value.dtype == torch.bool else f"{value.item():.4g}"


def _worst(exercise, got, good):
    """The index where two tensors of one shape differ most, or None if they agree."""
    relative, absolute = exercise.tolerance[got.dtype == torch.float64]
    difference = (got.double() - good.double()).abs() - relative * good.double().abs() - absolute
    if not (~(difference <= 0)).any():
        return None
    return tuple(i.item() for i in torch.unravel_index(difference.nan_to_num(torch.inf).argmax(), difference.shape))


def _is_that(mistake, exercise, answers):
    """Are the answers those of this mistake, in every case, and is there at least one?"""
    seen = False
    for case, answer in zip(exercise.cases, answers):
        wrong = _ask(_caller(exercise, mistake.wrong), case.args)
        if answer.error is not None or wrong.error is not None:
            if type(answer.error) is not type(wrong.error):
                return False
            continue
        if not isinstance(answer.value, torch.Tensor):
            return False
        got, bad = (exercise.measure(value, case.args) for value in (answer.value, torch.as_tensor(wrong.value)))
        if got.shape != bad.shape or _worst(exercise, got, bad) is not None:
            return False
        seen = True
    return seen
