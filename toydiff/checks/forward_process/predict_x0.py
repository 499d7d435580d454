"""The way back from x_t to x_0, if the noise is known; the right answer is the textbook's own."""

from ...forward_process import add_noise, predict_x0
from .. import drawings
from ..columns import CUT_OFF, NO_ROW, ONE_T, T_MINUS_1, row
from ..engine.exercise import Exercise
from ..points import LINEAR, about_points, by_point
from .sections import JUMP, NOTEBOOK, ROOT

exercise = Exercise(
    "forward_process.predict_x0", NOTEBOOK, predict_x0, about_points("xt", "eps"),
    hints=["Take eq. 4 on paper and solve it for x_0.",
           "Subtract the noise with its factor, then divide what is left, all of it, by √ᾱ_t."],
    place=by_point,
    draw=drawings.cloud(lambda f: f(add_noise(drawings.board(), 60, drawings.noise(), LINEAR), drawings.every(60),
        drawings.noise(), LINEAR)))


@exercise.mistake(JUMP)
def not_divided(xt, t, eps, schedule):
    """The noise is taken out, but what is left is √ᾱ_t · x_0: divide by √ᾱ_t."""
    a = row(schedule.alpha_bar, t)
    return xt - (1 - a).sqrt() * eps


@exercise.mistake(JUMP)
def added(xt, t, eps, schedule):
    """The noise comes out added once more; to go back, subtract it."""
    a = row(schedule.alpha_bar, t)
    return (xt + (1 - a).sqrt() * eps) / a.sqrt()


@exercise.mistake(JUMP)
def divided_without_root(xt, t, eps, schedule):
    """It comes out divided by ᾱ_t; the point was multiplied by √ᾱ_t."""
    a = row(schedule.alpha_bar, t)
    return (xt - (1 - a).sqrt() * eps) / a


@exercise.mistake(JUMP)
def multiplied(xt, t, eps, schedule):
    """It comes out multiplied by √ᾱ_t once more; to go back, divide by it."""
    a = row(schedule.alpha_bar, t)
    return (xt - (1 - a).sqrt() * eps) * a.sqrt()


@exercise.mistake(ROOT)
def noise_without_root(xt, t, eps, schedule):
    """This is (x_t − (1 − ᾱ_t) ε)/√ᾱ_t; the noise in x_t has the root of 1 − ᾱ_t for its factor."""
    a = row(schedule.alpha_bar, t)
    return (xt - (1 - a) * eps) / a.sqrt()


@exercise.mistake(JUMP)
def no_brackets(xt, t, eps, schedule):
    """Only x_t comes out divided by √ᾱ_t, the noise does not: are brackets missing around the difference?"""
    a = row(schedule.alpha_bar, t)
    return xt / a.sqrt() - (1 - a).sqrt() * eps


@exercise.mistake(JUMP)
def brackets_other_way(xt, t, eps, schedule):
    """Only the noise comes out divided by √ᾱ_t, x_t does not: are brackets missing around the difference?"""
    a = row(schedule.alpha_bar, t)
    return xt - (1 - a).sqrt() * eps / a.sqrt()


@exercise.mistake(JUMP)
def full_noise(xt, t, eps, schedule):
    """This is (x_t − ε)/√ᾱ_t; the noise in x_t has the factor √(1 − ᾱ_t)."""
    a = row(schedule.alpha_bar, t)
    return (xt - eps) / a.sqrt()


@exercise.mistake(JUMP)
def forward_again(xt, t, eps, schedule):
    """This adds noise to x_t, as on the way there; solve that equation for x_0."""
    return add_noise(xt, t, eps, schedule)


@exercise.mistake(JUMP)
def alpha(xt, t, eps, schedule):
    """This undoes one small step with α_t; the way back to x_0 takes the product ᾱ_t."""
    alpha, beta = row(schedule.alpha, t), row(schedule.beta, t)
    return (xt - beta.sqrt() * eps) / alpha.sqrt()


@exercise.mistake(JUMP, says=T_MINUS_1)
def t_minus_1(xt, t, eps, schedule):
    """ᾱ is that of the step before."""
    a = row(schedule.alpha_bar, t - 1)
    return (xt - (1 - a).sqrt() * eps) / a.sqrt()


@exercise.mistake(JUMP, says=NO_ROW)
def no_row(xt, t, eps, schedule):
    """Each coordinate, not each point, meets a factor."""
    a = schedule.alpha_bar[t]
    return (xt - (1 - a).sqrt() * eps) / a.sqrt()


@exercise.mistake(JUMP, says=ONE_T)
def one_t(xt, t, eps, schedule):
    """The first t is used for all points."""
    return predict_x0(xt, t[:1].expand(len(t)), eps, schedule)


@exercise.mistake(JUMP, says=CUT_OFF)
def clamped(xt, t, eps, schedule):
    """x_0 is kept within ±1."""
    return predict_x0(xt, t, eps, schedule).clamp(-1, 1)
