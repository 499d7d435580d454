"""The variance of a step back, if x_0 were known."""

import torch

from ... import sampling
from ...forward_process import Schedule
from .. import drawings
from ..engine.asking import Case
from ..engine.exercise import Exercise
from ..points import COSINE, LINEAR, LONG, TWIN, by_t, turned
from .sections import KNOWN, NOTEBOOK


def posterior_variance(schedule):
    """β̃_t, shape (T + 1,)."""
    return sampling.posterior_variance(schedule)


exercise = Exercise(
    "sampling.posterior_variance", NOTEBOOK, posterior_variance,
    cases=[Case("our schedule", {"schedule": LINEAR}), Case("another schedule of 100 steps", {"schedule": TWIN}),
           Case("the same steps in another order", {"schedule": turned(LINEAR)}),
           Case("a schedule of 300 steps", {"schedule": LONG}), Case("the cosine schedule", {"schedule": COSINE}),
           Case("uneven steps", {"schedule": Schedule([0.5, 0.01, 0.2, 0.9])}),
           Case("a single step", {"schedule": Schedule([0.3])})],
    hints=["`alpha_bar[1:]` holds ᾱ_1 … ᾱ_T. Which slice holds ᾱ_0 … ᾱ_{T−1}?",
           "Begin with `torch.zeros_like(schedule.beta)`, then fill `[1:]`."],
    place=by_t,
    draw=drawings.curve(lambda f: f(LINEAR)))


def table(values):
    """Return 0 for t = 0, then the values."""
    return torch.cat([torch.zeros(1).double(), values])


@exercise.mistake(KNOWN)
def beta(schedule):
    """This is β_t: is the fraction before it missing, or has it 1 − ᾱ_t above and below? Above stands 1 − ᾱ_{t−1}."""
    return table(schedule.beta[1:])


@exercise.mistake(KNOWN)
def fraction_only(schedule):
    """This is (1 − ᾱ_{t−1})/(1 − ᾱ_t) alone: is the factor β_t missing, or a pair of brackets around 1 − ᾱ_{t−1}?"""
    now, before = schedule.alpha_bar[1:], schedule.alpha_bar[:-1]
    return table((1 - before) / (1 - now))


@exercise.mistake(KNOWN)
def std(schedule):
    """This is the root, the standard deviation; the variance is asked."""
    return posterior_variance(schedule).sqrt()


@exercise.mistake(KNOWN)
def upside_down(schedule):
    """The fraction comes out upside down: 1 − ᾱ_{t−1} belongs above, so that the last step has none."""
    now, before = schedule.alpha_bar[1:], schedule.alpha_bar[:-1]
    return table((1 - now) / (1 - before) * schedule.beta[1:])


@exercise.mistake(KNOWN)
def alpha_bar_ratio(schedule):
    """This is ᾱ_{t−1}/ᾱ_t · β_t; the fraction should hold the noise of each, 1 − ᾱ."""
    now, before = schedule.alpha_bar[1:], schedule.alpha_bar[:-1]
    return table(before / now * schedule.beta[1:])


@exercise.mistake(KNOWN)
def roots_of_alpha_bar(schedule):
    """The fraction comes out with 1 − √ᾱ above and below; there are no roots in this formula: 1 − ᾱ."""
    now, before = schedule.alpha_bar[1:], schedule.alpha_bar[:-1]
    return table((1 - before.sqrt()) / (1 - now.sqrt()) * schedule.beta[1:])


@exercise.mistake(KNOWN)
def no_entry_at_0(schedule):
    """The entry for t = 0 is missing: the table has T + 1 entries, the first is 0."""
    return posterior_variance(schedule)[1:]


@exercise.mistake(KNOWN)
def previous_beta(schedule):
    """This is β_{t−1}: is β looked up at t − 1, or does the fraction hold α in the place of ᾱ?"""
    return table(schedule.beta[:-1])
