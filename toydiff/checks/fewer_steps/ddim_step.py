"""A jump back without noise, from t to any s before it."""

from ...forward_process import add_noise, predict_x0
from .. import drawings
from ..columns import CUT_OFF
from ..engine.exercise import Exercise
from ..points import LINEAR, by_point
from ..sampling.steps import mean, steps
from .sections import NOTEBOOK, SAME


def ddim_step(model, xt, t, s, schedule):
    """x_s for s < t without noise, shape (batch, 2)."""
    eps = model(xt, t)
    alpha_bar = schedule.alpha_bar[s]
    return (alpha_bar.sqrt() * predict_x0(xt, t, eps, schedule) + (1 - alpha_bar).sqrt() * eps).to(xt.dtype)


exercise = Exercise(
    "fewer_steps.ddim_step", NOTEBOOK, ddim_step, steps("s"),
    hints=["Which x_0 does the network have in mind? `predict_x0` of notebook 2, with its eps.",
           "Then jump forward again, to s: the formula of `add_noise` with that x_0 and the same eps."],
    place=by_point,
    draw=drawings.cloud(lambda f: f(drawings.exact(), add_noise(drawings.board(), 20, drawings.noise(), LINEAR), 20,
        5, LINEAR)))


def guessed(model, xt, t, schedule):
    """Return the network's guesses of x_0 and of the noise."""
    eps, a = model(xt, t), schedule.alpha_bar[t]
    return (xt - (1 - a).sqrt() * eps) / a.sqrt(), eps


@exercise.mistake(SAME)
def stays(model, xt, t, s, schedule):
    """This is x_t, as it came. Is x̂_0 noised again to t? It should be to s."""
    x0, eps = guessed(model, xt, t, schedule)
    a = schedule.alpha_bar[t]
    return a.sqrt() * x0 + (1 - a).sqrt() * eps


@exercise.mistake(SAME)
def only_to_t_minus_1(model, xt, t, s, schedule):
    """It goes to t − 1, whatever s is."""
    x0, eps = guessed(model, xt, t, schedule)
    a = schedule.alpha_bar[t - 1]
    return a.sqrt() * x0 + (1 - a).sqrt() * eps


@exercise.mistake(SAME)
def asks_s(model, xt, t, s, schedule):
    """The network is told s, but the point is one of step t."""
    x0, eps = guessed(lambda xt, t: model(xt, s), xt, t, schedule)
    a = schedule.alpha_bar[s]
    return a.sqrt() * x0 + (1 - a).sqrt() * eps


@exercise.mistake(SAME)
def x0_only(model, xt, t, s, schedule):
    """This is the guess of x_0 itself: it must be noised again, to s."""
    x0, eps = guessed(model, xt, t, schedule)
    return x0


@exercise.mistake(SAME)
def noise_forgotten(model, xt, t, s, schedule):
    """This is √ᾱ_s x̂_0; the noise that belongs to s must be added."""
    x0, eps = guessed(model, xt, t, schedule)
    return schedule.alpha_bar[s].sqrt() * x0


@exercise.mistake(SAME)
def noise_of_t(model, xt, t, s, schedule):
    """Here the noise has the factor √(1 − ᾱ_t), the amount of t; s has √(1 − ᾱ_s)."""
    x0, eps = guessed(model, xt, t, schedule)
    return schedule.alpha_bar[s].sqrt() * x0 + (1 - schedule.alpha_bar[t]).sqrt() * eps


@exercise.mistake(SAME)
def x0_not_shrunk(model, xt, t, s, schedule):
    """The guess of x_0 must be multiplied by √ᾱ_s."""
    x0, eps = guessed(model, xt, t, schedule)
    return x0 + (1 - schedule.alpha_bar[s]).sqrt() * eps


@exercise.mistake(SAME)
def swapped(model, xt, t, s, schedule):
    """The two factors are swapped: the guess of x_0 should get √ᾱ_s, the noise √(1 − ᾱ_s)."""
    x0, eps = guessed(model, xt, t, schedule)
    a = schedule.alpha_bar[s]
    return (1 - a).sqrt() * x0 + a.sqrt() * eps


@exercise.mistake(SAME)
def no_roots(model, xt, t, s, schedule):
    """The factors here are ᾱ_s and 1 − ᾱ_s, those of variances; take the square root of both."""
    x0, eps = guessed(model, xt, t, schedule)
    a = schedule.alpha_bar[s]
    return a * x0 + (1 - a) * eps


@exercise.mistake(SAME)
def noise_without_root(model, xt, t, s, schedule):
    """The noise is multiplied by 1 − ᾱ_s; its factor is the root of that."""
    x0, eps = guessed(model, xt, t, schedule)
    a = schedule.alpha_bar[s]
    return a.sqrt() * x0 + (1 - a) * eps


@exercise.mistake(SAME)
def signal_without_root(model, xt, t, s, schedule):
    """The guess of x_0 is multiplied by ᾱ_s; its factor is √ᾱ_s."""
    x0, eps = guessed(model, xt, t, schedule)
    a = schedule.alpha_bar[s]
    return a * x0 + (1 - a).sqrt() * eps


@exercise.mistake(SAME)
def minus(model, xt, t, s, schedule):
    """The noise has a minus in the end; add it."""
    x0, eps = guessed(model, xt, t, schedule)
    a = schedule.alpha_bar[s]
    return a.sqrt() * x0 - (1 - a).sqrt() * eps


@exercise.mistake(SAME)
def x0_not_divided(model, xt, t, s, schedule):
    """The guess of x_0 is too small here, by the factor √ᾱ_t. Is the division by it missing?"""
    eps, now, then = model(xt, t), schedule.alpha_bar[t], schedule.alpha_bar[s]
    x0 = xt - (1 - now).sqrt() * eps
    return then.sqrt() * x0 + (1 - then).sqrt() * eps


@exercise.mistake(SAME)
def no_brackets(model, xt, t, s, schedule):
    """In the guess of x_0 only x_t is divided by √ᾱ_t; divide all of the difference. Are brackets missing?"""
    eps, now, then = model(xt, t), schedule.alpha_bar[t], schedule.alpha_bar[s]
    x0 = xt / now.sqrt() - (1 - now).sqrt() * eps
    return then.sqrt() * x0 + (1 - then).sqrt() * eps


@exercise.mistake(SAME)
def brackets_other_way(model, xt, t, s, schedule):
    """In the guess of x_0 only the noise is divided by √ᾱ_t; divide all of the difference. Are brackets missing?"""
    eps, now, then = model(xt, t), schedule.alpha_bar[t], schedule.alpha_bar[s]
    x0 = xt - (1 - now).sqrt() * eps / now.sqrt()
    return then.sqrt() * x0 + (1 - then).sqrt() * eps


@exercise.mistake(SAME, says=CUT_OFF)
def clamped(model, xt, t, s, schedule):
    """The guess of x_0 is kept within ±1."""
    x0, eps = guessed(model, xt, t, schedule)
    a = schedule.alpha_bar[s]
    return a.sqrt() * x0.clamp(-1, 1) + (1 - a).sqrt() * eps


@exercise.mistake(SAME)
def xt_for_noise(model, xt, t, s, schedule):
    """In the end x_t itself stands where the noise should be: add what the network guessed."""
    x0, eps = guessed(model, xt, t, schedule)
    a = schedule.alpha_bar[s]
    return a.sqrt() * x0 + (1 - a).sqrt() * xt


@exercise.mistake(SAME)
def ddpm_mean(model, xt, t, s, schedule):
    """This is the mean of DDPM's step, which needs fresh noise afterwards; DDIM's is longer."""
    return mean(model, xt, t, schedule)


@exercise.mistake(SAME)
def alpha(model, xt, t, s, schedule):
    """This goes by α_t and α_s, those of single steps; they should be the products ᾱ_t and ᾱ_s."""
    a, then, eps = schedule.alpha[t], schedule.alpha[s], model(xt, t)
    return then.sqrt() * (xt - (1 - a).sqrt() * eps) / a.sqrt() + (1 - then).sqrt() * eps
