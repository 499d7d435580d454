"""The networks that look at a noisy point and say which noise is in it.

Both are called as model(xt, t) with the t of the formulas and return the predicted ε, shape (batch, 2).
"""

import math

import torch
from torch import nn

from .support import validation as validate


class ReferenceMLP(nn.Module):
    """The plain network: x, y and t/T in; three ReLU layers; two numbers out.

    schedule: a Schedule, of which it needs T; hidden: width of each layer.
    """

    def __init__(self, schedule, hidden=128):
        super().__init__()
        self.T, self.hidden = validate.schedule(schedule).T, validate.integer(hidden, "hidden", low=1)
        self.layers = nn.Sequential(
            nn.Linear(3, hidden), nn.ReLU(),
            nn.Linear(hidden, hidden), nn.ReLU(),
            nn.Linear(hidden, hidden), nn.ReLU(),
            nn.Linear(hidden, 2))

    def forward(self, xt, t):
        """Return the predicted noise, shape (batch, 2).

        xt: shape (batch, 2); t: an int or shape (batch,), within 1…T.
        """
        validate.like_weights(xt, self, "xt")
        time = time_column(t, self.T, xt)                          # (batch, 1)
        return self.layers(torch.cat([xt, time], dim=1))           # (batch, 2)


class FeatureMLP(nn.Module):
    """The course's network: it starts from what a Gaussian would answer and adds what waves of position say.

    answer  Were the data Gaussian with the board's variance 1/3, the best answer would be known:
            √(1−ᾱ) / (1 − ᾱ + ᾱ/3) · x_t. The layers learn only what is to be added to it, and little
            of that where noise has buried the data: their part is scaled by √ᾱ.
    waves   sin and cos of position, from slow to fast (π, 2π, 4π …), each faded by what noise leaves of it:
            exp(−(frequency · noise)² / 2).
    time    t/T and the log SNR, a quarter of it: what is to be done depends on how much noise there is.

    schedule: a Schedule, of which it needs T and alpha_bar; hidden: width of each layer.
    """

    def __init__(self, schedule, hidden=96):
        super().__init__()
        self.T, self.hidden = validate.schedule(schedule).T, validate.integer(hidden, "hidden", low=1)
        alpha_bar = schedule.alpha_bar.float().clamp(1e-12, 1 - 1e-7)    # float32 knows no 1 − 1e-9; nor is √ᾱ ever 0
        self.register_buffer("alpha_bar", alpha_bar, persistent=False)
        self.register_buffer("frequency", math.pi * 2.0 ** torch.arange(6), persistent=False)
        self.layers = nn.Sequential(
            nn.Linear(2 + 4 * 6 + 2, hidden), nn.GELU(),
            nn.Linear(hidden, hidden), nn.GELU(),
            nn.Linear(hidden, hidden), nn.GELU(),
            nn.Linear(hidden, 2))

    def forward(self, xt, t):
        """Return the predicted noise, shape (batch, 2).

        xt: shape (batch, 2); t: an int or shape (batch,), within 1…T.
        """
        validate.like_weights(xt, self, "xt")
        time = time_column(t, self.T, xt)                                   # (batch, 1)
        alpha_bar = self.alpha_bar[t].reshape(-1, 1)                        # (batch, 1), of one t (1, 1)
        signal, noise = alpha_bar.sqrt(), (1 - alpha_bar).sqrt()            # the same
        variance = 1 - alpha_bar + alpha_bar / 3                            # the same

        phase = xt[:, :, None] * self.frequency                             # (batch, 2, 6)
        fade = torch.exp(-(self.frequency * noise)**2 / 2)[:, None]         # (batch, 1, 6), of one t (1, 1, 6)
        waves = torch.cat([phase.sin() * fade, phase.cos() * fade], dim=1)  # (batch, 4, 6)
        log_snr = 2 * (signal / noise).log()                                # the same
        when = torch.cat([time, log_snr.expand_as(time) / 4], dim=1)        # (batch, 2)
        added = self.layers(torch.cat([xt, waves.flatten(1), when], dim=1))  # (batch, 2)
        return noise / variance * xt + signal / variance.sqrt() * added


def time_column(t, T, xt):
    """Return t/T as a column beside the points xt: shape (batch, 1), between 0 and 1."""
    t = torch.as_tensor(validate.reachable(validate.timestep(t, T, len(xt)), xt), device=xt.device)
    return (t.to(xt.dtype) / T).expand(len(xt))[:, None]


def count_parameters(model):
    """Return how many numbers training may change in the model."""
    validate.device_of(model)
    return sum(p.numel() for p in model.parameters() if p.requires_grad)
