"""Pictures that move with t.

A *view* is a function of an Axes that prepares it and returns update(t) -> the artists that t changes.
The same view serves a slider, a filmstrip and a GIF.
"""

import re

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from .drawing import DATA, EXACT, INK, NAMED_COLOURS, dots, movable_title, named_dots, numpy, square, tinted


def cloud(points_at, colour, named_at=None, mark_at=None, limit=None, title="t = {t}"):
    """A view of moving points: points_at[t] (or points_at(t)), shape (n, 2).

    named_at: likewise the five named points, (5, 2); mark_at: likewise points to mark with a cross, (n, 2);
    limit: what the frame reaches to; by default it follows the points, and a thin line shows the square [-1, 1]².
    """
    points, named, marks = map(_function, (points_at, named_at, mark_at))

    def setup(ax):
        write = heading(square(ax, limit or 2.2), title)
        outline = None if limit else ax.add_patch(Rectangle((-1, -1), 2, 2, fill=False, ec=INK, lw=0.6, alpha=0.7))
        drawn = []

        def update(t):
            while drawn:
                drawn.pop().remove()
            x = numpy(points(t))
            drawn.append(dots(ax, x, colour))
            if named:
                drawn.extend(named_dots(ax, named(t)))
            if marks:
                drawn.append(dots(ax, marks(t), EXACT, marker="X", ms=13, mec="white", mew=1.2))
            return [write(t), *([outline, *follow(ax, x)] if outline else []), *drawn]
        return update
    return setup


def trails(named_at, ts, limit=2.2, title="t = {t}"):
    """A view of the five named points with the way that each has come: named_at[t] (or named_at(t)), shape (5, 2).

    ts: the values to step through, in order; the way leads from the first of them to t.
    """
    at, order = _function(named_at), {t: i for i, t in enumerate(ts)}
    way = np.stack([numpy(at(t)) for t in order])    # (len(ts), 5, 2)

    def setup(ax):
        write = heading(square(ax, limit), title)
        outline = [withStroke(linewidth=1.8, foreground="black")]    # one of the points is white
        lines = [ax.plot([], [], color=colour, lw=1.0, path_effects=outline)[0] for colour in NAMED_COLOURS]
        drawn = []

        def update(t):
            while drawn:
                drawn.pop().remove()
            come = way[:order[t] + 1]
            for line, x in zip(lines, come.swapaxes(0, 1), strict=True):
                line.set_data(*x.T)
            drawn.extend(named_dots(ax, come[-1]))
            return [write(t), *lines, *drawn]
        return update
    return setup


def marked_curve(values, colour, title, ylabel="", log=False, x=None, xlabel="t"):
    """A view of one curve over t, values[t], with a mark that moves along it. x: its t, by default 0, 1, 2 …"""
    values = numpy(values)
    x = np.arange(len(values)) if x is None else np.asarray(x)

    def setup(ax):
        ax.plot(x, values, color=colour, lw=1.6)
        ax.set(xlabel=xlabel, ylabel=ylabel, yscale="log" if log else "linear")
        ax.grid(alpha=0.25)
        write = heading(ax, "{value}, t = {t}")
        mark, = ax.plot([], [], "o", color=INK, ms=7)

        def update(t):
            value = values[np.searchsorted(x, t)]
            mark.set_data([t], [value])
            return [write(t, value=f"{title} = {value:.3g}"), mark]
        return update
    return setup


def vector_field(field_at, colour, title="t = {t}", limit=1.5, cells=19, scale=None, board=None, where=None):
    """A view of arrows: field_at(grid, t) gives the arrow at each of the cells² points, shape (cells², 2).

    board: a Checkerboard, whose filled cells are tinted behind the arrows; where(grid, t): at which points an arrow
    says something, bool, shape (cells²,): `visited` of an oracle leaves out where no noisy point ever is.
    """
    import torch

    side = torch.linspace(-limit, limit, cells)
    grid = torch.cartesian_prod(side, side)

    def setup(ax):
        write = heading(square(ax, limit * 1.07), title)
        if board:
            tinted(ax, board)
        arrows = ax.quiver(*grid.T.numpy(), np.zeros(len(grid)), np.zeros(len(grid)), color=colour,
                           angles="xy", scale_units="xy", scale=scale or 3.5 * cells / 19 / limit * 1.5, width=0.0045)

        def update(t):
            u = numpy(field_at(grid, t))
            if where:
                u = np.where(numpy(where(grid, t))[:, None], u, np.nan)    # matplotlib leaves them out
            arrows.set_UVC(u[:, 0], u[:, 1])
            return [write(t), arrows]
        return update
    return setup


def heat(value_at, colour, title="t = {t}", limit=1.25, cells=60, board=None, top=None):
    """A view of a map: value_at(grid, t), shape (cells²,), from 0 up.

    top: the value drawn in full colour, by default the largest at each t; board: a Checkerboard, whose filled cells
    are outlined.
    """
    import torch

    side = (torch.arange(cells) + 0.5) * (2 * limit / cells) - limit
    grid = torch.cartesian_prod(side, side)

    def setup(ax):
        write = heading(square(ax, limit), title)
        if board:
            for corner in numpy(board.edges[board.filled]):
                ax.add_patch(Rectangle(corner, *[2 / board.cells_per_side] * 2, fill=False, ec=DATA, lw=0.8))
        picture = np.zeros((cells, cells, 4))
        picture[..., :3] = to_rgb(colour)
        shown = ax.imshow(picture, extent=[-limit, limit] * 2, origin="lower", interpolation="nearest")

        def update(t):
            values = numpy(value_at(grid, t)).reshape(cells, cells).T    # the first index is x
            picture[..., 3] = values / (top or max(values.max(), 1e-30))
            shown.set_data(picture)
            return [write(t), shown]
        return update
    return setup


def visited(oracle, least=0.01):
    """Return where(grid, t), for vector_field: is the density of the noisy points at t more than `least` there?"""
    return lambda grid, t: oracle.log_density(grid, t).exp() > least


def heading(ax, title):
    """Give an Axes a title that changes with t; return write(t). Beside a slider, which says t, it is left out."""
    artist = movable_title(ax)
    if getattr(ax.figure, "t_is_said", False):
        title = re.sub(r"(^|, | at )(\w+(:| =)? )?\{t(:[^}]*)?\}$", "", title)

    def write(t, **more):
        artist.set_text(title.format(t=t, **more) or " ")
        return artist
    return write


def follow(ax, x):
    """Move the frame of an Axes so that it holds the points x, all but 3 in 100, and the square; return its axes."""
    limit = max(1.15, 1.05 * np.quantile(abs(x).max(axis=1), 0.97))
    ax.set(xlim=(-limit, limit), ylim=(-limit, limit), xticks=[-1, 0, 1], yticks=[-1, 0, 1])
    return [ax.xaxis, ax.yaxis]


def _function(at):
    """A table as a function of its index; a function, or None, as it is."""
    return at.__getitem__ if hasattr(at, "__getitem__") else at
