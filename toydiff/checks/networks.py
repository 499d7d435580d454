"""Stand-ins for a network, and small real ones, for questions of more than one station.

They refuse what the course's own networks refuse, in the same words: a column of t, or a float. Else what passes here
would stop in the next cell. Only a t of 0 is answered, so that it can be said that nobody should ask there.
"""

import copy
import math

import torch
from torch import nn

from ..support import tensors, times


def beside(xt, t):
    """Return t, an int or one for each datum, as numbers that broadcast against the batch xt; else raise."""
    t = tensors.reachable(tensors.timestep(t, math.inf, len(xt), low=-math.inf), xt)
    return torch.as_tensor(t, dtype=xt.dtype, device=xt.device).reshape(-1, *[1] * (xt.ndim - 1))


def silent(xt, t):
    """Answer 0."""
    return torch.zeros_like(xt) * beside(xt, t)


def wave(xt, t):
    """Answer something that depends on the point and on t."""
    return torch.sin(2 * xt + 0.3 * beside(xt, t)) + 0.2 * xt


def curl(xt, t):
    """Answer something else."""
    return torch.cos(xt.flip(1) + 0.1 * beside(xt, t))


class Restless(nn.Module):
    """A stand-in for a network that answers otherwise each time it is asked: once is enough."""

    def __init__(self):
        super().__init__()
        self.times, self.asked = 0, []

    def forward(self, xt, t):
        """Return an answer that depends on the point, on t and on how often it was asked before."""
        self.times, self.asked = self.times + 1, [*self.asked, t]
        return wave(xt, t) + 0.3 * self.times


def beside_in_flow(xu, u):
    """Return u, a number from 0 to 1 or one for each datum, as numbers that broadcast against xu; else raise."""
    u = times.time(u, xu)
    return torch.as_tensor(u, dtype=xu.dtype, device=xu.device).reshape(-1, *[1] * (xu.ndim - 1))


def filled(model, seed):
    """Return the model in float64, its weights drawn anew by the seed alone."""
    source = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for p in model.double().parameters():
            p.copy_(torch.randn(p.shape, generator=source, dtype=torch.float64) / 2)
    return model


class Small(nn.Module):
    """A small network with bends that are never flat: its answers hang on all that it is given.

    T: the last t; None for one of a flow, which is asked with a time from 0 to 1.
    """

    def __init__(self, T):
        super().__init__()
        self.T, self.layers = T, nn.Sequential(nn.Linear(3, 3), nn.Tanh(), nn.Linear(3, 2))

    def forward(self, xt, t):
        """Return the predicted noise or velocity, shape (batch, 2)."""
        time = beside(xt, t) / self.T if self.T else beside_in_flow(xt, t)
        return self.layers(torch.cat([xt, time.expand(len(xt), 1)], dim=1))


class Worn(Small):
    """A small network that still has the gradients of an earlier step, as its copies do."""

    def __deepcopy__(self, memo):
        new = copy.copy(self)
        new.__dict__ = copy.deepcopy(self.__dict__, memo)
        for mine, its in zip(self.parameters(), new.parameters()):
            its.grad = copy.deepcopy(mine.grad)
        return new


def worn_network(seed, T=100):
    """Return a network that is worn: each weight has a gradient of 0.3."""
    model = filled(Worn(T), seed)
    for p in model.parameters():
        p.grad = torch.full_like(p, 0.3)
    return model


def small_network(seed, T=100):
    """Return a small network."""
    return filled(Small(T), seed)


def flat(model):
    """Return all weights of a model in one row."""
    return torch.cat([torch.zeros(0), *(p.detach().flatten() for p in model.parameters())])
