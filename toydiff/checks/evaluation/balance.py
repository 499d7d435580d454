"""How evenly are the cells filled?"""

import torch

from .. import drawings
from ..engine.exercise import Exercise
from ..points import only
from .sections import NOTEBOOK, SAMPLES
from .shares import BOARD, PERCENT, clouds


def balance(x, board):
    """The total variation between the points inside and an even filling."""
    count = counts(x, board)
    return (count / count.sum() - 1 / len(count)).abs().sum() / 2


def counts(x, board):
    """Return how many points are in each filled cell."""
    cell = board.cell_of(x)
    return torch.bincount(cell[cell >= 0], minlength=len(board.filled)).double()


exercise = Exercise(
    "evaluation.balance", NOTEBOOK, balance, clouds(),
    hints=["`board.cell_of(x)` is −1 outside: leave those out first.",
           "`torch.bincount(cell, minlength=len(board.filled))` counts, also the cells that nobody is in.",
           "Shares, minus an even share, absolute values, their sum, half of it."],
    place=only("the number"), number=True,
    draw=drawings.curve(lambda f: [f(drawings.leaning(share), BOARD) for share in drawings.SPREADS],
        drawings.SPREADS, "share of the points in one cell"))


@exercise.mistake(SAMPLES, says=PERCENT)
def percent(x, board):
    """A hundred times the number."""
    return 100 * balance(x, board)


@exercise.mistake(SAMPLES)
def not_halved(x, board):
    """This is twice the answer. What one cell has too much, another lacks: is the half missing?"""
    count = counts(x, board)
    return (count / count.sum() - 1 / len(count)).abs().sum()


@exercise.mistake(SAMPLES)
def largest(x, board):
    """This is the largest difference; asked is the sum of all, halved."""
    count = counts(x, board)
    return (count / count.sum() - 1 / len(count)).abs().max()


@exercise.mistake(SAMPLES)
def squares(x, board):
    """This is half the sum of the squared differences; asked is that of their absolute values."""
    count = counts(x, board)
    return ((count / count.sum() - 1 / len(count)) ** 2).sum() / 2


@exercise.mistake(SAMPLES)
def signs(x, board):
    """This is always 0, as differences from an even share add up to 0. Are absolute values missing?"""
    count = counts(x, board)
    return (count / count.sum() - 1 / len(count)).sum() / 2


@exercise.mistake(SAMPLES)
def of_all_points(x, board):
    """These are shares of all points, strays too; divide by the number of points inside."""
    count = counts(x, board)
    return (count / len(x) - 1 / len(count)).abs().sum() / 2


@exercise.mistake(SAMPLES)
def strays_as_a_cell(x, board):
    """The strays, −1, are counted as one more cell: leave them out."""
    count = torch.bincount(board.cell_of(x) + 1, minlength=len(board.filled) + 1).double()
    return (count / count.sum() - 1 / len(count)).abs().sum() / 2


@exercise.mistake(SAMPLES)
def sixteen(x, board):
    """Here an even share is 1 / the number of all cells; it is 1 / that of the *filled* ones, half of all."""
    count = counts(x, board)
    return (count / count.sum() - 1 / (2 * len(count))).abs().sum() / 2


@exercise.mistake(SAMPLES)
def even_over_the_visited(x, board):
    """This compares with an even filling of the cells that have points; it should be all filled cells."""
    count = counts(x, board)
    count = count[count > 0]
    return (count / count.sum() - 1 / len(count)).abs().sum() / 2


@exercise.mistake(SAMPLES)
def divergence(x, board):
    """This is Σ p · log(p/q), the Kullback-Leibler divergence; the total variation is half the sum of all |p − q|."""
    share = counts(x, board) / counts(x, board).sum()
    return torch.special.xlogy(share, share * len(share)).sum()
