"""The mean of a step back, if x_0 were known."""

import torch

from ... import sampling
from ...forward_process import add_noise
from .. import drawings
from ..columns import NO_ROW, ONE_T, row
from ..engine.asking import Case
from ..engine.exercise import Exercise
from ..points import COSINE, CROWD, EVERY_T, LINEAR, LONG, ONE, T_MIXED, T_OF_20, T_OF_300, TWIN, alone, by_point, drawn
from .sections import KNOWN, NOTEBOOK


def posterior_mean(x0, xt, t, schedule):
    """The mean of q(x_{t−1} | x_t, x_0), shape (batch, 2)."""
    return sampling.posterior_mean(x0, xt, t, schedule)


def pairs():
    """Return the cases: x_0 and x_t, each once 0."""
    x0, xt, zero = drawn(6, 2), drawn(6, 2, seed=6), torch.zeros(6, 2).double()

    def case(given, x0, xt, t, schedule=LINEAR):
        return Case(given, {"x0": x0, "xt": xt, "t": t, "schedule": schedule})

    return [
        *alone(case("a t for each point", x0, xt, T_MIXED), t=T_MIXED.flip(0), schedule=TWIN),
        case("x0 = 0", zero, xt, T_MIXED), case("xt = 0", x0, zero, T_MIXED),
        case("t = 1 for every point", x0, xt, torch.ones(6).long()),
        case("t = T for every point", x0, xt, torch.full((6,), 100)),
        case(f"{CROWD} points of every t", drawn(CROWD, 2), drawn(CROWD, 2, seed=6), EVERY_T),
        case("a schedule of 300 steps", x0, xt, T_OF_300, LONG),
        case("a schedule of one step", x0, xt, torch.ones(6).long(), ONE),
        case("points far from the board", 300 * x0, 300 * xt, T_MIXED),
        case("two points", x0[:2], xt[:2], torch.tensor([90, 20])),
        case("a batch of one point", x0[:1], xt[:1], torch.tensor([30])),
        case("another schedule, of 20 steps", x0, xt, T_OF_20, COSINE),
        case("float32 points", x0.float(), xt.float(), torch.tensor([10, 20, 30, 50, 80, 100])),   # 1 − ᾱ_1 has few
    ]


exercise = Exercise(
    "sampling.posterior_mean", NOTEBOOK, posterior_mean, pairs(),
    hints=["Two weights, each a number for each point; then `w0 * x0 + wt * xt`.",
           "`schedule.alpha_bar[t - 1]` is ᾱ_{t−1}. `[:, None]` makes a column of it.",
           "w0 = √ᾱ_{t−1} β_t / (1 − ᾱ_t), wt = √α_t (1 − ᾱ_{t−1}) / (1 − ᾱ_t). End with `.to(x0.dtype)`."],
    place=by_point,
    draw=drawings.cloud(lambda f: f(drawings.board(), add_noise(drawings.board(), 20, drawings.noise(), LINEAR),
        drawings.every(20), LINEAR)))


def columns(schedule, t):
    """Return β_t, α_t, ᾱ_t and ᾱ_{t−1}, each a column."""
    return row(schedule.beta, t), row(schedule.alpha, t), row(schedule.alpha_bar, t), row(schedule.alpha_bar, t - 1)


@exercise.mistake(KNOWN)
def swapped(x0, xt, t, schedule):
    """The two weights are swapped: that of x_0 holds √ᾱ_{t−1} β_t."""
    b, a, now, before = columns(schedule, t)
    return (before.sqrt() * b * xt + a.sqrt() * (1 - before) * x0) / (1 - now)


@exercise.mistake(KNOWN)
def x0_only(x0, xt, t, schedule):
    """It makes no difference what x_t is: this is the part of x_0 alone. The mean mixes the two."""
    b, a, now, before = columns(schedule, t)
    return before.sqrt() * b * x0 / (1 - now)


@exercise.mistake(KNOWN)
def not_divided(x0, xt, t, schedule):
    """Both weights come out without the division by 1 − ᾱ_t."""
    b, a, now, before = columns(schedule, t)
    return before.sqrt() * b * x0 + a.sqrt() * (1 - before) * xt


@exercise.mistake(KNOWN)
def alpha_bar_for_previous(x0, xt, t, schedule):
    """The weight of x_0 has √ᾱ_t, it should have √ᾱ_{t−1}: look up at t − 1."""
    b, a, now, before = columns(schedule, t)
    return (now.sqrt() * b * x0 + a.sqrt() * (1 - before) * xt) / (1 - now)


@exercise.mistake(KNOWN)
def no_previous_at_all(x0, xt, t, schedule):
    """Both weights come out with ᾱ_t in the place of ᾱ_{t−1}."""
    b, a, now, before = columns(schedule, t)
    return (now.sqrt() * b * x0 + a.sqrt() * (1 - now) * xt) / (1 - now)


@exercise.mistake(KNOWN)
def alpha_bar_for_alpha(x0, xt, t, schedule):
    """The weight of x_t has √ᾱ_t, it should have √α_t, that of the single step."""
    b, a, now, before = columns(schedule, t)
    return (before.sqrt() * b * x0 + now.sqrt() * (1 - before) * xt) / (1 - now)


@exercise.mistake(KNOWN)
def alpha_for_alpha_bar(x0, xt, t, schedule):
    """It comes out divided by 1 − α_t, that of the single step; divide by 1 − ᾱ_t, with the product."""
    b, a, now, before = columns(schedule, t)
    return (before.sqrt() * b * x0 + a.sqrt() * (1 - before) * xt) / (1 - a)


@exercise.mistake(KNOWN)
def root_of_beta(x0, xt, t, schedule):
    """The weight of x_0 has √β_t; it is β_t, without a root."""
    b, a, now, before = columns(schedule, t)
    return (before.sqrt() * b.sqrt() * x0 + a.sqrt() * (1 - before) * xt) / (1 - now)


@exercise.mistake(KNOWN)
def t_minus_1(x0, xt, t, schedule):
    """All comes out one step too early, as if t were t − 1: `beta[t]` is β_t."""
    b, a, now, before = columns(schedule, t - 1)
    return (before.sqrt() * b * x0 + a.sqrt() * (1 - before) * xt) / (1 - now)


@exercise.mistake(KNOWN, says=NO_ROW)
def no_row(x0, xt, t, schedule):
    """Each coordinate, not each point, meets a factor."""
    b, a, now, before = schedule.beta[t], schedule.alpha[t], schedule.alpha_bar[t], schedule.alpha_bar[t - 1]
    return (before.sqrt() * b * x0 + a.sqrt() * (1 - before) * xt) / (1 - now)


@exercise.mistake(KNOWN, says=ONE_T)
def one_t(x0, xt, t, schedule):
    """The first t is used for all points."""
    return posterior_mean(x0, xt, t[:1].expand(len(t)), schedule)


@exercise.mistake(KNOWN)
def previous_without_root(x0, xt, t, schedule):
    """The weight of x_0 has ᾱ_{t−1}, it should have the root, √ᾱ_{t−1}."""
    b, a, now, before = columns(schedule, t)
    return (before * b * x0 + a.sqrt() * (1 - before) * xt) / (1 - now)


@exercise.mistake(KNOWN)
def alpha_without_root(x0, xt, t, schedule):
    """The weight of x_t has α_t, it should have the root, √α_t."""
    b, a, now, before = columns(schedule, t)
    return (before.sqrt() * b * x0 + a * (1 - before) * xt) / (1 - now)


@exercise.mistake(KNOWN)
def roots_of_noise(x0, xt, t, schedule):
    """The weight of x_t has √(1 − ᾱ_{t−1}); it is 1 − ᾱ_{t−1}, a variance, without a root."""
    b, a, now, before = columns(schedule, t)
    return (before.sqrt() * b * x0 + a.sqrt() * (1 - before).sqrt() * xt) / (1 - now)
