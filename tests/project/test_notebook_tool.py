"""tools/notebooks.py: the same bytes each time, and nothing unfit gets through."""

import json

import pytest

from tools import notebooks as tool

PROGRESS = """
import sys
for i in range(3):
    print("step", i)
    print(f"\\r{i}/3", end="", file=sys.stderr, flush=True)
print(file=sys.stderr)
"""
WIDGET = """
from IPython.display import display
view = {"application/vnd.jupyter.widget-view+json": {"model_id": "abc"}, "text/plain": "IntSlider()"}
display(view, raw=True)
display(view | {"text/html": "<b>also still</b>"}, raw=True)
"""


@pytest.fixture
def make(tmp_path):
    """A function that writes a notebook of these code cells, as some editor might."""

    def make(*sources, **metadata):
        cells = [{"cell_type": "markdown", "metadata": {"editable": True}, "source": ["# A title\n", "and a line"]}]
        cells += [
            {"cell_type": "code", "metadata": {"collapsed": False, "tags": ["b", "a"]},
             "source": source.strip(), "execution_count": None, "outputs": []}
            for source in sources
        ]
        path = tmp_path / "tiny.ipynb"
        path.write_text(json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 4}))
        return path

    return make


def outputs(path, cell):
    return tool.code_cells(tool.read(path))[cell].outputs


def test_executing_again_changes_no_byte(make, capsys):
    path = make("print('a')\nprint('b')", "import os\nos.path.basename(os.getcwd())", PROGRESS, WIDGET, widgets={})
    assert tool.main([str(path)]) == 0, capsys.readouterr().err
    once = path.read_bytes()
    assert tool.main(["--all", str(path)]) == 0
    assert capsys.readouterr().out.count("executing") == 2
    assert path.read_bytes() == once
    assert once.endswith(b"}\n") and b'\n "cells"' in once
    assert tool.main(["--check", str(path)]) == 0

    nb = tool.read(path)
    assert [cell.execution_count for cell in tool.code_cells(nb)] == [1, 2, 3, 4]
    assert len({cell.id for cell in nb.cells}) == len(nb.cells)
    assert set(nb.metadata) == {"kernelspec", "language_info", "toydiff"}
    assert nb.cells[1].metadata == {"tags": ["a", "b"]}
    # its working directory was its own folder
    assert outputs(path, 1)[0].data["text/plain"] == repr(path.parent.name)
    # the progress bar is gone, what was printed around it is in one piece
    (printed,) = outputs(path, 2)
    assert printed.text == "step 0\nstep 1\nstep 2\n"
    # of the widget that had nothing else to show nothing stays, of the other the rest
    (still,) = outputs(path, 3)
    assert set(still.data) == {"text/plain", "text/html"}
    assert nb.cells[3].metadata.tags == nb.cells[4].metadata.tags == ["a", "b", "live"]


def test_only_what_was_edited_is_executed(make, capsys):
    path = make("print(1)")
    tool.main([str(path)])
    assert "executing" in capsys.readouterr().out
    tool.main([str(path)])
    assert "executing" not in capsys.readouterr().out

    edited = path.read_text().replace("# A title", "# Another title")
    path.write_text(edited)
    tool.main([str(path)])
    assert "executing" not in capsys.readouterr().out, "prose needs no new run"

    path.write_text(edited.replace("print(1)", "print(2)"))
    assert tool.main(["--check", str(path)]) == 1
    assert "not executed as it stands" in capsys.readouterr().err
    tool.main([str(path)])
    assert "executing" in capsys.readouterr().out
    assert outputs(path, 0)[0].text == "2\n"


def test_a_failing_cell_stops_it_and_nothing_is_written(make, capsys):
    path = make("1 / 0")
    before = path.read_bytes()
    assert tool.main([str(path)]) == 1
    assert "ZeroDivisionError" in (said := capsys.readouterr().err) and "\x1b" not in said
    assert path.read_bytes() == before


def test_a_file_that_is_no_notebook(tmp_path, capsys):
    path = tmp_path / "x.ipynb"
    path.write_text("not JSON")
    assert tool.main([str(path)]) == 1 and tool.main([str(tmp_path / "missing.ipynb")]) == 1
    assert "cannot be read" in capsys.readouterr().err


def stored(source="x = 1", count=1, outputs=(), markdown="words", **metadata):
    """A notebook as it could have been committed."""
    code = tool.nbformat.v4.new_code_cell(source, execution_count=count, outputs=list(outputs))
    nb = tool.nbformat.v4.new_notebook(cells=[tool.nbformat.v4.new_markdown_cell(markdown), code], metadata=metadata)
    nb.metadata["toydiff"] = {"source_hash": tool.source_hash(nb)}
    return nb


def stream(text, name="stdout"):
    return tool.nbformat.v4.new_output("stream", text=text, name=name)


def test_ids_come_from_the_content(make):
    path = make("x = 1", "x = 1")
    ids = [cell.id for cell in tool.read(path).cells]
    assert len(set(ids)) == 3
    assert ids == [cell.id for cell in tool.read(path).cells]


def test_normal_form_of_what_an_editor_saved():
    result = tool.nbformat.v4.new_output("execute_result", data={"text/plain": "3"}, execution_count=41)
    pieces = [stream("a"), stream(" 50%|#", "stderr"), stream("\n", "stderr"), stream("b"), result]
    nb = stored(count=41, outputs=pieces, widgets={"state": 1}, vscode={"x": 1})
    nb.cells[1].metadata["execution"] = {"iopub.status.busy": "2026-01-01"}
    tool.normalise(nb)
    cell = nb.cells[1]
    assert [out.get("text", out.get("execution_count")) for out in cell.outputs] == ["ab", 1]
    assert cell.execution_count == 1 and cell.metadata == {"tags": ["live"]}
    assert set(nb.metadata) == {"kernelspec", "language_info", "toydiff"}


@pytest.mark.parametrize("nb, size, wanted", [
    (stored(), 1000, None),
    (stored(markdown="word " * 120), 1000, None),
    (stored(markdown="a " * 100 + "$a + b + c + d$ " * 30), 1000, None),  # formulas are not words
    (stored(source="x = 1\n" * 15), 1000, None),
    (stored(count=None), 1000, "not executed"),
    (stored(count=7), 1000, "not executed"),
    (stored(), 500_001, "500,001 bytes"),
    (stored(markdown="word " * 121), 1000, "121 words"),
    (stored(source="x = 1\n" * 16), 1000, "16 lines"),
    (stored(source=""), 1000, "0 lines"),
    (stored(source="x = 1\nx;"), 1000, "a `;` at the end"),
    (stored(source="x = 1\n" * 13 + 'guess.reveal("a", """\n' + "word " * 120 + '""")'), 1000, None),
    (stored(source="x = 1\n" * 14 + 'guess.reveal("a", """\nword""")'), 1000, "16 lines"),    # the reason's, too
    (stored(source="guess.reveal('a', '''" + "word " * 121 + "''')"), 1000, "121 words"),
    (stored(source='x = """' + "1\n" * 16 + '"""'), 1000, "17 lines"),
    (stored(widgets={}), 1000, "widget state"),
    (stored(outputs=[stream("Warning: old", "stderr")]), 1000, "stderr"),
    (stored(outputs=[stream("\r 50%|", "stderr")]), 1000, "progress bar"),
    (stored(outputs=[stream("<x at 0x7f00aa00>")]), 1000, "0x7f00aa00"),
    (stored(outputs=[stream("in /home/me/x.py")]), 1000, "/home/me/x.py"),
    (stored(outputs=[tool.nbformat.v4.new_output("error", ename="KeyError", evalue="a", traceback=[])]), 1000,
     "KeyError"),
])
def test_what_may_not_be_committed_is_named(nb, size, wanted):
    found = list(tool.problems(nb, size))
    if wanted is None:
        assert found == []
    else:
        assert any(wanted in line for line in found), found


def test_another_repository_address_needs_no_new_run():
    here, there = (stored(f'pip("git+https://github.com/{name}@main")') for name in ("a/b", "c/d"))
    assert tool.source_hash(here) == tool.source_hash(there)
    assert tool.source_hash(here) != tool.source_hash(stored("other"))
