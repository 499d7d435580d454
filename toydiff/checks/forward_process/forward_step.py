"""One small step of noise, from x_{t−1} to x_t; the right answer is the textbook's own."""

from ...forward_process import add_noise, forward_step
from .. import drawings
from ..columns import NO_ROW, ONE_T, row
from ..engine.exercise import Exercise
from ..points import LINEAR, about_points, by_point
from .sections import JUMP, NOTEBOOK, ROOT, STEP

exercise = Exercise(
    "forward_process.forward_step", NOTEBOOK, forward_step, about_points("x_prev", "eps"),
    hints=["Write the formula of the section “One small step”, with `schedule.beta[t]`. Which shape has that?",
           "`schedule.beta[t][:, None]` is a column, one factor for each point.",
           "The table is float64, so end with `.to(x_prev.dtype)`."],
    place=by_point,
    draw=drawings.cloud(lambda f: f(drawings.board(), drawings.every(100), drawings.noise(), LINEAR), limit=2.2))


@exercise.mistake(ROOT)
def beta_for_root(x_prev, t, eps, schedule):
    """The noise is multiplied by β_t, its variance; the factor is the root of that, √β_t."""
    beta = row(schedule.beta, t)
    return (1 - beta).sqrt() * x_prev + beta * eps


@exercise.mistake(STEP)
def signal_without_root(x_prev, t, eps, schedule):
    """The point is multiplied by 1 − β_t, its factor is √(1 − β_t)."""
    beta = row(schedule.beta, t)
    return (1 - beta) * x_prev + beta.sqrt() * eps


@exercise.mistake(ROOT)
def no_roots(x_prev, t, eps, schedule):
    """The factors are 1 − β_t and β_t, those of the variances: take the root of both."""
    beta = row(schedule.beta, t)
    return (1 - beta) * x_prev + beta * eps


@exercise.mistake(STEP)
def no_shrinking(x_prev, t, eps, schedule):
    """The noise is right but the point is not shrunk, so the cloud would grow forever."""
    beta = row(schedule.beta, t)
    return x_prev + beta.sqrt() * eps


@exercise.mistake(STEP)
def swapped(x_prev, t, eps, schedule):
    """The two factors are swapped: the point keeps √(1 − β_t), the noise gets √β_t."""
    beta = row(schedule.beta, t)
    return beta.sqrt() * x_prev + (1 - beta).sqrt() * eps


@exercise.mistake(JUMP)
def alpha_bar(x_prev, t, eps, schedule):
    """This is the jump from x_0 with ᾱ_t; a single step uses β_t alone."""
    return add_noise(x_prev, t, eps, schedule)


@exercise.mistake(STEP)
def root_inside(x_prev, t, eps, schedule):
    """The point has the factor 1 − √β_t, it should be √(1 − β_t): subtract first, then take the root."""
    beta = row(schedule.beta, t)
    return (1 - beta.sqrt()) * x_prev + beta.sqrt() * eps


@exercise.mistake(STEP)
def t_minus_1(x_prev, t, eps, schedule):
    """β_{t−1} stands where β_t should; `schedule.beta[t]` is β_t, for the table begins at t = 0."""
    beta = row(schedule.beta, t - 1)
    return (1 - beta).sqrt() * x_prev + beta.sqrt() * eps


@exercise.mistake(STEP, says=NO_ROW)
def no_row(x_prev, t, eps, schedule):
    """Each coordinate, not each point, meets a factor."""
    beta = schedule.beta[t]
    return (1 - beta).sqrt() * x_prev + beta.sqrt() * eps


@exercise.mistake(STEP, says=ONE_T)
def one_t(x_prev, t, eps, schedule):
    """The first t is used for all points."""
    return forward_step(x_prev, t[:1].expand(len(t)), eps, schedule)
