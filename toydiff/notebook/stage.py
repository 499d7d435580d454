"""Where views are drawn: on a kept figure for a slider, side by side for a filmstrip, one after another for a GIF."""

import io

import numpy as np
from PIL import Image

from .drawing import SIZE, in_style, new_figure, on_white


class Stage:
    """One kept figure on which views are redrawn, only what t changes: some 10 ms a picture, not 100.

    views: one or more views, left to right; dpi: pixels an inch; t_is_said: does the page say t, so that the views
    need not? picture(t) returns a PIL image, RGBA.
    """

    @in_style
    def __init__(self, *views, size=SIZE, dpi=100, t_is_said=False):
        self.figure, axes = new_figure(len(views), size=size)
        self.figure.t_is_said = t_is_said
        self.figure.set_dpi(dpi)
        self.updates = [view(ax) for view, ax in zip(views, axes[0], strict=True)]
        self.figure.draw_without_rendering()             # places everything, before a mark asks for its panel's size
        self.figure.set_layout_engine("none")            # and keeps it there
        self.background = None

    @in_style
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
        return Image.fromarray(np.asarray(canvas.buffer_rgba()).copy())


@in_style
def filmstrip(view, ts, size=1.9):
    """Draw one view at several t, side by side. Return the figure."""
    figure, axes = new_figure(len(ts), size=size)
    for ax, t in zip(axes[0], ts, strict=True):
        view(ax)(t)
        ax.set(xticks=[], yticks=[])
        ax.title.set_fontsize("medium" if "\n" not in ax.get_title() else "small")
    return figure


def gif(view, ts, seconds=5.0, hold=1.5, size=SIZE):
    """Return a looping GIF, as bytes, of a view at each of ts, on white; the last picture stays for `hold` seconds."""
    if len(ts) == 0:
        raise ValueError("ts must hold at least one t, got none")
    stage = Stage(view, size=size)
    frames = [on_white(stage.picture(t)).quantize(32, dither=Image.Dither.NONE) for t in ts]
    durations = [max(20, round(1000 * seconds / len(ts)))] * (len(ts) - 1) + [round(1000 * hold)]
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:], duration=durations, loop=0)
    return file.getvalue()
