"""Flow: a straight line from data to noise, and the velocity that leads back.

x_u = (1 − u) x0 + u ε, where u runs from 0, data, to 1, noise (so Esser et al. 2024, arXiv 2403.03206). Flow matching
and rectified flow count the other way: their time is 1 − u, their velocity the negative of ours.
A flow is called as model(xu, u), or model(xu, u, label), and answers with the velocity E[ε − x0 | x_u].

Flow matching = Lipman et al. 2022, arXiv 2210.02747; rectified flow = Liu et al. 2022, arXiv 2209.03003;
EDM = Karras et al. 2022, arXiv 2206.00364; DDIM = Song et al. 2020, arXiv 2010.02502.
"""

import torch
from torch import nn

from .mlp import FeatureMLP, time_column
from .support.contract import checked
from .support.devices import noise_source
from .support.schedules import t_of
from .support.times import wide
from .support.validation import choice, integer, number, shown

LEAST = 0.01    # of u: nearer to the data nothing is left to decide; the last step leads from here to 0
CLOSE = 1e-6    # how close to 0 and 1 a model of the noise is asked: at the ends themselves its answer says nothing


@checked
def interpolate(x0, u, eps):
    """Return x_u, the point on the line from x0 to eps (rectified flow, eq. 1).

    x0, eps: shape (batch, …); u: a number or shape (batch,), from 0 to 1. Raises ValueError or TypeError for others.
    """
    u = wide(u, x0)
    return ((1 - u) * x0 + u * eps).to(x0.dtype)


@checked(objective="flow")
def flow_loss(model, x0, u, eps, schedule=None, label=None):
    """Return the mean squared error of the velocity of single pairs, a scalar (flow matching, eq. 9; theorem 2).

    x0, eps: shape (batch, …); u: as in interpolate; label: what the model is told beside, or None;
    schedule: not asked, u itself says how much noise there is.
    """
    xu = interpolate(x0, u, eps)                                     # (batch, …)
    return ((model(xu, u, label) - (eps - x0)) ** 2).mean()


def draw_u(T, n, source, device="cpu"):
    """Draw n times, small ones more often: float32, shape (n,), from LEAST to 1. T: not asked."""
    return LEAST + (1 - LEAST) * torch.rand(n, generator=source, device=device) ** 3


# --- one network, five names -----------------------------------------------------------------------------

def width(u):
    """Return √((1 − u)² + u²): what x_u must be divided by to be an x_t, whose factors squared add up to 1."""
    return ((1 - u) ** 2 + u**2) ** 0.5


def level_of(u):
    """Return the ᾱ that has the signal-to-noise ratio of u, ((1 − u) / u)²."""
    return ((1 - u) / width(u)) ** 2


def u_of(alpha_bar):
    """Return the u that has the signal-to-noise ratio of ᾱ, a tensor of any shape."""
    signal, noise = alpha_bar.sqrt(), (1 - alpha_bar).sqrt()
    return noise / (signal + noise)


TO_VELOCITY = {      # what a model answers -> the velocity at x_u; v is that of Salimans & Ho 2022, arXiv 2202.00512
    "eps": lambda eps, x, u: (eps - x) / (1 - u),                                     # says nothing at u = 1
    "x0": lambda x0, x, u: (x - x0) / u,                                              # says nothing at u = 0
    "score": lambda score, x, u: -(u * score + x) / (1 - u),                          # says nothing at u = 1
    "v": lambda v, x, u: (width(u) * v - (1 - 2 * u) * x) / width(u) ** 2,
    "velocity": lambda velocity, x, u: velocity,
}
FROM_VELOCITY = {    # and back
    "eps": lambda velocity, x, u: x + (1 - u) * velocity,
    "x0": lambda velocity, x, u: x - u * velocity,
    "score": lambda velocity, x, u: -(x + (1 - u) * velocity) / u,                    # is infinite at u = 0
    "v": lambda velocity, x, u: ((1 - 2 * u) * x + width(u) ** 2 * velocity) / width(u),
    "velocity": lambda velocity, x, u: velocity,
}


@checked
def convert(xu, u, answer, given, wanted):
    """Return one of "eps", "x0", "score", "v" and "velocity", made of an answer at x_u that is another of these.

    xu, answer: shape (batch, …); u: as in interpolate. Where it cannot be told, at an end of u, it is not finite.
    """
    choice(given, TO_VELOCITY, "given"), choice(wanted, FROM_VELOCITY, "wanted")
    u = wide(u, xu)
    return FROM_VELOCITY[wanted](TO_VELOCITY[given](answer, xu, u), xu, u).to(xu.dtype)


class AsFlow(nn.Module):
    """A model of the noise, a network or the oracle, asked as a flow is: x scaled, the SNR matched, ε converted.

    model: what has at_level(xt, alpha_bar, label). A network knows no more noise than it was trained with: its `most`
    is the u of that, and to be asked beyond it raises ValueError.
    """

    objective = "flow"

    def __init__(self, model):
        super().__init__()
        if not hasattr(model, "at_level"):
            raise TypeError(f"model must have at_level(xt, alpha_bar), got {type(model).__name__}")
        self.model, self.shape, self.labels = model, model.shape, model.labels
        self.most = u_of(model.alpha_bar[-1].double()).item() if hasattr(model, "alpha_bar") else 1.0

    @checked
    def forward(self, xu, u, label=None):
        """Return the velocity, shape (batch, …). xu: shape (batch, …); u: as in interpolate; label: as of the model."""
        dtype = next((p.dtype for p in self.parameters()), torch.float64)    # the oracle has none
        u = torch.as_tensor(u, dtype=dtype, device=xu.device)
        if u.device.type == "cpu" and (u > self.most + CLOSE).any():
            raise ValueError(f"u must be at most {self.most:.3f}, the most noise that the model was trained with, "
                             f"got {u.max().item():g}")
        u = u.clamp(CLOSE, 1 - CLOSE)
        x, each = xu.to(dtype), wide(u, xu)
        eps = self.model.at_level(x / width(each), level_of(u), label)
        return convert(x, u, eps, "eps", "velocity").to(xu.dtype)


class FlowMLP(FeatureMLP):
    """The course's network as a flow: called as model(xu, u), u from 0 to 1, it answers with a velocity.

    Its layers see what a FeatureMLP's see at the same SNR, x_u scaled to x_t; beyond u = 0.01 and 0.99, where the log
    SNR runs away to infinity, that of these. What they say is added to the best answer for Gaussian data of variance v:
    (u − (1 − u)·v) / (u² + (1 − u)²·v) · x_u. So with the weights of a FeatureMLP it answers as that does,
    (ε̂ − x_u) / (1 − u), and divides by nothing that can be 0. at_level(xt, ᾱ) still answers with the noise.

    faded: does noise fade the waves? Not where each noise has its own datum (rectified.Pairs); else as for FeatureMLP.
    """

    objective = "flow"

    def __init__(self, schedule, hidden=96, variance=1 / 3, labels=0, faded=True):
        super().__init__(schedule, hidden, variance, labels)
        if not isinstance(faded, bool):
            raise TypeError(f"faded must be True or False, got {shown(faded)}")
        self.faded = faded

    def options(self):
        """Return how it was built, beside the schedule: the arguments by name."""
        return super().options() | {"faded": self.faded}

    @checked
    def forward(self, xu, u, label=None):
        """Return the velocity, (batch, 2). xu: shape (batch, 2); u: as in interpolate; label: as for FeatureMLP."""
        u = u.to(xu).reshape(-1, 1) if isinstance(u, torch.Tensor) else xu.new_full((1, 1), u)   # (batch, 1) or (1, 1)
        variance = u**2 + (1 - u)**2 * self.variance                        # the same: of x_u
        seen = u.clamp(0.01, 0.99)                                          # the same
        alpha_bar = level_of(seen)                                          # the same
        time = time_column(t_of(alpha_bar[:, 0], self.alpha_bar), self.T, xu)
        added = self._added(xu / width(seen), alpha_bar.sqrt(), (1 - alpha_bar).sqrt(), time, label)
        return (u - (1 - u) * self.variance) / variance * xu + added / variance.sqrt()


# --- walks -----------------------------------------------------------------------------------------------

def spread(steps, most=1.0, power=2.0):
    """Return where a walk of so many steps stops to ask: falling numbers from `most` to LEAST, denser there.

    Their roots are even (power: which root, 1 for numbers even themselves). The last step, to 0, comes by itself.
    """
    steps, power = integer(steps, "steps", low=1), number(power, "power", low=0)
    high, low = number(most, "most", LEAST, 1, with_high=True) ** (1 / power), LEAST ** (1 / power)
    us = torch.linspace(high, low, steps, dtype=torch.float64) ** power
    return [*us[:-1].tolist(), LEAST] if steps > 1 else [most]


def stops(us, schedule):
    """Return us or, where there are none, the times of the noise levels of the schedule, T first."""
    return u_of(schedule.alpha_bar).flip(0)[:-1].tolist() if us is None else us


@checked(finite=True, objective="flow")
@torch.no_grad()
def euler(model, schedule, xT, us=None, noise=0.0, seed=None):
    """Walk from noise to data by Euler's method; yield (u, x_u) for each u of us, then (0, x_0).

    xT: where to start, shape (batch, …), standard normal; us: falling numbers within 0…1, such as spread(20), by
    default those of the schedule's noise levels; noise: how much of the noise is exchanged for fresh one, 0 for none:
    2·noise·u of variance per unit of u, with which every x_u keeps its distribution (EDM, eq. 6, in small steps).
    seed: an int, a torch.Generator or None.
    """
    us, source = stops(us, schedule), noise_source(seed, xT.device)
    x = width(us[0]) * xT

    yield us[0], x
    for u, s in zip(us, [*us[1:], 0.0]):
        velocity = model(x, u)                                             # (batch, …)
        x, eps = x + (s - u) * velocity, x + (1 - u) * velocity            # DDIM's step, exactly; and the noise in x
        if noise:
            fresh = min(1.0, (2 * noise * (u - s) / max(s, 1e-9)) ** 0.5)  # of the noise at s, as DDIM's σ (eq. 12)
            z = torch.randn(x.shape, generator=source, device=x.device, dtype=x.dtype)
            x = x + s * (((1 - fresh**2) ** 0.5 - 1) * eps + fresh * z)
        yield s, x


@checked(finite=True, objective="flow")
@torch.no_grad()
def heun(model, schedule, xT, us=None, seed=None):
    """Walk from noise to data by Heun's method: step, look again where it ends, step anew with the mean of both.

    (EDM, algorithm 1.) Arguments and what it yields as for euler; seed: not used. Steps that end at LEAST or below are
    Euler's: so close to the edges of the data a second look misleads. spread(n) asks 2n − 2 times.
    """
    us = stops(us, schedule)
    x = width(us[0]) * xT

    yield us[0], x
    for u, s in zip(us, [*us[1:], 0.0]):
        velocity = model(x, u)                                             # (batch, …)
        if s > LEAST:
            velocity = (velocity + model(x + (s - u) * velocity, s)) / 2   # (batch, …)
        x = x + (s - u) * velocity
        yield s, x
