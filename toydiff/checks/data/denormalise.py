"""From [-1, 1] back to any range."""

import torch

from .. import drawings
from ..engine.exercise import Exercise
from ..points import by_point
from .ranges import ranges
from .sections import NOTEBOOK, SCALE


def denormalise(x, low, high):
    """From [-1, 1] back to [low, high]."""
    return low + (x + 1) / 2 * (high - low)


exercise = Exercise(
    "data.denormalise", NOTEBOOK, denormalise, ranges("x", lambda a, b: -1, lambda a, b: 1, beyond=True),
    hints=["Take your formula of `normalise` and solve it for u.", "Halve what you get from x + 1, then stretch."],
    place=by_point,
    draw=drawings.curve(lambda f: f(torch.linspace(-1, 1, 50), -3, 5), torch.linspace(-1, 1, 50), "x, to [-3, 5]"))


@exercise.mistake(SCALE)
def from_0_1(x, low, high):
    """This would be right for x in [0, 1]: from [-1, 1] add 1 and halve first."""
    return low + x * (high - low)


@exercise.mistake(SCALE)
def not_halved(x, low, high):
    """−1 becomes `low`, but 1 ends a whole width beyond `high`: x + 1 goes from 0 to 2, halve it."""
    return low + (x + 1) * (high - low)


@exercise.mistake(SCALE)
def no_low(x, low, high):
    """Your answer begins at 0, not at `low`: add it in the end."""
    return (x + 1) / 2 * (high - low)


@exercise.mistake(SCALE)
def to_high(x, low, high):
    """Your answer goes from `low` to low + high: stretch by the width, high − low."""
    return low + (x + 1) / 2 * high


@exercise.mistake(SCALE)
def forwards(x, low, high):
    """This is `normalise` once more; the way back was asked."""
    return 2 * (x - low) / (high - low) - 1
