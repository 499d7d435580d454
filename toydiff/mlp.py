"""The networks that look at a noisy point and say which noise is in it.

Both are called as model(xt, t) with the t of the formulas and return the predicted ε, shape (batch, 2).
"""

import math

import torch
from torch import nn

from . import validate


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
        """Return the predicted noise, shape (batch, 2). xt: (batch, 2); t: int or (batch,), within 1…T."""
        validate.like_weights(xt, self, "xt")
        time = time_column(t, self.T, xt)                          # (batch, 1)
        return self.layers(torch.cat([xt, time], dim=1))           # (batch, 2)


class FeatureMLP(nn.Module):
    """The course's network: it starts from what a Gaussian would answer and adds what waves of position say.

    Three things make the same layers learn far faster than ReferenceMLP:

    answer   The best answer for data of variance 1/3 that is *not* a board but Gaussian is known in a line:
             √(1−ᾱ) / (1 − ᾱ + ᾱ/3) · x_t. The layers only learn what is to be added to it.
    waves    sin and cos of the position, slow to fast, of x_t / √ᾱ_t: there the board does not shrink as t grows.
             Each wave is faded by what noise leaves of it, exp(−(frequency · noise)² / 2).
    time     log SNR beside t/T, because what must be done at t depends on how much noise there is.

    schedule: a Schedule, of which it needs T and alpha_bar; hidden: width of each layer.
    """

    def __init__(self, schedule, hidden=128, waves=6):
        super().__init__()
        self.T, self.hidden = validate.schedule(schedule).T, validate.integer(hidden, "hidden", low=1)
        alpha_bar = schedule.alpha_bar.cpu().double()[:, None]                    # (T + 1, 1)
        noise = (1 - alpha_bar).clamp(min=1e-8)
        frequency = math.pi * 2.0 ** torch.arange(waves, dtype=torch.float64)     # π, 2π, 4π …
        tables = {
            "frequency": frequency,                                               # (waves,)
            "rescale": alpha_bar.rsqrt(),                                         # (T + 1, 1)
            "fade": torch.exp(-frequency**2 * noise / alpha_bar / 2),             # (T + 1, waves)
            "time": torch.cat([torch.log(alpha_bar / noise) / 4, torch.linspace(0, 1, self.T + 1).double()[:, None],
                               alpha_bar.sqrt(), noise.sqrt()], dim=1),           # (T + 1, 4)
            "gaussian": noise.sqrt() / (noise + alpha_bar / 3),                   # (T + 1, 1)
            "scale": (alpha_bar / (noise + alpha_bar / 3)).sqrt(),               # (T + 1, 1)
        }
        for name, table in tables.items():
            self.register_buffer(name, table.float(), persistent=False)
        self.layers = nn.Sequential(
            nn.Linear(4 + 4 * waves + 4, hidden), nn.GELU(),
            nn.Linear(hidden, hidden), nn.GELU(),
            nn.Linear(hidden, hidden), nn.GELU(),
            nn.Linear(hidden, 2))

    def forward(self, xt, t):
        """Return the predicted noise, shape (batch, 2). xt: (batch, 2); t: int or (batch,), within 1…T."""
        validate.like_weights(xt, self, "xt")
        t = torch.as_tensor(validate.timestep(t, self.T, len(xt)), device=xt.device).expand(len(xt))
        u = xt * self.rescale[t]                                                  # (batch, 2)
        phase, fade = u[:, None, :] * self.frequency[:, None], self.fade[t][:, :, None]
        waves = [(phase.sin() * fade).flatten(1), (phase.cos() * fade).flatten(1)]
        added = self.layers(torch.cat([u, xt, *waves, self.time[t]], dim=1))      # (batch, 2)
        return self.gaussian[t] * xt + self.scale[t] * added


def time_column(t, T, xt):
    """Return t/T as a column beside the points xt: shape (batch, 1), between 0 and 1."""
    t = torch.as_tensor(validate.timestep(t, T, len(xt)), device=xt.device)
    return (t.to(xt.dtype) / T).expand(len(xt))[:, None]


def count_parameters(model):
    """Return how many numbers training may change in the model."""
    return sum(p.numel() for p in model.parameters() if p.requires_grad)
