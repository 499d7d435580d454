"""One's own progress: a line for each notebook of a folder, and what comes next."""

import shutil

import pytest

from toydiff.checks import Result
from toydiff.cli import main
from toydiff.grading import Report, glance
from toydiff.grading.progress import summary

from submissions import ROOT


def test_a_folder_is_seen_at_a_glance(tmp_path, capsys):
    shutil.copy(ROOT / "exercises" / "02_forward_process_exercises.ipynb", tmp_path)
    shutil.copy(ROOT / "solutions" / "01_data_solutions.ipynb", tmp_path)
    (tmp_path / "broken.ipynb").write_text("{", encoding="utf-8")
    said = []
    reports = glance(tmp_path, say=said.append)
    first, second = reports
    assert first.complete and first.notebook == "01_data" and second.passed == 0
    assert said[0].startswith("01_data_solutions.ipynb") and "✓" * first.passed in said[0]
    assert "○" * len(second.results) in said[1] and "JSON" in said[2]
    assert f"{first.passed} of {len(first.results) + len(second.results)} hold" in said[3]
    assert "Next: linear_beta, in 02_forward_process_exercises.ipynb." in said[3]


def test_what_has_been_begun_comes_next_before_what_has_not(tmp_path):
    def report(name, *steps):
        return Report(tmp_path / name, name, [Result(f"s.{number}", step, "") for number, step in enumerate(steps)])

    assert "Next: 1, in b" in summary([report("a", "passed", "not started"), report("b", "passed", "contract")])
    assert summary([report("a", "passed")]).endswith("That is all of it.")


def test_the_command_takes_a_folder_and_a_folder_without_notebooks_is_told_so(tmp_path, capsys, monkeypatch):
    assert main(["check", str(tmp_path)]) == 2
    assert "no notebook with exercises of this course" in capsys.readouterr().err
    monkeypatch.setattr("toydiff.grading.progress.grade", lambda path, limit: Report(
        path, "01_data", [Result("data.density", "passed", "")]))
    (tmp_path / "a.ipynb").touch()
    assert main(["check", str(tmp_path), "--json", str(tmp_path / "all.json")]) == 0
    assert "1 of  1  ✓" in capsys.readouterr().out and '"complete": true' in (tmp_path / "all.json").read_text()


@pytest.mark.parametrize("folder", ["nowhere", ""])
def test_a_folder_that_is_not_there_has_none(tmp_path, folder):
    with pytest.raises(ValueError, match="no notebook"):
        glance(tmp_path / folder)
