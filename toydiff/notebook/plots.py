"""Every picture of the course, made of the pieces in drawing.py.

A *view* is a function of an Axes that prepares it and returns update(t) -> the artists that t changes.
The same view serves a slider, a filmstrip and a GIF.
"""

import io

import numpy as np
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke
from PIL import Image

# the pieces too are reached as plots.DATA, plots.show …
# isort: off
from .drawing import (DATA, EXACT, MODEL, NAMED_COLOURS, NOISE, SIZE, dots, encode, few_colours,  # noqa: F401
                      movable_title, named_dots, new_figure, numpy, panel_scale, show, show_source, square, to_png)
from .sheets import forming, mosaic, sheet  # noqa: F401
# isort: on


def panels(*items, limit=1.15, size=SIZE):
    """Draw clouds of points side by side; each item is (title, points, colour). Return the figure."""
    figure, axes = new_figure(len(items), size=size)
    for ax, (title, x, colour) in zip(axes[0], items, strict=True):
        dots(square(ax, limit, title), x, colour)
    return figure


def curves(*items, x=None, xlabel="t", ylabel="", log=False, size=3.0, aspect=1.9):
    """Draw lines over a common x axis; each item is (label, values, colour). Return the figure."""
    figure, axes = new_figure(size=size, aspect=aspect)
    ax = axes[0, 0]
    for label, values, colour in items:
        values = numpy(values)
        ax.plot(np.arange(len(values)) if x is None else numpy(x), values, color=colour, label=label, lw=1.6)
    ax.set(xlabel=xlabel, ylabel=ylabel, yscale="log" if log else "linear")
    ax.grid(alpha=0.25)
    if len(items) > 1:
        ax.legend(frameon=False)
    return figure


def bars(labels, values, colour, ylabel="", size=3.0, aspect=1.9):
    """Draw one labelled bar per value. Return the figure."""
    figure, axes = new_figure(size=size, aspect=aspect)
    axes[0, 0].bar(labels, [float(value) for value in values], color=colour, width=0.5)
    axes[0, 0].set(ylabel=ylabel)
    axes[0, 0].grid(axis="y", alpha=0.25)
    return figure


def smooth(values, width):
    """Return the running mean of the last `width` values (fewer at the start)."""
    total = np.concatenate([[0.0], np.cumsum(numpy(values), dtype=float)])
    last = np.arange(1, len(total))
    first = np.maximum(last - width, 0)
    return (total[last] - total[first]) / (last - first)


# --- views: setup(ax) -> update(t) -> artists ------------------------------------------------------------

def cloud(points_at, colour, named_at=None, mark_at=None, limit=2.2, title="t = {t}"):
    """A view of moving points: points_at[t] (or points_at(t)), shape (n, 2).

    named_at: likewise the five named points, (5, 2); mark_at: likewise points to mark with a cross, (n, 2).
    """
    points, named, marks = (at.__getitem__ if hasattr(at, "__getitem__") else at
                            for at in (points_at, named_at, mark_at))

    def setup(ax):
        heading = movable_title(square(ax, limit))
        drawn = []

        def update(t):
            while drawn:
                drawn.pop().remove()
            heading.set_text(title.format(t=t))
            drawn.append(dots(ax, points(t), colour))
            if named:
                drawn.extend(named_dots(ax, named(t)))
            if marks:
                drawn.append(dots(ax, marks(t), EXACT, marker="X", ms=13, mec="white", mew=1.2))
            return [heading, *drawn]
        return update
    return setup


def trails(named_at, ts, limit=2.2, title="t = {t}"):
    """A view of the five named points with the way that each has come: named_at[t] (or named_at(t)), shape (5, 2).

    ts: the values to step through, in order; the way leads from the first of them to t.
    """
    at, order = getattr(named_at, "__getitem__", named_at), {t: i for i, t in enumerate(ts)}
    way = np.stack([numpy(at(t)) for t in order])    # (len(ts), 5, 2)

    def setup(ax):
        heading = movable_title(square(ax, limit))
        outline = [withStroke(linewidth=1.8, foreground="black")]    # one of the points is white
        lines = [ax.plot([], [], color=colour, lw=1.0, path_effects=outline)[0] for colour in NAMED_COLOURS]
        drawn = []

        def update(t):
            while drawn:
                drawn.pop().remove()
            come = way[:order[t] + 1]
            for line, x in zip(lines, come.swapaxes(0, 1), strict=True):
                line.set_data(*x.T)
            heading.set_text(title.format(t=t))
            drawn.extend(named_dots(ax, come[-1]))
            return [heading, *lines, *drawn]
        return update
    return setup


def marked_curve(values, colour, title, ylabel="", log=False, x=None):
    """A view of one curve over t, values[t], with a mark that moves along it. x: its t, by default 0, 1, 2 …"""
    values = numpy(values)
    x = np.arange(len(values)) if x is None else np.asarray(x)

    def setup(ax):
        ax.plot(x, values, color=colour, lw=1.6)
        ax.set(xlabel="t", ylabel=ylabel, yscale="log" if log else "linear")
        ax.grid(alpha=0.25)
        heading = movable_title(ax)
        mark, = ax.plot([], [], "o", color="black", ms=7)

        def update(t):
            value = values[np.searchsorted(x, t)]
            mark.set_data([t], [value])
            heading.set_text(f"{title} = {value:.3g}")
            return [heading, mark]
        return update
    return setup


def vector_field(field_at, colour, title="t = {t}", limit=1.5, cells=19, scale=None, board=None):
    """A view of arrows: field_at(grid, t) gives the arrow at each of the cells² points, shape (cells², 2).

    board: a Checkerboard, whose filled cells are tinted behind the arrows.
    """
    import torch

    side = torch.linspace(-limit, limit, cells)
    grid = torch.cartesian_prod(side, side)

    def setup(ax):
        heading = movable_title(square(ax, limit * 1.07))
        if board:
            side_of_cell = 2 / board.cells_per_side
            for corner in numpy(board.edges[board.filled]):
                ax.add_patch(Rectangle(corner, side_of_cell, side_of_cell, color=DATA, alpha=0.15, lw=0))
        arrows = ax.quiver(*grid.T.numpy(), np.zeros(len(grid)), np.zeros(len(grid)), color=colour,
                           angles="xy", scale_units="xy", scale=scale or 3.5 * cells / 19 / limit * 1.5, width=0.0045)

        def update(t):
            u = numpy(field_at(grid, t))
            arrows.set_UVC(u[:, 0], u[:, 1])
            heading.set_text(title.format(t=t))
            return [heading, arrows]
        return update
    return setup


class Stage:
    """One kept figure on which views are redrawn, only what t changes: some 10 ms a picture, not 100.

    views: one or more views, left to right; dpi: pixels an inch. picture(t) returns a PIL image, RGB.
    """

    def __init__(self, *views, size=SIZE, dpi=100):
        self.figure, axes = new_figure(len(views), size=size)
        self.figure.set_dpi(dpi)
        self.updates = [view(ax) for view, ax in zip(views, axes[0], strict=True)]
        self.figure.draw_without_rendering()             # places everything, before a mark asks for its panel's size
        self.figure.set_layout_engine("none")            # and keeps it there
        self.background = None

    def picture(self, t):
        """Draw the figure at t and return it."""
        canvas = self.figure.canvas
        artists = [artist for update in self.updates for artist in update(t)]
        if self.background is None:
            for artist in artists:
                artist.set_visible(False)
            canvas.draw()
            self.background = canvas.copy_from_bbox(self.figure.bbox)
            for artist in artists:
                artist.set_visible(True)
        canvas.restore_region(self.background)
        for artist in artists:
            artist.axes.draw_artist(artist)
        return Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3].copy())


def filmstrip(view, ts, size=1.9):
    """Draw one view at several t, side by side. Return the figure."""
    figure, axes = new_figure(len(ts), size=size)
    for ax, t in zip(axes[0], ts, strict=True):
        view(ax)(t)
        ax.set(xticks=[], yticks=[])
    return figure


def gif(view, ts, seconds=5.0, hold=1.5, size=SIZE):
    """Return a looping GIF, as bytes, of a view at each of ts; the last picture stays for `hold` seconds."""
    if len(ts) == 0:
        raise ValueError("ts must hold at least one t, got none")
    stage = Stage(view, size=size)
    frames = [stage.picture(t).quantize(32, dither=Image.Dither.NONE) for t in ts]
    durations = [max(20, round(1000 * seconds / len(ts)))] * (len(ts) - 1) + [round(1000 * hold)]
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:], duration=durations, loop=0)
    return file.getvalue()
