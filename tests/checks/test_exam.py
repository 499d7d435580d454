"""The final exam: the samples alone decide, and what is wrong with them is said."""

import os
import subprocess
import sys

import numpy as np
import pytest
import torch

import toydiff
from toydiff.checks.clinic import as_it_came
from toydiff.checks.exam import exam
from toydiff.cli import main

from solution_functions import ROOT

BOARD, SCHEDULE = toydiff.Checkerboard(), toydiff.Schedule.linear(50, 0.005, 0.2)
POINTS = BOARD.sample(10_000, seed=0)
NOISE = torch.randn(10_000, 2, generator=torch.Generator().manual_seed(1))
SOFT = POINTS + 0.02 * NOISE    # a board as a network draws one


def test_samples_of_a_trained_network_pass_as_whatever_they_come():
    run = toydiff.load()
    assert exam(toydiff.sample(run.model, run.schedule, 6000, seed=0))
    assert all(exam(points) for points in (SOFT, SOFT.double(), SOFT.numpy(), SOFT.tolist(), SOFT.requires_grad_()))


def patients():
    oracle, z = toydiff.Oracle(BOARD, SCHEDULE), torch.randn(51, 10_000, 2, generator=torch.Generator().manual_seed(2))
    yield "a filled cell", as_it_came("patient_1")(oracle, NOISE, z, SCHEDULE)
    yield "standard deviation of 0.2", as_it_came("patient_2")(oracle, NOISE, z, SCHEDULE)
    yield "standard deviation of 1.0", as_it_came("patient_4")(oracle, NOISE, SCHEDULE)


@pytest.mark.parametrize("said, points", [
    ("a filled cell", 2 * torch.rand(10_000, 2, generator=torch.Generator().manual_seed(0)) - 1),
    ("points of your data", POINTS), ("one in a thousand does not", POINTS.double()),
    ("only 5,000 different", SOFT[:5000].repeat(2, 1)), ("only 2 different", SOFT[:2].repeat(5000, 1)),
    ("the lower left cell", SOFT * torch.tensor([-1.0, 1.0])), ("from -0.", (SOFT + 1) / 2),
    ("filled unevenly", torch.cat([SOFT[:9000], torch.tensor([0.25, 0.25]) + NOISE[:1000] / 12])),
    ("crowded", (POINTS + 1) // 0.5 * 0.5 - 0.75 + 0.08 * NOISE), ("NaN", SOFT / 0 * 0),
    ("(n, 2) was wanted", SOFT[:100]), ("(n, 2) was wanted", SOFT.T), ("(n, 2) was wanted", 3.0),
    ("type str", "samples"), ("type NoneType", None), *patients(),
])
def test_what_is_wrong_with_samples_is_said(said, points):
    result = exam(points)
    assert not result and said in result.message and "Traceback" not in result._repr_html_(), result.message


def test_a_picture_stands_beside_the_verdict():
    assert all(exam(points)._repr_html_().count("<img ") == 1 for points in (SOFT, POINTS, SOFT / 0))


@pytest.mark.parametrize("name, save", [
    ("a.pt", lambda path: torch.save(SOFT.detach(), path)),
    ("a.npy", lambda path: np.save(path, SOFT.detach().numpy())),
    ("a.csv", lambda path: np.savetxt(path, SOFT.detach().numpy(), delimiter=","))])
def test_the_command_reads_points_from_a_file(tmp_path, capsys, name, save):
    save(tmp_path / name)
    assert main(["exam", str(tmp_path / name)]) == 0 and "✓ exam: passed" in capsys.readouterr().out


@pytest.mark.parametrize("name, content", [("a.pt", b"nonsense"), ("a.npy", b""), ("a.csv", b"x,y\n1,b"),
                                           ("a.txt", b"1"), ("a.csv", b"\xff\xfe")])
def test_a_file_of_no_use_is_told_in_one_line(tmp_path, capsys, name, content):
    (tmp_path / name).write_bytes(content)
    assert main(["exam", str(tmp_path / name)]) == 2 and capsys.readouterr().err.count("\n") == 1
    assert main(["exam", str(tmp_path / "none.pt")]) == 2


def test_the_solution_imports_nothing_of_the_course_and_passes(tmp_path):
    """Half a minute of one core: the whole program, as a learner would run it."""
    path = ROOT / "solutions" / "exam.py"
    assert "toydiff" not in path.read_text(encoding="utf-8").split('"""', 2)[2]
    subprocess.run([sys.executable, path], cwd=tmp_path, check=True, env=os.environ | {"OMP_NUM_THREADS": "1"})
    assert main(["exam", str(tmp_path / "samples.pt")]) == 0
