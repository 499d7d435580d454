"""Picture files: a drawing becomes points, a folder of pictures becomes small grey ones. Pillow loads when asked."""

import contextlib
import warnings
from pathlib import Path

import numpy as np

SUFFIXES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".tif", ".tiff")
LARGEST = 4096    # pixels of a side that are looked at: one of 180 million, as Pillow allows, would take 2 GB
PALE = 0.05    # so dark is the paper of a photographed drawing, or the haze around a JPEG's lines


def read_drawing(path, n=20_000, seed=0, side=256):
    """Return points, float64, shape (n, 2), x to the right and y upwards in pixels, dense where a picture is dark.

    side: the most pixels of a side; a larger picture is scaled down. Raises ValueError where it holds nothing dark,
    or is no picture.
    """
    with _opened(path) as picture:
        picture.thumbnail((side, side))
        dark = 1 - np.asarray(picture, dtype=float) / 255           # (height, width) 0 white, 1 black
    dark[dark < PALE] = 0
    if not dark.any():
        raise ValueError(f"{path} is white all over: dark pixels are where points come from")
    draw = np.random.default_rng(seed)
    row, column = np.divmod(draw.choice(dark.size, n, p=dark.ravel() / dark.sum()), dark.shape[1])
    corner = np.stack([column, dark.shape[0] - 1 - row], axis=1)    # (n, 2) the lower left one of each pixel
    return corner + draw.random((n, 2))


def read_folder(path, side=16):
    """Return the pictures in a folder, uint8, shape (n, side, side), and the names of those that cannot be read.

    In the order of their names; of each the middle square, in grey, scaled to side × side. Raises ValueError for a
    folder without any picture that can be read.
    """
    from PIL import Image, ImageOps

    pictures, broken = [], []
    files = [file for file in sorted(Path(path).iterdir()) if file.suffix.lower() in SUFFIXES and file.name[0] != "."]
    for file in files:
        try:
            if not file.is_file():    # a pipe would be waited for
                raise ValueError
            with _opened(file) as picture:
                pictures.append(np.asarray(ImageOps.fit(picture, (side, side), Image.Resampling.BOX)))
        except ValueError:
            broken.append(file.name)
    if not pictures:
        what = f"none of its {len(broken)} can be read" if broken else f"no file ends in one of {' '.join(SUFFIXES)}"
        raise ValueError(f"{path} holds no pictures: {what}")
    return np.stack(pictures), broken


@contextlib.contextmanager
def _opened(path):
    """Open a picture as a grey one, what is transparent as white. ValueError for what is none, FileNotFoundError."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")    # of a very large one; one beyond all measure is an error
            with Image.open(path) as picture:
                picture.thumbnail((LARGEST, LARGEST))
                picture = ImageOps.exif_transpose(picture).convert("RGBA")
    except FileNotFoundError:
        raise
    except Image.DecompressionBombError as error:
        most = 2 * Image.MAX_IMAGE_PIXELS // 10**6
        raise ValueError(f"{path} has more than {most} million pixels: make it smaller") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise ValueError(f"{path} is no picture that can be read, or is damaged") from error
    ground = Image.new("RGBA", picture.size, "white")
    yield Image.alpha_composite(ground, picture).convert("L")
