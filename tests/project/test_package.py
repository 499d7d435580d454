"""The house: imports run one way, importing is light, files are small, everything public is described."""

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import toydiff

FOLDER = Path(toydiff.__file__).parent
FILES = {path.relative_to(FOLDER).with_suffix("").as_posix(): path for path in sorted(FOLDER.rglob("*.py"))}
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in FILES.items()}

# From the ground up: a room imports from those on lower floors, never from its own floor or one above.
FLOORS = [
    {"support"},
    {"data", "forward_process", "mlp"},
    {"training", "sampling", "oracle"},
    {"fewer_steps"}, {"evaluation"}, {"guidance"}, {"flow"}, {"rectified", "pictures"},
    {"checkpoint", "judge"},
    {"notebook"},
    {"checks"},
    {"grading"},
    {"cli"},
    {"__main__", "__init__"},
]
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}


def imported(tree, name):
    """The files and rooms of toydiff that the file `name` imports, anywhere in it, as names below toydiff."""
    here, found = name.split("/")[:-1], set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            if node.level:
                start = here[:len(here) + 1 - node.level]
            elif node.module.split(".")[0] == "toydiff":
                start = []
            else:
                continue
            path = [*start, *(node.module or "").split(".")[node.level == 0:]]
            path = "/".join(part for part in path if part)
            found |= {f"{path}/{alias.name}".strip("/") for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[2].replace(".", "/")
                      for alias in node.names if alias.name.startswith("toydiff.")}
    return found


def file_of(name):
    """The file that an imported name stands in: "checks/engine/ladder/examine" -> "checks/engine/ladder"."""
    while name and name not in FILES and f"{name}/__init__" not in FILES:
        name = name.rpartition("/")[0]
    return name if name in FILES else f"{name}/__init__".strip("/")


def test_the_reader_of_imports_sees_every_way_of_writing_one():
    code = ("from . import a, b\nfrom .c import d\nfrom toydiff import e\nfrom toydiff.f import g\nimport toydiff.h\n"
            "import torch\nfrom torch import nn\ndef f():\n    from .i import j\n")
    assert imported(ast.parse(code), "x") == {"a", "b", "c/d", "e", "f/g", "h", "i/j"}
    deeper = "from .. import a\nfrom ..b import c\nfrom .d import e\nfrom . import f"
    assert imported(ast.parse(deeper), "y/x") == {"a", "b/c", "y/d/e", "y/f"}


@pytest.mark.parametrize("name", FILES)
def test_imports_run_one_way(name):
    room = name.split("/")[0]
    rooms = {found.split("/")[0] for found in imported(TREES[name], name)} & FLOOR.keys() - {room}
    assert {other for other in rooms if FLOOR[other] >= FLOOR[room]} == set()


def test_no_circle_of_files():
    """Within a room files may import one another, but not in a circle; a room's __init__ is its door."""
    to = {name: {file_of(found) for found in imported(tree, name)} - {name} for name, tree in TREES.items()}
    graph = {name: {other for other in others if not other.endswith("__init__")} for name, others in to.items()}
    tuple(TopologicalSorter(graph).static_order())    # raises CycleError, which names the circle


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
    citation = pyproject.with_name("CITATION.cff")
    assert f"\nversion: {toydiff.__version__}\n" in citation.read_text(encoding="utf-8")


def fresh(code):
    """Run code in a fresh process with this toydiff; return what it prints."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                          cwd=FOLDER.parent).stdout


def loaded_by(statement):
    """The modules that a statement loads beside those of torch and of Python itself."""
    code = f"import torch, sys\nbefore = set(sys.modules)\n{statement}\nprint(*set(sys.modules) - before)"
    found = fresh(code).split()
    return {name for name in found if name.split(".")[0] not in sys.stdlib_module_names | {"torch", "numpy"}}


def test_importing_is_light():
    """Next to torch it loads the textbook, and no room of what carries the course: neither pictures nor notebooks."""
    loaded = loaded_by("import toydiff")
    assert {name.split(".")[0] for name in loaded} == {"toydiff"}
    rooms = {"notebook", "checks", "grading", "cli"}
    assert {name.split(".")[1] for name in loaded if "." in name} & rooms == set()


def test_the_commands_that_draw_nothing_need_no_matplotlib():
    assert {name.split(".")[0] for name in loaded_by("from toydiff import cli")} == {"toydiff"}
