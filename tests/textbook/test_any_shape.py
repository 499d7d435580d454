"""The contract that part two stands on: data of any shape, labels, noise levels between the steps.

Where a target is Gaussian with mean 0 and variance v, the best ε is a formula: √(1−ᾱ) / (ᾱv + 1 − ᾱ) · x_t.
"""

import copy
import math

import pytest
import torch
from torch import nn

from toydiff.data import Checkerboard, Points
from toydiff.forward_process import Schedule, add_noise, forward_step, predict_x0
from toydiff.mlp import FeatureMLP, ReferenceMLP
from toydiff.oracle import Oracle
from toydiff.sampling import (
    beta_variance,
    ddpm,
    optimal_variance,
    posterior_mean,
    posterior_variance,
    reverse_step,
    sample,
)
from toydiff.support.schedules import t_of
from toydiff.training import loss, loss_per_t, null_some, train, training_step

SCHEDULE = Schedule.linear(20, 1e-3, 0.4)
SHAPES = [(2,), (1, 8, 8), (3,)]


class Gaussian:
    """Data of any shape: every number normal with mean 0 and this variance."""

    labels = 0

    def __init__(self, shape, variance=0.25):
        self.shape, self.variance = shape, variance

    def sample(self, n, seed=None, device="cpu"):
        source = torch.Generator().manual_seed(seed) if isinstance(seed, int) else seed
        return torch.randn(n, *self.shape, generator=source) * math.sqrt(self.variance)

    def best(self, schedule):
        """The optimal denoiser, as a model; best.x0 and at: what it is made of."""
        def eps(xt, t):
            alpha_bar = schedule.alpha_bar[t].reshape(-1, *[1] * (xt.ndim - 1))
            return ((1 - alpha_bar).sqrt() / (alpha_bar * self.variance + 1 - alpha_bar) * xt).to(xt.dtype)
        return eps


class Scale(nn.Module):
    """A network of one weight for each t."""

    def __init__(self, T):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(T + 1))

    def forward(self, xt, t):
        return self.weight[t].reshape(-1, *[1] * (xt.ndim - 1)) * xt


def noise(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("of_each", [True, False])
def test_the_formulas_take_each_number_alone(shape, of_each):
    """A batch of any shape gives what the same numbers give as points, one coordinate at a time. Tables are float64 and
    no sum is taken, so nothing may differ but the last bit of a product."""
    t = torch.tensor([1, 7, 20, 7]) if of_each else 7
    x0, eps, z = (noise(4, *shape, seed=seed) for seed in range(3))
    table = beta_variance(SCHEDULE)
    calls = [lambda x0, eps, z: add_noise(x0, t, eps, SCHEDULE), lambda x0, eps, z: forward_step(x0, t, eps, SCHEDULE),
             lambda x0, eps, z: predict_x0(x0, t, eps, SCHEDULE),
             lambda x0, eps, z: posterior_mean(x0, eps, t, SCHEDULE),
             lambda x0, eps, z: reverse_step(lambda x, t: x / 2, x0, t, SCHEDULE, z, table)]
    for call in calls:
        got = call(x0, eps, z)
        flat = torch.stack([call(*(v.flatten(1)[:, [i, i]] for v in (x0, eps, z)))[:, 0]
                            for i in range(math.prod(shape))], dim=1)
        assert got.shape == x0.shape and got.dtype == x0.dtype
        assert torch.allclose(got.flatten(1), flat, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_a_training_step_moves_the_weights_as_the_formula_of_the_gradient_says(shape):
    """d/dw_t of mean (w_t x_t − ε)² is the mean of 2 (w_t x_t − ε) x_t over what had that t."""
    model, data, lr = Scale(SCHEDULE.T), Gaussian(shape), 0.1
    seen = {}

    def noted(model, x0, t, eps, schedule, label=None):
        seen.update(xt=add_noise(x0, t, eps, schedule), t=t, eps=eps)
        return loss(model, x0, t, eps, schedule, label)

    training_step(model, torch.optim.SGD(model.parameters(), lr=lr), data, SCHEDULE, 64,
                  torch.Generator().manual_seed(3), loss=noted)
    wanted = torch.zeros(SCHEDULE.T + 1)
    products = (2 * seen["eps"] * seen["xt"]).flatten(1).sum(1) / seen["xt"].numel()
    wanted.index_add_(0, seen["t"], lr * products)
    assert torch.allclose(model.weight.detach(), wanted, rtol=1e-4, atol=1e-6)    # a sum of up to 4,096 in float32
    assert wanted.abs().max() > 1e-3


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_training_finds_the_optimal_answer_in_any_shape(shape):
    """One weight for each t, whose best value is known. With 800 steps of Adam each is met to a few per cent."""
    data, model = Gaussian(shape), Scale(SCHEDULE.T)
    *_, state = train(model, data, SCHEDULE, steps=800, batch_size=64, lr=0.02, seed=1)
    a = SCHEDULE.alpha_bar[1:]
    wanted = ((1 - a).sqrt() / (a * data.variance + 1 - a)).float()
    assert (state.ema.weight[1:] - wanted).abs().max() < 0.1 and wanted.max() > 1.1


def test_sampling_in_64_dimensions_reaches_the_variance_of_the_target():
    """The walk is linear in x, so the variance of its end follows from the tables; and with the optimal variance it is
    the target's, exactly. 5 standard errors of a variance of 64 · 2,000 numbers on each of two: false alarm 1e-6."""
    data, n = Gaussian((1, 8, 8)), 2000
    losses = torch.zeros(SCHEDULE.T + 1, dtype=torch.float64)
    a = SCHEDULE.alpha_bar[1:]
    losses[1:] = a * data.variance / (a * data.variance + 1 - a)    # of the optimal answer
    optimal = optimal_variance(SCHEDULE, losses)
    for table in (optimal, posterior_variance(SCHEDULE)):
        x = sample(data.best(SCHEDULE), SCHEDULE, n, seed=5, shape=data.shape, variance=table)
        assert x.shape == (n, 1, 8, 8)
        var = 1.0
        for t in range(SCHEDULE.T, 0, -1):
            alpha, alpha_bar = SCHEDULE.alpha[t], SCHEDULE.alpha_bar[t]
            factor = (1 - (1 - alpha) / (alpha_bar * data.variance + 1 - alpha_bar)) / alpha.sqrt()
            var = (factor**2 * var + table[t]).item()
        assert x.double().var().item() == pytest.approx(var, rel=5 * math.sqrt(2 / (64 * n)))
    start, end = 1 - SCHEDULE.alpha_bar[-1] * (1 - data.variance), data.variance
    var = start.item()
    for t in range(SCHEDULE.T, 1, -1):    # from the right start, each optimal step keeps the marginal right
        alpha, alpha_bar = SCHEDULE.alpha[t], SCHEDULE.alpha_bar[t]
        var = (((1 - (1 - alpha) / (alpha_bar * end + 1 - alpha_bar)) / alpha.sqrt())**2 * var + optimal[t]).item()
    assert var == pytest.approx((SCHEDULE.alpha_bar[1] * end + 1 - SCHEDULE.alpha_bar[1]).item(), rel=1e-9)


def test_the_shape_comes_from_the_model_or_the_call():
    class Small(nn.Module):
        shape = (3,)

        def forward(self, xt, t):
            return xt / 2

    assert sample(Small(), SCHEDULE, 4, seed=0).shape == (4, 3)
    assert sample(Small(), SCHEDULE, 4, seed=0, shape=(5, 5)).shape == (4, 5, 5)
    assert sample(lambda x, t: x / 2, SCHEDULE, 4, seed=0).shape == (4, 2)


# --- labels ----------------------------------------------------------------------------------------------

BOARDS = [Checkerboard(4, "cells"), Checkerboard(6, "rows"), Checkerboard(4, "halves")]


@pytest.mark.parametrize("board", BOARDS, ids=str)
def test_a_label_says_where_a_point_lies(board):
    x0, label = board.sample_labelled(5000, seed=2)
    assert torch.equal(x0, Checkerboard(board.cells_per_side).sample(5000, seed=2))
    assert torch.equal(x0, board.sample(5000, 2))
    assert label.dtype == torch.int64 and set(label.tolist()) == set(range(board.labels))
    assert torch.equal(board.label_of_cell[board.cell_of(x0)], label)
    assert len(board.label_names) == board.labels == len(set(board.label_names))
    n = board.cells_per_side
    by_hand = {"cells": board.cell_of(x0), "rows": ((x0[:, 1] + 1) * n / 2).floor().long(),
               "halves": (x0[:, 0] > 0).long()}
    assert torch.equal(label, by_hand[board.labelled])


@pytest.mark.parametrize("board", BOARDS, ids=str)
def test_the_oracle_of_a_label_is_that_of_its_cells_alone(board):
    """Against sums over the cells, each with its own mass and mean from the unconditional oracle's building blocks:
    q(x_t) = Σ q(label) q(x_t | label), and E[x_0 | x_t] likewise. Sums of float64: 1e-9."""
    oracle, xt = Oracle(board, SCHEDULE), 1.3 * noise(40, 2).double()
    t = torch.randint(1, 21, (40,), generator=torch.Generator().manual_seed(1))
    share = torch.bincount(board.label_of_cell).double() / len(board.label_of_cell)
    joint = torch.stack([share[label].log() + oracle.log_density(xt, t, label) for label in range(board.labels)])
    assert torch.allclose(joint.logsumexp(0), oracle.log_density(xt, t), rtol=1e-9, atol=1e-9)
    weight = joint.softmax(0)
    for method in (oracle, oracle.x0, oracle.score):
        mixed = sum(weight[label, :, None] * method(xt, t, label) for label in range(board.labels))
        assert torch.allclose(mixed, method(xt, t), rtol=1e-8, atol=1e-8)
    each = torch.randint(0, board.labels, (40,), generator=torch.Generator().manual_seed(2))
    one_by_one = torch.cat([oracle(xt[i:i + 1], int(t[i]), int(each[i])) for i in range(40)])
    assert torch.allclose(oracle(xt, t, each), one_by_one, rtol=1e-9, atol=1e-9)
    null = torch.full((40,), board.labels)
    assert torch.allclose(oracle(xt, t, null), oracle(xt, t), rtol=1e-9, atol=1e-9)


def test_the_oracle_of_a_cell_samples_that_cell():
    board = Checkerboard(4, "cells")
    schedule = Schedule.linear()
    x = sample(lambda xt, t: Oracle(board, schedule)(xt, t, 3), schedule, 300, seed=1)
    assert (board.cell_of(x) == 3).float().mean() > 0.99


def test_a_share_of_the_labels_is_dropped():
    """Each alone, with the probability asked for: 5 standard errors of 100,000 throws, false alarm 1e-6."""
    label = torch.arange(100_000) % 8
    made = null_some(label, 0.1, 8, torch.Generator().manual_seed(0))
    assert torch.equal(made[made != 8], label[made != 8])
    assert (made == 8).double().mean().item() == pytest.approx(0.1, abs=5 * math.sqrt(0.09 / 1e5))
    assert torch.equal(null_some(label, 0.0, 8, torch.Generator()), label)


def test_a_network_with_labels_is_told_them_and_trains():
    board, model = Checkerboard(2, "cells"), FeatureMLP(SCHEDULE, 16, labels=2)
    told = []
    hook = model.register_forward_pre_hook(lambda module, args: told.append(args[2].clone()))
    *_, state = train(model, board, SCHEDULE, steps=300, batch_size=256, lr=0.01, seed=0)
    hook.remove()
    shares = torch.bincount(torch.cat(told), minlength=3).double() / len(torch.cat(told))
    assert torch.allclose(shares, torch.tensor([0.45, 0.45, 0.1], dtype=torch.float64), atol=0.01)
    lower, upper = (sample(lambda xt, t, label=label: model(xt, t, label), SCHEDULE, 500, seed=1) for label in (0, 1))
    assert (lower[:, 1] < 0).float().mean() > 0.9 and (upper[:, 1] > 0).float().mean() > 0.9


def test_no_label_is_the_null_label():
    model, x = FeatureMLP(SCHEDULE, 8, labels=3), noise(5, 2)
    assert torch.equal(model(x, 4), model(x, 4, 3)) and not torch.equal(model(x, 4, 2), model(x, 4, 3))
    assert torch.equal(model(x, 4, torch.tensor([0, 1, 2, 3, 0]))[1], model(x, 4, torch.full((5,), 1))[1])


@pytest.mark.parametrize("call, words", [
    (lambda: FeatureMLP(SCHEDULE, 8)(noise(3, 2), 1, 0), "this model was trained without labels"),
    (lambda: ReferenceMLP(SCHEDULE, 8)(noise(3, 2), 1, 0), "this model was trained without labels"),
    (lambda: FeatureMLP(SCHEDULE, 8, labels=3)(noise(3, 2), 1, 4), "label must be at most 3, got 4"),
    (lambda: FeatureMLP(SCHEDULE, 8, labels=3)(noise(3, 2), 1, torch.tensor([0, 1, -2])), r"label must lie in 0\.\.3"),
    (lambda: FeatureMLP(SCHEDULE, 8, labels=3)(noise(3, 2), 1, torch.tensor([0, 1])),
     r"or have shape \(3,\), got shape \(2,\)"),
    (lambda: Oracle(Checkerboard(), SCHEDULE)(noise(3, 2), 1, 0), "this model was trained without labels"),
    (lambda: Checkerboard().sample_labelled(3), "this board has no labels"),
    (lambda: Checkerboard(4, "kings"), "labelled must be one of 'cells', 'rows', 'halves', got 'kings'"),
])
def test_wrong_labels(call, words):
    with pytest.raises(ValueError, match=words):
        call()


# --- noise levels between the steps ----------------------------------------------------------------------

@pytest.mark.parametrize("make", [lambda: FeatureMLP(SCHEDULE, 8), lambda: ReferenceMLP(SCHEDULE, 8),
                                  lambda: Oracle(Checkerboard(), SCHEDULE), lambda: FeatureMLP(SCHEDULE, 8, labels=2)])
def test_at_the_levels_of_the_schedule_the_answer_is_that_at_t(make):
    """To what float32 leaves of ᾱ on its way through the log of the SNR: 1e-5."""
    model, x = make(), noise(30, 2)
    with torch.no_grad():
        for t in (1, 2, 11, 20):
            level = SCHEDULE.alpha_bar[t].item()
            assert torch.allclose(model.at_level(x, level), model(x, t), rtol=1e-4, atol=1e-5)
        t = torch.arange(30) % 20 + 1
        assert torch.allclose(model.at_level(x, SCHEDULE.alpha_bar[t]), model(x, t), rtol=1e-4, atol=1e-5)


def test_between_the_steps_t_follows_the_log_of_the_snr():
    table = SCHEDULE.alpha_bar
    assert torch.allclose(t_of(table[1:], table), torch.arange(1.0, 21, dtype=torch.float64), atol=1e-6)
    half = ((table[4].logit() + table[5].logit()) / 2).sigmoid()
    assert t_of(half, table).item() == pytest.approx(4.5, abs=1e-9)
    assert t_of(table[20] / 2, table) == 20 and 0 < t_of((1 + table[1]) / 2, table) < 1
    levels = torch.linspace(0.999, 0.02, 500, dtype=torch.float64)
    assert (t_of(levels, table).diff() > 0).all()


def test_the_oracle_between_two_steps_is_that_of_a_schedule_through_the_level():
    level = (SCHEDULE.alpha_bar[6].item() + SCHEDULE.alpha_bar[7].item()) / 2
    through = Schedule.from_alpha_bar([0.9, level])
    x = noise(20, 2).double()
    assert torch.allclose(Oracle(Checkerboard(), SCHEDULE).at_level(x, level), Oracle(Checkerboard(), through)(x, 2),
                          rtol=1e-9, atol=1e-9)


def test_a_schedule_through_given_levels():
    """Its table is a product again: equal to some 1e-15 of each entry."""
    for made in (Schedule.linear(), Schedule.cosine(30)):
        again = Schedule.from_alpha_bar(made.alpha_bar[1:])
        assert torch.allclose(again.alpha_bar, made.alpha_bar, rtol=1e-12, atol=0)
    coarse = Schedule.from_alpha_bar(Schedule.linear().alpha_bar[[10, 40, 100]])
    assert coarse.T == 3 and coarse.alpha_bar[2].item() == pytest.approx(Schedule.linear().alpha_bar[40].item())
    for levels in ([0.5, 0.5], [0.3, 0.4], [1.0, 0.5], [[0.5]], [0.5, math.nan]):
        with pytest.raises(ValueError, match="alpha_bar must be numbers of shape"):
            Schedule.from_alpha_bar(levels)


@pytest.mark.parametrize("level, words", [(0.0, "alpha_bar must be between 0 and 1"), (math.nan, "alpha_bar must be"),
                                          (torch.tensor([0.1, 0.2]), r"have shape \(3,\), got shape \(2,\)"),
                                          (torch.tensor([0.1, 0.2, 1.5]), "must lie between 0 and 1")])
def test_levels_that_are_none(level, words):
    with pytest.raises(ValueError, match=words):
        FeatureMLP(SCHEDULE, 8).at_level(noise(3, 2), level)


# --- a walk is looked at in its first steps only ---------------------------------------------------------

def test_what_a_formula_calls_is_not_looked_at_again(monkeypatch):
    from toydiff.support import tensors
    looked, own = [], tensors.points
    monkeypatch.setattr(tensors, "points",
                        lambda x, name="x", **options: looked.append(name) or own(x, name, **options))
    model, x = FeatureMLP(SCHEDULE, 8), noise(4, 2)
    loss(model, x, 3, x, SCHEDULE)
    assert looked == ["x0", "eps", "xt"]    # xt: by the network, which is not ours to know
    looked.clear()
    list(ddpm(model, SCHEDULE, x, seed=0))
    assert looked == ["xT", "xt", "z", "xt"]    # the first of 20 steps, in full


def test_an_error_leaves_the_next_call_looked_at():
    def broken(x, t):
        raise RuntimeError("the model fails")

    for _ in range(2):
        with pytest.raises(RuntimeError, match="the model fails"):
            loss(broken, noise(3, 2), 1, noise(3, 2), SCHEDULE)
        with pytest.raises(ValueError, match="x0 must have shape"):
            loss(broken, noise(3), 1, noise(3), SCHEDULE)
    walk = ddpm(lambda x, t: x / 2, SCHEDULE, noise(3, 2), seed=0)
    next(walk), next(walk), next(walk)
    with pytest.raises(ValueError, match="x0 must have shape"):    # between two steps of a walk, as well
        add_noise(noise(3), 1, noise(3), SCHEDULE)


# --- a cloud of one's own --------------------------------------------------------------------------------

def test_a_cloud_is_scaled_and_comes_back():
    source = torch.Generator().manual_seed(0)
    given = torch.tensor([3.0, 100.0]) + torch.tensor([20.0, 5.0]) * torch.rand(500, 2, generator=source)
    cloud = Points(given.numpy())
    x = cloud.sample(2000, seed=1)
    assert x.dtype == torch.float32 and x.abs().max() <= 1 and x[:, 0].max() > 0.98 and x[:, 1].abs().max() < 0.3
    back = cloud.back(x)
    nearest = (back[:, None] - given.double()).norm(dim=2).min(1).values
    assert nearest.max() < 1e-4    # 20 · 6e-8 of float32, some more of it
    assert cloud.variance == pytest.approx(cloud.points.var(0, correction=0).mean().item(), rel=1e-5)
    assert torch.equal(x, cloud.sample(2000, seed=1)) and not torch.equal(x, cloud.sample(2000, seed=2))


@pytest.mark.parametrize("points, words", [
    ([[1.0, 2.0]] * 9, "points must be 10 at least, got 9"), ([[1.0, 2.0]] * 12, "all 12 points are alike"),
    ([[1.0]] * 12, r"two columns, shape \(rows, 2\), got shape \(12, 1\)"), ([1.0] * 12, "two columns"),
    ([[1.0, 2.0]] * 11 + [[math.nan, 1.0]], "row 12 holds NaN or infinity"), ("abc", "points must be numbers"),
    (None, "points must be numbers")])
def test_clouds_that_are_none(points, words):
    with pytest.raises((ValueError, TypeError), match=words):
        Points(points)


def test_the_network_takes_the_variance_of_the_data():
    """Where noise hides all (ᾱ → 0) nothing is added to the Gaussian answer; with another variance it is another."""
    x = noise(50, 2)
    for variance in (1 / 3, 0.02, 2.0):
        model = FeatureMLP(SCHEDULE, 8, variance=variance)
        nn.init.zeros_(model.layers[-1].weight), nn.init.zeros_(model.layers[-1].bias)
        a = SCHEDULE.alpha_bar[9].item()
        assert torch.allclose(model(x, 9), math.sqrt(1 - a) / (1 - a + a * variance) * x, rtol=1e-5)


def test_what_a_docstring_promises_holds_under_any_default():
    before = Checkerboard().sample(3, seed=1)
    torch.set_default_dtype(torch.float64)
    try:
        from toydiff.data import named_points
        board = Checkerboard()
        for made in (board.sample(3), board.edges, board.mean, board.covariance, named_points(),
                     sample(lambda x, t: x / 2, SCHEDULE, 3, seed=0)):
            assert made.dtype == torch.float32
        assert torch.equal(Checkerboard().sample(3, seed=1), before)
    finally:
        torch.set_default_dtype(torch.float32)


def test_train_and_losses_of_one_model_do_not_meet_another(tmp_path):
    """loss_per_t of a labelled model measures it without labels."""
    board = Checkerboard(2, "cells")
    model = FeatureMLP(SCHEDULE, 8, labels=2)
    plain = copy.deepcopy(model)
    unlabelled = loss_per_t(plain, Checkerboard(2), SCHEDULE, points=50)
    assert torch.equal(loss_per_t(model, board, SCHEDULE, points=50), unlabelled)
