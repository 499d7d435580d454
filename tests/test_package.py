"""The house: imports run one way, importing is quick and light, files are small, everything public is described."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import toydiff

FOLDER = Path(toydiff.__file__).parent
FILES = {path.relative_to(FOLDER).with_suffix("").as_posix(): path for path in sorted(FOLDER.rglob("*.py"))}
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in FILES.items()}

ANYWHERE = {"validate", "device", "installation"}    # know nothing of the course, may be used by all
PIECES = {"drawing", "scrubber"}                     # of plots and explorer
STATIONS = {"data", "forward_process", "mlp", "plots"}
FROM_STATIONS = {
    "training": {"data", "forward_process", "mlp"},
    "sampling": {"data", "forward_process", "mlp"},
    "oracle": {"data", "forward_process", "mlp"},
    "checkpoint": {"data", "forward_process", "mlp"},
    "explorer": {"plots", "scrubber"},
    "predict": {"checkpoint"},    # for a file that is written whole
}
MIDDLE = set(FROM_STATIONS)
LAST = {"evaluation", "checks", "export"}    # from stations and middle
GRADING = {"grading"}              # from checks
ENTRY = {"cli", "__main__", "__init__"}


def allowed(name):
    """The modules of toydiff that a module may import."""
    if name in ANYWHERE | PIECES:
        return set()
    if name == "plots":
        return PIECES
    if name in STATIONS:
        return ANYWHERE
    if name in MIDDLE:
        return ANYWHERE | FROM_STATIONS[name]
    if name in LAST:
        return ANYWHERE | STATIONS | MIDDLE
    if name in GRADING:
        return ANYWHERE | {"checks", "checkpoint"}
    if name in ENTRY:
        return ANYWHERE | STATIONS | MIDDLE | LAST | GRADING | {"cli"}
    raise AssertionError(f"{name}.py has no place in the order of imports yet")


def imported(tree, depth=0):
    """The modules of toydiff that a file imports, anywhere in it; depth: how many folders below toydiff it lies."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            if node.level == depth + 1:
                found |= {node.module.split(".")[0]} if node.module else {alias.name for alias in node.names}
            elif node.level == 0 and node.module.split(".")[0] == "toydiff":
                rest = node.module.split(".")[1:]
                found |= {rest[0]} if rest else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("toydiff.")}
    return found


def test_the_reader_of_imports_sees_every_way_of_writing_one():
    code = ("from . import a, b\nfrom .c import d\nfrom toydiff import e\nfrom toydiff.f import g\nimport toydiff.h\n"
            "import torch\nfrom torch import nn\ndef f():\n    from .i import j\n")
    assert imported(ast.parse(code)) == {"a", "b", "c", "e", "f", "h", "i"}
    assert imported(ast.parse("from .. import a\nfrom ..b import c\nfrom .d import e\nfrom . import f"), 1) == {"a", "b"}


@pytest.mark.parametrize("name", FILES)
def test_imports_run_one_way(name):
    module, *below = name.split("/")    # a file of a folder may import what the folder may, and its neighbours
    assert imported(TREES[name], len(below)) <= allowed(module)


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_read_in_one_sitting(name):
    lines = FILES[name].read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 220
    assert max(map(len, lines), default=0) <= 120


@pytest.mark.parametrize("name", FILES)
def test_what_is_public_is_described(name):
    """The file, its functions and classes, and their public methods."""
    tree = TREES[name]
    assert ast.get_docstring(tree)
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    public = [node for node in tree.body if isinstance(node, kinds) and not node.name.startswith("_")]
    for owner in [node for node in public if isinstance(node, ast.ClassDef)]:
        public += [node for node in owner.body if isinstance(node, kinds) and not node.name.startswith("_")]
    assert [node.name for node in public if not ast.get_docstring(node)] == []


@pytest.mark.parametrize("name", FILES)
def test_no_bare_assert(name):
    """python -O drops them, and their message says nothing to a learner."""
    assert not any(isinstance(node, ast.Assert) for node in ast.walk(TREES[name]))


def test_what_the_package_offers_is_there():
    """Every name of __all__ is reachable, and the functions are not hidden behind modules of the same name."""
    for name in toydiff.__all__:
        assert hasattr(toydiff, name), name
    for name in ("sample", "train", "load", "save", "loss", "evaluate", "add_noise", "ddpm"):
        assert callable(getattr(toydiff, name)), name


def test_the_version_is_that_of_pyproject():
    pyproject = FOLDER.parent / "pyproject.toml"
    if not pyproject.exists():
        pytest.skip("installed from a wheel")
    assert f'\nversion = "{toydiff.__version__}"\n' in pyproject.read_text(encoding="utf-8")


def fresh(code):
    """Run code in a fresh process with this toydiff; return what it prints."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                          cwd=FOLDER.parent).stdout


def test_importing_is_light():
    """Neither pictures nor notebooks are loaded, and next to torch it takes no time."""
    heavy = ["matplotlib", "IPython", "ipywidgets", "tqdm", "PIL", "diffusers"]
    times = []
    for _ in range(3):
        said = fresh("import torch, time, sys, json\nbefore = set(sys.modules)\nstart = time.perf_counter()\nimport toydiff\n"
                     "took = time.perf_counter() - start\nnew = set(sys.modules) - before\n"
                     f"print(took, *[name for name in {heavy} if name in new])").split()
        assert said[1:] == []
        times.append(float(said[0]))
    assert sorted(times)[1] < 0.3


def test_the_commands_that_draw_nothing_need_no_matplotlib():
    said = fresh("import sys\nfrom toydiff import cli\nprint('matplotlib' in sys.modules, 'IPython' in sys.modules)")
    assert said.split() == ["False", "False"]
