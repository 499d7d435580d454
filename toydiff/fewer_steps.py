"""Fewer steps: the same network, asked ten times instead of a hundred.

DDPM believes the network's guess for one small step. Here it is believed for a long one; without fresh noise such a
walk is a way to solve a differential equation, and there are better ones. All samplers of this file take the same
step, `move`. They differ in the x̂0 that they believe.

DDIM = Song et al. 2020, arXiv 2010.02502; EDM = Karras et al. 2022, arXiv 2206.00364;
DPM-Solver++ = Lu et al. 2022, arXiv 2211.01095.
"""

import math

import torch

from .forward_process import Schedule, at, predict_x0
from .support import tensors, validation
from .support.contract import checked
from .support.devices import noise_source
from .support.validation import choice, integer, number


@checked
def move(x0, xt, t, s, schedule, eta=0.0, z=0.0):
    """Return x_s given x_t, s < t, if x̂0 is believed all the way (DDIM, eq. 12 and 16).

    x0, xt: shape (batch, …); t in 1…T and s in 0…T: an int or an integer tensor of shape (batch,); eta: from 0, the
    noise that is in x_t is used again, to 1, as much of it as by DDPM is exchanged for z, standard normal.
    """
    now, then = at(schedule.alpha_bar, t, xt), at(schedule.alpha_bar, s, xt)
    eps = (xt - now.sqrt() * x0) / (1 - now).sqrt()                            # (batch, …) if x̂0 is right
    sigma = eta * ((1 - then) / (1 - now) * (1 - now / then)).sqrt()           # eq. 16
    return (then.sqrt() * x0 + (1 - then - sigma**2).sqrt() * eps + sigma * z).to(xt.dtype)   # eq. 12


@checked(finite=True)
def ddim_step(model, xt, t, s, schedule, eta=0.0, z=0.0):
    """Return x_s given x_t by DDIM: believe what the model says here. Arguments as for move."""
    x0 = predict_x0(xt, t, model(xt, t), schedule)                             # (batch, …)
    return move(x0, xt, t, s, schedule, eta, z)


@checked(finite=True)
def heun_step(model, xt, t, s, schedule):
    """Return x_s given x_t by Heun's method: move, look again there, then move anew by the mean of both answers.

    (EDM, algorithm 1 without its noise; the step to s = 0 has no second look.) t and s: ints.
    """
    eps = model(xt, t)                                                         # (batch, …)
    if s > 0:
        there = move(predict_x0(xt, t, eps, schedule), xt, t, s, schedule)
        eps = (eps + model(there, s)) / 2                                      # (batch, …)
    return move(predict_x0(xt, t, eps, schedule), xt, t, s, schedule)


@checked
def ahead(x0, x0_before, before, t, s, schedule):
    """Return the x̂0 which a line through the last two answers reaches in the middle of the step from t to s.

    x0, x0_before: the answers at t and at the step before it, `before`, shape (batch, …). The line runs over λ, half
    the log SNR. (DPM-Solver++(2M), algorithm 2; its 1/(2r) is half of this step over the last one.)
    """
    table = log_snr(schedule)
    stretch = (table[s] - table[t]) / (table[t] - table[before]) / 2
    return (x0 + stretch * (x0 - x0_before)).to(x0.dtype)


@checked(finite=True)
@torch.no_grad()
def ddim(model, schedule, xT, ts=None, eta=0.0, seed=None, careful=0):
    """Walk from noise to data by DDIM; yield (t, x_t) for each t of ts, then (0, x_0).

    xT: where to start, shape (batch, …); ts: where to ask, falling integers within 1…T such as spacing(schedule, 10),
    all by default; eta: see move; careful: at t <= careful no noise is added; seed: an int, a torch.Generator or None.
    """
    x, schedule, source = xT, schedule.to(xT.device), noise_source(seed, xT.device)
    ts = list(range(schedule.T, 0, -1)) if ts is None else ts

    yield ts[0], x
    for t, s in zip(ts, [*ts[1:], 0]):
        z = torch.randn(x.shape, generator=source, device=x.device, dtype=x.dtype)
        x = ddim_step(model, x, t, s, schedule, eta if t > careful else 0.0, z)
        yield s, x


@checked(finite=True)
@torch.no_grad()
def heun(model, schedule, xT, ts=None, seed=None):
    """Walk from noise to data by Heun's method, two questions a step; without chance, so seed is of no use.

    Arguments and what it yields: as for ddim.
    """
    x, schedule = xT, schedule.to(xT.device)
    ts = list(range(schedule.T, 0, -1)) if ts is None else ts

    yield ts[0], x
    for t, s in zip(ts, [*ts[1:], 0]):
        x = heun_step(model, x, t, s, schedule)
        yield s, x


@checked(finite=True)
@torch.no_grad()
def dpm2m(model, schedule, xT, ts=None, eta=0.0, seed=None, careful=0):
    """Walk from noise to data by DPM-Solver++(2M), one question a step (algorithm 2); arguments as for ddim.

    The first step has no answer before it, the one to t = 0 no middle: they are DDIM's. With eta = 1 it is the
    paper's solver of the stochastic equation.
    """
    x, schedule, source = xT, schedule.to(xT.device), noise_source(seed, xT.device)
    ts = list(range(schedule.T, 0, -1)) if ts is None else ts
    x0_before = None

    yield ts[0], x
    for before, t, s in zip([None, *ts], ts, [*ts[1:], 0]):
        x0 = predict_x0(x, t, model(x, t), schedule)                           # (batch, …)
        believed = x0 if before is None or s == 0 else ahead(x0, x0_before, before, t, s, schedule)
        z = torch.randn(x.shape, generator=source, device=x.device, dtype=x.dtype)
        x, x0_before = move(believed, x, t, s, schedule, eta if t > careful else 0.0, z), x0
        yield s, x


@checked(finite=True)
@torch.no_grad()
def to_noise(model, schedule, x0, ts=None):
    """Walk from data to noise, DDIM the other way (section 4.3); yield (0, x_0), then (t, x_t) for ts backwards.

    x0: shape (batch, …); ts: as for ddim. The model is asked at the level where a step will end.
    """
    x, schedule = x0, schedule.to(x0.device)
    ts = list(range(schedule.T, 0, -1)) if ts is None else ts

    yield 0, x
    for t, s in zip([0, *ts[:0:-1]], ts[::-1]):
        now, then = schedule.alpha_bar[t], schedule.alpha_bar[s]
        eps = model(x, s)                                                      # (batch, …)
        x = then.sqrt() * (x - (1 - now).sqrt() * eps) / now.sqrt() + (1 - then).sqrt() * eps
        yield s, x


# --- where to ask ----------------------------------------------------------------------------------------

@checked
def log_snr(schedule):
    """Return λ_t, half the log of the signal-to-noise ratio, shape (T + 1,): it falls; infinite at t = 0."""
    return schedule.snr.log() / 2


@checked
def spacing(schedule, n, even_in="log_snr", power=1.0):
    """Return where a walk of n steps asks the model: n falling integers from T; the last step leads to 0.

    even_in: what grows by as much in each step, "t" or "log_snr" (whose last question is at t = 1); power: of log_snr,
    below 1 the first steps are longer, at much noise, and the last ones shorter. Raises ValueError for n > T.
    """
    choice(even_in, ("log_snr", "t"), "even_in")
    T, n, power = schedule.T, integer(n, "n", 1, schedule.T), number(power, "power", 0, math.inf)
    if even_in == "t" or n == T:
        return [round(T * (n - i) / n) for i in range(n)]
    table = -log_snr(schedule)[1:].cpu()                                       # (T,) rising
    between = (table[1:] + table[:-1]) / 2                                     # (T − 1,) here the nearest t changes
    ts, values = [], n
    while len(ts) < n:    # near the data several values have the same nearest t: for n different ones a finer grid
        wanted = table[-1] + (table[0] - table[-1]) * torch.linspace(0, 1, values, dtype=table.dtype)**power
        ts = list(dict.fromkeys((torch.bucketize(wanted, between) + 1).tolist()))
        values += max(n - len(ts), values // 50)
    return ts[:n - 1] + ts[-1:]


@checked
def refined(schedule, n):
    """Return the schedule of n noise levels, evenly spaced in log SNR, from ᾱ_1 to ᾱ_T of this one."""
    table = log_snr(schedule)
    return Schedule.from_alpha_bar((2 * torch.linspace(table[1], table[-1], n, dtype=torch.float64)).sigmoid())


def on_schedule(model, schedule):
    """Return the same model for another schedule: asked at its steps t by their noise level, model.at_level(xt, ᾱ_t).

    So a walk can take any noise levels, not those of the network's own schedule alone.
    """
    validation.schedule(schedule)
    if not hasattr(model, "at_level"):
        raise TypeError(f"model must have at_level(xt, alpha_bar), got {validation.shown(model)}")

    def answer(xt, t, label=None):
        tensors.points(xt, "xt")
        t = tensors.timestep(t, schedule.T, len(xt))
        return model.at_level(xt, schedule.alpha_bar.to(xt.device)[t], label)

    answer.labels = getattr(model, "labels", 0)
    if hasattr(model, "parts"):    # it knows something of each datum, see support.pieces
        answer.parts = lambda n, size: [on_schedule(part, schedule) for part in model.parts(n, size)]
    return answer
