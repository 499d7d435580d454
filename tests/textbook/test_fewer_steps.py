"""Fewer steps: closed forms for Gaussians, the exact denoiser's equation, diffusers, what a solver's order promises.

For normal data the best ε is linear and the probability flow is known: it only scales, x_s/σ(x_s) = x_t/σ(x_t). For the
board no formula is known; the true end is what 1,201 steps of second order give (its error is some 1e-6 there, checked
against Heun's). All of it in float64. What is drawn has a fixed seed.
"""

import pytest
import torch

from toydiff.checkpoint import build_model
from toydiff.data import Checkerboard, named_points
from toydiff.fewer_steps import (
    ahead,
    ddim,
    ddim_step,
    dpm2m,
    heun,
    heun_step,
    log_snr,
    move,
    on_schedule,
    refined,
    spacing,
    to_noise,
)
from toydiff.forward_process import Schedule, add_noise
from toydiff.oracle import Oracle
from toydiff.sampling import ddpm, posterior_variance, sample

SCHEDULES = {"linear": Schedule.linear(), "cosine": Schedule.cosine(30), "by hand": Schedule([0.1, 0.5, 0.2, 0.9])}
BOARD, LINEAR = Checkerboard(), SCHEDULES["linear"]
ORACLE = Oracle(BOARD, LINEAR)


@pytest.fixture(params=SCHEDULES)
def schedule(request):
    return SCHEDULES[request.param]


def normal(*shape, seed=0, dtype=torch.float64):
    source = seed if isinstance(seed, torch.Generator) else torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=source, dtype=dtype)


def gaussian(schedule, variance):
    """The best denoiser of normal data with mean 0, of any shape."""
    def eps(xt, t):
        alpha_bar = schedule.alpha_bar[t]
        return (1 - alpha_bar).sqrt() / (alpha_bar * variance + 1 - alpha_bar) * xt
    return eps


def end_of(walk):
    *_, (t, x) = walk
    assert t == 0
    return x


def order(evaluations, errors):
    """Minus the slope of the straight line of least squares in logs."""
    n, e = (torch.tensor(values, dtype=torch.float64).log() for values in (evaluations, errors))
    n = n - n.mean()
    return -((n * e).sum() / (n * n).sum()).item()


# --- the step --------------------------------------------------------------------------------------------

def test_who_knows_x0_is_moved_along_the_forward_process(schedule):
    """If x_t is x0 noised by ε and x0 is believed, x_s is x0 noised by the same ε."""
    x0, eps = normal(7, 2), normal(7, 2, seed=1)
    for t in range(1, schedule.T + 1):
        xt = add_noise(x0, t, eps, schedule)
        for s in {0, t - 1, t // 2}:
            wanted = add_noise(x0, s, eps, schedule) if s else x0
            assert torch.allclose(move(x0, xt, t, s, schedule), wanted, atol=1e-8)    # ε: a division by √(1 − ᾱ_t)


@pytest.mark.parametrize("eta", [0.0, 0.3, 1.0])
def test_whatever_eta_is_the_noise_of_s_has_the_variance_of_s(schedule, eta):
    """What is kept and what is fresh: their squares add up to 1 − ᾱ_s; the last step adds nothing."""
    x0, one = torch.zeros(1, 2).double(), torch.ones(1, 2).double()
    for t in range(1, schedule.T + 1):
        for s in {0, t - 1, t // 2}:
            kept = move(x0, (1 - schedule.alpha_bar[t]).sqrt() * one, t, s, schedule, eta)
            fresh = move(x0, 0 * one, t, s, schedule, eta, one)
            assert torch.allclose(kept**2 + fresh**2, (1 - schedule.alpha_bar[s]) * one, atol=1e-12)
            assert (fresh == 0).all() == (s == 0 or eta == 0)


def test_a_batch_of_mixed_t_and_s_is_each_point_alone(schedule):
    t, s = torch.tensor([4, 4, 3, 1]), torch.tensor([3, 0, 1, 0])
    xt, z, model = normal(4, 2), normal(4, 2, seed=1), gaussian(schedule, 0.4)

    def rows(x, t):
        return torch.cat([model(x[i:i + 1], int(t[i])) for i in range(len(x))])

    together = ddim_step(rows, xt, t, s, schedule, 0.7, z)
    alone = [ddim_step(model, xt[i:i + 1], int(t[i]), int(s[i]), schedule, 0.7, z[i:i + 1]) for i in range(4)]
    assert torch.allclose(together, torch.cat(alone), rtol=1e-12)


def test_with_eta_1_and_every_t_it_is_ddpm(schedule):
    """The same noise drawn in the same order, and the posterior's variance: the same walk but for rounding, which the
    cosine schedule magnifies by 1/√ᾱ_T."""
    x, model = normal(50, 2), gaussian(schedule, 0.4)
    theirs = end_of(ddpm(model, schedule, x, 3, posterior_variance(schedule)))
    assert torch.allclose(end_of(ddim(model, schedule, x, eta=1.0, seed=3)), theirs, atol=1e-9)


def test_euler_in_flow_time_is_ddim():
    """With x_u = (1 − u) x0 + u ε, which is x_t over √ᾱ + √(1 − ᾱ), and the velocity ε̂ − x̂0: Euler's steps in u are
    DDIM's, to 1e-12 (the flow's convention: Lipman et al. 2022, arXiv 2210.02747, example II)."""
    ts, x = [100, 84, 42, 11, 3, 1], normal(300, 2)
    scale = LINEAR.alpha_bar.sqrt() + (1 - LINEAR.alpha_bar).sqrt()
    u = (1 - LINEAR.alpha_bar).sqrt() / scale
    flow = x / scale[ts[0]]
    for t, s in zip(ts, [*ts[1:], 0]):
        eps = ORACLE(flow * scale[t], t)
        x0 = (flow * scale[t] - (1 - LINEAR.alpha_bar[t]).sqrt() * eps) / LINEAR.alpha_bar[t].sqrt()
        flow = flow + (u[s] - u[t]) * (eps - x0)
    assert (flow - end_of(ddim(ORACLE, LINEAR, x, ts))).abs().max() < 1e-12


# --- of which order --------------------------------------------------------------------------------------

ORDERS = {"DDIM": (ddim, 1.0, 0.1), "Heun": (heun, 2.0, 0.2), "DPM-Solver++(2M)": (dpm2m, 2.0, 0.2)}


def end_of_n(walk, n, start):
    """The end of a walk of n questions on the exact denoiser, evenly in λ."""
    fine = refined(LINEAR, (n + 1) // 2 if walk is heun else n)
    return end_of(walk(on_schedule(ORACLE, fine), fine, start))


@pytest.fixture(scope="module")
def truth():
    start = normal(150, 2, seed=4)
    end, other = end_of_n(dpm2m, 1201, start), end_of_n(heun, 1201, start)
    assert (end - other).norm(dim=1).median() < 2e-5    # two ways to it: what 21 to 161 questions miss is 8e-5 or more
    return start, end


@pytest.mark.parametrize("name", ORDERS)
def test_the_order_on_the_board_is_that_of_the_book(name, truth):
    """Of the median distance to the true end, from 21 questions on. Three other starts gave 1.02 to 1.03, 2.13 to 2.15
    and 2.02 to 2.04: Heun's six steps of 11 questions are too few for its order to show, its last slopes are 2.06."""
    (walk, wanted, within), (start, true) = ORDERS[name], truth
    questions = [21, 41, 81, 161]
    errors = [(end_of_n(walk, n, start) - true).norm(dim=1).median().item() for n in questions]
    assert order(questions, errors) == pytest.approx(wanted, abs=within)


@pytest.mark.parametrize("name", ORDERS)
def test_the_order_for_normal_data_whose_flow_is_a_formula(name):
    """From ᾱ_T to ᾱ_1 the flow multiplies by σ(x_1)/σ(x_T); the last step returns E[x0|x_1], a factor that is known.
    Far down the slopes are within .03 of a whole number."""
    walk, wanted, _ = ORDERS[name]
    variance, errors, steps = 0.3, [], [80, 160, 320]
    for n in steps:
        fine = refined(LINEAR, n)
        a, sigma = fine.alpha_bar, (fine.alpha_bar * variance + 1 - fine.alpha_bar).sqrt()
        true = sigma[1] / sigma[-1] * a[1].sqrt() * variance / sigma[1]**2
        x = end_of(walk(gaussian(fine, variance), fine, torch.ones(1, 1).double()))
        errors.append((x - true).abs().item())
    assert order(steps, errors) == pytest.approx(wanted, abs=0.05)


def test_a_line_through_equal_answers_is_that_answer_and_a_straight_one_is_met():
    """If x̂0 were a straight line over λ, `ahead` would be what it says in the middle of the step."""
    table, slope, offset = log_snr(LINEAR), normal(5, 2), normal(5, 2, seed=1)
    def line(value):
        return offset + slope * value
    for before, t, s in [(100, 80, 60), (50, 10, 9), (3, 2, 1)]:
        got = ahead(line(table[t]), line(table[before]), before, t, s, LINEAR)
        assert torch.allclose(got, line((table[t] + table[s]) / 2), atol=1e-12)
        assert torch.equal(ahead(slope, slope, before, t, s, LINEAR), slope)


def test_heun_looks_again_where_the_first_step_ends_and_not_at_0():
    asked = []
    def model(x, t):
        asked.append((t, x))
        return gaussian(LINEAR, 0.4)(x, t)
    xt = normal(3, 2)
    heun_step(model, xt, 60, 30, LINEAR)
    assert [t for t, _ in asked] == [60, 30]
    assert torch.allclose(asked[1][1], ddim_step(gaussian(LINEAR, 0.4), xt, 60, 30, LINEAR), rtol=1e-12)
    asked.clear()
    assert torch.equal(heun_step(model, xt, 60, 0, LINEAR), ddim_step(gaussian(LINEAR, 0.4), xt, 60, 0, LINEAR))
    assert [t for t, _ in asked] == [60]


# --- there and back --------------------------------------------------------------------------------------

def test_the_named_points_come_home_and_so_does_everybody():
    """DDIM in 100 steps on the exact denoiser: five within .025, the median of 2,000 draws within .01; a cell is .5."""
    for x0, far in [(named_points().double(), torch.max), (BOARD.sample(2000, 1).double(), torch.median)]:
        *_, (T, xT) = to_noise(ORACLE, LINEAR, x0)
        assert T == 100
        distance = (end_of(ddim(ORACLE, LINEAR, xT)) - x0).norm(dim=1)
        assert far(distance) < (0.025 if len(x0) == 5 else 0.01)


def test_to_noise_of_normal_data_is_the_flow_backwards():
    """It scales as the flow does, to the first order in its steps: with 400 of them to 1 %."""
    fine = refined(LINEAR, 400)
    *_, (_, x) = to_noise(gaussian(fine, 0.3), fine, torch.ones(1, 1).double())
    wanted = ((fine.alpha_bar[-1] * 0.3 + 1 - fine.alpha_bar[-1]) / 0.3).sqrt()
    assert x.item() == pytest.approx(wanted.item(), rel=0.01)


# --- the walks -------------------------------------------------------------------------------------------

WALKS = {"ddim": ddim, "heun": heun, "dpm2m": dpm2m}


@pytest.mark.parametrize("name", WALKS)
def test_a_walk_names_where_it_asks_and_keeps_what_it_gave(name):
    model, ts = build_model("FeatureMLP", LINEAR, 8), [90, 40, 7]
    xT = normal(4, 2, dtype=torch.float32)
    copy, steps = xT.clone(), []
    for t, x in WALKS[name](model, LINEAR, xT, ts):
        assert x.shape == (4, 2) and x.dtype == torch.float32 and not x.requires_grad and torch.is_grad_enabled()
        steps.append((t, x, x.clone()))
    assert [t for t, _, _ in steps] == [90, 40, 7, 0]
    assert all(torch.equal(x, then) for _, x, then in steps) and torch.equal(xT, copy)
    assert [t for t, _ in WALKS[name](model, SCHEDULES["by hand"], xT)] == [4, 3, 2, 1, 0]


@pytest.mark.parametrize("name", WALKS)
@pytest.mark.parametrize("shape", [(1, 8, 8), (3,), (1,)], ids=str)
def test_a_walk_takes_any_shape(name, shape):
    """As points of two coordinates, so as numbers in any other arrangement."""
    x, model = normal(8, *shape), gaussian(LINEAR, 0.4)
    end = end_of(WALKS[name](model, LINEAR, x, [100, 30, 4]))
    flat = end_of(WALKS[name](model, LINEAR, x.reshape(-1, 2), [100, 30, 4]))
    assert end.shape == x.shape and torch.allclose(end.reshape(-1, 2), flat, rtol=1e-12)


@pytest.mark.parametrize("walk", [ddim, dpm2m])
def test_chance_is_where_it_was_asked_for(walk):
    """Two seeds: the same end without η, another with it, the same where every step is a careful one."""
    x, model = normal(20, 2), gaussian(LINEAR, 0.4)
    def differ(**how):
        one, two = (end_of(walk(model, LINEAR, x, [100, 50, 20, 5], seed=seed, **how)) for seed in (1, 2))
        return not torch.equal(one, two)
    assert not differ() and differ(eta=0.5) and differ(eta=1.0, careful=20) and not differ(eta=1.0, careful=100)
    before = torch.get_rng_state()
    list(walk(model, LINEAR, x, eta=1.0, seed=0))
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("walk, questions", [(ddim, 4), (dpm2m, 4), (heun, 7)])
def test_a_walk_asks_as_often_as_it_says(walk, questions):
    asked = []
    list(walk(lambda x, t: asked.append(t) or x, LINEAR, normal(3, 2), [100, 50, 20, 5]))
    assert len(asked) == questions


def test_sample_takes_any_of_them():
    model = build_model("FeatureMLP", LINEAR, 8)
    x = sample(model, LINEAR, 7, seed=2, walk=dpm2m, ts=[100, 20, 1], eta=0.5)
    assert x.shape == (7, 2) and torch.equal(x, sample(model, LINEAR, 7, seed=2, walk=dpm2m, ts=[100, 20, 1], eta=0.5))


# --- against diffusers -----------------------------------------------------------------------------------

PEERS = {    # ours, and diffusers' class with the options that make it the same
    "DDIM": (ddim, {}, "DDIMScheduler", {"clip_sample": False, "set_alpha_to_one": True}),
    "DPM-Solver++(2M)": (dpm2m, {}, "DPMSolverMultistepScheduler", {"final_sigmas_type": "zero"}),
    "SDE-DPM-Solver++(2M)": (dpm2m, {"eta": 1.0}, "DPMSolverMultistepScheduler", {
        "final_sigmas_type": "zero", "algorithm_type": "sde-dpmsolver++"}),
}


@pytest.mark.filterwarnings("ignore:__array__ implementation")    # of diffusers with NumPy 2
@pytest.mark.parametrize("n", [20, 10])
@pytest.mark.parametrize("name", PEERS)
def test_a_whole_walk_is_that_of_diffusers(name, n):
    """To what its tables in float32 leave: 1e-4 of numbers around 1."""
    diffusers = pytest.importorskip("diffusers")
    walk, how, scheduler, options = PEERS[name]
    theirs = getattr(diffusers, scheduler)(num_train_timesteps=100, trained_betas=LINEAR.beta[1:].numpy(),
                                           timestep_spacing="trailing", **options)
    theirs.set_timesteps(n)
    model, x, source = gaussian(LINEAR, 0.4), normal(50, 2), torch.Generator().manual_seed(5)
    ours = walk(model, LINEAR, x, spacing(LINEAR, n, even_in="t"), seed=5, **how)
    assert next(ours)[1] is x
    for t, (s, wanted) in zip(theirs.timesteps.tolist(), ours, strict=True):
        same_noise = {"variance_noise": normal(50, 2, seed=source)} if how else {}
        x = theirs.step(model(x, t + 1), t, x, **same_noise).prev_sample
        assert (x - wanted).abs().max() < 1e-4, s


@pytest.mark.parametrize("eta", [0.4, 1.0])
def test_a_step_with_chance_is_that_of_diffusers(eta):
    diffusers = pytest.importorskip("diffusers")
    theirs = diffusers.DDIMScheduler(num_train_timesteps=100, trained_betas=LINEAR.beta[1:].numpy(), clip_sample=False,
                                     timestep_spacing="trailing")
    theirs.set_timesteps(10)
    xt, z, eps = normal(50, 2), normal(50, 2, seed=1), normal(50, 2, seed=2)
    for t in range(100, 10, -10):
        wanted = theirs.step(eps, t - 1, xt, eta=eta, variance_noise=z).prev_sample
        assert (ddim_step(lambda x, t: eps, xt, t, t - 10, LINEAR, eta, z) - wanted).abs().max() < 1e-4


# --- where to ask ----------------------------------------------------------------------------------------

@pytest.mark.parametrize("even_in", ["t", "log_snr"])
def test_spacing_gives_n_falling_t_from_T_on(schedule, even_in):
    for n in range(1, schedule.T + 1):
        ts = spacing(schedule, n, even_in)
        assert len(ts) == n and ts[0] == schedule.T and ts[-1] >= 1
        assert all(type(t) is int for t in ts) and all(s < t for t, s in zip(ts, ts[1:]))
        assert n == 1 or even_in == "t" or ts[-1] == 1
    assert spacing(schedule, schedule.T, even_in) == list(range(schedule.T, 0, -1))


def test_spacing_is_as_even_as_whole_t_allow():
    """In t to the nearest integer. In λ, where t lie closely, all steps are about as long."""
    assert spacing(LINEAR, 10, "t") == list(range(100, 0, -10))
    fine = Schedule.linear(4000, 1e-5, 3e-3)
    table = log_snr(fine)[spacing(fine, 15)]
    gaps = table.diff()
    assert gaps.max() / gaps.min() < 1.2
    assert spacing(LINEAR, 10) == [100, 84, 64, 42, 23, 11, 5, 3, 2, 1]


def test_power_stretches_the_steps_at_much_noise():
    table = log_snr(LINEAR)
    grids = [spacing(LINEAR, 10, power=power) for power in (0.5, 0.8, 1.0, 1.5)]
    first = [(table[ts[1]] - table[ts[0]]).item() for ts in grids]
    assert first == sorted(first, reverse=True) and first[0] > 2 * first[-1]


def test_a_refined_schedule_is_even_in_log_snr_and_keeps_its_ends(schedule):
    fine = refined(schedule, 50)
    assert torch.allclose(fine.alpha_bar[[1, 50]], schedule.alpha_bar[[1, -1]], rtol=1e-9)
    gaps = log_snr(fine)[1:].diff()
    assert torch.allclose(gaps, gaps.mean().expand(49), rtol=1e-6)


def test_on_the_own_schedule_nothing_changes():
    x, model = normal(30, 2), on_schedule(ORACLE, LINEAR)
    for t in (1, 40, 100):
        assert torch.allclose(model(x, t), ORACLE(x, t), rtol=1e-9, atol=1e-9)


# --- bad input -------------------------------------------------------------------------------------------

def anything(x, t):
    return x


@pytest.mark.parametrize("walk", [ddim, heun, dpm2m])
@pytest.mark.parametrize("ts, words", [
    ([40, 60], r"ts must fall, but 60 follows 40"), ([40, 40, 1], r"ts must fall, but 40 follows 40"),
    ([101, 3], r"ts must lie in 1\.\.100, got 101"),
    ([100, 0], r"ts must lie in 1\.\.100, got 0; the last step, to 0, comes by itself"),
    ([50, -1], r"ts must lie in 1\.\.100, got -1"), ([], "ts must hold one t at least, got none"),
    ([50, 2.5], "ts must be integers"), (7, "ts must be integers"), ("abc", "ts must be integers"),
])
def test_ts_that_are_no_way_down(walk, ts, words):
    with pytest.raises((ValueError, TypeError), match=words) as error:
        next(walk(anything, LINEAR, normal(3, 2), ts))
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize("call, words", [
    (lambda: next(ddim(anything, LINEAR, normal(3, 2), eta=1.5)), "eta must be between 0 and 1 or 0 or 1, got 1.5"),
    (lambda: next(dpm2m(anything, LINEAR, normal(3, 2), eta=-0.1)), "eta must be between 0 and 1"),
    (lambda: next(ddim(anything, LINEAR, normal(3, 2), eta=None)), "eta must be a number, got None"),
    (lambda: ddim_step(anything, normal(3, 2), 0, 0, LINEAR), r"t must lie in 1\.\.100, got 0"),
    (lambda: ddim_step(anything, normal(3, 2), 5, 101, LINEAR), r"s must lie in 0\.\.100, got 101"),
    (lambda: heun_step(anything, normal(3, 2), 5, -1, LINEAR), r"s must lie in 0\.\.100, got -1"),
    (lambda: ddim_step(lambda x, t: x[:1], normal(3, 2), 5, 1, LINEAR), "the model must answer with the shape of xt"),
    (lambda: spacing(LINEAR, 101), "n must be"), (lambda: spacing(LINEAR, 0), "n must be"),
    (lambda: spacing(LINEAR, 5, "sigma"), "even_in must be one of 'log_snr', 't', got 'sigma'"),
    (lambda: spacing(LINEAR, 5, power=0), "power must be positive"),
    (lambda: sample(anything, LINEAR, 3, walk=dpm2m, ts=[5, 9]), "ts must fall"),
    (lambda: sample(anything, LINEAR, 3, walk=dpm2m, variance=LINEAR.beta), "variance"),
    (lambda: refined(LINEAR, 0), "n must be|alpha_bar must be"),
    (lambda: list(to_noise(anything, LINEAR, normal(3, 2), [1, 2])), "ts must fall"),
])
def test_bad_input_is_one_line_that_names_it(call, words):
    with pytest.raises((ValueError, TypeError), match=words) as error:
        call()
    assert len(str(error.value).splitlines()) == 1
