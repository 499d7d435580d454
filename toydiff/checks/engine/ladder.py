"""The engine of all checks: it asks a learner's function the questions of an exercise and says what it found.

A ladder that stops at the first useful message: not started, contract (signature, type, shape, inputs unchanged),
properties (is each answer right?); a wrong number goes before what breaks the contract in a later question. Where
something is wrong, the answers are compared with a bank of named mistakes. If they are those of exactly one, that one
is named. Nothing is ever guessed.
"""

import inspect

import torch

from . import properties, settings
from .asking import Unreadable, as_number, ask, caller, elsewhere, said, slope, takes
from .guard import clock
from .result import Result


def examine(exercise, function, put=None, spent=None):
    """Climb the ladder and return a Result. Whatever the function does is caught, except that it never ends.

    put: how a case is put to the function, if not by `answer_to`: in grading it lives in another process;
    spent: a list to which the seconds are added that each question took.
    """
    put = timed(put or answer_to, [] if spent is None else spent)
    title = exercise.name.split(".")[-1]
    if not callable(function):
        return Result(exercise.name, "contract", f"A function was wanted, without brackets after its name: "
                      f'`check("{exercise.name}", {title})`. What came is of type {type(function).__name__}.')
    call = caller(exercise.reference, function)
    if call is None:
        return must_take(exercise, takes(function))

    answers = [put(exercise, call, case) for case in exercise.cases]
    if any(answer.value is ... for answer in answers):
        return Result(exercise.name, "not started", f"`{title}` still returns `...`: put your code in its place. "
                      f'`hint("{exercise.name}")` helps.')
    if exercise.handed_out and _are_those(exercise.handed_out, exercise, answers):
        return Result(exercise.name, "not started", f"`{title}` still does what it did when it came in. "
                      f'`hint("{exercise.name}")` helps.')
    wanted = ours(exercise, exercise.reference)
    step, (kept, complaint) = "contract", _contract(exercise, function, answers, wanted)
    told, only_rounded = properties.wrong_number(exercise, answers[:kept], wanted) if complaint else (None, False)
    if told and not only_rounded:    # the first questions are the ordinary ones
        step, complaint = "properties", told
    if not complaint:
        again = put(exercise, call, exercise.cases[0])
        step, complaint = "properties", properties.complaint(exercise, function, answers, again, wanted)
    if not complaint:
        once = timed(ask, [] if spent is None else spent)
        asked = (test(lambda **args: once(call, args).value) for test in exercise.extra)
        complaint = next((complaint for complaint in asked if complaint), None)
    if not complaint:
        return Result(exercise.name, "passed", f"All {len(answers) + len(exercise.extra)} properties hold.")
    answered = any(isinstance(answer.value, torch.Tensor) for answer in answers)
    found = [m for m in exercise.mistakes if answered and _are_those(m.wrong, exercise, answers)]
    if len(found) == 1:
        return Result(exercise.name, "diagnosis", found[0].says, found[0].name,
                      (found[0].notebook or exercise.notebook, found[0].section))
    return Result(exercise.name, step, complaint)


def must_take(exercise, what):
    """Return the Result of a function that cannot be called; what: what it takes, as `takes` says it."""
    wanted = ", ".join(inspect.signature(exercise.reference).parameters)
    return Result(exercise.name, "contract", f"The function must take ({wanted}), in any order. {what}")


def timed(work, spent):
    """Return the same function; what each call of it takes is added to the list `spent`, in seconds of computing."""
    def work_in_time(*args):
        start = clock()[0]
        answer = work(*args)
        spent.append(clock()[0] - start)
        return answer
    return work_in_time


def answer_to(exercise, call, case):
    """Return the Answer to one question, with its value as the exercise wants to see it."""
    answer = ask(call, case.args, case.times)
    learning = exercise.through.split() or ["model"] * ("model" in case.args and bool(exercise.changes))
    answer.complaint = (elsewhere(answer) or answer.left or settings.modes(answer.after, case.args, learning)
                        or settings.frozen(answer.after, case.args, exercise.changes)
                        or settings.gradients(answer.after, case.args, exercise.changes))
    if answer.complaint:
        return answer
    if exercise.number:
        answer.value = as_number(answer.value)
    if answer.value is not None and answer.value is not ...:
        try:
            answer.value = exercise.read(answer.value, answer.after)
        except Unreadable as why:
            answer.complaint = str(why)
    if exercise.through:
        answer.slope = slope(answer.value, [answer.after[name] for name in exercise.through.split()])
    return answer


def ours(exercise, function):
    """Return the Answers of a function that is ours, right or wrong, to all cases."""
    call = caller(exercise.reference, function)
    return exercise.recalled(function, lambda: [answer_to(exercise, call, case) for case in exercise.cases])


def _contract(exercise, function, answers, wanted):
    """How many answers keep to the form that was wanted, and the complaint about the next, or None."""
    for kept, (case, answer, right) in enumerate(zip(exercise.cases, answers, wanted)):
        if complaint := _of_form(exercise, function, case, answer, right):
            return kept, complaint
    return len(answers), None


def _of_form(exercise, function, case, answer, right):
    """The complaint about the form of one answer, or None."""
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
    if value.dtype != right.value.dtype and not (free and value.dtype in (torch.float32, torch.float64)):
        return f"{start} the answer is {value.dtype}, {_in_its_place(value.dtype, right.value.dtype, free)}"
    got, good = (a.measured(exercise.measure, case.args) for a in (answer, right))
    if (bad := ~got.isfinite() & good.isfinite()).any():
        index = bad.nonzero()[0].tolist()
        return f"{start} the answer holds NaN or infinity: {exercise.place(index, case.args)}."
    return None


def _in_its_place(dtype, right, free):
    """Which dtype was wanted, and what to do for it."""
    wanted = "torch.float32 or torch.float64" if free else right
    if dtype.is_complex:
        return f"{wanted} was wanted. `.real` takes the real part."
    if dtype.is_floating_point and dtype.itemsize < 4:    # in the end it is too late
        return f"in which few digits are left: {wanted} was wanted, from the beginning."
    return f"{wanted} was wanted. `.to(…)` at the end changes that."


def _instead(exercise, value):
    """What to do instead of changing an input."""
    if isinstance(value, torch.nn.Module):
        others = f"; change those of `{exercise.changes[0]}`" if exercise.changes else ""
        return f"Leave its weights as they are{others}."
    if isinstance(value, (list, tuple)):
        return "Leave the list and what is in it as they are: no `pop`, and `a = a + b`, not `a += b`."
    return "Work on a new tensor: `a = a * b`, not `a *= b`."


def _are_those(function, exercise, answers):
    """Are the answers those of this wrong function, in every case, and is there at least one?"""
    seen = False
    for case, answer, wrong in zip(exercise.cases, answers, ours(exercise, function)):
        if answer.error is not None or wrong.error is not None:
            if type(answer.error) is not type(wrong.error):
                return False
            continue
        if answer.complaint or wrong.complaint or not isinstance(answer.value, torch.Tensor):
            return False
        theirs, its = ({*one.changed}.difference(exercise.changes) for one in (answer, wrong))
        if theirs != its:    # it may have changed the wrong one of two networks, and nothing else
            return False
        got, bad = (a.measured(exercise.measure, case.args) for a in (answer, wrong))
        if got.shape != bad.shape or properties.worst(exercise.tolerance, got, bad) is not None:
            return False
        seen |= bool(got.isfinite().any())    # all NaN is nobody's own mistake
    return seen
