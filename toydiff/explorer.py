"""Sliders: step through anything indexed by t, by mouse, keyboard or the play button."""

from functools import cache
from html import escape

from . import plots


def explore(ts, *views, alt, label="t", strip=None, interval=80, strip_view=0):
    """Show a slider over ts with its picture, and under it a filmstrip for readers without a kernel.

    ts: the values to step through, in order (any sequence); views: see plots, drawn side by side;
    alt: what is to be seen, in words; strip: the ts of the filmstrip (five spread over ts if not given);
    strip_view: which of the views it shows.
    """
    ts = list(ts)
    if not ts or not views:
        raise ValueError("ts must hold at least one t, and at least one view is needed, "
                         f"got {len(ts)} and {len(views)}")
    stage = plots.Stage(*views, size=4.4 if len(views) == 1 else plots.SIZE)
    draw = cache(lambda i: plots.encode(stage.picture(ts[i]), compress_level=1))
    _show_slider(ts, draw, label, interval, stage.figure.bbox.width)
    strip = strip or [ts[round(i * (len(ts) - 1) / 4)] for i in range(5)]
    plots.show(plots.filmstrip(views[strip_view], strip), alt)


def _show_slider(ts, draw, label, interval, width):
    from IPython.display import display

    try:
        import ipywidgets as widgets
    except ImportError:
        print("The slider needs ipywidgets (pip install ipywidgets); the filmstrip shows the same.")
        return

    slider = widgets.IntSlider(0, 0, len(ts) - 1, description=f"{label} = {ts[0]}", readout=False,
                               layout={"width": "340px"})
    play = widgets.Play(value=0, min=0, max=len(ts) - 1, step=max(1, len(ts) // 100), interval=interval)
    widgets.jslink((play, "value"), (slider, "value"))
    picture, trouble = widgets.Image(value=draw(0), format="png"), widgets.HTML()
    picture.layout = {"width": f"{width:.0f}px", "max_width": "100%"}    # not stretched to the page

    def move(change):
        t = ts[change["new"]]
        slider.description = f"{label} = {t}"
        try:
            picture.value, trouble.value = draw(change["new"]), ""
        except Exception as error:       # shown, where the front end would swallow it
            trouble.value = f"<pre>{escape(f'{label} = {t}: {type(error).__name__}: {error}')}</pre>"

    slider.observe(move, "value")
    box = widgets.VBox([widgets.HBox([play, slider]), picture, trouble])
    # the view alone, without the text that names its address in memory
    display({"application/vnd.jupyter.widget-view+json":
             {"version_major": 2, "version_minor": 0, "model_id": box.model_id}}, raw=True)
