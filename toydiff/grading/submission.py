"""A submission as a file: is it a notebook, of which station, with which cells, and whose is it?"""

import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from ..checks import EXERCISES

MOST_BYTES = 100_000_000
NOTEBOOKS = sorted({exercise.notebook for exercise in EXERCISES.values()})


class Unusable(ValueError):
    """A file that cannot be graded; the message says why, in one line."""


@dataclass(frozen=True)
class Submission:
    """path: of the file; notebook: the station's, such as "02_forward_process"; cells: [(number in the file, code)]."""

    path: Path
    notebook: str
    cells: list


def read(path):
    """Return the Submission in a file. Raises Unusable where there is none of this course."""
    cells = _code(_parsed(Path(path)))
    return Submission(Path(path), station("\n".join(source for _, source in cells), Path(path).stem), cells)


def _parsed(path):
    try:
        if path.exists() and not path.is_file():    # to read it may never end
            raise Unusable(f"{'a folder' if path.is_dir() else 'a device or a pipe'}, no notebook")
        if path.stat().st_size > MOST_BYTES:
            raise Unusable(f"larger than {MOST_BYTES // 10**6} MB: clear the outputs and save again")
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unusable("no notebook: it is not text in UTF-8") from error
    except OSError as error:
        raise Unusable(f"cannot be read: {error.strerror or error}") from error
    if not text.strip():
        raise Unusable("an empty file")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unusable("no notebook: it is not JSON, perhaps cut short") from error


def _code(content):
    """The code cells: (number of the cell in the file, source)."""
    cells = content.get("cells") if isinstance(content, dict) else None
    if not isinstance(cells, list):
        raise Unusable("no notebook: it has no list of cells (one of format 3? Open and save it in JupyterLab)")
    found = []
    for number, cell in enumerate(cells, 1):
        if not isinstance(cell, dict) or cell.get("cell_type") != "code":
            continue
        source = cell.get("source", "")
        source = "".join(map(str, source)) if isinstance(source, list) else str(source)
        if source.strip():
            found.append((number, source))
    return found


def station(code, name):
    """Return the notebook that this code, in a file of this name, is an answer to. Raises Unusable if to none.

    Each exercise that is defined or checked counts; the name of the file decides where nothing does.
    """
    votes = Counter()
    for exercise in EXERCISES.values():
        short = re.escape(exercise.name.split(".")[1])
        defined = re.search(rf"^\s*(def|class)\s+{short}\b|^{short}\s*=", code, re.M)
        checked = re.search(rf"""["']{re.escape(exercise.name)}["']""", code)
        votes[exercise.notebook] += bool(defined) + bool(checked)
    (best, most), *others = votes.most_common(2)
    if most and most > max((count for _, count in others), default=0):
        return best
    named = [notebook for notebook in NOTEBOOKS if notebook in name] \
        or [notebook for notebook in NOTEBOOKS if notebook[:2].isdigit() and re.match(rf"{notebook[:2]}(\D|$)", name)]
    if len(named) == 1:
        return named[0]
    raise Unusable("none of the course's exercises is in it")


def student(path, notebook):
    """Return whose a file is by its name alone: what is left without the words of the notebook's own name."""
    words = re.split(r"[\W_]+", path.stem)
    own = {*notebook.split("_"), notebook[:2].lstrip("0"), *("exercise", "exercises", "ipynb")}
    return " ".join(word for word in words if word and word.lower() not in own) or path.stem
