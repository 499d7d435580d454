"""The best possible answer for Gaussian data."""

import torch

from .. import drawings
from ..engine.asking import Case
from ..engine.exercise import Exercise
from ..points import COSINE, CROWD, LINEAR, LONG, ONE, TWIN, alone, by_point, drawn
from .factors import a_and_s
from .sections import BEST, NOTEBOOK


def gaussian_eps(xt, t, mean, variance, schedule):
    """E[ε | x_t] for Gaussian data, shape (batch, 2)."""
    a, s = a_and_s(schedule, t)
    return (s * (xt - a * mean) / (a**2 * variance + s**2)).to(xt.dtype)


def noisy_points():
    """Return the cases: points, and the mean and variance of their data."""
    def case(given, t, mean=0.0, variance=1 / 3, schedule=LINEAR, n=5, dtype=torch.float64, far=1.0):
        return Case(given, {"xt": far * drawn(n, 2, seed=0).to(dtype), "t": t, "mean": mean, "variance": variance,
                            "schedule": schedule})

    first = case("mean 0.7 and variance 1/3", 40, 0.7)
    return [*alone(first, xt=first.args["xt"].flip(0), t=50, mean=-0.4, variance=0.8, schedule=TWIN),
            case("mean 0 and variance 1", 40, 0.0, 1.0), case("mean 0 and variance 1/3", 40),
            case(f"{CROWD} points", 25, -0.3, 0.5, n=CROWD),
            case("a schedule of 300 steps and t = 256", 256, 0.3, 2.0, LONG),
            case("a schedule of one step", 1, 0.3, 2.0, ONE),
            case("mean 2 and variance 0.25", 20, 2.0, 0.25), case("variance 9", 60, -1.0, 9.0),
            case("variance 0: all data in one place", 30, 0.5, 0.0), case("t = 1", 1, 0.3), case("t = T", 100, 0.3),
            case("points far out", 40, far=300.0), case("two points", 50, n=2), case("a batch of one point", 50, n=1),
            case("another schedule, of 20 steps", 7, 1.0, 0.5, COSINE),
            case("float32 points", 30, 0.2, dtype=torch.float32)]


exercise = Exercise(
    "evaluation.gaussian_eps", NOTEBOOK, gaussian_eps, noisy_points(),
    hints=["x_t is Gaussian: which mean has it, which variance?",
           "Var(x_t) = ᾱ_t · variance + (1 − ᾱ_t); Cov(ε, x_t) = √(1 − ᾱ_t).",
           "E[ε | x_t] = Cov(ε, x_t) / Var(x_t) · (x_t − √ᾱ_t · mean)."],
    place=by_point,
    draw=drawings.curve(lambda f: f(drawings.LINE.repeat(2, 1).T, 30, 0.5, 0.1, LINEAR)[:, 0], drawings.LINE,
        "x at t = 30, data around 0.5"))


@exercise.mistake(BEST)
def mean_ignored(xt, t, mean, variance, schedule):
    """It makes no difference here what the mean is. x_t lies around √ᾱ_t · mean: subtract that."""
    a, s = a_and_s(schedule, t)
    return s * xt / (a**2 * variance + s**2)


@exercise.mistake(BEST)
def mean_not_shrunk(xt, t, mean, variance, schedule):
    """Here the mean is taken off as it is; it shrinks like the data, to √ᾱ_t · mean."""
    a, s = a_and_s(schedule, t)
    return s * (xt - mean) / (a**2 * variance + s**2)


@exercise.mistake(BEST)
def variance_ignored(xt, t, mean, variance, schedule):
    """This is right only for data of variance 1."""
    a, s = a_and_s(schedule, t)
    return s * (xt - a * mean)


@exercise.mistake(BEST)
def x0_known(xt, t, mean, variance, schedule):
    """This is right for variance 0, where the mean is x_0 itself; the data varies around it."""
    a, s = a_and_s(schedule, t)
    return (xt - a * mean) / s


@exercise.mistake(BEST)
def variance_not_shrunk(xt, t, mean, variance, schedule):
    """The variance of the data must be multiplied by ᾱ_t."""
    a, s = a_and_s(schedule, t)
    return s * (xt - a * mean) / (variance + s**2)


@exercise.mistake(BEST)
def variance_squared(xt, t, mean, variance, schedule):
    """This has variance², as if a standard deviation came in; it is a variance already."""
    a, s = a_and_s(schedule, t)
    return s * (xt - a * mean) / (a**2 * variance**2 + s**2)


@exercise.mistake(BEST)
def root_below(xt, t, mean, variance, schedule):
    """Here the root of Var(x_t) stands below, as in a correlation; divide by Var(x_t) itself."""
    a, s = a_and_s(schedule, t)
    return s * (xt - a * mean) / (a**2 * variance + s**2).sqrt()


@exercise.mistake(BEST)
def standardised(xt, t, mean, variance, schedule):
    """This is x_t standardised: divide by its variance, not by its root, and mind the factor √(1 − ᾱ_t)."""
    a, s = a_and_s(schedule, t)
    return (xt - a * mean) / (a**2 * variance + s**2).sqrt()


@exercise.mistake(BEST)
def sign(xt, t, mean, variance, schedule):
    """The sign is wrong: to the right of √ᾱ_t · mean the noise is positive."""
    a, s = a_and_s(schedule, t)
    return -s * (xt - a * mean) / (a**2 * variance + s**2)


@exercise.mistake(BEST)
def minus_score(xt, t, mean, variance, schedule):
    """This is the score with a minus; E[ε] is √(1 − ᾱ_t) times that."""
    a, s = a_and_s(schedule, t)
    return (xt - a * mean) / (a**2 * variance + s**2)


@exercise.mistake(BEST)
def score(xt, t, mean, variance, schedule):
    """This is the score; E[ε] is −√(1 − ᾱ_t) times that."""
    a, s = a_and_s(schedule, t)
    return -(xt - a * mean) / (a**2 * variance + s**2)


@exercise.mistake(BEST)
def noise_without_root(xt, t, mean, variance, schedule):
    """Above stands 1 − ᾱ_t, which is Var(√(1 − ᾱ_t) ε); Cov(ε, x_t) is its root."""
    a, s = a_and_s(schedule, t)
    return s**2 * (xt - a * mean) / (a**2 * variance + s**2)
