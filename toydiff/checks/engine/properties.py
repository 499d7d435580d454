"""Are the answers right? The first complaint about what they say, with its place, what came and what was wanted."""

import copy
import functools
from itertools import takewhile

import torch

from . import chance
from .asking import ask, caller, said

ROUNDING, SHARE = 2.0**-24, 32    # of float32, relative; how many roundings one answer may have gone through
NEARLY = 1e-3                     # more than this, relative, is nobody's last digits, whatever explains it
NOTHING = 1e-14                   # less than any right answer that is not 0, as a distance of −5e-15
PASSES = 3                        # how often the arguments are shaken by one rounding, to see what comes of it


def complaint(exercise, function, answers, again, wanted):
    """Return the first complaint about what the answers say, or None. again: the first case, asked a second time."""
    if told := _twice(exercise, function, answers[0], again):
        return told
    if told := wrong_number(exercise, answers, wanted)[0]:
        return told
    for case, answer, right in zip(exercise.cases, answers, wanted):
        if told := _slopes(exercise, case, answer, right):
            return told
    if chance.seeded(answers[0].drew, again.drew):
        return ("It sets the state of PyTorch's own random numbers, as `torch.manual_seed` does, for all that comes "
                "after it: seed nothing inside of a function.")
    return None


def wrong_number(exercise, answers, wanted):
    """Return the first complaint about a number, or None, and whether last digits are all that is wrong.

    answers: to all cases, or to the first few.
    """
    if exercise.exact:
        pairs = [(a.measured(exercise.measure, case.args), exercise.exact(case.args))
                 for case, a in zip(exercise.cases, answers)]
    else:
        pairs = [[a.measured(exercise.measure, case.args) for a in both]
                 for case, *both in zip(exercise.cases, answers, wanted)]
    off = [(case, got, good, index) for case, (got, good) in zip(exercise.cases, pairs)
           if (index := worst(exercise.tolerance, got, good)) is not None]
    if not off:
        return None, False
    rounded = list(takewhile(lambda found: found is not False, (_rounded(exercise, *one) for one in off)))
    only_rounded = len(rounded) == len(off) and True in rounded
    case, got, good, index = off[rounded.index(True) if only_rounded else 0]
    found = f"with {case.given}: {exercise.place(list(index), case.args)} is {_apart(got[index], good[index])}."
    if not only_rounded:
        return f"Not right yet {found}", False
    return (f"Right but for the last digits {found} Was something cut to float32 on the way, by `.float()` or "
            "`.to(…)`, a number such as π rounded, or a small one such as 1e-8 added, or set as a bound, against 0? "
            "Keep all digits, and change the dtype in the end."), True


def worst(tolerance, got, good):
    """Return the index where two tensors of one shape differ most, or None if they agree.

    Most, measured by what is tolerated there: of a table that begins at 9999 a small entry shows better what is wrong.
    """
    relative, absolute = tolerance[got.dtype == good.dtype == torch.float64]
    gap, tolerated = (got.double() - good.double()).abs(), relative * good.double().abs() + absolute
    off = ~(gap <= tolerated) & (got != good) & ~(got.isnan() & good.isnan())    # or both infinite, or both NaN
    if not off.any():
        return None
    times = (gap / tolerated).nan_to_num(torch.inf).where(off, 0)
    return tuple(i.item() for i in torch.unravel_index(times.argmax(), times.shape))


def _twice(exercise, function, first, again):
    """The complaint if the same question has two answers."""
    if again.error is not None:
        return f"Asked the same a second time, it stops: {said(again.error, function)}"
    if again.complaint:
        return f"Asked the same a second time, {again.complaint}"
    if isinstance(again.value, torch.Tensor) and again.value.shape == first.value.shape and torch.allclose(
            again.value.to(first.value.dtype), first.value, equal_nan=True):
        return None
    if again.drew:
        whose = " and ".join(f"{name}'s" for name in again.drew)
        source = ": hand `generator=source` to every random function" if "source" in exercise.cases[0].args else ""
        return (f"Asked the same twice, it gives two different answers, and draws from {whose} own random numbers. "
                f"Chance must come from the arguments alone{source}.")
    return ("Asked the same twice, it gives two different answers, and what it is given is the same both times. Is "
            "something kept from one call to the next: a global variable, a list, a counter, a generator of its own?")


def _slopes(exercise, case, answer, right):
    """The complaint if another gradient flows to the weights of a network, or none."""
    if right.slope is None:
        return None
    if answer.slope is None:
        return ("The numbers are right, but no gradient flows back to the network. Is there an `.item()`, a "
                "`.detach()` or a `no_grad`?")
    if answer.slope.shape != right.slope.shape:
        return ("The numbers are right, but the gradient flows to other weights than before. Is `requires_grad` "
                "switched off or on inside?")
    index = worst(exercise.tolerance, answer.slope, right.slope)
    if index is None:
        return None
    return (f"The numbers are right, but the gradient is not, with {case.given}: that of weight {index[0]} of the "
            f"network is {_apart(answer.slope[index], right.slope[index])}. Does it flow through all of it, once? "
            "`.detach()` or `no_grad` around a part cuts it off.")


def _apart(got, good):
    """What came and what was wanted, in as few digits as tell them apart; what roundings left of 0 is called 0."""
    if good.is_floating_point() and good.abs() < NOTHING < got.abs():
        good = torch.zeros_like(good)
    for digits in (4, 7, 10, 17):
        came, wanted = (str(v) if isinstance(v, bool) else f"{v:.{digits}g}" for v in (got.item(), good.item()))
        if came != wanted:
            break
    return f"{came}, {wanted} was wanted"


def _rounded(exercise, case, got, good, index):
    """Is the difference no larger than what roundings to float32 on the way explain, and was float64 to be had?

    None where they explain it, but it is more than last digits: 1 − ᾱ is nearly lost where ᾱ is next to 1.
    """
    if not got.dtype == good.dtype == torch.float64:
        return False
    right, spread = caller(exercise.reference, exercise.reference), torch.zeros_like(good)
    for number in range(PASSES):    # the answer to arguments that are off by one rounding: how much comes of it?
        source = torch.Generator().manual_seed(number)
        shaken = {name: _shaken(value, source) for name, value in copy.deepcopy(case.args).items()}
        value = ask(right, shaken, case.times).value
        if not isinstance(value, torch.Tensor) or value.shape != good.shape:
            break
        spread = torch.maximum(spread, (value.detach() - good).abs().nan_to_num(0))
    size = good.abs().nan_to_num(0, 0, 0)
    explained, nearly = SHARE * (spread + ROUNDING * size.amax()), NEARLY * size.clamp(min=0.01)
    same = (got == good) | (got.isnan() & good.isnan())
    gap = (got - good).abs()
    if not ((gap <= explained) | same).all():
        return False
    return True if ((gap <= nearly) | same).all() else None


def _shaken(value, source):
    """The same value, every number of which is off by a rounding to float32, up or down."""
    if isinstance(value, torch.Tensor) and value.dtype == torch.float64:
        signs = torch.randint(0, 2, value.shape, generator=source, dtype=torch.float64) * 2 - 1
        return value * (1 + ROUNDING * signs)
    if isinstance(value, float):
        return value * (1 + ROUNDING)
    if isinstance(value, (list, tuple)):
        return type(value)(map(functools.partial(_shaken, source=source), value))
    if isinstance(value, torch.nn.Module):
        with torch.no_grad():
            for p in value.parameters():
                p.copy_(_shaken(p.detach(), source))
    elif hasattr(value, "__dict__") and not callable(value):
        for name, part in vars(value).items():
            object.__setattr__(value, name, _shaken(part, source))
    return value
