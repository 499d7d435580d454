"""The data: points spread evenly over the filled cells of a checkerboard, or a cloud of one's own.

Data is anything with sample(n, seed, device) -> x0, float32, shape (n, …). Where there are labels, `labels` says how
many, and sample_labelled(n, seed, device) -> (x0, label) gives each point's, an integer from 0.

The board: [-1, 1]² is cut into n × n cells; a cell is filled where column + row is even. Every point of a filled cell
is equally likely, every other point impossible.
"""

from dataclasses import dataclass
from functools import cache

import torch

from .support import tensors
from .support.devices import find_device, random_source
from .support.validation import choice, integer

# Five points that the whole course follows, one in each of five filled cells.
NAMED_POINTS = {
    "Ada": (-0.75, 0.30),
    "Ben": (-0.30, 0.80),
    "Cleo": (0.20, 0.15),
    "Dev": (0.85, -0.35),
    "Eve": (0.30, -0.70),
}
LABELS = ("cells", "rows", "halves")    # what a label can be: the point's cell, its row, its half: left or right


def named_points(device="cpu"):
    """Return the five named points, float32, shape (5, 2), in the order of NAMED_POINTS."""
    return torch.tensor(list(NAMED_POINTS.values()), dtype=torch.float32, device=find_device(device))


@dataclass(frozen=True)
class Checkerboard:
    """The uniform distribution on the filled cells of a checkerboard over [-1, 1]².

    cells_per_side: an even number (so that filled and empty area are equal), 2 to 1000;
    labelled: what the label of a point is: "cells", "rows", "halves", or None: it has none.
    Raises TypeError or ValueError for anything else.
    """

    cells_per_side: int = 4
    labelled: str | None = None

    kind, shape = "board", (2,)
    variance = 1 / 3    # of a coordinate: each alone is uniform on [-1, 1]

    def __post_init__(self):
        if integer(self.cells_per_side, "cells_per_side", 2, 1000) % 2:
            raise ValueError(f"cells_per_side must be even, got {self.cells_per_side}")
        if self.labelled is not None:
            choice(self.labelled, LABELS, "labelled")

    def options(self):
        """Return the arguments that make this board, by name."""
        return {"cells_per_side": self.cells_per_side, "labelled": self.labelled}

    @property
    def edges(self):
        """Where cells begin and end along a side: float32, shape (cells_per_side + 1,), from -1 to 1."""
        return torch.linspace(-1, 1, self.cells_per_side + 1, dtype=torch.float32)

    @property
    def filled(self):
        """(column, row) of every filled cell, int64, shape (cells, 2), row by row from the bottom."""
        n = self.cells_per_side
        return torch.tensor([(column, row) for row in range(n) for column in range(row % 2, n, 2)])

    @property
    def label_of_cell(self):
        """The label of every filled cell, in the order of `filled`: int64, shape (cells,). Without labels all are 0."""
        column, row = self.filled.unbind(1)
        return {"cells": torch.arange(len(row)), "rows": row, "halves": 2 * column // self.cells_per_side,
                None: torch.zeros_like(row)}[self.labelled]

    @property
    def labels(self):
        """How many labels there are, 0 if none."""
        return int(self.label_of_cell.max()) + 1 if self.labelled else 0

    @property
    def label_names(self):
        """What people call the labels, a list."""
        if self.labelled == "halves":
            return ["left", "right"]
        if self.labelled == "rows":
            return [f"row {row + 1}" for row in range(self.labels)]
        return [f"column {column + 1}, row {row + 1}" for column, row in self.filled.tolist()][:self.labels]

    @property
    def mean(self):
        """The mean, shape (2,): zero."""
        return torch.zeros(2, dtype=torch.float32)

    @property
    def covariance(self):
        """The covariance, shape (2, 2): each coordinate alone is uniform on [-1, 1], so its variance is 1/3."""
        diagonal, off_diagonal = 1 / 3, 1 / self.cells_per_side**2
        return torch.tensor([[diagonal, off_diagonal], [off_diagonal, diagonal]], dtype=torch.float32)

    def sample(self, n, seed=None, device="cpu"):
        """Draw exactly n points: float32, shape (n, 2), every one inside a filled cell.

        seed: an int, a torch.Generator or None (torch's global generator). Raises ValueError for n < 1.
        """
        return self._draw(n, seed, device)[0]

    def sample_labelled(self, n, seed=None, device="cpu"):
        """Draw the points that `sample` would, and their labels: int64, shape (n,), from 0 to labels - 1."""
        if not self.labelled:
            raise ValueError(f"this board has no labels: Checkerboard(labelled={LABELS[0]!r}) has")
        x0, which = self._draw(n, seed, device)
        return x0, _tables(self, which.device)[2][which].to(device)

    def _draw(self, n, seed, device):
        n = integer(n, "n", low=1)
        source = random_source(seed, device)
        drawn_on = source.device if source else device
        lows, highs, _ = _tables(self, drawn_on)                    # (cells, 2) the corners of the filled cells

        which = torch.randint(len(lows), (n,), generator=source, device=drawn_on)
        low, high = lows[which], highs[which]                       # (n, 2)
        place = torch.rand(n, 2, generator=source, device=drawn_on, dtype=torch.float32)
        x0 = low + (high - low) * place                             # (n, 2)
        # float32 may round a point up onto the edge, which belongs to the next cell
        return torch.minimum(x0, torch.nextafter(high, low)).to(device), which

    def cell_of(self, x):
        """Return for each point the index of its filled cell (a row of `filled`), or -1: int64, shape (batch,).

        A cell owns its lower and left edge. x: shape (batch, 2).
        """
        tensors.points(x, shape=self.shape)
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
    """Return of each filled cell its lower and upper corner and its label, kept on `device`: no draw makes it wait."""
    edges, cell = board.edges, board.filled
    return edges[cell].to(device), edges[cell + 1].to(device), board.label_of_cell.to(device)


class Points:
    """A cloud of one's own: a finite set of points in the plane, all equally likely, scaled to [-1, 1]².

    points: numbers of shape (rows, 2), 10 rows at least, not all alike. Raises TypeError or ValueError for others.
    centre, shape (2,), and scale, a float: how to get back, x = centre + scale · x0.
    """

    kind, shape, labels = "points", (2,), 0

    def __init__(self, points):
        self.given = given = tensors.cloud(points)
        low, high = given.amin(0), given.amax(0)
        self.centre, self.scale = (low + high) / 2, ((high - low).max() / 2).item()
        if not self.scale > 0:
            raise ValueError(f"all {len(given)} points are alike: there is nothing to learn")
        self.points = ((given - self.centre) / self.scale).float()

    def options(self):
        """Return the argument that makes this cloud, by name."""
        return {"points": self.given}

    @property
    def variance(self):
        """The mean variance of a coordinate, a float."""
        return self.points.double().var(0, correction=0).mean().item()

    def sample(self, n, seed=None, device="cpu"):
        """Draw n of the points, with replacement: float32, shape (n, 2). Arguments as for a board."""
        n = integer(n, "n", low=1)
        source = random_source(seed, device)
        drawn_on = source.device if source else device
        which = torch.randint(len(self.points), (n,), generator=source, device=drawn_on)
        self.points = self.points.to(which.device)    # moved once: a GPU does not wait for them at each draw
        return self.points[which].to(device)

    def back(self, x0):
        """Return points as they were before they were scaled: float64, shape (batch, 2)."""
        return self.centre.to(x0.device) + self.scale * x0.double()
