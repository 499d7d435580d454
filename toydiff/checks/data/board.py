"""The board in columns and rows, and the questions about points on it."""

import torch

from ...data import Checkerboard
from ..engine.asking import Case

BOARD = Checkerboard()


def cells(x):
    """Return the column and the row of each point, shape (batch, 2)."""
    return ((x + 1) * 2).floor()


def on_board(cell):
    """Return whether column and row lie within 0 … 3, shape (batch,)."""
    return ((cell >= 0) & (cell < 4)).all(1)


def places():
    """Return the cases of a function of points x."""
    side = torch.arange(-2.25, 2.5, 0.5, dtype=torch.float64)
    centres = torch.cartesian_prod(side, side)
    inside = centres.abs().amax(1) < 1
    near_edges = torch.cat([BOARD.edges.double() + away for away in (-0.01, -2e-5, 2e-5, 0.01)])
    corner = torch.cartesian_prod(BOARD.edges, BOARD.edges).double()[:, None]
    near_corners = (corner + 0.01 * torch.tensor([[1, 1], [1, -1], [-1, 1], [-1, -1.0]])).flatten(0, 1)
    far = torch.tensor([-3e9, -300.2, -64.3, 63.7, 127.2, 300.3, 3e9, -0.3, 0.2]).double()
    blind = 4 * torch.rand(200, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64) - 2
    return [
        Case("the centres of the 16 cells", {"x": centres[inside]}),
        Case("points outside of the square", {"x": centres[~inside]}),
        Case("points close to an edge", {"x": torch.cartesian_prod(near_edges, torch.tensor([-0.6, 0.4]).double())}),
        Case("points close to a corner", {"x": near_corners}),
        Case("200 points anywhere", {"x": blind}),
        Case("other 200 points anywhere", {"x": blind.flip(0) * 0.7}),
        Case("points far away", {"x": torch.cartesian_prod(far, far)}),
        Case("3000 points", {"x": blind.repeat(15, 1) * torch.linspace(0.5, 1, 3000)[:, None]}),
        Case("a batch of one point", {"x": torch.tensor([[0.2, 0.15]])}),
        Case("two points", {"x": torch.tensor([[0.2, 0.15], [0.25, 0.75]])}),
        Case("float32 points", {"x": blind.float()}),
    ]


def at_point(index, args):
    """Say where: the point asked about."""
    return "the answer for the point ({:.6g}, {:.6g})".format(*args["x"][index[0]].tolist())
