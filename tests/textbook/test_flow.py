"""Flow: the velocity against the oracle and Gaussians, the walks against exact solutions, objectives against mix-ups.

For data N(0, v) every number goes its own way: x_u has variance σ² = (1 − u)²v + u², the velocity is σ'/σ · x_u, and
the exact walk keeps x_u / σ as it is. Statistical tests use fixed seeds; each states how often a fresh one would fail.
"""

import itertools
import math

import pytest
import torch
from torch import nn

from toydiff import checkpoint, flow, rectified
from toydiff.data import Checkerboard
from toydiff.evaluation import excess_loss
from toydiff.fewer_steps import ddim, dpm2m, on_schedule
from toydiff.forward_process import Schedule
from toydiff.guidance import guided
from toydiff.mlp import FeatureMLP
from toydiff.oracle import Oracle
from toydiff.sampling import ddpm, sample
from toydiff.support.pieces import in_pieces
from toydiff.training import loss, loss_per_t, train

BOARD, SCHEDULE = Checkerboard(), Schedule.linear()
ORACLE = Oracle(BOARD, SCHEDULE)
EXACT = flow.AsFlow(ORACLE)
SHAPES = [(2,), (1, 8, 8), (3,)]
V = 0.25


def normal(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def uniform(n, seed=0, low=0.0, high=1.0):
    return low + (high - low) * torch.rand(n, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


class Gaussian(nn.Module):
    """The exact flow of data N(0, V), of any shape."""

    objective, labels = "flow", 0

    def __init__(self, shape=(2,)):
        super().__init__()
        self.shape = shape

    def forward(self, xu, u, label=None):
        u = u.view(-1, *[1] * (xu.ndim - 1)) if isinstance(u, torch.Tensor) and u.ndim else u
        return (u - (1 - u) * V) / ((1 - u) ** 2 * V + u**2) * xu


# --- the line and its coordinates ------------------------------------------------------------------------

@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_the_line_begins_at_the_data_and_ends_at_the_noise(shape):
    x0, eps, u = normal(5, *shape), normal(5, *shape, seed=1), uniform(5)
    assert torch.equal(flow.interpolate(x0, 0, eps), x0) and torch.equal(flow.interpolate(x0, 1.0, eps), eps)
    each = flow.interpolate(x0, u, eps)
    for i in range(5):    # each has its own u
        assert torch.allclose(each[i], x0[i] + u[i] * (eps[i] - x0[i]), rtol=1e-12, atol=1e-12)
        assert torch.allclose(flow.interpolate(x0, u[i].item(), eps)[i], each[i], rtol=1e-12, atol=1e-12)
    assert flow.interpolate(x0.float(), u, eps.float()).dtype == torch.float32


def test_a_level_and_its_u_have_one_snr():
    u = uniform(200, low=1e-3)
    alpha_bar = flow.level_of(u)
    assert torch.allclose(alpha_bar / (1 - alpha_bar), ((1 - u) / u) ** 2, rtol=1e-9)
    assert torch.allclose(flow.u_of(alpha_bar), u, rtol=1e-9)
    x0, eps = normal(200, 2), normal(200, 2, seed=1)
    a = alpha_bar[:, None]
    scaled = flow.interpolate(x0, u, eps) / flow.width(u)[:, None]
    assert torch.allclose(scaled, a.sqrt() * x0 + (1 - a).sqrt() * eps, rtol=1e-9, atol=1e-9)


def five_names(xu, u):
    """What the oracle knows at x_u of each name, by its definition: ε and x0 are means, the score is a gradient."""
    x = xu.clone().requires_grad_()
    eps, x0, log_q = torch.empty_like(xu), torch.empty_like(xu), []
    for i in range(len(xu)):
        level, c = flow.level_of(u[i].item()), flow.width(u[i].item())
        oracle = Oracle(BOARD, Schedule.from_alpha_bar([level]))
        eps[i], x0[i] = oracle(xu[i:i + 1] / c, 1)[0], oracle.x0(xu[i:i + 1] / c, 1)[0]
        log_q.append(oracle.log_density(x[i:i + 1] / c, 1))
    score, = torch.autograd.grad(torch.cat(log_q).sum(), x)
    signal, noise = ((1 - u) / flow.width(u))[:, None], (u / flow.width(u))[:, None]
    return {"eps": eps, "x0": x0, "score": score, "v": signal * eps - noise * x0, "velocity": eps - x0}


def test_the_five_names_say_the_same_on_the_oracle():
    """Hundreds of (x, u), float64, to 1e-6 of what is to be said, which next to an end of u is large."""
    u = torch.cat([uniform(380, low=0.02, high=0.98), torch.linspace(0.02, 0.98, 20, dtype=torch.float64)])
    xu = flow.interpolate(BOARD.sample(400, 1).double(), u, normal(400, 2, seed=2))
    known = five_names(xu, u)
    for given, wanted in itertools.product(known, repeat=2):
        got = flow.convert(xu, u, known[given], given, wanted)
        error = (got - known[wanted]).abs() / known[wanted].abs().clamp(min=1)
        assert error.max() < 1e-6, (given, wanted, error.max())
    assert torch.allclose(EXACT(xu, u), known["velocity"], rtol=1e-6, atol=1e-6)


def test_where_a_name_is_blind_it_gives_no_number():
    xu, answer = normal(3, 2), normal(3, 2, seed=1)
    for given, end in [("eps", 1.0), ("score", 1.0), ("x0", 0.0)]:
        assert not flow.convert(xu, end, answer, given, "velocity").isfinite().any()
    assert not flow.convert(xu, 0.0, answer, "velocity", "score").isfinite().any()
    for end in (0.0, 1.0):    # v and velocity are never blind
        there = flow.convert(xu, end, answer, "v", "velocity")
        assert torch.allclose(flow.convert(xu, end, there, "velocity", "v"), answer)
    with pytest.raises(ValueError, match="given must be one of 'eps', 'x0', 'score', 'v', 'velocity', got 'noise'"):
        flow.convert(xu, 0.5, answer, "noise", "v")


def density(x, u):
    """The density of x_u."""
    oracle, c = Oracle(BOARD, Schedule.from_alpha_bar([flow.level_of(u)])), flow.width(u)
    return oracle.log_density(x / c, 1).exp() / c**2


@pytest.mark.parametrize("u", [0.1, 0.3, 0.6, 0.9])
def test_the_exact_velocity_moves_the_density_as_it_changes(u):
    """∂p/∂u + ∇·(p v) = 0, by central differences, whose error is some h²: 1e-10 · the third derivatives."""
    x, h = 1.2 * normal(60, 2), 1e-5
    change = (density(x, u + h) - density(x, u - h)) / (2 * h)
    flux = 0
    for step in h * torch.eye(2, dtype=torch.float64):
        there, here = ((density(x + s, u)[:, None] * EXACT(x + s, u)) @ step / h for s in (step, -step))
        flux = flux + (there - here) / (2 * h)
    assert torch.allclose(change, -flux, atol=1e-6 * change.abs().max().item() + 1e-7)
    assert change.abs().max() > 1e-2


def test_single_pairs_teach_the_velocity_of_all():
    """Theorem 2: the loss of pairs and the distance to the exact field differ by one number, whatever the model. The
    same 100,000 pairs for all; the difference of two such sums has a standard error of about 0.005: 5 of them."""
    n = 100_000
    x0, eps, u = BOARD.sample(n, 1).double(), normal(n, 2, seed=2), uniform(n, seed=3, low=0.05, high=0.95)
    xu = flow.interpolate(x0, u, eps)
    exact, gaps = EXACT(xu, u), []
    for model in (lambda x, u, label=None: exact, lambda x, u, label=None: 0 * x, lambda x, u, label=None: x - 0.5):
        of_pairs, of_field = flow.flow_loss(model, x0, u, eps), ((model(xu, u) - exact) ** 2).mean()
        gaps.append((of_pairs - of_field).item())
    assert gaps[0] > 0.3    # what no model can know
    assert gaps[1] == pytest.approx(gaps[0], abs=0.025) and gaps[2] == pytest.approx(gaps[0], abs=0.025)


# --- walks -----------------------------------------------------------------------------------------------

@pytest.mark.parametrize("levels", [SCHEDULE, Schedule.cosine(20), Schedule.linear(6, 0.05, 0.5)], ids=repr)
def test_euler_in_u_is_ddim_on_the_same_levels(levels):
    oracle, xT = Oracle(BOARD, levels), normal(500, 2)
    walked = list(flow.euler(flow.AsFlow(oracle), levels, xT))
    for (u, xu), (t, xt) in zip(walked, ddim(oracle, levels, xT), strict=True):
        assert u == pytest.approx(flow.u_of(levels.alpha_bar[t]).item(), abs=1e-12)
        assert torch.allclose(xu / flow.width(u), xt, rtol=0, atol=1e-12)


def test_so_it_is_for_the_network_that_comes_with_the_course():
    """In float32, where ε and velocity are rounded otherwise, a hundred times: 1e-3."""
    loaded, xT = checkpoint.load(), normal(2000, 2, dtype=torch.float32)
    *_, (_, one) = flow.euler(flow.AsFlow(loaded.model), loaded.schedule, xT)
    *_, (_, two) = ddim(loaded.model, loaded.schedule, xT)
    assert (one - two).abs().median() < 1e-6 and (one - two).abs().quantile(0.99) < 1e-3


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("walk, order", [(flow.euler, 1), (flow.heun, 2)])
def test_the_order_of_a_walk(walk, order, shape, monkeypatch):
    """To the exact end √V · x_1: twice as many steps, half or a quarter of the error."""
    monkeypatch.setattr(flow, "LEAST", 0.0)    # Heun's second look at every step but the last one
    x1, errors = normal(4, *shape), []
    for steps in (40, 80, 160):
        *_, (u, x0) = walk(Gaussian(shape), SCHEDULE, x1, us=[1 - i / steps for i in range(steps)])
        assert u == 0
        errors.append((x0 - math.sqrt(V) * x1).abs().max().item())
    for one, two in itertools.pairwise(errors):
        assert math.log2(one / two) == pytest.approx(order, abs=0.1)


def test_a_walk_yields_where_it_is_and_heun_looks_twice_but_for_the_end():
    asked = []

    def model(x, u):
        asked.append(u)
        return x
    us = flow.spread(4)
    assert [u for u, _ in flow.heun(model, SCHEDULE, normal(3, 2), us)] == [*us, 0]
    assert asked == [us[0], us[1], us[1], us[2], us[2], us[3]]    # neither the step to LEAST nor the one to 0
    asked.clear()
    assert [u for u, _ in flow.euler(model, SCHEDULE, normal(3, 2), us)] == [*us, 0] and asked == us


@pytest.mark.parametrize("noise", [0.3, 1.0, 4.0])
def test_fresh_noise_keeps_the_distribution_in_small_steps(noise):
    """For N(0, V) the variance of each step follows from the last one, exactly; four times as many steps, a fourth of
    its distance to that of x_u. Measured on 200,000 numbers: 5 standard errors, a false alarm in 1e6 at each place."""
    errors = []
    for steps in (50, 2000, 8000):
        us = [1 - i / steps for i in range(steps)]
        var, wanted = 1.0, {}
        for u, s in zip(us, [*us[1:], 0.0]):
            slope = (u - (1 - u) * V) / ((1 - u) ** 2 * V + u**2)
            fresh = min(1.0, math.sqrt(2 * noise * (u - s) / s)) if s else 0.0
            kept = 1 + (s - u) * slope + s * (math.sqrt(1 - fresh**2) - 1) * (1 + (1 - u) * slope)
            var = kept**2 * var + (s * fresh) ** 2
            wanted[s] = var
        errors.append(abs(wanted[0.0] / V - 1))
        if steps == 50:
            walk = dict(flow.euler(Gaussian(), SCHEDULE, normal(100_000, 2), us, noise=noise, seed=1))
            for u in [us[10], us[30], us[45], 0.0]:
                assert walk[u].var().item() == pytest.approx(wanted[u], rel=5 * math.sqrt(2 / 2e5))
    assert errors[1] / errors[2] == pytest.approx(4, rel=0.1) and errors[2] < 0.004


def test_without_noise_nothing_is_drawn_with_it_the_seed_decides():
    xT, before = normal(4, 2), torch.get_rng_state()
    ends = [list(flow.euler(EXACT, SCHEDULE, xT, flow.spread(5), noise, seed))[-1][1]
            for noise, seed in [(0, 1), (0, 2), (1, 1), (1, 1), (1, 2)]]
    assert torch.equal(ends[0], ends[1]) and torch.equal(ends[2], ends[3])
    assert not torch.equal(ends[2], ends[4]) and not torch.equal(ends[0], ends[2])
    assert torch.get_rng_state().equal(before)


def test_the_exact_field_makes_the_board():
    """19 questions: nearly all inside, an even board; 20,000 points: a cell's share has a standard error of 0.0023."""
    x = sample(EXACT, SCHEDULE, 20_000, 1, walk=flow.heun, us=flow.spread(11))
    assert BOARD.contains(x).double().mean() > 0.995
    share = torch.bincount(BOARD.cell_of(x)[BOARD.contains(x)], minlength=8) / len(x)
    assert (share - 1 / 8).abs().max() < 0.015


def test_where_walks_stop():
    us = flow.spread(10)
    assert us[0] == 1 and us[-1] == pytest.approx(flow.LEAST) and len(us) == 10
    roots = torch.tensor(us).sqrt().diff()
    assert torch.allclose(roots, roots[0].expand(9), rtol=1e-4)
    assert flow.spread(1) == [1] and flow.spread(5, most=0.93)[0] == pytest.approx(0.93)
    even = torch.tensor(flow.spread(12, power=1)).diff()
    assert torch.allclose(even, even[0].expand(11), rtol=1e-4)


# --- straightness and pairs ------------------------------------------------------------------------------

def test_straightness_of_walks_that_are_known():
    x1 = normal(300, 3)
    straight = [(1 - i / 10, (1 - 0.05 * i) * x1) for i in range(11)]
    assert rectified.straightness(straight) == pytest.approx(0, abs=1e-12)
    # along a quarter of a circle of radius 1 the speed is π/2 and the chord √2: (π/2)² − 2
    arc = [(u, torch.tensor([[math.cos(u * math.pi / 2), math.sin(u * math.pi / 2)]])) for u in
           torch.linspace(1, 0, 2001, dtype=torch.float64).tolist()]
    assert rectified.straightness(arc) == pytest.approx(math.pi**2 / 4 - 2, abs=1e-3)


def test_the_way_is_as_long_as_the_chord_and_what_it_is_not_straight():
    """E|v|² = E|x_1 − x_0|² + S, whatever the walk."""
    walk = list(flow.euler(EXACT, SCHEDULE, normal(500, 2), us=[1 - i / 40 for i in range(40)]))
    speed = sum((u - s) * ((x - y) / (u - s)).square().sum(1).mean() for (u, x), (s, y) in itertools.pairwise(walk))
    chord = (walk[0][1] - walk[-1][1]).square().sum(1).mean()
    assert rectified.straightness(walk) == pytest.approx((speed - chord).item(), rel=1e-9)
    assert rectified.straightness(walk) == pytest.approx(0.52, abs=0.04)    # measured on 4,000 points: 0.53


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_pairs_of_a_flow_are_noise_and_its_end(shape):
    made = rectified.pairs_of(Gaussian(shape), SCHEDULE, 50, seed=3, us=flow.spread(80))
    pair = made.sample(1000, 4)
    assert pair.shape == (1000, 2, *shape) and pair.dtype == torch.float32
    assert torch.allclose(pair[:, 0], math.sqrt(V) * pair[:, 1], atol=2e-3)
    assert len(pair[:, 1].flatten(1)[:, 0].unique()) == 50
    assert torch.equal(made.pairs, rectified.pairs_of(Gaussian(shape), SCHEDULE, 50, seed=3, us=flow.spread(80)).pairs)


def test_rectified_a_gaussian_is_straight():
    """Each noise has its own datum, √V of it: nothing is left to guess, and the velocity is the same all the way."""
    noise = normal(400, 2)
    pairs = rectified.Pairs(noise, math.sqrt(V) * noise)

    def straight(xu, u, label=None):
        u = u[:, None] if isinstance(u, torch.Tensor) else u
        return (1 - math.sqrt(V)) / ((1 - u) * math.sqrt(V) + u) * xu
    pair, u = pairs.sample(100, 1), uniform(100)
    assert rectified.rectified_loss(straight, pair, u, pair) == pytest.approx(0, abs=1e-20)
    assert rectified.straightness(flow.euler(straight, SCHEDULE, noise, [1, 0.7, 0.2])) == pytest.approx(0, abs=1e-12)
    *_, (_, x0) = flow.euler(straight, SCHEDULE, noise, us=[1.0])
    assert torch.allclose(x0, math.sqrt(V) * noise)    # one step is enough
    assert flow.flow_loss(straight, BOARD.sample(100, 1).double(), u, normal(100, 2)) > 0.1


def test_a_rectified_network_trains_by_the_same_loop():
    noise = normal(2000, 2, dtype=torch.float32)
    pairs, model = rectified.Pairs(noise, 0.5 * noise), flow.FlowMLP(SCHEDULE, 16, faded=False)
    losses = [state.loss.item() for state in train(model, pairs, SCHEDULE, steps=300, lr=0.01, seed=0,
                                                   loss=rectified.rectified_loss, draw_t=rectified.draw_high_u)]
    assert losses[-1] < 0.02 < losses[0]


# --- the network and its training ------------------------------------------------------------------------

def twins(labels=0):
    """A flow network and a network of the noise with the same weights, in float64."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(3)
        one, two = flow.FlowMLP(SCHEDULE, 16, labels=labels), FeatureMLP(SCHEDULE, 16, labels=labels)
    two.load_state_dict(one.state_dict())
    return one.double(), two.double()


@pytest.mark.parametrize("labels", [0, 3])
def test_the_flow_network_is_the_network_of_the_noise_asked_otherwise(labels):
    one, two = twins(labels)
    xu, u = normal(200, 2), uniform(200, low=0.01, high=0.93)
    label = torch.arange(200) % (labels + 1) if labels else None
    assert torch.allclose(one(xu, u, label), flow.AsFlow(two)(xu, u, label), rtol=1e-6, atol=1e-6)
    assert torch.allclose(one(xu, 0.4), one(xu, torch.full((200,), 0.4, dtype=torch.float64)), rtol=1e-12)
    assert torch.equal(one.at_level(xu, 0.3), two.at_level(xu, 0.3))


def test_at_both_ends_the_answer_of_the_network_is_a_number_and_no_jump():
    """ε at u = 1 and x0 at u = 0 say nothing of the velocity; the network does."""
    one, _ = twins()
    x = 3 * normal(100, 2)
    for u in (0.0, 1.0):
        near = abs(u - 1e-6)
        assert one(x, u).isfinite().all() and torch.allclose(one(x, u), one(x, near), atol=1e-3)
    layers = one(x, 1.0) - x    # of pure noise the velocity is x less the mean of the data; the layers add that
    assert layers.abs().max() < 5


def test_a_flow_is_learned_by_the_course_s_own_loop():
    """Its loss after 400 steps, at some noise levels, as of a network of the noise: 1.3 % above the floor (1.3 to 1.4
    over all t and four seeds); 90 % of its samples inside, 92 to 94 % by the walks of the noise: 86 % is 5 standard
    errors less.
    """
    model = checkpoint.build_model("FlowMLP", SCHEDULE)
    *_, state = train(model, BOARD, SCHEDULE, steps=400, loss=flow.flow_loss, draw_t=flow.draw_u)
    some = Schedule.from_alpha_bar(SCHEDULE.alpha_bar[[1, 3, 10, 30, 90]])
    assert excess_loss(state.ema, BOARD, some, points=2000).relative < 0.02
    # its own walk, and what it says of the noise serves those of the noise
    of_the_noise = on_schedule(state.ema, SCHEDULE)
    for model, walk, how in [(state.ema, flow.heun, {"us": flow.spread(11)}), (of_the_noise, ddpm, {}),
                             (of_the_noise, dpm2m, {})]:
        x = sample(model, SCHEDULE, 2000, 1, walk=walk, **how)
        assert BOARD.contains(x).double().mean() > 0.86


def test_the_same_seed_trains_the_same_flow():
    def weights():
        model = checkpoint.build_model("FlowMLP", SCHEDULE, 8, seed=1)
        *_, state = train(model, BOARD, SCHEDULE, steps=5, seed=2, loss=flow.flow_loss, draw_t=flow.draw_u)
        return torch.cat([p.flatten() for p in state.ema.parameters()])
    assert torch.equal(weights(), weights())


def test_small_u_are_drawn_more_often():
    """P(u < LEAST + (1 − LEAST) q³) = q: 5 standard errors of 100,000 draws, false alarm 1e-6 each."""
    for draw, fold in ((flow.draw_u, lambda q: flow.LEAST + (1 - flow.LEAST) * q**3),
                       (rectified.draw_high_u, lambda q: 1 - (1 - q) ** 3)):
        u = draw(None, 100_000, torch.Generator().manual_seed(0))
        assert u.dtype == torch.float32 and u.shape == (100_000,) and u.min() >= 0 and u.max() <= 1
        for q in (0.2, 0.5, 0.8):
            assert (u < fold(q)).double().mean().item() == pytest.approx(q, abs=5 * math.sqrt(0.25 / 1e5))
    assert flow.draw_u(None, 1000, torch.Generator().manual_seed(0)).min() >= flow.LEAST


def test_labels_and_guidance_work_as_with_noise():
    """Guidance mixes two answers; what is common to both, x_u, drops out, so guided velocity is guided noise."""
    one, two = twins(labels=3)
    xu, gamma = normal(40, 2), 2.5
    by_hand = one(xu, 0.4, 3) + gamma * (one(xu, 0.4, 1) - one(xu, 0.4, 3))
    assert torch.allclose(guided(one, 1, gamma)(xu, 0.4), by_hand, rtol=1e-9, atol=1e-9)
    as_flow = flow.AsFlow(guided(two, 1, gamma))
    assert torch.allclose(guided(one, 1, gamma)(xu, 0.4), as_flow(xu, 0.4), rtol=1e-6, atol=1e-6)
    each = torch.arange(40) % 3
    ends = [list(walk(guided(one, each, gamma), SCHEDULE, normal(40, 2), us=flow.spread(4)))[-1][1]
            for walk in (flow.euler, flow.heun)]
    assert all(end.isfinite().all() for end in ends)
    labelled = Checkerboard(4, "cells")
    exact = flow.AsFlow(Oracle(labelled, SCHEDULE))
    x = sample(guided(exact, 5, 1), SCHEDULE, 500, 0, walk=flow.heun, us=flow.spread(11))
    assert (labelled.cell_of(x) == 5).double().mean() > 0.98


# --- bad input -------------------------------------------------------------------------------------------

def test_a_model_of_the_other_objective_is_said_not_sampled():
    noise, velocity, x = FeatureMLP(SCHEDULE, 4), flow.FlowMLP(SCHEDULE, 4), normal(3, 2, dtype=torch.float32)
    for model in (noise, ORACLE, guided(FeatureMLP(SCHEDULE, 4, labels=2), 1, 2.0)):
        for call in (lambda m: next(flow.euler(m, SCHEDULE, x)), lambda m: next(flow.heun(m, SCHEDULE, x)),
                     lambda m: sample(m, SCHEDULE, 3, walk=flow.heun), lambda m: flow.flow_loss(m, x, 0.5, x),
                     lambda m: next(train(m, BOARD, SCHEDULE, steps=1, loss=flow.flow_loss, draw_t=flow.draw_u)),
                     lambda m: rectified.pairs_of(m, SCHEDULE, 3)):
            if model is ORACLE and "train" in str(call.__code__.co_names):
                continue
            with pytest.raises(ValueError, match=r"model must answer with a velocity, .* flow.AsFlow\(model\) is one"):
                call(model)
    for model in (velocity, EXACT, guided(flow.FlowMLP(SCHEDULE, 4, labels=2), 1, 2.0)):
        for call in (lambda m: next(ddpm(m, SCHEDULE, x)), lambda m: next(ddim(m, SCHEDULE, x)),
                     lambda m: sample(m, SCHEDULE, 3), lambda m: sample(in_pieces(m), SCHEDULE, 3),
                     lambda m: loss(m, x, 5, x, SCHEDULE), lambda m: loss_per_t(m, BOARD, SCHEDULE)):
            with pytest.raises(ValueError, match="model must answer with the noise, got a flow"):
                call(model)
    assert list(flow.euler(lambda x, u: x, SCHEDULE, x, us=[1.0]))    # a plain function does not say what it is


@pytest.mark.parametrize("u, words", [
    (-0.1, "u must be between 0 and 1 or 0 or 1, got -0.1"), (1.5, "u must be between 0 and 1"),
    (math.nan, "u must be"), (torch.tensor([0.1, 0.2, 1.2]), "u must lie in 0…1, got 1.2"),
    (torch.tensor([0.1, math.nan, 0.2]), "u must lie in 0…1"),
    (torch.tensor([0.1, 0.2]), r"u must be one number or have shape \(3,\), got shape \(2,\)"),
    (torch.tensor([[0.1], [0.2], [0.3]]), "u must be one number or have shape"), (torch.tensor(1.01), "u must lie in")])
def test_a_u_that_is_none(u, words):
    x = normal(3, 2, dtype=torch.float32)
    for call in (lambda: flow.interpolate(x, u, x), lambda: flow.FlowMLP(SCHEDULE, 4)(x, u), lambda: EXACT(x, u),
                 lambda: flow.convert(x, u, x, "eps", "v"), lambda: flow.flow_loss(flow.FlowMLP(SCHEDULE, 4), x, u, x)):
        with pytest.raises(ValueError, match=words):
            call()


def test_a_u_of_another_kind():
    x = normal(3, 2, dtype=torch.float32)
    with pytest.raises(TypeError, match="u must be a number, got '0.5'"):
        flow.interpolate(x, "0.5", x)
    with pytest.raises(TypeError, match="u must hold floating-point numbers, got torch.int64"):
        flow.interpolate(x, torch.tensor([0, 1, 1]), x)


@pytest.mark.parametrize("us, words", [
    ([], "us must hold one u at least"), ([0.2, 0.4], "us must fall"),
    ([0.5, 0.5], "us must fall, but 0.5 follows 0.5"),
    ([1.2, 0.5], "us must be between 0 and 1 or 1, got 1.2"),
    ([1.0, 0.0], "got 0.0; the last step, to 0, comes by itself"),
    ([1.0, math.nan], "us must be between 0 and 1")])
def test_stops_that_are_none(us, words):
    for walk in (flow.euler, flow.heun):
        with pytest.raises(ValueError, match=words):
            next(walk(EXACT, SCHEDULE, normal(3, 2), us))
    with pytest.raises(TypeError, match="us must be numbers that fall"):
        next(flow.euler(EXACT, SCHEDULE, normal(3, 2), "abc"))
    with pytest.raises(ValueError, match="noise must be"):
        next(flow.euler(EXACT, SCHEDULE, normal(3, 2), noise=-1))


def test_a_network_of_the_noise_is_not_asked_beyond_what_it_knows():
    model = flow.AsFlow(FeatureMLP(SCHEDULE, 4))
    assert model.most == pytest.approx(0.930, abs=1e-3)
    with pytest.raises(ValueError, match="u must be at most 0.930, the most noise that the model was .* with, got 1"):
        sample(model, SCHEDULE, 3, walk=flow.euler, us=flow.spread(5))
    assert sample(model, SCHEDULE, 3, 0, walk=flow.euler, us=flow.spread(5, model.most)).isfinite().all()
    with pytest.raises(TypeError, match=r"model must have at_level\(xt, alpha_bar\), got Linear"):
        flow.AsFlow(nn.Linear(2, 2))


@pytest.mark.parametrize("call, words", [
    (lambda: flow.spread(0), "steps must be at least 1"), (lambda: flow.spread(5, most=1.5), "most must be"),
    (lambda: flow.spread(5, most=0.001), "most must be"), (lambda: flow.spread(5, power=0), "power must be"),
    (lambda: rectified.Pairs(torch.zeros(3, 2), torch.zeros(4, 2)),
     r"data must have the shape of noise, \(3, 2\), got \(4, 2\)"),
    (lambda: rectified.Pairs(torch.zeros(3, 2), torch.zeros(3, 2)).sample(0), "n must be at least 1"),
    (lambda: rectified.pairs_of(Gaussian(), SCHEDULE, 0), "n must be at least 1")])
def test_other_bad_input(call, words):
    with pytest.raises(ValueError, match=words):
        call()
