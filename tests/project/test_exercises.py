"""exercises/ is made from solutions/, and says nothing of them."""

import re
import shutil

import pytest

from tools import exercises as tool, notebooks
from toydiff.checks import EXERCISES

NAMES = sorted(path.name for path in (notebooks.ROOT / "exercises").glob("*.ipynb"))


def solution_of(name):
    return notebooks.ROOT / "solutions" / name.replace("_exercises.", "_solutions.")


def test_exercises_and_solutions_do_not_differ(capsys):
    assert tool.main(["--check"]) == 0, capsys.readouterr().err


def test_every_station_that_the_checks_know_has_its_exercises_and_their_solutions():
    """And there are no others: what is in neither folder would be looked at by none of the tests below."""
    stations = {f"{exercise.notebook}_exercises.ipynb" for exercise in EXERCISES.values()}
    assert set(NAMES) == stations
    solutions = {path.name for path in (notebooks.ROOT / "solutions").glob("*.ipynb")}
    assert {solution_of(name).name for name in NAMES} == solutions


@pytest.mark.parametrize("name", NAMES)
def test_no_solution_is_left_in_an_exercise(name):
    solution, exercise = (notebooks.read(path) for path in (solution_of(name), notebooks.ROOT / "exercises" / name))
    text = "\n".join(cell.source for cell in exercise.cells)
    taken = [line.strip() for cell in solution.cells for found in tool.REGION.finditer(cell.source)
             for line in found["body"].partition(tool.BROKEN)[0].splitlines()]
    taken += [cell.source for cell in solution.cells if {"solution", "answer"} & set(cell.metadata.get("tags", []))]
    assert len(taken) >= 10
    assert [line for line in taken if line and line in text] == []
    assert "SOLUTION" not in text and "/solutions/" not in text


@pytest.mark.parametrize("name", NAMES)
def test_each_exercise_says_how_hard_it_is_how_long_it_takes_and_what_to_expect(name):
    nb, solution = (notebooks.read(path) for path in (notebooks.ROOT / "exercises" / name, solution_of(name)))
    text = [cell.source for cell in nb.cells if re.match(r"## (\d+\.\d|Patient \d+:?) ", cell.source)]
    to_mend = {cell.id for cell in solution.cells if tool.BROKEN in cell.source and cell.source.startswith("def ")}
    stubs = [i for i, cell in enumerate(nb.cells)
             if "return ...    # your code here" in cell.source or cell.id in to_mend]
    assert len(text) == len(stubs) >= 5
    assert all(re.search(r"^[★☆]{3} · \d+ minutes$", source, re.M) for source in text)
    for i in stubs:    # the next cell checks it and shows, until it is right, what to expect
        outputs = nb.cells[i + 1].outputs
        assert re.search("not started|still ill", outputs[-1].data["text/plain"])
        assert any("<img" in out.get("data", {}).get("text/html", "") or "image/png" in out.get("data", {})
                   or "to expect" in str(out) for out in outputs)
    assert sum(cell.source == tool.YOURS for cell in nb.cells) >= 1


def test_a_solution_is_taken_out_and_what_stands_around_it_stays():
    source = ("def f(x):\n    y = x\n    ### BEGIN SOLUTION\n    if y:\n        return y\n    return 2 * y\n"
              "    ### END SOLUTION\n\nprint(f(1))")
    assert tool.stub(source) == "def f(x):\n    y = x\n    return ...    # your code here\n\nprint(f(1))"
    assert tool.stub("### BEGIN SOLUTION\nx = 1\n### END SOLUTION\ny = 2") == "...    # your code here\ny = 2"
    assert tool.stub("x = 1") == "x = 1"


def test_broken_code_to_be_mended_takes_the_place_of_the_solution():
    source = ("def f(x):\n    for y in x:\n        ### BEGIN SOLUTION\n        if y:\n            z = y\n"
              "        ### BROKEN\n"
              "        # if not y:\n        #     z = y  # here\n        ### END SOLUTION\n    return z")
    assert tool.stub(source) == (
        "def f(x):\n    for y in x:\n        if not y:\n            z = y  # here\n    return z")


@pytest.mark.parametrize("source", ["### BEGIN SOLUTION\nx = 1", "x = 1\n### END SOLUTION",
                                    "### BEGIN SOLUTION\n### BEGIN SOLUTION\nx = 1\n### END SOLUTION"])
def test_a_marker_without_its_partner_is_an_error(source):
    with pytest.raises(ValueError, match="in pairs"):
        tool.stub(source)


def test_what_differs_is_said_and_mended_and_what_does_not_keeps_its_outputs(tmp_path, capsys):
    for folder in ("solutions", "exercises"):
        shutil.copytree(notebooks.ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns(".*"))
    one, two = (tmp_path / "exercises" / name for name in NAMES[:2])
    kept = two.read_bytes()
    one.write_text(one.read_text(encoding="utf-8").replace("# your code here", "# mine", 1), encoding="utf-8")
    assert tool.main(["--check"], tmp_path) == 1 and f"exercises/{one.name}: make exercises" in capsys.readouterr().err
    assert tool.main([], tmp_path) == 0 and capsys.readouterr().out == f"exercises/{one.name}: written\n"
    assert tool.main(["--check"], tmp_path) == 0 and two.read_bytes() == kept

    (tmp_path / "solutions" / solution_of(one.name).name).unlink()
    assert tool.main([], tmp_path) == 1 and f"{one.name}: has no solution" in capsys.readouterr().err
    two.unlink()
    assert tool.main(["--check"], tmp_path) == 1
