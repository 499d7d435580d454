"""Fewer steps: the same network, asked ten times instead of a hundred.

Of a noisy point the network says what its noise is. DDPM believes that for one small step; here it is believed for a
long one. The walk is then a differential equation, and a walk of few steps a way to solve it.

DDIM = Song et al. 2020, arXiv 2010.02502; EDM = Karras et al. 2022, arXiv 2206.00364;
DPM-Solver++ = Lu et al. 2022, arXiv 2211.01095.
"""

import torch

from .forward_process import Schedule, at, predict_x0
from .support.contract import checked
from .support.devices import noise_source
from .support.validation import choice, integer


@checked
def log_snr(schedule):
    """Return λ_t, half the log of the signal-to-noise ratio, shape (T + 1,): it falls; infinite at t = 0."""
    return schedule.snr.log() / 2


@checked
def spacing(schedule, n, even_in="log_snr"):
    """Return where a walk of n steps asks the model: n falling integers from T; the last step leads to 0.

    even_in: of what there is equally much in each step, "t" or "log_snr" (then they end at 1). Raises ValueError for
    n > T.
    """
    choice(even_in, ("log_snr", "t"), "even_in")
    T, n = schedule.T, integer(n, "n", 1, schedule.T)
    if even_in == "t":
        return [round(T * (n - i) / n) for i in range(n)]
    table = log_snr(schedule)[1:]                                          # (T,)
    wanted = torch.linspace(table[-1], table[0], n, dtype=table.dtype)     # (n,)
    nearest = (table[:, None] - wanted).abs().argmin(0) + 1                # (n,)
    # near the data whole t are too coarse: where two would be one, the later one is the next that is free
    free = torch.arange(n, 0, -1)
    return nearest.maximum(free).tolist()


@checked
def refined(schedule, n):
    """Return the schedule of n noise levels, evenly spaced in log SNR, from ᾱ_1 to ᾱ_T of this one."""
    table = log_snr(schedule)
    return Schedule.from_alpha_bar((2 * torch.linspace(table[1], table[-1], n, dtype=torch.float64)).sigmoid())


def on_schedule(model, schedule):
    """Return the same model for another schedule: asked at its steps t by their noise level, model.at_level(xt, ᾱ_t).

    So a walk can take any noise levels, not those of the network's own schedule alone.
    """
    def answer(xt, t, label=None):
        return model.at_level(xt, schedule.alpha_bar.to(xt.device)[t], label)

    answer.labels = getattr(model, "labels", 0)
    if hasattr(model, "parts"):    # it knows something of each datum, see support.pieces
        answer.parts = lambda n, size: [on_schedule(part, schedule) for part in model.parts(n, size)]
    return answer


@checked(finite=True)
def ddim_step(model, xt, t, s, schedule, eta=0.0, z=0.0):
    """Return x_s given x_t, s < t: one step of DDIM (eq. 12 and 16).

    xt: shape (batch, …); t in 1…T and s in 0…T: an int or an integer tensor of shape (batch,); eta: from 0, the noise
    that the model found is used again, to 1, as much of it as DDPM has is exchanged for z, standard normal.
    """
    now, then = at(schedule.alpha_bar, t, xt), at(schedule.alpha_bar, s, xt)
    sigma = eta * ((1 - then) / (1 - now) * (1 - now / then)).sqrt()       # eq. 16
    eps = model(xt, t)                                                     # (batch, …)
    x0 = predict_x0(xt, t, eps, schedule)                                  # (batch, …)
    return (then.sqrt() * x0 + (1 - then - sigma**2).sqrt() * eps + sigma * z).to(xt.dtype)   # eq. 12


@checked(finite=True)
@torch.no_grad()
def ddim(model, schedule, xT, ts=None, eta=0.0, seed=None):
    """Walk from noise to data by DDIM; yield (t, x_t) for each t of ts, then (0, x_0).

    xT: where to start, shape (batch, …); ts: falling integers within 1…T, such as spacing(schedule, 10), all by
    default; eta: see ddim_step; seed: an int, a torch.Generator or None, for the noise where eta > 0.
    """
    x, schedule, source = xT, schedule.to(xT.device), noise_source(seed, xT.device)
    ts = range(schedule.T, 0, -1) if ts is None else ts

    yield ts[0], x
    for t, s in zip(ts, [*ts[1:], 0]):
        z = torch.randn(x.shape, generator=source, device=x.device, dtype=x.dtype)
        x = ddim_step(model, x, t, s, schedule, eta, z)
        yield s, x


@checked(finite=True)
@torch.no_grad()
def to_noise(model, schedule, x0, ts=None):
    """Walk from data to noise by DDIM, the other way (section 4.3); yield (0, x_0), then (t, x_t) for ts, backwards.

    x0: shape (batch, …); ts: as for ddim. Where a step begins, the model is asked at the level where it will end.
    """
    x, schedule = x0, schedule.to(x0.device)
    ts = range(schedule.T, 0, -1) if ts is None else ts

    yield 0, x
    for t, s in zip([0, *ts[:0:-1]], ts[::-1]):
        now, then = schedule.alpha_bar[t], schedule.alpha_bar[s]
        eps = model(x, s)                                                  # (batch, …)
        guess = (x - (1 - now).sqrt() * eps) / now.sqrt()                  # (batch, …)
        x = then.sqrt() * guess + (1 - then).sqrt() * eps
        yield s, x


@checked
def towards(x0, xt, t, s, schedule):
    """Return x_s given x_t, s < t, if x̂0 stays the answer all the way: DDIM's step without noise, written with x̂0.

    (DPM-Solver++, eq. 9 with k = 1.) x0, xt: shape (batch, …); t in 1…T and s in 0…T.
    """
    now, then = at(schedule.alpha_bar, t, xt), at(schedule.alpha_bar, s, xt)
    shrunk = ((1 - then) / (1 - now)).sqrt()
    return (shrunk * xt + (then.sqrt() - shrunk * now.sqrt()) * x0).to(xt.dtype)


@checked(finite=True)
def heun_step(model, xt, t, s, schedule):
    """Return x_s given x_t by Heun's method: step, look again where it ends, and step anew with the mean of both.

    (EDM, algorithm 1 without its noise; at s = 0 there is no second look.) t in 1…T and s in 0…T: ints.
    """
    eps = model(xt, t)                                                     # (batch, …)
    if s > 0:
        there = towards(predict_x0(xt, t, eps, schedule), xt, t, s, schedule)
        eps = (eps + model(there, s)) / 2                                  # (batch, …)
    return towards(predict_x0(xt, t, eps, schedule), xt, t, s, schedule)


@checked(finite=True)
@torch.no_grad()
def heun(model, schedule, xT, ts=None, seed=None):
    """Walk from noise to data by Heun's method, two questions a step; arguments and what it yields as for ddim.

    seed: not used, there is no chance in it.
    """
    x, schedule = xT, schedule.to(xT.device)
    ts = range(schedule.T, 0, -1) if ts is None else ts

    yield ts[0], x
    for t, s in zip(ts, [*ts[1:], 0]):
        x = heun_step(model, x, t, s, schedule)
        yield s, x


@checked
def halfway(x0, x0_before, before, t, s, schedule):
    """Return the x̂0 which a line through the last two answers reaches in the middle of the step from t to s.

    x0, x0_before: the answers at t and at the step before it, `before`, shape (batch, …). The line runs over λ, half
    the log SNR. (D of DPM-Solver++(2M), algorithm 2; its 1/(2r) is half of this step over the last one.)
    """
    table = log_snr(schedule)
    return (x0 + (x0 - x0_before) * (table[s] - table[t]) / (table[t] - table[before]) / 2).to(x0.dtype)


@checked(finite=True)
@torch.no_grad()
def dpm2m(model, schedule, xT, ts=None, seed=None):
    """Walk from noise to data by DPM-Solver++(2M), one question a step; arguments and what it yields as for ddim.

    The first step has no answer before it, and the one to t = 0 no middle: they are DDIM's. seed: not used.
    """
    x, schedule = xT, schedule.to(xT.device)
    ts = range(schedule.T, 0, -1) if ts is None else ts

    yield ts[0], x
    for before, t, s in zip([None, *ts], ts, [*ts[1:], 0]):
        x0 = predict_x0(x, t, model(x, t), schedule)                       # (batch, …)
        ahead = x0 if before is None or s == 0 else halfway(x0, x0_before, before, t, s, schedule)
        x, x0_before = towards(ahead, x, t, s, schedule), x0
        yield s, x
