"""The covariance of a cloud of points."""

import torch

from .. import drawings
from ..engine.asking import Case
from ..engine.exercise import Exercise
from ..points import drawn
from .sections import FIT, NOTEBOOK


def covariance(x):
    """The sample covariance, shape (2, 2)."""
    return x.T.cov()


def clouds():
    """Return the cases: tilted clouds that are not centred."""
    def cloud(seed, n):
        return drawn(n, 2, seed=seed) @ torch.tensor([[3.0, 2.0], [0.0, 1.5]]).double() + torch.tensor([5.0, -3.0])

    return [Case("five points", {"x": cloud(1, 5)}), Case("five other points", {"x": cloud(6, 5)}),
            Case("1000 points", {"x": cloud(2, 1000)}), Case("3000 points far out", {"x": cloud(5, 3000) + 500}),
            Case("a falling cloud", {"x": cloud(8, 40) * torch.tensor([-1.0, 1.0])}),
            Case("a wide cloud", {"x": 100 * cloud(9, 40)}), Case("two points", {"x": cloud(3, 2)}),
            Case("three points", {"x": cloud(7, 3) / 100}),
            Case("float32 points", {"x": cloud(4, 50).float()})]


exercise = Exercise(
    "data.covariance", NOTEBOOK, covariance, clouds(),
    hints=["Subtract the mean of each coordinate, `x.mean(0)`.",
           "`d.T @ d` sums up all products of two coordinates."],
    place=lambda index, args: f"the entry [{index[0]}, {index[1]}]",
    draw=drawings.bars(lambda f: f(drawings.board()), ("xx", "xy", "yx", "yy")))


@exercise.mistake(FIT)
def by_n(x):
    """It comes out divided by n; the mean was estimated from the same points, so n − 1 is fair."""
    return x.T.cov(correction=0)


@exercise.mistake(FIT)
def not_centred(x):
    """It comes out as if no mean were subtracted: take `x.mean(0)` off first."""
    return x.T @ x / (len(x) - 1)


@exercise.mistake(FIT)
def summed(x):
    """This is a sum over all points: divide by n − 1. If you do, is n the number of points, `len(x)`?"""
    d = x - x.mean(0)
    return d.T @ d


@exercise.mistake(FIT)
def correlation(x):
    """This is the correlation, with ones on the diagonal: it should not be divided by the standard deviations."""
    return x.T.corrcoef()


@exercise.mistake(FIT)
def of_points(x):
    """This relates points with points, shape (n, n); the coordinates are
    asked, shape (2, 2): is a `.T` missing, or in the wrong place?
    """
    return x.cov()


@exercise.mistake(FIT)
def diagonal(x):
    """Only the variances are there: what x and y have in common comes out as 0."""
    return torch.diag(x.var(0))


@exercise.mistake(FIT)
def one_mean(x):
    """It comes out as if one mean of all numbers were subtracted; each coordinate has its own: `x.mean(0)`."""
    d = x - x.mean()
    return d.T @ d / (len(x) - 1)


@exercise.mistake(FIT)
def mean_of_each_point(x):
    """It comes out as if each point's own mean, over its two coordinates, were subtracted: subtract the mean over all
    points, `x.mean(0)`.
    """
    d = x - x.mean(1, keepdim=True)
    return d.T @ d / (len(x) - 1)
