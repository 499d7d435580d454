"""The exercises as assignments of nbgrader, tried with the real one: assign, submit, autograde."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from tools import exercises, nbgrader_export as tool, notebooks
from toydiff.checks import EXERCISES

from submissions import source as text

NAMES = sorted(path.stem.removesuffix("_solutions") for path in (notebooks.ROOT / "solutions").glob("*.ipynb"))
STATION = "02_forward_process"


def solution(name):
    return notebooks.read(notebooks.ROOT / "solutions" / f"{name}_solutions.ipynb")


def marks(nb):
    """{grade_id: (nbgrader's marks, cell)}."""
    found = [(cell.metadata.nbgrader, cell) for cell in nb.cells if "nbgrader" in cell.metadata]
    assert len({mark.grade_id for mark, _ in found}) == len(found)
    return {mark.grade_id: (mark, cell) for mark, cell in found}


@pytest.mark.parametrize("name", NAMES)
def test_each_exercise_is_graded_once_by_a_locked_cell_worth_its_stars(name):
    nb = tool.source(solution(name), name)
    nbformat.validate(nb)
    graded = {key: mark for key, (mark, cell) in marks(nb).items() if key.startswith("check-")}
    assert set(graded) == {f"check-{exercise.replace('.', '-')}" for exercise, about in EXERCISES.items()
                           if about.notebook == name}
    assert all(mark.grade and mark.locked and not mark.solution for mark in graded.values())
    stars = [cell.source.count("★") for cell in nb.cells if "★" in cell.source]
    assert [mark.points for mark in graded.values()] == stars and set(stars) <= {1, 2, 3}


@pytest.mark.parametrize("name", NAMES)
def test_an_assignment_is_the_exercise_and_holds_no_solution(name):
    nb, exercise = tool.source(solution(name), name), exercises.exercise(solution(name))
    own = [cell.source for cell in nb.cells if not cell.metadata.get("nbgrader", {}).get("locked")]
    assert own == [cell.source for cell in exercise.cells]
    open_ = [cell.source for mark, cell in marks(nb).values() if mark.solution]
    assert len(open_) >= sum(about.notebook == name for about in EXERCISES.values())
    assert all("return" in source or source == exercises.YOURS or "= ..." in source for source in open_)
    assert "SOLUTION" not in str(nb)


def test_only_what_is_asked_for_is_written_and_settings_are_kept(tmp_path, capsys):
    (tmp_path / "nbgrader_config.py").write_text("mine")
    assert tool.main([str(tmp_path), STATION]) == 0
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == [f"{STATION}.ipynb",
                                                                                   "nbgrader_config.py"]
    assert (tmp_path / "nbgrader_config.py").read_text() == "mine"
    with pytest.raises(SystemExit):
        tool.main([str(tmp_path), "nothing"])
    assert "there is no solutions/nothing_solutions.ipynb" in capsys.readouterr().err


# --- the real nbgrader ------------------------------------------------------------------------------------

def nbgrader(course, *arguments):
    """Run nbgrader in the folder of the course, as someone who has activated this environment."""
    home = course / "jupyter"
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        **{f"JUPYTER_{kind}_DIR": str(home / kind.lower()) for kind in ("CONFIG", "DATA", "RUNTIME")}}
    run = subprocess.run([sys.executable, "-m", "nbgrader", *arguments], cwd=course, env=environment, text=True,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300)
    assert run.returncode == 0, run.stdout[-3000:]


def handed_in(release, answers, besides=()):
    """A student's notebook: the release with answers filled in, {cell id: source}, and other cells overwritten."""
    nb = notebooks.read(release)
    for cell in nb.cells:
        cell.source = answers.get(cell.id, cell.source)
        for start, replacement in besides:
            if cell.source.startswith(start):
                cell.source = replacement
    return nb


@pytest.mark.skipif(os.name != "posix", reason="nbgrader wants POSIX permissions")
def test_assign_submit_autograde(tmp_path):
    """The solution has all points that a machine can give. Who made a mistake in one function and left two as they
    were loses the points of those, though the test cells are overwritten and `check` is another function."""
    pytest.importorskip("nbgrader")
    tool.main([str(tmp_path), STATION])
    nbgrader(tmp_path, "generate_assignment", STATION)
    release = tmp_path / "release" / STATION / f"{STATION}.ipynb"
    assert "return ...    # your code here" in release.read_text(encoding="utf-8")

    answers = {cell.id: cell.source for cell in solution(STATION).cells if exercises.BEGIN in cell.source}
    assert len(answers) == 7
    some = {key: source for key, source in answers.items() if "def forward_step" not in source
            and "def predict_x0" not in source}
    wrong = [("def add_noise", "def add_noise(x0, t, eps, schedule):\n    return x0 + eps\n\n"
              "def check(*args):\n    class Fine:\n        require = print\n    return Fine"),
             ("from toydiff.checks import check\nholds", "pass")]
    for student, nb in (("ann", handed_in(release, answers)), ("bob", handed_in(release, some, wrong))):
        path = tmp_path / "submitted" / student / STATION / f"{STATION}.ipynb"
        path.parent.mkdir(parents=True)
        notebooks.write(nb, path)
    assert "pass" in [text(cell) for cell in nb.cells]    # bob's test cells are gone
    nbgrader(tmp_path, "autograde", STATION)
    nbgrader(tmp_path, "export")

    with open(tmp_path / "grades.csv", encoding="utf-8") as file:
        scores = {row["student_id"]: (float(row["score"]), float(row["max_score"])) for row in csv.DictReader(file)}
    assert scores == {"ann": (11.0, 14.0), "bob": (5.0, 14.0)}    # three points are for words, given by hand
