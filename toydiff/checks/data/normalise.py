"""From any range to [-1, 1]."""

import math

import torch

from .. import drawings
from ..engine.exercise import Exercise
from ..points import by_point
from .ranges import ranges
from .sections import NOTEBOOK, SCALE


def normalise(u, low, high):
    """From [low, high] to [-1, 1]."""
    return 2 * (u - low) / (high - low) - 1


exercise = Exercise(
    "data.normalise", NOTEBOOK, normalise, ranges("u", lambda a, b: a, lambda a, b: b),
    hints=["Where should `low` go, where `high`, where the middle?",
           "Subtract the middle, divide by half of the width."],
    place=by_point,
    draw=drawings.curve(lambda f: f(torch.linspace(-3, 5, 50), -3, 5), torch.linspace(-3, 5, 50), "u in [-3, 5]"))


@exercise.mistake(SCALE)
def to_0_1(u, low, high):
    """This ends in [0, 1]: stretch by 2 and shift by −1."""
    return (u - low) / (high - low)


@exercise.mistake(SCALE)
def half(u, low, high):
    """This ends in [-0.5, 0.5]: divide by half of the width."""
    return (u - (low + high) / 2) / (high - low)


@exercise.mistake(SCALE)
def no_brackets(u, low, high):
    """Only `low` comes out divided by the width, u does not: is a pair of brackets missing?"""
    return 2 * (u - low / (high - low)) - 1


@exercise.mistake(SCALE)
def no_shift(u, low, high):
    """Where `low` is not 0, it does not become −1: subtract it from u before you divide."""
    return 2 * u / (high - low) - 1


@exercise.mistake(SCALE)
def by_high(u, low, high):
    """It comes out divided by `high`; it should be the width, high − low."""
    return 2 * (u - low) / high - 1


@exercise.mistake(SCALE)
def of_the_data(u, low, high):
    """The smallest and the largest number of this batch become −1 and 1,
    so each batch is scaled differently. Take `low` and `high`.
    """
    return 2 * (u - u.min()) / (u.max() - u.min()) - 1


@exercise.mistake(SCALE)
def standardised(u, low, high):
    """This gives mean 0 and standard deviation 1; asked was the range [-1, 1]."""
    return (u - u.mean(0)) / (u.std(0) if len(u) > 1 else math.nan)    # of one PyTorch would warn whoever asks


@exercise.mistake(SCALE)
def backwards(u, low, high):
    """This goes the other way, from [-1, 1] to [low, high]."""
    return low + (u + 1) / 2 * (high - low)
