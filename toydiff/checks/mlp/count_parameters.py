"""How many numbers are there to learn?"""

import torch
from torch import nn

from ...forward_process import Schedule
from ...mlp import FeatureMLP, ReferenceMLP
from ..engine.asking import Case
from ..engine.exercise import Exercise
from ..points import LINEAR, only
from .sections import FEATURES, NETWORK, NOTEBOOK


def count_parameters(model):
    """How many numbers training may change."""
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


def models():
    """Return the cases: networks in which not every tensor is a weight to learn."""
    shared = nn.Linear(4, 4)
    frozen = nn.Sequential(nn.Linear(3, 5), nn.Linear(5, 2))
    frozen[0].requires_grad_(False)
    tied = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4))
    tied[2].weight = tied[0].weight
    partly = ReferenceMLP(LINEAR, hidden=7)
    partly.layers[0].requires_grad_(False)
    return [Case("the plain network, 3-7-7-7-2", {"model": ReferenceMLP(LINEAR, hidden=7)}),
            Case("the same with its first layer frozen", {"model": partly}),
            Case("two layers that share one matrix, each with a bias of its own", {"model": tied}),
            Case("one layer without a bias", {"model": nn.Linear(3, 5, bias=False)}),
            Case("a layer that is used twice", {"model": nn.Sequential(shared, nn.ReLU(), shared)}),
            Case("a frozen layer (`requires_grad` is False)", {"model": frozen}),
            Case("the network with features, which holds tables beside its weights",
                 {"model": FeatureMLP(Schedule.linear(10), hidden=4)}),
            Case("a layer that keeps statistics", {"model": nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))}),
            Case("a network of one's own, with a network in it", {"model": Own()}),
            Case("all layers frozen", {"model": nn.Linear(3, 2).requires_grad_(False)}),
            Case("weights in half precision", {"model": nn.Linear(30, 20).half()})]


class Own(nn.Module):
    """A network within another, layers in a list, weights of other shapes, one of them a single number."""

    def __init__(self):
        super().__init__()
        self.scale, self.shift = nn.Parameter(torch.ones(())), nn.Parameter(torch.zeros(2, 3, 4))
        self.layers = nn.ModuleList([nn.Conv1d(2, 3, 5), nn.Embedding(7, 2), nn.Sequential(nn.Linear(2, 2))])
        self.layers[2][0].bias.requires_grad_(False)


exercise = Exercise(
    "mlp.count_parameters", NOTEBOOK, count_parameters, models(),
    hints=["`model.parameters()` goes through all weights and biases, each a tensor, each once.",
           "`p.numel()` is how many numbers a tensor holds, `p.requires_grad` says if training may change it."],
    place=only("the number"), number=True)


@exercise.mistake(NETWORK)
def tensors(model):
    """This is how many tensors there are; count the numbers in them: `p.numel()`."""
    return len([p for p in model.parameters() if p.requires_grad])


@exercise.mistake(NETWORK)
def rows(model):
    """This is the number of rows of all tensors, as `len(p)` tells it; `p.numel()` counts all numbers of a tensor."""
    return sum(len(p) for p in model.parameters() if p.requires_grad)


@exercise.mistake(NETWORK)
def frozen_too(model):
    """Frozen weights are counted too: training may change only those with `p.requires_grad`."""
    return sum(p.numel() for p in model.parameters())


@exercise.mistake(FEATURES)
def tables_too(model):
    """Buffers are counted too, such as the table ᾱ. They belong to the model, but no training changes them."""
    return count_parameters(model) + sum(table.numel() for table in model.buffers())


@exercise.mistake(NETWORK)
def state_dict(model):
    """This counts all that `state_dict()` holds: it names a shared
    weight twice, and holds statistics and frozen weights as well.
    """
    return sum(p.numel() for p in model.state_dict().values())


@exercise.mistake(NETWORK)
def shared_twice(model):
    """Weights that are used twice are counted twice, but there is one set of them."""
    named = model.named_parameters(remove_duplicate=False)
    return sum(p.numel() for _, p in named if p.requires_grad)


@exercise.mistake(NETWORK)
def no_biases(model):
    """Only what has two dimensions or more is counted; rows, such as biases, and single numbers are to learn, too."""
    return sum(p.numel() for p in model.parameters() if p.requires_grad and p.ndim > 1)


@exercise.mistake(NETWORK)
def all_but_biases(model):
    """All is counted but the biases; they are numbers to learn, too."""
    return sum(p.numel() for name, p in model.named_parameters() if p.requires_grad and "bias" not in name)


@exercise.mistake(NETWORK)
def called_weight(model):
    """Only what is called `weight` is counted; biases, and numbers by any other name, are to learn, too."""
    return sum(p.numel() for name, p in model.named_parameters() if p.requires_grad and "weight" in name)


@exercise.mistake(NETWORK)
def bytes(model):
    """These are bytes; a float32 number takes four."""
    return sum(p.numel() * p.element_size() for p in model.parameters() if p.requires_grad)
