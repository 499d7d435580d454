"""Pictures of pictures: many small ones on a sheet, each as large as the others, in ink of the colour that says whose.

A picture is shape (1, height, width), −1 to 1; what lies beyond is drawn as its end. paper: which of the two is drawn
white: −1 for digits, 1 for pictures that are white where they are 1.
"""

import numpy as np
from matplotlib.colors import to_rgb

from .drawing import movable_title, new_figure, numpy, show  # noqa: F401

GAP = 1    # pixels between two pictures


def mosaic(x, colour, columns=10, paper=-1):
    """Return pictures, shape (n, 1, height, width), as one image of rows and columns: shape (…, …, 3), 0 to 1."""
    x = numpy(x)[:, 0].astype(float)
    n, height, width = x.shape
    rows = -(-n // columns)
    ink = np.zeros((rows * columns, height + GAP, width + GAP))
    ink[:n, :height, :width] = (abs(x - paper) / 2).clip(0, 1)
    ink = ink.reshape(rows, columns, height + GAP, width + GAP).swapaxes(1, 2).reshape(rows * (height + GAP), -1)
    ink = ink[:-GAP, :-GAP, None]
    return 1 - ink * (1 - np.array(to_rgb(colour)))


def sheet(*items, columns=10, paper=-1, size=None, titles=()):
    """Draw sheets of pictures side by side; each item is (title, pictures, colour). Return the figure.

    size: inches, the width of a sheet.
    """
    size = size or (8 if len(items) == 1 else 8 / len(items))
    images = [mosaic(x, colour, columns, paper) for _, x, colour in items]
    tall = max(image.shape[0] / image.shape[1] for image in images)
    figure, axes = new_figure(len(items), size=size * tall + 0.4, aspect=size / (size * tall + 0.4))
    for ax, (title, _, _), image in zip(axes[0], items, images):
        frame(ax).imshow(image, interpolation="nearest")
        ax.set_title(title)
    return figure


def frame(ax):
    """Prepare an Axes for pictures: no ticks, no lines around."""
    ax.set(xticks=[], yticks=[])
    for side in ax.spines.values():
        side.set_visible(False)
    return ax


def forming(path, colour, columns=10, paper=-1, title="t = {t}"):
    """A view of pictures on their way: path[t] holds them at t, shape (n, 1, height, width)."""
    def setup(ax):
        heading = movable_title(frame(ax))
        image = ax.imshow(mosaic(path[next(iter(path))], colour, columns, paper), interpolation="nearest")

        def update(t):
            image.set_data(mosaic(path[t], colour, columns, paper))
            heading.set_text(title.format(t=t))
            return [heading, image]
        return update
    return setup
