"""Station 10: digits and pictures of one's own, the U-Net; nothing that trains or samples knows which data it is."""

import ast
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import toydiff
from toydiff import mlp
from toydiff.checkpoint import Checkpoint, CheckpointError, build_model, load, save
from toydiff.forward_process import Schedule
from toydiff.pictures import Block, Digits, Pictures, UNet
from toydiff.sampling import ddpm, sample
from toydiff.training import loss, train

SCHEDULE = Schedule.linear(20, 1e-3, 0.4)
ROOT = Path(toydiff.__file__).parent
DATA_BLIND = ["training", "sampling", "fewer_steps", "guidance", "flow", "rectified"]


def noise(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def small(labels=0, shape=(1, 8, 8), seed=1, **options):
    """A small network whose weights are no longer those of the start: there it answers much as for a Gaussian."""
    model = build_model("UNet", SCHEDULE, 4, seed, labels=labels, shape=shape, **options)
    source = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for p in model.parameters():
            p.add_(0.2 * torch.randn(p.shape, generator=source))
    return model


def found_in(x, pictures):
    """Which of the pictures each of x is, those that are none left out."""
    return (x.flatten(1)[:, None] == pictures.flatten(1)).all(2).nonzero()[:, 1]


def some_pictures(n=12, height=6, width=4):
    return np.random.default_rng(0).integers(0, 256, (n, height, width), dtype=np.uint8)


# --- nothing changes -------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", DATA_BLIND)
def test_no_line_that_trains_or_samples_knows_which_data_it_is(name):
    """It imports no data, names none, and asks none what it is. (What flow.py has of networks is for points.)"""
    tree = ast.parse((ROOT / f"{name}.py").read_text(encoding="utf-8"))
    imported = {(node.module or "") + "." + alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)
                for alias in node.names}
    of_data = {"data", "pictures", "oracle", "judge", "evaluation"}
    assert not {part for path in imported for part in path.split(".")} & of_data
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert not names & {"Checkerboard", "Points", "Digits", "Pictures", "Oracle", "UNet"}
    asked = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert not asked & {"kind", "cells_per_side", "filled", "paper"}


# --- digits ----------------------------------------------------------------------------------------------

DIGITS = Digits(labelled=True)


def test_digits_are_those_of_scikit_learn_each_once_between_minus_1_and_1():
    x, digit = torch.cat([DIGITS.pictures, DIGITS.held_out]), torch.cat([DIGITS.label, DIGITS.held_out_label])
    assert x.shape == (1797, 1, 8, 8) and x.dtype == torch.float32 and (x.min(), x.max()) == (-1, 1)
    assert len(DIGITS.held_out) == 500 and digit.dtype == torch.int64
    from sklearn.datasets import load_digits
    theirs = load_digits()
    def ordered(images, target):
        rows = np.concatenate([np.asarray(images).reshape(1797, -1), np.asarray(target).reshape(-1, 1)], axis=1)
        return rows[np.lexsort(rows.T)]
    assert np.array_equal(ordered((x[:, 0] + 1) * 8, digit), ordered(theirs.images, theirs.target))


def test_the_held_out_half_is_the_same_for_everyone():
    """NumPy keeps this generator as it is: the first scans held out are these."""
    from sklearn.datasets import load_digits
    first = np.random.RandomState(0).permutation(1797)[:5]
    assert first.tolist() == [1081, 1707, 927, 713, 262]
    assert np.array_equal(DIGITS.held_out[:5, 0], load_digits().images[first] / 8 - 1)


def test_every_digit_is_on_both_sides_and_nothing_is_on_both():
    assert (torch.bincount(DIGITS.label) > 100).all() and (torch.bincount(DIGITS.held_out_label) > 40).all()
    assert torch.cdist(DIGITS.pictures.flatten(1), DIGITS.held_out.flatten(1)).min() > 0.5


def test_what_is_drawn_is_of_the_training_half_with_its_own_label():
    x, digit = DIGITS.sample_labelled(3000, seed=3)
    which = found_in(x, DIGITS.pictures)
    assert len(which) == 3000 and torch.equal(DIGITS.label[which], digit)
    assert len(which.unique()) > 1100    # of 1,297; expected are 1,169, standard deviation 9
    assert torch.equal(DIGITS.sample(3000, seed=3), x)
    assert torch.equal(DIGITS.sample(5, torch.Generator().manual_seed(3)), x[:5])
    assert not torch.equal(DIGITS.sample(5, seed=4), x[:5])


def test_where_labels_are_not_asked_for_there_are_none():
    assert (Digits().labels, DIGITS.labels, Digits().shape) == (0, 10, (1, 8, 8))
    assert DIGITS.label_names[7] == "7"
    with pytest.raises(TypeError, match="labelled must be True or False, got 'cells'"):
        Digits("cells")


def test_scikit_learn_is_loaded_when_the_digits_are_looked_at_and_its_absence_is_one_line():
    code = ("import sys; import toydiff.pictures as p; d = p.Digits(); assert 'sklearn' not in sys.modules; "
            "sys.modules['sklearn'] = None; sys.modules['sklearn.datasets'] = None\n"
            "try: d.sample(1)\nexcept ImportError as error: print(error)")
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said == "the digits come with scikit-learn, which is not installed: pip install scikit-learn\n"


# --- pictures of one's own -------------------------------------------------------------------------------

def test_pictures_are_between_black_and_white_and_come_back_as_they_were():
    given = some_pictures()
    data = Pictures(given)
    assert data.shape == (1, 6, 4) and data.labels == 0 and data.pictures.shape == (12, 1, 6, 4)
    assert torch.equal(((data.pictures[:, 0] + 1) * 127.5).round().byte(), torch.from_numpy(given))
    x = data.sample(500, seed=1)
    which = found_in(x, data.pictures)
    assert len(which) == 500 and len(which.unique()) == 12
    back = data.back(torch.cat([x, 5 * x]))
    assert back.shape == (1000, 6, 4) and back.abs().max() <= 1 and torch.equal(back[:500], x[:, 0])


def test_the_variance_is_the_mean_square_of_a_pixel():
    half = np.zeros((10, 2, 2), np.uint8)
    half[:5] = 255
    assert Pictures(half).variance == 1
    assert Pictures(some_pictures()).variance == pytest.approx((some_pictures() / 127.5 - 1).var(), rel=0.02)
    assert 0.7 < DIGITS.variance < 0.73


@pytest.mark.parametrize("pictures, error, said", [
    (some_pictures().astype(float), TypeError, "pictures must be an array of uint8, 0 to 255, got array"),
    ([1, 2], TypeError, "uint8"), (None, TypeError, "got None"), (torch.zeros(12, 4, 4), TypeError, "uint8"),
    (some_pictures(9), ValueError, "10 at least, got 9"), (some_pictures(height=5), ValueError, "both sides even"),
    (some_pictures()[:, None], ValueError, r"got \(12, 1, 6, 4\)"),
    (some_pictures()[:0], ValueError, r"got \(0, 6, 4\)"),
    (np.ones((12, 4, 4), np.uint8), ValueError, "all 12 pictures are alike"),
])
def test_what_are_no_pictures_is_told_in_one_line(pictures, error, said):
    with pytest.raises(error, match=said) as caught:
        Pictures(pictures)
    assert len(str(caught.value).splitlines()) == 1


# --- the network -----------------------------------------------------------------------------------------

def test_it_is_small():
    assert mlp.count_parameters(UNet(SCHEDULE, labels=10)) <= 250_000


@pytest.mark.parametrize("shape", [(1, 8, 8), (1, 16, 16), (1, 6, 4), (3, 2, 2)], ids=str)
def test_it_answers_in_the_shape_of_what_it_is_asked(shape):
    model = small(shape=shape)
    x = noise(5, *shape)
    assert model.shape == shape and model(x, 3).shape == x.shape
    assert model(x, torch.tensor([1, 5, 20, 5, 1])).shape == x.shape
    assert sample(model, SCHEDULE, 3, seed=0).shape == (3, *shape)


def test_each_picture_is_answered_for_itself_at_its_own_t_and_label():
    """Convolutions may add in another order for another batch: 1e-4 is far below any answer's size."""
    model, x = small(labels=3), noise(4, 1, 8, 8)
    t, label = torch.tensor([1, 20, 7, 7]), torch.tensor([0, 3, 1, 2])
    together = model(x, t, label)
    for i in range(4):
        alone = model(x[i:i + 1], t[i].item(), label[i].item())
        assert torch.allclose(together[i:i + 1], alone, atol=1e-4)
    other = model(x, t, torch.tensor([0, 3, 1, 0]))
    assert torch.allclose(other[:3], together[:3], atol=1e-4) and not torch.allclose(other[3], together[3], atol=1e-3)


def test_no_label_is_the_null_label_and_between_the_steps_it_is_asked_by_the_level():
    model, x = small(labels=3), noise(4, 1, 8, 8)
    assert torch.equal(model(x, 7), model(x, 7, 3)) and not torch.allclose(model(x, 7), model(x, 7, 0), atol=1e-3)
    for t in (1, 9, 20):
        assert torch.allclose(model(x, t, 1), model.at_level(x, SCHEDULE.alpha_bar[t].item(), 1), atol=1e-5)
    level = (SCHEDULE.alpha_bar[8] * SCHEDULE.alpha_bar[9]).sqrt()
    low, middle, high = model(x, 8), model.at_level(x, level), model(x, 9)
    assert (middle - low).abs().mean() < (high - low).abs().mean() > (high - middle).abs().mean()


def test_where_noise_has_buried_the_picture_it_answers_as_for_a_gaussian():
    model, x = small(), noise(4, 1, 8, 8)
    assert torch.allclose(model.at_level(x, 1e-8), x, atol=1e-3)


def test_below_it_sees_farther_than_above_and_past_the_skip_nothing_is_lost():
    """The middle of a 16 × 16 picture depends on pixels that four convolutions above could not reach."""
    model = small(shape=(1, 16, 16))
    x = noise(1, 1, 16, 16).requires_grad_()
    (slope,) = torch.autograd.grad(model(x, 5)[0, 0, 8, 8], x)
    reach = slope[0, 0].nonzero()
    assert (reach.max(0).values - reach.min(0).values).max() > 12
    with torch.no_grad():
        for p in model.up.parameters():
            p.zero_()    # nothing comes up from below any more
    (slope,) = torch.autograd.grad(model(x, 5)[0, 0, 8, 8], x)
    # of pixels alone; a norm over all of a picture's pixels spreads a little of each, so what counts is how much
    near = slope[0, 0, 2:15, 2:15].abs().sum() / slope.abs().sum()
    assert slope.abs().sum() > 0 and near > 0.5


def test_a_block_adds_to_what_came():
    block = Block(4, 4, 8)
    with torch.no_grad():
        for p in block.look_again[1].parameters():
            p.zero_()
    x = noise(2, 4, 6, 6)
    assert torch.equal(block(x, noise(2, 8)), x)
    assert Block(4, 12, 8)(x, noise(2, 8)).shape == (2, 12, 6, 6)


@pytest.mark.parametrize("call, error, said", [
    (lambda: UNet(SCHEDULE, shape=(1, 7, 8)), ValueError, "both sides even, got"),
    (lambda: UNet(SCHEDULE, shape=8), ValueError, "shape must be"),
    (lambda: UNet(SCHEDULE, shape=(8, 8)), ValueError, "shape must be"),
    (lambda: UNet(SCHEDULE, shape=(1, 0, 8)), ValueError, "shape must be at least 1"),
    (lambda: UNet(SCHEDULE, hidden=0), ValueError, "hidden must be at least 1"),
    (lambda: UNet(SCHEDULE, variance=0.0), ValueError, "variance"),
    (lambda: UNet(SCHEDULE, labels=-1), ValueError, "labels must be at least 0"),
    (lambda: UNet(None), TypeError, "schedule must be a Schedule"),
    (lambda: small()(noise(2, 1, 16, 16), 1), ValueError, r"xt must have shape \(batch, 1, 8, 8\), got \(2, 1, 16, 16"),
    (lambda: small()(noise(2, 8, 8), 1), ValueError, r"got \(2, 8, 8\)"),
    (lambda: small()(noise(2, 1, 8, 8).double(), 1), TypeError, "float32 like the network's weights"),
    (lambda: small()(noise(2, 1, 8, 8), 21), ValueError, "t must lie in 1..20"),
    (lambda: small()(noise(2, 1, 8, 8), 1, 0), ValueError, "trained without labels"),
    (lambda: small(labels=3)(noise(2, 1, 8, 8), 1, 4), ValueError, "label must be at most 3"),
    (lambda: list(ddpm(small(), SCHEDULE, noise(2, 1, 6, 6))), ValueError, r"\(batch, 1, 8, 8\)"),
    (lambda: sample(small(), SCHEDULE, 2, shape=(1, 4, 4)), ValueError, r"\(batch, 1, 8, 8\)"),
])
def test_what_does_not_fit_is_told_in_one_line(call, error, said):
    with pytest.raises(error, match=said) as caught:
        call()
    assert len(str(caught.value).splitlines()) == 1


# --- it learns, and is kept ------------------------------------------------------------------------------

def test_it_learns_digits_by_the_training_that_learned_the_board():
    """150 small steps: from what a Gaussian would answer, about 0.33, to below two thirds of it."""
    model = build_model("UNet", SCHEDULE, 8, labels=10, variance=DIGITS.variance)
    before = sum(loss(model, *noised(seed), SCHEDULE).item() for seed in range(4)) / 4
    for state in train(model, DIGITS, SCHEDULE, steps=150, batch_size=32, lr=1e-2):
        pass
    after = sum(loss(state.model, *noised(seed), SCHEDULE).item() for seed in range(4)) / 4
    assert after < 0.67 * before


def noised(seed):
    """x0, t and eps of a loss."""
    t = torch.randint(1, 21, (200,), generator=torch.Generator().manual_seed(seed))
    return DIGITS.held_out[:200], t, noise(200, 1, 8, 8, seed=seed)


@pytest.mark.parametrize("data", [Digits(), DIGITS, Pictures(some_pictures(height=8, width=8))],
                         ids=["digits", "labelled", "own"])
def test_a_checkpoint_keeps_its_data_and_its_network(tmp_path, data):
    model = small(labels=data.labels, variance=data.variance)
    save(tmp_path / "a.pt", Checkpoint(model, SCHEDULE, data, None))
    again = load(tmp_path / "a.pt")
    assert type(again.data) is type(data) and again.data.labels == data.labels
    assert torch.equal(again.data.pictures, data.pictures)
    assert again.model.options() == model.options()
    assert torch.equal(sample(model, SCHEDULE, 4, seed=1), sample(again.model, SCHEDULE, 4, seed=1))


def test_in_16_bits_it_takes_half_the_room_and_answers_nearly_the_same(tmp_path):
    """A weight keeps 11 bits: answers of size 1 move by some thousandths."""
    model, x = small(labels=10), noise(6, 1, 8, 8)
    made = Checkpoint(model, SCHEDULE, DIGITS, None)
    save(tmp_path / "whole.pt", made), save(tmp_path / "half.pt", made, half=True)
    again = load(tmp_path / "half.pt").model
    assert all(p.dtype == torch.float32 for p in again.parameters())
    gap = (again(x, 5, 2) - model(x, 5, 2)).abs().max()
    assert 0 < gap < 0.02
    size = [path.stat().st_size for path in (tmp_path / "half.pt", tmp_path / "whole.pt")]
    weights = sum(p.numel() for p in model.parameters())
    assert size[1] - size[0] > 1.8 * weights


def test_a_file_of_weights_in_another_width_is_refused(tmp_path):
    made = Checkpoint(small(), SCHEDULE, Digits(), None)
    made.model.double()
    save(tmp_path / "a.pt", made)
    with pytest.raises(CheckpointError, match="weights of other shapes"):
        load(tmp_path / "a.pt")
