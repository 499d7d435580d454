"""Time as waves: sines and cosines of it, from slow to fast."""

import math

import torch

from .. import drawings
from ..engine.asking import Case
from ..engine.exercise import Exercise
from .sections import FEATURES, NOTEBOOK, UNSCALED
from .times import times


def waves(t, T, n):
    """sin and cos of π u, 2π u, 4π u … with u = t/T, shape (batch, 2n)."""
    phase = (t / T)[:, None] * math.pi * 2 ** torch.arange(n)
    return torch.cat([phase.sin(), phase.cos()], dim=1)


def questions():
    """Return (question about a time, n), among them two that differ in n alone."""
    first, *others = times()
    return [(first, 3), *zip(others, (3, 3, 2, 2, 5, 4, 4, 3, 1)), (first, 4), (first, 1), (first, 9)]


exercise = Exercise(
    "mlp.waves", NOTEBOOK, waves,
    cases=[Case(f"{case.given}, n = {n}", {**case.args, "n": n}) for case, n in questions()],
    hints=["`2 ** torch.arange(n)` holds 1, 2, 4 …; times π they are the frequencies.",
           "A column (batch, 1) times a row (n,) is a table (batch, n): the angle at each frequency.",
           "`torch.cat([angle.sin(), angle.cos()], dim=1)` puts two tables side by side."],
    place=lambda index, args: f"at t = {args['t'][index[0]].item()} the feature in column {index[1]}",
    tolerance=((1e-4, 3e-4), (1e-7, 1e-9)), any_float=True,
    draw=drawings.image(lambda f: f(torch.arange(1, 101), 100, 4).T, "t", "column"))


def angle(u, frequencies):
    """Return u times each frequency, shape (batch, frequencies)."""
    return u.double()[:, None] * frequencies


def twice_as_fast(n):
    """Return the frequencies π, 2π, 4π …"""
    return math.pi * 2.0 ** torch.arange(n).double()


@exercise.mistake(UNSCALED)
def unscaled(t, T, n):
    """Every sine is 0, as sin(π · 2^k · t) is for every whole t: is t divided by T?"""
    phase = angle(t, twice_as_fast(n))
    return torch.cat([phase.sin(), phase.cos()], dim=1)


@exercise.mistake(FEATURES)
def no_pi(t, T, n):
    """The frequencies are 1, 2, 4 …; they lack the factor π."""
    phase = angle(t / T, 2.0 ** torch.arange(n).double())
    return torch.cat([phase.sin(), phase.cos()], dim=1)


@exercise.mistake(FEATURES)
def multiples(t, T, n):
    """The frequencies are π, 2π, 3π; each should be twice the one before: π, 2π, 4π."""
    phase = angle(t / T, math.pi * torch.arange(1, n + 1))
    return torch.cat([phase.sin(), phase.cos()], dim=1)


@exercise.mistake(FEATURES)
def starts_at_2_pi(t, T, n):
    """The slowest wave has 2π, it should have π: is there a 2 too many, or do the powers begin with 2¹?"""
    phase = angle(t / T, 2 * twice_as_fast(n))
    return torch.cat([phase.sin(), phase.cos()], dim=1)


@exercise.mistake(FEATURES)
def starts_at_0(t, T, n):
    """The frequencies are 0, π, 2π …, and the first is a wave that never moves; asked were π, 2π, 4π."""
    phase = angle(t / T, math.pi * torch.arange(n))
    return torch.cat([phase.sin(), phase.cos()], dim=1)


@exercise.mistake(FEATURES)
def slower(t, T, n):
    """The waves become slower, π, π/2, π/4 …; each should be twice as fast as the one before."""
    phase = angle(t / T, math.pi / 2.0 ** torch.arange(n).double())
    return torch.cat([phase.sin(), phase.cos()], dim=1)


@exercise.mistake(FEATURES)
def cosines_first(t, T, n):
    """The cosines stand before the sines."""
    phase = angle(t / T, twice_as_fast(n))
    return torch.cat([phase.cos(), phase.sin()], dim=1)


@exercise.mistake(FEATURES)
def alternating(t, T, n):
    """Sine and cosine take turns; first all sines were asked, then all cosines."""
    phase = angle(t / T, twice_as_fast(n))
    return torch.stack([phase.sin(), phase.cos()], dim=2).flatten(1)


@exercise.mistake(FEATURES)
def no_cosines(t, T, n):
    """There are only sines, n columns; put the cosines beside them."""
    return angle(t / T, twice_as_fast(n)).sin()


@exercise.mistake(FEATURES)
def sines_twice(t, T, n):
    """Both halves are sines; the second should be cosines."""
    phase = angle(t / T, twice_as_fast(n))
    return torch.cat([phase.sin(), phase.sin()], dim=1)


@exercise.mistake(FEATURES)
def from_0_to_1(t, T, n):
    """The waves are those of t − 1: u is t/T, not (t − 1)/T."""
    phase = angle((t - 1) / T, twice_as_fast(n))
    return torch.cat([phase.sin(), phase.cos()], dim=1)
