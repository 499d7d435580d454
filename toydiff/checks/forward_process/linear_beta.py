"""The linear schedule: β from first to last in a straight line."""

import math

import torch

from .. import drawings
from ..engine.asking import Case
from ..engine.exercise import Exercise
from ..points import alone, by_t
from .sections import NOTEBOOK, STEP


def linear_beta(T, first, last):
    """β_0 = 0, then a straight line from `first` at t = 1 to `last` at t = T, shape (T + 1,)."""
    return torch.cat([torch.zeros(1).double(), torch.linspace(first, last, T, dtype=torch.float64)])


exercise = Exercise(
    "forward_process.linear_beta", NOTEBOOK, linear_beta,
    cases=[
        *alone(Case("T = 100 from 0.0001 to 0.1", {"T": 100, "first": 1e-4, "last": 0.1}), T=101, first=0.02, last=0.2),
        Case("T = 2", {"T": 2, "first": 0.1, "last": 0.2}),
        Case("T = 300", {"T": 300, "first": 1e-4, "last": 0.03}),
        Case("T = 50 from 0.000001 to 1", {"T": 50, "first": 1e-6, "last": 1.0}),
        Case("T = 1, where first and last are one", {"T": 1, "first": 0.3, "last": 0.3}),
        Case("every β alike", {"T": 9, "first": 0.05, "last": 0.05}),
        Case("T = 5 from 0.1 to 0.5", {"T": 5, "first": 0.1, "last": 0.5}),
        Case("T = 1000 from 0.0001 to 0.02", {"T": 1000, "first": 1e-4, "last": 0.02}),
        Case("a falling line from 0.3 to 0.1", {"T": 7, "first": 0.3, "last": 0.1}),
    ],
    hints=["`torch.linspace(first, last, T)` draws the line. How many entries does it have, how many are wanted?",
           "Put a 0 before it: `torch.cat([torch.zeros(1), …])`."],
    place=by_t, any_float=True,
    draw=drawings.curve(lambda f: f(100, 1e-4, 0.1)))


@exercise.mistake(STEP)
def no_entry_at_0(T, first, last):
    """The entry for t = 0 is missing: the table needs T + 1 entries,
    of which the first is β_0 = 0, so that `beta[t]` is β_t.
    """
    return torch.linspace(first, last, T)


@exercise.mistake(STEP)
def starts_with_first(T, first, last):
    """The line begins at t = 0, but β_0 is 0 and `first` is β_1."""
    return torch.linspace(first, last, T + 1)


@exercise.mistake(STEP)
def first_at_0(T, first, last):
    """β_1 lies one of T gaps beyond `first`, as if the line began at t = 0: it begins with `first` at t = 1."""
    return torch.linspace(first, last, T + 1, dtype=torch.float64) * (torch.arange(T + 1) > 0)


@exercise.mistake(STEP)
def line_from_0(T, first, last):
    """It makes no difference what `first` is: the line runs from 0 to `last`, but β_1 is `first`."""
    return torch.linspace(0, last, T + 1)


@exercise.mistake(STEP)
def never_reaches_last(T, first, last):
    """The steps have width (last − first) / T, so β_T falls short of `last`: between T values there are T − 1 gaps."""
    return torch.cat([torch.zeros(1), first + torch.arange(T) * (last - first) / T])


@exercise.mistake(STEP)
def geometric(T, first, last):
    """Your β grows by an equal factor at each step, a linear schedule by an equal amount."""
    return torch.cat([torch.zeros(1), torch.logspace(math.log10(first), math.log10(last), T)])


@exercise.mistake(STEP)
def scaled_linear(T, first, last):
    """The roots of your β lie on a straight line, as in Stable Diffusion's "scaled linear"; here β itself does."""
    return torch.cat([torch.zeros(1), torch.linspace(first**0.5, last**0.5, T, dtype=torch.float64) ** 2])
