"""A run that is stopped or killed: nothing is torn, little is lost, and going on ends with the same bits."""

import os
import random
import shlex
import signal
import subprocess
import time
from queue import Empty

import numpy as np
import pytest
import torch

from toydiff import checkpoint, training
from toydiff.support.container import unfinished

from train_process import TINY, call, posix, server, servers, wait_for  # noqa: F401


@pytest.fixture
def whole(tmp_path):
    """What `train` writes in a single go, as bytes, by its options."""
    def of(*options):
        path = tmp_path / "in one go.pt"
        assert call("train", *options, "--checkpoint", path) == 0
        return path.read_bytes()
    return of


# --- killed ----------------------------------------------------------------------------------------------

def written(path):
    """When the file was last written; 0 where there is none."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:    # a run that ends removes its file at any moment
        return 0


@posix
def test_killed_at_twenty_moments_nothing_is_torn_and_the_end_is_the_same(servers, tmp_path):
    """The moments: 3 soon after the start, 5 in the middle of a write (to a slow disk, when the half written file is
    seen), 12 some time after a save; how long after is drawn from a seed. That saves come when they should,
    to the step,
    is tested below with a clock of its own: here a busy machine would decide.
    """
    server, other = servers
    options = ["--steps", 1500, *TINY]
    other.start("train", *options, "--checkpoint", tmp_path / "whole.pt")
    path, moments = tmp_path / "killed.pt", random.Random(0)
    killed, torn, ends, reached = 0, 0, [], 0
    deadline = time.monotonic() + 300
    while killed < 20:
        assert time.monotonic() < deadline, f"only {killed} runs could be killed, {len(ends)} were quicker"
        half, in_a_write = unfinished(path), killed % 4 == 3
        at_start = written(half)
        start = ["--resume"] if half.exists() else options
        server.start("train", *start, "--save-every", 0.1, "--checkpoint", path, slow_disk=2 if in_a_write else 0)
        its_writes = f".killed*.{server.pid}.part"
        if in_a_write:
            wait_for(lambda: any(tmp_path.glob(its_writes)), "a write")
        else:
            if killed % 5:
                wait_for(lambda: path.exists() or written(half) > at_start, "a save")
            time.sleep(moments.uniform(0, 0.25))
        server.kill()
        code, said = server.end()
        if code == 0:    # it was quicker: another run
            ends.append(path.read_bytes())
            path.unlink()
            reached = 0
            continue
        assert code == -9, said
        torn += any(tmp_path.glob(its_writes))
        assert len(list(tmp_path.glob(".killed*.part"))) <= 1    # they do not pile up
        if half.exists():
            step = checkpoint.load(half).progress["step"]
            assert step >= reached
            reached = step
        killed += 1
    assert reached or ends, "no run was ever saved"
    assert torn >= 3, "hardly a write was hit"
    assert server.call("train", *(["--resume"] if half.exists() else options), "--checkpoint", path)[0] == 0
    assert other.end()[0] == 0
    assert {*ends, path.read_bytes()} == {(tmp_path / "whole.pt").read_bytes()}
    assert sorted(os.listdir(tmp_path)) == ["killed.pt", "whole.pt"]


def test_saves_come_when_they_should_and_never_over_a_finished_model(tmp_path, monkeypatch):
    """A second a step: with 3.5 seconds between saves, the steps 4, 8, 12 are kept; when the run is stopped at step 6
    and goes on, its clock begins anew: 4, 6, 10."""
    path, saved, now = tmp_path / "board.pt", [], [0.0]
    path.write_bytes(b"an older one")
    step, save = training.training_step, checkpoint.save

    def second(*arguments):
        now[0] += 1
        if now[0] == stop:
            signal.raise_signal(signal.SIGINT)
        return step(*arguments)

    def noted(where, content, **options):
        saved.append((where.name, content.progress and content.progress["step"]))
        assert path.read_bytes() == b"an older one"
        save(where, content, **options)

    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(training, "training_step", second)
    monkeypatch.setattr(checkpoint, "save", noted)
    options, stop = [*TINY, "--steps", 13, "--save-every", 3.5, "--checkpoint", path], None
    assert call("train", *options) == 0
    assert saved == [*[("board.pt.unfinished", step) for step in (4, 8, 12)], ("board.pt", None)]
    assert os.listdir(tmp_path) == ["board.pt"]

    path.write_bytes(b"an older one")
    saved.clear()
    now[0], stop = 0.0, 6
    assert call("train", *options) == 130
    assert call("train", "--resume", *options[-4:]) == 0
    assert saved == [*[("board.pt.unfinished", step) for step in (4, 6, 10)], ("board.pt", None)]


TOLD = {getattr(signal, name): code for name, code in (("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129))
        if hasattr(signal, name)}    # to end: Ctrl-C, kill, a closed terminal


# --- stopped ---------------------------------------------------------------------------------------------

@posix
@pytest.mark.parametrize("number, code", TOLD.items(), ids=str)
def test_a_stop_saves_and_says_how_to_go_on(server, whole, tmp_path, number, code):
    """The command is used as it is printed: once in a shell; the folder's name needs quotes."""
    folder = tmp_path / "it's a \"$HOME\" folder"
    folder.mkdir()
    path, options = folder / "board.pt", ["--steps", 400, *TINY]
    server.start("train", *options, "--save-every", "0.05", "--checkpoint", path, slow_step=0.05)    # 20 s to stop it
    wait_for(unfinished(path).exists, "a save")
    server.kill(number)
    ended, said = server.end()
    assert ended == code, said
    step = checkpoint.load(unfinished(path)).progress["step"]
    stopped, command = said[-1].split(". To go on: ")
    assert stopped == f"toydiff: stopped at step {step}"
    assert os.listdir(folder) == ["board.pt.unfinished"]

    assert shlex.split(command)[-4:] == ["train", "--resume", "--checkpoint", str(path)]
    if number == signal.SIGINT:
        done = subprocess.run(command, shell=True, capture_output=True, text=True)
        again = done.returncode, done.stdout.splitlines()
    else:
        again = server.call(*shlex.split(command)[-4:])
    assert again[0] == 0 and f"goes on after step {step} of 400 on cpu" in again[1][0], again
    assert path.read_bytes() == whole(*options)
    assert os.listdir(folder) == ["board.pt"]


@pytest.mark.parametrize("number, code", TOLD.items(), ids=str)
def test_a_stop_while_samples_are_written_leaves_no_half_a_file(tmp_path, monkeypatch, capsys, number, code):
    (tmp_path / "x.npy").write_bytes(b"an older one")
    before = signal.getsignal(number)
    with monkeypatch.context() as patched:
        patched.setattr(np, "save", lambda file, points: (file.write(b"half"), signal.raise_signal(number)))
        assert call("sample", "--checkpoint", checkpoint.BUNDLED, "-n", 9, "--output", tmp_path / "x.npy") == code
    assert os.listdir(tmp_path) == ["x.npy"] and (tmp_path / "x.npy").read_bytes() == b"an older one"
    assert capsys.readouterr().err == "\ntoydiff: stopped\n" and signal.getsignal(number) == before


@posix
def test_a_run_that_is_not_to_hear_of_a_closed_terminal_does_not(tmp_path, monkeypatch):
    """As under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with monkeypatch.context() as patched:
            patched.setattr(training, "loss_per_t", lambda *a: (signal.raise_signal(signal.SIGHUP), torch.zeros(5))[1])
            assert call("train", "--steps", 9, *TINY, "--checkpoint", tmp_path / "board.pt") == 0
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_second_ctrl_c_while_it_saves_does_no_harm(whole, tmp_path, monkeypatch):
    """The first comes within a step, two more within the write: the step and the write are finished."""
    path, options, steps = tmp_path / "board.pt", ["--steps", 9, *TINY], []
    step, fsync = training.training_step, os.fsync

    def interrupted(*arguments):
        steps.append(1)
        if len(steps) == 5:
            signal.raise_signal(signal.SIGINT)
        return step(*arguments)

    def impatient(descriptor):
        for _ in range(2):
            signal.raise_signal(signal.SIGINT)
        fsync(descriptor)

    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with monkeypatch.context() as patched:
        patched.setattr(training, "training_step", interrupted)
        patched.setattr(os, "fsync", impatient)
        assert call("train", *options, "--checkpoint", path) == 130
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
    assert os.listdir(tmp_path) == ["board.pt.unfinished"]
    assert checkpoint.load(unfinished(path)).progress["step"] == 5
    assert call("train", "--resume", "--checkpoint", path) == 0
    assert path.read_bytes() == whole(*options)


@pytest.mark.parametrize("number, code", TOLD.items(), ids=str)
def test_a_stop_after_the_last_step_loses_no_step(whole, tmp_path, monkeypatch, number, code, capsys):
    """While the losses are measured, nothing is left to train, but the model is not written yet."""
    path, options = tmp_path / "board.pt", ["--steps", 9, *TINY]
    with monkeypatch.context() as patched:
        patched.setattr(training, "loss_per_t", lambda *a: signal.raise_signal(number))
        assert call("train", *options, "--checkpoint", path) == code
    assert "stopped at step 9. To go on: " in capsys.readouterr().err
    assert os.listdir(tmp_path) == ["board.pt.unfinished"]
    assert call("train", "--resume", "--checkpoint", path) == 0
    assert path.read_bytes() == whole(*options)


def test_a_stop_before_the_first_step_is_done(tmp_path, monkeypatch, capsys):
    """Ctrl-C while the network is built: one step is taken and kept."""
    build = checkpoint.build_model
    monkeypatch.setattr(checkpoint, "build_model", lambda *a: (signal.raise_signal(signal.SIGINT), build(*a))[1])
    assert call("train", *TINY, "--steps", 9, "--checkpoint", tmp_path / "board.pt") == 130
    assert "stopped at step 1. To go on: " in capsys.readouterr().err


# --- in a notebook ---------------------------------------------------------------------------------------

def networks(state):
    return [[p.detach().clone() for p in model.parameters()] for model in (state.model, state.ema)]


@posix
@pytest.mark.skipif("COVERAGE_RUN" in os.environ, reason="interrupted while it counts, coverage waits for itself")
def test_an_interrupt_leaves_networks_that_are_whole():
    """A timer interrupts 60 runs at any moment, within a step too. Then every tensor is that of the state's step or of
    the next one: none is half changed."""
    def run():
        schedule = checkpoint.Schedule.linear(4)
        return training.train(checkpoint.build_model("ReferenceMLP", schedule, 4), checkpoint.Checkerboard(), schedule,
                              steps=60, batch_size=8)

    def interrupt(number, frame):
        raise KeyboardInterrupt

    truth = {state.step: networks(state) for state in run()}
    moments, stopped = random.Random(0), []
    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        while len(stopped) < 60:
            state, states = None, run()
            try:
                signal.setitimer(signal.ITIMER_REAL, moments.uniform(0.002, 0.05))
                for state in states:
                    pass
                signal.setitimer(signal.ITIMER_REAL, 0)
            except KeyboardInterrupt:
                pass
            if state is None or state.step == 60:
                continue
            stopped.append(state.step)
            for now, here, there in zip(networks(state), truth[state.step], truth[state.step + 1], strict=True):
                assert all(torch.equal(a, b) or torch.equal(a, c) for a, b, c in zip(now, here, there, strict=True))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert len(set(stopped)) > 5    # at different steps


CELLS = ["""
import torch, toydiff
from toydiff import Checkerboard, FeatureMLP, Schedule, sample, train
from tqdm.auto import tqdm
from toydiff.support.resuming import progress
board, schedule = Checkerboard(), Schedule.linear()
model = FeatureMLP(schedule)
""", """
for state in tqdm(train(model, board, schedule, steps=20_000), total=20_000):
    if state.step == 30:
        print("thirty")
""", """
share = board.contains(sample(state.ema, schedule, 500, seed=0)).float().mean().item()
before = state.step
for state in train(model, board, schedule, steps=before + 3, resume=progress(state)):
    pass
print(before >= 30, state.step - before, 0 < share < 1, state.model is model)
"""]


def test_the_interrupt_button_leaves_the_model_in_the_learners_hands():
    """In a real kernel: the loop of notebook 4 is interrupted; then the next cell samples, and trains on.

    The loop would take half a minute: an interrupt that is lost is a failure, not a test without an end.
    """
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(extra_arguments=["--IPKernelApp.log_level=CRITICAL"])
    try:
        said = []

        def execute(code, interrupt_after=None):
            message = client.execute(code)
            said.append("")
            while True:
                try:
                    got = client.get_iopub_msg(timeout=60)
                except Empty:
                    pytest.fail(f"the kernel says nothing; so far: {said}")
                if got["parent_header"].get("msg_id") != message:
                    continue
                if got["msg_type"] == "stream" and got["content"]["name"] == "stdout":
                    said[-1] += got["content"]["text"]    # one print may come in pieces
                    if interrupt_after and interrupt_after in said[-1]:
                        manager.interrupt_kernel()
                        interrupt_after = None
                if got["msg_type"] == "error":
                    said[-1] += got["content"]["ename"]
                if got["msg_type"] == "status" and got["content"]["execution_state"] == "idle":
                    return

        execute(CELLS[0])
        execute(CELLS[1], interrupt_after="thirty")
        execute(CELLS[2])
        assert said == ["", "thirty\nKeyboardInterrupt", "True 3 True True\n"]
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
