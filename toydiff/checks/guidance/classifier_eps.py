"""The answer without a label, turned towards it by the gradient of a classifier."""

from functools import partial

import torch

from ...guidance import log_posterior
from .. import drawings
from ..engine.exercise import Exercise
from ..networks import beside
from ..points import LINEAR
from .sections import NOTEBOOK, TWO_WAYS
from .told import about_labels, by_datum, towards_label_2


class Classifier:
    """Return log p(label | x_t) for each of some labels, shape (batch, labels), as a function of (xt, t)."""

    def __init__(self, labels):
        self.labels = labels

    def __call__(self, xt, t):
        """Return what depends on all numbers of the datum, on t and on the label."""
        x, label = xt.flatten(1), torch.arange(self.labels, device=xt.device).to(xt.dtype)
        place = torch.arange(1, x.shape[1] + 1, device=xt.device).to(xt.dtype)
        tilt = 0.01 * beside(x, t) * (x * place).sum(1, keepdim=True)
        return (torch.sin(x @ (place[:, None] + label)) + tilt * label).log_softmax(1)


def slope(classifier, xt, t, of):
    """Return the gradient of of(log p) with respect to xt, shape as xt."""
    x = xt.detach().requires_grad_()
    return torch.autograd.grad(of(classifier(x, t)), x)[0]


def of_label(label):
    """Return what sums up log p(its label) of all data."""
    return lambda log_p: log_p.gather(1, label[:, None]).sum()


def spread(schedule, t, xt):
    """Return √(1 − ᾱ_t) beside each datum."""
    return (1 - schedule.alpha_bar[t]).sqrt().reshape(-1, *[1] * (xt.ndim - 1))


def classifier_eps(model, classifier, xt, t, label, gamma, schedule):
    """ε_∅ − γ √(1 − ᾱ_t) ∇ log p(label | x_t), shape as xt."""
    towards = slope(classifier, xt, t, of_label(label))
    return (model(xt, t) - gamma * spread(schedule, t, xt) * towards).to(xt.dtype)


def with_the_exact_classifier(function, grid):
    """Return where it leads from the points of a grid, by what the board's exact classifier says: shape (n, 2)."""
    model, xt, t, label = towards_label_2(grid)
    return -function(model, partial(log_posterior, model), xt, t, label, 3.0, LINEAR)


exercise = Exercise(
    "guidance.classifier_eps", NOTEBOOK, classifier_eps,
    about_labels(classifier_eps, classifier=lambda labels, schedule: Classifier(labels),
                 schedule=lambda labels, schedule: schedule),
    hints=["`x = xt.detach().requires_grad_()`, then `log_p = classifier(x, t)`: now log_p knows how it came from x.",
           "Pick of each row the entry of its label, `log_p[range(len(label)), label]`, and sum: no datum's log p "
           "depends on another datum, so the gradient of the sum is everybody's own.",
           "`torch.autograd.grad(total, x)` returns a tuple with one gradient in it."],
    place=by_datum, draw=drawings.arrows(with_the_exact_classifier))


@exercise.mistake(TWO_WAYS)
def uphill_added(model, classifier, xt, t, label, gamma, schedule):
    """This leads away from the label. ε is what gets taken away: to go uphill, subtract the slope of log p from ε."""
    return (model(xt, t) + gamma * spread(schedule, t, xt) * slope(classifier, xt, t, of_label(label))).to(xt.dtype)


@exercise.mistake(TWO_WAYS)
def no_spread(model, classifier, xt, t, label, gamma, schedule):
    """The slope comes in without the factor √(1 − ᾱ_t), which makes a noise of it."""
    return (model(xt, t) - gamma * slope(classifier, xt, t, of_label(label))).to(xt.dtype)


@exercise.mistake(TWO_WAYS)
def variance_for_std(model, classifier, xt, t, label, gamma, schedule):
    """The slope is multiplied by 1 − ᾱ_t; the factor is the root of that."""
    return (model(xt, t) - gamma * spread(schedule, t, xt)**2 * slope(classifier, xt, t, of_label(label))).to(xt.dtype)


@exercise.mistake(TWO_WAYS)
def signal_for_noise(model, classifier, xt, t, label, gamma, schedule):
    """The slope is multiplied by √ᾱ_t, the factor of the data; that of the noise is √(1 − ᾱ_t)."""
    root = (1 - spread(schedule, t, xt)**2).sqrt()
    return (model(xt, t) - gamma * root * slope(classifier, xt, t, of_label(label))).to(xt.dtype)


@exercise.mistake(TWO_WAYS)
def slope_of_p(model, classifier, xt, t, label, gamma, schedule):
    """This is the slope of p, not of log p: far from the label, where it is needed most, p is flat."""
    towards = slope(classifier, xt, t, lambda log_p: of_label(label)(log_p.exp()))
    return (model(xt, t) - gamma * spread(schedule, t, xt) * towards).to(xt.dtype)


@exercise.mistake(TWO_WAYS)
def all_labels(model, classifier, xt, t, label, gamma, schedule):
    """The slope is that of all labels' log p together; of each datum only its own label counts."""
    return (model(xt, t) - gamma * spread(schedule, t, xt) * slope(classifier, xt, t, torch.sum)).to(xt.dtype)


@exercise.mistake(TWO_WAYS)
def mean_for_sum(model, classifier, xt, t, label, gamma, schedule):
    """The slope is divided by the number of data here, as that of a mean is: the more data, the weaker the guidance."""
    towards = slope(classifier, xt, t, of_label(label)) / len(xt)
    return (model(xt, t) - gamma * spread(schedule, t, xt) * towards).to(xt.dtype)


@exercise.mistake(TWO_WAYS)
def one_label(model, classifier, xt, t, label, gamma, schedule):
    """All data are led to the label of the first one, but each has its own."""
    towards = slope(classifier, xt, t, lambda log_p: log_p[:, label[0]].sum())
    return (model(xt, t) - gamma * spread(schedule, t, xt) * towards).to(xt.dtype)


@exercise.mistake(TWO_WAYS)
def everybodys_labels(model, classifier, xt, t, label, gamma, schedule):
    """Each datum is led to the labels of all the batch, as `log_p[:, label]` picks them. Of each row only its own
    label counts: `log_p[range(len(label)), label]`.
    """
    towards = slope(classifier, xt, t, lambda log_p: log_p[:, label].sum())
    return (model(xt, t) - gamma * spread(schedule, t, xt) * towards).to(xt.dtype)


@exercise.mistake(TWO_WAYS)
def from_the_label(model, classifier, xt, t, label, gamma, schedule):
    """This starts at the answer with the label and is then turned towards it: that counts the label twice. Ask
    without.
    """
    towards = slope(classifier, xt, t, of_label(label))
    return (model(xt, t, label) - gamma * spread(schedule, t, xt) * towards).to(xt.dtype)


@exercise.mistake(TWO_WAYS)
def gamma_forgotten(model, classifier, xt, t, label, gamma, schedule):
    """This is the answer for γ = 1, whatever γ is."""
    return (model(xt, t) - spread(schedule, t, xt) * slope(classifier, xt, t, of_label(label))).to(xt.dtype)


@exercise.mistake(TWO_WAYS)
def slope_alone(model, classifier, xt, t, label, gamma, schedule):
    """This is the way to the label alone; the model's own answer belongs to it."""
    return (-gamma * spread(schedule, t, xt) * slope(classifier, xt, t, of_label(label))).to(xt.dtype)


@exercise.mistake(TWO_WAYS)
def unit_slope(model, classifier, xt, t, label, gamma, schedule):
    """The slope has length 1 here. Its own length says how much there is to gain, and is needed."""
    towards = slope(classifier, xt, t, of_label(label))
    length = towards.flatten(1).norm(dim=1).reshape(-1, *[1] * (xt.ndim - 1))
    return (model(xt, t) - gamma * spread(schedule, t, xt) * towards / length).to(xt.dtype)
