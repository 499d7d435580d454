"""The autograder's zip, unpacked and run as Gradescope does; its answer against the schema of Gradescope's manual."""

import io
import json
import os
import stat
import subprocess
import sys
import zipfile

import jsonschema
import pytest

from toydiff.grading import autograder, points

from handed_in import NB, call
from submissions import code, notebook, only_code, rewritten, save

# gradescope-autograders.readthedocs.io/en/latest/specs, "Output format", as of November 2026
WHEN = {"enum": ["hidden", "after_due_date", "after_published", "visible"]}
FORMAT = {"enum": ["text", "html", "simple_format", "md", "ansi"]}
TEST = {"type": "object", "additionalProperties": False, "anyOf": [{"required": ["score"]}, {"required": ["status"]}],
        "properties": {"score": {"type": "number"}, "max_score": {"type": "number"}, "name": {"type": "string"},
                       "status": {"enum": ["passed", "failed"]}, "name_format": FORMAT, "number": {"type": "string"},
                       "output": {"type": "string"}, "output_format": FORMAT, "visibility": WHEN,
                       "tags": {"type": "array", "items": {"type": "string"}}, "extra_data": {"type": "object"}}}
SCHEMA = {"type": "object", "additionalProperties": False,
          "anyOf": [{"required": ["score"]}, {"required": ["tests"]}],
          "properties": {"score": {"type": "number"}, "execution_time": {"type": "integer"}, "visibility": WHEN,
                         "output": {"type": "string"}, "output_format": FORMAT, "test_output_format": FORMAT,
                         "test_name_format": FORMAT, "stdout_visibility": WHEN, "extra_data": {"type": "object"},
                         "tests": {"type": "array", "items": TEST}, "leaderboard": {"type": "array"}}}
linux = pytest.mark.skipif(sys.platform != "linux", reason="Gradescope runs it on Linux")


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    """What Gradescope calls /autograder, once the zip is unpacked and setup.sh has made a venv: here, this Python's."""
    folder = tmp_path_factory.mktemp("auto grader")
    (folder / "points.csv").write_text("snr,1\nadd_noise,3\npredict_x0,2\n")
    assert call("class", "--autograder", NB, "--points", folder / "points.csv", "--output", folder / "a.zip") == 0
    with zipfile.ZipFile(folder / "a.zip") as archive:
        for info in archive.infolist():
            path = folder / "source" / info.filename
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(archive.read(info))
            path.chmod(info.external_attr >> 16 & 0o777)
    (folder / "run_autograder").write_bytes((folder / "source" / "run_autograder").read_bytes())
    (folder / "run_autograder").chmod(0o755)
    (folder / "results").mkdir()
    (folder / "venv" / "bin").mkdir(parents=True)
    (folder / "venv" / "bin" / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (folder / "venv" / "bin" / "python").chmod(0o755)
    return folder


def graded(box, *files):
    """Run it on a submission of (name, notebook or bytes); return results.json, held against the schema."""
    for old in (box / "submission").rglob("*") if (box / "submission").exists() else ():
        old.unlink()
    (box / "submission").mkdir(exist_ok=True)
    for name, content in files:
        (box / "submission" / name).write_bytes(content) if isinstance(content, bytes) else save(
            content, box / "submission" / name)
    run = subprocess.run([str(box / "run_autograder")], cwd=box, capture_output=True, text=True, timeout=600,
                         env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"})
    assert run.returncode == 0, run.stderr
    content = json.loads((box / "results" / "results.json").read_text(encoding="utf-8"))
    jsonschema.validate(content, SCHEMA)
    return content


@linux
def test_a_submission_gets_a_test_an_exercise_and_the_named_mistake(box):
    wrong = rewritten(only_code(notebook()), add_noise="a = schedule.alpha_bar[t][:, None]\n"
                                                       "return a.sqrt() * x0 + (1 - a) * eps")
    made = graded(box, ("my homework.ipynb", wrong), ("notes.txt", b"hello"))
    by_name = {test["name"]: test for test in made["tests"]}
    assert {name: (test["score"], test["max_score"]) for name, test in by_name.items()} == {
        "snr": (1, 1), "add_noise": (0, 3), "predict_x0": (2, 2)} and made["score"] == 3
    assert "[noise_without_root]: The noise is multiplied by" in by_name["add_noise"]["output"]
    assert by_name["snr"]["status"] == "passed" and made["stdout_visibility"] == "hidden"


@linux
def test_what_is_no_answer_to_it_gets_its_reason_and_no_points(box):
    for files, why in (([], "nothing was handed in|no notebook"), ([("a.pdf", b"x")], "no notebook"),
                       ([("a.ipynb", {"cells": [code("def waves(t): ...")]})], "an answer to 03_mlp"),
                       ([("a.ipynb", b"{")], "it is not JSON")):
        made = graded(box, *files)
        assert made["score"] == 0 and {test["status"] for test in made["tests"]} == {"failed"}
        assert any(part in made["output"] for part in why.split("|")), made["output"]
        assert "02_forward_process was wanted" in made["output"]


def test_the_zip_holds_this_toydiff_at_its_root_and_is_the_same_each_time(box):
    content = autograder.build(NB, points.Points())
    assert content == autograder.build(NB, points.Points())
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        assert {"setup.sh", "run_autograder", "requirements.txt", "toydiff/grading/worker.py",
                "toydiff/checkpoints/board.pt"} < set(names)
        assert not any("__pycache__" in name or name.startswith("/") for name in names)
        assert archive.getinfo("run_autograder").external_attr >> 16 & stat.S_IXUSR
    assert any(line.startswith("torch==") and "+" not in line for line in autograder.requirements())


@linux
def test_setup_installs_what_is_listed_into_the_venv_that_run_autograder_uses(box, tmp_path):
    """The programs that it calls are stand-ins that note how: what they do to a machine is theirs."""
    for name in ("apt-get", "python3"):
        (tmp_path / name).write_text(f'#!/bin/sh\necho {name} "$@" >> "{tmp_path}/said"\n')
        (tmp_path / name).chmod(0o755)
    subprocess.run(["bash", str(box / "source" / "setup.sh")], check=True, cwd="/",
                   env=os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"})
    said = (tmp_path / "said").read_text().splitlines()
    assert said[-2] == f"python3 -m uv venv --python {sys.version_info[0]}.{sys.version_info[1]} {box}/venv"
    assert said[-1] == (f"python3 -m uv pip install --python {box}/venv/bin/python --torch-backend cpu "
                        f"-r {box}/source/requirements.txt")


def test_the_notebook_is_known_by_its_name_or_its_file_and_else_a_line_says_which_there_are(tmp_path, capsys):
    path = save(notebook("exercises"), tmp_path / "mine.ipynb")
    assert autograder.which(path) == autograder.which(NB) == NB
    assert call("class", "--autograder", "04", "--output", tmp_path / "a.zip") == 2
    said = capsys.readouterr().err
    assert "04 is no notebook of exercises" in said and "03_mlp" in said and said.count("\n") == 1
    assert call("class", tmp_path, "--autograder", NB) == 2 and not (tmp_path / "a.zip").exists()
