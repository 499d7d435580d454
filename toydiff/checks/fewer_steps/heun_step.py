"""A step of second order that asks twice."""

from ...forward_process import add_noise
from .. import drawings
from ..engine.exercise import Exercise
from ..points import LINEAR, by_point
from ..sampling.steps import steps
from .sections import NOTEBOOK, ORDER


def heun_step(model, xt, t, s, schedule):
    """x_s for s < t by Heun's method, shape (batch, 2)."""
    first = model(xt, t)
    second = model(jump(xt, first, t, s, schedule), s) if s > 0 else first
    return jump(xt, (first + second) / 2, t, s, schedule)


def jump(xt, eps, t, s, schedule):
    """Return x_s, shape (batch, 2), if eps is the noise in x_t all the way."""
    now, then = schedule.alpha_bar[t], schedule.alpha_bar[s]
    x0 = (xt - (1 - now).sqrt() * eps) / now.sqrt()
    return (then.sqrt() * x0 + (1 - then).sqrt() * eps).to(xt.dtype)


exercise = Exercise(
    "fewer_steps.heun_step", NOTEBOOK, heun_step, steps("s"),
    hints=["First a whole step, with the guess at t. Where does it lead?",
           "Ask again there: at the new point, with s. Then take the mean of both guesses.",
           "The step that counts starts at x_t again. At s = 0 there is nobody to ask."],
    place=by_point,
    draw=drawings.cloud(lambda f: f(drawings.exact(), add_noise(drawings.board(), 20, drawings.noise(), LINEAR), 20, 5,
                                    LINEAR)))


@exercise.mistake(ORDER)
def one_look(model, xt, t, s, schedule):
    """This is one step of DDIM; Heun looks again where it ends."""
    return jump(xt, model(xt, t), t, s, schedule)


@exercise.mistake(ORDER)
def second_alone(model, xt, t, s, schedule):
    """This is a step with the second guess alone; take the mean of both."""
    first = model(xt, t)
    return jump(xt, model(jump(xt, first, t, s, schedule), s) if s else first, t, s, schedule)


@exercise.mistake(ORDER)
def asks_t_again(model, xt, t, s, schedule):
    """The second question is about a point of level s, but t is told."""
    first = model(xt, t)
    second = model(jump(xt, first, t, s, schedule), t) if s else first
    return jump(xt, (first + second) / 2, t, s, schedule)


@exercise.mistake(ORDER)
def asks_at_xt(model, xt, t, s, schedule):
    """The second question is about x_t again; it should be about the point that the first step leads to."""
    first = model(xt, t)
    return jump(xt, (first + model(xt, s)) / 2 if s else first, t, s, schedule)


@exercise.mistake(ORDER)
def goes_on(model, xt, t, s, schedule):
    """The second step starts where the first one ended; it must start at x_t again."""
    first = model(xt, t)
    there = jump(xt, first, t, s, schedule)
    return jump(there, (first + model(there, s)) / 2, t, s, schedule) if s else there


@exercise.mistake(ORDER)
def asks_at_0(model, xt, t, s, schedule):
    """At s = 0 it asks again, but no network knows t = 0: there is no noise to be guessed."""
    first = model(xt, t)
    return jump(xt, (first + model(jump(xt, first, t, s, schedule), s)) / 2, t, s, schedule)


@exercise.mistake(ORDER)
def sum_of_both(model, xt, t, s, schedule):
    """This is a step with the sum of the two guesses; take their mean."""
    first = model(xt, t)
    second = model(jump(xt, first, t, s, schedule), s) if s else first
    return jump(xt, first + second, t, s, schedule)


@exercise.mistake(ORDER)
def half_the_way(model, xt, t, s, schedule):
    """This looks again half-way, at a t between: that is the midpoint method. Heun looks at the end."""
    first, middle = model(xt, t), (t + s) // 2
    if not s or middle in (s, t):
        return heun_step(model, xt, t, s, schedule)
    return jump(xt, model(jump(xt, first, t, middle, schedule), middle), t, s, schedule)


@exercise.mistake(ORDER)
def mean_of_the_points(model, xt, t, s, schedule):
    """This is the mean of two points, one and two steps on; average the guesses, and step once from x_t."""
    there = jump(xt, model(xt, t), t, s, schedule)
    return (there + jump(there, model(there, s), t, s, schedule)) / 2 if s else there
