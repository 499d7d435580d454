"""Sampling: the posterior against Bayes' rule, the step against diffusers, the walk against Gaussians.

For normal data everything is a formula: the best ε is linear, x_t is normal, and so is each step back. That
makes exact predictions of what the sampler must return, with each choice of variance.
Statistical tests use fixed seeds; each states how often a right program would fail it by chance with a fresh seed.
"""

import math

import pytest
import torch
from torch import nn

from toydiff.checkpoint import build_model
from toydiff.forward_process import Schedule, add_noise, predict_x0
from toydiff.sampling import (
    beta_variance,
    ddpm,
    in_pieces,
    optimal_variance,
    posterior_mean,
    posterior_variance,
    reverse_step,
    sample,
)

SCHEDULES = {"linear": Schedule.linear(), "cosine": Schedule.cosine(), "reference": Schedule.reference(),
             "by hand": Schedule([0.1, 0.5, 0.2, 0.9]), "one step": Schedule([0.3])}


@pytest.fixture(params=SCHEDULES)
def schedule(request):
    return SCHEDULES[request.param]


def normal(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


class Gaussian(nn.Module):
    """The best denoiser for x0 ~ N(m, diag(c)): E[ε | x_t] = √(1−ᾱ) (x_t − √ᾱ m) / (ᾱc + 1 − ᾱ)."""

    def __init__(self, m, c, schedule):
        super().__init__()
        self.m, self.c = torch.tensor(m, dtype=torch.float64), torch.tensor(c, dtype=torch.float64)
        self.schedule = schedule

    def forward(self, xt, t):
        ab = self.schedule.alpha_bar[t]
        return ((1 - ab).sqrt() * (xt - ab.sqrt() * self.m) / (ab * self.c + 1 - ab)).to(xt.dtype)

    def loss_per_t(self):
        """The mean loss over both coordinates: each has ᾱc / (ᾱc + 1 − ᾱ)."""
        ab = self.schedule.alpha_bar[:, None]
        return (ab * self.c / (ab * self.c + 1 - ab)).mean(1).nan_to_num(0)

    def marginal(self, t):
        """Mean and variance of x_t, each of shape (2,)."""
        ab = self.schedule.alpha_bar[t]
        return ab.sqrt() * self.m, ab * self.c + 1 - ab

    def step_back(self, t):
        """Slope and variance of the exact q(x_{t−1} | x_t), by the rule for two correlated normal numbers:
        x_t = √α x' + √β z has covariance √α v' with x', so slope √α v' / v and variance v' − (√α v')² / v."""
        alpha, before = self.schedule.alpha[t], self.marginal(t - 1)[1]
        now = alpha * before + self.schedule.beta[t]
        return alpha.sqrt() * before / now, before - alpha * before**2 / now

    def predicted(self, variance):
        """Mean and variance of what ddpm returns with a given table, started from the exact x_T."""
        var = self.marginal(self.schedule.T)[1]
        for t in range(self.schedule.T, 0, -1):
            var = self.step_back(t)[0] ** 2 * var + variance[t]
        return self.m, var

    def start(self, n, seed=0, dtype=torch.float64):
        mean, var = self.marginal(self.schedule.T)
        return (mean + var.sqrt() * normal(n, 2, seed=seed)).to(dtype)


# --- the posterior ---------------------------------------------------------------------------------------

@pytest.mark.parametrize("name, t", [("linear", 2), ("linear", 50), ("linear", 100), ("cosine", 60), ("reference", 100),
                                     ("by hand", 2), ("by hand", 4)])
def test_posterior_by_bayes_rule_on_a_grid(name, t):
    """q(x'|x_t, x0) ∝ q(x'|x0) q(x_t|x'), added up on a fine grid."""
    schedule, x0, xt = SCHEDULES[name], 0.7, -0.4
    ab, alpha, beta = schedule.alpha_bar[t - 1].item(), schedule.alpha[t].item(), schedule.beta[t].item()
    centre, width = math.sqrt(ab) * x0, math.sqrt(1 - ab)
    grid = torch.linspace(centre - 30 * width, centre + 30 * width, 400_001, dtype=torch.float64)
    log_p = -(grid - centre) ** 2 / (2 * width**2) - (xt - math.sqrt(alpha) * grid) ** 2 / (2 * beta)
    p = (log_p - log_p.max()).exp()
    p /= p.sum()
    mean = (p * grid).sum()
    var = (p * (grid - mean) ** 2).sum()
    one = torch.ones(1, 2, dtype=torch.float64)
    got = posterior_mean(x0 * one, xt * one, t, schedule)
    assert got.tolist()[0] == pytest.approx([mean.item()] * 2, abs=1e-9)
    assert posterior_variance(schedule)[t].item() == pytest.approx(var.item(), rel=1e-6)


def test_the_last_step_back_ends_at_x0_without_doubt(schedule):
    x0, x1 = normal(5, 2), normal(5, 2, seed=1)
    assert torch.allclose(posterior_mean(x0, x1, 1, schedule), x0, rtol=1e-12)
    for variance in (posterior_variance(schedule), beta_variance(schedule),
                     optimal_variance(schedule, torch.full((schedule.T + 1,), 0.5))):
        assert variance.shape == (schedule.T + 1,) and variance[0] == 0 and variance[1] == 0
        assert (variance[2:] > 0).all()


def test_posterior_of_a_mixed_batch_is_each_point_alone():
    schedule, t = SCHEDULES["linear"], torch.tensor([1, 100, 37, 2])
    x0, xt = normal(4, 2, dtype=torch.float32), normal(4, 2, seed=1, dtype=torch.float32)
    together = posterior_mean(x0, xt, t, schedule)
    alone = torch.cat([posterior_mean(x0[i:i + 1], xt[i:i + 1], int(t[i]), schedule) for i in range(4)])
    assert together.dtype == torch.float32 and torch.allclose(together, alone, rtol=1e-5, atol=1e-6)


def test_the_step_is_the_posterior_mean_of_the_predicted_x0(schedule):
    """Algorithm 2 writes in ε what eq. 7 writes in x0: the same for any network."""
    xt, eps, none = normal(6, 2), normal(6, 2, seed=1), torch.zeros(6, 2).double()
    for t in range(1, schedule.T + 1):
        step = reverse_step(lambda x, s: eps, xt, t, schedule, none, posterior_variance(schedule))
        scale = schedule.alpha_bar[t].rsqrt()    # predict_x0 divides by √ᾱ, which at the end of cosine is 5e-4
        wanted = posterior_mean(predict_x0(xt, t, eps, schedule), xt, t, schedule)
        assert (step - wanted).abs().max() < 1e-12 * scale


def test_the_step_adds_noise_of_the_given_variance(schedule):
    xt, z, table = normal(6, 2), normal(6, 2, seed=2), torch.linspace(0.1, 2, schedule.T + 1).double()
    for t in {1, schedule.T}:
        def step(noise):
            return reverse_step(lambda x, s: 0 * x, xt, t, schedule, noise, table)
        assert torch.allclose(step(z) - step(0 * z), table[t].sqrt() * z, atol=1e-12)


def test_the_network_is_asked_about_xt_at_t():
    asked = []
    xt = normal(3, 2)
    reverse_step(lambda x, t: asked.append((x, t)) or x, xt, 37, SCHEDULES["linear"], xt, torch.zeros(101))
    assert len(asked) == 1 and torch.equal(asked[0][0], xt) and asked[0][1] == 37


# --- the variances ---------------------------------------------------------------------------------------

def test_beta_variance_is_beta_but_for_the_last_step(schedule):
    assert torch.equal(beta_variance(schedule)[2:], schedule.beta[2:])
    assert schedule.beta[1] > 0    # the table was not changed in place


@pytest.mark.parametrize("c", [0.01, 1 / 3, 1.0, 5.0])
def test_optimal_variance_is_exact_for_normal_data(schedule, c):
    data = Gaussian((0.3, -0.2), (c, c), schedule)
    variance = optimal_variance(schedule, data.loss_per_t())
    for t in range(2, schedule.T + 1):
        assert variance[t].item() == pytest.approx(data.step_back(t)[1][0].item(), rel=1e-9)


def test_optimal_variance_is_right_on_average_over_the_coordinates(schedule):
    """One number a step cannot suit two coordinates of unlike variance; it suits their mean."""
    data = Gaussian((0.0, 0.0), (0.05, 2.0), schedule)
    variance = optimal_variance(schedule, data.loss_per_t())
    for t in range(2, schedule.T + 1):
        assert variance[t].item() == pytest.approx(data.step_back(t)[1].mean().item(), rel=1e-9)


@pytest.mark.parametrize("careful", [0, 1, 2, 10, 100])
@pytest.mark.parametrize("kind", ["beta", "optimal"])
def test_a_careful_variance_is_the_posterior_one_near_the_data(kind, careful):
    schedule = SCHEDULES["linear"]
    losses = torch.linspace(1, 0.1, 101).double()
    make = {"beta": beta_variance, "optimal": lambda s, careful=0: optimal_variance(s, losses, careful)}[kind]
    variance, full = make(schedule, careful=careful), make(schedule)
    assert torch.equal(variance[:careful + 1], posterior_variance(schedule)[:careful + 1])
    assert torch.equal(variance[careful + 1:], full[careful + 1:])
    assert (full[2:] > posterior_variance(schedule)[2:]).all()
    assert torch.equal(losses, torch.linspace(1, 0.1, 101).double())    # not changed in place


def test_the_two_simple_variances_are_the_extremes(schedule):
    """β̃ is exact for data in a single point, β for data of variance 1 (DDPM, section 3.2); others lie between."""
    def exact(c):
        return optimal_variance(schedule, Gaussian((0.0, 0.0), (c, c), schedule).loss_per_t())

    assert torch.allclose(exact(0.0), posterior_variance(schedule), rtol=1e-12)
    assert torch.allclose(exact(1.0), beta_variance(schedule), rtol=1e-9)
    assert (exact(0.3)[2:] > posterior_variance(schedule)[2:]).all() and (exact(0.3)[2:] < schedule.beta[2:]).all()


# --- against diffusers -----------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def peer():
    """diffusers' DDPMScheduler for a schedule of ours, with its table in float64 as ours is."""
    pytest.importorskip("diffusers")
    from diffusers.schedulers.scheduling_ddpm import DDPMScheduler

    def make(schedule, variance_type):
        scheduler = DDPMScheduler(num_train_timesteps=schedule.T, trained_betas=schedule.beta[1:].numpy(),
                                  clip_sample=False, variance_type=variance_type)
        assert torch.allclose(scheduler.alphas_cumprod.double(), schedule.alpha_bar[1:], rtol=1e-4)
        scheduler.alphas_cumprod = schedule.alpha_bar[1:]
        return scheduler
    return make


VARIANCES = {"fixed_small": posterior_variance, "fixed_large": beta_variance}


@pytest.mark.parametrize("variance_type", VARIANCES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", ["linear", "reference", "by hand"])
def test_one_step_is_that_of_diffusers(peer, name, dtype, variance_type):
    schedule = SCHEDULES[name]
    scheduler, variance = peer(schedule, variance_type), VARIANCES[variance_type](schedule)
    xt, eps = normal(50, 2, dtype=dtype), normal(50, 2, seed=1, dtype=dtype)
    for t in range(1, schedule.T + 1):
        theirs = scheduler.step(eps, t - 1, xt, generator=torch.Generator().manual_seed(t)).prev_sample
        z = normal(50, 2, seed=t, dtype=dtype)
        ours = reverse_step(lambda x, s: eps, xt, t, schedule, z, variance)
        assert ours.dtype == dtype
        assert (ours - theirs).abs().max() < (1e-6 * max(1, ours.abs().max()) if dtype == torch.float32 else 1e-9)


@pytest.mark.parametrize("variance_type", VARIANCES)
def test_a_whole_walk_is_that_of_diffusers(peer, variance_type):
    schedule = SCHEDULES["linear"]
    model = build_model("FeatureMLP", schedule, 16).double()
    for table in model.buffers():
        table.data = table.double()
    scheduler, source = peer(schedule, variance_type), torch.Generator().manual_seed(9)
    x = normal(20, 2)
    walk = ddpm(model, schedule, x, 9, VARIANCES[variance_type](schedule))
    assert torch.equal(next(walk)[1], x)
    for t, ours in walk:
        with torch.no_grad():
            x = scheduler.step(model(x, t + 1), t, x, generator=source).prev_sample
        assert (ours - x).abs().max() < 1e-6 * max(1, x.abs().max())
    assert t == 0


# --- the walk --------------------------------------------------------------------------------------------

def test_with_the_optimal_variance_normal_data_comes_back_whatever_T_is(schedule):
    """Mean and variance pushed through the steps themselves, with no chance in it.

    Each step is exact but for the last, which returns E[x0|x1] without its noise: the variance is c − Var(x0|x1).
    """
    c, m = 0.4, torch.tensor([[0.6, -0.3]]).double()
    data = Gaussian((0.6, -0.3), (c, c), schedule)
    table = optimal_variance(schedule, data.loss_per_t())
    mean, var = data.marginal(schedule.T)
    mean, one, none = mean[None], torch.ones(1, 2).double(), torch.zeros(1, 2).double()
    for t in range(schedule.T, 0, -1):
        moved = reverse_step(data, mean, t, schedule, none, table)
        slope = reverse_step(data, mean + 1, t, schedule, none, table) - moved
        noise = reverse_step(data, mean, t, schedule, one, table) - moved
        mean, var = moved, slope**2 * var + noise**2
        wanted = data.marginal(t - 1)
        assert torch.allclose(mean, wanted[0], atol=1e-9)
        if t > 1:
            assert torch.allclose(var, wanted[1], atol=1e-9)
    left = c * (1 - schedule.alpha_bar[1]) / (schedule.alpha_bar[1] * c + 1 - schedule.alpha_bar[1])
    assert torch.allclose(mean, m, atol=1e-9) and torch.allclose(var, c - left, atol=1e-9)


@pytest.mark.parametrize("name", ["linear", "reference", "by hand"])
@pytest.mark.parametrize("choice", ["optimal", "posterior", "beta"])
@pytest.mark.parametrize("c", [(0.4, 0.4), (0.05, 1.5)], ids=["round", "long"])
def test_samples_have_the_moments_that_theory_predicts(name, choice, c):
    """With the wrong variance too: it predicts how wrong. 5 standard errors on 5 numbers: false alarm 3e-6."""
    schedule, n = SCHEDULES[name], 40_000
    data = Gaussian((0.6, -0.3), c, schedule)
    table = {"optimal": lambda: optimal_variance(schedule, data.loss_per_t()),
             "posterior": lambda: posterior_variance(schedule), "beta": lambda: beta_variance(schedule)}[choice]()
    *_, (t, x) = ddpm(data, schedule, data.start(n, dtype=torch.float32), 1, table)
    mean, var = data.predicted(table)
    assert t == 0
    assert ((x.mean(0) - mean).abs() < 5 * (var / n).sqrt()).all()
    covariance = x.double().T.cov()
    assert (covariance.diag() / var - 1).abs().max() < 5 * math.sqrt(2 / n)
    assert covariance[0, 1].abs() < 5 * (var.prod() / n).sqrt()


@pytest.mark.parametrize("variance", [posterior_variance, beta_variance])
def test_with_many_small_steps_every_variance_is_right(variance):
    """What theory predicts for T = 10 and T = 1000 comes as near to the data as it should."""
    errors = []
    for T in (10, 1000):
        schedule = Schedule.linear(T, 1 / T**2, 10 / T * 0.99)
        data = Gaussian((0.6, -0.3), (0.05, 1.5), schedule)
        errors.append((data.predicted(variance(schedule))[1] / data.c - 1).abs().max().item())
    assert errors[1] < 0.05 < errors[0]


def test_the_walk_names_every_t_and_keeps_what_it_gave():
    schedule, model = SCHEDULES["linear"], build_model("FeatureMLP", SCHEDULES["linear"], 8)
    xT = normal(4, 2, dtype=torch.float32)
    copy, steps = xT.clone(), []
    for t, x in ddpm(model, schedule, xT, seed=0):
        assert x.shape == (4, 2) and x.dtype == torch.float32 and not x.requires_grad
        steps.append((t, x, x.clone()))
    assert [t for t, _, _ in steps] == list(range(100, -1, -1))
    assert all(torch.equal(x, then) for _, x, then in steps)    # no later step wrote into an earlier one
    assert torch.equal(xT, copy) and torch.equal(steps[0][1], copy)


def test_the_last_step_adds_no_noise():
    """Two walks with other noise from the same x_1 end at the same x_0."""
    schedule = SCHEDULES["one step"]
    for variance in (None, beta_variance(schedule), optimal_variance(schedule, torch.ones(2))):
        ends = [list(ddpm(lambda x, t: x, schedule, torch.ones(3, 2), seed, variance))[-1][1] for seed in (1, 2)]
        assert torch.equal(*ends)


def test_posterior_variance_is_the_default():
    schedule, xT = SCHEDULES["linear"], normal(4, 2, dtype=torch.float32)
    a, b = (list(ddpm(lambda x, t: x, schedule, xT, 3, variance))[-1][1]
            for variance in (None, posterior_variance(schedule)))
    assert torch.equal(a, b)


def test_points_walk_independently():
    """The noise of one point does not depend on where the others are."""
    schedule, model = SCHEDULES["linear"], build_model("FeatureMLP", SCHEDULES["linear"], 8)
    xT = normal(4, 2, dtype=torch.float32)
    other = xT.clone()
    other[0] += 1
    a, b = (list(ddpm(model, schedule, start, 5))[-1][1] for start in (xT, other))
    assert torch.allclose(a[1:], b[1:], atol=1e-5) and not torch.allclose(a[0], b[0], atol=1e-5)


def test_gradients_are_off_inside_and_back_outside():
    schedule, model = SCHEDULES["by hand"], build_model("ReferenceMLP", SCHEDULES["by hand"], 8)
    for _, x in ddpm(model, schedule, torch.ones(2, 2), 0):
        assert torch.is_grad_enabled() and not x.requires_grad
    assert not sample(model, schedule, 3, 0).requires_grad and torch.is_grad_enabled()


# --- sample ----------------------------------------------------------------------------------------------

MODEL = build_model("FeatureMLP", SCHEDULES["by hand"], 8)


@pytest.mark.parametrize("n, batch_size", [(1, 100), (10, 3), (9, 3), (3, 3), (2, 3), (10, 1)])
def test_exactly_n_points_however_they_are_batched(n, batch_size):
    x = sample(MODEL, SCHEDULES["by hand"], n, seed=0, batch_size=batch_size)
    assert x.shape == (n, 2) and x.dtype == torch.float32 and x.isfinite().all()
    assert len(x.unique(dim=0)) == n    # no batch repeats another


def test_what_the_batch_size_changes_and_what_not():
    """Room for all n or more: the same bits. Less: the first batch is what a sample of that size is."""
    whole = sample(MODEL, SCHEDULES["by hand"], 10, seed=0)
    assert torch.equal(whole, sample(MODEL, SCHEDULES["by hand"], 10, seed=0, batch_size=10))
    parts = sample(MODEL, SCHEDULES["by hand"], 10, seed=0, batch_size=4)
    assert torch.equal(parts[:4], sample(MODEL, SCHEDULES["by hand"], 4, seed=0))
    assert not torch.equal(whole, parts)


def test_batches_have_the_distribution_of_the_whole():
    """From x_T ~ N(0, 1), which for data of variance 1 and mean 0 is exact: 5 standard errors on 5 numbers, 3e-6."""
    schedule, n = SCHEDULES["linear"], 30_000
    data = Gaussian((0.0, 0.0), (1.0, 1.0), schedule)
    x = sample(data, schedule, n, 2, variance=beta_variance(schedule), batch_size=7000)
    var = data.predicted(beta_variance(schedule))[1]
    assert x.mean(0).abs().max() < 5 * (var[0] / n).sqrt()
    covariance = x.double().T.cov()
    assert (covariance.diag() / var - 1).abs().max() < 5 * math.sqrt(2 / n)
    assert covariance[0, 1].abs() < 5 * var[0] / math.sqrt(n)


def test_sampling_starts_from_standard_normal_noise():
    """One step with a network that answers 0 only divides by √α. 5 standard errors on 5 numbers: false alarm 3e-6."""
    schedule, n = SCHEDULES["one step"], 100_000
    xT = sample(lambda x, t: torch.zeros_like(x), schedule, n, 4).double() * math.sqrt(0.7)
    assert xT.mean(0).abs().max() < 5 / math.sqrt(n)
    covariance = xT.T.cov()
    assert (covariance.diag() - 1).abs().max() < 5 * math.sqrt(2 / n) and covariance[0, 1].abs() < 5 / math.sqrt(n)


def test_no_more_points_than_allowed_are_under_way():
    sizes = []
    sample(lambda x, t: sizes.append(len(x)) or x, SCHEDULES["by hand"], 10, 0, batch_size=4)
    assert sizes == [4] * 4 + [4] * 4 + [2] * 4


def test_in_pieces_is_the_same_model_only_quicker():
    """On a CPU the model sees 5,000 points at a time, and what comes out is what it says of all at once."""
    sizes = []
    sample(lambda x, t: sizes.append(len(x)) or x, SCHEDULES["one step"], 12_000, 0)
    assert sizes == [5000, 5000, 2000]
    sizes.clear()    # a GPU, for which "meta" stands here, is quicker with all at once
    sample(lambda x, t: sizes.append(len(x)) or x, SCHEDULES["one step"], 12_000, device="meta")
    assert sizes == [12_000]
    x, many_t = normal(11, 2, dtype=torch.float32), torch.full((11,), 2)
    for size in (1, 4, 11, 50):    # a matrix product of other height may round otherwise: 1e-7 of numbers around 1
        assert torch.allclose(in_pieces(MODEL, size)(x, 2), MODEL(x, many_t), rtol=1e-5, atol=1e-5)


def test_a_wrong_answer_is_named_in_pieces_too():
    with pytest.raises(ValueError, match=r"the model must answer with the shape of xt, \(6000, 2\), got \(6000, 1\)"):
        sample(lambda x, t: x[:, :1], SCHEDULES["one step"], 6000, 0)


def test_the_seed_decides_and_the_global_state_stays():
    before, schedule = torch.get_rng_state(), SCHEDULES["by hand"]
    a, b, c = (sample(MODEL, schedule, 5, seed) for seed in (0, torch.Generator().manual_seed(0), 1))
    assert torch.equal(a, b) and not torch.equal(a, c)
    list(ddpm(MODEL, schedule, a, 0))
    assert torch.equal(before, torch.get_rng_state())


def test_without_a_seed_the_global_generator_decides():
    schedule = SCHEDULES["by hand"]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        first, second = sample(MODEL, schedule, 5), sample(MODEL, schedule, 5)
        torch.manual_seed(3)
        assert torch.equal(first, sample(MODEL, schedule, 5)) and not torch.equal(first, second)


# --- bad input -------------------------------------------------------------------------------------------

S, X, TABLE = SCHEDULES["by hand"], torch.zeros(3, 2), posterior_variance(SCHEDULES["by hand"])
NAN = torch.full((3, 2), math.nan)

BAD = {
    "mean t 0": (lambda: posterior_mean(X, X, 0, S), ValueError, r"t must lie in 1\.\.4, got 0"),
    "mean t 5": (lambda: posterior_mean(X, X, 5, S), ValueError, r"t must lie in 1\.\.4, got 5"),
    "mean float t": (lambda: posterior_mean(X, X, 1.5, S), TypeError, "t must be an integer, got 1.5"),
    "mean x0": (lambda: posterior_mean(torch.zeros(3), X, 1, S), ValueError,
                r"x0 must have shape \(batch, …\), got \(3,\)"),
    "mean xt": (lambda: posterior_mean(X, X[:2], 1, S), ValueError, "xt must have the shape of x0"),
    "mean NaN": (lambda: posterior_mean(NAN, X, 1, S), ValueError, "x0 must be finite"),
    "step t 0": (lambda: reverse_step(MODEL, X, 0, S, X, TABLE), ValueError, r"t must lie in 1\.\.4, got 0"),
    "step t 5": (lambda: reverse_step(MODEL, X, 5, S, X, TABLE), ValueError, r"t must lie in 1\.\.4, got 5"),
    "step t batch": (lambda: reverse_step(MODEL, X, torch.tensor([1, 2]), S, X, TABLE), ValueError, "t must be"),
    "step t float": (lambda: reverse_step(MODEL, X, 1.0, S, X, TABLE), TypeError, "t must be an integer, got 1.0"),
    "step xt": (lambda: reverse_step(MODEL, torch.zeros(3, 3), 1, S, X, TABLE), ValueError, r"\(3, 3\), got \(3, 2\)"),
    "step NaN": (lambda: reverse_step(MODEL, NAN, 1, S, X, TABLE), ValueError, "xt must be finite, but 3 of 3"),
    "step z": (lambda: reverse_step(MODEL, X, 1, S, X[:1], TABLE), ValueError, "z must have the shape of xt"),
    "step table": (lambda: reverse_step(MODEL, X, 1, S, X, TABLE[1:]), ValueError,
                   r"variance must have shape \(5,\), an entry for each t = 0…4, got \(4,\)"),
    "step number": (lambda: reverse_step(MODEL, X, 1, S, X, 0.1), TypeError,
                    "variance must be a torch.Tensor .* float"),
    "step answer": (lambda: reverse_step(lambda x, t: x[:, :1], X, 1, S, X, TABLE), ValueError,
                    r"the model must answer with the shape of xt, \(3, 2\), got \(3, 1\)"),
    "step None": (lambda: reverse_step(lambda x, t: None, X, 1, S, X, TABLE), ValueError, "got NoneType"),
    "optimal short": (lambda: optimal_variance(S, torch.ones(4)), ValueError, r"loss_per_t must have shape \(5,\)"),
    "optimal list": (lambda: optimal_variance(S, [1] * 5), TypeError, "loss_per_t must be a torch.Tensor .* got list"),
    "beta careful": (lambda: beta_variance(S, 1.5), TypeError, "careful must be an integer"),
    "optimal careful": (lambda: optimal_variance(S, torch.ones(5), -1), ValueError,
                        "careful must be at least 0, got -1"),
    "ddpm xT": (lambda: next(ddpm(MODEL, S, torch.zeros(3), 0)), ValueError, "xT must have shape"),
    "ddpm NaN": (lambda: next(ddpm(MODEL, S, NAN, 0)), ValueError, "xT must be finite"),
    "ddpm variance": (lambda: next(ddpm(MODEL, S, X, 0, 0.1)), TypeError, "variance must be a torch.Tensor"),
    "ddpm seed": (lambda: next(ddpm(MODEL, S, X, "a")), TypeError, "seed must be an integer, got 'a'"),
    "sample 0": (lambda: sample(MODEL, S, 0), ValueError, "n must be at least 1, got 0"),
    "sample -1": (lambda: sample(MODEL, S, -1), ValueError, "n must be at least 1, got -1"),
    "sample 1.5": (lambda: sample(MODEL, S, 1.5), TypeError, "n must be an integer, got 1.5"),
    "sample batch": (lambda: sample(MODEL, S, 3, batch_size=0), ValueError, "batch_size must be at least 1, got 0"),
    "sample seed": (lambda: sample(MODEL, S, 3, seed=0.5), TypeError, "seed must be an integer, got 0.5"),
}


@pytest.mark.parametrize("call, error, words", BAD.values(), ids=BAD)
def test_bad_arguments(call, error, words):
    with pytest.raises(error, match=words) as caught:
        call()
    assert len(str(caught.value).splitlines()) == 1


def test_a_network_that_loses_its_way_is_stopped():
    with pytest.raises(ValueError, match="the model must answer with finite numbers, but at t = 4 3 of 3"):
        list(ddpm(lambda x, t: x / 0, S, torch.ones(3, 2), 0))


def test_noising_and_walking_back_meet():
    """add_noise at T and the walk from there with the exact denoiser of one point end at that point."""
    schedule = SCHEDULES["reference"]
    data = Gaussian((0.5, -0.5), (0.0, 0.0), schedule)
    xT = add_noise(data.m.expand(50, 2), schedule.T, normal(50, 2), schedule)
    *_, (_, x) = ddpm(data, schedule, xT, 0)
    assert torch.allclose(x, data.m.expand(50, 2), atol=1e-9)
