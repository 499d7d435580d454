"""What is written never takes the place of what is read, under whatever name."""

import os
import shutil

import numpy as np
import pytest
from PIL import Image

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
    (tmp_path / "graded" / "results.jsonl").write_text(f"{EXERCISE},2\n")
    (tmp_path / "graded" / "moodle_worksheet.csv").write_text("Identifier,Grade\nParticipant 1,-\n")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    yield tmp_path
    assert all(path.read_bytes() == content for path, content in before.items())


@pytest.mark.parametrize("command", [
    "train --data points.npy --checkpoint points.npy", "train --data link.npy --checkpoint points.npy",
    "visualize --checkpoint diffusion_process.gif", "visualize --checkpoint diffusion_checkerboard.png",
    "check class --json class/02.ipynb", "class --autograder class/02.ipynb --output class/02.ipynb",
    "class --autograder 01_data --points graded/class.csv --output graded/class.csv",
    "class class --points graded/class.csv", "class class --points graded/results.jsonl",
    "class class --format moodle --worksheet graded/moodle_worksheet.csv"])
def test_nothing_that_is_read_is_written_over(there, capsys, command):
    assert "is read" in ends(capsys, *command.split())


@pytest.mark.parametrize("command", [
    ["check", ""], ["check", "class", "--json", ""], ["class", ""], ["class", "class", "--output", ""], ["join", ""],
    ["exam", ""], ["export", ""], ["sample", "--checkpoint", "", "-n", "3", "--output", "x.npy"],
    ["train", "--data", "", "--checkpoint", "x.pt"],
    ["visualize", "--checkpoint", "x.pt", "--output-dir", ""]], ids=str)
def test_an_empty_name_is_not_this_folder(there, capsys, command):
    try:
        code = main(command)
    except SystemExit as left:
        code = left.code
    said = capsys.readouterr().err
    assert code == 2 and said.startswith("toydiff") and said.count("\n") == 1 and "name" in said


def test_the_results_of_a_class_do_not_go_into_a_students_folder(there, capsys):
    assert "somebody's" in ends(capsys, "class", ".", "--output", "class")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names")
@pytest.mark.parametrize("command", ["export {}.ipynb", "exam {}.npy", "exam {}.pt", "check {}.ipynb", "class {}.zip",
                                     "class class --points {}.csv", "class class --worksheet {}.csv --format moodle",
                                     "train --data {}.npy --checkpoint x.pt", "train --data pipes --checkpoint x.pt"])
def test_nobody_waits_for_a_pipe(there, capsys, command):
    (there / "pipes").mkdir()
    for name in ("ipynb", "npy", "pt", "zip", "csv", "png"):
        os.mkfifo(there / "pipes" / f"pipe.{name}")
    ends(capsys, *command.format("pipes/pipe").split())


def test_what_is_said_of_foreign_names_does_nothing_to_a_terminal(there, capsys):
    (there / "pictures").mkdir()
    (there / "pictures" / "\x1b]0;owned\x07\n.png").write_bytes(b"x")
    for number in range(10):
        Image.new("L", (8, 8), 20 * number).save(there / "pictures" / f"{number}.png")
    assert main(["train", "--data", "pictures", "--checkpoint", "x.pt", "--objective", "flow"]) == 2
    assert main(["exam", "\x1b[2J.npy"]) == 2
    said = capsys.readouterr().err
    assert "owned" in said and said.count("\n") == 3 and not set(said) & set("\x1b\x07")
