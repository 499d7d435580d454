"""Shares of points: the questions about points on a board, and what is often wrong."""

import torch

from ...data import Checkerboard
from ..engine.asking import Case
from ..points import alone, drawn

BOARD = Checkerboard()
PERCENT = "This is in percent; asked is a number between 0 and 1."


def share(condition):
    """Return how often it holds, between 0 and 1."""
    return condition.double().mean()


def clouds(**more):
    """Return the cases of a function of points and a board; more: arguments beside."""
    def case(given, x, board=BOARD, **other):
        return Case(given, {"x": x, "board": board, **(more | other if more else {})})

    good = BOARD.sample(37, 3).double()
    first, other = case("200 points anywhere", 0.7 * drawn(200, 2, seed=0)), 0.8 * drawn(200, 2, seed=6)
    hair = torch.tensor([[0.7, 0.99999], [-0.99999, -0.8], [0.2, -0.99999]]).double()
    one_cell = good[BOARD.cell_of(good) == 2]
    return [
        *alone(first, x=other, board=Checkerboard(6), **{name: 2.5 * value for name, value in more.items()}),
        *([case("points off a corner", 1 + torch.tensor([[0.03, 0.03], [0.04, 0.04], [0.06, 0.01]]).double()),
           case("points at exactly the distance, which are not farther", torch.tensor(
               [[1.25, -0.25], [-1.25, -0.75], [0.75, 1.25], [1.5, 0.75], [0.25, -2]]).double(), distance=0.25),
           case("distance = 0", torch.cat([good[:20], other[:20]]), distance=0.0)] if more else []),
        case("points of the board", good),
        case("3000 points anywhere", 0.6 * drawn(3000, 2, seed=7)),
        case("points far away, but for one", torch.cat([good[:1], 400 * drawn(60, 2, seed=8)])),
        case("points that come more than once", torch.cat([good[:3].repeat(30, 1), first.args["x"][:60]])),
        case("points of one cell", torch.cat([one_cell, one_cell * 0.99 - 0.001])),
        case("some points outside of the square", torch.cat([good[:9], 1.5 * drawn(50, 2, seed=1)])),
        case("points a hair within the square and beyond it", torch.cat(
            [hair, torch.where(hair.abs() > 0.9, 1.00002 * hair, hair)])),
        case("a batch of one point", torch.tensor([[0.2, 0.15]]).double()),
        case("a larger share of strays", torch.cat([good[:6], 3.0 * drawn(40, 2, seed=2)]), distance=0.3),
        case("a board of 2 × 2 cells", 0.8 * drawn(150, 2, seed=3), Checkerboard(2)),
        case("a board of 8 × 8 cells", 0.6 * drawn(300, 2, seed=4), Checkerboard(8)),
        case("float32 points", (0.8 * drawn(90, 2, seed=5)).float()),
    ]
