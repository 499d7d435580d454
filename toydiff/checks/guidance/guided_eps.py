"""One answer, made of that with the label and that without."""

import torch

from .. import drawings
from ..engine.exercise import Exercise
from .sections import COUNTING, LABEL, MORE, NOTEBOOK
from .told import about_labels, by_datum, towards_label_2


def guided_eps(model, xt, t, label, gamma):
    """ε_γ, shape as xt."""
    without = model(xt, t)
    return without + gamma * (model(xt, t, label) - without)


exercise = Exercise(
    "guidance.guided_eps", NOTEBOOK, guided_eps, about_labels(guided_eps),
    hints=["Ask twice: `model(xt, t, label)` and `model(xt, t)`.",
           "Begin at the answer without a label and go `gamma` times the way to the one with it."],
    place=by_datum, draw=drawings.arrows(lambda f, grid: -f(*towards_label_2(grid), 3.0)))


def both(model, xt, t, label):
    """Return the answers with the label and without."""
    return model(xt, t, label), model(xt, t)


@exercise.mistake(MORE)
def exchanged(model, xt, t, label, gamma):
    """This begins at the answer with the label and leads away from it as γ grows. Are the two answers exchanged?"""
    eps, without = both(model, xt, t, label)
    return eps + gamma * (without - eps)


@exercise.mistake(COUNTING)
def counted_from_the_label(model, xt, t, label, gamma):
    """This is (1 + γ) ε_c − γ ε_∅, in which γ counts from the label on, as others' w does; ours is γ = 1 + w."""
    eps, without = both(model, xt, t, label)
    return (1 + gamma) * eps - gamma * without


@exercise.mistake(COUNTING)
def minus_one_for_one_minus(model, xt, t, label, gamma):
    """The factor of the answer without a label is 1 − γ, not γ − 1: together the two factors make 1."""
    eps, without = both(model, xt, t, label)
    return gamma * eps + (gamma - 1) * without


@exercise.mistake(MORE)
def difference_alone(model, xt, t, label, gamma):
    """This is γ times the way from one answer to the other; add it to the answer without a label."""
    eps, without = both(model, xt, t, label)
    return gamma * (eps - without)


@exercise.mistake(MORE)
def backwards(model, xt, t, label, gamma):
    """As γ grows, this leads from the answer without a label away from the one with it: the difference has the wrong
    sign.
    """
    eps, without = both(model, xt, t, label)
    return without - gamma * (eps - without)


@exercise.mistake(MORE)
def label_alone(model, xt, t, label, gamma):
    """This is the answer with the label, whatever γ is."""
    return model(xt, t, label)


@exercise.mistake(MORE)
def no_label(model, xt, t, label, gamma):
    """This is the answer without a label, whatever γ and the label are."""
    return model(xt, t)


@exercise.mistake(MORE)
def scaled(model, xt, t, label, gamma):
    """The answer with the label is multiplied by γ. That makes more noise, not more label."""
    return gamma * model(xt, t, label)


@exercise.mistake(MORE)
def sum_for_difference(model, xt, t, label, gamma):
    """γ multiplies the answer with the label; it belongs to the difference of the two."""
    eps, without = both(model, xt, t, label)
    return without + gamma * eps


@exercise.mistake(LABEL)
def null_0(model, xt, t, label, gamma):
    """Label 0 is a label as good as any. Without a label is `model(xt, t)`, or label `model.labels`."""
    eps, without = model(xt, t, label), model(xt, t, torch.zeros_like(label))
    return without + gamma * (eps - without)


@exercise.mistake(LABEL)
def last_label(model, xt, t, label, gamma):
    """`model.labels − 1` is the last label; the null label is `model.labels`."""
    eps, without = model(xt, t, label), model(xt, t, torch.full_like(label, model.labels - 1))
    return without + gamma * (eps - without)


@exercise.mistake(MORE)
def one_label(model, xt, t, label, gamma):
    """All data get the label of the first one, but each has its own."""
    eps, without = both(model, xt, t, label[0])
    return without + gamma * (eps - without)


@exercise.mistake(MORE)
def one_t(model, xt, t, label, gamma):
    """All data get the t of the first one, but each has its own."""
    eps, without = both(model, xt, t[0], label)
    return without + gamma * (eps - without)


@exercise.mistake(MORE)
def only_beyond(model, xt, t, label, gamma):
    """A γ below 1 is taken for 1; between 0 and 1 it asks for less of the label, below 0 for anything else."""
    eps, without = both(model, xt, t, label)
    return without + max(gamma, 1) * (eps - without)
