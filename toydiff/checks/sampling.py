"""The checks of station 5, sampling: what is asked. What people write instead: sampling_mistakes and,
of tables, sampling_table_mistakes.
"""

import torch

from .. import sampling
from ..forward_process import Schedule, predict_x0
from .engine.ladder import Exercise
from .engine.asking import Case, Network, Unreadable
from .sampling_mistakes import MISTAKES
from .sampling_table_mistakes import MISTAKES as TABLE_MISTAKES

NOTEBOOK = "05_sampling"
LINEAR, COSINE, SHORT = Schedule.linear(), Schedule.cosine(20), Schedule.linear(6, 0.05, 0.5)


def by_t(index, args):
    """Say where: an entry of a table."""
    return f"the entry at t = {index[0]}"


def by_point(index, args):
    """Say where: a coordinate of a point, at its t if there is one."""
    t = args.get("t", 0)
    when = f"at t = {t if isinstance(t, int) else t[index[0]].item()} " if "t" in args else ""
    return f"{when}the {'xy'[index[1]]} of point {index[0]}"


def wave(xt, t):
    """Answer something that depends on the point and on t: a stand-in for a network."""
    t = torch.as_tensor(t, device=xt.device).to(xt.dtype).reshape(-1, 1)
    return torch.sin(2 * xt + 0.3 * t) + 0.2 * xt


def silent(xt, t):
    """Answer 0: a stand-in for a network."""
    return torch.zeros_like(xt)


def drawn(*shape, seed=5):
    """Return the same normal numbers each time, float64."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


# --- the right answers; their parameters are what a learner's function must take ---------------------------

def posterior_mean(x0, xt, t, schedule):
    """The mean of q(x_{t−1} | x_t, x_0), shape (batch, 2)."""
    return sampling.posterior_mean(x0, xt, t, schedule)


def posterior_variance(schedule):
    """β̃_t, shape (T + 1,)."""
    return sampling.posterior_variance(schedule)


def reverse_step(model, xt, t, z, variance, schedule):
    """x_{t−1}, shape (batch, 2)."""
    return sampling.reverse_step(model, xt, t, schedule, z, variance)


def sampler(model, xT, z, variance, schedule):
    """x_0, shape (batch, 2), from T steps back, the last without noise."""
    x = xT
    for t in range(schedule.T, 0, -1):
        x = reverse_step(model, x, t, z[t] if t > 1 else torch.zeros_like(x), variance, schedule)
    return x


def ddim_step(model, xt, t, s, schedule):
    """x_s for s < t without noise, shape (batch, 2)."""
    eps = model(xt, t)
    alpha_bar = schedule.alpha_bar[s]
    return (alpha_bar.sqrt() * predict_x0(xt, t, eps, schedule) + (1 - alpha_bar).sqrt() * eps).to(xt.dtype)


def optimal_variance(schedule, loss_per_t):
    """β̃_t and what is not known of x_0, shape (T + 1,)."""
    return sampling.optimal_variance(schedule, loss_per_t)


# --- the questions ----------------------------------------------------------------------------------------

def pairs():
    """Return the cases of posterior_mean."""
    x0, xt = drawn(6, 2), drawn(6, 2, seed=6)
    mixed, zero = torch.tensor([1, 3, 10, 50, 99, 100]), torch.zeros(6, 2).double()

    def case(given, x0, xt, t, schedule=LINEAR):
        return Case(given, {"x0": x0, "xt": xt, "t": t, "schedule": schedule})

    return [
        case("x0 = 0", zero, xt, mixed), case("xt = 0", x0, zero, mixed),
        case("t = 1 for every point", x0, xt, torch.ones(6).long()),
        case("t = T for every point", x0, xt, torch.full((6,), 100)),
        case("a different t for each point", x0, xt, mixed.flip(0)),
        case("two points", x0[:2], xt[:2], torch.tensor([90, 20])),
        case("a batch of one point", x0[:1], xt[:1], torch.tensor([30])),
        case("another schedule, of 20 steps", x0, xt, torch.tensor([2, 5, 8, 12, 16, 19]), COSINE),
        case("float32 points", x0.float(), xt.float(), mixed),
    ]


def schedules():
    """Return the cases of a table that follows from the schedule alone."""
    uneven = Schedule([0.5, 0.01, 0.2, 0.9])
    return [Case("our schedule", {"schedule": LINEAR}), Case("the cosine schedule", {"schedule": COSINE}),
            Case("uneven steps", {"schedule": uneven}), Case("a single step", {"schedule": Schedule([0.3])})]


def steps(*extra):
    """Return the cases of one step; extra: which of z, variance and s the function takes."""
    def case(given, t, model=wave, n=5, schedule=LINEAR, dtype=torch.float64, z=1.0, s=None, variance=None):
        values = {"model": Network(model), "xt": drawn(n, 2).to(dtype), "t": t, "schedule": schedule,
                  "z": (z * drawn(n, 2, seed=7)).to(dtype), "s": t - 1 if s is None else s,
                  "variance": schedule.beta if variance is None else variance}
        return Case(given, {name: values[name] for name in ("model", "xt", "t", *extra, "schedule")})

    first = [case("z = 0", 40, z=0.0), case(
        "the variance of the posterior", 60, variance=sampling.posterior_variance(LINEAR))] if "z" in extra else [
        case("s = t − 1", 40), case("a jump from t = 80 to s = 30", 80, s=30), case("a jump to s = 0", 60, s=0)]
    return [*first, case("a network that answers 0", 50, silent), case("t = 1", 1), case("t = T", 100),
            case("t = 2", 2), case("two points", 30, n=2), case("a batch of one point", 30, n=1),
            case("another schedule, of 20 steps", 12, schedule=COSINE), case("float32 points", 20, dtype=torch.float32)]


def walks():
    """Return the cases of the whole sampler. z[0] and z[1] hold noise, too, which nobody should use."""
    def case(given, schedule=SHORT, model=wave, n=4, dtype=torch.float64, variance=None, z=1.0):
        return Case(given, {
            "model": Network(model), "xT": drawn(n, 2).to(dtype),
            "z": (z * drawn(schedule.T + 1, n, 2, seed=8)).to(dtype),
            "variance": schedule.beta if variance is None else variance, "schedule": schedule})

    return [case("z = 0", z=0.0), case("a network that answers 0", model=silent), case("variance = β"),
            case("the variance of the posterior", variance=sampling.posterior_variance(SHORT)),
            case("a schedule of 12 steps", Schedule.linear(12, 0.01, 0.3)), case("two points", n=2),
            case("a schedule of one step", Schedule([0.4])), case("a batch of one point", n=1),
            case("float32 points", dtype=torch.float32)]


def read_walk(value, after):
    """Return the answer, unless it is not a number because the walk went on to t = 0, where the formula is 0/0."""
    if isinstance(value, torch.Tensor) and value.isnan().all() and 0 in after["model"].asked:
        raise Unreadable("the answer is NaN: the walk goes on to t = 0, where a step is 0/0. It runs from T to 1: "
                         "`range(T, 0, -1)`.")
    return value


def losses():
    """Return the cases of optimal_variance."""
    def case(given, schedule, per_t):
        per_t = torch.as_tensor(per_t, dtype=torch.float64).expand(schedule.T + 1).clone()
        per_t[0] = 0
        return Case(given, {"schedule": schedule, "loss_per_t": per_t})

    falling = torch.linspace(1, 0.05, 101)
    return [case("a loss of 0", LINEAR, 0.0), case("a loss of 1 at every t", LINEAR, 1.0),
            case("a loss that falls with t", LINEAR, falling), case("a short schedule", SHORT, torch.rand(
                7, generator=torch.Generator().manual_seed(9))), case("two steps", Schedule([0.1, 0.4]), 0.5)]


EXERCISES = [
    Exercise(
        "sampling.posterior_mean", NOTEBOOK, posterior_mean, pairs(), MISTAKES["posterior_mean"],
        hints=["Two weights, each a number for each point; then `w0 * x0 + wt * xt`.",
               "`schedule.alpha_bar[t - 1]` is ᾱ_{t−1}. `[:, None]` makes a column of it.",
               "w0 = √ᾱ_{t−1} β_t / (1 − ᾱ_t), wt = √α_t (1 − ᾱ_{t−1}) / (1 − ᾱ_t). End with `.to(x0.dtype)`."],
        place=by_point),
    Exercise(
        "sampling.posterior_variance", NOTEBOOK, posterior_variance, schedules(), TABLE_MISTAKES["posterior_variance"],
        hints=["`alpha_bar[1:]` holds ᾱ_1 … ᾱ_T. Which slice holds ᾱ_0 … ᾱ_{T−1}?",
               "Begin with `torch.zeros_like(schedule.beta)`, then fill `[1:]`."],
        place=by_t),
    Exercise(
        "sampling.reverse_step", NOTEBOOK, reverse_step, steps("z", "variance"), MISTAKES["reverse_step"],
        hints=["First ask: `eps = model(xt, t)`. Then the mean, then the noise.",
               "All of (x_t − …) is divided by √α_t: that of the single step, not ᾱ_t.",
               "`variance[t].sqrt() * z` is the noise."],
        place=by_point),
    Exercise(
        "sampling.sampler", NOTEBOOK, sampler, walks(), MISTAKES["sampler"],
        hints=["`for t in range(schedule.T, 0, -1)`: which t is the first, which the last?",
               "In the loop `x = reverse_step(…)`; after the loop `return x`.",
               "At t = 1 hand in `torch.zeros_like(x)` instead of `z[1]`."],
        place=by_point, read=read_walk),
    Exercise(
        "sampling.ddim_step", NOTEBOOK, ddim_step, steps("s"), MISTAKES["ddim_step"],
        hints=["Which x_0 does the network have in mind? `predict_x0` of notebook 2, with its eps.",
               "Then jump forward again, to s: the formula of `add_noise` with that x_0 and the same eps."],
        place=by_point),
    Exercise(
        "sampling.optimal_variance", NOTEBOOK, optimal_variance, losses(), TABLE_MISTAKES["optimal_variance"],
        hints=["Three pieces: the posterior's variance, the squared weight of x_0 in its mean, and Var[x_0 | x_t].",
               "All are tables: `alpha_bar[1:-1]` beside `alpha_bar[2:]`, `beta[2:]`, `loss_per_t[2:]`."],
        place=by_t),
]
