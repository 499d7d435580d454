"""What may go wrong around a run: full disks, locked folders, files that vanish, clocks, a second run, a loss of NaN.

Training goes on, or stops with one clear line; what was saved before stays whole, and nothing is left lying about.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
import torch

from toydiff import checkpoint, training
from toydiff.support.container import unfinished

from train_process import TINY, call, posix, server, servers, wait_for  # noqa: F401


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """What `train --steps 300` writes when nothing goes wrong."""
    path = tmp_path_factory.mktemp("whole") / "board.pt"
    assert call("train", "--steps", 300, *TINY, "--checkpoint", path) == 0
    return path.read_bytes()


def begun(path, steps=300):
    """Make the unfinished run of `path`, stopped after its second step."""
    step, taken = training.training_step, []

    def stopped(*arguments):
        taken.append(1)
        if len(taken) == 2:
            signal.raise_signal(signal.SIGINT)
        return step(*arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "training_step", stopped)
        assert call("train", "--steps", steps, *TINY, "--checkpoint", path) == 130
    return unfinished(path)


# --- no room ---------------------------------------------------------------------------------------------

@posix
def test_no_room_for_the_run_but_for_the_model(server, whole, tmp_path):
    """An unfinished run needs some 12 kB, the finished model 4: the first is missed, said once, the second written."""
    path = tmp_path / "board.pt"
    code, said = server.call("train", "--steps", 300, *TINY, "--save-every", 1e-9, "--checkpoint", path,
                             largest_file=8000)
    assert code == 0
    warnings = [line for line in said if "cannot write" in line]
    assert warnings == [f"toydiff: cannot write checkpoint {unfinished(path)}: File too large; "
                        "training goes on, and tries again"]
    assert path.read_bytes() == whole and os.listdir(tmp_path) == ["board.pt"]


@posix
def test_no_room_at_all_keeps_the_older_model_and_the_run(server, whole, tmp_path):
    path = tmp_path / "board.pt"
    half = begun(path)
    path.write_bytes(b"an older one")
    kept = half.read_bytes()
    room_for_the_log = 3000    # and not for the model
    assert room_for_the_log < len(whole)
    code, said = server.call("train", "--resume", "--save-every", 0.02, "--checkpoint", path,
                             largest_file=room_for_the_log)
    assert code == 2
    assert said[-1].startswith(f"toydiff: cannot write checkpoint {path}: File too large; {half} keeps the run as it "
                               "was at step 2; to go on from there: ")
    assert said[-1].endswith(f"train --resume --checkpoint {path}")
    assert path.read_bytes() == b"an older one" and half.read_bytes() == kept
    assert sorted(os.listdir(tmp_path)) == ["board.pt", "board.pt.unfinished"]
    assert server.call("train", "--resume", "--checkpoint", path)[0] == 0
    assert path.read_bytes() == whole


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 64 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    if not mount or subprocess.run([mount, "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder],
                                   capture_output=True).returncode:
        pytest.skip("only root may mount a small disk")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk_that_is_freed_again(server, whole, small_disk):
    path, log = small_disk / "board.pt", server.log
    (small_disk / "photos").write_bytes(bytes(60_000))
    server.start("train", "--steps", 100_000, *TINY, "--save-every", 0.02, "--checkpoint", path)
    wait_for(lambda: log.exists() and "No space left on device; training goes on" in log.read_text(), "a warning")
    assert not unfinished(path).exists()
    (small_disk / "photos").unlink()
    wait_for(unfinished(path).exists, "a save")
    server.kill(signal.SIGINT)
    code, said = server.end()
    assert code == 130 and said[-1].startswith("toydiff: stopped at step ")
    assert checkpoint.load(unfinished(path)).progress["step"] > 1
    assert os.listdir(small_disk) == ["board.pt.unfinished"]


def test_a_disk_that_is_full_at_a_stop_keeps_what_was_saved_before(server, small_disk):
    """What a write under way gives back, when its file is renamed, is filled up as well."""
    path, half, log = small_disk / "board.pt", unfinished(small_disk / "board.pt"), server.log
    server.start("train", "--steps", 100_000, *TINY, "--save-every", 0.02, "--checkpoint", path)
    wait_for(half.exists, "a save")
    with open(small_disk / "photos", "wb", buffering=0) as photos:
        def fill():
            with pytest.raises(OSError, match="No space"):
                while True:
                    photos.write(bytes(1024))

        wait_for(lambda: fill() or "No space left on device; training goes on" in log.read_text(), "a warning")
    kept = half.read_bytes()
    server.kill(signal.SIGTERM)
    code, said = server.end()
    assert code == 143 and any("No space left on device" in line for line in said)
    assert half.read_bytes() == kept
    assert said[-1].startswith(f"toydiff: stopped at step {checkpoint.load(half).progress['step']}. To go on: ")
    assert sorted(os.listdir(small_disk)) == ["board.pt.unfinished", "photos"]


# --- no permission ---------------------------------------------------------------------------------------

@pytest.fixture
def anyones():
    """A folder that a user without root's rights can reach."""
    folder = Path(tempfile.mkdtemp())    # tmp_path is its owner's alone
    folder.chmod(0o755)
    if os.geteuid() == 0:
        try:
            shutil.chown(folder, 65534, 65534)
        except OSError:    # root of a namespace in which there is no one else, see train_process.py
            if subprocess.run(["unshare", "--user", "true"]).returncode:
                pytest.skip("root here may not lay down its rights")
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


@posix
def test_a_folder_that_may_not_be_written_is_noticed_before_the_work(server, anyones):
    anyones.chmod(0o555)
    for path in (anyones / "board.pt", anyones / "new" / "board.pt"):
        code, said = server.call("train", *TINY, "--checkpoint", path, nobody=os.geteuid() == 0)
        assert (code, said) == (2, [f"toydiff: {path} cannot be written: no permission in the folder {anyones}"])


@posix
def test_a_folder_that_may_not_be_written_any_more(server, anyones):
    """Training goes on; what was saved stays; once the folder is open again, saves come again."""
    path, half, log = anyones / "board.pt", unfinished(anyones / "board.pt"), server.log
    server.start("train", "--steps", 100_000, *TINY, "--save-every", 0.02, "--checkpoint", path,
                 nobody=os.geteuid() == 0)
    wait_for(half.exists, "a save")
    anyones.chmod(0o555)
    wait_for(lambda: "Permission denied; training goes on" in log.read_text(), "a warning")
    step = checkpoint.load(half).progress["step"]
    anyones.chmod(0o755)
    wait_for(lambda: checkpoint.load(half).progress["step"] > step, "a save")
    server.kill(signal.SIGINT)
    assert server.end()[0] == 130
    assert os.listdir(anyones) == ["board.pt.unfinished"]


# --- things that vanish, clocks --------------------------------------------------------------------------

@pytest.mark.parametrize("what", ["file", "folder"])
def test_what_is_removed_between_two_saves_is_made_again(whole, tmp_path, monkeypatch, what):
    path, removed, step = tmp_path / "runs" / "board.pt", [], training.training_step

    def vanishing(*arguments):
        if unfinished(path).exists() and len(removed) < 3:
            unfinished(path).unlink() if what == "file" else shutil.rmtree(path.parent)
            removed.append(1)
        return step(*arguments)

    monkeypatch.setattr(training, "training_step", vanishing)
    assert call("train", "--steps", 300, *TINY, "--save-every", 0.001, "--checkpoint", path) == 0
    assert len(removed) == 3
    assert path.read_bytes() == whole and os.listdir(path.parent) == ["board.pt"]


def test_a_clock_that_is_set_back_changes_nothing(whole, tmp_path, monkeypatch):
    """By a day, at every look at it: the run saves as before (by a clock that only goes forward), and ends the same."""
    import tqdm.std

    looked, saved, save, now = [], [], checkpoint.save, time.time()

    def backwards():
        looked.append(1)
        return now - 86400 * len(looked)

    monkeypatch.setattr(time, "time", backwards)
    monkeypatch.setattr(tqdm.std, "time", backwards)
    monkeypatch.setattr(checkpoint, "save", lambda path, content, **options: (
        saved.append(path.name), save(path, content, **options)))
    path = tmp_path / "board.pt"
    assert call("train", "--steps", 300, *TINY, "--save-every", 0.001, "--checkpoint", path) == 0
    assert looked and len(saved) > 3 and saved[-1] == "board.pt"
    assert path.read_bytes() == whole


# --- two runs --------------------------------------------------------------------------------------------

@posix
def test_a_second_run_on_the_same_file_is_told_and_the_first_is_left_alone(servers, whole, tmp_path):
    first, second = servers
    path = tmp_path / "board.pt"
    first.start("train", "--steps", 100_000, *TINY, "--save-every", 0.02, "--checkpoint", path)
    wait_for(unfinished(path).exists, "a save")
    for more in ([], ["--resume"]):
        code, said = second.call("train", *TINY, "--steps", 5, *more, "--checkpoint", path)
        assert (code, said) == (2, [f"toydiff: another run is writing {path}; wait for its end, "
                                    "or give another --checkpoint"])
    assert second.call("train", *TINY, "--steps", 5, "--checkpoint", tmp_path / "other.pt")[0] == 0
    first.kill(signal.SIGKILL)    # with it dies its lock
    assert first.end()[0] == -9
    assert second.call("train", "--resume", "--steps", 7, "--checkpoint", path) == (
        2, [f"toydiff: {unfinished(path)} was made with --steps 100000, not 7: leave that option out, or leave out "
            "--resume for a new run"])
    unfinished(path).unlink()
    assert second.call("train", "--steps", 300, *TINY, "--checkpoint", path)[0] == 0
    assert path.read_bytes() == whole and sorted(os.listdir(tmp_path)) == ["board.pt", "other.pt"]


@posix
def test_a_lock_whose_file_was_just_removed_does_not_count(tmp_path):
    """The first run ends, and removes the lock's file, between the opening and the locking of a second: were that lock
    good, a third run could make the file anew and lock that."""
    from toydiff.cli.running import _lock

    with open(tmp_path / "lock", "ab") as file:
        (tmp_path / "lock").unlink()
        with pytest.raises(ValueError, match="another run"):
            _lock(file, tmp_path / "board.pt")
        (tmp_path / "lock").touch()
        with pytest.raises(ValueError, match="another run"):
            _lock(file, tmp_path / "board.pt")


@posix
def test_where_there_are_no_locks_training_goes_on(whole, tmp_path, monkeypatch):
    from toydiff.cli import running

    def unknown(*arguments):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(running, "flock", unknown)
    assert call("train", "--steps", 300, *TINY, "--checkpoint", tmp_path / "board.pt") == 0
    assert (tmp_path / "board.pt").read_bytes() == whole


def test_only_what_a_killed_run_of_this_file_left_is_removed(tmp_path):
    left = [".board.pt.unfinished.123.part", ".board.pt.77.part", ".board.pt.lock"]
    others = [".board.pt.bak.5.part", ".aboard.pt.5.part", "board.pt.5.part", ".board.pt.part", ".boardxpt.5.part"]
    for name in (*left, *others):
        (tmp_path / name).write_bytes(b"half")
    assert call("train", "--steps", 2, *TINY, "--checkpoint", tmp_path / "board.pt") == 0
    assert sorted(os.listdir(tmp_path)) == sorted([*others, "board.pt"])


def test_a_new_run_does_not_touch_one_that_did_not_end(tmp_path, capsys):
    path = tmp_path / "board.pt"
    half = begun(path)
    kept = half.read_bytes()
    assert call("train", *TINY, "--steps", 5, "--checkpoint", path) == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert f"{half} holds a run that did not end" in said and "--resume" in said and "or delete it" in said
    assert half.read_bytes() == kept and os.listdir(tmp_path) == ["board.pt.unfinished"]


# --- a loss that is no number ----------------------------------------------------------------------------

def test_nan_stops_with_the_step_the_cause_and_the_last_good_checkpoint(tmp_path, monkeypatch, capsys):
    """From step 50 on the data is NaN for the network. Saves after every step: none of a network that is ruined."""
    path, half, step, steps = tmp_path / "board.pt", unfinished(tmp_path / "board.pt"), training.training_step, []

    def breaking(model, *arguments):
        steps.append(1)
        value = step(model, *arguments)
        if len(steps) >= 50:
            with torch.no_grad():
                next(model.parameters()).fill_(torch.nan)
        return value if len(steps) <= 50 else value * torch.nan

    monkeypatch.setattr(training, "training_step", breaking)
    path.write_bytes(b"an older one")
    assert call("train", "--steps", 300, *TINY, "--save-every", 1e-9, "--checkpoint", path) == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert said == ("toydiff: the loss is nan at step 100; most likely the learning rate is too high: try a smaller lr "
                    f"than 0.008; {half} keeps the run as it was at step 49")
    assert path.read_bytes() == b"an older one" and sorted(os.listdir(tmp_path)) == ["board.pt", half.name]
    kept = checkpoint.load(half)
    assert kept.progress["step"] == 49 and all(p.isfinite().all() for p in kept.model.parameters())


def test_a_network_that_answers_nan_at_the_end_is_not_saved(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(training, "loss_per_t", lambda *a: torch.full((5,), torch.nan))
    assert call("train", "--steps", 5, *TINY, "--checkpoint", tmp_path / "board.pt") == 2
    assert "the trained network answers NaN; try a smaller --lr than 0.008" in capsys.readouterr().err
    assert os.listdir(tmp_path) == []
