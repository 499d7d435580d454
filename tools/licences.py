"""Write docs/licences.md: the licence of every package that the course, its tests or its book bring along.

    python tools/licences.py

The names are those of constraints.txt, the licences what the installed packages say of themselves.
"""

import sys
import tomllib
from importlib.metadata import PackageNotFoundError, metadata, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "licences.md"
# Needed on another system or by another Python only, so perhaps not installed here.
ELSEWHERE = {"appnope": "BSD-2-Clause", "colorama": "BSD-3-Clause", "lazy-importer": "Apache-2.0",
             "overrides": "Apache-2.0", "pywinpty": "MIT"}
IN_A_FILE = {"axe-playwright-python": "MIT, with axe-core: MPL-2.0"}    # what these say lies beside them only
PLACES = [{"sys_platform": system, "platform_system": name, "os_name": kind,
           "python_version": python, "python_full_version": f"{python}.0"}
          for system, name, kind in [("linux", "Linux", "posix"), ("darwin", "Darwin", "posix"),
                                     ("win32", "Windows", "nt")]
          for python in ("3.11", "3.13")]    # at both ends of what is tested
HEAD = """\
# Licences of what the course brings along

toydiff itself is under the [MIT licence](../LICENSE). An install fetches the packages below, each from its own
authors, under its own licence; none is copied into this repository. The list is made by `make licences` from what the
packages say of themselves. On Linux, PyPI's torch fetches NVIDIA's CUDA packages as well, which are proprietary; the
CPU build does without. The book shows its formulas with KaTeX (MIT), from npm.
"""


def pinned():
    """The names in constraints.txt, in its order."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return [canonicalize_name(Requirement(line).name) for line in lines if line and not line.startswith("#")]


def needed_by(extra=None):
    """The names of what `pip install toydiff`, or that with an extra, fetches, on any system, by any Python."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = project["dependencies"] + (project["optional-dependencies"][extra] if extra else [])
    todo, seen = [Requirement(line) for line in lines], set()
    while todo:
        wanted = todo.pop()
        reached = {(canonicalize_name(wanted.name), extra) for extra in wanted.extras | {""}}
        if reached <= seen:
            continue
        seen |= reached
        try:
            lines = requires(wanted.name) or []
        except PackageNotFoundError:    # for another system
            continue
        for need in map(Requirement, lines):
            if need.marker is None or any(need.marker.evaluate({**place, "extra": extra})
                                          for place in PLACES for extra in wanted.extras | {""}):
                todo.append(need)
    return {name for name, _ in seen}


def licence(name):
    """What the package says its licence is, in few words; ValueError if it does not say."""
    if name in IN_A_FILE:
        return IN_A_FILE[name]
    try:
        about = metadata(name)
    except PackageNotFoundError:
        if name in ELSEWHERE:
            return ELSEWHERE[name]
        raise ValueError(f"{name} is not installed: make test, or add it to ELSEWHERE in tools/licences.py") from None
    if about["License-Expression"]:
        return about["License-Expression"]
    said = (about["License"] or "").strip()
    classified = [line.split(" :: ")[-1] for line in about.get_all("Classifier", []) if line.startswith("License ::")]
    if said in ("", "UNKNOWN") or len(said) > 60:    # some put the whole text there
        said = ", ".join(classified)
    if not said:
        raise ValueError(f"{name} does not say what its licence is")
    return said


def page():
    """The text of docs/licences.md."""
    course, tests = needed_by(), needed_by("test")
    lines = [HEAD, "| package | licence | needed by |", "|---|---|---|"]
    for name in pinned():
        by = "the course" if name in course else "its tests" if name in tests else "its book"
        lines.append(f"| {name} | {licence(name)} | {by} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    try:
        PAGE.write_text(page(), encoding="utf-8", newline="\n")
    except ValueError as error:
        sys.exit(str(error))
