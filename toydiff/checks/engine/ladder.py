"""The engine of all checks: it asks a learner's function the questions of an exercise and says what it found.

A ladder that stops at the first useful message: not started, contract (signature, type, shape, inputs unchanged),
properties (is each answer right?). Where something is wrong, the answers are compared with a bank of named mistakes.
If they are those of exactly one, that one is named. Nothing is ever guessed.
"""

import inspect

import torch

from .asking import Unreadable, as_number, ask, caller, elsewhere, said
from .result import Result

NEARLY = (1e-3, 1e-5)    # relative and absolute: what float32 on the way leaves of a float64 answer, and some more


def examine(exercise, function, put=None):
    """Climb the ladder and return a Result. Whatever the function does is caught, except that it never ends.

    put: how a case is put to the function, if not by `answer_to`: in grading it lives in another process.
    """
    put = put or answer_to
    title = exercise.name.split(".")[-1]
    if not callable(function):
        return Result(exercise.name, "contract", f"A function was wanted, without brackets after its name: "
                      f'`check("{exercise.name}", {title})`. What came is of type {type(function).__name__}.')
    call = caller(exercise.reference, function)
    if call is None:
        wanted = ", ".join(inspect.signature(exercise.reference).parameters)
        return Result(exercise.name, "contract", f"The function must take ({wanted}), in any order. Yours cannot.")

    answers = [put(exercise, call, case) for case in exercise.cases]
    if any(answer.value is ... for answer in answers):
        return Result(exercise.name, "not started", f"`{title}` still returns `...`: put your code in its place. "
                      f'`hint("{exercise.name}")` helps.')
    if exercise.handed_out and _is_that(exercise.handed_out, exercise, answers):
        return Result(exercise.name, "not started", f"`{title}` is still as it was: it does what it did when it came "
                      f'in. `hint("{exercise.name}")` helps.')
    right = caller(exercise.reference, exercise.reference)
    wanted = [answer_to(exercise, right, case) for case in exercise.cases]
    step, complaint = "contract", _contract(exercise, function, answers, wanted)
    if not complaint:
        step, complaint = "properties", _properties(exercise, call, put, answers, wanted)
    if not complaint:
        return Result(exercise.name, "passed", f"All {len(answers) + len(exercise.extra)} properties hold.")
    answered = any(isinstance(answer.value, torch.Tensor) for answer in answers)
    found = [m for m in exercise.mistakes if answered and _is_that(m.wrong, exercise, answers)]
    if len(found) == 1:
        return Result(exercise.name, "diagnosis", found[0].says, found[0].name,
                      (found[0].notebook or exercise.notebook, found[0].section))
    return Result(exercise.name, step, complaint)


def answer_to(exercise, call, case):
    """Return the Answer to one question, with its value as the exercise wants to see it."""
    answer = ask(call, case.args, case.times)
    answer.complaint = elsewhere(answer)
    if answer.complaint:
        return answer
    if exercise.number:
        answer.value = as_number(answer.value)
    if answer.value is not None and answer.value is not ...:
        try:
            answer.value = exercise.read(answer.value, answer.after)
        except Unreadable as why:
            answer.complaint = str(why)
    return answer


def _contract(exercise, function, answers, wanted):
    """The first complaint about the form of the answers, or None."""
    for case, answer, right in zip(exercise.cases, answers, wanted):
        value, start = answer.value, f"With {case.given}"
        if answer.error is not None:
            return f"{start} it stops: {said(answer.error, function)}"
        if changed := [name for name in answer.changed if name not in exercise.changes]:
            return f"{start} it changes its input `{changed[0]}`. {_instead(exercise, case.args[changed[0]])}"
        if value is None:
            return f"{start} it returns None. Is the `return` missing?"
        if answer.complaint:
            return f"{start} {answer.complaint}"
        if not isinstance(value, torch.Tensor):
            what = "one number" if exercise.number else "a torch.Tensor"
            return f"{start} it returns an object of type {type(value).__name__}, {what} was wanted."
        if value.shape != right.value.shape:
            return f"{start} the answer has shape {tuple(value.shape)}, {tuple(right.value.shape)} was wanted."
        free = exercise.any_float or exercise.number
        if value.dtype != right.value.dtype and not (free and value.is_floating_point()):
            return (f"{start} the answer is {value.dtype}, {right.value.dtype} was wanted. "
                    "`.to(…)` at the end changes that.")
        got, good = (exercise.measure(a.value, case.args) for a in (answer, right))
        if (bad := ~got.isfinite() & good.isfinite()).any():
            index = bad.nonzero()[0].tolist()
            return f"{start} the answer holds NaN or infinity: {exercise.place(index, case.args)}."
    return None


def _instead(exercise, value):
    """What to do instead of changing an input."""
    if isinstance(value, torch.nn.Module):
        others = f"; change those of `{exercise.changes[0]}`" if exercise.changes else ""
        return f"Leave its weights as they are{others}."
    if isinstance(value, (list, tuple)):
        return "Leave the list and what is in it as they are: no `pop`, and `a = a + b`, not `a += b`."
    return "Work on a new tensor: `a = a * b`, not `a *= b`."


def _properties(exercise, call, put, answers, wanted):
    """The first complaint about what the answers say, or None."""
    first, again = answers[0].value, put(exercise, call, exercise.cases[0]).value
    if not isinstance(again, torch.Tensor) or again.shape != first.shape or not torch.allclose(
            again, first, equal_nan=True):
        return ("Asked the same twice, it gives two different answers. Chance must come from the arguments alone, "
                "not from `torch.randn` or `torch.rand` without them.")
    pairs = [[exercise.measure(a.value, case.args) for a in both]
             for case, *both in zip(exercise.cases, answers, wanted)]
    for case, (got, good) in zip(exercise.cases, pairs):
        if (index := _worst(exercise.tolerance, got, good)) is not None:
            found = f"with {case.given}: {exercise.place(list(index), case.args)} is {_apart(got[index], good[index])}."
            if any(_worst((NEARLY, NEARLY), *pair) is not None for pair in pairs):
                return f"Not right yet {found}"
            return (f"Right but for the last digits {found} Was something cut to float32 on the way, by `.float()` or "
                    "`.to(…)`, or a small number added? Compute in float64, and change the dtype in the end.")
    if any(right.value.requires_grad and not answer.value.requires_grad for answer, right in zip(answers, wanted)):
        return ("The numbers are right, but no gradient flows back to the network. Is there an `.item()`, a "
                "`.detach()` or a `no_grad`?")
    asked = (test(lambda **args: ask(call, args).value) for test in exercise.extra)
    return next((complaint for complaint in asked if complaint), None)


def _apart(got, good):
    """What came and what was wanted, in as few digits as tell them apart."""
    for digits in (4, 7, 10, 17):
        came, wanted = (str(v) if isinstance(v, bool) else f"{v:.{digits}g}" for v in (got.item(), good.item()))
        if came != wanted:
            break
    return f"{came}, {wanted} was wanted"


def _worst(tolerance, got, good):
    """The index where two tensors of one shape differ most, or None if they agree."""
    relative, absolute = tolerance[got.dtype == good.dtype == torch.float64]
    difference = (got.double() - good.double()).abs() - relative * good.double().abs() - absolute
    difference[(got == good) | got.isnan() & good.isnan()] = 0    # both infinite, or a mistake that is NaN as well
    if (difference <= 0).all():
        return None
    return tuple(i.item() for i in torch.unravel_index(difference.nan_to_num(torch.inf).argmax(), difference.shape))


def _is_that(function, exercise, answers):
    """Are the answers those of this wrong function, in every case, and is there at least one?"""
    seen = False
    for case, answer in zip(exercise.cases, answers):
        wrong = answer_to(exercise, caller(exercise.reference, function), case)
        if answer.error is not None or wrong.error is not None:
            if type(answer.error) is not type(wrong.error):
                return False
            continue
        if answer.complaint or wrong.complaint or not isinstance(answer.value, torch.Tensor):
            return False
        if answer.changed != wrong.changed:    # it may have changed the wrong one of two networks, and nothing else
            return False
        got, bad = (exercise.measure(value, case.args) for value in (answer.value, torch.as_tensor(wrong.value)))
        if got.shape != bad.shape or _worst(exercise.tolerance, got, bad) is not None:
            return False
        seen |= bool(got.isfinite().any())    # all NaN is nobody's own mistake
    return seen
