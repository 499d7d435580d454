"""The point on the line between a datum and its noise."""

import torch

from ... import flow
from .. import drawings
from ..engine.asking import Case
from ..engine.exercise import Exercise
from ..points import drawn
from .lines import NO_COLUMN, ONE_U, about_u, by_point, column
from .sections import LINE, NOTEBOOK, WRONG


def interpolate(x0, u, eps):
    """x_u, shape (batch, 2)."""
    return flow.interpolate(x0, u, eps)


def ends():
    """Return the cases at both ends of the line."""
    x0, eps = drawn(2, 5, 2, seed=6)
    return [Case(f"u = {u} for every point", {"x0": x0, "u": torch.full((5,), float(u)).double(), "eps": eps})
            for u in (0, 1)]


exercise = Exercise(
    "flow.interpolate", NOTEBOOK, interpolate, [*about_u("x0", "eps"), *ends()],
    hints=["At u = 0 it is x_0, at u = 1 it is ε. What lies in between, evenly?",
           "Each point has its own u: `u[:, None]` is a column, one factor for each point."],
    place=by_point, draw=drawings.cloud(lambda f: f(drawings.board(), drawings.every(0.3), drawings.noise())))


@exercise.mistake(WRONG)
def other_way(x0, u, eps):
    """This is the other convention: data at 1, noise at 0. Here u = 0 is the data."""
    u = column(u)
    return u * x0 + (1 - u) * eps


@exercise.mistake(LINE)
def roots(x0, u, eps):
    """The factors have a square root, as in the forward process; on a straight line they are 1 − u and u themselves."""
    u = column(u)
    return (1 - u).sqrt() * x0 + u.sqrt() * eps


@exercise.mistake(LINE)
def on_a_circle(x0, u, eps):
    """The squares of your factors add up to 1: that is an arc. On a line the factors themselves add up to 1."""
    u = column(u)
    return (1 - u**2).sqrt() * x0 + u * eps


@exercise.mistake(LINE)
def data_whole(x0, u, eps):
    """This is x_0 + u ε, with all of x_0: it must fade as the noise comes, by 1 − u."""
    return x0 + column(u) * eps


@exercise.mistake(LINE)
def noise_whole(x0, u, eps):
    """All of the noise is there at every u: its factor is u."""
    return (1 - column(u)) * x0 + eps


@exercise.mistake(LINE)
def minus(x0, u, eps):
    """The noise has a minus here: at u = 1 you would end at −ε."""
    u = column(u)
    return (1 - u) * x0 - u * eps


@exercise.mistake(LINE)
def beyond(x0, u, eps):
    """This is x_0 + u (ε + x_0), and x_0 grows: it is x_0 + u (ε − x_0)."""
    u = column(u)
    return (1 + u) * x0 + u * eps


@exercise.mistake(LINE)
def from_the_noise(x0, u, eps):
    """This is ε + (1 − u) (ε − x_0), past the noise; the way back from ε is x_0 − ε."""
    return eps + (1 - column(u)) * (eps - x0)


@exercise.mistake(LINE)
def halfway(x0, u, eps):
    """This is the middle of the line, whatever u is."""
    return (x0 + eps) / 2


@exercise.mistake(LINE, says=ONE_U)
def one_u(x0, u, eps):
    """All points get the u of the first one."""
    return (1 - u[0]) * x0 + u[0] * eps


@exercise.mistake(LINE, says=NO_COLUMN)
def no_column(x0, u, eps):
    """u meets a coordinate, not a point."""
    return (1 - u) * x0 + u * eps
