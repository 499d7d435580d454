"""The command line with pictures: digits, a drawing that becomes points, a folder; and ways of holding it wrong."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from toydiff import checkpoint
from toydiff.judge import recognised
from toydiff.pictures import Digits, Pictures

from train_process import call

SMALL = ["--steps", "3", "--batch-size", "8", "--hidden", "4", "--timesteps", "6", "--device", "cpu"]


@pytest.fixture(scope="module")
def labelled(tmp_path_factory):
    path = tmp_path_factory.mktemp("digits") / "digits.pt"
    assert call("train", "--data", "digits", "--labels", *SMALL, "--checkpoint", path) == 0
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Twelve squares, each darker than the last, two broken files and one that is no picture."""
    path = tmp_path_factory.mktemp("own") / "squares"
    path.mkdir()
    for i in range(12):
        Image.new("L", (20, 30), 20 * i).save(path / f"{i:02}.png")
    (path / "broken.jpg").write_bytes(b"hello")
    (path / "cut.png").write_bytes((path / "00.png").read_bytes()[:40])
    (path / "notes.txt").write_text("hello")
    return path


def the_error(capsys, *arguments):
    """The one line with which a command ends that cannot work."""
    try:
        code = call(*arguments)
    except SystemExit as stop:
        code = stop.code
    said = capsys.readouterr()
    assert code == 2 and len(said.err.strip().splitlines()) == 1, said
    return said.err


def test_digits_are_learned_with_a_network_and_a_recipe_of_their_own(tmp_path, capsys):
    assert call("train", "--data", "digits", "--steps", 2, "--hidden", 4, "--timesteps", 5,
                "--checkpoint", tmp_path / "a.pt") == 0
    assert "Training UNet on cpu: 2 steps of 128 pictures" in capsys.readouterr().out
    loaded = checkpoint.load(tmp_path / "a.pt")
    assert type(loaded.data) is Digits and loaded.data.labels == loaded.model.labels == 0
    assert loaded.recipe == {"steps": 2, "batch_size": 128, "lr": 0.002, "seed": 0}
    assert loaded.model.variance == loaded.data.variance and loaded.loss_per_t.shape == (6,)


def test_the_digits_that_are_asked_for_lie_in_a_file_from_minus_1_to_1(labelled, tmp_path, capsys):
    output = tmp_path / "sevens.npy"
    assert call("sample", "--checkpoint", labelled, "--label", 7, "-n", 50, "--output", output) == 0
    said = capsys.readouterr().out
    x = np.load(output, allow_pickle=False)
    assert x.shape == (50, 8, 8) and x.dtype == np.float32 and abs(x).max() <= 1
    share = recognised(torch.from_numpy(x)[:, None], 7)
    assert said == f"Saved 50 pictures to {output}; the judge sees {share:.1%} as 7\n"


def test_without_a_label_it_samples_all_digits_and_says_nothing_of_the_judge(labelled, tmp_path, capsys):
    assert call("sample", "--checkpoint", labelled, "-n", 2, "--output", tmp_path / "a.npy") == 0
    assert capsys.readouterr().out == f"Saved 2 pictures to {tmp_path / 'a.npy'}\n"


def test_evaluate_reports_judge_distance_and_copies(labelled, tmp_path, capsys):
    assert call("evaluate", "--checkpoint", labelled, "-n", 40) == 0
    table = capsys.readouterr().out
    for words in ("40 pictures", "recognised as asked", "Fréchet distance", "copies of a training picture"):
        assert words in table
    assert call("evaluate", "--checkpoint", labelled, "-n", 40, "--guidance", 2, "--json") == 0
    numbers = json.loads(capsys.readouterr().out)
    assert numbers["points"] == 40 and set(numbers["metrics"]) == {"recognised", "frechet", "copies"}
    assert 0.95 < numbers["metrics"]["recognised"]["real"] <= 1


def test_without_labels_nothing_is_recognised_as_asked(tmp_path, capsys):
    assert call("train", "--data", "digits", *SMALL, "--checkpoint", tmp_path / "a.pt") == 0
    assert call("evaluate", "--checkpoint", tmp_path / "a.pt", "-n", 30, "--json") == 0
    assert set(json.loads(capsys.readouterr().out.split("a.pt\n")[1])["metrics"]) == {"frechet", "copies"}


def test_visualize_writes_a_sheet_and_a_film(labelled, tmp_path):
    assert call("visualize", "--checkpoint", labelled, "-n", 30, "--output-dir", tmp_path) == 0
    assert sorted(os.listdir(tmp_path)) == ["diffusion_pictures.png", "diffusion_process.gif"]
    with Image.open(tmp_path / "diffusion_process.gif") as film:
        assert film.n_frames == 7
    with Image.open(tmp_path / "diffusion_pictures.png") as sheet:
        left = np.asarray(sheet.convert("RGB"))[:, :sheet.width // 2].astype(int)
    blue, white = (left[..., 2] - left[..., 0] > 60).mean(), (left.min(2) > 250).mean()
    assert blue > 0.1 and white > 0.3    # ink on paper


def test_half_the_bits_are_half_the_file(tmp_path):
    for name, words in (("whole.pt", []), ("half.pt", ["--half"])):
        assert call("train", "--data", "digits", *SMALL, *words, "--checkpoint", tmp_path / name) == 0
    whole, half = (checkpoint.load(tmp_path / name).model for name in ("whole.pt", "half.pt"))
    assert all(torch.equal(a.half().float(), b) for a, b in zip(whole.parameters(), half.parameters()))


def test_a_stopped_run_goes_on_with_its_pictures_to_the_same_bits(folder, tmp_path, monkeypatch):
    from toydiff import training
    whole, stopped = tmp_path / "whole.pt", tmp_path / "stopped.pt"
    assert call("train", "--data", folder, *SMALL, "--half", "--checkpoint", whole) == 0
    step = training.training_step

    def interrupted(*arguments):
        raise KeyboardInterrupt

    def stops_at_2(*arguments):
        monkeypatch.setattr(training, "training_step", interrupted)
        return step(*arguments)

    monkeypatch.setattr(training, "training_step", stops_at_2)
    assert call("train", "--data", folder, *SMALL, "--half", "--checkpoint", stopped) != 0
    monkeypatch.setattr(training, "training_step", step)
    for file in folder.iterdir():
        file.rename(folder.parent / file.name)    # what it learns from is in the checkpoint
    try:
        assert call("train", "--resume", "--checkpoint", stopped) == 0
    finally:
        for name in [*(f"{i:02}.png" for i in range(12)), "broken.jpg", "cut.png", "notes.txt"]:
            (folder.parent / name).rename(folder / name)
    assert stopped.stat().st_size == whole.stat().st_size
    a, b = (checkpoint.load(path).model.state_dict() for path in (whole, stopped))
    assert all(torch.equal(a[name], b[name]) for name in a)


def test_a_folder_of_pictures_is_learned_and_what_is_broken_is_named(folder, tmp_path, capsys):
    assert call("train", "--data", folder, *SMALL, "--checkpoint", tmp_path / "a.pt") == 0
    assert "toydiff: cannot be read, and left out: broken.jpg, cut.png\n" in capsys.readouterr().err
    loaded = checkpoint.load(tmp_path / "a.pt")
    assert type(loaded.data) is Pictures and loaded.data.pictures.shape == (12, 1, 16, 16)
    assert loaded.model.shape == (1, 16, 16)
    assert call("evaluate", "--checkpoint", tmp_path / "a.pt", "-n", 10) == 0
    assert "10 pictures, 0.0% of them copies" in capsys.readouterr().out
    assert call("sample", "--checkpoint", tmp_path / "a.pt", "-n", 4, "--output", tmp_path / "a.npy") == 0
    assert np.load(tmp_path / "a.npy").shape == (4, 16, 16)
    assert call("visualize", "--checkpoint", tmp_path / "a.pt", "-n", 4, "--output-dir", tmp_path) == 0


def test_a_drawing_becomes_points_becomes_a_model(tmp_path, capsys):
    drawing = Image.new("L", (60, 40), 255)
    ImageDraw.Draw(drawing).rectangle((0, 20, 30, 39), fill=0)    # the lower left quarter
    ImageDraw.Draw(drawing).rectangle((31, 0, 59, 19), fill=0)    # and the upper right one
    drawing.save(tmp_path / "drawing.png")
    few = ["--steps", 3, "--batch-size", 16, "--hidden", 8, "--timesteps", 6]
    assert call("train", "--data", tmp_path / "drawing.png", *few, "--checkpoint", tmp_path / "a.pt") == 0
    assert "Training FeatureMLP" in capsys.readouterr().out
    x = checkpoint.load(tmp_path / "a.pt").data.sample(2000, seed=0)
    assert ((x[:, 0] > 0.04) == (x[:, 1] > 0)).float().mean() > 0.98
    assert call("sample", "--checkpoint", tmp_path / "a.pt", "-n", 3, "--output", tmp_path / "a.npy") == 0
    assert np.load(tmp_path / "a.npy").shape == (3, 2)


@pytest.mark.parametrize("words, said", [
    (["--data", "digits", "--labels", "cells"], "--labels cells is for the board"),
    (["--data", "digits", "--network", "FeatureMLP"], "FeatureMLP is for points: leave out --network"),
    (["--network", "UNet"], "UNet is for pictures: leave out --network"),
    (["--data", "{empty}"], "holds no pictures: no file ends in one of .png"),
    (["--data", "{few}"], "pictures must be 10 at least, got 1"),
    (["--data", "{few}", "--labels"], "--labels is for the board and for digits"),
    (["--data", "{white}"], "is white all over"),
    (["--data", "{broken}"], "is no picture that can be read, or is damaged"),
    (["--data", "heart.png"], "there is no file heart.png"),
    (["--data", "heart.txt"], "--data must be 'board', 'digits', a folder of pictures, a file of points"),
    (["--labels", "kings"], "'kings' is none of 'cells', 'rows', 'halves'"),
])
def test_what_cannot_be_learned_is_told_in_one_line(tmp_path, capsys, words, said):
    (tmp_path / "empty").mkdir(), (tmp_path / "few").mkdir()
    Image.new("L", (9, 9), 255).save(tmp_path / "white.png")
    Image.new("L", (9, 9), 3).save(tmp_path / "few" / "one.png")
    (tmp_path / "broken.png").write_bytes(b"hello")
    names = {"empty": tmp_path / "empty", "few": tmp_path / "few", "white": tmp_path / "white.png",
             "broken": tmp_path / "broken.png"}
    words = [word.format(**names) for word in words]
    assert said in the_error(capsys, "train", *words, *SMALL[:6], "--checkpoint", tmp_path / "a.pt")
    assert not (tmp_path / "a.pt").exists()


@pytest.mark.parametrize("words, said", [
    (["--label", "ten"], "--label must be one of '0', '1', '2'"), (["--label", "10"], "--label must be one of"),
    (["--guidance", "2"], "--guidance is towards a label"), (["--steps", "7", "--sampler", "ddim"], "at most 6"),
])
def test_what_cannot_be_sampled_is_told_in_one_line(labelled, tmp_path, capsys, words, said):
    output = "--output", tmp_path / "a.npy"
    assert said in the_error(capsys, "sample", "--checkpoint", labelled, "-n", 2, *words, *output)


def test_where_scikit_learn_is_missing_it_says_so_in_one_line_and_a_trained_model_still_samples(labelled, tmp_path):
    def run(*words):
        code = ("import sys; sys.modules['sklearn'] = sys.modules['sklearn.datasets'] = None\n"
                "from toydiff.cli import main; sys.exit(main(sys.argv[1:]))")
        return subprocess.run([sys.executable, "-c", code, *map(str, words)], capture_output=True, text=True)

    missing = run("train", "--data", "digits", *SMALL, "--checkpoint", tmp_path / "a.pt")
    assert missing.returncode == 2 and missing.stderr.splitlines() == [
        "toydiff: the digits come with scikit-learn, which is not installed: pip install scikit-learn"]
    assert os.listdir(tmp_path) == []
    sampled = run("sample", "--checkpoint", labelled, "-n", 2, "--label", 3, "--output", tmp_path / "a.npy")
    assert sampled.returncode == 0, sampled.stderr
