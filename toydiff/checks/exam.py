"""The final exam: a board drawn by a program that began as an empty file, judged by its samples alone.

What stands in the program is nobody's business: data, schedule, network, training and sampler are the learner's own.
The limits leave room for a plain recipe that trains a minute, and none for a fault that can be seen.
"""

import torch

from .. import evaluation
from ..data import Checkerboard
from . import draws
from .engine.result import Result

LEAST = 5000             # points; then a share of 0.9 is known to ± 0.01 (two standard deviations)
INSIDE, UNEVEN, CROWDED = 0.85, 0.08, 0.1
PLACES = 4               # a side of a cell is cut into so many pieces


def exam(points):
    """Say in a Result whether points are samples of the course's board. points: a tensor or an array, (5000…, 2).

    The first thing that is wrong is said. Draws of the board itself are none of a network, and are told so.
    """
    board = Checkerboard()
    try:
        x = torch.as_tensor(points).detach().cpu()
        if x.is_complex():    # torch would warn, and drop a half of each
            raise TypeError
        x = x.double()
    except (TypeError, ValueError, RuntimeError):
        return Result("exam", "contract", f"Points were wanted, not an object of type {type(points).__name__}.")
    if x.ndim != 2 or x.shape[1] != 2 or len(x) < LEAST:
        return Result("exam", "contract", f"The shape is {tuple(x.shape)}, (n, 2) was wanted, and n at least {LEAST}.")
    told = _trouble(x, board)
    if told:
        result = Result("exam", "properties", told)
    else:
        result = Result("exam", "passed", f"Of {len(x):,} points {evaluation.inside(x, board):.1%} lie in a filled "
                        f"cell, {evaluation.balance(x, board):.1%} of those in the wrong one. You can write one.")
    return result.beside((), lambda: _picture(x, board))


def _trouble(x, board):
    """The first thing that is wrong with the samples, or None."""
    if not x.isfinite().all():
        return f"Of {len(x):,} points {(~x.isfinite()).any(1).sum():,} hold NaN or infinity."
    low, high, width = x.min().item(), x.max().item(), x.std().item()
    share = evaluation.inside(x, board)
    if draws.copied(x, "points"):
        return draws.copied(x, "points")
    if board.contains(-x.flip(1).mul(torch.tensor([1.0, -1.0]))).double().mean() > max(share, 0.7):
        return "The empty cells are full and the full ones empty: the lower left cell is a filled one."
    if not 0.4 < width < 0.75:
        return (f"The points reach from {low:.2g} to {high:.2g}, with a standard deviation of {width:.2f}; that of the "
                "board, from −1 to 1, is 0.58.")
    if share < INSIDE:
        return (f"{share:.1%} of the points lie in a filled cell, at least {INSIDE:.0%} were wanted: of an "
                "even square it would be half, of noise a quarter.")
    if (uneven := evaluation.balance(x, board)) > UNEVEN:
        return (f"The cells are filled unevenly: {uneven:.1%} of the points are in the wrong one, at most {UNEVEN:.0%} "
                "may.")
    if (crowded := _crowded(x[board.contains(x)])) > CROWDED:
        return (f"Within the cells the points are crowded: {crowded:.1%} of them stand in the wrong sixteenth of their "
                f"cell, at most {CROWDED:.0%} may.")
    if share == 1:
        return ("Every single point lies in a filled cell; of what the exact denoiser draws, one in a thousand does "
                "not. Are these points of your data, not of your sampler?")
    return None


def _crowded(x):
    """How unevenly points stand within their cells: the total variation over the sixteenths of a cell."""
    place = ((x + 1) * 2 % 1 * PLACES).long().clamp(max=PLACES - 1)
    count = torch.bincount(place[:, 0] * PLACES + place[:, 1], minlength=PLACES**2).double()
    return (count / count.sum() - 1 / PLACES**2).abs().sum().item() / 2


def _picture(x, board):
    from ..notebook import plots, screen

    yours, right = x[:LEAST].nan_to_num(9.0).float(), board.sample(LEAST, seed=0)
    figure = plots.panels(("yours", yours, plots.MODEL), ("the board", right, plots.DATA), limit=1.4, size=2.6)
    return screen.still(figure, "Your samples, beside points of the board.")
