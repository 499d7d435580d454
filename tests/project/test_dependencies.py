"""What is imported is declared, so that nothing arrives by chance in the wake of another package; and what is declared
is used."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name as canonical

from tools import notebooks as tool

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
COURSE = {canonical(Requirement(line).name) for line in PROJECT["dependencies"]}
TESTS = COURSE | {canonical(Requirement(line).name) for line in PROJECT["optional-dependencies"]["test"]}
NOTEBOOKS = [path for folder in tool.FOLDERS for path in (ROOT / folder).glob("*.ipynb")]
OURS = {"toydiff", "toydiff_command", "tools", *(
    path.stem for folder in ("tests/shared", "tests/checks", "benchmarks", "tools/gpu_parts")
    for path in (ROOT / folder).iterdir())}
NOT_IMPORTED = {    # declared, but used in another way
    "jupyterlab": "make lab", "ipykernel": "the kernel of the notebooks", "pytest-xdist": "pytest -n",
    "nbval": "pytest --nbval", "nbgrader": "python -m nbgrader", "setuptools": "builds the wheel", "ruff": "ruff check",
    "diffusers": "pytest.importorskip", "axe-playwright-python": "pytest.importorskip",
    "py-rattler": "pytest.importorskip"}
OPTIONAL = {"cosmic_ray": "tools/mutation.py says how to install it", "diffusers": "notebook 7 says so where it is not"}


def imported(code):
    """The packages, but for Python's own, that a piece of code imports, anywhere in it: their first names."""
    names = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add(node.module)
    return {name.split(".")[0] for name in names} - sys.stdlib_module_names


def of_files(*folders):
    """{package: the files below these folders that import it}."""
    found = {}
    for path in (path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))):
        for name in imported(path.read_text(encoding="utf-8")) - OURS - OPTIONAL.keys():
            found.setdefault(name, []).append(path.relative_to(ROOT).as_posix())
    return found


def of_notebooks():
    """{package: the notebooks that import it}."""
    found = {}
    for path in NOTEBOOKS:
        for cell in tool.code_cells(tool.read(path)):
            for name in imported(re.sub(r"^(\s*)[%!].*", r"\1pass", cell.source, flags=re.M)) - OURS - OPTIONAL.keys():
                found.setdefault(name, []).append(path.name)
    return found


def undeclared(found, declared):
    """Those of the imports that no declared distribution brings."""
    brought = packages_distributions()
    return {name: where for name, where in found.items() if not set(map(canonical, brought.get(name, []))) & declared}


def test_the_reader_of_imports_sees_every_way_of_writing_one():
    code = ("import os, torch.nn\nfrom PIL import Image\nfrom . import a\nfrom .b import c\n"
            "def f():\n    from nbconvert.filters import d\n    import yaml as y\n")
    assert imported(code) == {"torch", "PIL", "nbconvert", "yaml"}
    assert undeclared({"PIL": ["x"], "yaml": ["y"], "no_such": ["z"]}, {"pillow"}) == {"yaml": ["y"], "no_such": ["z"]}


@pytest.mark.parametrize("found, declared", [
    (of_files("toydiff"), COURSE), (of_notebooks(), COURSE), (of_files("tests", "tools", "benchmarks"), TESTS)],
    ids=["the package", "the notebooks", "the tests"])
def test_what_is_imported_is_declared(found, declared):
    assert found and undeclared(found, declared) == {}


def test_what_is_declared_is_used():
    """By the room that asks for it: what only a test imports is no learner's download."""
    brought = packages_distributions()
    course, tests = ({canonical(one) for name in found for one in brought.get(name, [])} | NOT_IMPORTED.keys()
                     for found in (of_files("toydiff") | of_notebooks(), of_files("tests", "tools", "benchmarks")))
    assert COURSE - course == set()
    assert TESTS - COURSE - tests == set()
    assert NOT_IMPORTED.keys() <= TESTS
