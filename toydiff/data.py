"""The data: points spread evenly over the filled cells of a checkerboard.

The square [-1, 1]² is cut into n × n cells; a cell is filled where column + row is even.
Every point of a filled cell is equally likely, every other point impossible.
"""

from dataclasses import dataclass
from functools import cache

import torch

from .support import validation as validate

# Five points that the whole course follows, one in each of five filled cells.
NAMED_POINTS = {
    "Ada": (-0.75, 0.30),
    "Ben": (-0.30, 0.80),
    "Cleo": (0.20, 0.15),
    "Dev": (0.85, -0.35),
    "Eve": (0.30, -0.70),
}


def named_points(device="cpu"):
    """Return the five named points, float32, shape (5, 2), in the order of NAMED_POINTS."""
    return torch.tensor(list(NAMED_POINTS.values()), device=validate.usable_device(device))


@dataclass(frozen=True)
class Checkerboard:
    """The uniform distribution on the filled cells of a checkerboard over [-1, 1]².

    cells_per_side: an even number (so that filled and empty area are equal), 2 to 1000.
    Raises TypeError or ValueError for anything else.
    """

    cells_per_side: int = 4

    def __post_init__(self):
        if validate.integer(self.cells_per_side, "cells_per_side", 2, 1000) % 2:
            raise ValueError(f"cells_per_side must be even, got {self.cells_per_side}")

    @property
    def edges(self):
        """Where cells begin and end along a side: float32, shape (cells_per_side + 1,), from -1 to 1."""
        return torch.linspace(-1, 1, self.cells_per_side + 1)

    @property
    def filled(self):
        """(column, row) of every filled cell, int64, shape (cells, 2), row by row from the bottom."""
        n = self.cells_per_side
        return torch.tensor([(column, row) for row in range(n) for column in range(row % 2, n, 2)])

    @property
    def mean(self):
        """The mean, shape (2,): zero."""
        return torch.zeros(2)

    @property
    def covariance(self):
        """The covariance, shape (2, 2): each coordinate alone is uniform on [-1, 1], so its variance is 1/3."""
        diagonal, off_diagonal = 1 / 3, 1 / self.cells_per_side**2
        return torch.tensor([[diagonal, off_diagonal], [off_diagonal, diagonal]])

    def sample(self, n, seed=None, device="cpu"):
        """Draw exactly n points: float32, shape (n, 2), every one inside a filled cell.

        seed: an int, a torch.Generator or None (torch's global generator). Raises ValueError for n < 1.
        """
        n = validate.integer(n, "n", low=1)
        source = validate.random_source(seed, device)
        drawn_on = source.device if source else device
        edges, filled = _tables(self, drawn_on)                     # those above, kept on the device

        which = torch.randint(len(filled), (n,), generator=source, device=drawn_on)
        cell = filled[which]                                        # (n, 2) column and row
        low, high = edges[cell], edges[cell + 1]                    # (n, 2) the corners of each cell
        place = torch.rand(n, 2, generator=source, device=drawn_on)
        x0 = low + (high - low) * place                             # (n, 2)
        # float32 may round a point up onto the edge, which belongs to the next cell
        return torch.minimum(x0, torch.nextafter(high, low)).to(device)

    def cell_of(self, x):
        """Return for each point the index of its filled cell (a row of `filled`), or -1: int64, shape (batch,).

        A cell owns its lower and left edge. x: shape (batch, 2).
        """
        validate.points(x)
        n = self.cells_per_side
        column, row = (torch.bucketize(x.contiguous(), self.edges.to(x), right=True) - 1).unbind(1)
        on_board = (column >= 0) & (column < n) & (row >= 0) & (row < n)
        return torch.where(on_board & ((column + row) % 2 == 0), row * (n // 2) + column // 2, -1)

    def contains(self, x):
        """Return for each point whether it lies in a filled cell: bool, shape (batch,). x: shape (batch, 2)."""
        return self.cell_of(x) >= 0

    def density(self, x):
        """Return the probability density at each point: 1/2 inside (the filled area is 2), else 0; shape (batch,)."""
        return self.contains(x).to(x.dtype) / 2


@cache
def _tables(board, device):
    """Return edges and filled on `device`: sent there once, so that drawing never makes a GPU wait."""
    return board.edges.to(device), board.filled.to(device)
