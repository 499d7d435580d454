"""The variance that also counts what the network does not know of x_0."""

import torch

from ... import sampling
from ...forward_process import Schedule
from .. import drawings
from ..engine.asking import Case
from ..engine.exercise import Exercise
from ..points import LINEAR, LONG, SHORT, TWIN, alone, by_t
from .sections import LAST, NOISE, NOTEBOOK


def optimal_variance(schedule, loss_per_t):
    """β̃_t and what is not known of x_0, shape (T + 1,)."""
    return sampling.optimal_variance(schedule, loss_per_t)


def losses():
    """Return the cases: schedules, and losses that are 0, 1 or fall with t."""
    def case(given, schedule, per_t):
        per_t = torch.as_tensor(per_t, dtype=torch.float64).expand(schedule.T + 1).clone()
        per_t[0] = 0
        return Case(given, {"schedule": schedule, "loss_per_t": per_t})

    falling = torch.linspace(1, 0.05, 101)
    first = case("a loss that falls with t", LINEAR, falling)
    return [*alone(first, schedule=TWIN, loss_per_t=first.args["loss_per_t"] ** 2),
            case("a loss of 0", LINEAR, 0.0), case("a loss of 1 at every t", LINEAR, 1.0),
            case("a schedule of 300 steps", LONG, torch.linspace(0.9, 0.1, 301)),
            case("a short schedule", SHORT, torch.rand(
                7, generator=torch.Generator().manual_seed(9))), case("two steps", Schedule([0.1, 0.4]), 0.5)]


exercise = Exercise(
    "sampling.optimal_variance", NOTEBOOK, optimal_variance, losses(),
    hints=["Three pieces: the posterior's variance, the squared weight of x_0 in its mean, and Var[x_0 | x_t].",
           "All are tables: `alpha_bar[1:-1]` beside `alpha_bar[2:]`, `beta[2:]`, `loss_per_t[2:]`."],
    place=by_t,
    draw=drawings.curve(lambda f: f(LINEAR, torch.linspace(1, 0.05, 101).double())))


def pieces(schedule):
    """Return β̃_t, the weight of x_0 in the posterior's mean, and (1 − ᾱ_t)/ᾱ_t, each from t = 1 on."""
    b, now, before = schedule.beta[1:], schedule.alpha_bar[1:], schedule.alpha_bar[:-1]
    return (1 - before) / (1 - now) * b, before.sqrt() * b / (1 - now), (1 - now) / now


def table(values, start=2):
    """Return values from t = 1 on as a whole table, but 0 before t = start."""
    return torch.cat([torch.zeros(start).double(), values[start - 1:]])


@exercise.mistake(NOISE)
def loss_ignored(schedule, loss_per_t):
    """It makes no difference what the loss is: this is the posterior's variance. Add what is not known about x_0."""
    return sampling.posterior_variance(schedule)


@exercise.mistake(NOISE)
def only_the_rest(schedule, loss_per_t):
    """Only what is to be added comes out; the posterior's variance is missing."""
    posterior, weight, ratio = pieces(schedule)
    return table(weight**2 * ratio * loss_per_t[1:])


@exercise.mistake(NOISE)
def weight_not_squared(schedule, loss_per_t):
    """The weight of x_0 comes out without its square: it multiplies x_0, so its square multiplies the variance."""
    posterior, weight, ratio = pieces(schedule)
    return table(posterior + weight * ratio * loss_per_t[1:])


@exercise.mistake(NOISE)
def loss_of_eps(schedule, loss_per_t):
    """It comes out without the factor (1 − ᾱ_t)/ᾱ_t, which makes of the loss, one of ε, the variance of x_0."""
    posterior, weight, ratio = pieces(schedule)
    return table(posterior + weight**2 * loss_per_t[1:])


@exercise.mistake(NOISE)
def upside_down(schedule, loss_per_t):
    """(1 − ᾱ_t)/ᾱ_t comes out upside down."""
    posterior, weight, ratio = pieces(schedule)
    return table(posterior + weight**2 / ratio * loss_per_t[1:])


@exercise.mistake(LAST)
def noise_at_the_end(schedule, loss_per_t):
    """The entry at t = 1 is not 0, as it must be: what the last step adds, nobody removes."""
    posterior, weight, ratio = pieces(schedule)
    return table(posterior + weight**2 * ratio * loss_per_t[1:], start=1)


@exercise.mistake(NOISE)
def on_top_of_beta(schedule, loss_per_t):
    """This is β_t and the rest on top; it should be the posterior's variance and the rest."""
    posterior, weight, ratio = pieces(schedule)
    return table(schedule.beta[1:] + weight**2 * ratio * loss_per_t[1:])


@exercise.mistake(NOISE)
def std(schedule, loss_per_t):
    """This is the root, the standard deviation; the variance is asked."""
    return optimal_variance(schedule, loss_per_t).sqrt()
