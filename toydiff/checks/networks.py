"""Stand-ins for a network, and small real ones, for questions of more than one station."""

import torch

from ..mlp import ReferenceMLP
from .points import LINEAR


def silent(xt, t):
    """Answer 0."""
    return torch.zeros_like(xt)


def wave(xt, t):
    """Answer something that depends on the point and on t, an int or one for each point."""
    t = torch.as_tensor(t, device=xt.device).to(xt.dtype).reshape(-1, 1)
    return torch.sin(2 * xt + 0.3 * t) + 0.2 * xt


def filled(model, seed):
    """Return the model in float64, its weights drawn anew by the seed alone."""
    source = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for p in model.double().parameters():
            p.copy_(torch.randn(p.shape, generator=source, dtype=torch.float64) / 2)
    return model


def small_network(seed, schedule=LINEAR):
    """Return a small network."""
    return filled(ReferenceMLP(schedule, hidden=3), seed)


def flat(model):
    """Return all weights of a model in one row."""
    return torch.cat([torch.zeros(0), *(p.detach().flatten() for p in model.parameters())])
