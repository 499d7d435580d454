"""A learning rate that falls like half a cosine."""

import math

from .. import drawings
from ..engine.asking import Case
from ..engine.exercise import Exercise
from ..points import only
from .sections import HELPERS, NOTEBOOK


def decayed_lr(step, steps, lr):
    """lr (1 + cos(π (step − 1)/steps)) / 2."""
    return lr * (1 + math.cos(math.pi * (step - 1) / steps)) / 2


exercise = Exercise(
    "training.decayed_lr", NOTEBOOK, decayed_lr,
    cases=[Case(f"step {step} of {steps}, lr = {lr:g}", {"step": step, "steps": steps, "lr": lr})
           for step, steps, lr in ((500, 1000, 0.01), (501, 1000, 0.01), (500, 900, 0.01), (500, 1000, 0.03),
                                   (1, 1000, 0.01), (1000, 1000, 0.01), (2, 1000, 0.01), (3, 8, 2.0), (8, 8, 0.5),
                                   (250, 999, 0.004), (1, 1, 0.1), (70_000, 100_000, 3e-5))],
    hints=["At step 1 the angle is 0, and half a turn is π.",
           "`math.cos` goes from 1 to −1. Add 1 and halve: from 1 to 0."],
    place=only("the learning rate"), number=True, tolerance=((1e-5, 1e-9), (1e-7, 1e-9)),
    draw=drawings.curve(lambda f: [f(step, 200, 0.01) for step in range(1, 201)], range(1, 201), "step"))


@exercise.mistake(HELPERS)
def counts_from_0(step, steps, lr):
    """At step 1 the rate is below lr already. Steps count from 1, so the angle is π (step − 1)/steps."""
    return lr * (1 + math.cos(math.pi * step / steps)) / 2


@exercise.mistake(HELPERS)
def steps_minus_1(step, steps, lr):
    """At the last step the rate is 0, and the step is lost: divide by `steps`, not by `steps − 1`."""
    return lr * (1 + math.cos(math.pi * (step - 1) / (steps - 1))) / 2


@exercise.mistake(HELPERS)
def not_halved(step, steps, lr):
    """The rate comes out twice as large: 1 + cos goes from 2 to 0, halve it."""
    return lr * (1 + math.cos(math.pi * (step - 1) / steps))


@exercise.mistake(HELPERS)
def negative(step, steps, lr):
    """The rate goes down to −lr, as the cosine alone does, and a negative rate climbs: add 1, then halve."""
    return lr * math.cos(math.pi * (step - 1) / steps)


@exercise.mistake(HELPERS)
def linear(step, steps, lr):
    """The rate falls in a straight line; half a cosine was asked."""
    return lr * (1 - (step - 1) / steps)


@exercise.mistake(HELPERS)
def rising(step, steps, lr):
    """The rate rises from 0; it should fall from lr. Is the sign of the cosine wrong?"""
    return lr * (1 - math.cos(math.pi * (step - 1) / steps)) / 2


@exercise.mistake(HELPERS)
def whole_period(step, steps, lr):
    """The rate falls to 0 in the middle and rises again. Is the angle
    twice too large, or the cosine squared? Half a turn is π.
    """
    return lr * (1 + math.cos(2 * math.pi * (step - 1) / steps)) / 2


@exercise.mistake(HELPERS)
def quarter(step, steps, lr):
    """The rate ends at lr/2, as with an angle of π/2; it should fall to almost 0, half a turn."""
    return lr * (1 + math.cos(math.pi / 2 * (step - 1) / steps)) / 2


@exercise.mistake(HELPERS)
def degrees(step, steps, lr):
    """It comes out as if half a turn were 180; `math.cos` wants radians: π."""
    return lr * (1 + math.cos(180 * (step - 1) / steps)) / 2


@exercise.mistake(HELPERS)
def no_lr(step, steps, lr):
    """This is only the factor between 1 and 0; multiply it by lr."""
    return (1 + math.cos(math.pi * (step - 1) / steps)) / 2
