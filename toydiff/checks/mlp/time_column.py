"""Time as the network gets it: t/T, a column."""

import torch

from .. import drawings
from ..engine.exercise import Exercise
from .sections import NETWORK, NOTEBOOK, UNSCALED
from .times import times


def time_column(t, T):
    """t/T, shape (batch, 1)."""
    return (t / T)[:, None]


exercise = Exercise(
    "mlp.time_column", NOTEBOOK, time_column, times(),
    hints=["A plain division gives t/T for each point: shape (batch,). Which shape is wanted?",
           "`[:, None]` makes a column of a row of numbers."],
    place=lambda index, args: f"at t = {args['t'][index[0]].item()} the feature", any_float=True,
    tolerance=((1e-6, 1e-7), (1e-6, 1e-7)),
    draw=drawings.curve(lambda f: f(torch.arange(1, 101), 100), range(1, 101)))


@exercise.mistake(UNSCALED)
def unscaled(t, T):
    """This is t itself, 1 to T, which would drown the coordinates, which are around 1. Divide by T."""
    return t.double()[:, None]


@exercise.mistake(UNSCALED)
def whole_numbers(t, T):
    """Every t below T becomes 0, as when it is rounded down by `//`,
    `.long()` or `.int()`: divide with `/` and keep the fraction.
    """
    return (t // T).double()[:, None]


@exercise.mistake(NETWORK)
def t_minus_1(t, T):
    """This is (t − 1)/T. The course counts t as the formulas do, from 1; t/T was asked."""
    return ((t - 1) / T)[:, None]


@exercise.mistake(NETWORK)
def from_0(t, T):
    """This stretches 1 … T to 0 … 1. Asked was t/T, which is 0 only for the data themselves."""
    return ((t - 1) / (T - 1))[:, None]


@exercise.mistake(NETWORK)
def by_the_batch(t, T):
    """The largest t of this batch becomes 1, so the same t means something else in each batch. Divide by T."""
    return (t / t.max())[:, None]


@exercise.mistake(NETWORK)
def centred(t, T):
    """This goes from −1 to 1; t/T goes from almost 0 to 1."""
    return (2 * t / T - 1)[:, None]


@exercise.mistake(NETWORK)
def backwards(t, T):
    """This is 1 − t/T: it falls as t grows."""
    return (1 - t / T)[:, None]


@exercise.mistake(NETWORK)
def no_column(t, T):
    """The numbers are right, but they stand in a row. `[:, None]` makes the column that fits beside x and y."""
    return t / T


@exercise.mistake(NETWORK)
def a_row(t, T):
    """This is one row with a column for each point. Points go downwards: `[:, None]`, not `[None, :]`."""
    return (t / T)[None, :]
