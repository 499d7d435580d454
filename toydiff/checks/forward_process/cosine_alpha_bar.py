"""The cosine schedule."""

import math

import torch

from .. import drawings
from ..engine.asking import Case
from ..engine.exercise import Exercise
from ..points import alone, by_t
from .sections import LONG, NOTEBOOK


def cosine_alpha_bar(T, offset):
    """ᾱ_t = f(t) / f(0), f(t) = cos²((t/T + offset) / (1 + offset) · π/2), shape (T + 1,)."""
    u = torch.arange(T + 1, dtype=torch.float64) / T
    f = torch.cos((u + offset) / (1 + offset) * math.pi / 2) ** 2
    return f / f[0]


exercise = Exercise(
    "forward_process.cosine_alpha_bar", NOTEBOOK, cosine_alpha_bar,
    cases=[
        *alone(Case("T = 100, offset 0.008", {"T": 100, "offset": 0.008}), T=99, offset=0.1),
        Case("T = 1", {"T": 1, "offset": 0.05}), Case("T = 300", {"T": 300, "offset": 0.02}),
        Case("T = 4, offset 0.2", {"T": 4, "offset": 0.2}),
        Case("T = 1000, offset 0.008", {"T": 1000, "offset": 0.008}),
        Case("offset 0", {"T": 10, "offset": 0.0}),
    ],
    hints=["First a tensor of all t/T for t = 0 … T: how many entries?",
           "Then f in one line, with `math.pi`; the answer is f divided by its first entry."],
    place=by_t, any_float=True,
    draw=drawings.curve(lambda f: f(100, 0.008)))


@exercise.mistake(LONG)
def no_square(T, offset):
    """Your entries are the roots of the right ones: is the cosine squared?"""
    u = torch.arange(T + 1, dtype=torch.float64) / T
    f = torch.cos((u + offset) / (1 + offset) * math.pi / 2)
    return f / f[0]


@exercise.mistake(LONG)
def not_divided(T, offset):
    """Your ᾱ_0 is not 1: this is f itself. Is it divided by f(0)?"""
    u = torch.arange(T + 1, dtype=torch.float64) / T
    return torch.cos((u + offset) / (1 + offset) * math.pi / 2) ** 2


@exercise.mistake(LONG)
def no_offset(T, offset):
    """It makes no difference what `offset` is: all comes out as if it were 0."""
    u = torch.arange(T + 1, dtype=torch.float64) / T
    return torch.cos(u * math.pi / 2) ** 2


@exercise.mistake(LONG)
def offset_only_added(T, offset):
    """It comes out as if the angle went beyond π/2, up to (1 + offset) · π/2: is t/T + offset divided by 1 + offset?"""
    u = torch.arange(T + 1, dtype=torch.float64) / T
    f = torch.cos((u + offset) * math.pi / 2) ** 2
    return f / f[0]


@exercise.mistake(LONG)
def whole_pi(T, offset):
    """It comes out as if the angle went to π; it should end at π/2, where the cosine is 0."""
    u = torch.arange(T + 1, dtype=torch.float64) / T
    f = torch.cos((u + offset) / (1 + offset) * math.pi) ** 2
    return f / f[0]


@exercise.mistake(LONG)
def degrees(T, offset):
    """It comes out as if the angle went to 90, as in degrees; `torch.cos` wants radians, π/2."""
    u = torch.arange(T + 1, dtype=torch.float64) / T
    f = torch.cos((u + offset) / (1 + offset) * 90) ** 2
    return f / f[0]


@exercise.mistake(LONG)
def no_entry_at_0(T, offset):
    """The entry for t = 0 is missing: t goes from 0 to T, T + 1 entries."""
    return cosine_alpha_bar(T, offset)[1:]


@exercise.mistake(LONG)
def capped(T, offset):
    """It comes out as from β of at most 0.999, as the paper caps them when it works them out
    of ᾱ; asked is f(t)/f(0) itself, which ends at 0.
    """
    table = cosine_alpha_bar(T, offset)
    return torch.cat([table[:1], (1 - (1 - table[1:] / table[:-1]).clamp(max=0.999)).cumprod(0)])
