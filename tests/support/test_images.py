"""Picture files: a drawing becomes points where it is dark, a folder small grey pictures, the broken ones named."""

import numpy as np
import pytest
from PIL import Image

from toydiff.support import images
from toydiff.support.images import read_drawing, read_folder


def saved(array, path, mode=None):
    Image.fromarray(np.asarray(array, dtype=np.uint8), mode).save(path)
    return path


@pytest.fixture
def corner(tmp_path):
    """White, 40 wide and 20 high; black in the upper left quarter, grey in the lower right one."""
    picture = np.full((20, 40), 255)
    picture[:10, :20], picture[10:, 20:] = 0, 127
    return saved(picture, tmp_path / "corner.png")


def test_points_lie_where_it_is_dark_twice_as_many_where_it_is_twice_as_dark(corner):
    """Binomial: 20,000 points, 2/3 of them in the black part; 5 standard deviations are 0.017 (1 in a million)."""
    x, y = read_drawing(corner).T
    black, grey = (x < 20) & (y > 10), (x > 20) & (y < 10)
    assert (black | grey).all() and len(x) == 20_000
    assert abs(black.mean() - 255 / (255 + 128)) < 0.017
    assert x.min() < 0.1 and x.max() > 39.9 and y.min() < 0.1 and y.max() > 19.9    # all the way to its edges
    assert len(np.unique(x)) == 20_000    # anywhere in a pixel, not in its middle


def test_the_same_seed_gives_the_same_points(corner):
    assert np.array_equal(read_drawing(corner), read_drawing(corner))
    assert not np.array_equal(read_drawing(corner), read_drawing(corner, seed=1))


def test_a_large_drawing_is_scaled_down_and_keeps_its_proportions(tmp_path):
    picture = np.full((600, 300), 255)
    picture[150:450, 75:225] = 0
    x, y = read_drawing(saved(picture, tmp_path / "large.png"), side=100).T
    assert abs(np.ptp(x) - 25) < 2 and abs(np.ptp(y) - 50) < 2


def test_paper_that_is_not_quite_white_and_what_is_transparent_are_empty(tmp_path):
    paper = np.full((10, 10), 245)
    paper[2:4, 2:4] = 10
    x, y = read_drawing(saved(paper, tmp_path / "paper.png")).T
    assert x.min() >= 2 and x.max() <= 4 and y.min() >= 6 and y.max() <= 8
    clear = np.zeros((10, 10, 4))
    clear[0, :, 3] = 255    # black above, transparent black elsewhere
    assert read_drawing(saved(clear, tmp_path / "clear.png"))[:, 1].min() >= 9


@pytest.mark.parametrize("content, said", [
    (None, "white all over"), (b"", "no picture that can be read"), (b"hello", "no picture that can be read")])
def test_a_drawing_of_nothing_is_told_so(tmp_path, content, said):
    path = tmp_path / "drawing.png"
    saved(np.full((9, 9), 255), path) if content is None else path.write_bytes(content)
    with pytest.raises(ValueError, match=said) as caught:
        read_drawing(path)
    assert str(path) in str(caught.value) and len(str(caught.value).splitlines()) == 1


@pytest.fixture
def folder(tmp_path):
    """A photograph on its side, a colour picture, one that is cut short, one of other bytes, and what is no picture."""
    wide = np.zeros((30, 90, 3))
    wide[:, 30:60] = (255, 255, 255)    # the middle square is white
    saved(wide, tmp_path / "b.png")
    saved(np.full((16, 16), 100), tmp_path / "a.JPG")
    whole = (tmp_path / "b.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[:len(whole) // 2])
    (tmp_path / "words.gif").write_bytes(b"hello")
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / ".hidden.png").write_bytes(whole)
    (tmp_path / "folder.png").mkdir()
    return tmp_path


def test_a_folder_gives_its_pictures_in_the_order_of_their_names_and_names_the_broken_ones(folder):
    pictures, broken = read_folder(folder)
    assert pictures.shape == (2, 16, 16) and pictures.dtype == np.uint8
    assert abs(pictures[0].astype(int) - 100).max() <= 1 and (pictures[1] == 255).all()
    assert broken == ["cut.png", "folder.png", "words.gif"]


def test_pictures_keep_their_mean_when_scaled_and_a_turned_photograph_is_turned(tmp_path):
    stripes = np.zeros((64, 64))
    stripes[:, ::2] = 200
    saved(stripes, tmp_path / "a.png")
    half = np.zeros((32, 32))
    half[:16] = 255    # bright above; the camera says: turn it by 180 degrees
    exif = Image.Exif()
    exif[0x0112] = 3
    Image.fromarray(half.astype(np.uint8)).save(tmp_path / "b.png", exif=exif)
    (striped, turned), broken = read_folder(tmp_path)
    assert (striped == 100).all() and not broken
    assert (turned[:8] == 0).all() and (turned[8:] == 255).all()


@pytest.mark.parametrize("names, said", [((), "no file ends in one of"),
                                         (("a.png", "b.png"), "none of its 2 can be read")])
def test_a_folder_without_pictures_is_told_so(tmp_path, names, said):
    for name in names:
        (tmp_path / name).write_bytes(b"hello")
    with pytest.raises(ValueError, match=said) as caught:
        read_folder(tmp_path)
    assert str(tmp_path) in str(caught.value)


def test_a_picture_of_very_many_pixels_is_made_small_before_it_is_copied(tmp_path, monkeypatch):
    """Four bytes a pixel, several times: 180 million of them, which compress to 200 kB, took more than 2 GB."""
    monkeypatch.setattr(images, "LARGEST", 16)
    seen, convert = [], Image.Image.convert
    monkeypatch.setattr(Image.Image, "convert", lambda picture, *mode: seen.append(picture.size) or convert(picture,
                                                                                                            *mode))
    picture = np.full((400, 200), 255)
    picture[100:300] = 0
    x, y = read_drawing(saved(picture, tmp_path / "large.png")).T
    assert seen and max(max(size) for size in seen) == 16
    assert abs(np.ptp(x) - 8) < 1 and abs(np.ptp(y) - 8) < 2
