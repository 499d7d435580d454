"""Guidance: two answers and what is made of them, for any model; on the board, what it does to the samples, exactly."""

import math

import pytest
import torch
from torch import nn

from toydiff.data import Checkerboard
from toydiff.forward_process import Schedule, add_noise, at
from toydiff.guidance import Guided, classifier_eps, guided, guided_eps, log_posterior
from toydiff.mlp import FeatureMLP
from toydiff.oracle import Oracle
from toydiff.sampling import beta_variance, ddpm, sample

SCHEDULE = Schedule.linear()
CELLS, HALVES = Checkerboard(4, "cells"), Checkerboard(4, "halves")
INNER, LEFT = 2, 0    # the cell in column 2, row 2; the left half
TILTED = Oracle(CELLS, SCHEDULE)


def noise(*shape, seed=0, dtype=torch.float32):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


class Spots(nn.Module):
    """The exact denoiser of data of any shape in which all numbers of a datum are its label: 0, 1, 2. The null: 5.

    Its walks end at the label to the last digit, whatever is drawn on the way. asked: the size of every batch.
    """

    T, labels = SCHEDULE.T, 3

    def __init__(self, shape=(2,)):
        super().__init__()
        self.shape, self.asked = shape, []

    def forward(self, xt, t, label=None):
        return self._eps(xt, at(SCHEDULE.alpha_bar, t, xt), label)

    def at_level(self, xt, alpha_bar, label=None):
        level = torch.as_tensor(alpha_bar, dtype=torch.float64)
        return self._eps(xt, level.view(-1, *[1] * (xt.ndim - 1)) if level.ndim else level, label)

    def _eps(self, xt, alpha_bar, label):
        self.asked.append(len(xt))
        label = torch.as_tensor(self.labels if label is None else label).expand(len(xt)).view(-1, *[1] * (xt.ndim - 1))
        x0 = torch.where(label == self.labels, 5, label)
        return ((xt - alpha_bar.sqrt() * x0) / (1 - alpha_bar).sqrt()).to(xt.dtype)


# --- two answers -----------------------------------------------------------------------------------------

def test_both_ways_of_counting_are_one():
    eps, other = noise(4, 3, dtype=torch.float64), noise(4, 3, seed=1, dtype=torch.float64)
    for w in (-0.5, 0.0, 0.7, 4.0):
        assert torch.allclose(guided_eps(eps, other, 1 + w), (1 + w) * eps - w * other, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("shape", [(2,), (1, 8, 8), (3,)], ids=str)
@pytest.mark.parametrize("t", [7, torch.tensor(7), torch.tensor([3, 100, 1, 50, 7])], ids=["int", "0-d", "each"])
@pytest.mark.parametrize("label", [1, torch.tensor(1), torch.tensor([2, 0, 0, 1, 3])], ids=["int", "0-d", "each"])
@pytest.mark.parametrize("gamma", [-1, 0, 1, 3.5])
def test_the_two_answers_of_any_shape(shape, t, label, gamma):
    """And no more than one call, of two evaluations for each datum; where γ = 1 of one."""
    model, x = Spots(shape), noise(5, *shape)
    with_label, without = model(x, t, label), model(x, t)
    model.asked.clear()
    answer = guided(model, label, gamma)(x, t)
    assert torch.allclose(answer, (1 - gamma) * without + gamma * with_label, rtol=1e-4, atol=1e-4)
    assert answer.dtype == x.dtype and model.asked == [5 if gamma == 1 else 10]


def test_a_walk_costs_two_evaluations_a_step_in_one_call():
    model = Spots()
    list(ddpm(guided(model, 1, 2.0), SCHEDULE, noise(6, 2), seed=0))
    assert model.asked == [12] * SCHEDULE.T


@pytest.mark.parametrize("shape", [(2,), (1, 2, 2)], ids=str)
def test_every_datum_keeps_its_label_whatever_the_batches(shape):
    """sample splits its data into batches, and these into pieces of 5000; the end of each walk is its label, exactly."""
    model, n = Spots(shape), 12_345
    label = torch.randint(3, (n,), generator=torch.Generator().manual_seed(0))
    for batch_size in (100_000, 7001):
        x = sample(guided(model, label, 1), SCHEDULE, n, seed=1, batch_size=batch_size)
        assert x.shape == (n, *shape) and torch.allclose(x, label.view(-1, *[1] * len(shape)).expand_as(x).float(), atol=1e-3)
    x = sample(guided(model, label, 3), SCHEDULE, n, seed=1, batch_size=7001)    # 5 + 3 (label − 5)
    assert torch.allclose(x.flatten(1)[:, 0], 3 * label - 10.0, atol=3e-3)


def test_between_the_steps_it_answers_as_at_them():
    model, x = Spots(), noise(5, 2)
    made = guided(model, torch.tensor([0, 1, 2, 0, 1]), 2.0, interval=(-1, 1), schedule=SCHEDULE)
    for t in (1, 30, 50, 90):
        assert torch.allclose(made.at_level(x, SCHEDULE.alpha_bar[t].item()), made(x, t), rtol=1e-4, atol=1e-5)
    t = torch.tensor([1, 30, 50, 90, 100])
    assert torch.allclose(made.at_level(x, SCHEDULE.alpha_bar[t]), made(x, t), rtol=1e-4, atol=1e-5)


def test_guidance_holds_within_its_interval_alone():
    model, x = Spots(), noise(5, 2)
    t = torch.tensor([1, 10, 30, 60, 100])
    log_snr = SCHEDULE.alpha_bar[t].logit() / 2
    low, high = (log_snr[3] + log_snr[2]).item() / 2, (log_snr[1] + log_snr[0]).item() / 2    # 10 and 30 lie within
    made = guided(model, 1, 4, interval=(low, high), schedule=SCHEDULE)
    label_alone, everywhere = guided(model, 1, 1)(x, t), guided(model, 1, 4)(x, t)
    within = torch.tensor([False, True, True, False, False])[:, None]
    assert torch.allclose(made(x, t), torch.where(within, everywhere, label_alone), rtol=1e-5, atol=1e-5)
    for i, one in enumerate(t.tolist()):
        model.asked.clear()
        assert torch.allclose(made(x, one)[i], made(x, t)[i], rtol=1e-5, atol=1e-5)
        assert model.asked[0] == (10 if within[i] else 5)    # without it half the work
    always = guided(model, 1, 4, interval=(-math.inf, math.inf), schedule=SCHEDULE)
    assert torch.allclose(always(x, t), everywhere)


def test_a_weaker_model_in_the_place_of_no_label():
    model, weaker, x = Spots(), lambda xt, t, label=None: xt / 2, noise(4, 2)
    for label in (2, torch.tensor([0, 1, 2, 1]), None):
        answer = guided(model, label, 2.5, weaker=weaker)(x, 20)
        assert torch.allclose(answer, 2.5 * model(x, 20, label) - 1.5 * x / 2, rtol=1e-5, atol=1e-5)
    n = 6001
    label = torch.arange(n) % 3
    x = sample(guided(model, label, 2, weaker=Spots()), SCHEDULE, n, seed=1)
    assert torch.allclose(x[:, 0], label.float(), atol=1e-3)


def test_it_is_a_network_with_the_shape_and_the_weights_of_its_model():
    model = FeatureMLP(SCHEDULE, 8, labels=8)
    made = guided(model, 3, 2.0)
    assert isinstance(made, Guided) and made.shape == (2,) and made.labels == 0
    assert [*made.parameters()] == [*model.parameters()]
    assert sample(guided(Spots((4, 1)), 2, 1), SCHEDULE, 3, seed=0).shape == (3, 4, 1)
    plain = guided(lambda x, t, label=None: x / 3, None, 2.0, weaker=lambda x, t, label=None: x)
    assert torch.allclose(plain(noise(3, 2), 5), (2 / 3 - 1) * noise(3, 2))    # a function has no shape, and needs none


# --- two ways that are one -------------------------------------------------------------------------------

@pytest.mark.parametrize("board", [CELLS, HALVES, Checkerboard(6, "rows")], ids=str)
def test_the_classifiers_gradient_is_the_difference_of_two_denoisers(board):
    """To 1e-6; what is left, 5e-9 at t = 1, is the digits that autograd loses far from the cells."""
    oracle, x = Oracle(board, SCHEDULE), noise(40, 2, dtype=torch.float64)

    def classifier(xt, t):
        return log_posterior(oracle, xt, t)

    each = torch.arange(40) % board.labels
    for t in (1, 5, 30, 100, torch.arange(1, 41)):
        for label in (1, each):
            by_gradient = classifier_eps(oracle, classifier, x, t, label, 3.0, SCHEDULE)
            assert torch.allclose(by_gradient, guided(oracle, label, 3.0)(x, t), rtol=1e-6, atol=1e-6)
    with torch.no_grad():    # as within a sampler
        walk = dict(ddpm(lambda xt, t: classifier_eps(oracle, classifier, xt, t, each, 2.0, SCHEDULE), SCHEDULE, x, seed=1))
    assert torch.allclose(walk[0], dict(ddpm(guided(oracle, each, 2.0), SCHEDULE, x, seed=1))[0], atol=1e-5)


def test_how_sure_one_can_be_of_a_label():
    """A probability for each; by Bayes' rule that of the densities; all but even in noise, all but sure in a cell."""
    for board in (CELLS, HALVES):
        oracle, x0 = Oracle(board, SCHEDULE), board.sample(300, seed=1).double()
        log_p = log_posterior(oracle, x0, 20)
        assert log_p.shape == (300, board.labels) and torch.allclose(log_p.exp().sum(1), torch.ones(300).double())
        for label in range(board.labels):
            bayes = oracle.log_density(x0, 20, label) - oracle.log_density(x0, 20) - math.log(board.labels)
            assert torch.allclose(log_p[:, label], bayes, atol=1e-9)
        x0, label = board.sample_labelled(300, seed=1)
        late, early = (log_posterior(oracle, add_noise(x0, t, noise(300, 2), SCHEDULE), t).exp() for t in (1, 100))
        assert late.gather(1, label[:, None]).mean() > 0.99 and early.max() < 1.4 / board.labels


# --- bad input -------------------------------------------------------------------------------------------

KNOWING, PLAIN, X = FeatureMLP(SCHEDULE, 8, labels=8), FeatureMLP(SCHEDULE, 8), noise(5, 2)


@pytest.mark.parametrize("call, words", [
    (lambda: guided(KNOWING, 9, 1.0), "label must be at most 8, got 9"),
    (lambda: guided(KNOWING, torch.tensor([1, 9]), 1.0), r"label must lie in 0\.\.8 \(8: no label\), got 9"),
    (lambda: guided(KNOWING, torch.tensor([0.5]), 1.0), "label must hold integers 0..8"),
    (lambda: guided(KNOWING, None, 1.0), "label must be an integer, got None"),
    (lambda: guided(KNOWING, "left", 1.0), "label must be an integer, got 'left'"),
    (lambda: guided(PLAIN, 1, 1.0), "this model was trained without labels"),
    (lambda: guided(lambda x, t: x, 1, 1.0), "this model was trained without labels"),
    (lambda: guided(3, 1, 1.0), "model must be a network"),
    (lambda: guided(KNOWING, 1, math.nan), "gamma must be finite, got nan"),
    (lambda: guided(KNOWING, 1, math.inf), "gamma must be finite, got inf"),
    (lambda: guided(KNOWING, 1, "3"), "gamma must be a number, got '3'"),
    (lambda: guided(KNOWING, 1, 2.0, weaker=3), "model must be a network"),
    (lambda: guided(KNOWING, 1, 2.0, interval=(3, 1), schedule=SCHEDULE), r"interval must go from a number to a larger one"),
    (lambda: guided(KNOWING, 1, 2.0, interval=5, schedule=SCHEDULE), r"interval must be two numbers, \(low, high\), got 5"),
    (lambda: guided(KNOWING, 1, 2.0, interval=(1, math.nan), schedule=SCHEDULE), "interval must be finite, got nan"),
    (lambda: guided(KNOWING, 1, 2.0, interval=(1, 3)), "schedule must be a Schedule, got None"),
    (lambda: guided(KNOWING, torch.tensor([1, 2]), 2.0)(X, 3), r"label must be one integer or have shape \(5,\), got shape \(2,\)"),
    (lambda: sample(guided(KNOWING, torch.tensor([1, 2]), 2.0), SCHEDULE, 3, seed=0), r"have shape \(3,\), got shape \(2,\)"),
    (lambda: sample(guided(KNOWING, torch.arange(8), 2.0), SCHEDULE, 3, seed=0), r"have shape \(3,\), got shape \(8,\)"),
    (lambda: guided(KNOWING, 1, 2.0)(X, 101), "t must lie in 1..100, got 101"),
    (lambda: guided(KNOWING, 1, 2.0)(X, torch.tensor([1, 2])), r"t must be one integer or have shape \(5,\)"),
    (lambda: guided(KNOWING, 1, 2.0)(noise(5, 3), 1), r"xt must have shape \(batch, 2\), got \(5, 3\)"),
    (lambda: guided(KNOWING, 1, 2.0)(X.double(), 1), "xt must be torch.float32 like the network's weights"),
    (lambda: guided(KNOWING, 1, 2.0).at_level(X, 1.5), "alpha_bar must be between 0 and 1"),
])
def test_wrong_arguments(call, words):
    with pytest.raises((ValueError, TypeError), match=words) as error:
        call()
    assert len(str(error.value).splitlines()) == 1
