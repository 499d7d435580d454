"""Small pictures for questions, and the words that say where an answer is wrong."""

from functools import cache

import torch

from ...checkpoint import DIGITS, load
from ..networks import beside
from ..points import drawn


def small(n, height=4, width=4, channels=1, seed=5, dtype=torch.float64):
    """Return the same n pictures of normal numbers each time."""
    return drawn(n, channels, height, width, seed=seed).to(dtype)


def by_pixel(index, args):
    """Say where: a pixel of a picture."""
    if len(index) < 4:
        return "entry " + ", ".join(map(str, index))
    picture, channel, row, column = index
    return f"row {row}, column {column} of picture {picture}" + (f", channel {channel}" if channel else "")


def wave(xt, t):
    """A stand-in for a network: its answer depends on t, on the pixel and on those beside and above it."""
    return torch.sin(2 * xt + 0.3 * beside(xt, t)) + 0.3 * xt.roll(1, 3) + 0.2 * xt.roll(1, 2) + 0.1 * xt


def silent(xt, t):
    """Answer 0."""
    return torch.zeros_like(xt) * beside(xt, t)


@cache
def trained():
    """Return the network of digits that comes with the course, its schedule, and 20 scans: to draw answers with."""
    loaded = load(DIGITS)
    return loaded.model.requires_grad_(False), loaded.schedule, loaded.data.held_out[:20]


def normal(*shape, seed=1):
    """Return standard normal numbers, float32."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))
