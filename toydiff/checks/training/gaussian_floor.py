"""The loss that no network can fall below, if the data is Gaussian."""

from .. import drawings
from ..engine.asking import Case
from ..engine.exercise import Exercise
from ..points import COSINE, LINEAR, LONG, ONE, TWIN, alone, by_t_from_1_on, from_1_on
from .sections import NOTEBOOK, ZERO


def gaussian_floor(alpha_bar, variance):
    """ᾱ v / (ᾱ v + 1 − ᾱ): what of the noise's variance no look at x_t explains."""
    signal = alpha_bar * variance
    return signal / (signal + 1 - alpha_bar)


exercise = Exercise(
    "training.gaussian_floor", NOTEBOOK, gaussian_floor,
    cases=[
        *alone(Case("the variance of the board, 1/3", {"alpha_bar": LINEAR.alpha_bar, "variance": 1 / 3}),
               alpha_bar=TWIN.alpha_bar, variance=0.6),
        Case("300 steps and variance 30", {"alpha_bar": LONG.alpha_bar, "variance": 30.0}),
        Case("a single step", {"alpha_bar": ONE.alpha_bar, "variance": 2.0}),
        Case("variance 1", {"alpha_bar": LINEAR.alpha_bar, "variance": 1.0}),
        Case("variance 4 and the cosine schedule", {"alpha_bar": COSINE.alpha_bar, "variance": 4.0}),
        Case("variance 0.01", {"alpha_bar": COSINE.alpha_bar, "variance": 0.01}),
        Case("a float32 table", {"alpha_bar": LINEAR.alpha_bar.float(), "variance": 0.5}),
    ],
    hints=["Which variance has x_t? The data's part and the noise's part are independent, so their variances add.",
           "Which share of it is noise? That share of the variance of ε (which is 1) can be told from x_t.",
           "1 − (1 − ᾱ) / (ᾱ v + 1 − ᾱ), and this can be written shorter."],
    measure=from_1_on, place=by_t_from_1_on,    # at t = 0 there is no noise to guess
    draw=drawings.curve(lambda f: f(LINEAR.alpha_bar, 1 / 3)[1:], range(1, 101)))


@exercise.mistake(ZERO)
def explained(alpha_bar, variance):
    """This is the share of the noise that can be told from x_t; the floor is the rest, 1 minus it."""
    return (1 - alpha_bar) / (alpha_bar * variance + 1 - alpha_bar)


@exercise.mistake(ZERO)
def loss_of_x0(alpha_bar, variance):
    """This is the smallest error of x_0; asked was that of ε."""
    return variance * (1 - alpha_bar) / (alpha_bar * variance + 1 - alpha_bar)


@exercise.mistake(ZERO)
def variance_1(alpha_bar, variance):
    """It makes no difference what v is: your answer is ᾱ, right for v = 1 only. Is v left out, or does it cancel?"""
    return alpha_bar / (alpha_bar + 1 - alpha_bar)


@exercise.mistake(ZERO)
def no_v_below(alpha_bar, variance):
    """Your answer comes to ᾱ v: divide it by the whole variance of x_t, ᾱ v + 1 − ᾱ, in which v stands as well."""
    return alpha_bar * variance / (alpha_bar + 1 - alpha_bar)


@exercise.mistake(ZERO)
def no_v_above(alpha_bar, variance):
    """Your answer comes to ᾱ/(ᾱ v + 1 − ᾱ): above the line belongs v, too, for the data's part has variance ᾱ v."""
    return alpha_bar / (alpha_bar * variance + 1 - alpha_bar)


@exercise.mistake(ZERO)
def snr(alpha_bar, variance):
    """This is the signal-to-noise ratio ᾱ v/(1 − ᾱ); divide by the whole variance of x_t instead."""
    return alpha_bar * variance / (1 - alpha_bar)


@exercise.mistake(ZERO)
def variance_squared(alpha_bar, variance):
    """It comes out with v² in the place of v, but v is a variance already."""
    return gaussian_floor(alpha_bar, variance**2)


@exercise.mistake(ZERO)
def root(alpha_bar, variance):
    """This is the root of the floor; the loss is a mean of squares and stays one."""
    return gaussian_floor(alpha_bar, variance).sqrt()


@exercise.mistake(ZERO)
def roots(alpha_bar, variance):
    """√ᾱ and √(1 − ᾱ) stand where ᾱ and 1 − ᾱ should: these are variances here, without a root."""
    signal = alpha_bar.sqrt() * variance
    return signal / (signal + (1 - alpha_bar).sqrt())


@exercise.mistake(ZERO)
def best_factor(alpha_bar, variance):
    """This is the factor of the best guess, √(1 − ᾱ)/(ᾱ v + 1 − ᾱ) · x_t; asked was the loss that remains."""
    return (1 - alpha_bar).sqrt() / (alpha_bar * variance + 1 - alpha_bar)


@exercise.mistake(ZERO)
def both_coordinates(alpha_bar, variance):
    """This is twice the floor, a sum over the two coordinates; our loss is their mean."""
    return 2 * gaussian_floor(alpha_bar, variance)
