"""Pictures of pictures: many small ones on a sheet, in ink of the colour that says whose they are.

A picture is shape (1, height, width), −1 to 1; what lies beyond is drawn as its end. paper: which of the two has no
ink, so that the page is seen there, light or dark: −1 for digits, 1 for pictures that are white where they are 1.
"""

import numpy as np
from matplotlib.colors import to_rgb

from .drawing import in_style, new_figure, numpy
from .views import heading

GAP = 1    # pixels between two pictures


def mosaic(x, colour, columns=10, paper=-1):
    """Return pictures, shape (n, 1, height, width), as one image of rows and columns: shape (…, …, 4), RGBA, 0 to 1."""
    x = numpy(x)[:, 0].astype(float)
    n, height, width = x.shape
    rows = -(-n // columns)
    image = np.zeros((rows * columns, height + GAP, width + GAP, 4))
    image[..., :3] = to_rgb(colour)
    image[:n, :height, :width, 3] = (abs(x - paper) / 2).clip(0, 1)    # ink
    image = image.reshape(rows, columns, height + GAP, width + GAP, 4).swapaxes(1, 2)
    return image.reshape(rows * (height + GAP), -1, 4)[:-GAP, :-GAP]


@in_style
def sheet(*items, columns=10, paper=-1, size=None):
    """Draw sheets of pictures side by side; each item is (title, pictures, colour). Return the figure.

    size: inches, the width of a sheet; by default all together are as wide as the page.
    """
    size = size or min(8 / len(items), 0.8 * columns)
    images = [mosaic(x, colour, columns, paper) for _, x, colour in items]
    high = size * max(image.shape[0] / image.shape[1] for image in images) + 0.4
    figure, axes = new_figure(len(items), size=high, aspect=size / high)
    for ax, (title, _, _), image in zip(axes[0], items, images, strict=True):
        _bare(ax).imshow(image, interpolation="nearest")
        ax.set_title(title)
    return figure


def forming(path, colour, columns=10, paper=-1, title="t = {t}"):
    """A view of pictures on their way: path[t] holds them at t, shape (n, 1, height, width)."""
    first = mosaic(path[next(iter(path))], colour, columns, paper)

    def setup(ax):
        write = heading(_bare(ax), title)
        image = ax.imshow(first, interpolation="nearest")

        def update(t):
            image.set_data(mosaic(path[t], colour, columns, paper))
            return [write(t), image]
        return update
    return setup


def _bare(ax):
    """An Axes without ticks and lines around."""
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    return ax
