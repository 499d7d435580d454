"""A submission as a file: is it a notebook, of which station, and with which cells?"""

import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from ..checks import EXERCISES
from . import archive, limits
from .texts import tame

STATIONS = sorted({exercise.notebook for exercise in EXERCISES.values()})
NO_STATION = "none of the course's exercises is in it"

# one pass over the text, in which no part can match in two ways: it takes as long as the text is, whatever that is
DEFINED = re.compile(r"^[ \t]*+(?:async[ \t]++)?(?:def|class)[ \t]++(\w++)|^(\w++)[ \t]*+=", re.M)
PERCENT = re.compile(r"^# ?(?:%%|In ?\[[ \d]*+\]:|<codecell>)(.*)$", re.M)    # as Spyder, VS Code, jupytext, nbconvert
OTHERS = {
    **dict.fromkeys((".html", ".htm"), "a web page; hand in the notebook itself, a file that ends in .ipynb"),
    ".pdf": "a PDF; hand in the notebook itself, a file that ends in .ipynb",
    **dict.fromkeys((".rar", ".7z", ".gz", ".tar", ".tgz", ".xz", ".bz2"), "an archive; unpack it, or hand in a zip")}


class Unusable(ValueError):
    """A file that cannot be graded; the message says why, in one line."""


@dataclass(frozen=True)
class File:
    """A file that was handed in. path: where it lies; member: what it is called in there, if that is a zip.

    beside: the Files of the modules that it may import; None: all that lie beside it.
    """

    path: Path
    member: str = ""
    beside: tuple | None = None

    @property
    def name(self):
        """What it is to be called, as a path."""
        return self.path / re.split(r"[/\\]", self.member)[-1] if self.member else self.path

    def content(self, most=None):
        """Return its bytes. Raises Unusable, also where there are more than `most` or than a notebook may have."""
        most = most or limits.NOTEBOOK
        try:
            if self.member:
                return archive.content(self.path, self.member, most)
            if self.path.exists() and not self.path.is_file():    # to read it may never end
                raise Unusable(f"{'a folder' if self.path.is_dir() else 'a device or a pipe'}, no notebook")
            if self.path.stat().st_size > most:
                raise Unusable(f"larger than {most // 10**6} MB: clear the outputs and save again")
            return self.path.read_bytes()
        except archive.Unreadable as error:
            raise Unusable(str(error)) from error
        except OSError as error:
            raise Unusable(f"cannot be read: {error.strerror or error}") from error


@dataclass(frozen=True)
class Submission:
    """notebook: the station's, such as "02_forward_process"; cells: [(number in the file, code)]; beside: Files."""

    notebook: str
    cells: list
    beside: tuple


def is_notebook(name):
    """Does a file of this name hold cells? Also where a browser or a mail program has put another ending behind."""
    return ".ipynb" in name.lower() or name.lower().endswith((".json", ".txt")) or "." not in name


def read(file):
    """Return the Submission in a File. Raises Unusable where there is none of this course."""
    name, suffix = file.name.name, file.name.suffix.lower()
    if suffix == ".py":
        cells = _script(_text(file.content()))
    elif is_notebook(name):
        cells = _code(_parsed(_text(file.content())))
    else:
        raise Unusable(OTHERS.get(suffix, f"no notebook, but a file that ends in {tame(suffix, 20)}"))
    code = "\n".join(source for _, source in cells)
    if len(code) > limits.CODE:
        raise Unusable(f"more than {limits.CODE // 10**6} million letters of code")
    beside = modules(file.path) if file.beside is None else file.beside
    return Submission(station(code, file.name.stem), cells, beside)


def modules(path):
    """Return the .py files that lie beside a file, as Files; links are passed over."""
    try:
        return tuple(File(other) for other in sorted(path.parent.iterdir()) if other.suffix == ".py"
                     and other.name != path.name and not other.is_symlink() and other.is_file())
    except OSError:
        return ()


def _text(content):
    if not content.strip():
        raise Unusable("an empty file")
    if content[:4] == b"PK\3\4":
        raise Unusable("a zip that is called otherwise; unpack it, and hand in the notebook itself")
    try:
        return content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unusable("no notebook: it is not text in UTF-8") from error


def _parsed(text):
    if sum(map(text.count, ",[{")) > limits.MARKS:    # each may become an object in memory
        raise Unusable("too many outputs: clear them and save again")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unusable("no notebook: it is not JSON, perhaps cut short") from error


def _code(content):
    """The code cells: (number of the cell in the file, source)."""
    cells = content.get("cells") if isinstance(content, dict) else None
    if not isinstance(cells, list):
        raise Unusable("no notebook: it has no list of cells (one of format 3? Open and save it in JupyterLab)")
    if len(cells) > limits.CELL_COUNT:
        raise Unusable(f"more than {limits.CELL_COUNT} cells")
    found = []
    for number, cell in enumerate(cells, 1):
        if not isinstance(cell, dict) or cell.get("cell_type") != "code":
            continue
        source = cell.get("source", "")
        lines = source if isinstance(source, list) else [source]
        if all(isinstance(line, str) for line in lines) and (source := "".join(lines)).strip():
            found.append((number, source))
    return found


def _script(text):
    """The same of a .py file, which may be marked into cells; those of text are left out."""
    marks = [(0, 0, ""), *((found.start(), found.end(), found[1]) for found in PERCENT.finditer(text))]
    ends = [*(start for start, _, _ in marks[1:]), len(text)]
    if len(marks) > limits.CELL_COUNT:
        raise Unusable(f"more than {limits.CELL_COUNT} cells")
    return [(number, text[start:end]) for number, ((_, start, title), end) in enumerate(zip(marks, ends), 1)
            if text[start:end].strip() and "[markdown]" not in title]


def station(code, name):
    """Return the notebook that this code, in a file of this name, is an answer to. Raises Unusable if to none.

    Each exercise that is defined or checked counts; the name of the file decides where nothing does.
    """
    defined = {one or other for one, other in DEFINED.findall(code)}
    votes = Counter()
    for exercise in EXERCISES.values():
        checked = f'"{exercise.name}"' in code or f"'{exercise.name}'" in code
        votes[exercise.notebook] += (exercise.name.split(".")[1] in defined) + checked
    (best, most), *others = votes.most_common(2)
    if most and most > max((count for _, count in others), default=0):
        return best
    named = [notebook for notebook in STATIONS if notebook in name] \
        or [notebook for notebook in STATIONS if notebook[:2].isdigit() and re.match(rf"{notebook[:2]}(\D|$)", name)]
    if len(named) == 1:
        return named[0]
    raise Unusable(NO_STATION)
