"""Every picture of the course. Colours have one meaning each, safe for colour-blind readers (Okabe & Ito).

A *view* is a function of an Axes that prepares it and returns update(t) -> the artists that t changes.
The same view serves a slider, a filmstrip and a GIF. Figures are made without pyplot: no global state,
nothing to close.
"""

import io

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

DATA, NOISE, MODEL, EXACT = "#0072B2", "#7F7F7F", "#D55E00", "#009E73"
NAMED_COLOURS = ["#F0E442", "#56B4E9", "#CC79A7", "#E69F00", "#FFFFFF"]    # the five named points
SIZE = 3.6                                                                  # inches, one square panel


def new_figure(columns=1, rows=1, size=SIZE, aspect=1.0):
    """Return (figure, axes): axes is a (rows, columns) array; a panel is size·aspect wide and size high."""
    figure = Figure(figsize=(columns * size * aspect, rows * size), dpi=100, layout="constrained", facecolor="white")
    figure.get_layout_engine().set(h_pad=0.08, w_pad=0.06)
    FigureCanvasAgg(figure)
    return figure, figure.subplots(rows, columns, squeeze=False)


def to_png(figure, colours=128):
    """Return the figure as PNG bytes, at most `colours` colours, no date and no version inside."""
    figure.canvas.draw()
    picture = Image.fromarray(np.asarray(figure.canvas.buffer_rgba())).convert("RGB")
    return encode(picture.quantize(colours, dither=Image.Dither.NONE), optimize=True)


def encode(picture, **options):
    """Return a PIL image as PNG bytes."""
    file = io.BytesIO()
    picture.save(file, "PNG", **options)
    return file.getvalue()


def show(figure, alt):
    """Display a figure in a notebook; `alt` says in words what is to be seen."""
    from IPython.display import display

    display({"image/png": to_png(figure), "text/plain": alt}, raw=True, metadata={"image/png": {"alt": alt}})


def numpy(x):
    """Return a tensor of any device as a NumPy array."""
    return x.detach().cpu().numpy() if hasattr(x, "detach") else np.asarray(x)


def square(ax, limit=1.15, title=None):
    """Prepare an Axes for points in the plane: equal sides, few ticks."""
    ax.set(xlim=(-limit, limit), ylim=(-limit, limit), aspect="equal", xticks=[-1, 0, 1], yticks=[-1, 0, 1])
    if limit > 2:
        ax.set(xticks=[-2, 0, 2], yticks=[-2, 0, 2])
    if title:
        ax.set_title(title)
    return ax


def movable_title(ax):
    """Give an Axes a title that may change from picture to picture; return it."""
    return ax.set_title(" ", y=1.0)    # y given: matplotlib would move a title it thinks invisible


def panel_scale(ax):
    """Return how large to draw things in a panel: 1 in the usual size, less in a filmstrip."""
    return min(1.0, 0.4 + 0.6 * ax.bbox.width / (0.78 * SIZE * ax.figure.dpi))


def dots(ax, x, colour, **options):
    """Draw points, shape (n, 2), smaller where there are many; return the artist."""
    x = numpy(x)
    size = (1.2 if len(x) > 5000 else 2.0 if len(x) > 1500 else 3.0) * panel_scale(ax)
    options = {"marker": "o", "ms": size, "mew": 0, **options}
    return ax.plot(x[:, 0], x[:, 1], ls="", color=colour, **options)[0]


def named_dots(ax, x, names="ABCDE"):
    """Draw the five named points, shape (5, 2), each in its colour with its initial; return the artists."""
    artists = []
    for (px, py), colour, name in zip(numpy(x), NAMED_COLOURS, names):
        scale = panel_scale(ax)
        artists += ax.plot(px, py, "o", color=colour, mec="black", ms=11 * scale, mew=1)
        artists.append(ax.text(px, py, name, ha="center", va="center_baseline", fontsize=7.5 * scale, weight="bold",
                               clip_on=True))
    return artists


def panels(*items, limit=1.15, size=SIZE):
    """Draw clouds of points side by side; each item is (title, points, colour). Return the figure."""
    figure, axes = new_figure(len(items), size=size)
    for ax, (title, x, colour) in zip(axes[0], items):
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


def vector_field(field_at, colour, title="t = {t}", limit=1.5, cells=19, scale=None):
    """A view of arrows: field_at(grid, t) gives the arrow at each of the cells² points, shape (cells², 2)."""
    import torch

    side = torch.linspace(-limit, limit, cells)
    grid = torch.cartesian_prod(side, side)

    def setup(ax):
        heading = movable_title(square(ax, limit * 1.07))
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

    views: one or more views, left to right. picture(t) returns a PIL image, RGB.
    """

    def __init__(self, *views, size=SIZE):
        self.figure, axes = new_figure(len(views), size=size)
        self.updates = [view(ax) for view, ax in zip(views, axes[0])]
        self.background = None

    def picture(self, t):
        """Draw the figure at t and return it."""
        canvas = self.figure.canvas
        artists = [artist for update in self.updates for artist in update(t)]
        if self.background is None:
            canvas.draw()                                # once: places everything
            self.figure.set_layout_engine("none")        # and keeps it there
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
    for ax, t in zip(axes[0], ts):
        view(ax)(t)
        ax.set(xticks=[], yticks=[])
    return figure


def gif(view, ts, seconds=5.0, hold=1.5, size=SIZE):
    """Return a looping GIF, as bytes, of a view at each of ts; the last picture stays for `hold` seconds."""
    stage = Stage(view, size=size)
    frames = [stage.picture(t).quantize(32, dither=Image.Dither.NONE) for t in ts]
    durations = [max(20, round(1000 * seconds / len(ts)))] * (len(ts) - 1) + [round(1000 * hold)]
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:], duration=durations, loop=0)
    return file.getvalue()
