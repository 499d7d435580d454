"""--sampler, --steps, --eta, --variance: which walk, with which options; what a checkpoint names, what cannot be."""

from argparse import Namespace

import numpy as np
import pytest
import torch

from toydiff import checkpoint, fewer_steps, sampling
from toydiff.cli import main
from toydiff.cli.samplers import find_walk

LOADED = checkpoint.load()
T = LOADED.schedule.T


def asked(named=None, **given):
    """The walk and its options for a command line, of the bundled checkpoint or one that names a sampler."""
    every = {"sampler": None, "steps": None, "eta": None, "variance": None, "checkpoint": "board.pt"}
    loaded = Namespace(sampler=named or {}, schedule=LOADED.schedule, loss_per_t=LOADED.loss_per_t, objective="noise")
    return find_walk(Namespace(**every | given), loaded)


def test_by_default_twenty_questions_with_chance_in_the_first_half():
    walk, how = asked()
    assert walk is fewer_steps.dpm2m and len(how["ts"]) == 20 and how["ts"][0] == T and how["ts"][-1] == 1
    assert how["eta"] == 1 and how["careful"] == T // 2


@pytest.mark.parametrize("given, walk, steps, eta", [
    ({"steps": 10}, fewer_steps.dpm2m, 10, 0), ({"steps": 30}, fewer_steps.dpm2m, 30, 1),
    ({"eta": 0.0}, fewer_steps.dpm2m, 20, 0), ({"sampler": "ddim"}, fewer_steps.ddim, 20, 0),
    ({"sampler": "ddim", "steps": 7, "eta": 0.5}, fewer_steps.ddim, 7, 0.5), ({"steps": T}, fewer_steps.dpm2m, T, 1)])
def test_what_is_asked_for_is_done(given, walk, steps, eta):
    got, how = asked(**given)
    assert got is walk and len(how["ts"]) == steps and how["eta"] == eta


@pytest.mark.parametrize("given", [{"sampler": "ddpm"}, {"variance": "beta"}, {"sampler": "ddpm", "steps": T}])
def test_ddpm_takes_every_step_and_a_variance_asks_for_it(given):
    walk, how = asked(**given)
    assert walk is sampling.ddpm
    assert torch.equal(how["variance"], sampling.beta_variance(LOADED.schedule, T // 10))


def test_the_checkpoint_names_its_sampler_and_the_command_line_has_the_last_word():
    named = {"sampler": "ddim", "steps": 8, "eta": 0.3}
    walk, how = asked(named)
    assert walk is fewer_steps.ddim and len(how["ts"]) == 8 and how["eta"] == 0.3
    assert len(asked(named, steps=5)[1]["ts"]) == 5
    walk, how = asked(named, sampler="dpm2m")
    assert walk is fewer_steps.dpm2m and len(how["ts"]) == 20 and how["eta"] == 1    # nothing of another sampler's


@pytest.mark.parametrize("named, given, words", [
    ({}, {"sampler": "ddpm", "steps": 20}, "ddpm takes all 100 steps, got --steps 20"),
    ({}, {"steps": 101}, "--steps must be at most 100, the timesteps of the checkpoint, got 101"),
    ({}, {"sampler": "ddim", "variance": "beta"}, "--variance is for ddpm, the sampler ddim has none"),
    ({}, {"sampler": "ddpm", "eta": 0.5}, "--eta is for ddim and dpm2m, the sampler ddpm has none"),
    ({"sampler": "magic"}, {}, "board.pt wants the sampler 'magic', which this version does not know"),
    ({"sampler": "ddim", "eta": 3}, {}, "board.pt names a sampler with a strange value: eta must be"),
    ({"sampler": "ddim", "steps": "many"}, {}, "board.pt names a sampler with a strange value: steps must be"),
])
def test_what_cannot_be_is_one_line(named, given, words):
    with pytest.raises(ValueError, match=words) as error:
        asked(named, **given)
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize("options", [["--sampler", "ddim", "--steps", "5", "--eta", "0.5"], ["--steps", "6"]], ids=str)
def test_from_the_command_line_to_the_file(tmp_path, options):
    """The file holds what sampling.sample gives for the walk that was asked for."""
    path = tmp_path / "x.npy"
    common = ["--checkpoint", str(checkpoint.BUNDLED), "-n", "30", "--seed", "4", "--output", str(path)]
    assert main(["sample", *common, *options]) == 0
    given = dict(zip(("sampler", "steps", "eta"), ("ddim", 5, 0.5))) if "ddim" in options else {"steps": 6}
    walk, how = asked(**given)
    x = sampling.sample(LOADED.model, LOADED.schedule, 30, 4, walk=walk, **how)
    assert np.array_equal(np.load(path), x.numpy())


@pytest.mark.parametrize("options, words", [
    (["--eta", "1.5"], "'1.5' is not a number from 0 to 1"), (["--eta", "x"], "'x' is not a number from 0 to 1"),
    (["--sampler", "magic"], "'magic'"), (["--steps", "0"], "--steps"), (["--steps", "1.5"], "--steps")])
def test_a_bad_option_is_one_line_and_exit_code_2(tmp_path, capsys, options, words):
    with pytest.raises(SystemExit) as stop:
        main(["sample", "-n", "3", "--checkpoint", "board.pt", "--output", str(tmp_path / "x.npy"), *options])
    assert stop.value.code == 2 and words in capsys.readouterr().err and not list(tmp_path.iterdir())
