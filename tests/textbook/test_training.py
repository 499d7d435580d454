"""Training: the loss against closed forms, one step against algebra, and a loop that can be stopped anywhere.

Statistical tests use fixed seeds; each states how often a right program would fail it by chance with a fresh seed.
"""

import copy
import hashlib
import inspect
import math
import subprocess
import sys
from itertools import pairwise

import pytest
import torch
from torch import nn

from toydiff.checkpoint import build_model
from toydiff.cli.recipe import RECIPE
from toydiff.data import Checkerboard
from toydiff.forward_process import Schedule, add_noise
from toydiff.support.resuming import progress
from toydiff.training import EMA, TrainingState, decayed_lr, draw_t, loss, loss_per_t, train, training_step

SCHEDULE = Schedule.linear(20, 1e-3, 0.4)
BOARD = Checkerboard()


class Function(nn.Module):
    """A network without weights: any function of (xt, t)."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, xt, t):
        return self.function(xt, t)


class Constant(nn.Module):
    """A network that answers the same two numbers always, and keeps what it was asked."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([0.5, -0.25]))
        self.asked = []

    def forward(self, xt, t):
        self.asked.append((xt, t))
        return self.weight.expand(len(xt), 2)


class Gaussian:
    """Data with the interface of the board: normal, of a given variance."""

    def __init__(self, variance):
        self.variance = variance

    def sample(self, n, seed, device="cpu"):
        return math.sqrt(self.variance) * torch.randn(n, 2, generator=seed, device=device)


class Origin:
    """Data that is always 0, so that x_t / √(1 − ᾱ_t) is the noise itself."""

    def sample(self, n, seed, device="cpu"):
        return torch.zeros(n, 2, device=device)


ZERO = Function(lambda xt, t: torch.zeros_like(xt))


def small_network(seed=0):
    return build_model("ReferenceMLP", SCHEDULE, 32, seed)


def weights(model):
    return torch.cat([p.detach().flatten() for p in model.parameters()]).clone()


# --- loss ------------------------------------------------------------------------------------------------

def test_loss_by_hand():
    x0, eps = torch.zeros(2, 2), torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    assert loss(ZERO, x0, 3, eps, SCHEDULE).item() == pytest.approx((1 + 4 + 9 + 16) / 4)
    assert loss(Function(lambda xt, t: eps), x0, 3, eps, SCHEDULE).item() == 0
    assert loss(Function(lambda xt, t: eps + 2), x0, 3, eps, SCHEDULE).item() == pytest.approx(4)
    assert loss(ZERO, x0, 3, eps, SCHEDULE).shape == ()


def test_the_network_is_asked_about_the_noisy_points_and_their_t():
    model, t = Constant(), torch.tensor([1, 20, 7])
    x0, eps = torch.ones(3, 2), torch.full((3, 2), 0.5)
    loss(model, x0, t, eps, SCHEDULE)
    assert torch.equal(model.asked[0][0], add_noise(x0, t, eps, SCHEDULE))
    assert torch.equal(model.asked[0][1], t)


def test_a_network_that_knows_nothing_has_loss_one():
    """E[ε²] = 1; 5 standard errors, sqrt(2 / (2·4096)), at 20 t: false alarm 1e-5."""
    losses = loss_per_t(ZERO, BOARD, SCHEDULE)
    assert losses.shape == (21,) and losses.dtype == torch.float64 and losses[0] == 0
    assert (losses[1:] - 1).abs().max() < 5 / math.sqrt(4096)


@pytest.mark.parametrize("variance", [0.1, 1.0, 4.0])
def test_gaussian_data_has_a_floor_that_the_linear_denoiser_reaches(variance):
    """x0 ~ N(0, c): the best ε is √(1−ᾱ)/(ᾱc + 1−ᾱ) · x_t and its loss ᾱc/(ᾱc + 1−ᾱ).

    The error is normal, so the standard error is the loss / sqrt(points). 5 of these at 20 t: false alarm 1e-5.
    """
    ab = SCHEDULE.alpha_bar.float()
    best = Function(lambda xt, t: (1 - ab[t]).sqrt() / (ab[t] * variance + 1 - ab[t]) * xt)
    losses = loss_per_t(best, Gaussian(variance), SCHEDULE, points=4096, seed=1)
    floor = SCHEDULE.alpha_bar * variance / (SCHEDULE.alpha_bar * variance + 1 - SCHEDULE.alpha_bar)
    assert ((losses / floor)[1:] - 1).abs().max() < 5 / math.sqrt(4096)


def test_loss_per_t_repeats_itself_and_takes_no_gradients():
    model = small_network()
    assert torch.equal(loss_per_t(model, BOARD, SCHEDULE, 50, seed=1), loss_per_t(model, BOARD, SCHEDULE, 50, seed=1))
    assert not torch.equal(loss_per_t(model, BOARD, SCHEDULE, 50, 1), loss_per_t(model, BOARD, SCHEDULE, 50, 2))
    assert not loss_per_t(model, BOARD, SCHEDULE, 50).requires_grad
    assert all(p.grad is None for p in model.parameters())


def test_what_is_not_said_is_as_documented():
    """train's defaults are the recipe of `toydiff train`; loss_per_t takes 4096 points a t and seed 0."""
    parameters = inspect.signature(train).parameters
    defaults = {name: parameter.default for name, parameter in parameters.items()
                if parameter.default is not inspect.Parameter.empty}
    shared = {name: default for name, default in defaults.items() if name in RECIPE}
    assert shared == {name: RECIPE[name] for name in ("batch_size", "lr", "seed", "drop_label")}
    assert defaults["ema_decay"] == 0.999
    model = small_network()
    assert torch.equal(loss_per_t(model, BOARD, SCHEDULE), loss_per_t(model, BOARD, SCHEDULE, 4096, 0))


# --- one step --------------------------------------------------------------------------------------------

def test_a_step_goes_down_the_gradient_of_its_own_loss():
    """For a constant answer w the gradient is mean(w − ε) for each coordinate: twice, so that a gradient which is
    not cleared between steps shows."""
    model = Constant()
    optimizer, source = torch.optim.SGD(model.parameters(), lr=0.1), torch.Generator().manual_seed(0)
    for _ in range(2):
        before = model.weight.detach().clone()
        value = training_step(model, optimizer, Origin(), SCHEDULE, 64, source)
        xt, t = model.asked[-1]
        eps = xt / (1 - SCHEDULE.alpha_bar[t].float()).sqrt()[:, None]
        assert value.item() == pytest.approx(((before - eps) ** 2).mean().item(), rel=1e-4)
        assert value.shape == () and not value.requires_grad
        assert torch.allclose(model.weight.detach(), before - 0.1 * (before - eps).mean(0), atol=1e-5)


def test_steps_draw_normal_noise_and_never_the_same_twice():
    """t and noise, of two steps in a row. The noise by its moments at 5 standard errors: false alarm 3e-6."""
    model, n = Constant(), 20_000
    optimizer, source = torch.optim.SGD(model.parameters(), lr=1e-9), torch.Generator().manual_seed(0)
    for _ in range(2):
        training_step(model, optimizer, Origin(), SCHEDULE, n, source)
    (x1, t1), (x2, t2) = model.asked
    assert t1.shape == (n,) and not torch.equal(t1, t2) and not torch.equal(x1, x2)
    assert t1.min() == 1 and t1.max() == 20
    eps = (x1 / (1 - SCHEDULE.alpha_bar[t1].float()).sqrt()[:, None]).double()
    assert eps.mean(0).abs().max() < 5 / math.sqrt(n)
    assert (eps.var(0) - 1).abs().max() < 5 * math.sqrt(2 / n)
    assert abs((eps[:, 0] * eps[:, 1]).mean()) < 5 / math.sqrt(n)


@pytest.mark.parametrize("T", [1, 2, 20, 100])
def test_t_is_drawn_as_stated(T):
    """t <= k exactly when T·u³ < k: with probability ∛(k/T). Chi-square, false alarm 1e-6."""
    n = 50_000
    t = draw_t(T, n, torch.Generator().manual_seed(T))
    assert t.shape == (n,) and t.dtype == torch.int64
    counts = torch.bincount(t, minlength=T + 1).double()
    assert counts[0] == 0 and len(counts) == T + 1
    expected = n * ((torch.arange(T + 1).double() / T) ** (1 / 3)).diff()
    statistic = ((counts[1:] - expected) ** 2 / expected).sum()
    assert T == 1 or torch.special.gammaincc(torch.tensor((T - 1) / 2).double(), statistic / 2) > 1e-6


def test_t_never_leaves_its_range(monkeypatch):
    """Also where the random number is so near 1 that T·u³ rounds to T."""
    monkeypatch.setattr(torch, "rand", lambda n, **options: torch.full((n,), 1 - 2**-24))
    for T in (1, 100, 1000):
        assert draw_t(T, 3, torch.Generator()).tolist() == [T] * 3
    monkeypatch.setattr(torch, "rand", lambda n, **options: torch.zeros(n))
    assert draw_t(100, 3, torch.Generator()).tolist() == [1] * 3


# --- learning rate, EMA ----------------------------------------------------------------------------------

def test_the_learning_rate_falls_along_half_a_cosine():
    rates = [decayed_lr(step, 1000, 0.5) for step in range(1, 1001)]
    assert rates[0] == 0.5 and rates[500] == pytest.approx(0.25) and 0 < rates[-1] < 1e-5
    assert all(a > b for a, b in pairwise(rates))
    assert rates[250] == pytest.approx(0.25 * (1 + math.sqrt(0.5)))
    assert decayed_lr(1, 1, 0.5) == 0.5


@pytest.mark.parametrize("step, error", [(0, "step must be at least 1, got 0"), (6, "step must be at most 5, got 6")])
def test_there_is_no_learning_rate_before_the_first_step_or_after_the_last(step, error):
    assert decayed_lr(5, 5, 0.1) == pytest.approx(0.1 * (1 + math.cos(0.8 * math.pi)) / 2)
    with pytest.raises(ValueError, match=error):
        decayed_lr(step, 5, 0.1)


def test_the_optimizer_gets_the_decayed_rate():
    """Adam's first step has the size of the rate; with a steady gradient so have the next ones."""
    class Slope(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.tensor([1000.0]))

        def forward(self, xt, t):
            return self.weight * torch.ones_like(xt)

    model, places = Slope(), [1000.0]
    for state in train(model, Origin(), SCHEDULE, steps=4, batch_size=4, lr=0.5):
        places.append(model.weight.item())
    moves = [a - b for a, b in pairwise(places)]
    assert moves == pytest.approx([decayed_lr(step, 4, 0.5) for step in (1, 2, 3, 4)], rel=1e-2)


def test_ema_of_a_weight_that_jumps_once_is_a_product():
    """Start a, then always w: after n steps w + (a − w) · Π i/(i + 10) = w + (a − w) · n! 10!/(n + 10)!"""
    model = nn.Linear(1, 1, bias=False)
    nn.init.constant_(model.weight, 3.0)
    ema = EMA(model, 0.999)
    nn.init.constant_(model.weight, 7.0)
    for n in range(1, 31):
        ema.update(model, n)
        left = math.factorial(n) * math.factorial(10) / math.factorial(n + 10)
        assert ema.model.weight.item() == pytest.approx(7 - 4 * left, rel=1e-5)
    assert model.weight.item() == 7


def test_ema_keeps_its_decay_once_it_is_warm():
    model = nn.Linear(1, 1, bias=False)
    nn.init.constant_(model.weight, 3.0)
    ema = EMA(model, 0.9)
    nn.init.constant_(model.weight, 7.0)
    for k in range(1, 11):
        ema.update(model, 90 + k)
        assert ema.model.weight.item() == pytest.approx(7 - 4 * 0.9**k, rel=1e-5)


def test_ema_without_memory_is_the_model_and_needs_no_gradient():
    model = small_network(0)
    ema = EMA(model, 0)
    assert not any(p.requires_grad for p in ema.model.parameters())
    assert torch.equal(weights(ema.model), weights(model))
    with torch.no_grad():
        for p in model.parameters():
            p.add_(1)
    assert not torch.equal(weights(ema.model), weights(model))    # a copy, not the same weights
    ema.update(model, 1)
    assert torch.allclose(weights(ema.model), weights(model))


def test_the_average_of_another_network_is_refused():
    """And not taken of those weights alone that both have."""
    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = nn.Parameter(torch.zeros(3)), nn.Parameter(torch.zeros(3))

    two, one = Two(), nn.Module()
    one.first = nn.Parameter(torch.ones(3))
    for average, model in ((two, one), (one, two)):
        with pytest.raises((ValueError, RuntimeError)):
            EMA(average, 0.9).update(model, 1)


# --- the loop --------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def trained():
    model = build_model("ReferenceMLP", SCHEDULE, 64)
    start = loss_per_t(model, BOARD, SCHEDULE)[1:].mean().item()
    for state in train(model, BOARD, SCHEDULE, steps=600, batch_size=256):
        pass
    return start, state


def test_some_hundred_steps_beat_a_network_that_knows_nothing(trained):
    """Without knowledge the loss is 1. The best *linear* answer, knowing only the variance 1/3, is the next bar."""
    start, state = trained
    assert start > 0.9
    ab = SCHEDULE.alpha_bar[1:]
    linear = (ab / 3 / (ab / 3 + 1 - ab)).mean().item()
    for model in (state.model, state.ema):
        assert loss_per_t(model, BOARD, SCHEDULE)[1:].mean().item() < min(0.75, linear + 0.03)


def test_the_average_is_near_the_model_but_not_it(trained):
    _, state = trained
    a, b = weights(state.ema), weights(state.model)
    assert not torch.equal(a, b) and (a - b).norm() < 0.2 * b.norm()


def test_a_state_after_every_step():
    model, before = small_network(), weights(small_network())
    states = []
    for state in train(model, BOARD, SCHEDULE, steps=5, batch_size=8):
        assert isinstance(state, TrainingState) and state.model is model
        assert state.loss.shape == () and state.loss.isfinite()
        assert not torch.equal(weights(model), before)    # each step moved the weights
        before = weights(model)
        states.append(state)
    assert [state.step for state in states] == [1, 2, 3, 4, 5]
    assert len({state.loss.item() for state in states}) == 5    # a state keeps its own loss


@pytest.mark.parametrize("stop", ["close", "interrupt"])
def test_what_is_interrupted_is_as_trained_as_it_got(stop):
    whole = []
    for state in train(small_network(), BOARD, SCHEDULE, steps=50, batch_size=8):
        whole.append((weights(state.model), weights(state.ema)))
    model = small_network()
    run = train(model, BOARD, SCHEDULE, steps=50, batch_size=8)
    for _ in range(20):
        state = next(run)
    if stop == "close":
        run.close()
    else:
        with pytest.raises(KeyboardInterrupt):
            run.throw(KeyboardInterrupt)
    assert torch.equal(weights(model), whole[19][0]) and torch.equal(weights(state.ema), whole[19][1])
    assert model(torch.zeros(1, 2), 1).isfinite().all()
    assert next(train(model, BOARD, SCHEDULE, steps=1, batch_size=8)).step == 1    # and can be trained further


RUN = """
import hashlib
from toydiff.checkpoint import build_model
from toydiff.data import Checkerboard
from toydiff.forward_process import Schedule
from toydiff.training import train
schedule = Schedule.linear(20, 1e-3, 0.4)
for state in train(build_model("FeatureMLP", schedule, 32), Checkerboard(), schedule, steps=30, batch_size=64, seed=7):
    pass
digest = hashlib.sha256()
for model in (state.model, state.ema):
    for parameter in model.parameters():
        digest.update(parameter.detach().numpy().tobytes())
print(digest.hexdigest())
"""


def test_same_seed_same_bits_in_two_processes():
    digest = hashlib.sha256()
    for state in train(build_model("FeatureMLP", SCHEDULE, 32), BOARD, SCHEDULE, steps=30, batch_size=64, seed=7):
        pass
    for model in (state.model, state.ema):
        for parameter in model.parameters():
            digest.update(parameter.detach().numpy().tobytes())
    first = subprocess.run([sys.executable, "-c",
                            f"import torch; torch.set_num_threads({torch.get_num_threads()})\n" + RUN],
                           capture_output=True, text=True, check=True)
    assert first.stdout.strip() == digest.hexdigest()


def test_the_seed_decides_and_the_global_state_stays():
    before = torch.get_rng_state()
    ends = []
    for seed in (0, 0, 1, torch.Generator().manual_seed(1)):
        model = small_network()
        for _ in train(model, BOARD, SCHEDULE, steps=5, batch_size=8, seed=seed):
            pass
        ends.append(weights(model))
    assert torch.equal(ends[0], ends[1]) and torch.equal(ends[2], ends[3]) and not torch.equal(ends[0], ends[2])
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("steps, noticed", [(250, 100), (100, 100), (7, 7), (130, 130)])
def test_a_loss_that_is_no_number_stops_the_run_and_says_where(steps, noticed):
    """Whenever it happens, the run does not end as if all were well: also a short one, also after step 100."""
    class Breaks(Constant):
        def forward(self, xt, t):
            fine = steps > 100 and steps != 250 and len(self.asked) <= 110
            return super().forward(xt, t) * (1 if fine else math.nan)

    last = 0
    with pytest.raises(FloatingPointError,
                       match=f"the loss is nan at step {noticed}; .*smaller lr than 0.004") as caught:
        for state in train(Breaks(), BOARD, SCHEDULE, steps=steps, batch_size=4, lr=0.004):
            last = state.step
    assert last == noticed - 1
    assert len(str(caught.value).splitlines()) == 1


def test_too_large_a_rate_is_such_a_case():
    with pytest.raises(FloatingPointError, match="smaller lr than 1e\\+30"):
        for _ in train(small_network(), BOARD, SCHEDULE, steps=20, batch_size=8, lr=1e30):
            pass


# --- going on --------------------------------------------------------------------------------------------

@pytest.mark.parametrize("network", ["ReferenceMLP", "FeatureMLP"])
@pytest.mark.parametrize("stop", [1, 7, 29])
def test_a_run_that_is_gone_on_with_ends_with_the_same_bits(network, stop):
    """Whatever the new network's start: its weights, Adam's memory, the average and the random numbers come from the
    progress, the learning rate from the step."""
    def run(start, **options):
        return train(build_model(network, SCHEDULE, 16, start), BOARD, SCHEDULE, steps=30, batch_size=8, **options)

    losses, kept = [], None
    for state in run(0, seed=5):
        losses.append(state.loss)
        if state.step == stop:
            kept = progress(state)    # a copy: the steps that follow do not change it
    again = []
    for other in run(9, seed=6, resume=kept):
        again.append(other.loss)
        assert other.step == stop + len(again)
    assert torch.equal(torch.stack(again), torch.stack(losses[stop:])) and other.step == 30
    for a, b in ((state.model, other.model), (state.ema, other.ema)):
        assert torch.equal(weights(a), weights(b))
    assert all(p.requires_grad for p in other.model.parameters())


def test_progress_holds_numbers_and_tensors_only(tmp_path):
    """So that it can be read back without running code."""
    state = next(train(small_network(), BOARD, SCHEDULE, steps=3, batch_size=8))
    torch.save(progress(state), tmp_path / "progress.pt")
    torch.load(tmp_path / "progress.pt", weights_only=True)
    assert progress(next(train(small_network(), BOARD, SCHEDULE, steps=3, batch_size=8, seed=None)))["random"] is None


def test_a_run_without_a_seed_of_its_own_goes_on_with_other_random_numbers():
    state = next(train(small_network(), BOARD, SCHEDULE, steps=3, batch_size=8, seed=0))
    *_, last = train(small_network(), BOARD, SCHEDULE, steps=3, batch_size=8, seed=4,
                     resume=progress(state) | {"random": None})
    *_, other = train(small_network(), BOARD, SCHEDULE, steps=3, batch_size=8, seed=0, resume=progress(state))
    assert last.step == other.step == 3 and not torch.equal(weights(last.model), weights(other.model))


def without(whole, *path):
    """A copy of progress that lacks one entry, deep in it."""
    whole = copy.deepcopy(whole)
    place = whole
    for name in path[:-1]:
        place = place[name]
    del place[path[-1]]
    return whole


SPOILED = {
    "no dictionary": lambda p: [1, 2],
    "empty": lambda p: {},
    "of another width": lambda p: progress(next(train(
        build_model("ReferenceMLP", SCHEDULE, 33), BOARD, SCHEDULE, steps=3, batch_size=8))),
    "of another network": lambda p: progress(next(train(
        build_model("FeatureMLP", SCHEDULE, 32), BOARD, SCHEDULE, steps=3, batch_size=8))),
    "no step": lambda p: without(p, "step"),
    "half a step": lambda p: p | {"step": 1.5},
    "step 0": lambda p: p | {"step": 0},
    "no weights": lambda p: p | {"model": {}},
    "a weight less": lambda p: without(p, "model", "layers.0.bias"),
    "a weight less in the average": lambda p: without(p, "ema", "layers.0.bias"),
    "weights that are none": lambda p: p | {"ema": dict.fromkeys(p["ema"], "x")},
    "no moments": lambda p: p | {"moments": {}},
    "a moment less": lambda p: without(p, "moments", 3),
    "half a moment": lambda p: without(p, "moments", 3, "exp_avg_sq"),
    "no count": lambda p: without(p, "moments", 0, "step"),
    "a moment of another shape": lambda p: p | {"moments": p["moments"] | {
        0: p["moments"][0] | {"exp_avg": torch.zeros(3)}}},
    "a moment too many": lambda p: p | {"moments": p["moments"] | {8: p["moments"][0]}},
    "no random state": lambda p: without(p, "random"),
    "another random state": lambda p: p | {"random": torch.zeros(16, dtype=torch.uint8)},
    "a random state of floats": lambda p: p | {"random": torch.zeros(5056)},
}


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED)
def test_progress_that_does_not_fit_is_refused_and_changes_nothing(spoil):
    right = progress(next(train(small_network(), BOARD, SCHEDULE, steps=3, batch_size=8)))
    model = small_network(1)
    before = weights(model)
    with pytest.raises(ValueError, match=r"resume must be the progress of a run of the same network"):
        train(model, BOARD, SCHEDULE, steps=3, batch_size=8, resume=spoil(right))
    assert torch.equal(weights(model), before)


def test_progress_beyond_the_last_step_is_refused():
    *_, state = train(small_network(), BOARD, SCHEDULE, steps=3, batch_size=8)
    model = small_network(1)
    with pytest.raises(ValueError, match="resume stands at step 3, beyond the last of 2 steps"):
        train(model, BOARD, SCHEDULE, steps=2, batch_size=8, resume=progress(state))
    assert torch.equal(weights(model), weights(small_network(1)))
    assert list(train(small_network(), BOARD, SCHEDULE, steps=3, batch_size=8, resume=progress(state))) == []


@pytest.mark.parametrize("where", ["step", "average"])
def test_an_interrupt_does_not_leave_gradients_off(monkeypatch, where):
    """Where torch has just turned them off, it may not come to turning them on again."""
    def interrupted(*arguments):
        torch.set_grad_enabled(False)
        raise KeyboardInterrupt

    monkeypatch.setattr(torch.optim.Adam if where == "step" else EMA, "step" if where == "step" else "move",
                        interrupted)
    with pytest.raises(KeyboardInterrupt):
        next(train(small_network(), BOARD, SCHEDULE, steps=3, batch_size=8))
    assert torch.is_grad_enabled()


# --- bad input -------------------------------------------------------------------------------------------

@pytest.mark.parametrize("options, error, words", [
    ({"steps": 0}, ValueError, "steps must be at least 1, got 0"),
    ({"steps": -3}, ValueError, "steps must be at least 1, got -3"),
    ({"steps": 2.5}, TypeError, "steps must be an integer, got 2.5"),
    ({"batch_size": 0}, ValueError, "batch_size must be at least 1, got 0"),
    ({"batch_size": "8"}, TypeError, "batch_size must be an integer, got '8'"),
    ({"lr": 0}, ValueError, "lr must be positive and finite, got 0"),
    ({"lr": -0.1}, ValueError, "lr must be positive and finite, got -0.1"),
    ({"lr": math.nan}, ValueError, "lr must be positive and finite, got nan"),
    ({"lr": math.inf}, ValueError, "lr must be positive and finite, got inf"),
    ({"lr": "fast"}, TypeError, "lr must be a number, got 'fast'"),
    ({"ema_decay": 1.0}, ValueError, "ema_decay must be between 0 and 1 or 0, got 1.0"),
    ({"ema_decay": -0.1}, ValueError, "ema_decay must be between 0 and 1 or 0, got -0.1"),
    ({"seed": "x"}, TypeError, "seed must be an integer, got 'x'"),
])
def test_bad_training_arguments(options, error, words):
    model = small_network()
    before = weights(model)
    with pytest.raises(error, match=words):
        # at the call, not at the first step
        train(model, BOARD, SCHEDULE, **{"steps": 1, "batch_size": 4, **options})
    assert torch.equal(weights(model), before)


def test_bad_arguments_of_the_smaller_functions():
    with pytest.raises(ValueError, match="steps must be at least 1, got 0"):
        decayed_lr(1, 0, 0.1)
    for points in (0, -1):
        with pytest.raises(ValueError, match=f"points must be at least 1, got {points}"):
            loss_per_t(ZERO, BOARD, SCHEDULE, points=points)
    for t in (0, 21):
        with pytest.raises(ValueError, match=rf"t must lie in 1\.\.20, got {t}"):
            loss(ZERO, torch.zeros(3, 2), t, torch.zeros(3, 2), SCHEDULE)
    with pytest.raises(ValueError, match="eps must have the shape of x0"):
        loss(ZERO, torch.zeros(3, 2), 1, torch.zeros(2, 2), SCHEDULE)


def test_an_answer_of_the_wrong_shape_is_not_broadcast_into_a_loss():
    """A network that forgets a dimension would otherwise train quietly towards nonsense."""
    for wrong in (lambda xt, t: xt[:, :1], lambda xt, t: xt[:1], lambda xt, t: xt.mean()):
        with pytest.raises(ValueError, match=r"the model must answer with the shape of xt, \(3, 2\), got"):
            loss(Function(wrong), torch.zeros(3, 2), 1, torch.zeros(3, 2), SCHEDULE)


def test_training_leaves_schedule_and_data_as_they_were():
    board, schedule = Checkerboard(6), copy.deepcopy(SCHEDULE)
    for _ in train(small_network(), board, schedule, steps=2, batch_size=4):
        pass
    assert torch.equal(schedule.beta, SCHEDULE.beta) and torch.equal(schedule.alpha_bar, SCHEDULE.alpha_bar)
    assert board == Checkerboard(6)
