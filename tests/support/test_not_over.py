"""What is written never takes the place of what is read, under whatever name."""

import os
import shutil

import numpy as np
import pytest

from toydiff.checkpoint import BUNDLED
from toydiff.cli import main

EXERCISE = "forward_process.snr"


def ends(capsys, *arguments):
    """Run a command that must be refused; return the one line that it says."""
    assert main([str(argument) for argument in arguments]) == 2
    said = capsys.readouterr().err
    assert said.startswith("toydiff: ") and said.count("\n") == 1
    return said


@pytest.fixture
def there(tmp_path, monkeypatch):
    """A folder with one file of each kind, in which the command runs; at the end all are as they were."""
    monkeypatch.chdir(tmp_path)
    np.save("points.npy", np.random.default_rng(0).random((50, 2)))
    os.symlink("points.npy", "link.npy")
    shutil.copy(BUNDLED, "diffusion_process.gif")
    shutil.copy(BUNDLED, "diffusion_checkerboard.png")
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "02.ipynb").write_text("{}")
    (tmp_path / "graded").mkdir()
    (tmp_path / "graded" / "class.csv").write_text(f"{EXERCISE},2\n")
    (tmp_path / "graded" / "moodle_worksheet.csv").write_text("Identifier,Grade\nParticipant 1,-\n")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    yield tmp_path
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


@pytest.mark.parametrize("command", [
    "train --data points.npy --checkpoint points.npy", "train --data link.npy --checkpoint points.npy",
    "visualize --checkpoint diffusion_process.gif", "visualize --checkpoint diffusion_checkerboard.png",
    "check class --json class/02.ipynb", "class --autograder class/02.ipynb --output class/02.ipynb",
    "class --autograder 01_data --points graded/class.csv --output graded/class.csv",
    "class class --points graded/class.csv",
    "class class --format moodle --worksheet graded/moodle_worksheet.csv"])
def test_nothing_that_is_read_is_written_over(there, capsys, command):
    assert "is read" in ends(capsys, *command.split())
