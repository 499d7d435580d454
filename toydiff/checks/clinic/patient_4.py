"""Patient 4: a sampler without noise, each step of which stays where it is."""

from .. import drawings
from ..engine.exercise import Exercise
from ..fewer_steps.ddim_step import guessed
from ..points import by_point
from ..sampling.sections import NOTEBOOK as SAMPLING, WALK
from .of_the_sampler import without
from .sections import NOTEBOOK


def patient_4(model, xT, schedule):
    """x_0 by DDIM, shape (batch, 2)."""
    return walk(model, xT, schedule, to=lambda t: t - 1).to(xT.dtype)


def walk(model, xT, schedule, to, last=1):
    """Return x_0 by DDIM, where the step from t leads to(t), down to the last t."""
    x = xT
    for t in range(schedule.T, last - 1, -1):
        x0, eps = guessed(model, x, t, schedule)
        then = schedule.alpha_bar[to(t)]
        x = then.sqrt() * x0 + (1 - then).sqrt() * eps
    return x


def as_it_came(model, xT, schedule):
    """Return what it draws with its fault."""
    return walk(model, xT, schedule, to=lambda t: t)


exercise = Exercise(
    "clinic.patient_4", NOTEBOOK, patient_4, without("variance", "z"), handed_out=as_it_came,
    hints=["Put the line for x0 into the last line, on paper. What is left?",
           "x_0 is noised again: how much noise belongs to t − 1?"],
    place=by_point,
    draw=drawings.cloud(lambda f: f(drawings.few_steps()[1], drawings.few_steps()[2][0], drawings.few_steps()[0])))


@exercise.mistake(WALK, SAMPLING)
def two_back(model, xT, schedule):
    """Each step from t > 1 goes to t − 2."""
    return walk(model, xT, schedule, to=lambda t: max(t - 2, 0))


@exercise.mistake(WALK, SAMPLING)
def forwards(model, xT, schedule):
    """Each step adds noise up to t + 1: the way leads back, to t − 1."""
    return walk(model, xT, schedule, to=lambda t: min(t + 1, schedule.T))


@exercise.mistake(WALK, SAMPLING)
def asks_t_minus_1(model, xT, schedule):
    """The network is told t − 1, but the point is one of step t."""
    return walk(lambda x, t: model(x, t - 1), xT, schedule, to=lambda t: t - 1)


@exercise.mistake(WALK, SAMPLING)
def stops_at_2(model, xT, schedule):
    """The last step, from t = 1 to 0, is missing or leads nowhere: the walk ends at t = 1."""
    return walk(model, xT, schedule, to=lambda t: t - 1, last=2)


@exercise.mistake(WALK, SAMPLING)
def first_step_alone(model, xT, schedule):
    """This is where the first step leads; all the others should follow. Is the `return` inside of the loop?"""
    return walk(model, xT, schedule, to=lambda t: t - 1, last=schedule.T)


@exercise.mistake(WALK, SAMPLING)
def x0_at_once(model, xT, schedule):
    """Each step goes to the guessed x_0 itself, without noise."""
    x = xT
    for t in range(schedule.T, 0, -1):
        x, eps = guessed(model, x, t, schedule)
    return x


@exercise.mistake(WALK, SAMPLING)
def noise_of_t(model, xT, schedule):
    """The guess is shrunk for t − 1, but the noise added is still that of t."""
    x = xT
    for t in range(schedule.T, 0, -1):
        x0, eps = guessed(model, x, t, schedule)
        x = schedule.alpha_bar[t - 1].sqrt() * x0 + (1 - schedule.alpha_bar[t]).sqrt() * eps
    return x


@exercise.mistake(WALK, SAMPLING)
def point_of_t(model, xT, schedule):
    """The noise is that of t − 1, but the guess is still shrunk for t."""
    x = xT
    for t in range(schedule.T, 0, -1):
        x0, eps = guessed(model, x, t, schedule)
        x = schedule.alpha_bar[t].sqrt() * x0 + (1 - schedule.alpha_bar[t - 1]).sqrt() * eps
    return x


@exercise.mistake(WALK, SAMPLING)
def alpha(model, xT, schedule):
    """The levels are α_{t−1}, those of a single step; it should be the product ᾱ_{t−1}."""
    x = xT
    for t in range(schedule.T, 0, -1):
        x0, eps = guessed(model, x, t, schedule)
        x = schedule.alpha[t - 1].sqrt() * x0 + (1 - schedule.alpha[t - 1]).sqrt() * eps
    return x
