"""The pieces that pictures are made of: colours, figures, points; and how a picture gets to the reader.

Colours have one meaning each, safe for colour-blind readers (Okabe & Ito). Figures are made without pyplot:
no global state, nothing to close.
"""

import inspect
import io
import textwrap

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


def encode(picture, kind="PNG", **options):
    """Return a PIL image as the bytes of a PNG or WebP file."""
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def few_colours(picture, colours):
    """Return a PIL image in at most so many colours, quickly: a smaller file in less time. White stays white."""
    picture = picture.quantize(colours, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    picture.putpalette([255 if value > 247 else value for value in picture.getpalette()])
    return picture


def show(figure, alt):
    """Display a figure in a notebook; `alt` says in words what is to be seen."""
    from IPython.display import display

    display({"image/png": to_png(figure), "text/plain": alt}, raw=True, metadata={"image/png": {"alt": alt}})


def show_source(thing):
    """Display the code of a function, method or class in a notebook: what is shown is what runs."""
    from IPython.display import Markdown, display

    display(Markdown(f"```python\n{textwrap.dedent(inspect.getsource(thing))}```"))


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
    return min(1.0, 0.6 + 0.4 * ax.bbox.width / (0.78 * SIZE * ax.figure.dpi))


def dots(ax, x, colour, **options):
    """Draw points, shape (n, 2), smaller where there are many; return the artist."""
    x = numpy(x)
    size = (1.2 if len(x) > 5000 else 2.0 if len(x) > 1500 else 3.0) * panel_scale(ax)
    options = {"marker": "o", "ms": size, "mew": 0, **options}
    return ax.plot(x[:, 0], x[:, 1], ls="", color=colour, **options)[0]


def named_dots(ax, x, names="ABCDE"):
    """Draw the five named points, shape (5, 2), each in its colour with its initial; return the artists."""
    artists = []
    for (px, py), colour, name in zip(numpy(x), NAMED_COLOURS, names, strict=True):
        scale = panel_scale(ax)
        artists += ax.plot(px, py, "o", color=colour, mec="black", ms=11 * scale, mew=1)
        artists.append(ax.text(px, py, name, ha="center", va="center_baseline", fontsize=7.5 * scale, weight="bold",
                               clip_on=True))
    return artists
