"""After the install nothing comes from elsewhere: no packages, no data, no scripts, no fonts."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from IPython.core.inputtransformer2 import TransformerManager

from tools import notebooks as tool, set_repo

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = [path for folder in tool.FOLDERS for path in sorted((ROOT / folder).glob("*.ipynb"))]
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: f"{path.parent.name}/{path.stem}")


# --- without a network --------------------------------------------------------------------------------------

def without_network(*command):
    """Run the command in a network namespace, which has the loopback only; skip where none can be made."""
    done = subprocess.run([sys.executable, "tools/offline.py", sys.executable, *command], cwd=ROOT,
                          capture_output=True, text=True)
    if done.returncode == 77:
        pytest.skip(done.stderr.strip())
    return done


@pytest.mark.skipif(sys.platform != "linux", reason="network namespaces are Linux's")
def test_offline_means_that_nothing_but_the_machine_itself_can_be_reached():
    look = "import socket; print([name for _, name in socket.if_nameindex()])"
    assert without_network("-c", look).stdout == "['lo']\n"
    call = "import socket; s = socket.create_server(('127.0.0.1', 0)); socket.create_connection(s.getsockname())"
    assert without_network("-c", call).returncode == 0


@pytest.mark.skipif(sys.platform != "linux", reason="network namespaces are Linux's")
@pytest.mark.skipif("TOYDIFF_OFFLINE" in os.environ, reason="all tests run without a network here")
def test_a_notebook_and_the_command_line_run_without_a_network():
    done = without_network("-m", "pytest", "-q", "-p", "no:xdist", "-p", "no:cacheprovider", "--nbval",
                           "--nbval-current-env", "--nbval-cell-timeout=600", "--nbval-sanitize-with",
                           "tests/nbval_sanitize.cfg", "notebooks/00_start_here.ipynb",
                           "tests/cli/test_cli.py::test_train_writes_what_sampling_needs_and_says_what_it_does")
    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.skipif("TOYDIFF_OFFLINE" not in os.environ, reason="the tests run with a network here")
def test_continuous_integration_really_is_offline():
    assert [name for _, name in socket.if_nameindex()] == ["lo"]


# --- the set-up cell ----------------------------------------------------------------------------------------

def run_set_up_cell(monkeypatch, toydiff_is_there):
    """Run the first code cell; return what it asked pip to do."""
    asked = []

    class Shell:
        def run_line_magic(self, name, line):
            asked.append(f"{name} {line}")
            monkeypatch.undo()    # as if pip had installed it

    if not toydiff_is_there:
        monkeypatch.setitem(sys.modules, "toydiff", None)    # what makes an import fail
    cell = tool.code_cells(tool.read(NOTEBOOKS[0]))[0].source    # the same in all, see test_notebooks.py
    exec(TransformerManager().transform_cell(cell), {"get_ipython": Shell})
    return asked


def test_the_set_up_cell_installs_nothing_at_home(monkeypatch, capsys):
    assert run_set_up_cell(monkeypatch, toydiff_is_there=True) == []
    assert capsys.readouterr().out.startswith("This notebook runs on: ")


def test_the_set_up_cell_elsewhere_installs_toydiff_alone(monkeypatch):
    repo, branch = set_repo.address()
    assert run_set_up_cell(monkeypatch, toydiff_is_there=False) == [
        f'pip install -q --no-deps "git+https://github.com/{repo}@{branch}"']


@pytest.mark.parametrize("beside", ["toydiff/README.md", "toydiff.py"])
def test_the_set_up_cell_notices_that_something_beside_the_notebook_hides_the_course(tmp_path, beside):
    """The README's own clone, seen from its parent, is a package without content: a folder that is found first."""
    (tmp_path / beside).parent.mkdir(exist_ok=True)
    (tmp_path / beside).write_text("", encoding="utf-8")
    cell = tool.code_cells(tool.read(NOTEBOOKS[0]))[0].source.replace("%pip", "raise SystemExit #")
    done = subprocess.run([sys.executable, "-S", "-c", cell], cwd=tmp_path, capture_output=True, text=True)
    assert "AssertionError: another toydiff beside this notebook hides the course: rename it" in done.stderr


# --- what saved notebooks refer to --------------------------------------------------------------------------

BADGE = "https://colab.research.google.com/assets/colab-badge.svg"    # a picture that may be absent
NEEDED_BY_A_PAGE = re.compile(
    r"""<(?:script|img|link|iframe|source|video|audio|object|embed|image|use)\b[^>]*?
            \b(?:src|href|data|xlink:href)\s*=\s*["']?((?:https?:)?//[^\s"'>]+)
      | @import\s+(?:url\()?["']?((?:https?:)?//[^\s"')]+)
      | \burl\(["']?((?:https?:)?//[^\s"')]+)
      | \b(?:import|from|fetch|importScripts|require)\s*\(?\s*["'`]((?:https?:)?//[^\s"'`]+)
      | !\[[^\]]*\]\(((?:https?:)?//[^\s)]+)""", re.VERBOSE | re.IGNORECASE)


def foreign(page):
    """What the page (HTML or Markdown) would fetch from another host; a link to click is none of it."""
    found = ("".join(match.groups("")) for match in NEEDED_BY_A_PAGE.finditer(page))
    return [address for address in found if address != BADGE]


@pytest.mark.parametrize("page", [
    '<script src="https://cdn.example/x.js"></script>', "<img alt='' src=//cdn.example/x.png>",
    '<link rel="stylesheet" href="https://cdn.example/x.css">', "@import url('https://cdn.example/x.css')",
    "<style>@font-face { src: url(https://cdn.example/x.woff) }</style>", 'import x from "https://cdn.example/x.js"',
    'await import("https://cdn.example/x.js")', "fetch(`https://cdn.example/x`)",
    "![a picture](https://cdn.example/x.png)"])
def test_what_a_page_would_fetch_is_found(page):
    assert len(foreign(page)) == 1


def test_a_link_a_namespace_and_the_badge_are_no_fetch():
    assert foreign('<a href="https://arxiv.org/abs/2006.11239">a paper</a> [a link](https://arxiv.org) '
                   '<svg xmlns="http://www.w3.org/2000/svg"><img src="data:image/png;base64,AA//BB">') == []
    assert foreign(f"[![Open in Colab]({BADGE})](https://colab.research.google.com/github/a/b)") == []


@each_notebook
def test_a_saved_notebook_needs_nothing_from_another_host(path):
    for index, cell in enumerate(tool.read(path).cells):
        pages = [cell.source] if cell.cell_type == "markdown" else []
        for out in cell.get("outputs", []):
            pages += [text for kind, text in out.get("data", {}).items() if not kind.startswith("image/p")]
        for page in pages:
            assert foreign(str(page)) == [], f"cell {index}"
