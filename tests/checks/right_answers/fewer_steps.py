"""Right answers to the exercises of station 7, fewer steps, written otherwise than the solutions."""

import math

import numpy as np
import torch

import toydiff
from toydiff.fewer_steps import log_snr, move

from right_answers.sampling import ddim_by_add_noise, ddim_by_ratio, ddim_numpy


def ddim_scaled(model, xt, t, s, schedule):
    """Euler's step for x/√ᾱ over the noise per signal (DDIM, eq. 14)."""
    now, then = schedule.alpha_bar[t], schedule.alpha_bar[s]
    longer = ((1 - then) / then).sqrt() - ((1 - now) / now).sqrt()
    return ((xt / now.sqrt() + longer * model(xt, t)) * then.sqrt()).to(xt.dtype)


def noisy_by_beta_tilde(model, xt, t, s, eta, z, schedule):
    """σ² is η² times the posterior's variance of a single step from s to t."""
    now, then = float(schedule.alpha_bar[t]), float(schedule.alpha_bar[s])
    beta = 1 - now / then
    variance = eta**2 * beta * (1 - then) / (1 - now)
    eps = model(xt, t)
    x0 = toydiff.predict_x0(xt, t, eps, schedule)
    return math.sqrt(then) * x0 + math.sqrt(max(1 - then - variance, 0)) * eps + math.sqrt(variance) * z


def noisy_loop(schedule, z, eta, s, t, xt, model):
    eps, now, then = model(xt, t).tolist(), schedule.alpha_bar[t].item(), schedule.alpha_bar[s].item()
    sigma = eta * math.sqrt((1 - then) * (then - now) / then / (1 - now))
    keeps = math.sqrt(max(0.0, 1 - then - sigma * sigma))
    return torch.tensor([[math.sqrt(then / now) * (x - math.sqrt(1 - now) * e) + keeps * e + sigma * n
                          for x, e, n in zip(*rows)] for rows in zip(xt.tolist(), eps, z.tolist())], dtype=xt.dtype)


def noisy_toydiff(model, xt, t, s, eta, z, schedule):
    return toydiff.ddim_step(model, xt, t, s, schedule, eta=eta, z=z)


def spacing_loop(schedule, n):
    table = [0.5 * math.log(a / (1 - a)) for a in schedule.alpha_bar[1:].tolist()]
    ts = []
    for i in range(n):
        wanted = table[-1] + (table[0] - table[-1]) * i / (n - 1)
        t = min(range(1, schedule.T + 1), key=lambda t, wanted=wanted: abs(table[t - 1] - wanted))
        if t not in ts:
            ts.append(t)
    return ts


def spacing_of_the_snr(n, schedule):
    """Whole logs, and the numbers sorted by a set."""
    table = schedule.snr[1:].log()
    ends = table[[-1, 0]]
    share = torch.arange(n, dtype=torch.float64) / (n - 1)
    near = (table - (ends[0] * (1 - share) + ends[1] * share)[:, None]).abs().argmin(dim=1)
    return sorted({int(place) + 1 for place in near}, reverse=True)


def spacing_numpy(schedule, n):
    a = schedule.alpha_bar.numpy()[1:]
    noise = np.log(np.sqrt((1 - a) / a))
    wanted = np.linspace(noise[-1], noise[0], n)
    return np.unique(np.abs(noise - wanted[:, None]).argmin(axis=1) + 1)[::-1].tolist()


def heun_of_arrows(model, xt, t, s, schedule):
    """In units in which the data does not shrink: x/√ᾱ, its noise √(1/ᾱ − 1), and ε̂ as the arrow."""
    noise = (1 / schedule.alpha_bar - 1).sqrt()
    u, by = xt / schedule.alpha_bar[t].sqrt(), noise[s] - noise[t]
    arrow = model(xt, t)
    if s:
        there = (u + by * arrow) * schedule.alpha_bar[s].sqrt()
        arrow = 0.5 * arrow + 0.5 * model(there.to(xt.dtype), s)
    return ((u + by * arrow) * schedule.alpha_bar[s].sqrt()).to(xt.dtype)


def heun_of_ends(schedule, s, t, xt, model):
    """The mean of two steps from x_t, each with one of the answers: the step is linear in ε̂."""
    first = ddim_by_ratio(model, xt, t, s, schedule)
    if s == 0:
        return first
    again = model(first.to(xt.dtype), s)
    return (first + ddim_by_ratio(lambda x, t: again, xt, t, s, schedule)) / 2


def heun_numpy(model, xt, t, s, schedule):
    a = schedule.alpha_bar.numpy()
    ratio = np.sqrt(a[s] / a[t])
    factor = np.sqrt(1 - a[s]) - ratio * np.sqrt(1 - a[t])
    eps = model(xt, t).numpy()
    if s >= 1:
        eps = (eps + model(torch.from_numpy(ratio * xt.numpy() + factor * eps).to(xt.dtype), s).numpy()) / 2
    return torch.from_numpy(ratio * xt.numpy() + factor * eps).to(xt.dtype)


def ahead_of_the_paper(x0, x0_before, before, t, s, schedule):
    """(1 + 1/(2r)) x̂_0 − 1/(2r) x̂_0 before, with r = h_last/h_next (algorithm 2)."""
    table = log_snr(schedule)
    r = float((table[t] - table[before]) / (table[s] - table[t]))
    return (1 + 1 / (2 * r)) * x0 - x0_before / (2 * r)


def ahead_lerp(schedule, s, t, before, x0_before, x0):
    """The line as an interpolation that goes beyond its ends; whole logs of the SNR."""
    table = schedule.snr.log()
    middle = (table[t] + table[s]) / 2
    share = float((middle - table[before]) / (table[t] - table[before]))
    return torch.lerp(x0_before.double(), x0.double(), share).to(x0.dtype)


def ahead_loop(x0, x0_before, before, t, s, schedule):
    def noise_log(t):
        return math.log(1 / schedule.alpha_bar[t].item() - 1)

    slope = 1 / (noise_log(t) - noise_log(before))
    by = (noise_log(s) - noise_log(t)) / 2
    return torch.tensor([[new + (new - old) * slope * by for new, old in zip(*rows)]
                         for rows in zip(x0.tolist(), x0_before.tolist())], dtype=x0.dtype)


def dpm_of_the_paper(model, xT, ts, schedule):
    """σ_s/σ_t x − α_s (e^{−h} − 1) D (algorithm 2), the last step by its limit, D itself."""
    alpha, sigma, table = schedule.alpha_bar.sqrt(), (1 - schedule.alpha_bar).sqrt(), log_snr(schedule)
    x, answers = xT, []
    for i, t in enumerate(ts):
        answers.append((x - sigma[t] * model(x, t)) / alpha[t])
        if i + 1 == len(ts):
            return answers[-1].to(xT.dtype)
        s, D = ts[i + 1], answers[-1]
        h = table[s] - table[t]
        if i:
            r = (table[t] - table[ts[i - 1]]) / h
            D = (1 + 1 / (2 * r)) * answers[-1] - 1 / (2 * r) * answers[-2]
        x = (sigma[s] / sigma[t] * x - alpha[s] * torch.expm1(-h) * D).to(xT.dtype)


def dpm_of_moves(schedule, ts, xT, model):
    x, last = xT, None
    for t, s in zip(ts, ts[1:]):
        x0 = toydiff.predict_x0(x, t, model(x, t), schedule)
        believed = x0 if last is None else ahead_of_the_paper(x0, last[1], last[0], t, s, schedule)
        x, last = move(believed, x, t, s, schedule), (t, x0)
    return toydiff.predict_x0(x, ts[-1], model(x, ts[-1]), schedule)


def dpm_walk(model, xT, ts, schedule):
    *_, (_, x) = toydiff.dpm2m(model, schedule, xT, ts)
    return x


def order_numpy(evaluations, errors):
    return -np.polyfit(np.log(evaluations), np.log(errors), 1)[0]


def order_solved(errors, evaluations):
    """Least squares as a linear system, in log₂."""
    n, e = (torch.tensor(values, dtype=torch.float64).log2() for values in (evaluations, errors))
    table = torch.stack([torch.ones_like(n), -n], dim=1)
    return float(torch.linalg.lstsq(table, e[:, None]).solution[1])


def order_of_pairs(evaluations, errors):
    """The mean of the slopes of all pairs, weighted by the square of how far apart they are."""
    x, y = [math.log10(n) for n in evaluations], [math.log10(error) for error in errors]
    pairs = [(x[i] - x[j], y[j] - y[i]) for i in range(3) for j in range(i)]
    return sum(a * b for a, b in pairs) / sum(a * a for a, _ in pairs)


RIGHT = {
    "fewer_steps.ddim_step": [ddim_by_ratio, ddim_by_add_noise, ddim_numpy, ddim_scaled],
    "fewer_steps.noisy_step": [noisy_by_beta_tilde, noisy_loop, noisy_toydiff],
    "fewer_steps.spacing": [spacing_loop, spacing_of_the_snr, spacing_numpy],
    "fewer_steps.heun_step": [heun_of_arrows, heun_of_ends, heun_numpy],
    "fewer_steps.ahead": [ahead_of_the_paper, ahead_lerp, ahead_loop],
    "fewer_steps.dpm2m": [dpm_of_the_paper, dpm_of_moves, dpm_walk],
    "fewer_steps.order": [order_numpy, order_solved, order_of_pairs],
}

AHEAD = "else ahead(x0, x0_before, before, t, s, schedule)"
LAST = "the last step, to s = 0, ends at x̂0 itself"
SURVIVORS = {    # changes of a solution that pass because they are right: {the changed line: why}
    "if s != 0:": "s is never below 0",
    "table = ((1 - schedule.alpha_bar) / schedule.alpha_bar).log()": "the sign cancels",
    "table = ((1 - schedule.alpha_bar[1:]) / schedule.alpha_bar[1:]).log()": "the sign changes nothing of what is near",
    "wanted = torch.linspace(table[-1], table[0], n)": "float32 is enough to find the nearest",
    "nearest = (wanted - table[:, None]).abs().argmin(0) + 1": "a distance has no sign",
    f"believed = x0 if x0_before == None or s == 0 {AHEAD}": "a tensor is no None",
    f"believed = x0 if before is None or s == 0 {AHEAD}": "both are None at the first step alone",
    f"believed = x0 if x0_before is None or s <= 0 {AHEAD}": "s is never below 0",
    "return x0": LAST, "return x0_before": LAST, "return believed": LAST,
}
