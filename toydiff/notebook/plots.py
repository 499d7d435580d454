"""Every picture of the course: the still ones here, those that move with t in views.py, their pieces in drawing.py."""

import numpy as np

# all are reached as plots.DATA, plots.cloud, plots.show …
# isort: off
from .drawing import (DATA, EXACT, INK, MODEL, NAMED_COLOURS, NOISE, SIZE, dots, encode, few_colours,  # noqa: F401
                      in_style, named_dots, new_figure, numpy, square, tinted, to_png)
from .screen import show, show_source  # noqa: F401
from .sheets import forming, mosaic, sheet  # noqa: F401
from .stage import Stage, filmstrip, gif  # noqa: F401
from .views import cloud, heat, marked_curve, trails, vector_field, visited  # noqa: F401
from .ways import ways  # noqa: F401
# isort: on


def panels(*items, limit=1.15, size=SIZE, board=None):
    """Draw clouds of points side by side; each item is (title, points, colour). Return the figure.

    board: a Checkerboard, whose filled cells are tinted behind the points.
    """
    figure, axes = new_figure(len(items), size=size)
    for ax, (title, x, colour) in zip(axes[0], items, strict=True):
        if board:
            tinted(ax, board)
        dots(square(ax, limit, title), x, colour)
    return figure


@in_style
def curves(*items, x=None, xlabel="t", ylabel="", log=False, size=3.0, aspect=1.9):
    """Draw lines over a common x axis; each item is (label, values, colour). Return the figure.

    log: a logarithmic y axis; "xy": x as well, where each x has its mark.
    """
    figure, axes = new_figure(size=size, aspect=aspect)
    ax = axes[0, 0]
    for label, values, colour in items:
        values = numpy(values)
        ax.plot(np.arange(len(values)) if x is None else numpy(x), values, color=colour, label=label, lw=1.6)
    ax.set(xlabel=xlabel, ylabel=ylabel, yscale="log" if log else "linear")
    if log == "xy":
        ax.set(xscale="log")
        ax.set_xticks(numpy(x), [f"{value:g}" for value in numpy(x)])
        ax.set_xticks([], minor=True)
    ax.grid(alpha=0.25)
    if len(items) > 1:
        ax.legend()
    return figure


@in_style
def bars(labels, values, colour, ylabel="", size=3.0, aspect=1.9):
    """Draw one labelled bar per value. Return the figure."""
    figure, axes = new_figure(size=size, aspect=aspect)
    axes[0, 0].bar(labels, [float(value) for value in values], color=colour, width=0.5)
    axes[0, 0].set(ylabel=ylabel)
    axes[0, 0].grid(axis="y", alpha=0.25)
    return figure


@in_style
def series(*panels, xlabel="", ylabel="", size=3.0, aspect=1.4):
    """Draw panels side by side with a common height; each is (title, x, items) with items as those of `curves`."""
    figure, axes = new_figure(len(panels), size=size, aspect=aspect)
    for ax, (title, x, items) in zip(axes[0], panels, strict=True):
        for label, values, colour in items:
            ax.plot(list(x), numpy(values), "o-", color=colour, label=label)
        ax.set(title=title, xlabel=xlabel, ylabel=ylabel)
        ax.grid(alpha=0.25)
        ax.sharey(axes[0, 0])
    axes[0, -1].legend()
    return figure


@in_style
def judged(*panels, size=3.0, aspect=1.15):
    """Draw a dot per choice, side by side where there are several, before the band of what real draws have.

    Each panel is (title, names of the choices, items, (mean, spread) or None), with items as those of `curves`.
    The band is two spreads to either side. Return the figure.
    """
    figure, axes = new_figure(len(panels), size=size, aspect=aspect)
    for ax, (title, names, items, real) in zip(axes[0], panels, strict=True):
        if real:
            mean, spread = real
            ax.axhspan(mean - 2 * spread, mean + 2 * spread, color=DATA, alpha=0.2, lw=0)
            ax.axhline(mean, color=DATA, label="real draws", lw=1.2)
        for i, (label, values, colour) in enumerate(items):
            places = np.arange(len(names)) + 0.24 * (i - (len(items) - 1) / 2)    # none hides another
            ax.plot(places, numpy(values), "o", color=colour, ms=8, label=label)
        ax.set(title=title, xlim=(-0.6, len(names) - 0.4), xticks=range(len(names)), xticklabels=names)
        ax.grid(axis="y", alpha=0.25)
    axes[0, 0].legend()
    return figure


@in_style
def dot_rows(names, *columns, colour, size=3.3, aspect=1.4):
    """Draw a row for each name with a dot in each column, its number beside it.

    A column is (title, values, limits, log or not); a value of None is "not comparable". Return the figure.
    """
    figure, axes = new_figure(len(columns), size=size, aspect=aspect)
    for k, (ax, (title, values, limits, log)) in enumerate(zip(axes[0], columns, strict=True)):
        ax.set(title=title, xlim=limits, ylim=(len(names) - 0.5, -0.5), xscale="log" if log else "linear",
               yticks=range(len(names)), yticklabels=[] if k else names)
        ax.grid(alpha=0.25)
        for row, value in enumerate(values):
            if value is None:
                ax.text(0.5, row, "not comparable", transform=ax.get_yaxis_transform(), ha="center", va="center",
                        fontsize=8, style="italic")
                continue
            ax.plot(value, row, "o", color=colour, ms=9)
            ax.annotate(f"{value:.2g}", (value, row), (8, 0), textcoords="offset points", va="center")
    return figure


def smooth(values, width):
    """Return the running mean of the last `width` values (fewer at the start)."""
    total = np.concatenate([[0.0], np.cumsum(numpy(values), dtype=float)])
    last = np.arange(1, len(total))
    first = np.maximum(last - width, 0)
    return (total[last] - total[first]) / (last - first)
