"""`torchrun … -m toydiff train`: several processes take the steps of one, stop and go on as one, and speak as one."""

import os
import signal
import subprocess
import sys
import time

import pytest
import torch
from torch import distributed

from toydiff import checkpoint
from toydiff.cli import main
from toydiff.support import processes
from toydiff.support.container import unfinished

pytestmark = pytest.mark.skipif(sys.platform != "linux" or not distributed.is_available(),
                                reason="gloo over the loopback of Linux")
SMALL = ["--hidden", "32", "--timesteps", "20", "--batch-size", "63", "--labels", "cells"]


def torchrun(count, *arguments, program=("-m", "toydiff")):
    """Start it, as one group of processes of its own, as a terminal does."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--local-addr", "127.0.0.1",
               "--nproc-per-node", count, *program, "train", "--device", "cpu", *arguments]
    return subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            start_new_session=True, env=os.environ | {"GLOO_SOCKET_IFNAME": "lo"})


def ended(run):
    """Its exit code and all that it said."""
    try:
        said, _ = run.communicate(timeout=600)
    except subprocess.TimeoutExpired:
        os.killpg(run.pid, signal.SIGKILL)
        pytest.fail(f"no end: {run.communicate()[0]}")
    return run.returncode, said


def furthest(path, other):
    """The largest difference of two models' weights."""
    one, two = (checkpoint.load(file).model.state_dict() for file in (path, other))
    return max((one[name] - two[name]).abs().max().item() for name in one)


def test_two_processes_give_the_weights_of_one_and_speak_once(tmp_path):
    """300 steps, a batch of 63 that is no even number, points with labels. 5e-5: sums are rounded in another order,
    and another kind of CPU alone makes 2e-5 of that. That a slice forgotten or weighed wrongly is seen: the same run
    with 62 points a batch differs by more than 1e-2."""
    options = ["--steps", "300", *SMALL]
    run = torchrun(2, *options, "--checkpoint", tmp_path / "two.pt")
    assert main(["train", "--device", "cpu", *options, "--checkpoint", str(tmp_path / "one.pt")]) == 0
    assert main(["train", "--device", "cpu", *options, "--batch-size", "62", "--checkpoint",
                 str(tmp_path / "other.pt")]) == 0
    code, said = ended(run)
    assert code == 0, said
    assert furthest(tmp_path / "one.pt", tmp_path / "two.pt") < 5e-5
    assert furthest(tmp_path / "one.pt", tmp_path / "other.pt") > 1e-2
    assert [said.count(line) for line in ("Training FeatureMLP", "Loss over all t", "Model saved to")] == [1, 1, 1]
    assert "Warning" not in said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.pt", "other.pt", "two.pt"]
    one, two = (checkpoint.load(tmp_path / f"{name}.pt").recipe for name in ("one", "two"))
    assert one == two


def test_ctrl_c_stops_all_after_one_step_and_they_go_on_together(tmp_path):
    """As from a terminal: every process gets the signal. Then one process goes on with what two have begun."""
    path, options = tmp_path / "board.pt", ["--steps", "2000", *SMALL]
    run = torchrun(2, *options, "--save-every", "0.05", "--checkpoint", path)
    end = time.monotonic() + 600
    while not unfinished(path).exists():
        assert time.monotonic() < end and run.poll() is None, ended(run)
        time.sleep(0.01)
    os.killpg(run.pid, signal.SIGINT)
    code, said = ended(run)
    assert code != 0 and said.count("toydiff: stopped at step ") == 1 and "To go on: " in said, said
    step = checkpoint.load(unfinished(path)).progress["step"]
    assert f"toydiff: stopped at step {step}" in said and 0 < step < 2000
    assert os.listdir(tmp_path) == ["board.pt.unfinished"]

    code, said = ended(torchrun(2, *options, "--checkpoint", path))    # without --resume: refused, once
    assert code != 0 and said.count("holds a run that did not end") == 1
    code, said = ended(torchrun(2, "--resume", "--checkpoint", path))
    assert code == 0 and said.count(f"Training goes on after step {step} of 2000") == 1, said
    assert os.listdir(tmp_path) == ["board.pt"]
    assert checkpoint.load(path).recipe["steps"] == 2000


LATE_WRITER = """
import os, sys, time
from toydiff import checkpoint
from toydiff.cli import main

def late(*args, **options):
    time.sleep(1)
    usual(*args, **options)

usual, checkpoint.save = checkpoint.save, late
code = main(sys.argv[1:])
with open(os.path.join(os.path.dirname(__file__), "left_" + os.environ["RANK"]), "w") as file:
    file.write(str(os.path.exists(sys.argv[-1])))
sys.exit(code)
"""


def test_none_leaves_before_the_first_has_written(tmp_path):
    """Where one is lost, torchrun ends all: who ends badly, once that is written, costs no model."""
    program, path = tmp_path / "late.py", tmp_path / "board.pt"
    program.write_text(LATE_WRITER)
    code, said = ended(torchrun(2, "--steps", "5", *SMALL, "--checkpoint", path, program=(program,)))
    assert code == 0, said
    assert [(tmp_path / f"left_{rank}").read_text() for rank in range(2)] == ["True", "True"]


def test_without_torchrun_there_is_one_process_and_nothing_changes():
    with processes.crew() as crew:
        assert (crew.first, crew.size) == (True, 1)
        assert crew.shared(len, None, 1) is len
        assert not crew.stopped(None) and crew.stopped(signal.SIGINT)


def test_slices_cover_a_batch_once_and_their_weights_add_up(monkeypatch):
    """Of 7 points and 3 processes: the values of the slices, as weighted, sum to the loss of all."""
    model, values = torch.nn.Linear(2, 2), []
    x0, eps, t = torch.randn(7, 2), torch.randn(7, 2), torch.arange(7)
    seen = []

    def loss(model, x0, t, eps, schedule, label):
        seen.extend(t.tolist())
        return ((x0 - eps) ** 2).mean()

    monkeypatch.setattr(processes, "DistributedDataParallel", lambda model: model)
    for rank in range(3):
        monkeypatch.setattr(distributed, "get_rank", lambda rank=rank: rank)
        monkeypatch.setattr(distributed, "get_world_size", lambda: 3)
        monkeypatch.setattr(distributed, "all_reduce", lambda value: values.append(value[0].item()))
        monkeypatch.setattr(sys, "stdout", sys.stdout)
        monkeypatch.setattr(sys, "stderr", sys.stderr)
        processes.Crew().shared(loss, model, 7)(model, x0, t, eps, None)
    assert sorted(seen) == list(range(7))
    assert sum(values) == pytest.approx(((x0 - eps) ** 2).mean().item(), rel=1e-5)    # float32, rounded otherwise
    with pytest.raises(ValueError, match="a batch of 2 cannot be shared by 3 processes"):
        processes.Crew().shared(loss, model, 2)
