"""Sliders: step through anything indexed by t, by mouse, keyboard or the play button."""

from functools import cache
from html import escape

from .drawing import SHARP, SIZE, encode, few_colours
from .screen import as_text, cuts_between, image, put, still
from .scrubber import scrubber
from .stage import Stage, filmstrip
from .still import exporting, sized

PAGE_WIDTH = 900             # pixels, of a page without a kernel
ONE_PANEL, STRIP_SHARP = 4.4, 1
WIDEST = 10                  # inches, all panels together: a wider picture is made smaller, and its writing with it


def explore(ts, *views, alt, label="t", strip=None, interval=80, strip_view=0):
    """Show a slider over ts with its picture; a filmstrip stands in for it where there is no kernel.

    ts: the values to step through, in order (any sequence); views: see views.py, drawn side by side;
    alt: what is to be seen, in words; strip: the ts of the filmstrip (five spread over ts if not given);
    strip_view: which of the views it shows. A picture is drawn when it is first asked for, and kept: len(ts)
    times 20 to 80 KB.
    """
    ts = list(ts)
    if not ts or not views:
        raise ValueError("ts must hold at least one t, and at least one view is needed, "
                         f"got {len(ts)} and {len(views)}")
    strip = filmstrip(views[strip_view], strip or [ts[round(i * (len(ts) - 1) / 4)] for i in range(5)])
    html = still(strip, alt, STRIP_SHARP)
    if exporting():
        put(alt, html=_scrubber(ts, views, alt, label, interval, html))
        return
    try:
        put(alt, html=html, widget=_slider(ts, _stage(views, 100 * SHARP), alt, label, interval))
    except ImportError:
        print("The slider needs ipywidgets (pip install ipywidgets); the filmstrip shows the same.")
        put(alt, html=html)


def show_film(film, view, ts, alt):
    """Show a film (the bytes of a GIF) that plays in the page; without a kernel its view at three of ts stands in."""
    html = f'<div class="toydiff-film">{image(film, alt, 360, 360, "gif")}</div>'    # names.py turns it dark, too
    if exporting():
        put(alt, html=html)
        return
    strip = filmstrip(view, [ts[0], ts[len(ts) // 2], ts[-1]])
    try:
        import ipywidgets

        put(alt, html=still(strip, alt, STRIP_SHARP), widget=ipywidgets.HTML(html))
    except ImportError:
        put(alt, html=html)


class Watch:
    """A picture that follows a run while its cell is running: `show(t)` draws its views at t.

    views, alt and label as for `explore`.
    """

    def __init__(self, *views, alt, label="step"):
        self.alt, self.label, self.view = alt, label, None
        self.stage = _stage(views, 100 * SHARP)
        try:
            import ipywidgets

            self.view = ipywidgets.HTML(sized("It appears when this runs."))
        except ImportError:
            pass
        if not exporting():    # a page shows no run
            put(alt, html=f"<p>A picture that moves while the cell runs: {escape(alt)}</p>", widget=self.view)

    def show(self, t):
        """Draw the picture at t, in place of the one before."""
        if self.view is not None:
            self.view.value = _now(self.label, t) + _picture(self.stage, t, self.label, self.alt)


def _stage(views, dpi):
    return Stage(*views, size=_panel(views), dpi=dpi, t_is_said=True)


def _panel(views):
    """How wide a panel is, in inches."""
    return ONE_PANEL if len(views) == 1 else min(SIZE, WIDEST / len(views))


def _slider(ts, stage, alt, label, interval):
    import ipywidgets as widgets

    last = len(ts) - 1
    slider = widgets.IntSlider(0, 0, last, readout=False, layout={"width": "520px", "max_width": "70%"})
    play = widgets.Play(value=0, min=0, max=last, step=max(1, len(ts) // 100), interval=interval, show_repeat=False)
    widgets.jslink((play, "value"), (slider, "value"))
    # Label, picture and error in one piece of HTML: one message a step, and a picture that is described in words.
    view = widgets.HTML()
    picture = cache(lambda i: _picture(stage, ts[i], label, alt))

    def move(change):
        t = ts[change["new"]]
        try:
            content = picture(change["new"])
        except Exception as error:       # shown, where the front end would swallow it
            content = f"<pre>{escape(f'{label} = {t}: {type(error).__name__}: {error}')}</pre>"
        view.value = _now(label, t) + content

    move({"new": 0})
    slider.observe(move, "value")
    box = widgets.VBox([widgets.HBox([play, slider]), view])
    box.add_class("toydiff-explore")
    return box


def _now(label, t):
    """Where the slider stands, in words; names.py reads it for those who listen."""
    now = f'<span class="toydiff-now" data-label="{escape(label)}">{escape(f"{label} = {t}")}</span>'
    return sized(now, "font-size: calc(1.3 * var(--jp-content-font-size1, 14px))")


def _picture(stage, t, label, alt):
    width, height = (round(100 * inches) for inches in stage.figure.get_size_inches())
    png = encode(few_colours(stage.picture(t), 32), "PNG", compress_level=1)
    return image(png, f"{label} = {t}. {alt}", width, height, live=True)


def _scrubber(ts, views, alt, label, interval, still):
    size = _panel(views)
    stage = _stage(views, min(80, PAGE_WIDTH // (size * len(views))))
    frames = [(f"{label} = {t}", encode(few_colours(stage.picture(t), 16).convert("RGBA"), "WEBP", lossless=True))
              for t in ts]
    return scrubber(frames, alt, label, interval, round(size * len(views) * 100), still,
                    as_text(cuts_between(stage.figure)))
