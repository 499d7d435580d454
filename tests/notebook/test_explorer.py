"""Sliders: each t has its picture, described in words; errors are seen; nothing is left behind."""

import gc
import io
import re
import sys
import tracemalloc
from base64 import b64decode
from html import unescape

import ipywidgets
import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from PIL import Image

from toydiff.notebook import explorer, plots

TS = list(range(8))


def points_at(t, n=40):
    return torch.randn(n, 2, generator=torch.Generator().manual_seed(int(t))) / 2


CLOUD = plots.cloud(points_at, plots.MODEL)
CURVE = plots.marked_curve(torch.linspace(1, 0.01, 8), plots.EXACT, "value", log=True)


@pytest.fixture
def displayed(monkeypatch):
    """What is given to IPython's display: a list of (data, keywords)."""
    seen = []
    monkeypatch.setattr("IPython.display.display", lambda data, **keywords: seen.append((data, keywords)))
    return seen


@pytest.fixture
def boxes(monkeypatch):
    """The outermost widgets that are made."""
    made, VBox = [], ipywidgets.VBox
    monkeypatch.setattr(ipywidgets, "VBox", lambda children: made.append(VBox(children)) or made[-1])
    return made


def parts(box):
    """play, slider, view"""
    row, view = box.children
    return *row.children, view


def shown(html):
    """The picture in a piece of HTML, as an array of numbers."""
    code = re.search(r'src="data:image/\w+;base64,([^"]+)"', html)[1]
    return np.asarray(Image.open(io.BytesIO(b64decode(code))).convert("RGBA")).astype(int)


def is_picture_of(picture, view, t):
    """Is this the view at t, but for the few colours?"""
    stage = plots.Stage(view, size=picture.shape[0] / 200, dpi=200, t_is_said=True)
    wanted = np.asarray(stage.picture(t)).astype(int)
    return (abs(picture - wanted)[wanted[..., 3] > 200].max(axis=1) > 60).mean() < 0.02


def test_every_t_has_its_picture(displayed, boxes):
    explorer.explore(TS, CLOUD, alt="points that move")
    play, slider, view = parts(boxes[0])
    assert (slider.min, slider.max, slider.value, play.min, play.max) == (0, 7, 0, 0, 7)
    seen = [view.value]
    for i in range(1, 8):
        slider.value = i
        seen.append(view.value)
        assert f">t = {i}</span>" in view.value
    assert len({shown(html).tobytes() for html in seen}) == 8
    slider.value = 2
    assert view.value == seen[2]
    for t in (0, 3, 7):
        assert is_picture_of(shown(seen[t]), CLOUD, t)
        assert not is_picture_of(shown(seen[t]), CLOUD, (t + 1) % 8)


def test_the_slider_goes_through_any_values_in_their_order(displayed, boxes):
    explorer.explore(range(7, -1, -2), CLOUD, alt="backwards", label="step")
    _, slider, view = parts(boxes[0])
    assert slider.max == 3 and ">step = 7</span>" in view.value
    slider.value = 3
    assert ">step = 1</span>" in view.value and is_picture_of(shown(view.value), CLOUD, 1)


def test_the_picture_is_described_in_words_and_keeps_its_place(displayed, boxes):
    """Width and height are said before the picture is there, so that the page does not jump; and one message a step."""
    explorer.explore(TS, CLOUD, CURVE, alt='points "that" <move>')
    _, slider, view = parts(boxes[0])
    messages = []
    for widget in (slider, view):
        widget.observe(lambda change: messages.append(change["name"]))
    slider.value = 5
    alt = unescape(re.search(r'alt="([^"]*)"', view.value)[1])
    assert alt == 't = 5. points "that" <move>'
    height, width, _ = shown(view.value).shape
    assert f'width="{width // 2}" height="{height // 2}"' in view.value, "two of its points for each of the page's"
    assert messages == ["value", "value"]


def test_what_is_displayed_is_the_slider_or_a_described_filmstrip(displayed, boxes):
    """One thing in two forms: beside a kernel nobody sees the strip, which shows how it ends."""
    explorer.explore(TS, CLOUD, CURVE, alt="points that move")
    (bundle, _), (script, _) = displayed
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == boxes[0].model_id
    assert "0x" not in bundle["text/plain"]    # an address would change at each run
    assert bundle["text/plain"] == "points that move" and 'alt="points that move"' in bundle["text/html"]
    height, width, _ = shown(bundle["text/html"]).shape
    assert width == 5 * height
    assert script.keys() == {"text/html"} and script["text/html"].startswith("<script>")


@pytest.mark.parametrize("ts, strip, wanted", [(range(101), None, [0, 25, 50, 75, 100]), ([7], None, [7] * 5),
                                               (range(8), [1, 6], [1, 6])])
def test_the_filmstrip_is_spread_over_all_or_as_told(displayed, boxes, ts, strip, wanted):
    seen = []

    def recorded(t):
        seen.append(t)
        return points_at(t)

    explorer.explore(ts, CLOUD, plots.cloud(recorded, plots.DATA), alt="x", strip=strip, strip_view=1)
    assert seen[:-1] == wanted    # the last was the slider's own picture


@pytest.mark.parametrize("wrong", [0, 3, 7])
def test_an_error_in_a_view_is_shown_in_place_of_the_picture_and_forgotten(displayed, boxes, wrong):
    def fragile(t):
        if t == wrong:
            raise RuntimeError("no points <here>")
        return points_at(t)

    explorer.explore(TS, plots.cloud(fragile, plots.DATA), alt="x", strip=[1])
    _, slider, view = parts(boxes[0])
    slider.value = wrong
    assert f"t = {wrong}: RuntimeError: no points &lt;here&gt;" in view.value and "<img" not in view.value
    slider.value = 4
    assert "RuntimeError" not in view.value
    assert is_picture_of(shown(view.value), plots.cloud(points_at, plots.DATA), 4)


def test_without_ipywidgets_a_sentence_and_the_filmstrip(displayed, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    explorer.explore(TS, CLOUD, alt="points that move")
    assert capsys.readouterr().out == ("The slider needs ipywidgets (pip install ipywidgets); "
                                       "the filmstrip shows the same.\n")
    assert len(displayed) == 1 and displayed[0][0]["text/plain"] == "points that move"


def test_nothing_to_step_through_is_refused():
    with pytest.raises(ValueError, match="ts must hold at least one t"):
        explorer.explore([], CLOUD, alt="x")
    with pytest.raises(ValueError, match="at least one view"):
        explorer.explore(TS, alt="x")


def count(kind):
    gc.collect()
    return sum(issubclass(type(thing), kind) for thing in gc.get_objects())


def test_two_thousand_moves_leave_nothing_behind(displayed, boxes):
    """Not a figure, line, widget or message more; of memory only the pictures, each drawn once and kept."""
    drawn = []

    def recorded(t):
        drawn.append(t)
        return points_at(t)

    explorer.explore(range(50), plots.cloud(recorded, plots.DATA, named_at=lambda t: points_at(t, 5)), alt="x")
    _, slider, view = parts(boxes[0])
    for i in range(50):
        slider.value = i
    kinds = (Figure, Line2D, ipywidgets.Widget)
    before, times = [count(kind) for kind in kinds], len(drawn)
    tracemalloc.start()
    for i in range(2000):
        slider.value = i * 7 % 50
    grown = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert [count(kind) for kind in kinds] == before
    assert len(drawn) == times, "a picture seen once is not drawn again"
    assert grown < 200_000
    assert len(view.value) < 40_000
