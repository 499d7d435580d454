"""All steps in one jump, from x_0 to x_t; the right answer is the textbook's own."""

from ...forward_process import add_noise, forward_step
from .. import drawings
from ..columns import NO_ROW, ONE_T, T_MINUS_1, row
from ..engine.exercise import Exercise
from ..points import LINEAR, about_points, by_point
from .sections import JUMP, NOTEBOOK, ROOT

exercise = Exercise(
    "forward_process.add_noise", NOTEBOOK, add_noise, about_points("x0", "eps"),
    hints=["One line, eq. 4: two terms, each a factor times a tensor of shape (batch, 2).",
           "`schedule.alpha_bar[t]` has shape (batch,); `[:, None]` makes it a column.",
           "`(a.sqrt() * x0 + (1 - a).sqrt() * eps).to(x0.dtype)`, with a = that column."],
    place=by_point,
    draw=drawings.cloud(lambda f: f(drawings.board(), drawings.every(20), drawings.noise(), LINEAR), limit=2.2))


@exercise.mistake(ROOT)
def noise_without_root(x0, t, eps, schedule):
    """The noise is multiplied by 1 − ᾱ_t, its variance; the factor is the square root of that."""
    a = row(schedule.alpha_bar, t)
    return a.sqrt() * x0 + (1 - a) * eps


@exercise.mistake(JUMP)
def signal_without_root(x0, t, eps, schedule):
    """The point is multiplied by ᾱ_t, its factor is √ᾱ_t."""
    a = row(schedule.alpha_bar, t)
    return a * x0 + (1 - a).sqrt() * eps


@exercise.mistake(ROOT)
def no_roots(x0, t, eps, schedule):
    """The factors are ᾱ_t and 1 − ᾱ_t, those of the variances: take the root of both."""
    a = row(schedule.alpha_bar, t)
    return a * x0 + (1 - a) * eps


@exercise.mistake(JUMP)
def root_inside(x0, t, eps, schedule):
    """The noise has the factor 1 − √ᾱ_t, it should be √(1 − ᾱ_t): subtract first, then take the root."""
    a = row(schedule.alpha_bar, t)
    return a.sqrt() * x0 + (1 - a.sqrt()) * eps


@exercise.mistake(JUMP)
def swapped(x0, t, eps, schedule):
    """The two factors are swapped: the point keeps √ᾱ_t, the noise gets √(1 − ᾱ_t)."""
    a = row(schedule.alpha_bar, t)
    return (1 - a).sqrt() * x0 + a.sqrt() * eps


@exercise.mistake(JUMP)
def minus(x0, t, eps, schedule):
    """The noise comes out subtracted; the formula adds it."""
    a = row(schedule.alpha_bar, t)
    return a.sqrt() * x0 - (1 - a).sqrt() * eps


@exercise.mistake(JUMP)
def no_shrinking(x0, t, eps, schedule):
    """The noise is right but the point is not shrunk by √ᾱ_t."""
    a = row(schedule.alpha_bar, t)
    return x0 + (1 - a).sqrt() * eps


@exercise.mistake(JUMP)
def full_noise(x0, t, eps, schedule):
    """The noise has the factor 1 at every t; it should be √(1 − ᾱ_t)."""
    a = row(schedule.alpha_bar, t)
    return a.sqrt() * x0 + eps


@exercise.mistake(JUMP)
def alpha(x0, t, eps, schedule):
    """This is one small step with α_t = 1 − β_t; the jump from x_0 takes the product ᾱ_t."""
    return forward_step(x0, t, eps, schedule)


@exercise.mistake(JUMP, says=T_MINUS_1)
def t_minus_1(x0, t, eps, schedule):
    """ᾱ is that of the step before."""
    a = row(schedule.alpha_bar, t - 1)
    return a.sqrt() * x0 + (1 - a).sqrt() * eps


@exercise.mistake(JUMP)
def t_plus_1(x0, t, eps, schedule):
    """ᾱ_{t+1} stands where ᾱ_t should, and at t = T there is none.
    Perhaps a table of your own lacks the entry for t = 0.
    """
    a = row(schedule.alpha_bar, t + 1)
    return a.sqrt() * x0 + (1 - a).sqrt() * eps


@exercise.mistake(JUMP, says=NO_ROW)
def no_row(x0, t, eps, schedule):
    """Each coordinate, not each point, meets a factor."""
    a = schedule.alpha_bar[t]
    return a.sqrt() * x0 + (1 - a).sqrt() * eps


@exercise.mistake(JUMP, says=ONE_T)
def one_t(x0, t, eps, schedule):
    """The first t is used for all points."""
    return add_noise(x0, t[:1].expand(len(t)), eps, schedule)
