"""Pictures: right size, the same for the same t, different for another."""

import io
import itertools
import re
import sys
from base64 import b64decode
from html import unescape

import matplotlib
import numpy as np
import pytest
import torch
from PIL import Image, ImageSequence

from toydiff import Checkerboard, Oracle, Schedule
from toydiff.notebook import plots
from toydiff.notebook.screen import cuts_between

TS = list(range(8))


def points_at(t, n=40):
    return torch.randn(n, 2, generator=torch.Generator().manual_seed(int(t))) / 2


VIEWS = {
    "cloud": plots.cloud(points_at, plots.MODEL),
    "cloud with names": plots.cloud(points_at, plots.DATA, named_at=lambda t: points_at(t, 5)),
    "cloud with marks": plots.cloud(points_at, plots.DATA, mark_at=lambda t: points_at(t, 3)),
    "cloud by table": plots.cloud({t: points_at(t) for t in TS}, plots.NOISE, named_at=[points_at(t, 5) for t in TS]),
    "ways": plots.ways((lambda t: torch.stack([points_at(t, 5), points_at(t + 1, 5)]), plots.NAMED_COLOURS),
                       ({t: torch.stack([points_at(t, 4)] * 3) for t in TS}, plots.EXACT)),
    "trails": plots.trails(lambda t: points_at(t, 5), TS),
    "marked curve": plots.marked_curve(torch.linspace(1, 0.01, 8), plots.EXACT, "value", log=True),
    "vector field": plots.vector_field(lambda grid, t: -grid * (t + 1) / 8, plots.MODEL),
}


@pytest.fixture(params=VIEWS)
def view(request):
    return VIEWS[request.param]


def pixels(picture):
    return np.asarray(picture).astype(int)


def opened(content):
    picture = Image.open(io.BytesIO(content))
    picture.load()
    return picture


@pytest.fixture
def displayed(monkeypatch):
    """What is given to IPython's display: a list of (data, keywords)."""
    seen = []
    monkeypatch.setattr("IPython.display.display", lambda data, **keywords: seen.append((data, keywords)))
    return seen


# --- static figures --------------------------------------------------------------------------------------

def test_a_figure_has_the_size_that_was_asked_for():
    for columns, rows, size, aspect in [(1, 1, 3.6, 1.0), (3, 2, 1.5, 1.0), (2, 1, 2.0, 1.9)]:
        figure, axes = plots.new_figure(columns, rows, size, aspect)
        assert axes.shape == (rows, columns)
        assert opened(plots.to_png(figure)).size == (round(100 * columns * size * aspect), round(100 * rows * size))


def test_no_figure_is_left_with_pyplot():
    pyplot = sys.modules.get("matplotlib.pyplot")
    plots.to_png(plots.panels(("data", points_at(0), plots.DATA)))
    assert sys.modules.get("matplotlib.pyplot") is pyplot
    assert pyplot is None or pyplot.get_fignums() == []


@pytest.mark.parametrize("make", [
    lambda k: plots.panels(("a", points_at(k), plots.DATA), ("b", points_at(k + 1), plots.MODEL)),
    lambda k: plots.curves(("a", points_at(k)[:, 0], plots.DATA), ("b", points_at(k)[:, 1], plots.EXACT)),
    lambda k: plots.curves(("a", points_at(k)[:, 0].exp(), plots.DATA), log=True, x=range(1, 41)),
    lambda k: plots.bars(["a", "b"], [torch.tensor(k + 1.0), 2], plots.MODEL),
    lambda k: plots.filmstrip(VIEWS["cloud with names"], [k, k + 1, k + 2]),
], ids=["panels", "curves", "log curve", "bars", "filmstrip"])
def test_the_same_call_gives_the_same_bytes_and_other_numbers_others(make):
    first = plots.to_png(make(0))
    assert first == plots.to_png(make(0)) != plots.to_png(make(3))
    assert b"Software" not in first and b"tIME" not in first and b"Creation" not in first


def test_points_are_drawn_where_they_are_in_their_colour():
    """One large dot in each corner of [-1, 1]²: symmetric about the middle of the axes."""
    figure, axes = plots.new_figure()
    corners = torch.tensor([[-1.0, -1], [-1, 1], [1, -1], [1, 1]])
    plots.dots(plots.square(axes[0, 0]), corners, plots.DATA, ms=9)
    figure.canvas.draw()
    places = axes[0, 0].transData.transform(corners.numpy())
    image = np.asarray(figure.canvas.buffer_rgba())
    blue = tuple(int(plots.DATA[i:i + 2], 16) for i in (1, 3, 5))
    for x, y in places:
        assert tuple(image[image.shape[0] - 1 - round(y), round(x)][:3]) == blue


def test_smooth_is_the_mean_of_the_last_few():
    assert plots.smooth([1, 2, 3, 4, 5], 1).tolist() == [1, 2, 3, 4, 5]
    assert plots.smooth(torch.tensor([1.0, 2, 3, 4, 5]), 2).tolist() == pytest.approx([1, 1.5, 2.5, 3.5, 4.5])
    assert plots.smooth([1, 2, 3, 4, 5], 100).tolist() == pytest.approx([1, 1.5, 2, 2.5, 3])


def picture_in(html):
    """(the picture in a piece of HTML as PIL has it, its attributes)."""
    attributes = dict(re.findall(r'(\w+)="([^"]*)"', html))
    return opened(b64decode(attributes["src"].split(",")[1])), attributes


def test_show_puts_the_words_beside_the_picture(displayed):
    plots.show(plots.panels(("data", points_at(0), plots.DATA)), 'forty points "around" the middle')
    (data, keywords), = displayed
    assert data["text/plain"] == 'forty points "around" the middle' and keywords == {"raw": True}
    picture, attributes = picture_in(data["text/html"])
    assert unescape(attributes["alt"]) == 'forty points "around" the middle'
    assert picture.size == (720, 720) and (attributes["width"], attributes["height"]) == ("360", "360"), "sharp"


@pytest.mark.parametrize("theme", ["white", "#111111"])
def test_a_picture_suits_a_light_and_a_dark_page(displayed, theme):
    """Nothing white or black of its own; what is written is told from either ground (contrast 4 at least)."""
    figure = plots.panels(("a title", points_at(0), plots.DATA))
    plots.show(figure, "forty points")
    picture, _ = picture_in(displayed[0][0]["text/html"])
    page = Image.new("RGBA", picture.size, theme)
    page.alpha_composite(picture.convert("RGBA"))
    seen = pixels(page.convert("RGB"))
    ground = pixels(Image.new("RGB", (1, 1), theme))[0, 0]
    assert (abs(seen - ground).max(axis=2) == 0).mean() > 0.7, "most of it is the page's own ground"
    title = seen[:60, 200:520].reshape(-1, 3)
    ink = title[abs(title - ground).sum(axis=1).argmax()]
    light, dark = sorted((luminance(ink), luminance(ground)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) > 4


def luminance(colour):
    """As WCAG 2 defines it."""
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in colour / 255]
    return np.dot([0.2126, 0.7152, 0.0722], linear)


def test_nobodys_own_settings_reach_a_picture():
    """VS Code sets a dark style by itself, a matplotlibrc may say anything, usetex among it."""
    make = {"panels": lambda: plots.panels(("data", points_at(0), plots.DATA)),
            "curves": lambda: plots.curves(("a", points_at(0)[:, 0], plots.DATA), ("b", points_at(1)[:, 0], plots.INK)),
            "strip": lambda: plots.filmstrip(VIEWS["cloud with names"], [1, 2])}
    wanted = {name: plots.to_png(draw()) for name, draw in make.items()}
    stage = plots.Stage(VIEWS["marked curve"])
    still = pixels(stage.picture(2))
    theirs = {"text.usetex": True, "axes.facecolor": "black", "lines.linewidth": 9, "font.size": 20,
              "text.color": "red",
              "lines.antialiased": False, "figure.dpi": 30, "savefig.facecolor": "red", "axes.grid": True}
    with matplotlib.rc_context(theirs):
        assert {name: plots.to_png(draw()) for name, draw in make.items()} == wanted
        assert np.array_equal(pixels(plots.Stage(VIEWS["marked curve"]).picture(2)), still)
        assert np.array_equal(pixels(stage.picture(2)), still)
        assert matplotlib.rcParams["text.usetex"] is True, "and theirs stay"


def test_show_source_shows_what_runs(displayed):
    plots.show_source(plots.smooth)
    assert displayed[0][0]["text/markdown"].startswith("```python\ndef smooth(values, width):\n")
    assert displayed[0][0]["text/plain"].startswith("def smooth(values, width):\n")
    plots.show_source(Checkerboard.options)
    assert displayed[1][0]["text/plain"].startswith("def options(self):\n")    # a method, moved to the margin


# --- views that move -------------------------------------------------------------------------------------

def test_a_stage_shows_another_picture_for_another_t(view):
    stage = plots.Stage(view)
    pictures = [pixels(stage.picture(t)) for t in TS]
    assert all(picture.shape == (360, 360, 4) for picture in pictures)
    assert all((a != b).any() for a, b in itertools.combinations(pictures, 2))


def test_the_picture_of_t_does_not_depend_on_where_one_comes_from(view):
    """Forwards, backwards, back and forth, or alone: the same pixels, so a slider never shows a trace of before."""
    forwards = plots.Stage(view)
    wanted = {t: pixels(forwards.picture(t)) for t in TS}
    backwards = plots.Stage(view)
    for t in [*reversed(TS), 3, 0, 7, 3, 3]:
        assert np.array_equal(pixels(backwards.picture(t)), wanted[t]), t
    assert np.array_equal(pixels(plots.Stage(view).picture(5)), wanted[5])


def test_a_stage_shows_what_a_whole_drawing_shows(view):
    """Redrawing only what moves must not lose or misplace anything, but for the order of what overlaps."""
    stage = plots.Stage(view)
    stage.picture(0)
    quick = pixels(stage.picture(6))
    stage.figure.canvas.draw()
    whole = np.asarray(stage.figure.canvas.buffer_rgba()).astype(int)
    assert (abs(quick - whole).max(axis=2) > 40).mean() < 0.003


def test_several_views_stand_side_by_side():
    stage = plots.Stage(VIEWS["cloud"], VIEWS["marked curve"], size=2.0)
    first, other = pixels(stage.picture(0)), pixels(stage.picture(5))
    assert first.shape == (200, 400, 4)
    assert (first[:, :200] != other[:, :200]).any() and (first[:, 200:] != other[:, 200:]).any()


def test_a_page_cuts_a_picture_where_nothing_is_drawn():
    """Of three views the last one's numbers stand left of its third; a figure with names at one side stays whole."""
    stage = plots.Stage(VIEWS["cloud"], VIEWS["vector field"], VIEWS["marked curve"])
    cuts = cuts_between(stage.figure)
    columns = pixels(stage.picture(3))[..., 3].max(axis=0)
    assert len(cuts) == 2 and all(columns[round(1080 * cut) - 2:round(1080 * cut) + 3].max() == 0 for cut in cuts)
    names = plots.dot_rows(["a long name", "b"], *[(title, [1, 2], (0, 3), False) for title in "xy"], colour=plots.DATA)
    assert cuts_between(names) == [] == cuts_between(plots.Stage(VIEWS["cloud"]).figure)


def test_a_view_may_be_used_many_times():
    view = VIEWS["cloud with names"]
    a, b = plots.Stage(view), plots.Stage(view)
    a.picture(0)
    wanted = pixels(plots.Stage(view).picture(4))
    b.picture(7)
    assert np.array_equal(pixels(a.picture(4)), wanted) and np.array_equal(pixels(b.picture(4)), wanted)


def test_a_marked_curve_looks_its_value_up_by_t():
    """x gives the t of each value; the title names the value at t."""
    figure, axes = plots.new_figure()
    update = plots.marked_curve([10, 20, 30], plots.DATA, "height", x=[5, 50, 500])(axes[0, 0])
    update(50)
    assert axes[0, 0].get_title() == "height = 20, t = 50"
    update(500)
    assert axes[0, 0].get_title() == "height = 30, t = 500"


@pytest.mark.parametrize("title, alone, beside_a_slider", [
    ("t = {t}", "t = 3", " "), ("plain, t = {t}", "plain, t = 3", "plain"), ("origins at t = {t}", "origins at t = 3",
                                                                             "origins"),
    ("step {t}", "step 3", " "), ("questions: {t}", "questions: 3", " "), ("u = {t:.2f}", "u = 3.00", " "),
    ("plain, new", "plain, new", "plain, new"), ("{t} bins", "3 bins", "3 bins")])
def test_t_is_written_once(title, alone, beside_a_slider):
    """Where the page says t beside the slider, the picture does not."""
    for t_is_said, wanted in [(False, alone), (True, beside_a_slider)]:
        stage = plots.Stage(plots.cloud(points_at, plots.DATA, title=title), t_is_said=t_is_said)
        stage.picture(3)
        assert stage.figure.axes[0].get_title() == wanted


def test_a_board_may_be_tinted_behind_the_points():
    """Its filled cells, in each panel; without it there are none."""
    board = Checkerboard()
    items = [("points", points_at(0, 50), plots.DATA)] * 2
    for ax in plots.panels(*items, board=board).axes:
        assert sorted(patch.get_xy() for patch in ax.patches) == sorted(map(tuple, board.edges[board.filled].tolist()))
        assert all(patch.get_zorder() < line.get_zorder() for patch in ax.patches for line in ax.lines)
    assert not [patch for ax in plots.panels(*items).axes for patch in ax.patches]


def test_the_frame_follows_the_points():
    """The board fills it at the end; 97 of 100 points are in it on the way; a limit that is given holds."""
    x = points_at(0, 4000)
    def limit(at, **options):
        stage = plots.Stage(plots.cloud(at, plots.DATA, **options))
        stage.picture(0)
        return stage.figure.axes[0].get_xlim()[1]
    assert limit(lambda t: Checkerboard().sample(1000, 0)) == pytest.approx(1.15)
    for size in (1, 4):
        reach = limit(lambda t: size * x)
        assert reach == pytest.approx(max(1.15, 1.05 * np.quantile((size * x).abs().amax(1).numpy(), 0.97)))
    assert limit(lambda t: 4 * x, limit=1.3) == pytest.approx(1.3)


def test_no_arrow_where_no_point_ever_is():
    """At t = 1 noisy points are on the cells and next to them; at t = 100 nearly everywhere that is drawn."""
    board, schedule = Checkerboard(), Schedule.linear()
    where = plots.visited(Oracle(board, schedule))
    figure, axes = plots.new_figure()
    update = plots.vector_field(lambda grid, t: torch.ones_like(grid), plots.MODEL, limit=1.3, where=where)(axes[0, 0])
    for t, least, most in ((1, 0.25, 0.35), (100, 1, 1)):
        _, arrows = update(t)
        shown = ~np.broadcast_to(arrows.Umask, arrows.U.shape)
        assert least <= shown.mean() <= most
        if t == 1:
            points = torch.tensor(arrows.XY[shown], dtype=torch.float32)
            assert board.contains(points * 0.9).float().mean() > 0.8


def test_a_trail_is_the_way_up_to_t():
    """Backwards through ts, from its first value to t, each point in its colour."""
    ts = [9, 5, 3, 0]
    figure, axes = plots.new_figure()
    update = plots.trails({t: points_at(t, 5) for t in ts}, ts)(axes[0, 0])
    for t, come in ((0, ts), (3, ts[:3]), (9, ts[:1])):
        lines = [artist for artist in update(t) if getattr(artist, "get_linestyle", str)() == "-"][:5]
        assert [line.get_color() for line in lines] == plots.NAMED_COLOURS
        for i, line in enumerate(lines):
            assert np.allclose(line.get_xydata(), [points_at(earlier, 5)[i].numpy() for earlier in come])


def test_a_gif_is_valid_and_holds_its_last_picture(view):
    film = Image.open(io.BytesIO(plots.gif(view, TS, seconds=0.8, hold=2.0, size=2.0)))
    assert film.format == "GIF" and film.size == (200, 200) and film.n_frames == len(TS) and film.info["loop"] == 0
    frames, durations = [], []
    for frame in ImageSequence.Iterator(film):
        durations.append(frame.info["duration"])
        frames.append(pixels(frame.convert("RGB")))
    assert durations == [100] * 7 + [2000]
    assert all((a != b).any() for a, b in itertools.pairwise(frames))
    last = plots.Stage(view, size=2.0).picture(TS[-1])
    white = Image.new("RGBA", last.size, "white")
    white.alpha_composite(last)
    last = pixels(white.convert("RGB"))
    assert (abs(frames[-1] - last).max(axis=2) > 60).mean() < 0.01


def test_the_same_film_twice_is_the_same_file():
    assert plots.gif(VIEWS["cloud"], TS, size=1.5) == plots.gif(VIEWS["cloud"], TS, size=1.5)


def test_a_film_of_nothing_is_refused():
    with pytest.raises(ValueError, match="ts must hold at least one t"):
        plots.gif(VIEWS["cloud"], [])


def test_filled_cells_are_tinted_behind_the_arrows():
    figure, axes = plots.new_figure(1)
    plots.vector_field(lambda grid, t: 0 * grid, plots.MODEL, board=Checkerboard())(axes[0, 0])
    corners = {tuple(patch.get_xy()) for patch in axes[0, 0].patches}
    assert corners == {tuple(cell) for cell in Checkerboard().edges[Checkerboard().filled].tolist()}
    assert {(patch.get_width(), patch.get_height()) for patch in axes[0, 0].patches} == {(0.5, 0.5)}
