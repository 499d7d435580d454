"""Points drawn at random: not compared one by one, but as a crowd."""

import torch

from .board import BOARD

BINS = 8    # a side, over the square: four bins to a cell
PARTS = 4    # of a cell's width
MANY = 10_000


def crowd(x, args):
    """Describe many points in a row of numbers, each near that of `even_crowd` if they are right.

    How many there are; are all inside; how many are outside of the square. Of more than MANY also: how often two
    neighbours share a cell; how full each part of a cell's width and height is; how full each bin of the square is.
    """
    if x.ndim != 2 or x.shape[1] != 2 or len(x) == 0:
        return x.double()
    x = x.double().nan_to_num(9.0)
    bins = ((x + 1) / 2 * BINS).floor().long()
    on_board = ((bins >= 0) & (bins < BINS)).all(1)
    counts = torch.bincount((bins[:, 0] * BINS + bins[:, 1])[on_board], minlength=BINS**2) / len(x) * BINS**2 / 2
    inside = BOARD.contains(x).double().mean() > 0.999    # float32 may round one onto the edge of the next cell
    cell = ((x + 1) * 2).floor()
    together = (cell[1:] == cell[:-1]).all(1).double().sum() / max(len(x) - 1, 1) * len(BOARD.filled)
    part = (((x + 1) * 2 - cell) * PARTS).long().clamp(0, PARTS - 1)
    parts = torch.cat([torch.bincount(axis, minlength=PARTS) for axis in part.T]) / len(x) * PARTS
    first = torch.stack([torch.tensor(len(x) / args["n"]), inside, 1 - on_board.double().mean()])
    return torch.cat([first, together[None], parts, counts]) if args["n"] > MANY else first


def even_crowd(args):
    """What `crowd` comes to where chance has no part: 1 each, 0 outside of the square and in bins of empty cells."""
    side = (torch.arange(BINS) + 0.5) * 2 / BINS - 1
    bins = BOARD.contains(torch.cartesian_prod(side, side)).double()
    first = torch.tensor([1.0, 1.0, 0.0]).double()
    return torch.cat([first, torch.ones(1 + 2 * PARTS).double(), bins]) if args["n"] > MANY else first


def in_the_crowd(index, args):
    """Say where: an entry of `crowd`."""
    first = ["the number of points, as a share of n,", "whether all points are in filled cells (1 yes, 0 no)",
             "the share of points outside of the square",
             "how often a point is in the same cell as the one before, relative to 1/8,",
             *(f"the density in part {part} of {PARTS} of a cell's {side}, relative to the whole,"
               for side in ("width", "height") for part in range(1, PARTS + 1))]
    if index[0] < len(first):
        return first[index[0]]
    x, y = ((torch.tensor(divmod(index[0] - len(first), BINS)) + 0.5) * 2 / BINS - 1).tolist()
    return f"the density around ({x:g}, {y:g}), relative to a filled cell,"
