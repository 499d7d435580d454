"""Pictures that stand in a page as text become files beside it, loaded when they are scrolled to."""

import hashlib
import io
import itertools
import math
import re
from base64 import b64decode

import numpy as np
from PIL import Image

IMAGE = re.compile(r"<img\b[^>]*>")
INLINE = re.compile(r'src="data:image/(png|webp|jpeg|gif);base64,([^"]+)"')
FRAME = re.compile(r'<img class="toydiff-frame"[^>]*>')
FRAMES = re.compile(r'<script class="toydiff-frames">(.*?)</script>', re.DOTALL)
ENDINGS = {"png": "png", "webp": "webp", "jpeg": "jpg", "gif": "gif"}
FIGURE = (320, 200)    # the most pixels of a figure on the front page, width and height


def to_files(html, folder, address):
    """Return HTML or Markdown whose inline pictures are files of `folder`, which the page reaches under `address`.

    A slider's pictures are scripts there, fetched when it is in sight: its box says where (data-frames).
    """
    def picture(tag):
        def filed(match):
            content = b64decode(match[2])
            cuts = "" if "data-cuts" in tag[0] else " ".join(f"{cut:.3f}" for cut in cuts_in(content))
            split = f'data-cuts="{cuts}" ' if cuts else ""
            return f'loading="lazy" {split}src="{address}/{_keep(content, folder, ENDINGS[match[1]])}"'

        return INLINE.sub(filed, tag[0])

    def frames(match):
        name = _keep(match[1].encode(), folder, "js")
        return f'<span class="toydiff-frames" hidden data-from="{address}/{name}"></span>'

    return IMAGE.sub(picture, FRAMES.sub(frames, html))


def cuts_in(content):
    """Where a filmstrip's file, as it stands in a notebook, may be cut between its panels: shares of its width.

    Its ground is transparent. It is one if three panels or more, as wide as high, stand apart by an hundredth of it.
    """
    with Image.open(io.BytesIO(content)) as picture:
        width, panels = picture.width, round(picture.width / picture.height)
        empty = np.asarray(picture.convert("RGBA"))[..., 3].max(axis=0) == 0
    cuts = []
    for i in range(1, panels):
        near = range(round((i - 0.06) * width / panels), round((i + 0.06) * width / panels))
        runs = [list(run) for there, run in itertools.groupby(near, lambda x: empty[x]) if there]
        gap = max(runs, key=len, default=[])
        if len(gap) < width / 100:
            return []
        cuts.append((gap[0] + gap[-1]) / 2 / width)
    return cuts if panels > 2 else []


def _keep(content, folder, ending):
    name = f"{hashlib.sha256(content).hexdigest()[:16]}.{ending}"
    file = folder / name
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return name


def figure(notebook, file):
    """Write a small picture of a notebook as WebP; return (width, height), or None if it has none.

    It is that of the cell with the tag "figure"; without one, of those that give no answer away, whichever is most
    nearly twice as wide as high.
    """
    found = [("figure" not in cell.metadata.get("tags", []), folded,
              abs(math.log2(picture.width / picture.height) - 1), picture)
             for cell in notebook.cells for folded, picture in _pictures_of(cell)]
    if not found:
        return None
    _, folded, _, picture = min(found, key=lambda one: one[:3])
    panels = round(picture.width / picture.height)
    if panels > 3:    # of a filmstrip the first, the middle and the last; of an answer's not what lies between
        kept = [0, panels - 1] if folded else [0, panels // 2, panels - 1]
        picture = _joined([picture.crop((round(i * picture.width / panels), 0, round((i + 1) * picture.width / panels),
                                         picture.height)) for i in kept])
    picture.thumbnail(FIGURE, Image.Resampling.LANCZOS)
    file.parent.mkdir(parents=True, exist_ok=True)
    picture.save(file, "WEBP", quality=45, alpha_quality=45, method=6)
    return picture.size


def _joined(pictures):
    whole = Image.new("RGBA", (sum(picture.width for picture in pictures), pictures[0].height))
    x = 0
    for picture in pictures:
        whole.paste(picture, (x, 0))
        x += picture.width
    return whole


def _pictures_of(cell):
    """(whether it is folded, picture as RGBA) of every picture in the outputs of a cell, but the moving ones."""
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        shown = FRAME.sub("", "".join("".join(data.get(kind, "")) for kind in ("text/html", "text/markdown")))
        inline = [text for _, text in INLINE.findall(shown)]
        for text in inline + [data[kind] for kind in ("image/png", "image/jpeg") if kind in data]:
            with Image.open(io.BytesIO(b64decode(text))) as picture:
                yield "<details" in shown, picture.convert("RGBA")
