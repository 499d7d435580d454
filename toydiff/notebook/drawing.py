"""The pieces that pictures are made of: colours, figures, points.

Colours have one meaning each, safe for colour-blind readers (Okabe & Ito). Figures are made without pyplot:
no global state, nothing to close. Their ground is transparent and their writing a grey that is read on white and on
black, so that they suit a light theme and a dark one; and nobody's own matplotlib settings reach them.
"""

import functools
import io

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image

DATA, NOISE, MODEL, EXACT = "#0072B2", "#7F7F7F", "#D55E00", "#009E73"
INK = "#767676"                                                             # writing, frames, what is compared with
NAMED_COLOURS = ["#F0E442", "#56B4E9", "#CC79A7", "#E69F00", "#FFFFFF"]    # the five named points
SIZE = 3.6                                                                  # inches, one square panel
SHARP = 2                                                                   # pixels for each that the page counts

STYLE = {key: value for key, value in matplotlib.rcParamsDefault.items()
         if key not in ("backend", "backend_fallback", "interactive", "toolbar")}
STYLE |= {"figure.facecolor": "none", "axes.facecolor": "none", "legend.frameon": False}
STYLE |= dict.fromkeys(("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"), INK)


def in_style(function):
    """Make a function draw in the course's style, whatever matplotlib is set to; usable as a context too."""
    @functools.wraps(function)
    def in_it(*args, **keywords):
        settings = matplotlib.rcParams
        with matplotlib.rc_context({key: value for key, value in STYLE.items() if settings[key] != value}):
            return function(*args, **keywords)
    return in_it


@in_style
def new_figure(columns=1, rows=1, size=SIZE, aspect=1.0):
    """Return (figure, axes): axes is a (rows, columns) array; a panel is size·aspect wide and size high."""
    figure = Figure(figsize=(columns * size * aspect, rows * size), dpi=100, layout="constrained")
    figure.get_layout_engine().set(h_pad=0.08, w_pad=0.06)
    FigureCanvasAgg(figure)
    return figure, figure.subplots(rows, columns, squeeze=False)


@in_style
def drawn(figure, sharp=1):
    """Return the figure as a PIL image, RGBA, with so many pixels for each that a page counts."""
    figure.set_dpi(100 * sharp)
    figure.canvas.draw()
    picture = Image.fromarray(np.asarray(figure.canvas.buffer_rgba()).copy())
    figure.set_dpi(100)
    return picture


def on_white(picture):
    """Return a PIL image, RGBA, on a white ground: RGB."""
    ground = Image.new("RGBA", picture.size, "white")
    ground.alpha_composite(picture)
    return ground.convert("RGB")


def to_png(figure, colours=128):
    """Return the figure on white as PNG bytes, at most `colours` colours, no date and no version inside."""
    return encode(on_white(drawn(figure)).quantize(colours, dither=Image.Dither.NONE), optimize=True)


def encode(picture, kind="PNG", **options):
    """Return a PIL image as the bytes of a PNG or WebP file."""
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def few_colours(picture, colours):
    """Return a PIL image, RGBA, in at most so many colours, quickly: a smaller file in less time."""
    return picture.quantize(colours, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)


def numpy(x):
    """Return a tensor of any device as a NumPy array."""
    return x.detach().cpu().numpy() if hasattr(x, "detach") else np.asarray(x)


@in_style
def square(ax, limit=1.15, title=None):
    """Prepare an Axes for points in the plane: equal sides, few ticks."""
    ax.set(xlim=(-limit, limit), ylim=(-limit, limit), aspect="equal", xticks=[-1, 0, 1], yticks=[-1, 0, 1])
    if limit > 2:
        ax.set(xticks=[-2, 0, 2], yticks=[-2, 0, 2])
    if title:
        ax.set_title(title)
    return ax


def tinted(ax, board):
    """Tint the filled cells of a Checkerboard."""
    for corner in numpy(board.edges[board.filled]):
        ax.add_patch(Rectangle(corner, *[2 / board.cells_per_side] * 2, color=DATA, alpha=0.15, lw=0))


def movable_title(ax):
    """Give an Axes a title that may change from picture to picture; return it."""
    return ax.set_title(" ", y=1.0)    # y given: matplotlib would move a title it thinks invisible


def panel_scale(ax):
    """Return how large to draw things in a panel: 1 in the usual size, less in a filmstrip."""
    return min(1.0, 0.6 + 0.4 * ax.bbox.width / (0.78 * SIZE * ax.figure.dpi))


@in_style
def dots(ax, x, colour, **options):
    """Draw points, shape (n, 2), smaller where there are many; return the artist."""
    x = numpy(x)
    size = (1.2 if len(x) > 5000 else 2.0 if len(x) > 1500 else 3.0) * panel_scale(ax)
    options = {"marker": "o", "ms": size, "mew": 0, **options}
    return ax.plot(x[:, 0], x[:, 1], ls="", color=colour, **options)[0]


@in_style
def named_dots(ax, x, names="ABCDE"):
    """Draw the five named points, shape (5, 2), each in its colour with its initial; return the artists."""
    artists = []
    for (px, py), colour, name in zip(numpy(x), NAMED_COLOURS, names, strict=True):
        scale = panel_scale(ax)
        artists += ax.plot(px, py, "o", color=colour, mec="black", ms=11 * scale, mew=1)
        artists.append(ax.text(px, py, name, ha="center", va="center_baseline", fontsize=7.5 * scale, weight="bold",
                               color="black", clip_on=True))
    return artists
