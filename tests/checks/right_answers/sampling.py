"""Right answers to the exercises of station 5, sampling, written otherwise than the solutions."""

import math

import numpy as np
import torch

import toydiff


def mean_loop(x0, xt, t, schedule):
    rows = []
    for start, point, step in zip(x0, xt, t.tolist()):
        b, a = schedule.beta[step].item(), schedule.alpha[step].item()
        now, before = schedule.alpha_bar[step].item(), schedule.alpha_bar[step - 1].item()
        rows.append(math.sqrt(before) * b / (1 - now) * start + math.sqrt(a) * (1 - before) / (1 - now) * point)
    return torch.stack(rows)


def mean_of_the_noise(schedule, t, xt, x0):
    """Algorithm 2 with the noise that leads from x0 to xt."""
    b, a = schedule.beta[t].unsqueeze(1), schedule.alpha_bar[t].unsqueeze(1)
    eps = (xt - a.sqrt() * x0) / (1 - a).sqrt()
    return ((xt - b * (1 - a).rsqrt() * eps) / (1 - b).sqrt()).type_as(xt)


def mean_numpy(x0, xt, t, schedule):
    b, a, t = schedule.beta.numpy(), schedule.alpha_bar.numpy(), t.numpy()
    w0, wt = np.sqrt(a[t - 1]) * b[t] / (1 - a[t]), np.sqrt(1 - b[t]) * (1 - a[t - 1]) / (1 - a[t])
    return torch.from_numpy(np.einsum("n,nd->nd", w0, x0) + np.einsum("n,nd->nd", wt, xt)).to(x0)


def mean_cast_first(x0, xt, t, schedule):
    """In float32 1 − ᾱ_1 has few digits left; where nothing is said of that, it is no mistake."""
    beta, now, before = (table.to(x0.dtype)[:, None] for table in (
        schedule.beta[t], schedule.alpha_bar[t], schedule.alpha_bar[t - 1]))
    return before.sqrt() * beta / (1 - now) * x0 + (1 - beta).sqrt() * (1 - before) / (1 - now) * xt


def variance_loop(schedule):
    table = [0.0]
    for t in range(1, schedule.T + 1):
        before, now = schedule.alpha_bar[t - 1].item(), schedule.alpha_bar[t].item()
        table.append((1 - before) / (1 - now) * schedule.beta[t].item())
    return torch.tensor(table, dtype=torch.float64)


def variance_of_bayes(schedule):
    precision = schedule.alpha[1:] / schedule.beta[1:] + 1 / (1 - schedule.alpha_bar[:-1])
    return torch.nn.functional.pad(1 / precision, (1, 0))


def variance_rolled(schedule):
    before = schedule.alpha_bar.roll(1)
    before[0] = 1
    return ((1 - before) / (1 - schedule.alpha_bar) * schedule.beta).nan_to_num(0)


def step_by_x0(model, xt, t, z, variance, schedule):
    """The posterior's mean at the guessed x0, in float64."""
    x = xt.double()
    guess = toydiff.predict_x0(x, t, model(xt, t).double(), schedule)
    mean = toydiff.posterior_mean(guess, x, t, schedule)
    return (mean + math.sqrt(variance[t]) * z).to(xt.dtype)


def step_in_place(schedule, variance, z, t, xt, model):
    x = xt.clone()
    x -= (schedule.beta[t] * (1 - schedule.alpha_bar[t]) ** -0.5) * model(xt, torch.full((len(xt),), t))
    x /= schedule.alpha[t] ** 0.5
    x += variance[t] ** 0.5 * z
    return x


def step_loop(model, xt, t, z, variance, schedule):
    eps, a, ab = model(xt, t).tolist(), float(schedule.alpha[t]), float(schedule.alpha_bar[t])
    return torch.tensor([[(x - (1 - a) / math.sqrt(1 - ab) * e) / math.sqrt(a) + math.sqrt(variance[t]) * n
                          for x, e, n in zip(*rows)] for rows in zip(xt.tolist(), eps, z.tolist())], dtype=xt.dtype)


def sampler_while(model, xT, z, variance, schedule):
    x, t = xT.clone(), schedule.T
    while t >= 1:
        x = step_in_place(schedule, variance, (t > 1) * z[t], t, x, model)
        t -= 1
    return x


def sampler_last_apart(schedule, z, variance, xT, model):
    for t in reversed(range(2, schedule.T + 1)):
        xT = step_by_x0(model, xT, t, z[t], variance, schedule)
    return step_by_x0(model, xT, 1, torch.zeros_like(xT), variance, schedule)


def sampler_of_a_table(model, xT, z, variance, schedule):
    """The last step made silent in the table of the variance."""
    quiet = variance.clone()
    quiet[1] = 0
    for t in torch.arange(1, schedule.T + 1).flip(0):
        xT = toydiff.reverse_step(model, xT, t.item(), schedule, z[t], quiet)
    return xT


def ddim_by_ratio(model, xt, t, s, schedule):
    """With x0 eliminated."""
    eps, now, then = model(xt, t), schedule.alpha_bar[t], schedule.alpha_bar[s]
    ratio = (then / now).sqrt()
    return ratio * xt + ((1 - then).sqrt() - ratio * (1 - now).sqrt()) * eps


def ddim_by_add_noise(schedule, s, t, xt, model):
    eps = model(xt, t)
    x0 = toydiff.predict_x0(xt, t, eps, schedule)
    return toydiff.add_noise(x0, s, eps, schedule) if s else x0


def ddim_numpy(model, xt, t, s, schedule):
    eps, a = model(xt, t).numpy(), schedule.alpha_bar.numpy()
    x0 = (xt.numpy() - np.sqrt(1 - a[t]) * eps) / np.sqrt(a[t])
    return torch.from_numpy(np.sqrt(a[s]) * x0 + np.sqrt(1 - a[s]) * eps).to(xt.dtype)


def optimal_loop(schedule, loss_per_t):
    table = torch.zeros(schedule.T + 1, dtype=torch.float64)
    for t in range(2, schedule.T + 1):
        b, a, before = schedule.beta[t], schedule.alpha_bar[t], schedule.alpha_bar[t - 1]
        table[t] = (1 - before) / (1 - a) * b + before * b**2 / (1 - a) / a * loss_per_t[t]
    return table


def optimal_where(loss_per_t, schedule):
    before, b, a = schedule.alpha_bar.roll(1), schedule.beta, schedule.alpha_bar
    table = (1 - before + before * b * loss_per_t / a) * b / (1 - a)
    return torch.where(torch.arange(len(b)) > 1, table, torch.zeros_like(b))


RIGHT = {
    "sampling.posterior_mean": [mean_loop, mean_of_the_noise, mean_numpy, mean_cast_first, toydiff.posterior_mean],
    "sampling.posterior_variance": [variance_loop, variance_of_bayes, variance_rolled, toydiff.posterior_variance],
    "sampling.reverse_step": [step_by_x0, step_in_place, step_loop],
    "sampling.sampler": [sampler_while, sampler_last_apart, sampler_of_a_table],
    "sampling.optimal_variance": [optimal_loop, optimal_where, toydiff.optimal_variance],
}

SAME_TABLE = "only its shape and dtype count"
SURVIVORS = {    # changes of a solution that pass because they are right: {the changed line: why}
    "return mean.to(xt.dtype)": "x0 and xt have one dtype",
    "alpha_bar, variance = (schedule.alpha_bar, torch.zeros_like(schedule.alpha))": SAME_TABLE,
    "alpha_bar, variance = (schedule.alpha_bar, torch.zeros_like(schedule.alpha_bar))": SAME_TABLE,
    "variance = torch.zeros_like(schedule.alpha)": SAME_TABLE,
    "variance = torch.zeros_like(schedule.alpha_bar)": SAME_TABLE,
    "noise = z[t] if t != 1 else torch.zeros_like(x)": "t is never below 1",
    "noise = z[t] if t > 1 else torch.zeros_like(xT)": SAME_TABLE,
    "weight = before.sqrt() * beta / (now - 1)": "only its square counts",
}
