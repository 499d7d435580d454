"""The wrong lines that people write at station 4 about learning rate, average and floor, and what to say to each."""

import math

import torch

from .engine.ladder import Mistake

ZERO, HELPERS = "Why does the loss not go to 0?", "Two helpers: a falling learning rate and an average"


def _rate(formula):
    """A wrong learning rate, made of lr and the share of the steps that are over."""
    return lambda step, steps, lr: formula(lr, (step - 1) / steps)


def _ema(formula, which=lambda i, p: True):
    """A wrong average, made of (average, weight, decay) for each weight i that `which` lets through."""
    @torch.no_grad()
    def update(average, model, decay):
        for i, (mean, weight) in enumerate(zip(average.parameters(), model.parameters())):
            if which(i, mean):
                mean.copy_(formula(mean, weight, decay))
        return average
    return update


def _floor(formula):
    """A wrong floor, made of ᾱ and v."""
    return lambda alpha_bar, variance: formula(alpha_bar, variance)


MISTAKES = {
    "decayed_lr": [
        Mistake("counts_from_0", "Steps count from 1: at step 1 the rate is lr itself, so the angle is "
                "π (step − 1)/steps.", HELPERS,
                lambda step, steps, lr: lr * (1 + math.cos(math.pi * step / steps)) / 2),
        Mistake("steps_minus_1", "At the last step the rate is 0, and the step is lost: divide by `steps`, not by "
                "`steps − 1`.", HELPERS, lambda step, steps, lr: lr * (
                    1 + math.cos(math.pi * (step - 1) / (steps - 1))) / 2),
        Mistake("not_halved", "1 + cos goes from 2 to 0: halve it, or you begin with twice the rate.", HELPERS,
                _rate(lambda lr, u: lr * (1 + math.cos(math.pi * u)))),
        Mistake("negative", "The cosine alone goes down to −1, and a negative rate climbs: add 1, then halve.", HELPERS,
                _rate(lambda lr, u: lr * math.cos(math.pi * u))),
        Mistake("linear", "The rate falls in a straight line; half a cosine was asked.", HELPERS,
                _rate(lambda lr, u: lr * (1 - u))),
        Mistake("rising", "The rate rises from 0: the sign of the cosine is wrong.", HELPERS,
                _rate(lambda lr, u: lr * (1 - math.cos(math.pi * u)) / 2)),
        Mistake("whole_period", "With 2π the rate falls to 0 in the middle and rises again; half a turn is π.", HELPERS,
                _rate(lambda lr, u: lr * (1 + math.cos(2 * math.pi * u)) / 2)),
        Mistake("quarter", "With π/2 the rate ends at lr/2; it should fall to almost 0, half a turn.", HELPERS,
                _rate(lambda lr, u: lr * (1 + math.cos(math.pi / 2 * u)) / 2)),
        Mistake("degrees", "The angle is in degrees; `math.cos` wants radians: π, not 180.", HELPERS,
                _rate(lambda lr, u: lr * (1 + math.cos(180 * u)) / 2)),
        Mistake("no_lr", "This is only the factor between 1 and 0; multiply it by lr.", HELPERS,
                _rate(lambda lr, u: (1 + math.cos(math.pi * u)) / 2)),
    ],
    "ema_update": [
        Mistake("swapped", "The two factors are swapped: the average keeps `decay`, the new weight gets 1 − decay.",
                HELPERS, _ema(lambda mean, weight, decay: (1 - decay) * mean + decay * weight)),
        Mistake("unmoved", "The average has not changed: `mean = …` only gives a name to a new tensor. Change it in "
                "place: `mean.copy_(…)`.", HELPERS, _ema(lambda mean, weight, decay: mean)),
        Mistake("copied", "The average is a copy of the model: it forgets all that was before.", HELPERS,
                _ema(lambda mean, weight, decay: weight)),
        Mistake("half_and_half", "This is the mean of the two, whatever `decay` is.", HELPERS,
                _ema(lambda mean, weight, decay: (mean + weight) / 2)),
        Mistake("no_decay", "The new weights are added, but the average is not multiplied by `decay`: it grows "
                "forever.", HELPERS, _ema(lambda mean, weight, decay: mean + (1 - decay) * weight)),
        Mistake("full_weight", "The new weight is added in full; its factor is 1 − decay.", HELPERS,
                _ema(lambda mean, weight, decay: decay * mean + weight)),
        Mistake("minus", "The new weight is subtracted; add it.", HELPERS,
                _ema(lambda mean, weight, decay: decay * mean - (1 - decay) * weight)),
        Mistake("no_biases", "Only the weight matrices are averaged; the biases belong to the network, too.", HELPERS,
                _ema(lambda mean, weight, decay: decay * mean + (1 - decay) * weight, lambda i, p: p.ndim == 2)),
        Mistake("first_only", "Only the first weight is averaged: does a `return` or `break` stand inside the loop? "
                "Indent it less.", HELPERS, _ema(lambda mean, weight, decay: decay * mean + (1 - decay) * weight,
                                                 lambda i, p: i == 0)),
        Mistake("decay_squared", "The update is done twice: call it once for each step.", HELPERS,
                _ema(lambda mean, weight, decay: decay**2 * mean + (1 - decay**2) * weight)),
    ],
    "gaussian_floor": [
        Mistake("explained", "This is the share of the noise that can be told from x_t; the floor is the rest, 1 minus "
                "it.", ZERO, _floor(lambda a, v: (1 - a) / (a * v + 1 - a))),
        Mistake("loss_of_x0", "This is the smallest error of x_0; asked was that of ε.", ZERO,
                _floor(lambda a, v: v * (1 - a) / (a * v + 1 - a))),
        Mistake("variance_1", "The variance v is not used: this is right for v = 1 only.", ZERO,
                _floor(lambda a, v: a)),
        Mistake("no_v_below", "Above the line there is v, below it is missing: x_t has variance ᾱ v + 1 − ᾱ.", ZERO,
                _floor(lambda a, v: a * v / (a + 1 - a))),
        Mistake("no_v_above", "Below the line there is v, above it is missing: the data's part has variance ᾱ v.", ZERO,
                _floor(lambda a, v: a / (a * v + 1 - a))),
        Mistake("snr", "This is the signal-to-noise ratio ᾱ v/(1 − ᾱ); divide by the whole variance of x_t instead.",
                ZERO, _floor(lambda a, v: a * v / (1 - a))),
        Mistake("variance_squared", "v is squared, but it is a variance already.", ZERO,
                _floor(lambda a, v: a * v**2 / (a * v**2 + 1 - a))),
        Mistake("root", "There is a root around it; the loss is a mean of squares and stays one.", ZERO,
                _floor(lambda a, v: (a * v / (a * v + 1 - a)).sqrt())),
        Mistake("roots", "ᾱ and 1 − ᾱ are variances here, take them without a root.", ZERO,
                _floor(lambda a, v: a.sqrt() * v / (a.sqrt() * v + (1 - a).sqrt()))),
        Mistake("best_factor", "This is the factor of the best guess, √(1 − ᾱ)/(ᾱ v + 1 − ᾱ) · x_t; asked was the loss "
                "that remains.", ZERO, _floor(lambda a, v: (1 - a).sqrt() / (a * v + 1 - a))),
        Mistake("both_coordinates", "This is the sum over the two coordinates; our loss is their mean.", ZERO,
                _floor(lambda a, v: 2 * a * v / (a * v + 1 - a))),
    ],
}
