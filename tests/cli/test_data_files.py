"""Files of one's own, as --data and `exam` read them: nothing is lost in silence, no more memory taken than is said."""

import signal
import tracemalloc

import numpy as np
import pytest
from PIL import Image

from toydiff.cli import main, recipe
from toydiff.support import arrays, images


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("text, points", [
    ("x,y\n1,2\n", [[1, 2]]), ("1,2\n3,4", [[1, 2], [3, 4]]), ("\n\n\ufeffx,y\n\n1,2\n", [[1, 2]]), ("x,y\n", []),
    ("", []), ("1,2\r3,4\r", [[1, 2], [3, 4]]), ('"1","2"\r\n', [[1, 2]])])
def test_two_columns_with_or_without_names(tmp_path, text, points):
    assert arrays.read_csv(write(tmp_path / "a.csv", text)).tolist() == points


@pytest.mark.parametrize("text, why", [
    ("1+2j,1\n1,2\n", "line 1 is not two numbers with a comma between them: '1+2j,1'"),    # was taken for names
    ("x,y\n\n\n1,2\n\nx,3\n", "line 6 is not"),    # of the file, empty ones included
    ("0.5;1.5\n0.5;1.5\n", "line 2 is not two numbers with a comma between them: '0.5;1.5'"),
    ("1,2\n3\n", "line 2 has 1 column, two"), ("1,2\n3,4,5\n", "line 2 has 3 columns, two"),
    ("1,2\n" + "1," * 100_000, "line 2 is too long to hold two numbers")])
def test_what_are_no_two_columns_is_named_by_its_line(tmp_path, text, why):
    with pytest.raises(ValueError) as error:
        arrays.read_csv(write(tmp_path / "a.csv", text))
    assert str(error.value).startswith(why)


def test_a_csv_takes_no_more_memory_than_it_was_asked_whether_there_is(tmp_path, monkeypatch):
    """Lists of its cells as text took fifty times its size, and ten times were asked for."""
    wanted = []
    monkeypatch.setattr(arrays, "enough_for", lambda size, what: wanted.append(size))
    path = write(tmp_path / "a.csv", "1,2\n" * 20_000)
    tracemalloc.start()
    try:
        points = arrays.read_csv(path)
        taken = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert points.shape == (20_000, 2) and points.dtype == np.float64
    assert taken <= wanted[0] + 200_000    # the reader's own


def test_a_picture_of_too_many_pixels_is_not_called_damaged(tmp_path, monkeypatch):
    Image.new("L", (60, 60)).save(tmp_path / "a.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1_000)
    with pytest.raises(ValueError, match="million pixels: make it smaller"):
        images.read_drawing(tmp_path / "a.png")


@pytest.mark.parametrize("name, exit_code", [("SIGINT", 130), ("SIGTERM", 143)])
def test_a_stop_while_the_data_are_read_waits_for_nothing(tmp_path, monkeypatch, capsys, name, exit_code):
    """A file on a disk that does not answer was waited for without an end."""
    read = []

    def slow(*asked):
        signal.raise_signal(getattr(signal, name))
        read.append(True)

    monkeypatch.setattr(recipe, "find_data", slow)
    assert main(["train", "--checkpoint", str(tmp_path / "a.pt")]) == exit_code
    assert read == [] and list(tmp_path.iterdir()) == [] and capsys.readouterr().err == "\ntoydiff: stopped\n"
