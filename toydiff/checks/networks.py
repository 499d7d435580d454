"""Stand-ins for a network, and small real ones, for questions of more than one station."""

import copy

import torch
from torch import nn


def silent(xt, t):
    """Answer 0."""
    return torch.zeros_like(xt)


def wave(xt, t):
    """Answer something that depends on the point and on t, an int or one for each point."""
    t = torch.as_tensor(t, device=xt.device).to(xt.dtype).reshape(-1, 1)
    return torch.sin(2 * xt + 0.3 * t) + 0.2 * xt


def curl(xt, t):
    """Answer something else."""
    t = torch.as_tensor(t, device=xt.device).to(xt.dtype).reshape(-1, 1)
    return torch.cos(xt.flip(1) + 0.1 * t)


class Restless(nn.Module):
    """A stand-in for a network that answers otherwise each time it is asked: once is enough."""

    def __init__(self):
        super().__init__()
        self.times, self.asked = 0, []

    def forward(self, xt, t):
        """Return an answer that depends on the point, on t and on how often it was asked before."""
        self.times, self.asked = self.times + 1, [*self.asked, t]
        return wave(xt, t) + 0.3 * self.times


def filled(model, seed):
    """Return the model in float64, its weights drawn anew by the seed alone."""
    source = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for p in model.double().parameters():
            p.copy_(torch.randn(p.shape, generator=source, dtype=torch.float64) / 2)
    return model


class Small(nn.Module):
    """A small network with bends that are never flat: its answers hang on all that it is given."""

    def __init__(self, T):
        super().__init__()
        self.T, self.layers = T, nn.Sequential(nn.Linear(3, 3), nn.Tanh(), nn.Linear(3, 2))

    def forward(self, xt, t):
        """Return the predicted noise, shape (batch, 2)."""
        time = torch.as_tensor(t).to(xt.dtype).expand(len(xt))[:, None] / self.T
        return self.layers(torch.cat([xt, time], dim=1))


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
