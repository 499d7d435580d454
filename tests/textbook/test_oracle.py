"""The oracle against what does not share its code: quadrature, 60-digit arithmetic, autograd, the samplers.

Tests that draw at random have a fixed seed. Where a bound is statistical, its false-alarm rate is said:
the chance that another seed, or another PyTorch whose generator differs, fails a right oracle.
"""

import math
from functools import cache

import mpmath
import numpy as np
import pytest
import torch

from toydiff import (
    Checkerboard,
    FeatureMLP,
    Oracle,
    Schedule,
    beta_variance,
    ddpm,
    loss_floor,
    loss_per_t,
    optimal_variance,
    posterior_variance,
    predict_x0,
    sample,
)
from toydiff.evaluation import balance, inside, sliced_wasserstein
from toydiff.oracle import _mean_square
from toydiff.support.normal import cut_normal

BOARD = Checkerboard()
SCHEDULES = {
    "reference": Schedule.reference(),
    "linear": Schedule.linear(),
    "cosine": Schedule.cosine(),
    "one step": Schedule([0.5]),
}


def by_quadrature(board, schedule, x, t, nodes=24):
    """E[ε | x_t], E[x_0 | x_t] and log q(x_t) by Bayes' rule, integrated over every filled cell by Gauss-Legendre."""
    alpha_bar = schedule.alpha_bar[t].item()
    a, s = math.sqrt(alpha_bar), math.sqrt(1 - alpha_bar)
    edges = board.edges.double().numpy()
    panels = math.ceil(a * (edges[1] - edges[0]) / s) + 1
    place, weight = np.polynomial.legendre.leggauss(nodes)

    def moments(value, cell):    # log ∫ N(value; a·u, s²) du over a column, and the mean u there
        cuts = np.linspace(edges[cell], edges[cell + 1], panels + 1)
        half = (cuts[1] - cuts[0]) / 2
        u = ((cuts[:-1] + half)[:, None] + half * place).ravel()
        exponent = -((value - a * u) / s) ** 2 / 2
        f = np.exp(exponent - exponent.max()) / s / math.sqrt(2 * math.pi) * np.tile(weight * half, panels)
        return math.log(f.sum()) + exponent.max(), (f * u).sum() / f.sum()

    log_weight, mean = [], []
    for column, row in board.filled.tolist():
        (x_mass, x_mean), (y_mass, y_mean) = moments(x[0], column), moments(x[1], row)
        log_weight.append(x_mass + y_mass - math.log(2))               # the data has density 1/2
        mean.append([x_mean, y_mean])
    weight = np.exp(np.array(log_weight) - max(log_weight))
    x0 = weight @ np.array(mean) / weight.sum()
    return (x - a * x0) / s, x0, max(log_weight) + math.log(weight.sum())


@pytest.mark.parametrize("cells", [2, 4, 6])
@pytest.mark.parametrize("name", SCHEDULES)
def test_agrees_with_quadrature_at_hundreds_of_points(name, cells):
    schedule, board = SCHEDULES[name], Checkerboard(cells)
    oracle, source = Oracle(board, schedule), torch.Generator().manual_seed(cells)
    t = torch.randint(1, schedule.T + 1, (60,), generator=source)
    t[:2] = torch.tensor([1, schedule.T])
    # half where x_t really is, half anywhere within 3 s around the board
    s = (1 - schedule.alpha_bar[t])[:, None].sqrt()
    xt = schedule.alpha_bar[t][:, None].sqrt() * board.sample(60, source).double()
    xt += s * torch.randn(60, 2, generator=source, dtype=torch.float64)
    xt[::2] = (torch.rand(30, 2, generator=source, dtype=torch.float64) * 2 - 1) * (1 + 3 * s[::2])
    eps, x0, log_q = oracle(xt, t), oracle.x0(xt, t), oracle.log_density(xt, t)
    for i in range(60):
        wanted_eps, wanted_x0, wanted_log_q = by_quadrature(board, schedule, xt[i].numpy(), t[i].item())
        assert np.abs(eps[i].numpy() - wanted_eps).max() < 1e-6
        assert np.abs(x0[i].numpy() - wanted_x0).max() < 1e-6
        assert abs(log_q[i].item() - wanted_log_q) < 1e-6


@pytest.mark.parametrize("middle", [0.0, 0.3, -3.0, 12.5, -100.0, 1000.0])
@pytest.mark.parametrize("width", [1e-12, 1e-6, 1e-3, 0.009, 0.011, 0.2, 3.0, 50.0])
def test_a_cut_normal_to_60_digits(middle, width):
    with mpmath.workdps(60):
        left = -abs(mpmath.mpf(middle))
        near, far = left + mpmath.mpf(width) / 2, left - mpmath.mpf(width) / 2
        mass = mpmath.erfc(-near / mpmath.sqrt(2)) / 2 - mpmath.erfc(-far / mpmath.sqrt(2)) / 2
        wanted_density = float(mpmath.log(mass / width))
        wanted_place = float(((mpmath.npdf(far) - mpmath.npdf(near)) / mass - left) / width) * (-1 if middle > 0 else 1)
    log_density, place = cut_normal(*torch.tensor([[middle], [width]], dtype=torch.float64))
    assert log_density.item() == pytest.approx(wanted_density, rel=1e-9, abs=1e-9)
    assert place.item() == pytest.approx(wanted_place, abs=1e-6)
    assert middle + place.item() * width == pytest.approx(middle + wanted_place * width, abs=1e-6)


@pytest.mark.parametrize("name", SCHEDULES)
def test_score_is_the_gradient_of_the_log_density(name):
    schedule, source = SCHEDULES[name], torch.Generator().manual_seed(0)
    oracle = Oracle(BOARD, schedule)
    t = torch.randint(1, schedule.T + 1, (500,), generator=source)
    xt = torch.randn(500, 2, generator=source, dtype=torch.float64, requires_grad=True)
    gradient, = torch.autograd.grad(oracle.log_density(xt, t).sum(), xt)
    torch.testing.assert_close(oracle.score(xt, t), gradient, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("cells", [2, 4, 6, 32])
@pytest.mark.parametrize("distance", [0, 1, 3, 10, 1000, 1e6])
def test_finite_everywhere_and_autograd_too(distance, cells, dtype):
    turn = torch.linspace(0, 2 * math.pi, 41, dtype=torch.float64)    # along the axes, the diagonals, between
    for schedule in [*SCHEDULES.values(), Schedule([0.999] * 24)]:    # the last one: as little of the data as may be
        oracle = Oracle(Checkerboard(cells), schedule)
        xt = (distance * torch.stack([turn.cos(), turn.sin()], dim=1)).to(dtype).requires_grad_()
        for t in {1, max(1, schedule.T // 2), schedule.T}:
            for answer in (oracle(xt, t), oracle.x0(xt, t), oracle.score(xt, t), oracle.log_density(xt, t)):
                assert answer.isfinite().all() and answer.dtype == dtype
                assert distance > 1000 or torch.autograd.grad(answer.sum(), xt)[0].isfinite().all()
            assert oracle.x0(xt, t).abs().max() <= 1.000001


def test_far_away_x0_is_the_nearest_filled_corner():
    oracle = Oracle(BOARD, Schedule.linear())        # the corners (-1, -1) and (1, 1) are filled
    far = torch.tensor([[10.0, 9.0], [-10.0, -9.0]])
    torch.testing.assert_close(oracle.x0(far, 1), far.sign(), rtol=0, atol=1e-4)
    eps = (far.double() - Schedule.linear().alpha_bar[1].sqrt() * far.sign()) / 0.01
    torch.testing.assert_close(oracle(far.double(), 1), eps, rtol=1e-4, atol=0)


def test_symmetry():
    oracle, x = Oracle(BOARD, Schedule.linear()), torch.randn(200, 2, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(oracle(-x, 20), -oracle(x, 20))
    torch.testing.assert_close(oracle(x.flip(1), 20), oracle(x, 20).flip(1))


def test_eps_and_x0_tell_the_same():
    schedule, source = Schedule.linear(), torch.Generator().manual_seed(0)
    oracle, xt = Oracle(BOARD, schedule), torch.randn(300, 2, generator=source, dtype=torch.float64)
    t = torch.randint(1, 101, (300,), generator=source)
    torch.testing.assert_close(oracle.x0(xt, t), predict_x0(xt, t, oracle(xt, t), schedule), rtol=0, atol=1e-9)
    assert oracle.x0(xt * 5, t).abs().max() <= 1 + 1e-12    # weights that add up to 1 but for their rounding


def test_float32_answers_as_float64_does():
    oracle, source = Oracle(BOARD, Schedule.linear()), torch.Generator().manual_seed(0)
    xt, t = torch.randn(500, 2, generator=source) * 3, torch.randint(1, 101, (500,), generator=source)
    for method in (oracle, oracle.x0, oracle.score, oracle.log_density):
        torch.testing.assert_close(method(xt, t), method(xt.double(), t).float(), rtol=1e-6, atol=0)


def test_a_batch_of_mixed_t_answers_as_each_alone():
    oracle, source = Oracle(BOARD, Schedule.cosine()), torch.Generator().manual_seed(0)
    xt, t = torch.randn(50, 2, generator=source), torch.arange(1, 101, 2)
    for method in (oracle, oracle.x0, oracle.score, oracle.log_density):
        alone = torch.cat([method(xt[i:i + 1], t[i].item()) for i in range(50)])
        torch.testing.assert_close(method(xt, t), alone)
        torch.testing.assert_close(method(xt, torch.tensor(7)), method(xt, 7))


def test_it_takes_and_refuses_what_a_network_does():
    schedule = Schedule.linear()
    oracle, network = Oracle(BOARD, schedule).eval().requires_grad_(False), FeatureMLP(schedule)
    for x, t in [(torch.zeros(5, 2), 3), (torch.zeros(1, 2), torch.tensor([100])), (torch.zeros(0, 2), 1)]:
        assert oracle(x, t).shape == network(x, t).shape == x.shape and oracle(x, t).dtype == network(x, t).dtype
    for x, t in [(torch.zeros(5, 3), 3), (torch.zeros(2), 3), (torch.zeros(5, 2), 0), (torch.zeros(5, 2), 101),
                 (torch.zeros(5, 2), torch.tensor([1, 2])), (torch.zeros(5, 2), torch.tensor([0, 1, 2, 3, 4])),
                 (torch.full((5, 2), math.nan), 3), (torch.zeros(5, 2), 3.0), (torch.zeros(5, 2).long(), 3)]:
        messages = []
        for model in (network, oracle, oracle.x0, oracle.score, oracle.log_density):
            with pytest.raises((ValueError, TypeError)) as caught:
                model(x, t)
            messages.append(str(caught.value))
        assert len(set(messages)) == 1 and "\n" not in messages[0]
    x = torch.randn(5, 2)
    before = x.clone()
    oracle(x, 3)
    assert x.equal(before)


def test_refuses_another_board_or_schedule():
    with pytest.raises(TypeError, match="wants a Checkerboard and a Schedule, got int and Schedule"):
        Oracle(4, Schedule.linear())
    with pytest.raises(TypeError, match="got Checkerboard and Tensor"):
        Oracle(BOARD, torch.rand(10))


# --- the loss floor --------------------------------------------------------------------------------------

@cache
def floor_of(name):
    return loss_floor(BOARD, SCHEDULES[name])


@pytest.mark.parametrize("name, wanted", [("reference", 0.50386), ("linear", 0.24819), ("cosine", 0.31941)])
def test_loss_floor_of_the_known_schedules(name, wanted):
    floor = floor_of(name)
    assert floor.shape == (101,) and floor.dtype == torch.float64 and floor[0] == 0
    assert floor[1:].mean().item() == pytest.approx(wanted, abs=1e-5)
    assert ((floor[1:] > 0) & (floor[1:] < 1)).all()


@pytest.mark.parametrize("cells", [2, 4, 8])
def test_loss_floor_is_exact_to_a_millionth(cells):
    schedule = Schedule.linear()
    oracle, floor = Oracle(Checkerboard(cells), schedule), loss_floor(Checkerboard(cells), schedule)
    for t in (2, 3, 5, 8, 12, 18, 30, 60, 100):
        assert 1 - _mean_square(oracle, t, steps_per_s=6) / 2 == pytest.approx(floor[t].item(), abs=1e-6)


def test_loss_floor_is_the_loss_of_the_oracle():
    # per t: 99 comparisons within 5 standard errors of a mean of squares; false alarms under 1e-4
    schedule, points = Schedule.cosine(), 4096
    floor = floor_of("cosine")
    measured = loss_per_t(Oracle(BOARD, schedule), BOARD, schedule, points)
    assert (measured[1:] - floor[1:]).abs().max() < 5 * (2 / points) ** 0.5
    assert (measured[1:].mean() - floor[1:].mean()).abs() < 5 * (2 / points) ** 0.5 / 10


def test_loss_floor_of_pure_noise():
    # once nothing is left of the data, the floor is what is not known about x_0: ᾱ/(1 − ᾱ) · Var[x_0]
    schedule = Schedule([0.999, 0.999])
    assert loss_floor(BOARD, schedule)[2].item() == pytest.approx(schedule.snr[2].item() / 3, rel=1e-3)


# --- the samplers on the oracle --------------------------------------------------------------------------

CEILINGS = {    # schedule -> variance -> share inside, total variation, sliced Wasserstein-2: means of four seeds
    "reference": {"posterior": (0.9995, 0.008, 0.008), "beta": (0.999, 0.011, 0.008), "optimal": (0.999, 0.010, 0.008)},
    "linear": {"posterior": (0.999, 0.017, 0.019), "beta": (0.998, 0.008, None), "optimal": (0.998, 0.010, None)},
    "cosine": {"posterior": (0.997, 0.014, 0.016), "beta": (0.995, 0.009, 0.010), "optimal": (0.996, 0.011, 0.012)},
}


@pytest.mark.parametrize("variance", ["posterior", "beta", "optimal"])
@pytest.mark.parametrize("name", CEILINGS)
def test_the_ceilings_of_the_samplers(name, variance):
    # 20,000 samples, one seed; the table's figures are means of four seeds, the shares rounded to 0.1 %.
    # Share inside: rounding + 3 standard errors. The two others scatter by 0.0025 between seeds: ± 0.010 is
    # 3.4 standard errors of the difference. False alarms: below 1 % for each of the nine.
    schedule = SCHEDULES[name]
    variances = {"posterior": posterior_variance, "beta": beta_variance,
                 "optimal": lambda schedule: optimal_variance(schedule, floor_of(name))}
    x = sample(Oracle(BOARD, schedule), schedule, 20_000, seed=0, variance=variances[variance](schedule))
    wanted_inside, wanted_balance, wanted_distance = CEILINGS[name][variance]
    assert inside(x, BOARD) == pytest.approx(wanted_inside, abs=0.0015 if wanted_inside >= 0.998 else 0.0025)
    assert balance(x, BOARD) == pytest.approx(wanted_balance, abs=0.010)
    if wanted_distance:
        assert sliced_wasserstein(x, BOARD.sample(20_000, seed=9)) == pytest.approx(wanted_distance, abs=0.010)
    # E|x|² of the board is 2/3; β̃ makes the samples too narrow where steps are large. Standard error 0.003
    wanted_square = {"reference": (0.667, 0.677, 0.674), "linear": (0.635, 0.658, 0.651),
                     "cosine": (0.643, 0.660, 0.655)}
    assert (x**2).sum(1).mean().item() == pytest.approx(
        dict(zip(variances, wanted_square[name], strict=True))[variance], abs=0.010)


def test_ddpm_on_the_oracle_is_as_good_as_real():
    # real draws of this size have a balance above 0.0142, and a distance above 0.018, once in 1000 times
    schedule = Schedule.reference()
    xT = torch.randn(20_000, 2, generator=torch.Generator().manual_seed(1))
    x = dict(ddpm(Oracle(BOARD, schedule), schedule, xT, seed=2))[0]
    assert inside(x, BOARD) >= 0.998
    assert balance(x, BOARD) <= 0.0142
    assert sliced_wasserstein(x, BOARD.sample(20_000, seed=3)) <= 0.018


@pytest.mark.parametrize("cells", [2, 4, 32])
def test_the_floor_of_a_fine_board_takes_no_more_memory(monkeypatch, cells):
    """One piece of the grid and all columns: of 200 cells a side it took 7 GB."""
    asked = []

    def nothing(oracle, xt, alpha_bar, label=None):
        asked.append(len(xt))
        return torch.zeros(len(xt), 2, 1), torch.zeros(1), None, torch.zeros(len(xt))

    monkeypatch.setattr(Oracle, "_columns", nothing)
    _mean_square(Oracle(Checkerboard(cells), Schedule.linear(10)), 1)
    assert sum(asked) > 200_000 and max(asked) * cells <= 800_000
