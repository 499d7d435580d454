"""The forward process: how data turns into noise, one small step at a time or in one jump.

t is the t of the formulas, 1…T; t = 0 is the data. Every table has T + 1 entries, so that
alpha_bar[t] is ᾱ_t to the letter. x0 is a batch of anything: shape (batch, …).

DDPM = Ho et al. 2020, arXiv 2006.11239.
"""

import math

import torch

from .support.contract import checked
from .support.devices import find_device
from .support.schedules import betas, levels
from .support.validation import integer, number


class Schedule:
    """How much noise each step adds: β_1 … β_T, and what follows from them.

    beta: numbers between 0 and 1, shape (T,): β_1 first. Raises TypeError or ValueError for anything else, and where
    ᾱ_T would fall below 1e-75: nothing of the data is left then, and √ᾱ is 0 in float32.

    Tables, float64 (float32 on MPS, which has no float64), shape (T + 1,), index 0 is the data:
    beta       β_t, with β_0 = 0
    alpha      α_t = 1 − β_t
    alpha_bar  ᾱ_t = α_1 · … · α_t, with ᾱ_0 = 1
    """

    def __init__(self, beta):
        beta = betas(beta)
        self.beta = torch.cat([beta.new_zeros(1), beta])
        self.alpha = 1 - self.beta
        self.alpha_bar = levels(self.alpha.cumprod(0))

    @classmethod
    def linear(cls, T=100, first=1e-4, last=0.1):
        """β grows in a straight line from `first` to `last` (DDPM, section 4, with its own end points)."""
        T = integer(T, "T", 1, 10**6)
        first, last = number(first, "first", 0, 1), number(last, "last", 0, 1)
        return cls(torch.linspace(first, last, T, dtype=torch.float64))

    @classmethod
    def cosine(cls, T=100, offset=0.008):
        """ᾱ falls like a squared cosine (Nichol & Dhariwal 2021, arXiv 2102.09672, eq. 17)."""
        T, offset = integer(T, "T", 1, 10**6), number(offset, "offset", 0, 1)
        u = torch.arange(T + 1, dtype=torch.float64) / T
        f = torch.cos((u + offset) / (1 + offset) * math.pi / 2) ** 2
        return cls((1 - f[1:] / f[:-1]).clamp(max=0.999))   # clipped as in the paper

    @classmethod
    def from_alpha_bar(cls, alpha_bar):
        """The schedule through these noise levels: ᾱ_1 > … > ᾱ_T between 0 and 1, shape (T,)."""
        alpha_bar = torch.as_tensor(alpha_bar, dtype=torch.float64)
        if alpha_bar.ndim != 1 or not ((alpha_bar[:1] < 1).all() and (alpha_bar.diff() < 0).all()):
            raise ValueError("alpha_bar must be numbers of shape (T,), below 1 and falling")
        return cls(1 - alpha_bar / torch.cat([alpha_bar.new_ones(1), alpha_bar[:-1]]))

    @classmethod
    def reference(cls):
        """T = 100 and β from 1e-4 to 0.02: a common choice; ᾱ_T = 0.364, so noise never hides the data wholly."""
        return cls.linear(100, 1e-4, 0.02)

    @property
    def T(self):
        """The number of steps."""
        return len(self.beta) - 1

    @property
    def snr(self):
        """Signal-to-noise ratio ᾱ_t / (1 − ᾱ_t), shape (T + 1,); infinite at t = 0."""
        return self.alpha_bar / (1 - self.alpha_bar)

    def to(self, device):
        """Return the same schedule with its tables on `device`."""
        moved, device = object.__new__(Schedule), find_device(device)
        dtype = torch.float32 if device.type == "mps" else torch.float64
        moved.beta, moved.alpha, moved.alpha_bar = (
            table.to(device, dtype) for table in (self.beta, self.alpha, self.alpha_bar))
        return moved

    def __repr__(self):
        return (f"Schedule(T={self.T}, beta={self.beta[1]:.2g}…{self.beta[-1]:.2g}, "
                f"alpha_bar_T={self.alpha_bar[-1]:.2g})")


def at(table, t, x):
    """Return table[t] so that it broadcasts against the batch x: shape () for an int t, else (batch, 1, …)."""
    dtype = torch.float32 if x.device.type == "mps" else table.dtype    # MPS has no float64
    value = table.to(x.device, dtype)[t]
    return value if value.ndim == 0 else value.view(-1, *[1] * (x.ndim - 1))


@checked
def forward_step(x_prev, t, eps, schedule):
    """Return x_t given x_{t−1}: one small step of noise (DDPM, eq. 2).

    x_prev, eps: shape (batch, …); t: an int or an integer tensor of shape (batch,), within 1…T.
    Raises ValueError or TypeError for anything else.
    """
    beta = at(schedule.beta, t, x_prev)
    return ((1 - beta).sqrt() * x_prev + beta.sqrt() * eps).to(x_prev.dtype)


@checked
def add_noise(x0, t, eps, schedule):
    """Return x_t given x_0: all t steps in one jump (DDPM, eq. 4).

    x0, eps: shape (batch, …); t: an int or an integer tensor of shape (batch,), within 1…T.
    Raises ValueError or TypeError for anything else.
    """
    alpha_bar = at(schedule.alpha_bar, t, x0)
    return (alpha_bar.sqrt() * x0 + (1 - alpha_bar).sqrt() * eps).to(x0.dtype)


@checked
def predict_x0(xt, t, eps, schedule):
    """Return the x_0 from which noise eps leads to x_t: add_noise solved for x0 (DDPM, eq. 15).

    Shapes and errors as in add_noise.
    """
    alpha_bar = at(schedule.alpha_bar, t, xt)
    return ((xt - (1 - alpha_bar).sqrt() * eps) / alpha_bar.sqrt()).to(xt.dtype)
