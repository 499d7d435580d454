"""The networks that look at a noisy point and say which noise is in it.

Both are called as model(xt, t) with the t of the formulas and return the predicted ε, shape (batch, 2).
"""

import math

import torch
from torch import nn

from . import validate


class ReferenceMLP(nn.Module):
    """The plain network: x, y and t/T in; three ReLU layers; two numbers out.

    T: number of timesteps; hidden: width of each layer.
    """

    def __init__(self, T, hidden=128):
        super().__init__()
        self.T, self.hidden = validate.integer(T, "T", low=1), validate.integer(hidden, "hidden", low=1)
        self.layers = nn.Sequential(
            nn.Linear(3, hidden), nn.ReLU(),
            nn.Linear(hidden, hidden), nn.ReLU(),
            nn.Linear(hidden, hidden), nn.ReLU(),
            nn.Linear(hidden, 2))

    def forward(self, xt, t):
        """Return the predicted noise, shape (batch, 2). xt: (batch, 2); t: int or (batch,), within 1…T."""
        validate.points(xt, "xt")
        time = time_column(t, self.T, xt)                          # (batch, 1)
        return self.layers(torch.cat([xt, time], dim=1))           # (batch, 2)


class FeatureMLP(nn.Module):
    """Waves of position and time in; SiLU layers; two numbers out."""

    def __init__(self, T, hidden=128):
        super().__init__()
        self.T, self.hidden = validate.integer(T, "T", low=1), validate.integer(hidden, "hidden", low=1)
        self.register_buffer("waves", math.pi * torch.arange(1, 7))
        self.layers = nn.Sequential(
            nn.Linear(3 + 6 * 6, hidden), nn.SiLU(),
            nn.Linear(hidden, hidden), nn.SiLU(),
            nn.Linear(hidden, hidden), nn.SiLU(),
            nn.Linear(hidden, 2))

    def forward(self, xt, t):
        """Return the predicted noise, shape (batch, 2). xt: (batch, 2); t: int or (batch,), within 1…T."""
        validate.points(xt, "xt")
        u = torch.cat([xt, time_column(t, self.T, xt)], dim=1)     # (batch, 3)
        phase = (u[:, :, None] * self.waves).flatten(1)            # (batch, 18)
        return self.layers(torch.cat([u, phase.sin(), phase.cos()], dim=1))


def time_column(t, T, xt):
    """Return t/T as a column beside the points xt: shape (batch, 1), between 0 and 1."""
    t = torch.as_tensor(validate.timestep(t, T, len(xt)), device=xt.device)
    return (t.to(xt.dtype) / T).expand(len(xt))[:, None]


def count_parameters(model):
    """Return how many numbers training may change in the model."""
    return sum(p.numel() for p in model.parameters() if p.requires_grad)
