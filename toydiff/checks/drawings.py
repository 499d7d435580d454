"""Pictures of answers: a learner's own beside the one to expect. An exercise says what of its answer is drawn.

    draw=drawings.cloud(lambda f: f(board_points(), …))       # f: the function, called as the reference is

Nothing of matplotlib is loaded before a picture is drawn.
"""

import functools
import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass

import torch

from ..data import Checkerboard
from ..forward_process import Schedule
from ..oracle import Oracle
from .engine.asking import caller, copied

YOURS, EXPECTED = "yours", "to expect"


@dataclass(frozen=True)
class Drawing:
    """What of an answer is drawn, and how.

    of(function): the numbers that stand for its answers; paint(plots, mine, right): the figure of a learner's beside
    the right ones.
    """

    of: Callable
    paint: Callable


def drawn(exercise, function):
    """Return a picture as HTML: a function's answers beside the right ones. Whatever fails is raised."""
    return painted(exercise, asked(exercise, function))


def asked(exercise, function):
    """Return the numbers that a function's picture is made of, a tensor. Whatever fails is raised."""
    names, call = list(inspect.signature(exercise.reference).parameters), caller(exercise.reference, function)

    def answer(*values):    # to copies, but of what it is there to change
        args = dict(zip(names, values))
        return call(args | copied({name: value for name, value in args.items() if name not in exercise.changes}))

    return numbers(exercise.draw.of(answer))


def painted(exercise, mine):
    """Return the picture that `drawn` would, of the numbers that `asked` has returned, here or in another process."""
    from ..notebook import plots, screen

    right = exercise.recalled(Drawing, lambda: asked(exercise, exercise.reference))
    figure = exercise.draw.paint(plots, numbers(mine), right)
    return screen.still(figure, "What your function answers, beside what is to be expected.")


def numbers(values):
    """Return what came as a row of numbers within reason, for a picture."""
    values = values if isinstance(values, torch.Tensor) else torch.stack(
        [torch.as_tensor(value, dtype=torch.float64).detach().mean() for value in values])
    return values.detach().double().nan_to_num(math.nan, math.nan, math.nan).clamp(-1e6, 1e6)


# --- ways to draw: each returns a Drawing ----------------------------------------------------------------------

def cloud(of, limit=1.4):
    """Points in the plane: of(function), shape (n, 2)."""
    def paint(plots, mine, right):
        return plots.panels((YOURS, mine.reshape(-1, 2), plots.MODEL), (EXPECTED, right, plots.EXACT), limit=limit,
                            size=2.6)
    return Drawing(of, paint)


def curve(of, x=None, xlabel="t", ylabel="", log=False):
    """Values over x, one line for yours and one for what is to be expected: of(function), shape (n,)."""
    def paint(plots, mine, right):
        mine, right = mine.flatten(), right.flatten()
        over = range(len(right)) if x is None else [float(value) for value in x]
        figure = plots.curves((EXPECTED, right, plots.EXACT), x=over, xlabel=xlabel, ylabel=ylabel, log=log, size=2.6)
        ax = figure.axes[0]
        ax.lines[0].set_linestyle("--")
        count = min(len(mine), len(over))
        ax.plot(list(over)[:count], mine[:count], color=plots.MODEL, lw=1.6, label=YOURS)
        ax.legend(frameon=False, labelcolor=plots.INK)
        return figure
    return Drawing(of, paint)


def image(of, xlabel="", ylabel=""):
    """A table of numbers as grey values: of(function), shape (rows, columns), the first row below."""
    def paint(plots, *both):
        figure, axes = plots.new_figure(2, size=2.6)
        ends = torch.cat([values.flatten() for values in both]).nan_to_num(0)
        low, high = ends.min().item(), ends.max().item()
        for ax, title, values in zip(axes[0], (YOURS, EXPECTED), both):
            ax.imshow(values.reshape(len(values), -1), origin="lower", aspect="auto", vmin=low, vmax=high + 1e-9)
            ax.set(title=title, xlabel=xlabel, ylabel=ylabel, xticks=[], yticks=[])
        return figure
    return Drawing(of, paint)


def bars(of, labels):
    """A bar for each number: of(function), shape (n,)."""
    def paint(plots, *both):
        figure, axes = plots.new_figure(2, size=2.2, aspect=1.3)
        for ax, title, values, colour in zip(axes[0], (YOURS, EXPECTED), both, (plots.MODEL, plots.EXACT)):
            values = values.flatten()
            ax.bar([str(label) for label in labels][:len(values)], values[:len(labels)], color=colour, width=0.6)
            ax.set_title(title)
            ax.grid(axis="y", alpha=0.25)
        return figure
    return Drawing(of, paint)


def arrows(of, limit=1.3):
    """An arrow at each point of a grid: of(function, grid), shape (n, 2)."""
    def paint(plots, *both):
        figure, axes = plots.new_figure(2, size=2.6)
        longest = both[1].norm(dim=1).max().item() or 1.0
        for ax, title, along, colour in zip(axes[0], (YOURS, EXPECTED), both, (plots.MODEL, plots.EXACT)):
            plots.square(ax, limit * 1.1, title).quiver(*plane(limit, 15).T.numpy(), *along.reshape(-1, 2).T.numpy(),
                                                        color=colour, angles="xy", scale_units="xy",
                                                        scale=longest * 4, width=0.006)
        return figure
    return Drawing(lambda f: of(f, plane(limit, 15)), paint)


def pictures(of, columns=5, side=8):
    """Small pictures on a sheet: of(function), as many numbers as pictures of side × side pixels have, −1 to 1."""
    def paint(plots, *both):
        mine, right = (values.nan_to_num(0).reshape(-1, 1, side, side) for values in both)
        return plots.sheet((YOURS, mine, plots.MODEL), (EXPECTED, right, plots.EXACT), columns=columns, size=2.8)
    return Drawing(of, paint)


# --- what is drawn with ------------------------------------------------------------------------------------

def plane(limit, side):
    """Return the points of a grid, shape (side², 2)."""
    line = torch.linspace(-limit, limit, side)
    return torch.cartesian_prod(line, line)


LINE, TIMES, SPREADS = torch.linspace(-2, 2, 81), range(1, 101, 3), torch.linspace(0, 0.3, 16).tolist()
DISTANCES = torch.linspace(0, 0.15, 31).tolist()


def board(n=2500):
    """Return points of the board, float32, shape (n, 2)."""
    return Checkerboard().sample(n, seed=0)


def blurred(spread):
    """Return points of the board and noise on them, shape (2500, 2)."""
    return board() + spread * noise()


def leaning(share):
    """Return points of the board, this share of which has gone into one cell, shape (2500, 2)."""
    x = board()
    x[: int(share * len(x))] = torch.tensor([0.2, 0.15])
    return x


def shots(n):
    """Return darts thrown anywhere, shape (n, 2)."""
    return 3 * torch.rand(n, 2, generator=torch.Generator().manual_seed(0)) - 1.5


def noise(n=2500, seed=1):
    """Return standard normal numbers, float32, shape (n, 2)."""
    return torch.randn(n, 2, generator=torch.Generator().manual_seed(seed))


def every(t, n=2500):
    """Return t for each of n points."""
    return torch.full((n,), t)


@functools.cache
def few_steps():
    """Return a schedule of 30 large steps, the exact denoiser for it, and noise for each step, shape (31, 1000, 2)."""
    schedule = Schedule.linear(30, 0.005, 0.35)
    z = torch.randn(31, 1000, 2, generator=torch.Generator().manual_seed(2))
    return schedule, Oracle(Checkerboard(), schedule), z


@functools.cache
def of_cells():
    """Return the exact denoiser of a board whose cells are its labels, for the course's schedule."""
    return Oracle(Checkerboard(labelled="cells"), Schedule.linear())


@functools.cache
def exact():
    """Return the exact denoiser of the board for the course's schedule."""
    return Oracle(Checkerboard(), Schedule.linear())
