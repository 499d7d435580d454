"""Pictures of answers: a learner's own beside the one to expect. An exercise says what of its answer is drawn.

    draw=drawings.cloud(lambda f: f(board_points(), …))       # f: the function, called as the reference is

Nothing of matplotlib is loaded before a picture is drawn.
"""

import functools
import inspect
import math

import torch

from ..data import Checkerboard
from ..forward_process import Schedule
from ..oracle import Oracle
from .engine.asking import caller, copied

YOURS, EXPECTED = "yours", "to expect"


def drawn(exercise, function):
    """Return a picture as HTML: a function's answers beside the right ones. Whatever fails is raised."""
    from ..notebook import plots, screen

    names = list(inspect.signature(exercise.reference).parameters)

    def called(one):
        call = caller(exercise.reference, one)

        def answer(*values):    # to copies, but of what it is there to change
            args = dict(zip(names, values))
            return call(args | copied({name: value for name, value in args.items() if name not in exercise.changes}))
        return answer

    figure = exercise.draw(plots, called(function), called(exercise.reference))
    return screen.still(figure, "What your function answers, beside what is to be expected.")


def numbers(values):
    """Return what came as a row of numbers within reason, for a picture."""
    values = values if isinstance(values, torch.Tensor) else torch.stack(
        [torch.as_tensor(value, dtype=torch.float64).detach().mean() for value in values])
    return values.detach().double().nan_to_num(math.nan, math.nan, math.nan).clamp(-1e6, 1e6)


# --- ways to draw: each returns draw(plots, function, reference) -> figure -----------------------------------

def cloud(of, limit=1.4):
    """Points in the plane: of(function), shape (n, 2)."""
    def draw(plots, function, reference):
        mine, right = (numbers(of(f)) for f in (function, reference))
        return plots.panels((YOURS, mine.reshape(-1, 2), plots.MODEL), (EXPECTED, right, plots.EXACT), limit=limit,
                            size=2.6)
    return draw


def curve(of, x=None, xlabel="t", ylabel="", log=False):
    """Values over x, one line for yours and one for what is to be expected: of(function), shape (n,)."""
    def draw(plots, function, reference):
        mine, right = (numbers(of(f)).flatten() for f in (function, reference))
        over = range(len(right)) if x is None else [float(value) for value in x]
        figure = plots.curves((EXPECTED, right, plots.EXACT), x=over, xlabel=xlabel, ylabel=ylabel, log=log, size=2.6)
        ax = figure.axes[0]
        ax.lines[0].set_linestyle("--")
        count = min(len(mine), len(over))
        ax.plot(list(over)[:count], mine[:count], color=plots.MODEL, lw=1.6, label=YOURS)
        ax.legend(frameon=False)
        return figure
    return draw


def image(of, xlabel="", ylabel=""):
    """A table of numbers as grey values: of(function), shape (rows, columns), the first row below."""
    def draw(plots, function, reference):
        figure, axes = plots.new_figure(2, size=2.6)
        both = [numbers(of(f)) for f in (function, reference)]
        ends = torch.cat([values.flatten() for values in both]).nan_to_num(0)
        low, high = ends.min().item(), ends.max().item()
        for ax, title, values in zip(axes[0], (YOURS, EXPECTED), both):
            ax.imshow(values.reshape(len(values), -1), origin="lower", aspect="auto", vmin=low, vmax=high + 1e-9)
            ax.set(title=title, xlabel=xlabel, ylabel=ylabel, xticks=[], yticks=[])
        return figure
    return draw


def bars(of, labels):
    """A bar for each number: of(function), shape (n,)."""
    def draw(plots, function, reference):
        figure, axes = plots.new_figure(2, size=2.2, aspect=1.3)
        for ax, title, f, colour in zip(axes[0], (YOURS, EXPECTED), (function, reference),
                                        (plots.MODEL, plots.EXACT)):
            values = numbers(of(f)).flatten()
            ax.bar([str(label) for label in labels][:len(values)], values[:len(labels)], color=colour, width=0.6)
            ax.set_title(title)
            ax.grid(axis="y", alpha=0.25)
        return figure
    return draw


def arrows(of, t=10, limit=1.3):
    """An arrow at each point of a grid: of(function, grid), shape (n, 2)."""
    def draw(plots, function, reference):
        figure, axes = plots.new_figure(2, size=2.6)
        longest = numbers(of(reference, plane(limit, 15))).norm(dim=1).max().item() or 1.0
        for ax, title, f, colour in zip(axes[0], (YOURS, EXPECTED), (function, reference),
                                        (plots.MODEL, plots.EXACT)):
            grid = plane(limit, 15)
            along = numbers(of(f, grid)).reshape(-1, 2)
            plots.square(ax, limit * 1.1, title).quiver(*grid.T.numpy(), *along.T.numpy(), color=colour, angles="xy",
                                                        scale_units="xy", scale=longest * 4, width=0.006)
        return figure
    return draw


def pictures(of, columns=5, side=8):
    """Small pictures on a sheet: of(function), as many numbers as pictures of side × side pixels have, −1 to 1."""
    def draw(plots, function, reference):
        mine, right = (numbers(of(f)).nan_to_num(0).reshape(-1, 1, side, side) for f in (function, reference))
        return plots.sheet((YOURS, mine, plots.MODEL), (EXPECTED, right, plots.EXACT), columns=columns, size=2.8)
    return draw


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
