"""One step back, piece by piece, and the questions about it."""

import torch

from ... import sampling
from ...forward_process import predict_x0
from ..engine.asking import Case, Network
from ..networks import curl, silent, wave
from ..points import COSINE, CROWD, LINEAR, LONG, ONE, TWIN, alone, drawn


def mean(model, xt, t, schedule):
    """Return the mean of DDPM's step, shape (batch, 2)."""
    alpha, alpha_bar = schedule.alpha[t], schedule.alpha_bar[t]
    return (xt - (1 - alpha) / (1 - alpha_bar).sqrt() * model(xt, t)) / alpha.sqrt()


def step(model, xt, t, z, variance, schedule):
    """Return x_{t−1} by DDPM, shape (batch, 2), whatever comes in."""
    return mean(model, xt, t, schedule) + variance[t].sqrt() * z


def clamped_step(model, xt, t, z, variance, schedule):
    """Return x_{t−1} as where the guess of x_0 is kept within ±1, by DDPM's eq. 7."""
    x0 = predict_x0(xt, t, model(xt, t), schedule).clamp(-1, 1)
    return sampling.posterior_mean(x0, xt, t, schedule) + variance[t].sqrt() * z


def steps(*extra):
    """Return the cases of one step; extra: which of z, variance and s the function takes."""
    def case(given, t, model=wave, n=5, schedule=LINEAR, dtype=torch.float64, z=1.0, s=None, variance=None,
             far=1.0):
        values = {"model": Network(model), "xt": far * drawn(n, 2).to(dtype), "t": t, "schedule": schedule,
                  "z": (z * drawn(n, 2, seed=7)).to(dtype), "s": t - 1 if s is None else s,
                  "variance": schedule.beta if variance is None else variance}
        return Case(given, {name: values[name] for name in ("model", "xt", "t", *extra, "schedule")})

    first = case("t = 70", 70)
    others = {"z": drawn(5, 2, seed=9), "variance": LINEAR.beta.sqrt(), "s": 35}
    pairs = alone(first, model=Network(curl), xt=drawn(5, 2, seed=10), t=80, schedule=TWIN,
                  **{name: others[name] for name in extra})
    no_variance = [case("a variance of 0", 60, variance=0 * LINEAR.beta)] if "variance" in extra else []
    special = [case("z = 0", 40, z=0.0), *no_variance, case(
        "the variance of the posterior", 60, variance=sampling.posterior_variance(LINEAR))] if "z" in extra else [
        case("s = t − 1", 40), case("a jump from t = 80 to s = 30", 80, s=30), case("a jump to s = 0", 60, s=0)]
    return [*pairs, *special, case("a network that answers 0", 50, silent), case("t = 1", 1), case("t = T", 100),
            case(f"{CROWD} points", 10, n=CROWD), case("points far out", 40, far=300.0),
            case("a schedule of 300 steps and t = 256", 256, schedule=LONG),
            case("a schedule of one step", 1, schedule=ONE),
            case("t = 2", 2), case("two points", 30, n=2), case("a batch of one point", 30, n=1),
            case("another schedule, of 20 steps", 20, schedule=COSINE), case("float32 points", 20, dtype=torch.float32)]
