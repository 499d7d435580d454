"""From the score to the guess of x_0."""

from ...forward_process import add_noise, predict_x0
from .. import drawings
from ..columns import CUT_OFF, NO_ROW, ONE_T, T_MINUS_1, row
from ..engine.exercise import Exercise
from ..points import LINEAR, about_points, by_point
from .sections import NAMES, NOTEBOOK


def x0_from_score(xt, t, score, schedule):
    """(x_t + (1 − ᾱ_t) · score) / √ᾱ_t, shape (batch, 2)."""
    a = row(schedule.alpha_bar, t).to(xt.dtype)
    return (xt + (1 - a) * score) / a.sqrt()


def origins(f):
    """Return the guesses of x_0 at t = 10, for the exact score."""
    xt = add_noise(drawings.board(), 10, drawings.noise(), LINEAR)
    return f(xt, drawings.every(10), drawings.exact().score(xt, 10), LINEAR)


exercise = Exercise(
    "mlp.x0_from_score", NOTEBOOK, x0_from_score, about_points("xt", "score"),
    hints=["Solve 3.7 for ε: what stands for it when you have the score?",
           "Put that into x̂_0 = (x_t − √(1 − ᾱ_t) ε̂) / √ᾱ_t. Two roots become none, two minus signs a plus."],
    place=by_point,
    draw=drawings.cloud(origins))


@exercise.mistake(NAMES)
def minus(xt, t, score, schedule):
    """The score comes out subtracted, but it leads towards the data: add it."""
    a = row(schedule.alpha_bar, t)
    return (xt - (1 - a) * score) / a.sqrt()


@exercise.mistake(NAMES)
def root(xt, t, score, schedule):
    """This is (x_t + √(1 − ᾱ_t) · score)/√ᾱ_t. The factor is 1 − ᾱ_t, for ε itself is −√(1 − ᾱ_t) · score."""
    a = row(schedule.alpha_bar, t)
    return (xt + (1 - a).sqrt() * score) / a.sqrt()


@exercise.mistake(NAMES)
def as_noise(xt, t, score, schedule):
    """It comes out as if the score were ε. First make ε of it: ε = −√(1 − ᾱ_t) · score."""
    return predict_x0(xt, t, score, schedule)


@exercise.mistake(NAMES)
def full_score(xt, t, score, schedule):
    """This is (x_t + score)/√ᾱ_t; the score has the factor 1 − ᾱ_t, for ε is −√(1 − ᾱ_t) · score, not divided by it."""
    a = row(schedule.alpha_bar, t)
    return (xt + score) / a.sqrt()


@exercise.mistake(NAMES)
def not_divided(xt, t, score, schedule):
    """What you have is √ᾱ_t · x_0: divide all of it by √ᾱ_t."""
    a = row(schedule.alpha_bar, t)
    return xt + (1 - a) * score


@exercise.mistake(NAMES)
def divided_without_root(xt, t, score, schedule):
    """It comes out divided by ᾱ_t; the point was multiplied by √ᾱ_t."""
    a = row(schedule.alpha_bar, t)
    return (xt + (1 - a) * score) / a


@exercise.mistake(NAMES)
def no_brackets(xt, t, score, schedule):
    """Only the score comes out divided by √ᾱ_t, x_t does not: are brackets missing around the sum?"""
    a = row(schedule.alpha_bar, t)
    return xt + (1 - a) * score / a.sqrt()


@exercise.mistake(NAMES)
def brackets_other_way(xt, t, score, schedule):
    """Only x_t comes out divided by √ᾱ_t, the score does not: are brackets missing around the sum?"""
    a = row(schedule.alpha_bar, t)
    return xt / a.sqrt() + (1 - a) * score


@exercise.mistake(NAMES)
def one_step(xt, t, score, schedule):
    """This is (x_t + β_t · score)/√ᾱ_t, with β_t of a single step; from x_0 to x_t it is 1 − ᾱ_t."""
    a, beta = row(schedule.alpha_bar, t), row(schedule.beta, t)
    return (xt + beta * score) / a.sqrt()


@exercise.mistake(NAMES, says=T_MINUS_1)
def t_minus_1(xt, t, score, schedule):
    """ᾱ is that of the step before."""
    a = row(schedule.alpha_bar, t - 1)
    return (xt + (1 - a) * score) / a.sqrt()


@exercise.mistake(NAMES, says=NO_ROW)
def no_row(xt, t, score, schedule):
    """Each coordinate, not each point, meets a factor."""
    a = schedule.alpha_bar[t]
    return (xt + (1 - a) * score) / a.sqrt()


@exercise.mistake(NAMES, says=ONE_T)
def one_t(xt, t, score, schedule):
    """The first t is used for all points."""
    a = schedule.alpha_bar[t[0]]
    return (xt + (1 - a) * score) / a.sqrt()


@exercise.mistake(NAMES, says=CUT_OFF)
def clamped(xt, t, score, schedule):
    """x_0 is kept within ±1."""
    return x0_from_score(xt, t, score, schedule).clamp(-1, 1)
