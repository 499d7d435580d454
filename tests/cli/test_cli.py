"""The command line, from end to end, and every way of holding it wrong: exit code 2, one line, nothing left behind."""

import errno
import io
import json
import math
import os
import re
import shlex
import signal
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
import torch
from PIL import Image, ImageSequence

from toydiff import checkpoint, training
from toydiff.cli import main
from toydiff.data import Checkerboard
from toydiff.support import claims
from toydiff.support.container import unfinished

SMALL = ["--steps", "5", "--batch-size", "16", "--hidden", "8", "--timesteps", "12"]


def call(*arguments):
    """Run a command in this process; return its exit code."""
    try:
        return main([str(argument) for argument in arguments])
    except SystemExit as stop:
        return stop.code


def fingerprint(model):
    return torch.cat([p.flatten() for p in model.parameters()])


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    path = tmp_path_factory.mktemp("trained") / "board.pt"
    assert call("train", *SMALL, "--checkpoint", path) == 0
    return path


def everything_in(folder):
    return {str(p.relative_to(folder)): p.is_file() and p.read_bytes() for p in sorted(folder.rglob("*"))}


# --- end to end ------------------------------------------------------------------------------------------

def test_train_writes_what_sampling_needs_and_says_what_it_does(tmp_path, capsys):
    path = tmp_path / "new folder" / "board.pt"
    assert call("train", *SMALL, "--lr", "0.01", "--seed", "3", "--schedule", "cosine", "--network", "ReferenceMLP",
                "--device", "cpu", "--checkpoint", path) == 0
    said = capsys.readouterr()
    assert "Training ReferenceMLP on cpu: 5 steps of 16 points" in said.out and f"Model saved to {path}" in said.out
    assert "Loss over all t: " in said.out and "5/5" in said.err    # the progress bar
    loaded = checkpoint.load(path)
    assert type(loaded.model).__name__ == "ReferenceMLP" and loaded.model.hidden == 8
    assert loaded.schedule.T == 12 and loaded.schedule.beta[-1] == 0.999    # a cosine ends so
    assert loaded.data == Checkerboard() and loaded.loss_per_t.shape == (13,)
    assert loaded.recipe == {"steps": 5, "batch_size": 16, "lr": 0.01, "seed": 3}
    assert os.listdir(path.parent) == ["board.pt"]


@pytest.mark.parametrize("options, beta_T, T", [([], 0.1, 100), (["--schedule", "reference"], 0.02, 100),
                                                (["--schedule", "reference", "--timesteps", "100"], 0.02, 100),
                                                (["--timesteps", "7"], 0.1, 7)])
def test_the_schedule_that_is_asked_for(tmp_path, options, beta_T, T):
    assert call("train", "--steps", 1, "--hidden", 4, *options, "--checkpoint", tmp_path / "a.pt") == 0
    schedule = checkpoint.load(tmp_path / "a.pt").schedule
    assert schedule.T == T and schedule.beta[-1].item() == pytest.approx(beta_T)


def test_the_saved_network_is_trained(tmp_path):
    """More steps bring the loss down: what is saved is not the random start."""
    means = []
    for steps in (1, 300):
        assert call("train", "--steps", steps, "--hidden", 32, "--timesteps", 12, "--network", "ReferenceMLP",
                    "--checkpoint", tmp_path / "a.pt") == 0
        means.append(checkpoint.load(tmp_path / "a.pt").loss_per_t[1:].mean())
    assert means[1] < means[0] - 0.1


@pytest.mark.parametrize("variance", ["optimal", "posterior", "beta"])
def test_sample_writes_the_points(trained, tmp_path, capsys, variance):
    path = tmp_path / "deep" / "points.npy"
    assert call("sample", "--checkpoint", trained, "-n", 50, "--variance", variance, "--output", path) == 0
    points = np.load(path, allow_pickle=False)
    assert points.shape == (50, 2) and points.dtype == np.float32 and np.isfinite(points).all()
    share = Checkerboard().contains(torch.from_numpy(points)).float().mean().item()
    assert f"Saved 50 points to {path}; {share:.1%} lie in filled cells" in capsys.readouterr().out
    assert os.listdir(path.parent) == ["points.npy"]


def test_sample_gives_the_file_the_name_it_was_told(trained, tmp_path):
    assert call("sample", "--checkpoint", trained, "-n", 1, "--output", tmp_path / "points") == 0
    assert os.listdir(tmp_path) == ["points"] and np.load(tmp_path / "points").shape == (1, 2)


def test_evaluate_says_how_good(trained, capsys):
    assert call("evaluate", "--checkpoint", trained, "-n", 200) == 0
    table = capsys.readouterr().out
    assert "inside a filled cell" in table and "above the least possible" in table
    assert call("evaluate", "--checkpoint", trained, "-n", 200, "--json") == 0
    numbers = json.loads(capsys.readouterr().out)
    assert numbers["points"] == 200 and 0 < numbers["loss_floor"] < 1 and numbers["excess_loss"] > 0


def test_visualize_writes_a_picture_and_a_film(trained, tmp_path, capsys):
    folder = tmp_path / "pictures"
    assert call("visualize", "--checkpoint", trained, "-n", 300, "--output-dir", folder) == 0
    assert sorted(os.listdir(folder)) == ["diffusion_checkerboard.png", "diffusion_process.gif"]
    assert str(folder / "diffusion_process.gif") in capsys.readouterr().out
    with Image.open(folder / "diffusion_checkerboard.png") as picture:
        picture.load()
        assert picture.format == "PNG" and picture.width == 2 * picture.height    # two square panels
        left, right = (np.asarray(picture.convert("RGB").crop(box)) for box in
                       [(0, 0, picture.height, picture.height), (picture.height, 0, picture.width, picture.height)])
        assert (left != right).any() and left.std() > 5 and right.std() > 5
    with Image.open(folder / "diffusion_process.gif") as film:
        assert film.format == "GIF" and film.n_frames == 13 and film.info["loop"] == 0    # t = 12, 11 … 0
        frames = [np.asarray(frame.convert("RGB")).astype(int) for frame in ImageSequence.Iterator(film)]
    assert all((abs(a - b).max(axis=2) > 60).mean() > 0.002 for a, b in pairwise(frames))


def test_the_picture_shows_a_board_on_the_left(trained, tmp_path):
    """Blue dots stand in the filled cells of the data panel and not in the empty ones."""
    assert call("visualize", "--checkpoint", trained, "-n", 4000, "--output-dir", tmp_path) == 0
    with Image.open(tmp_path / "diffusion_checkerboard.png") as picture:
        panel = np.asarray(picture.convert("RGB").crop((0, 0, picture.height, picture.height))).astype(int)
    blue = panel[..., 2] - panel[..., 0] > 60
    ys, xs = np.nonzero(blue)
    left, right, top, bottom = xs.min(), xs.max() + 1, ys.min(), ys.max() + 1
    share = np.array([[blue[top + (bottom - top) * r // 4 + 6:top + (bottom - top) * (r + 1) // 4 - 6,
                            left + (right - left) * c // 4 + 6:left + (right - left) * (c + 1) // 4 - 6].mean()
                       for c in range(4)] for r in range(4)])[::-1]    # row 0 at the bottom
    filled = np.add.outer(range(4), range(4)) % 2 == 0
    assert share[filled].min() > 0.2 and share[~filled].max() == 0


@pytest.mark.parametrize("command, result", [
    (["sample", "-n", "20", "--output"], "points.npy"), (["visualize", "-n", "50", "--output-dir"], "")])
def test_the_seed_decides_what_is_written(trained, tmp_path, command, result):
    made = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        (tmp_path / name).mkdir()
        assert call(*command, tmp_path / name / result, "--checkpoint", trained, "--seed", seed) == 0
        made.append(everything_in(tmp_path / name))
    assert made[0] and made[0] == made[1]
    assert all(made[0][name] != made[2][name] for name in made[0])


def test_the_seed_decides_what_is_trained(tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        assert call("train", *SMALL, "--seed", seed, "--checkpoint", tmp_path / name) == 0
    files = everything_in(tmp_path)
    assert files["a"] == files["b"] != files["c"]


def test_module_and_command_are_the_same_program(trained, tmp_path):
    """In fresh processes; the command is the entry point that pyproject.toml declares."""
    entry = "import sys; sys.argv[0] = 'toydiff'; from toydiff.cli import main; sys.exit(main())"
    for name, start in (("a", ["-m", "toydiff"]), ("b", ["-c", entry])):
        done = subprocess.run([sys.executable, *start, "sample", "--checkpoint", trained, "-n", "9", "--output",
                               tmp_path / name], capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    bad = subprocess.run([sys.executable, "-m", "toydiff", "sample", "--checkpoint", tmp_path, "-n", "9", "--output",
                          tmp_path / "c"], capture_output=True, text=True)
    assert bad.returncode == 2 and bad.stdout == "" and len(bad.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", [[], ["train"], ["sample"], ["evaluate"], ["visualize"]])
def test_help_shows_examples(command, capsys):
    assert call(*command, "--help") == 0
    said = capsys.readouterr()
    assert "examples:\n  toydiff train --checkpoint board.pt\n" in said.out and said.err == ""


def test_the_examples_of_the_help_do_what_they_say(tmp_path, monkeypatch, capsys):
    """Typed as they stand, one after another, but with few steps, timesteps and points."""
    call("--help")
    examples = [shlex.split(line)[1:] for line in capsys.readouterr().out.splitlines() if line.startswith("  toydiff ")]
    assert {example[0] for example in examples} == {"train", "sample", "evaluate", "visualize"}
    monkeypatch.chdir(tmp_path)
    for command, *options in examples:
        few = ["--steps", "2", "--timesteps", "5"] if command == "train" else ["-n", "20"]
        assert call(command, *options, *few) == 0
    assert sorted(os.listdir(tmp_path)) == ["board.pt", "labels.pt", "pictures", "points.npy", "quick.pt"]


# --- going on --------------------------------------------------------------------------------------------

@pytest.fixture
def stopped(tmp_path, monkeypatch, capsys):
    """The path of a run that was stopped after its third step; beside it, as `whole.pt`, what it would have become."""
    step, taken = training.training_step, []

    def interrupted(*arguments):
        taken.append(1)
        if len(taken) == 3:
            signal.raise_signal(signal.SIGINT)
        return step(*arguments)

    assert call("train", *SMALL, "--schedule", "cosine", "--seed", 4, "--checkpoint", tmp_path / "whole.pt") == 0
    monkeypatch.setattr(training, "training_step", interrupted)
    path = tmp_path / "board.pt"
    assert call("train", *SMALL, "--schedule", "cosine", "--seed", 4, "--checkpoint", path) == 130
    monkeypatch.setattr(training, "training_step", step)
    capsys.readouterr()
    return path


def the_error(capsys):
    errors = [line for line in io.StringIO(capsys.readouterr().err) if "step/s]" not in line and line.strip()]
    assert len(errors) == 1 and errors[0].startswith("toydiff: ")
    return errors[0]


@pytest.mark.parametrize("options", [
    [], [*SMALL, "--schedule", "cosine", "--seed", "4", "--network", "FeatureMLP", "--lr", "0.008", "--device", "cpu"]],
    ids=["no options", "the same options"])
def test_resume_goes_on_as_the_run_was_begun(stopped, capsys, options):
    assert call("train", "--resume", *options, "--checkpoint", stopped) == 0
    said = capsys.readouterr()
    assert "Training goes on after step 3 of 5 on cpu, Schedule(T=12" in said.out and "5/5" in said.err
    assert stopped.read_bytes() == (stopped.parent / "whole.pt").read_bytes()
    assert sorted(os.listdir(stopped.parent)) == ["board.pt", "whole.pt"]


def test_resume_by_the_name_of_the_file_that_lies_there(stopped):
    assert call("train", "--resume", "--checkpoint", f"{stopped}.unfinished") == 0
    assert stopped.read_bytes() == (stopped.parent / "whole.pt").read_bytes()
    assert sorted(os.listdir(stopped.parent)) == ["board.pt", "whole.pt"]


@pytest.mark.parametrize("option, was", [
    (["--steps", "50"], "--steps 5, not 50"), (["--batch-size", "17"], "--batch-size 16, not 17"),
    (["--lr", "0.1"], "--lr 0.008, not 0.1"), (["--seed", "0"], "--seed 4, not 0"),
    (["--hidden", "96"], "--hidden 8, not 96"),
    (["--network", "ReferenceMLP"], "--network FeatureMLP, not ReferenceMLP"),
    (["--schedule", "linear"], "--schedule cosine, not linear"), (["--timesteps", "100"], "--timesteps 12, not 100")])
def test_resume_with_another_option_is_told_and_changes_nothing(stopped, capsys, option, was):
    before = everything_in(stopped.parent)
    assert call("train", "--resume", *option, "--checkpoint", stopped) == 2
    assert f"board.pt.unfinished was made with {was}: leave that option out" in the_error(capsys)
    assert everything_in(stopped.parent) == before


def test_resume_of_a_finished_run_says_so(trained, capsys):
    """Also of a checkpoint from the time before --resume: the one of the course."""
    for path in (trained, checkpoint.BUNDLED):
        before = path.read_bytes()
        assert call("train", "--resume", "--checkpoint", path) == 0
        said = capsys.readouterr()
        assert said.out == f"{path} is finished, nothing is left to do\n" and said.err == ""
        assert path.read_bytes() == before
    assert call("train", "--resume", "--steps", 50_000, "--checkpoint", trained) == 2
    assert "was made with --steps 5, not 50000: leave that option out, or leave out --resume" in the_error(capsys)


def test_a_run_from_a_device_that_is_not_here(stopped, capsys):
    """It goes on elsewhere when asked, and says that the random numbers differ then."""
    half = unfinished(stopped)
    run = checkpoint.load(half)
    run.recipe["device"] = "xpu"
    run.progress["random"] = torch.zeros(16, dtype=torch.uint8)    # as a GPU's generator has it
    checkpoint.save(half, run)
    assert call("train", "--resume", "--checkpoint", stopped) == 2
    assert "device must be one of this machine's (cpu), got 'xpu'" in the_error(capsys)
    assert call("train", "--resume", "--device", "cpu", "--checkpoint", stopped) == 0
    assert "It was begun on xpu: from here on other random numbers are drawn" in capsys.readouterr().out
    assert checkpoint.load(stopped).recipe["steps"] == 5


def repeated(values, name):
    """Put in the place of a tensor one of the same shape in which one number stands everywhere: Adam crashed on it."""
    values[name] = torch.zeros(1).expand(values[name].shape)


@pytest.mark.parametrize("spoil, words", [
    (lambda run: run.progress.pop("moments"), "holds no run to go on with: resume must be the progress"),
    (lambda run: run.progress.update(moments={}), "holds no run to go on with"),
    (lambda run: run.progress.update(random=torch.zeros(3)), "holds no run to go on with"),
    (lambda run: run.progress.update(step=6), "beyond the last of 5 steps"),
    (lambda run: run.recipe.pop("device"), "does not say its device"),
    (lambda run: run.recipe.pop("lr"), "does not say its lr"),
    (lambda run: run.recipe.update(steps="many"), "steps must be an integer"),
    (lambda run: run.recipe.update(lr=-1.0), "lr must be positive"),
    (lambda run: run.recipe.update(batch_size=2**31), "batch_size must be at most"),
    (lambda run: run.progress["moments"][0]["exp_avg"].fill_(math.nan), "holds no run to go on with"),
    (lambda run: run.progress["moments"][0]["exp_avg_sq"].neg_(), "holds no run to go on with"),
    (lambda run: run.progress["moments"][0]["step"].fill_(-5), "holds no run to go on with"),
    (lambda run: run.progress["model"]["layers.0.weight"].fill_(math.inf), "holds no run to go on with"),
    (lambda run: repeated(run.progress["moments"][0], "exp_avg"), "more room than the file has"),
], ids=["no moments", "empty moments", "random", "step", "no device", "no lr", "steps", "lr", "batch", "nan moments",
        "negative squares", "negative step", "infinite weights", "one number repeated"])
def test_a_run_that_makes_no_sense_is_one_line(stopped, capsys, monkeypatch, spoil, words):
    """Written whole, but not by `toydiff train`."""
    half = unfinished(stopped)
    run = checkpoint.load(half)
    spoil(run)
    with monkeypatch.context() as by_hand:
        by_hand.setattr(claims, "recipe", dict)
        checkpoint.save(half, run)
    assert call("train", "--resume", "--checkpoint", stopped) == 2
    out, said = capsys.readouterr()
    assert out == "" and len(said.splitlines()) == 1 and words in said and str(half) in said


def test_a_batch_that_the_memory_does_not_hold_is_one_line(stopped, capsys, tmp_path):
    """No bar before it, and nothing is begun: also where a file asks for it."""
    half = unfinished(stopped)
    run = checkpoint.load(half)
    run.recipe["batch_size"] = 2**31 - 1
    checkpoint.save(half, run)
    for arguments in (["--resume", "--checkpoint", stopped],
                      ["--batch-size", 2**31 - 1, *SMALL[4:], "--checkpoint", tmp_path / "new.pt"]):
        assert call("train", *arguments) == 2
        assert re.fullmatch(r"toydiff: too little memory for a batch of 2,147,483,647: it takes [\d,.]+ GB at least, "
                            r"[\d,.]+ GB are free\n", capsys.readouterr().err)
    assert not (tmp_path / "new.pt").exists()


def test_what_goes_wrong_in_the_first_step_leaves_no_bar(tmp_path, capsys, monkeypatch):
    def nothing_left(*arguments, **options):
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8589934592 bytes")

    monkeypatch.setattr(training, "training_step", nothing_left)
    assert call("train", "--steps", 5, "--checkpoint", tmp_path / "new.pt") == 2
    assert capsys.readouterr().err == "toydiff: too little memory for this\n"


def test_a_damaged_run_is_one_line(stopped, capsys):
    half = unfinished(stopped)
    half.write_bytes(half.read_bytes()[:-7])
    assert call("train", "--resume", "--checkpoint", stopped) == 2
    assert f"{half} is damaged or cut short" in the_error(capsys)


def test_an_unfinished_run_can_be_looked_at(stopped, tmp_path, capsys):
    """Its losses, which the variance needs, are measured then."""
    half = unfinished(stopped)
    assert call("sample", "--checkpoint", half, "-n", 20, "--output", tmp_path / "x.npy") == 0
    assert np.isfinite(np.load(tmp_path / "x.npy")).all()
    assert call("evaluate", "--checkpoint", half, "-n", 50) == 0


# --- held wrong ------------------------------------------------------------------------------------------

TRAIN, SAMPLE = ["train", *SMALL], ["sample", "--checkpoint", "board.pt", "--output", "x.npy"]
VISUALIZE = ["visualize", "--checkpoint", "board.pt", "-n", "10"]
BAD = {
    "no command": ([], "command"),
    "unknown command": (["tran"], "'tran'"),
    "unknown option": ([*TRAIN, "--checkpoint", "x.pt", "--stepz", "5"], "--stepz"),
    "two lines": ([*TRAIN, "--checkpoint", "x.pt", "a\nb"], "a b"),
    "train without a place": (TRAIN, "--checkpoint"),
    "train into a folder": ([*TRAIN, "--checkpoint", "folder"], "folder is a folder"),
    "train into a file": ([*TRAIN, "--checkpoint", "file.txt/x.pt"], "file.txt is a file"),
    "train into a file, deep": ([*TRAIN, "--checkpoint", "file.txt/a/x.pt"], "file.txt is a file"),
    "train nowhere": ([*TRAIN, "--checkpoint", ""], "folder"),
    "other device": ([*TRAIN, "--checkpoint", "new/x.pt", "--device", "tpu"], "one of this machine's (cpu), got 'tpu'"),
    "device without values": ([*TRAIN, "--checkpoint", "new/x.pt", "--device", "meta"], ": device meta draws no"),
    "a long name": ([*TRAIN, "--checkpoint", "x" * 300], "File name too long"),
    "empty device": ([*TRAIN, "--checkpoint", "new/x.pt", "--device", ""], "got ''"),
    "unknown schedule": ([*TRAIN, "--checkpoint", "x.pt", "--schedule", "square"], "'square'"),
    "reference, other T": (["train", "--checkpoint", "x.pt", "--schedule", "reference", "--timesteps", "50"],
                           "the reference schedule has 100 timesteps, got --timesteps 50"),
    "unknown network": ([*TRAIN, "--checkpoint", "x.pt", "--network", "VGG"], "'VGG'"),
    "rate too large": ([*TRAIN, "--checkpoint", "new/x.pt", "--lr", "1e30"], "try a smaller"),
    "rate too large at the end": (["train", "--steps", "1", "--checkpoint", "new/x.pt", "--lr", "1e38"],
                                  "try a smaller"),
    "resume nothing": (["train", "--resume", "--checkpoint", "new/x.pt"], "there is no checkpoint new/x.pt"),
    "resume a text file": (["train", "--resume", "--checkpoint", "file.txt"], "file.txt was not written by"),
    "resume a torn file": (["train", "--resume", "--checkpoint", "torn.pt"], "torn.pt is damaged or cut short"),
    "resume a folder": (["train", "--resume", "--checkpoint", "folder"], "folder is a folder"),
    "too much memory": (["train", "--hidden", "2000000000", "--checkpoint", "new/x.pt"], "too little memory"),
    "too wide": (["train", "--hidden", "1000000", "--checkpoint", "new/x.pt"],
                 "too little memory for a network of width 1,000,000: it takes 40,"),
    "too many steps": (["train", "--timesteps", "4001", "--checkpoint", "new/x.pt"], "at most 4000, got 4001"),
    "sample without n": (SAMPLE, "-n"),
    "sample without a place": (["sample", "--checkpoint", "board.pt", "-n", "5"], "--output"),
    "sample into a folder": ([*SAMPLE, "-n", "5", "--output", "folder"], "folder is a folder"),
    "sample into a file": ([*SAMPLE, "-n", "5", "--output", "file.txt/x.npy"], "file.txt is a file"),
    "unknown variance": ([*SAMPLE, "-n", "5", "--variance", "big"], "'big'"),
    "no such checkpoint": ([*SAMPLE, "-n", "5", "--checkpoint", "missing.pt"], "there is no checkpoint missing.pt"),
    "a text file": ([*SAMPLE, "-n", "5", "--checkpoint", "file.txt"], "file.txt was not written by"),
    "an empty file": ([*SAMPLE, "-n", "5", "--checkpoint", "empty.pt"], "empty.pt is empty"),
    "a torn file": ([*SAMPLE, "-n", "5", "--checkpoint", "torn.pt"], "torn.pt is damaged or cut short"),
    "a folder": ([*SAMPLE, "-n", "5", "--checkpoint", "folder"], "folder is a folder"),
    "evaluate a text file": (["evaluate", "--checkpoint", "file.txt"], "file.txt was not written by"),
    "pictures into a file": ([*VISUALIZE, "--output-dir", "file.txt"], "file.txt is a file"),
    "pictures of a text file": ([*VISUALIZE, "--checkpoint", "file.txt", "--output-dir", "new"], "file.txt"),
    "picture is a folder": ([*VISUALIZE, "--output-dir", "taken"], "diffusion_process.gif is a folder"),
}
for option in ("--steps", "--batch-size", "--hidden", "--timesteps"):
    for value in ("0", "-1", "1.5", "many", "", "1e3", "99999999999999999999999", "²", " 5"):
        BAD[f"{option}={value}"] = ([*TRAIN, "--checkpoint", "new/x.pt", f"{option}={value}"], f"argument {option}")
for value in ("0", "-1", "nan", "inf", "fast", "", "1e-400"):
    BAD[f"--lr={value}"] = ([*TRAIN, "--checkpoint", "new/x.pt", f"--lr={value}"], "argument --lr")
    BAD[f"--save-every={value}"] = ([*TRAIN, "--checkpoint", "new/x.pt", f"--save-every={value}"],
                                    "argument --save-every")
for value in ("-1", "0.5", "x", "", str(2**63), "9" * 5000):
    BAD[f"--seed={value[:20]}"] = ([*TRAIN, "--checkpoint", "new/x.pt", f"--seed={value}"], "argument --seed")
for value in ("0", "-5", "2.5", "x"):
    BAD[f"-n={value}"] = ([*SAMPLE, f"-n={value}"], "argument -n")
if not torch.cuda.is_available():
    BAD["no cuda"] = ([*TRAIN, "--checkpoint", "new/x.pt", "--device", "cuda"],
                      "one of this machine's (cpu), got 'cuda'")


@pytest.mark.parametrize("arguments, words", BAD.values(), ids=BAD)
def test_bad_use_is_one_line_and_exit_code_2_and_leaves_nothing(tmp_path, trained, monkeypatch, capsys, arguments,
                                                                words):
    whole = trained.read_bytes()
    (tmp_path / "board.pt").write_bytes(whole)
    (tmp_path / "torn.pt").write_bytes(whole[:len(whole) // 2])
    (tmp_path / "empty.pt").write_bytes(b"")
    (tmp_path / "file.txt").write_text("x, y\n0.1, 0.2\n")
    (tmp_path / "folder").mkdir()
    (tmp_path / "taken" / "diffusion_process.gif").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    if words == "too little memory":    # many a system grants what it lacks: more than there are addresses is refused
        monkeypatch.setattr(checkpoint, "build_model", lambda *a, **more: torch.empty(2**58))
    before = everything_in(tmp_path)
    assert call(*arguments) == 2
    errors = [line for line in io.StringIO(capsys.readouterr().err) if "step/s]" not in line and line.strip()]
    assert len(errors) == 1 and errors[0].startswith("toydiff") and words in errors[0] and "Errno" not in errors[0]
    assert everything_in(tmp_path) == before


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_noticed_before_the_work(tmp_path, capsys):
    tmp_path.chmod(0o500)
    try:
        assert call("train", "--steps", "1000000", "--checkpoint", tmp_path / "x.pt") == 2
    finally:
        tmp_path.chmod(0o700)
    assert "no permission" in capsys.readouterr().err


@pytest.mark.parametrize("error, why", [
    (OSError(errno.ENOSPC, "No space left on device"), "No space left on device"),
    (OSError("18 requested and 3 written"), "no room on the disk, it seems (18 requested and 3 written)")], ids=str)
def test_a_full_disk_names_the_file(trained, tmp_path, monkeypatch, capsys, error, why):
    """The second is what NumPy says of it."""
    def full(*arguments):
        raise error

    path = tmp_path / "x.npy"
    path.write_bytes(b"an older one")
    monkeypatch.setattr(np, "save", full)
    assert call("sample", "--checkpoint", trained, "-n", 9, "--output", path) == 2
    assert capsys.readouterr().err == f"toydiff: {path}: {why}\n"
    assert everything_in(tmp_path) == {"x.npy": b"an older one"}


def test_a_bug_is_not_dressed_up_as_bad_input(trained, tmp_path, monkeypatch):
    """Only what the user can mend is one line; a mistake of ours keeps its traceback."""
    monkeypatch.setattr(checkpoint, "load", lambda *a: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        call("sample", "--checkpoint", trained, "-n", 5, "--output", tmp_path / "x.npy")


def test_ctrl_c_says_stopped_and_keeps_the_old_file(trained, tmp_path, monkeypatch, capsys):
    def interrupted(*arguments, **options):
        raise KeyboardInterrupt
        yield

    path = tmp_path / "board.pt"
    path.write_bytes(trained.read_bytes())
    monkeypatch.setattr(training, "train", interrupted)
    assert call("train", *SMALL, "--checkpoint", path) == 130
    assert capsys.readouterr().err.endswith("toydiff: stopped\n")
    assert everything_in(tmp_path) == {"board.pt": trained.read_bytes()}
