"""The whole walk back, from pure noise to data."""

import torch

from .. import drawings
from ..columns import CUT_OFF
from ..engine.exercise import Exercise
from ..points import by_point
from .reverse_step import reverse_step
from .sections import GUESS, LAST, NOISE, NOTEBOOK, WALK
from .steps import clamped_step, mean, step
from .walks import read_walk, walks


def sampler(model, xT, z, variance, schedule):
    """x_0, shape (batch, 2), from T steps back, the last without noise."""
    x = xT
    for t in range(schedule.T, 0, -1):
        x = reverse_step(model, x, t, z[t] if t > 1 else torch.zeros_like(x), variance, schedule)
    return x


exercise = Exercise(
    "sampling.sampler", NOTEBOOK, sampler, walks(),
    hints=["`for t in range(schedule.T, 0, -1)`: which t is the first, which the last?",
           "In the loop `x = reverse_step(…)`; after the loop `return x`.",
           "At t = 1 hand in `torch.zeros_like(x)` instead of `z[1]`."],
    place=by_point, read=read_walk,
    draw=drawings.cloud(lambda f: f(drawings.few_steps()[1], drawings.few_steps()[2][0], drawings.few_steps()[2],
        drawings.few_steps()[0].beta, drawings.few_steps()[0])))


def not_last(z, t):
    """Return the noise of step t, none in the last step."""
    return z[t] if t > 1 else 0 * z[t]


def walk(model, xT, z, variance, schedule, noise=not_last, ts=None, one=step):
    """Return the walk, right as it stands or wrong in one place; noise(z, t) is what the step `one` adds at t."""
    x = xT
    for t in range(schedule.T, 0, -1) if ts is None else ts:
        x = one(model, x, t, noise(z, t), variance, schedule)
    return x


@exercise.mistake(LAST)
def noise_at_the_end(model, xT, z, variance, schedule):
    """The last step adds noise, and no step is left to remove it: z = 0 at t = 1."""
    return walk(model, xT, z, variance, schedule, noise=lambda z, t: z[t])


@exercise.mistake(NOISE)
def no_noise(model, xT, z, variance, schedule):
    """It makes no difference what z is: no step adds noise. Only the last one should have none."""
    return walk(model, xT, z, variance, schedule, noise=lambda z, t: 0 * z[t])


@exercise.mistake(WALK)
def no_noise_first(model, xT, z, variance, schedule):
    """The first step back, at t = T, adds no noise; only the last one, t = 1, should have none."""
    return walk(model, xT, z, variance, schedule, noise=lambda z, t: not_last(z, t) * (t < schedule.T))


@exercise.mistake(LAST)
def noise_at_the_wrong_end(model, xT, z, variance, schedule):
    """The last step adds noise, the first, at t = T, does not. It is the other way round: z = 0 at t = 1."""
    return walk(model, xT, z, variance, schedule, noise=lambda z, t: z[t] * (t < schedule.T))


@exercise.mistake(LAST)
def noise_in_the_last_alone(model, xT, z, variance, schedule):
    """The last step, t = 1, is the only one that adds noise; it should be the only one that adds none."""
    return walk(model, xT, z, variance, schedule, noise=lambda z, t: z[t] * (t == 1))


@exercise.mistake(WALK)
def stops_at_2(model, xT, z, variance, schedule):
    """The walk ends after t = 2, as with `range(T, 1, -1)`; the last step, t = 1, is left out."""
    return walk(model, xT, z, variance, schedule, ts=range(schedule.T, 1, -1))


@exercise.mistake(WALK)
def starts_at_T_minus_1(model, xT, z, variance, schedule):
    """The first step, t = T, is left out."""
    return walk(model, xT, z, variance, schedule, ts=range(schedule.T - 1, 0, -1))


@exercise.mistake(WALK)
def forwards(model, xT, z, variance, schedule):
    """The steps come out in the order 1, 2 … T; the way back goes from T down to 1."""
    return walk(model, xT, z, variance, schedule, ts=range(1, schedule.T + 1))


@exercise.mistake(WALK)
def one_noise(model, xT, z, variance, schedule):
    """Every step adds the same noise, that of t = T; each t has its own, `z[t]`."""
    return walk(model, xT, z, variance, schedule, noise=lambda z, t: z[schedule.T] * (t > 1))


@exercise.mistake(WALK)
def noise_of_t_minus_1(model, xT, z, variance, schedule):
    """The step at t comes out with the noise `z[t - 1]`; its own is `z[t]`."""
    return walk(model, xT, z, variance, schedule, noise=lambda z, t: z[t - 1] * (t > 1))


@exercise.mistake(LAST)
def noise_of_t_minus_1_to_the_end(model, xT, z, variance, schedule):
    """Each step comes out with the noise `z[t - 1]`, the last one with `z[0]`: take `z[t]`, and none at t = 1."""
    return walk(model, xT, z, variance, schedule, noise=lambda z, t: z[t - 1])


@exercise.mistake(WALK)
def noise_from_the_other_end(model, xT, z, variance, schedule):
    """The first step comes out with the noise `z[0]`, the next with `z[1]`; the step at t has its own, `z[t]`."""
    return walk(model, xT, z, variance, schedule, noise=lambda z, t: z[schedule.T - t] * (t > 1))


@exercise.mistake(LAST)
def no_noise_at_2(model, xT, z, variance, schedule):
    """The step at t = 2 adds no noise either; only the last one, t = 1, should have none."""
    return walk(model, xT, z, variance, schedule, noise=lambda z, t: z[t] * (t > 2))


@exercise.mistake(WALK)
def asks_t_minus_1(model, xT, z, variance, schedule):
    """The network is asked with t − 1, but the point is one of step t."""
    return walk(lambda x, t: model(x, t - 1), xT, z, variance, schedule)


@exercise.mistake(GUESS)
def variance_for_std(model, xT, z, variance, schedule):
    """The noise is multiplied by the variance; its factor is the root of that."""
    x = xT
    for t in range(schedule.T, 0, -1):
        x = mean(model, x, t, schedule) + variance[t] * not_last(z, t)
    return x


@exercise.mistake(WALK)
def always_from_xT(model, xT, z, variance, schedule):
    """Your answer is one step, t = 1, from x_T, as if each began there again: hand on what the last one returned."""
    for t in range(schedule.T, 0, -1):
        x = step(model, xT, t, not_last(z, t), variance, schedule)
    return x


@exercise.mistake(WALK)
def first_step_alone(model, xT, z, variance, schedule):
    """Your answer is x_{T−1}, after one step: does the `return` stand inside of the loop?"""
    return walk(model, xT, z, variance, schedule, ts=[schedule.T])


@exercise.mistake(WALK)
def stays(model, xT, z, variance, schedule):
    """Your answer is x_T itself. Does the loop run down, as with `range(schedule.T, 0, -1)`? Is the answer of each step
    kept, `x = …`?
    """
    return xT.clone()


@exercise.mistake(GUESS, says=CUT_OFF)
def clamped(model, xT, z, variance, schedule):
    """The guess of x_0 is kept within ±1 in each step."""
    return walk(model, xT, z, variance, schedule, one=clamped_step)


@exercise.mistake(LAST)
def clamped_at_the_end(model, xT, z, variance, schedule):
    """What leaves the last step is cut off at ±1, which would hide the points that went astray: leave it."""
    return walk(model, xT, z, variance, schedule).clamp(-1, 1)
