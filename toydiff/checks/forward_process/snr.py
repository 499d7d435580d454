"""The signal-to-noise ratio."""

import torch

from .. import drawings
from ..engine.asking import Case
from ..engine.exercise import Exercise
from ..points import COSINE, LINEAR, LONG, TWIN, by_t_from_1_on, from_1_on
from .sections import LEFT, NOTEBOOK


def snr(alpha_bar):
    """ᾱ_t / (1 − ᾱ_t), shape (T + 1,)."""
    return alpha_bar / (1 - alpha_bar)


exercise = Exercise(
    "forward_process.snr", NOTEBOOK, snr,
    cases=[
        Case("our schedule", {"alpha_bar": LINEAR.alpha_bar}),
        Case("another schedule of 100 steps", {"alpha_bar": TWIN.alpha_bar}),
        Case("a schedule of 300 steps", {"alpha_bar": LONG.alpha_bar}),
        Case("the cosine schedule", {"alpha_bar": COSINE.alpha_bar}),
        Case("equal parts of signal and noise", {"alpha_bar": torch.tensor([1, 0.5], dtype=torch.float64)}),
        Case("hardly any noise, and hardly any signal", {"alpha_bar": torch.tensor(
            [1, 1 - 2.0**-22, 1 - 2.0**-12, 2.0**-10, 2.0**-16], dtype=torch.float64)}),
        Case("a float32 table", {"alpha_bar": LINEAR.alpha_bar.float()}),
    ],
    hints=["What variance has the signal's part of x_t, what variance the noise's, if x0 has variance 1?",
           "Divide the first by the second, without a root."],
    measure=from_1_on, place=by_t_from_1_on,    # at t = 0 it is infinite
    tolerance=((2e-3, 1e-5), (1e-7, 1e-9)),
    draw=drawings.curve(lambda f: f(LINEAR.alpha_bar)[1:], range(1, 101), log=True))


@exercise.mistake(LEFT)
def inverse(alpha_bar):
    """This is noise to signal; the signal belongs above the line."""
    return (1 - alpha_bar) / alpha_bar


@exercise.mistake(LEFT)
def amplitudes(alpha_bar):
    """This is the ratio of the amplitudes; the SNR is the ratio of the variances, without roots."""
    return (alpha_bar / (1 - alpha_bar)).sqrt()


@exercise.mistake(LEFT)
def root_below(alpha_bar):
    """This is ᾱ_t / √(1 − ᾱ_t): the noise has the variance 1 − ᾱ_t, no root here."""
    return alpha_bar / (1 - alpha_bar).sqrt()


@exercise.mistake(LEFT)
def squared(alpha_bar):
    """This is the square of the SNR: ᾱ_t is a variance already."""
    return (alpha_bar / (1 - alpha_bar)) ** 2


@exercise.mistake(LEFT)
def decibel(alpha_bar):
    """This is the SNR in decibel; the plain ratio was asked."""
    return 10 * (alpha_bar / (1 - alpha_bar)).log10()


@exercise.mistake(LEFT)
def difference(alpha_bar):
    """This is signal minus noise; the SNR is a ratio."""
    return alpha_bar - (1 - alpha_bar)


@exercise.mistake(LEFT)
def logarithm(alpha_bar):
    """This is the logarithm of the SNR; the plain ratio was asked."""
    return (alpha_bar / (1 - alpha_bar)).log()
