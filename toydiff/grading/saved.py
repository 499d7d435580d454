"""Rows as they are kept: a line of JSON each, written as they come, so that a class that was stopped goes on.

results.jsonl.unfinished while a class is graded, results.jsonl once all of it is. The first line says of what: the
version of toydiff, the time limit, which part of the folder, and how many entries all parts have.
"""

import hashlib
import json
import os
from dataclasses import asdict
from pathlib import Path

from .. import __version__
from ..checks import Result
from . import limits
from .classroom import Row
from .examiner import Report
from .submission import Unusable, modules

NAME = "results.jsonl"
UNFINISHED = f"{NAME}.unfinished"


class Journal:
    """The file in `folder` that holds what was graded. about: what its first line says, a dict.

    resume: begin with what is there, else anew. Raises ValueError where that is another class's, or was to be asked.
    """

    def __init__(self, folder, about, resume=False):
        self.path, self.finished, self.kept = folder / UNFINISHED, folder / NAME, {}
        self.about = {"toydiff": __version__, **about}
        if resume:
            there = next((path for path in (self.path, self.finished) if path.exists()), None)
            if there:
                made, self.kept = read(there)
                if made != self.about:
                    name = next(name for name in {**made, **self.about} if made.get(name) != self.about.get(name))
                    raise ValueError(f"{there} was made with {name} {made.get(name)}, not {self.about.get(name)}: "
                                     "leave out --resume to grade all anew, or take another --output")
        folder.mkdir(parents=True, exist_ok=True)
        self._write([self.about, *({"key": key, **to_dict(row)} for key, row in self.kept.items())])
        self.file = open(self.path, "a", encoding="ascii")

    def _write(self, lines):
        """Put the file in order: a last line that was torn is gone. The old one stays until the new one is whole."""
        temporary = self.path.with_name(f".{self.path.name}.{os.getpid()}.part")
        temporary.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="ascii")
        os.replace(temporary, self.path)

    def known(self, entries):
        """Return {entry: Row} of those Entries that were graded before, as they are now."""
        keys = {entry: key(entry) for entry in entries} if self.kept else {}
        return {entry: self.kept[name] for entry, name in keys.items() if name in self.kept}

    def note(self, entry, row):
        """Keep a Row for good: once this returns, no kill of this process takes it away."""
        self.file.write(json.dumps({"key": key(entry), **to_dict(row)}) + "\n")
        self.file.flush()

    def close(self, complete):
        """Give the file its name, if all of the class is in it."""
        self.file.close()
        if complete:
            os.replace(self.path, self.finished)


def key(entry):
    """Return what tells a thing that was handed in from any other: where it lies, and all that is in it."""
    digest = hashlib.sha256(repr((entry.student, entry.trouble)).encode("utf-8", "backslashreplace"))
    beside = () if entry.file is None else modules(entry.file.path) if entry.file.beside is None else entry.file.beside
    for file in () if entry.file is None else (entry.file, *beside):
        try:
            digest.update(file.content(None if file is entry.file else limits.BESIDE))
        except Unusable as error:
            digest.update(str(error).encode())
    return f"{entry.place}\n{digest.hexdigest()}"


def read(path):
    """Return ({what the first line says}, {key: Row}) of such a file; a last line that was torn is passed over.

    Raises ValueError for any other file.
    """
    try:
        lines = path.read_text(encoding="ascii").split("\n")
        about, rows = json.loads(lines[0]), {}
        for line in lines[1:-1]:    # what follows the last end of a line was not finished
            content = json.loads(line)
            rows[content["key"]] = from_dict(content)
        return dict(about), rows
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} holds no results of a class; delete it, and grade anew") from error


def join(folder):
    """Return the Rows of all parts of a class: of every results.jsonl in the folders within `folder`.

    Raises ValueError where a part is missing, has not ended, is there twice, or belongs to another class.
    """
    there = sorted((part for part in folder.glob("*") if part.is_dir()), key=lambda part: part.name)
    for part in there:
        if (part / UNFINISHED).exists():
            raise ValueError(f"{part} has not ended: go on with it by --resume")
    found = {part: read(part / NAME) for part in there if (part / NAME).exists()}
    if not found:
        raise ValueError(f"{folder} holds no part of a class: no folder with a {NAME} in it")
    first, rows, seen = next(iter(found)), [], {}
    for part, (about, its_rows) in found.items():
        if {**about, "part": ""} != {**found[first][0], "part": ""}:
            raise ValueError(f"{part} and {first} are parts of different classes, or were graded otherwise")
        if about["part"] in seen:
            raise ValueError(f"part {about['part']} is there twice: {seen[about['part']]} and {part}")
        seen[about["part"]] = part
        rows += its_rows.values()
    of = int(found[first][0]["part"].split("/")[1])
    if missing := [f"{number}/{of}" for number in range(1, of + 1) if f"{number}/{of}" not in seen]:
        raise ValueError(f"{folder} lacks the part{'s' * (len(missing) > 1)} {', '.join(missing)}")
    return rows


def to_dict(row):
    """Return everything of a Row as plain values, from which `from_dict` makes it again."""
    report = row.report
    return {"student": row.student, "place": row.place, "path": str(report.path), "notebook": report.notebook,
            "results": [asdict(result) for result in report.results], "stopped": sorted(report.stopped.items()),
            "trouble": report.trouble, "seconds": report.seconds, "killed": report.killed,
            "pictures": report.pictures}


def from_dict(content):
    """Return the Row that `to_dict` was given."""
    results = [Result(**{**result, "see": tuple(result["see"])}) for result in content["results"]]
    report = Report(Path(content["path"]), content["notebook"], results,
                    {number: what for number, what in content["stopped"]}, content["trouble"], content["seconds"],
                    content["killed"], content["pictures"])
    return Row(content["student"], report, content["place"])
