"""Labels on the command line: a network is taught them, asked for one, and for more of it than there is."""

import json

import numpy as np
import pytest
import torch

from toydiff import checkpoint
from toydiff.cli import main
from toydiff.data import Checkerboard

SMALL = ["--steps", "5", "--batch-size", "16", "--hidden", "8", "--timesteps", "12"]
BUNDLED = ["--checkpoint", checkpoint.BOARD_LABELS]


def call(*arguments):
    """Run a command in this process; return its exit code."""
    try:
        return main([str(argument) for argument in arguments])
    except SystemExit as stop:
        return stop.code


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """The path of a network without labels."""
    path = tmp_path_factory.mktemp("plain") / "plain.pt"
    assert call("train", *SMALL, "--checkpoint", path) == 0
    return path


def points(tmp_path, *options):
    assert call("sample", *BUNDLED, "-n", 400, "--output", tmp_path / "x.npy", *options) == 0
    return torch.from_numpy(np.load(tmp_path / "x.npy"))


@pytest.mark.parametrize("labels, many", [("cells", 8), ("halves", 2), ("rows", 4)])
def test_a_checkpoint_knows_its_labels(tmp_path, labels, many):
    path = tmp_path / "a.pt"
    assert call("train", *SMALL, "--labels", labels, "--drop-label", 0.3, "--checkpoint", path) == 0
    loaded = checkpoint.load(path)
    assert loaded.data == Checkerboard(labelled=labels) and loaded.model.labels == loaded.data.labels == many
    assert loaded.recipe["drop_label"] == 0.3


def test_the_samples_are_of_the_label_that_is_asked_for(tmp_path):
    """By its number or its name, however that is written; without one they are of all labels."""
    board = Checkerboard()
    for label in ("2", "column 2, row 2", "Column 2, Row 2"):
        assert (board.cell_of(points(tmp_path, "--label", label)) == 2).float().mean() > 0.95
    assert len(board.cell_of(points(tmp_path)).unique()) >= 8


def test_guidance_keeps_to_the_label_and_costs_variety(tmp_path):
    widths = [points(tmp_path, "--label", 5, "--guidance", gamma).std(0).mean().item() for gamma in (1, 3)]
    assert widths[0] == pytest.approx(0.144, abs=0.03)    # a cell is 0.5 wide
    assert widths[1] < 0.7 * widths[0]
    assert len(Checkerboard().cell_of(points(tmp_path, "--label", 5, "--guidance", 0)).unique()) >= 8


def test_evaluate_says_how_good_each_label_is(capsys):
    assert call("evaluate", *BUNDLED, "-n", 1600, "--guidance", 1.5, "--json") == 0
    labels = json.loads(capsys.readouterr().out)["labels"]
    assert [one["name"] for one in labels] == Checkerboard(labelled="cells").label_names
    assert all(one["inside"] > 0.95 and one["right"] > 0.95 and one["spread"] < 0.26 for one in labels)
    assert call("evaluate", *BUNDLED, "-n", 800) == 0
    assert "asked for a label, guidance 1" in capsys.readouterr().out


@pytest.mark.parametrize("options, words", [
    (["--label", "9"], "--label must be one of 'column 1, row 1'"), (["--label", "left"], "got 'left'"),
    (["--label", "-1"], "got '-1'"), (["--label", "1.0"], "got '1.0'"), (["--label", ""], "got ''"),
    (["--guidance", "2"], "--guidance is towards a label: give --label too"),
    (["--label", "1", "--guidance", "nan"], "'nan' is not a finite number"),
    (["--label", "1", "--guidance", "inf"], "'inf' is not a finite number"),
    (["--label", "1", "--guidance", "much"], "'much' is not a finite number")])
def test_a_label_or_a_number_that_makes_no_sense_is_told_in_one_line(tmp_path, capsys, options, words):
    assert call("sample", *BUNDLED, "-n", 5, "--output", tmp_path / "x.npy", *options) == 2
    said = capsys.readouterr()
    assert words in said.err.splitlines()[-1] and said.out == "" and not (tmp_path / "x.npy").exists()


def test_a_model_without_labels_says_so(tmp_path, plain, capsys):
    assert call("sample", "--checkpoint", plain, "-n", 5, "--label", 1, "--output", tmp_path / "x.npy") == 2
    assert "this model was trained without labels" in capsys.readouterr().err
    assert call("evaluate", "--checkpoint", plain, "-n", 5, "--guidance", 2) == 2
    assert "was trained without any" in capsys.readouterr().err


@pytest.mark.parametrize("options, words", [
    (["--drop-label", "0.5"], "--drop-label is for data with labels: give --labels too"),
    (["--labels", "cells", "--drop-label", "1.5"], "'1.5' is not a number from 0 to 1"),
    (["--labels", "cats"], "'cats' is none of 'cells', 'rows', 'halves'"),
    (["--labels", "cells", "--network", "ReferenceMLP"], "ReferenceMLP knows no labels")])
def test_labels_that_cannot_be_taught(tmp_path, capsys, options, words):
    assert call("train", *SMALL, *options, "--checkpoint", tmp_path / "a.pt") == 2
    assert words in capsys.readouterr().err and not (tmp_path / "a.pt").exists()
