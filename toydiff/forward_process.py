"""The forward process: how data turns into noise, one small step at a time or in one jump.

t is the t of the formulas, 1…T; t = 0 is the data. Every table has T + 1 entries, so that
alpha_bar[t] is ᾱ_t to the letter.

DDPM = Ho et al. 2020, arXiv 2006.11239.
"""

import math

import torch

from .support import validation as validate


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
        try:
            if torch.as_tensor(beta).is_complex():
                raise TypeError
            beta = torch.as_tensor(beta, dtype=torch.float64)
            values = beta.tolist()
        except (TypeError, ValueError, RuntimeError):
            raise TypeError(f"beta must be numbers of shape (T,), got {validate.shown(beta)}") from None
        if beta.ndim != 1 or len(beta) == 0:
            raise ValueError(f"beta must have shape (T,) with T >= 1, got {tuple(beta.shape)}")
        for t, value in enumerate(values, start=1):
            if not 1e-12 < value < 1:    # a smaller one is lost in 1 − β
                small = " (1e-12 or less)" if 0 < value < 1 else ""
                raise ValueError(f"every beta must lie strictly between 0 and 1, but beta_{t} is {value:g}{small}")
        self.beta = torch.cat([beta.new_zeros(1), beta])
        self.alpha = 1 - self.beta
        self.alpha_bar = self.alpha.cumprod(0)
        if self.alpha_bar[-1] < 1e-75:
            raise ValueError(f"beta must leave something of the data, but alpha_bar_T is {self.alpha_bar[-1]:.1g} "
                             f"(T = {self.T}); take fewer steps or a smaller beta")

    @classmethod
    def linear(cls, T=100, first=1e-4, last=0.1):
        """β grows in a straight line from `first` to `last` (DDPM, section 4, with its own end points)."""
        T = validate.integer(T, "T", 1, 10**6)
        first, last = validate.number(first, "first", 0, 1), validate.number(last, "last", 0, 1)
        return cls(torch.linspace(first, last, T, dtype=torch.float64))

    @classmethod
    def cosine(cls, T=100, offset=0.008):
        """ᾱ falls like a squared cosine (Nichol & Dhariwal 2021, arXiv 2102.09672, eq. 17)."""
        T = validate.integer(T, "T", 1, 10**6)
        offset = validate.number(offset, "offset", 0, 1)
        u = torch.arange(T + 1, dtype=torch.float64) / T
        f = torch.cos((u + offset) / (1 + offset) * math.pi / 2) ** 2
        return cls((1 - f[1:] / f[:-1]).clamp(max=0.999))   # clipped as in the paper

    @classmethod
    def reference(cls):
        """T = 100 and β from 1e-4 to 0.02: a common choice, and too short (ᾱ_T = 0.364)."""
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
        moved, device = object.__new__(Schedule), validate.usable_device(device)
        dtype = torch.float32 if device.type == "mps" else torch.float64
        moved.beta, moved.alpha, moved.alpha_bar = (
            table.to(device, dtype) for table in (self.beta, self.alpha, self.alpha_bar))
        return moved

    def __repr__(self):
        return (f"Schedule(T={self.T}, beta={self.beta[1]:.2g}…{self.beta[-1]:.2g}, "
                f"alpha_bar_T={self.alpha_bar[-1]:.2g})")


def at(table, t, x):
    """Return table[t] so that it broadcasts against the points x: shape () for an int t, else (batch, 1)."""
    validate.reachable(t, x)
    dtype = torch.float32 if x.device.type == "mps" else table.dtype    # MPS has no float64
    value = table.to(x.device, dtype)[t]
    return value if value.ndim == 0 else value[:, None]


def forward_step(x_prev, t, eps, schedule):
    """Return x_t given x_{t−1}: one small step of noise (DDPM, eq. 2).

    x_prev, eps: shape (batch, 2); t: an int or an integer tensor of shape (batch,), within 1…T.
    Raises ValueError or TypeError for anything else.
    """
    validate.schedule(schedule)
    validate.points(x_prev, "x_prev")
    validate.same_shape(eps, x_prev, "eps", "x_prev")
    beta = at(schedule.beta, validate.timestep(t, schedule.T, len(x_prev)), x_prev)
    return ((1 - beta).sqrt() * x_prev + beta.sqrt() * eps).to(x_prev.dtype)


def add_noise(x0, t, eps, schedule):
    """Return x_t given x_0: all t steps in one jump (DDPM, eq. 4).

    x0, eps: shape (batch, 2); t: an int or an integer tensor of shape (batch,), within 1…T.
    Raises ValueError or TypeError for anything else.
    """
    validate.schedule(schedule)
    validate.points(x0, "x0")
    validate.same_shape(eps, x0, "eps", "x0")
    alpha_bar = at(schedule.alpha_bar, validate.timestep(t, schedule.T, len(x0)), x0)
    return (alpha_bar.sqrt() * x0 + (1 - alpha_bar).sqrt() * eps).to(x0.dtype)


def predict_x0(xt, t, eps, schedule):
    """Return the x_0 from which noise eps leads to x_t: add_noise solved for x0 (DDPM, eq. 15).

    Shapes and errors as in add_noise.
    """
    validate.schedule(schedule)
    validate.points(xt, "xt")
    validate.same_shape(eps, xt, "eps", "xt")
    alpha_bar = at(schedule.alpha_bar, validate.timestep(t, schedule.T, len(xt)), xt)
    return ((xt - (1 - alpha_bar).sqrt() * eps) / alpha_bar.sqrt()).to(xt.dtype)
