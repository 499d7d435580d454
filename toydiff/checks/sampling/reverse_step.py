"""One step back with the network's guess."""

from ... import sampling
from ...forward_process import add_noise
from .. import drawings
from ..columns import CUT_OFF
from ..engine.exercise import Exercise
from ..points import LINEAR, by_point
from .sections import GUESS, LAST, NOISE, NOTEBOOK
from .steps import clamped_step, mean, step, steps


def reverse_step(model, xt, t, z, variance, schedule):
    """x_{t−1}, shape (batch, 2)."""
    return sampling.reverse_step(model, xt, t, schedule, z, variance)


exercise = Exercise(
    "sampling.reverse_step", NOTEBOOK, reverse_step, steps("z", "variance"),
    hints=["First ask: `eps = model(xt, t)`. Then the mean, then the noise.",
           "All of (x_t − …) is divided by √α_t: that of the single step, not ᾱ_t.",
           "`variance[t].sqrt() * z` is the noise."],
    place=by_point,
    draw=drawings.cloud(lambda f: f(drawings.exact(), add_noise(drawings.board(), 10, drawings.noise(), LINEAR), 10,
        drawings.noise(seed=2), LINEAR.beta, LINEAR)))


def asked(model, xt, t, schedule):
    """Return the guessed noise, and α_t, β_t and ᾱ_t."""
    return model(xt, t), schedule.alpha[t], 1 - schedule.alpha[t], schedule.alpha_bar[t]


@exercise.mistake(GUESS)
def variance_for_std(model, xt, t, z, variance, schedule):
    """The noise is multiplied by the variance; its factor is the root of that, the standard deviation."""
    return mean(model, xt, t, schedule) + variance[t] * z


@exercise.mistake(NOISE)
def no_noise(model, xt, t, z, variance, schedule):
    """It makes no difference what z is: no noise is added, and the samples would shrink to a streak."""
    return mean(model, xt, t, schedule)


@exercise.mistake(LAST)
def no_noise_at_1(model, xt, t, z, variance, schedule):
    """At t = 1 it adds no noise, whatever z is. A step adds the z that it is given; the walk hands in 0 at the end."""
    return step(model, xt, t, z if t > 1 else 0 * z, variance, schedule)


@exercise.mistake(GUESS)
def noise_subtracted(model, xt, t, z, variance, schedule):
    """The noise comes out subtracted. For a real draw that is the same, but the formula adds it."""
    return mean(model, xt, t, schedule) - variance[t].sqrt() * z


@exercise.mistake(GUESS)
def asks_t_minus_1(model, xt, t, z, variance, schedule):
    """The network is asked with t − 1, but the point is one of step t."""
    return step(lambda xt, t: model(xt, t - 1), xt, t, z, variance, schedule)


@exercise.mistake(GUESS)
def beta_for_variance(model, xt, t, z, variance, schedule):
    """The noise has √β_t, whatever comes in; it should be the root of `variance[t]`, of the table you were given."""
    return mean(model, xt, t, schedule) + schedule.beta[t].sqrt() * z


@exercise.mistake(GUESS)
def variance_at_t_minus_1(model, xt, t, z, variance, schedule):
    """The noise has the variance of t − 1; a table with T + 1 entries holds σ_t² at t."""
    return mean(model, xt, t, schedule) + variance[t - 1].sqrt() * z


@exercise.mistake(GUESS)
def beta_without_root_below(model, xt, t, z, variance, schedule):
    """Your mean comes to (x_t − β_t/(1 − ᾱ_t) ε̂)/√α_t; in the place of 1 − ᾱ_t belongs its root."""
    eps, a, b, product = asked(model, xt, t, schedule)
    return (xt - b / (1 - product) * eps) / a.sqrt() + variance[t].sqrt() * z


@exercise.mistake(GUESS)
def root_of_beta(model, xt, t, z, variance, schedule):
    """Your mean comes to (x_t − √β_t/√(1 − ᾱ_t) ε̂)/√α_t; above stands β_t, without a root."""
    eps, a, b, product = asked(model, xt, t, schedule)
    return (xt - b.sqrt() / (1 - product).sqrt() * eps) / a.sqrt() + variance[t].sqrt() * z


@exercise.mistake(GUESS)
def alpha_for_alpha_bar(model, xt, t, z, variance, schedule):
    """Your mean comes to (x_t − √β_t ε̂)/√α_t, as one step is undone;
    before ε̂ belongs β_t/√(1 − ᾱ_t), with the product of all steps.
    """
    eps, a, b, product = asked(model, xt, t, schedule)
    return (xt - b / (1 - a).sqrt() * eps) / a.sqrt() + variance[t].sqrt() * z


@exercise.mistake(GUESS)
def alpha_bar_for_alpha(model, xt, t, z, variance, schedule):
    """It comes out divided by √ᾱ_t; one step is undone with √α_t."""
    eps, a, b, product = asked(model, xt, t, schedule)
    return (xt - b / (1 - product).sqrt() * eps) / product.sqrt() + variance[t].sqrt() * z


@exercise.mistake(GUESS)
def straight_to_x0(model, xt, t, z, variance, schedule):
    """This is the guess of x_0 plus noise; asked is one step, from t to t − 1."""
    eps, a, b, product = asked(model, xt, t, schedule)
    return (xt - (1 - product).sqrt() * eps) / product.sqrt() + variance[t].sqrt() * z


@exercise.mistake(GUESS)
def alpha_without_root(model, xt, t, z, variance, schedule):
    """It comes out divided by α_t; one step is undone with the root, √α_t."""
    eps, a, b, product = asked(model, xt, t, schedule)
    return (xt - b / (1 - product).sqrt() * eps) / a + variance[t].sqrt() * z


@exercise.mistake(GUESS)
def noise_divided(model, xt, t, z, variance, schedule):
    """The fresh noise comes out divided by √α_t as well: add σ_t z after the division."""
    return mean(model, xt, t, schedule) + variance[t].sqrt() * z / schedule.alpha[t].sqrt()


@exercise.mistake(GUESS)
def no_stretching(model, xt, t, z, variance, schedule):
    """It comes out without the division by √α_t."""
    eps, a, b, product = asked(model, xt, t, schedule)
    return xt - b / (1 - product).sqrt() * eps + variance[t].sqrt() * z


@exercise.mistake(GUESS)
def brackets(model, xt, t, z, variance, schedule):
    """Only x_t comes out divided by √α_t, the guess does not: are brackets missing around the difference?"""
    eps, a, b, product = asked(model, xt, t, schedule)
    return xt / a.sqrt() - b / (1 - product).sqrt() * eps + variance[t].sqrt() * z


@exercise.mistake(GUESS)
def brackets_other_way(model, xt, t, z, variance, schedule):
    """Only the guess comes out divided by √α_t, x_t does not: are brackets missing around the difference?"""
    eps, a, b, product = asked(model, xt, t, schedule)
    return xt - b / (1 - product).sqrt() * eps / a.sqrt() + variance[t].sqrt() * z


@exercise.mistake(GUESS)
def shrunk(model, xt, t, z, variance, schedule):
    """The mean comes out multiplied by √α_t; divide by it, for the step forward has shrunk the point."""
    eps, a, b, product = asked(model, xt, t, schedule)
    return (xt - b / (1 - product).sqrt() * eps) * a.sqrt() + variance[t].sqrt() * z


@exercise.mistake(GUESS)
def plus(model, xt, t, z, variance, schedule):
    """The guessed noise comes out added once more; subtract it."""
    eps, a, b, product = asked(model, xt, t, schedule)
    return (xt + b / (1 - product).sqrt() * eps) / a.sqrt() + variance[t].sqrt() * z


@exercise.mistake(GUESS, says=CUT_OFF)
def clamped(model, xt, t, z, variance, schedule):
    """The guess of x_0 is kept within ±1."""
    return clamped_step(model, xt, t, z, variance, schedule)


@exercise.mistake(GUESS)
def clamped_afterwards(model, xt, t, z, variance, schedule):
    """What comes out of the step is cut off at ±1; the noise may carry a point beyond, so leave it there."""
    return step(model, xt, t, z, variance, schedule).clamp(-1, 1)
