"""The networks that look at a noisy point and say which noise is in it.

They are called as model(xt, t) with the t of the formulas and return the predicted ε, shape (batch, 2); as
model(xt, t, label) where they know labels. Between the steps they are asked by the noise level, at_level(xt, ᾱ).
"""

import math

import torch
from torch import nn

from .support.contract import checked
from .support.schedules import LEVELS, t_of
from .support.validation import device_of, integer, number, schedule as a_schedule


class ReferenceMLP(nn.Module):
    """The plain network: x, y and t/T in; three ReLU layers; two numbers out.

    schedule: a Schedule, of which it needs T and alpha_bar; hidden: width of each layer.
    """

    objective, shape, labels = "noise", (2,), 0    # what it answers with, of which data; how many labels it knows

    def __init__(self, schedule, hidden=128):
        super().__init__()
        self.T, self.hidden = a_schedule(schedule).T, integer(hidden, "hidden", low=1)
        self.register_buffer("alpha_bar", schedule.alpha_bar.float(), persistent=False)
        self.layers = nn.Sequential(
            nn.Linear(3, hidden), nn.ReLU(),
            nn.Linear(hidden, hidden), nn.ReLU(),
            nn.Linear(hidden, hidden), nn.ReLU(),
            nn.Linear(hidden, 2))

    def options(self):
        """Return how it was built, beside the schedule: the arguments by name."""
        return {"hidden": self.hidden}

    @checked
    def forward(self, xt, t, label=None):
        """Return the predicted noise, shape (batch, 2).

        xt: shape (batch, 2); t: an int or shape (batch,), within 1…T. It knows no labels.
        """
        time = time_column(t, self.T, xt)                          # (batch, 1)
        return self.layers(torch.cat([xt, time], dim=1))           # (batch, 2)

    @checked
    def at_level(self, xt, alpha_bar, label=None):
        """The same at a noise level ᾱ, a number or shape (batch,), of the schedule or between its steps."""
        time = time_column(t_of(alpha_bar, self.alpha_bar), self.T, xt)
        return self.layers(torch.cat([xt, time], dim=1))


class FeatureMLP(nn.Module):
    """The course's network: it starts from what a Gaussian would answer and adds what waves of position say.

    answer  Were the data Gaussian with mean 0 and variance v, the best answer would be known:
            √(1−ᾱ) / (1 − ᾱ + ᾱ·v) · x_t. The layers learn only what is to be added to it, and little
            of that where noise has buried the data: their part is scaled by √ᾱ.
    waves   sin and cos of position, from slow to fast (π, 2π, 4π …), each faded by what noise leaves of it:
            exp(−(frequency · noise)² / 2).
    time    t/T and the log SNR, a quarter of it: what is to be done depends on how much noise there is.
    label   one input for each label and one for none, of which one is 1.

    schedule: a Schedule, of which it needs T and alpha_bar; hidden: width of each layer;
    variance: of a coordinate of the data, the board's if not given; labels: how many there are.
    """

    objective, shape, faded = "noise", (2,), True

    def __init__(self, schedule, hidden=96, variance=1 / 3, labels=0):
        super().__init__()
        self.T, self.hidden = a_schedule(schedule).T, integer(hidden, "hidden", low=1)
        self.variance, self.labels = number(variance, "variance", 0, math.inf), integer(labels, "labels", low=0)
        alpha_bar = schedule.alpha_bar.float().clamp(*LEVELS)
        self.register_buffer("alpha_bar", alpha_bar, persistent=False)
        self.register_buffer("frequency", torch.tensor([math.pi * 2**k for k in range(6)]), persistent=False)
        self.layers = nn.Sequential(
            nn.Linear(2 + 4 * 6 + 2 + (labels + 1 if labels else 0), hidden), nn.GELU(),
            nn.Linear(hidden, hidden), nn.GELU(),
            nn.Linear(hidden, hidden), nn.GELU(),
            nn.Linear(hidden, 2))

    def options(self):
        """Return how it was built, beside the schedule: the arguments by name."""
        return {"hidden": self.hidden, "variance": self.variance, "labels": self.labels}

    @checked
    def forward(self, xt, t, label=None):
        """Return the predicted noise, shape (batch, 2).

        xt: shape (batch, 2); t: an int or shape (batch,), within 1…T;
        label: an int or shape (batch,), from 0; `labels`, or None, is no label.
        """
        alpha_bar = self.alpha_bar[t].reshape(-1, 1)                        # (batch, 1), of one t (1, 1)
        return self._answer(xt, alpha_bar, time_column(t, self.T, xt), label)

    @checked
    def at_level(self, xt, alpha_bar, label=None):
        """The same at a noise level ᾱ, a number or shape (batch,), of the schedule or between its steps."""
        alpha_bar = torch.as_tensor(alpha_bar, device=xt.device).to(xt.dtype).clamp(*LEVELS)
        time = time_column(t_of(alpha_bar, self.alpha_bar), self.T, xt)
        return self._answer(xt, alpha_bar.reshape(-1, 1), time, label)

    def _answer(self, xt, alpha_bar, time, label):
        signal, noise = alpha_bar.sqrt(), (1 - alpha_bar).sqrt()            # (batch, 1), of one level (1, 1)
        variance = 1 - alpha_bar + alpha_bar / (1 / self.variance)          # the same
        added = self._added(xt, signal, noise, time, label)                 # (batch, 2)
        return noise / variance * xt + signal / variance.sqrt() * added

    def _added(self, xt, signal, noise, time, label):
        """What the layers say, (batch, 2)."""
        phase = (xt[:, :, None] * self.frequency).flatten(1)                # (batch, 12) x's six, y's six
        waves = [phase.sin(), phase.cos()]                                  # (batch, 12) each
        if self.faded:
            fade = torch.exp(-(self.frequency * noise)**2 / 2).repeat(1, 2)   # (batch, 12), of one level (1, 12)
            waves = [wave * fade for wave in waves]
        log_snr = 2 * (signal / noise).log()                                # the same as alpha_bar
        when = [time, log_snr.expand_as(time) / 4]                          # (batch, 1) each
        what = [label_columns(label, self.labels, xt)] if self.labels else []
        return self.layers(torch.cat([xt, *waves, *when, *what], dim=1))


def time_column(t, T, xt):
    """Return t/T as a column beside the points xt: shape (batch, 1), between 0 and 1."""
    if not isinstance(t, torch.Tensor):    # made there: nothing has to travel to a GPU, which would wait for it
        return xt.new_full((len(xt), 1), t) / T
    return (t.to(xt.device, xt.dtype) / T).expand(len(xt))[:, None]


def label_columns(label, labels, xt):
    """Return a column for each label and one for none, of which the label's is 1: shape (batch, labels + 1)."""
    label = torch.as_tensor(labels if label is None else label, device=xt.device).expand(len(xt))
    return nn.functional.one_hot(label.long(), labels + 1).to(xt.dtype)


def count_parameters(model):
    """Return how many numbers training may change in the model."""
    device_of(model)
    return sum(p.numel() for p in model.parameters() if p.requires_grad)
