"""The share of points far from every filled cell."""

import torch

from .. import drawings
from ..engine.exercise import Exercise
from ..points import only
from .sections import NOTEBOOK, SAMPLES
from .shares import BOARD, PERCENT, clouds, share


def strays(x, board, distance):
    """The share of points farther than `distance` from every filled cell."""
    return share(gaps(x, board).norm(dim=2).amin(1) > distance)


def gaps(x, board):
    """Return how far each point is from each filled cell along x and y, shape (batch, cells, 2)."""
    corners, x = board.edges.to(x), x[:, None]
    return x - x.clamp(corners[board.filled], corners[board.filled + 1])


exercise = Exercise(
    "evaluation.strays", NOTEBOOK, strays, clouds(distance=0.05),
    hints=["The nearest point of a cell is x itself, pushed back between its corners: `x.clamp(low, high)`.",
           "How far was it pushed? `(x - x.clamp(low, high)).norm(dim=1)`.",
           "Keep the smallest over all cells: `torch.minimum(nearest, gap)`. Then compare, then the mean."],
    place=only("the number"), number=True,
    draw=drawings.curve(lambda f: [f(drawings.blurred(0.05), BOARD, d) for d in drawings.SPREADS], drawings.SPREADS,
        "distance, blurred board"))


@exercise.mistake(SAMPLES, says=PERCENT)
def percent(x, board, distance):
    """A hundred times the share."""
    return 100 * strays(x, board, distance)


@exercise.mistake(SAMPLES)
def near(x, board, distance):
    """This is the share that is near; the strays are the others."""
    return 1 - strays(x, board, distance)


@exercise.mistake(SAMPLES)
def not_inside(x, board, distance):
    """This is the share that is not inside; points within `distance` of a cell are no strays."""
    return share(~board.contains(x))


@exercise.mistake(SAMPLES)
def larger_gap(x, board, distance):
    """This goes by the larger of the two gaps, as if the cells grew to larger squares; the distance is √(x² + y²) of
    them.
    """
    return share(gaps(x, board).abs().amax(2).amin(1) > distance)


@exercise.mistake(SAMPLES)
def sum_of_gaps(x, board, distance):
    """This goes by the sum of the gaps along x and y; the distance is √(x² + y²) of them."""
    return share(gaps(x, board).abs().sum(2).amin(1) > distance)


@exercise.mistake(SAMPLES)
def squared(x, board, distance):
    """This is the share whose squared distance is larger than `distance`; compare the distance itself, the root."""
    return share((gaps(x, board) ** 2).sum(2).amin(1) > distance)


@exercise.mistake(SAMPLES)
def last_cell(x, board, distance):
    """This goes by the distance to the last cell alone; keep the smallest over all cells."""
    return share(gaps(x, board).norm(dim=2)[:, -1] > distance)


@exercise.mistake(SAMPLES)
def centres(x, board, distance):
    """This goes by the distance to the centre of a cell; asked is that to the cell."""
    corners = board.edges.to(x)
    middle = (corners[board.filled] + corners[board.filled + 1]) / 2
    return share(torch.cdist(x, middle).amin(1) > distance)


@exercise.mistake(SAMPLES)
def square(x, board, distance):
    """This goes by the distance to the whole square; empty cells are no home."""
    return share((x - x.clamp(-1, 1)).norm(dim=1) > distance)


@exercise.mistake(SAMPLES)
def count(x, board, distance):
    """This is how many points stray; asked is their share of all points."""
    return strays(x, board, distance) * len(x)
