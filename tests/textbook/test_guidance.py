"""Guidance: two answers and what is made of them, for any model; on the board, what it does to the samples, exactly."""

import math

import pytest
import torch
from torch import nn

from toydiff.data import Checkerboard
from toydiff.evaluation import by_label, place
from toydiff.fewer_steps import ddim, dpm2m, on_schedule, refined
from toydiff.forward_process import Schedule, add_noise, at
from toydiff.guidance import Guided, classifier_eps, guided, guided_eps, log_posterior
from toydiff.mlp import FeatureMLP
from toydiff.oracle import Oracle
from toydiff.sampling import beta_variance, ddpm, sample

SCHEDULE = Schedule.linear()
CELLS, HALVES = Checkerboard(4, "cells"), Checkerboard(4, "halves")
INNER, LEFT = 2, 0    # the cell in column 2, row 2; the left half
EXACT, EXACT_HALVES, FINE = Oracle(CELLS, SCHEDULE), Oracle(HALVES, SCHEDULE), refined(SCHEDULE, 300)


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
        label = torch.as_tensor(self.labels if label is None else label).expand(len(xt))
        label = label.view(-1, *[1] * (xt.ndim - 1))
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
    """sample splits its data into batches, and these into pieces of 5000; each walk ends at its label, exactly."""
    model, n = Spots(shape), 12_345
    label = torch.randint(3, (n,), generator=torch.Generator().manual_seed(0))
    for batch_size in (100_000, 7001):
        x = sample(guided(model, label, 1), SCHEDULE, n, seed=1, batch_size=batch_size)
        wanted = label.float().view(-1, *[1] * len(shape)).expand(n, *shape)
        assert x.shape == wanted.shape and torch.allclose(x, wanted, atol=1e-3)
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

    def model(xt, t):
        return classifier_eps(oracle, classifier, xt, t, each, 2.0, SCHEDULE)

    # within a sampler nobody keeps gradients
    ends = [dict(ddpm(one, SCHEDULE, x, seed=1))[0] for one in (model, guided(oracle, each, 2.0))]
    assert torch.allclose(*ends, atol=1e-5)


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
        xt = {t: add_noise(x0, t, noise(300, 2), SCHEDULE) for t in (1, 100)}
        late, early = (log_posterior(oracle, x, t).exp() for t, x in xt.items())
        assert late.gather(1, label[:, None]).mean() > 0.99 and early.max() < 1.4 / board.labels


# --- what it does to the samples, exactly ----------------------------------------------------------------
# The course's tables: γ, the std of the place within an inner cell (real .289), the unevenness of the four cells of a
# half (real 0). In each the tilted density, q(x_0 | c)^γ q(x_0)^(1−γ), is the same for every γ: even over the label.

def starts(n=256):
    """Normal points spread evenly (Sobol) through the normal's inverse: 256 leave less error than 10,000 drawn.

    Against 2,048 of them the std below moves by less than .002, the unevenness by less than .01.
    """
    even = torch.quasirandom.SobolEngine(2, scramble=True, seed=1).draw(n, dtype=torch.float64)
    return torch.special.ndtri(even)


def end_of(walk):
    *_, (_, x) = walk
    return x


def unevenness(x):
    return by_label(x, torch.zeros(len(x), dtype=torch.int64), HALVES)[LEFT].balance


def of_the_ode(oracle, label, gamma, **options):
    return end_of(dpm2m(on_schedule(guided(oracle, label, gamma, **options), FINE), FINE, starts()))


@pytest.mark.parametrize("gamma, std, uneven", [
    (1, 0.288, 0.023), (2, 0.136, 0.210), (3, 0.061, 0.351), (5, 0.011, 0.443)])
def test_guidance_on_the_deterministic_walk(gamma, std, uneven):
    """The probability-flow ODE: 300 steps of second order, even in log SNR."""
    assert place(of_the_ode(EXACT, INNER, gamma), CELLS).std().item() == pytest.approx(std, abs=0.02)
    assert unevenness(of_the_ode(EXACT_HALVES, LEFT, gamma)) == pytest.approx(uneven, abs=0.02)


def test_a_corner_cells_points_flee_to_the_corner():
    """Their mean place in the cell, 0 at the edges of the board: half way at γ = 1."""
    middle, fled = (place(of_the_ode(EXACT, 0, gamma), CELLS).mean(0) for gamma in (1, 3))
    assert (middle - 0.5).abs().max() < 0.03 and (fled - 0.14).abs().max() < 0.02


@pytest.mark.parametrize("gamma, std", [(1, 0.276), (2, 0.124), (3, 0.052), (5, 0.007)])
def test_guidance_with_ddim(gamma, std):
    x = end_of(ddim(guided(EXACT, INNER, gamma), SCHEDULE, starts()))
    assert place(x, CELLS).std().item() == pytest.approx(std, abs=0.02)


@pytest.mark.parametrize("gamma, std, uneven", [
    (1, 0.289, 0.00), (2, 0.257, 0.14), (3, 0.248, 0.21), (5, 0.239, 0.28)])
def test_guidance_with_noise_at_each_step(gamma, std, uneven):
    """ddpm, σ² = β, 100 steps. Standard errors with 3,000 points: .003 of the std, .008 of the unevenness, which at
    γ = 1 chance alone lifts to .013."""
    n, variance = 3000, beta_variance(SCHEDULE)
    x = sample(guided(EXACT, INNER, gamma), SCHEDULE, n, seed=1, variance=variance)
    assert place(x, CELLS).std().item() == pytest.approx(std, abs=0.02)
    x = sample(guided(EXACT_HALVES, LEFT, gamma), SCHEDULE, n, seed=2, variance=variance)
    assert unevenness(x) == pytest.approx(uneven, abs=0.02)


def test_guidance_at_some_noise_levels_does_less_harm():
    def walk(**options):
        return end_of(dpm2m(guided(on_schedule(EXACT_HALVES, FINE), LEFT, 3, schedule=FINE, **options), FINE, starts()))

    x = walk(interval=(1, 3))
    assert unevenness(x) == pytest.approx(0.022, abs=0.02)
    assert place(x, HALVES).std().item() == pytest.approx(0.26, abs=0.02)
    assert unevenness(walk()) > 0.3
    # the levels of a schedule are the same however it is asked: by its t, or between the steps of another
    assert torch.allclose(x, of_the_ode(EXACT_HALVES, LEFT, 3, interval=(1, 3), schedule=SCHEDULE), atol=1e-6)


def width(x, alpha_bar):
    """The standard deviation of a coordinate, in units of a cell, as it will be when the noise is gone."""
    return (x / alpha_bar.sqrt()).std(0).mean().item() * 2


def tilted_width(t, gamma):
    """That of the density whose score guidance follows at t, q(x_t | c)^γ q(x_t)^(1−γ), by a sum over a grid."""
    alpha_bar = SCHEDULE.alpha_bar[t]
    reach = alpha_bar.sqrt() + 4 * (1 - alpha_bar).sqrt()
    grid = torch.cartesian_prod(*2 * [torch.linspace(-reach, reach, 161, dtype=torch.float64)])
    log_p = gamma * EXACT.log_density(grid, t, INNER) + (1 - gamma) * EXACT.log_density(grid, t)
    p = log_p.softmax(0)[:, None]
    mean = (p * grid).sum(0)
    return ((p * (grid - mean) ** 2).sum(0) / alpha_bar).sqrt().mean().item() * 2


def test_why_noise_undoes_it():
    """With γ = 3 the density whose score is followed is never narrower than the cell. DDPM's points keep near to it,
    the deterministic walk's leave it, between t = 30 and 10, and never come back."""
    model, variance = guided(EXACT, INNER, 3), beta_variance(SCHEDULE)
    walks = {"noise": dict(ddpm(model, SCHEDULE, starts(1024), seed=1, variance=variance)),
             "none": dict(ddim(model, SCHEDULE, starts(1024)))}
    for t in (60, 30, 20, 10, 5, 1):
        tilted = tilted_width(t, 3)
        assert tilted > 0.28
        noisy, plain = (width(walks[name][t], SCHEDULE.alpha_bar[t]) for name in ("noise", "none"))
        assert 0.8 < noisy / tilted < 1.05
        assert plain / tilted < (1.05 if t > 30 else 0.95 if t > 20 else 0.7 if t > 10 else 0.3)


def test_noise_forgets_and_the_deterministic_walk_carries_on():
    """Without guidance, at t = 20, all points are drawn together to a fifth of their width. One walk mends it."""
    x0 = CELLS.sample(16_000, seed=1)
    x0 = x0[CELLS.cell_of(x0) == INNER][:1500]
    xt = add_noise(x0, 20, noise(*x0.shape, seed=2), SCHEDULE).double()
    xt = xt.mean(0) + 0.2 * (xt - xt.mean(0))
    part = Schedule.from_alpha_bar(SCHEDULE.alpha_bar[1:21])
    model = guided(Oracle(CELLS, part), INNER, 1)
    assert place(end_of(ddpm(model, part, xt, seed=3, variance=beta_variance(part))), CELLS).std().item() > 0.27
    assert place(end_of(ddim(model, part, xt)), CELLS).std().item() < 0.09


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
    (lambda: guided(KNOWING, 1, 2.0, interval=(3, 1), schedule=SCHEDULE), "interval must go from a number to a larger"),
    (lambda: guided(KNOWING, 1, 2.0, interval=5, schedule=SCHEDULE), r"interval must be two numbers, \(low, high\)"),
    (lambda: guided(KNOWING, 1, 2.0, interval=(1, math.nan), schedule=SCHEDULE), "interval must be finite, got nan"),
    (lambda: guided(KNOWING, 1, 2.0, interval=(1, 3)), "schedule must be a Schedule, got None"),
    (lambda: guided(KNOWING, torch.tensor([1, 2]), 2.0)(X, 3), r"label must be .* shape \(5,\), got shape \(2,\)"),
    (lambda: sample(guided(KNOWING, torch.tensor([1, 2]), 2.0), SCHEDULE, 3, seed=0), r"\(3,\), got shape \(2,\)"),
    (lambda: sample(guided(KNOWING, torch.arange(8), 2.0), SCHEDULE, 3, seed=0), r"\(3,\), got shape \(8,\)"),
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
