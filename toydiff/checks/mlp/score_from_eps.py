"""From the noise to the score."""

from .. import drawings
from ..columns import NO_ROW, ONE_T, T_MINUS_1, row
from ..engine.exercise import Exercise
from ..points import LINEAR, about_points, by_point
from .sections import NAMES, NOTEBOOK


def score_from_eps(eps, t, schedule):
    """−ε / √(1 − ᾱ_t), shape (batch, 2)."""
    return -eps / row(1 - schedule.alpha_bar, t).to(eps.dtype).sqrt()


exercise = Exercise(
    "mlp.score_from_eps", NOTEBOOK, score_from_eps, about_points("eps"),
    hints=["Which way does noise push a point, and which way does the density grow?",
           "`schedule.alpha_bar[t][:, None]` is ᾱ_t as a column, in float64; so end with `.to(eps.dtype)`."],
    place=by_point,
    draw=drawings.arrows(lambda f, grid: f(drawings.exact()(grid, 10), drawings.every(10, len(grid)), LINEAR)))


@exercise.mistake(NAMES)
def sign(eps, t, schedule):
    """The sign is wrong: noise leads away from the data, the score leads back."""
    a = row(schedule.alpha_bar, t)
    return eps / (1 - a).sqrt()


@exercise.mistake(NAMES)
def no_root(eps, t, schedule):
    """It comes out divided by 1 − ᾱ_t, the variance of the noise; divide by the root of that."""
    a = row(schedule.alpha_bar, t)
    return -eps / (1 - a)


@exercise.mistake(NAMES)
def multiplied(eps, t, schedule):
    """It comes out multiplied by √(1 − ᾱ_t); divide by it: little noise means a steep density."""
    a = row(schedule.alpha_bar, t)
    return -eps * (1 - a).sqrt()


@exercise.mistake(NAMES)
def not_divided(eps, t, schedule):
    """This is the noise with its sign turned; the score also needs the division by √(1 − ᾱ_t)."""
    return -eps


@exercise.mistake(NAMES)
def by_signal(eps, t, schedule):
    """It comes out divided by √ᾱ_t, the factor of the data; the noise has the factor √(1 − ᾱ_t)."""
    a = row(schedule.alpha_bar, t)
    return -eps / a.sqrt()


@exercise.mistake(NAMES)
def root_inside(eps, t, schedule):
    """It comes out divided by 1 − √ᾱ_t, it should be √(1 − ᾱ_t): subtract first, then take the root."""
    a = row(schedule.alpha_bar, t)
    return -eps / (1 - a.sqrt())


@exercise.mistake(NAMES)
def one_step(eps, t, schedule):
    """It comes out divided by √β_t, the noise of a single step; x_t holds that of all steps."""
    beta = row(schedule.beta, t)
    return -eps / beta.sqrt()


@exercise.mistake(NAMES, says=T_MINUS_1)
def t_minus_1(eps, t, schedule):
    """ᾱ is that of the step before."""
    a = row(schedule.alpha_bar, t - 1)
    return -eps / (1 - a).sqrt()


@exercise.mistake(NAMES, says=NO_ROW)
def no_row(eps, t, schedule):
    """Each coordinate, not each point, meets a factor."""
    a = schedule.alpha_bar[t]
    return -eps / (1 - a).sqrt()


@exercise.mistake(NAMES, says=ONE_T)
def one_t(eps, t, schedule):
    """The first t is used for all points."""
    a = schedule.alpha_bar[t[0]]
    return -eps / (1 - a).sqrt()
