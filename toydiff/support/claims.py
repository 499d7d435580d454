"""What a checkpoint claims beside its weights, looked at before any work rests on it.

A checksum tells of damage, not of who wrote the file: a board of a thousand cells a side, or a schedule of a million
steps, is soon written down and never evaluated to its end. The command line promises no more than is believed here.
"""

import math

import torch

from .validation import integer, number, share, shown

PLAIN = (int, float, str, bool, type(None))
CELLS = 32         # along a side of a board
STEPS = 4000       # T: of the longest schedule in use (Nichol & Dhariwal 2021)
ASKED = 1.2e8      # intervals that the exact answer weighs in an evaluation: a minute or so
RECIPE = {
    "steps": lambda value, name: integer(value, name, low=1),
    "batch_size": lambda value, name: integer(value, name, low=1),
    "lr": lambda value, name: number(value, name, 0, math.inf),
    "seed": lambda value, name: integer(value, name, -2**63, 2**63 - 1),
    "drop_label": share,
}


def tensor(given, name):
    """Return `given` if it is a tensor, else raise TypeError."""
    if not isinstance(given, torch.Tensor):
        raise TypeError(f"{name} must be a tensor, got {shown(given)}")
    return given


def plain(given, name):
    """Return a copy of a dict of plain values by name; raise TypeError or ValueError for anything else."""
    if not isinstance(given, dict) or not all(isinstance(key, str) for key in given):
        raise TypeError(f"{name} must be plain values by name, got {shown(given)}")
    for key, value in given.items():
        if type(value) not in PLAIN:
            raise TypeError(f"{name}[{key!r}] must be a plain number or text, got {type(value).__name__}")
    return dict(given)


def recipe(given):
    """Return a copy of a recipe of training whose numbers are such that training could have had them; else raise."""
    given = plain(given, "recipe")
    for name in RECIPE.keys() & given.keys():
        RECIPE[name](given[name], name)
    return given


def data(given, schedule, model):
    """Return the data, if it is what the network answers about, and can be evaluated on the schedule in minutes.

    Raises ValueError for others.
    """
    if schedule.T > STEPS:
        raise ValueError(f"a schedule of {schedule.T} steps, {STEPS} at most are read")
    cells = getattr(given, "cells_per_side", 0)
    if cells > CELLS:
        raise ValueError(f"a board of {cells} cells a side, {CELLS} at most are read")
    if model.labels != given.labels:
        raise ValueError(f"a network of {model.labels} labels for data of {given.labels}")
    if tuple(model.shape) != tuple(given.shape):
        raise ValueError(f"a network of shape {tuple(model.shape)} for data of {tuple(given.shape)}")
    grid = 18 * (1 + 1 / (1 - schedule.alpha_bar[1:])).sum().item()    # of loss_floor, whose step is a third of s
    if cells * (grid + 4096 * schedule.T) > ASKED:
        raise ValueError("a schedule that is too fine for such a board: its least possible loss would take hours")
    return given
