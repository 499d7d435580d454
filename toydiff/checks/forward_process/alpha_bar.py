"""What is left of the data's variance after t steps."""

import torch

from .. import drawings
from ..engine.asking import Case
from ..engine.exercise import Exercise
from ..points import LINEAR, LONG, TWIN, by_t, turned
from .sections import JUMP, NOTEBOOK


def alpha_bar(beta):
    """ᾱ_t = (1 − β_1) · … · (1 − β_t), shape (T + 1,)."""
    return (1 - beta).cumprod(0)


exercise = Exercise(
    "forward_process.alpha_bar", NOTEBOOK, alpha_bar,
    cases=[
        Case("our schedule", {"beta": LINEAR.beta}),
        Case("other β, as many", {"beta": TWIN.beta}),
        Case("the same β in another order", {"beta": turned(LINEAR).beta}), Case("300 steps", {"beta": LONG.beta}),
        Case("every β alike", {"beta": torch.tensor([0.0] + 30 * [0.05], dtype=torch.float64)}),
        Case("large steps", {"beta": torch.tensor([0.0] + 20 * [0.5], dtype=torch.float64)}),
        Case("a single step", {"beta": torch.tensor([0.0, 0.3], dtype=torch.float64)}),
        Case("uneven steps", {"beta": torch.tensor([0.0, 0.5, 0.01, 0.2, 0.9], dtype=torch.float64)}),
        Case("a float32 table", {"beta": LINEAR.beta.float()}),
    ],
    hints=["What fraction of the variance of x_{t−1} is still in x_t? And of x_{t−2}?",
           "`tensor.cumprod(0)` multiplies all entries up to each one."],
    place=by_t,
    draw=drawings.curve(lambda f: f(LINEAR.beta)))


@exercise.mistake(JUMP)
def no_product(beta):
    """This is α_t = 1 − β_t of the single step; ᾱ_t is the product of all α up to t."""
    return 1 - beta


@exercise.mistake(JUMP)
def sum(beta):
    """This is 1 minus the sum of all β up to t; what is left after several steps is a product."""
    return 1 - beta.cumsum(0)


@exercise.mistake(JUMP)
def product_of_beta(beta):
    """Every entry is 0, as a product of the β themselves is, for β_0 = 0: multiply what is left at each step, 1 − β."""
    return beta.cumprod(0)


@exercise.mistake(JUMP)
def shifted(beta):
    """From t = 1 on, entry t holds ᾱ_{t−1}: one step late, for ᾱ_t includes step t itself."""
    return torch.cat([beta.new_ones(1), (1 - beta).cumprod(0)[:-1]])


@exercise.mistake(JUMP)
def root(beta):
    """This is √ᾱ_t, the factor of the amplitude; ᾱ_t itself is the factor of the variance."""
    return (1 - beta).cumprod(0).sqrt()


@exercise.mistake(JUMP)
def exponential(beta):
    """This is exp(−Σβ), which is near ᾱ only while each β is small; the exact answer is a product."""
    return (-beta.cumsum(0)).exp()


@exercise.mistake(JUMP)
def no_entry_at_0(beta):
    """The entry ᾱ_0 = 1 is missing: the table has T + 1 entries, like beta."""
    return (1 - beta[1:]).cumprod(0)
