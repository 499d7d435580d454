"""The site's pictures: filmstrips fall into panels on a phone, and a station's figure gives no answer away."""

import re

import nbformat
import pytest
import torch
from PIL import Image

from tools.site import pictures
from toydiff.notebook import plots, screen, still


def cloud(t):
    return torch.randn(200, 2, generator=torch.Generator().manual_seed(t))


STRIP = screen.still(plots.filmstrip(plots.cloud(cloud, plots.MODEL), [1, 2, 3, 4, 5]), "five clouds")
WIDE = screen.still(plots.panels(("a", cloud(1), plots.DATA), ("b", cloud(2), plots.MODEL)), "two clouds")
SQUARE = screen.still(plots.panels(("a", cloud(1), plots.DATA)), "a cloud")
CURVE = screen.still(plots.curves(("a", range(9), plots.DATA), aspect=3.0), "a line, three times as wide as high")


def written(html, tmp_path):
    return pictures.to_files(html, tmp_path, "shown")


def test_a_filmstrip_of_a_notebook_is_cut_between_its_panels(tmp_path):
    cuts = re.search(r'data-cuts="([^"]+)"', written(STRIP, tmp_path))[1].split()
    assert [float(cut) for cut in cuts] == pytest.approx([0.2, 0.4, 0.6, 0.8], abs=0.01)
    assert "data-cuts" not in written(CURVE + SQUARE, tmp_path)
    assert len(list(tmp_path.iterdir())) == 3 and "base64" not in written(STRIP + CURVE + SQUARE, tmp_path)


def test_where_its_maker_said_how_to_cut_it_stays_so(tmp_path):
    said = STRIP.replace('alt="', 'data-cuts="0.5" alt="')
    assert re.findall(r'data-cuts="([^"]+)"', written(said, tmp_path)) == ["0.5"]


def cell(html, tags=()):
    output = nbformat.v4.new_output("display_data", {"text/html": html})
    return nbformat.v4.new_code_cell("", outputs=[output], metadata={"tags": list(tags)})


def figure(tmp_path, *cells):
    size = pictures.figure(nbformat.v4.new_notebook(cells=list(cells)), tmp_path / "figure.webp")
    with Image.open(tmp_path / "figure.webp") as picture:
        assert picture.size == size and size[0] <= 320 and size[1] <= 200
    return round(size[0] / size[1])    # how wide it is, told by its height


def test_a_station_is_shown_by_what_gives_no_answer_away(tmp_path):
    """The picture that suits best is folded as an answer; a tag has the last word, and of an answer's strip only both
    ends are seen."""
    answer = still.answer(1, [WIDE])
    assert figure(tmp_path, cell(answer), cell(SQUARE)) == 1
    assert figure(tmp_path, cell(answer), cell(SQUARE), cell(STRIP, ["figure"])) == 3
    assert figure(tmp_path, cell(still.answer(1, [STRIP]), ["figure"]), cell(SQUARE)) == 2
    moving = SQUARE.replace("<img ", '<img class="toydiff-frame" ')
    assert figure(tmp_path, cell(moving + STRIP, ["figure"])) == 3
