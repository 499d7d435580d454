"""Every picture of the course: the still ones here, those that move with t in views.py, their pieces in drawing.py."""

import numpy as np

# all are reached as plots.DATA, plots.cloud, plots.show …
# isort: off
from .drawing import (DATA, EXACT, INK, MODEL, NAMED_COLOURS, NOISE, SIZE, dots, encode, few_colours,  # noqa: F401
                      in_style, named_dots, new_figure, numpy, square, to_png)
from .screen import show, show_source  # noqa: F401
from .views import Stage, cloud, filmstrip, gif, marked_curve, trails, vector_field, visited  # noqa: F401
# isort: on


def panels(*items, limit=1.15, size=SIZE):
    """Draw clouds of points side by side; each item is (title, points, colour). Return the figure."""
    figure, axes = new_figure(len(items), size=size)
    for ax, (title, x, colour) in zip(axes[0], items, strict=True):
        dots(square(ax, limit, title), x, colour)
    return figure


@in_style
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
def series(*panels, xlabel="", ylabel="", ylim=None, size=3.0, aspect=1.4):
    """Draw panels side by side with a common height; each is (title, x, items) with items as those of `curves`.

    x: numbers, or texts, which are only marked and not joined. Return the figure.
    """
    figure, axes = new_figure(len(panels), size=size, aspect=aspect)
    for ax, (title, x, items) in zip(axes[0], panels, strict=True):
        for label, values, colour in items:
            ax.plot(list(x), numpy(values), "o" if isinstance(next(iter(x)), str) else "o-", color=colour, label=label)
        ax.set(title=title, xlabel=xlabel, ylabel=ylabel)
        ax.grid(alpha=0.25)
    low, high = ylim or (min(ax.get_ylim()[0] for ax in axes[0]), max(ax.get_ylim()[1] for ax in axes[0]))
    for ax in axes[0]:
        ax.set_ylim(low, high)
    axes[0, -1].legend(loc="best")
    return figure


def smooth(values, width):
    """Return the running mean of the last `width` values (fewer at the start)."""
    total = np.concatenate([[0.0], np.cumsum(numpy(values), dtype=float)])
    last = np.arange(1, len(total))
    first = np.maximum(last - width, 0)
    return (total[last] - total[first]) / (last - first)
