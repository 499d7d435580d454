"""The moving average of a network's weights."""

import math

import torch
from torch import nn

from .. import drawings
from ..engine.asking import Case, Unreadable
from ..engine.exercise import Exercise
from ..networks import filled, flat
from ..points import alone
from .sections import HELPERS, NOTEBOOK


@torch.no_grad()
def ema_update(average, model, decay):
    """average ← decay · average + (1 − decay) · model, weight by weight."""
    for mean, weight in zip(average.parameters(), model.parameters()):
        mean.lerp_(weight, 1 - decay)
    return average


def averages():
    """Return the cases: an average, a model and a decay, for one update and more."""
    def plain():
        return nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 2))

    def case(given, decay, times=1, seeds=(1, 2), dtype=torch.float64, make=plain, trained=True):
        average, model = (filled(make(), seed).to(dtype) for seed in seeds)
        model.requires_grad_(trained)
        return Case(given, {"average": average.requires_grad_(False), "model": model, "decay": decay}, times)

    other = case("", 0.9, seeds=(4, 5)).args
    return [*alone(case("decay = 0.9", 0.9), **other | {"decay": 0.8}),
            case("decay = 0.9, three times", 0.9, 3), case("decay = 0.2", 0.2),
            case("a network of one's own, with a network in it", 0.6, make=Own), case("a single layer", 0.5, make=(
                lambda: nn.Linear(40, 30))), case("decay = 0.99999", 0.99999), case("decay = 1, nothing new", 1.0),
            case("decay = 0.999", 0.999), case("decay = 0, no memory at all", 0.0),
            case("an average that is there already", 0.9, seeds=(3, 3)), case("frozen weights", 0.9, trained=False),
            case("float32 weights", 0.7, dtype=torch.float32)]


class Own(nn.Module):
    """A network within another, layers in a list, weights of other shapes, one of them a single number."""

    def __init__(self):
        super().__init__()
        self.scale, self.shift = nn.Parameter(torch.ones(())), nn.Parameter(torch.zeros(2, 3, 4))
        self.layers = nn.ModuleList([nn.Conv1d(2, 3, 5), nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 1))])


def read_average(value, after):
    """Return the weights of the average after the update."""
    if not isinstance(value, nn.Module):
        raise Unreadable(f"it returns an object of type {type(value).__name__}: return `average`, the network.")
    if any(p.requires_grad for p in after["average"].parameters()):
        raise Unreadable("the average records gradients afterwards, which it did not before: work under "
                         "`with torch.no_grad():`, and leave `requires_grad` off.")
    live = {p.data_ptr() for p in after["model"].parameters()}
    if any(p.data_ptr() in live for p in after["average"].parameters()):
        raise Unreadable("weights of the average are those of `model` themselves, and go wherever those go: copy the "
                         "numbers, `mean.copy_(…)`.")
    weights = flat(after["average"])
    if not torch.equal(flat(value), weights):
        raise Unreadable("it returns another network than the `average` it was given.")
    return weights


def smoothed(f):
    """Return a weight of the average while that of the model climbs and wobbles."""
    average, model = (nn.Linear(1, 1, bias=False) for _ in range(2))
    average.requires_grad_(False).weight.fill_(0)
    values = []
    for step, wobble in enumerate(drawings.noise(75).flatten().tolist()):
        model.weight.data.fill_(1 - math.exp(-step / 15) + 0.3 * wobble)
        average = f(average, model, 0.9)
        values.append(average.weight.item())
    return values


exercise = Exercise(
    "training.ema_update", NOTEBOOK, ema_update, averages(),
    hints=["`zip(average.parameters(), model.parameters())` pairs the weights of the two networks.",
           "`mean = …` makes a new tensor and leaves the network as it was. `mean.mul_(…)`, `mean.add_(…)` and "
           "`mean.copy_(…)` change it in place.",
           "PyTorch wants to know that no gradient is needed: put it all under `with torch.no_grad():`."],
    changes=("average",), read=read_average, place=lambda index, args: f"weight {index[0]} of the average",
    draw=drawings.curve(smoothed, xlabel="step", ylabel="a weight of the average"))


@torch.no_grad()
def updated(average, model, new):
    """Put new(mean, weight) in the place of each weight of the average."""
    for mean, weight in zip(average.parameters(), model.parameters()):
        mean.copy_(new(mean, weight))
    return average


@exercise.mistake(HELPERS)
def swapped(average, model, decay):
    """The two factors are swapped: the average keeps `decay`, the new weight gets 1 − decay."""
    return updated(average, model, lambda mean, weight: (1 - decay) * mean + decay * weight)


@exercise.mistake(HELPERS)
def unmoved(average, model, decay):
    """No weight of the average has changed. Change each in place, `mean.copy_(…)`, also where `requires_grad` is
    off: `mean = …` would only give a name to a new tensor.
    """
    for mean, weight in zip(average.parameters(), model.parameters()):
        mean = decay * mean + (1 - decay) * weight
    return average


@exercise.mistake(HELPERS)
def copied(average, model, decay):
    """The average is a copy of the model: it forgets all that was before."""
    return updated(average, model, lambda mean, weight: weight)


@exercise.mistake(HELPERS)
def half_and_half(average, model, decay):
    """This is the mean of the two, whatever `decay` is."""
    return updated(average, model, lambda mean, weight: (mean + weight) / 2)


@exercise.mistake(HELPERS)
def no_decay(average, model, decay):
    """The old average comes out with the factor 1; it should be `decay`, or the average grows forever."""
    return updated(average, model, lambda mean, weight: mean + (1 - decay) * weight)


@exercise.mistake(HELPERS)
def full_weight(average, model, decay):
    """The new weight comes out with the factor 1; it should be 1 − decay."""
    return updated(average, model, lambda mean, weight: decay * mean + weight)


@exercise.mistake(HELPERS)
def minus(average, model, decay):
    """The new weight comes out subtracted; add it."""
    return updated(average, model, lambda mean, weight: decay * mean - (1 - decay) * weight)


@exercise.mistake(HELPERS)
def no_biases(average, model, decay):
    """Only what has two dimensions or more is averaged; rows, such as biases, and single numbers count as well."""
    return updated(average, model, lambda mean, weight:
                   decay * mean + (1 - decay) * weight if mean.ndim > 1 else mean)


@exercise.mistake(HELPERS)
@torch.no_grad()
def called_weight(average, model, decay):
    """Only what is called `weight` is averaged; biases, and numbers by any other name, belong to the network, too."""
    for (name, mean), weight in zip(average.named_parameters(), model.parameters()):
        if "weight" in name:
            mean.copy_(decay * mean + (1 - decay) * weight)
    return average


@exercise.mistake(HELPERS)
@torch.no_grad()
def first_only(average, model, decay):
    """Only the first weight is averaged: does a `return` or `break` stand inside the loop, or is there none?"""
    for mean, weight in zip(average.parameters(), model.parameters()):
        mean.copy_(decay * mean + (1 - decay) * weight)
        return average


@exercise.mistake(HELPERS)
def decay_squared(average, model, decay):
    """It comes out as after two updates, or with decay² for `decay`: update once, with `decay` itself."""
    return ema_update(ema_update(average, model, decay), model, decay)
