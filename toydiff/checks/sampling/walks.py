"""The questions about a whole walk from noise to data, and how its answer is read."""

import torch

from ... import sampling
from ...forward_process import Schedule
from ..engine.asking import Case, Network, Unreadable
from ..networks import curl, silent, wave
from ..points import CROWD, SHORT, alone, drawn


def walks():
    """Return the cases of the whole sampler. z[0] and z[1] hold noise, too, which nobody should use."""
    def case(given, schedule=SHORT, model=wave, n=4, dtype=torch.float64, variance=None, z=1.0, far=1.0):
        return Case(given, {
            "model": Network(model), "xT": far * drawn(n, 2).to(dtype),
            "z": (z * drawn(schedule.T + 1, n, 2, seed=8)).to(dtype),
            "variance": schedule.beta if variance is None else variance, "schedule": schedule})

    other = {"xT": drawn(4, 2, seed=9), "z": drawn(7, 4, 2, seed=10), "variance": SHORT.beta.sqrt()}
    return [*alone(case("six steps"), model=Network(curl), **other, schedule=Schedule.linear(6, 0.1, 0.3)),
            case("z = 0", z=0.0), case("a network that answers 0", model=silent),
            case(f"{CROWD} points", n=CROWD), case("points far out", far=300.0),
            case("a schedule of 130 steps", Schedule.linear(130, 1e-3, 0.05), n=2),
            case("the variance of the posterior", variance=sampling.posterior_variance(SHORT)),
            case("a schedule of 12 steps", Schedule.linear(12, 0.01, 0.3)), case("two points", n=2),
            case("a schedule of one step", Schedule([0.4])), case("a batch of one point", n=1),
            case("float32 points", dtype=torch.float32)]


def read_walk(value, after):
    """Return the answer, unless it is not a number because the walk went on to t = 0, where the formula is 0/0."""
    if isinstance(value, torch.Tensor) and value.isnan().all() and 0 in after["model"].asked:
        raise Unreadable("the answer is NaN, and the network was asked at t = 0. Does the walk go on to there, where a "
                         "step is 0/0? It runs from T to 1: `range(T, 0, -1)`.")
    return value
