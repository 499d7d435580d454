"""Sliders: step through anything indexed by t, by mouse, keyboard or the play button."""

import os
from base64 import b64encode
from functools import cache
from html import escape

from . import plots
from .scrubber import scrubber

EXPORT = "TOYDIFF_EXPORT"    # set in the environment of a kernel that makes a page for readers without one
PAGE_WIDTH = 900             # pixels, of such a page


def explore(ts, *views, alt, label="t", strip=None, interval=80, strip_view=0):
    """Show a slider over ts with its picture, and under it a filmstrip for readers without a kernel.

    ts: the values to step through, in order (any sequence); views: see plots, drawn side by side;
    alt: what is to be seen, in words; strip: the ts of the filmstrip (five spread over ts if not given);
    strip_view: which of the views it shows. A picture is drawn when it is first asked for, and kept: len(ts)
    times 10 to 40 KB.
    """
    ts = list(ts)
    if not ts or not views:
        raise ValueError("ts must hold at least one t, and at least one view is needed, "
                         f"got {len(ts)} and {len(views)}")
    size = 4.4 if len(views) == 1 else plots.SIZE
    if os.environ.get(EXPORT):
        _show_scrubber(ts, views, size, alt, label, interval)
    else:
        _show_slider(ts, plots.Stage(*views, size=size), alt, label, interval)
    strip = strip or [ts[round(i * (len(ts) - 1) / 4)] for i in range(5)]
    plots.show(plots.filmstrip(views[strip_view], strip), alt)


def _show_slider(ts, stage, alt, label, interval):
    from IPython.display import display

    try:
        import ipywidgets as widgets
    except ImportError:
        print("The slider needs ipywidgets (pip install ipywidgets); the filmstrip shows the same.")
        return

    slider = widgets.IntSlider(0, 0, len(ts) - 1, description=label, readout=False, layout={"width": "340px"})
    play = widgets.Play(value=0, min=0, max=len(ts) - 1, step=max(1, len(ts) // 100), interval=interval)
    widgets.jslink((play, "value"), (slider, "value"))
    # Label, picture and error in one piece of HTML: one message a step, and a picture that is described in words.
    view = widgets.HTML()
    width, height = map(round, stage.figure.bbox.size)

    @cache
    def picture(i):
        png = plots.encode(plots.few_colours(stage.picture(ts[i]), 32), "PNG", compress_level=1)
        words = escape(f"{label} = {ts[i]}. {alt}")
        return (f'<img src="data:image/png;base64,{b64encode(png).decode()}" alt="{words}" width={width} '
                f'height={height} decoding="sync" style="max-width: 100%; height: auto">')

    def move(change):
        here = escape(f"{label} = {ts[change['new']]}")
        try:
            content = picture(change["new"])
        except Exception as error:       # shown, where the front end would swallow it
            content = f"<pre>{here}: {escape(f'{type(error).__name__}: {error}')}</pre>"
        view.value = f'<div style="font-size: 18px; line-height: 1.5">{here}</div>{content}'

    move({"new": 0})
    slider.observe(move, "value")
    box = widgets.VBox([widgets.HBox([play, slider]), view])
    # the view alone, without the text that names its address in memory
    display({"application/vnd.jupyter.widget-view+json":
             {"version_major": 2, "version_minor": 0, "model_id": box.model_id}}, raw=True)


def _show_scrubber(ts, views, size, alt, label, interval):
    from IPython.display import display

    dpi = min(80, PAGE_WIDTH // (size * len(views)))
    stage = plots.Stage(*views, size=size, dpi=dpi)
    frames = [(f"{label} = {t}", plots.encode(plots.few_colours(stage.picture(t), 16), "WEBP", lossless=True))
              for t in ts]
    display({"text/html": scrubber(frames, alt, label, interval, round(size * len(views) * 100)), "text/plain": alt},
            raw=True)
