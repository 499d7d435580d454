"""Right answers to the exercises of station 2, the forward process, written otherwise than the solutions."""

import math

import numpy as np
import torch

import toydiff

from right_answers.tools import np_round_trip


def beta_loop(last, first, T):
    return torch.tensor([0.0] + [first + (last - first) * (t - 1) / max(T - 1, 1) for t in range(1, T + 1)])


def beta_in_place(T, first, last):
    table = torch.zeros(T + 1, dtype=torch.float64)
    table[1:] = torch.arange(T)
    table *= (last - first) / max(T - 1, 1)
    table[1:] += first
    return table


def alpha_bar_loop(beta):
    table = [1.0]
    for value in beta[1:].tolist():
        table.append(table[-1] * (1 - value))
    return torch.tensor(table, dtype=beta.dtype)


def cosine_loop(T, offset):
    f = [math.cos((t / T + offset) / (1 + offset) * math.pi / 2) ** 2 for t in range(T + 1)]
    return torch.tensor([value / f[0] for value in f])


def cosine_double_angle(offset, T):
    angle = (torch.linspace(0, 1, T + 1, dtype=torch.float64) + offset) / (1 + offset) * torch.pi
    f = (1 + angle.cos()) / 2
    return f / f[0]


def step_loop(x_prev, t, eps, schedule):
    rows = []
    for x, step, e in zip(x_prev, t.tolist(), eps):
        b = schedule.beta[step].item()
        rows.append(math.sqrt(1 - b) * x + math.sqrt(b) * e)
    return torch.stack(rows)


def step_einsum(schedule, eps, t, x_prev):
    b = schedule.beta.to(x_prev)[t]
    return torch.einsum("n,nd->nd", (1 - b).sqrt(), x_prev) + torch.einsum("n,nd->nd", b.sqrt(), eps)


def step_in_place(x_prev, t, eps, schedule):
    x, b = x_prev.clone(), schedule.beta[t].unsqueeze(-1).to(x_prev.dtype)
    x.mul_((1 - b).sqrt()).addcmul_(b.sqrt(), eps)
    return x


def noise_loop(x0, t, eps, schedule):
    out = torch.empty_like(x0)
    for i in range(len(x0)):
        a = float(schedule.alpha_bar[t[i]])
        out[i] = a**0.5 * x0[i] + (1 - a) ** 0.5 * eps[i]
    return out


def noise_numpy(eps, x0, schedule, t):
    a = schedule.alpha_bar.numpy()[t.numpy()][:, None]
    return torch.from_numpy((np.sqrt(a) * x0.numpy() + np.sqrt(1 - a) * eps.numpy()).astype(x0.numpy().dtype))


def noise_of_products(x, steps, noise, table):
    a = torch.stack([(1 - table.beta[1:s + 1]).prod() for s in steps.tolist()]).reshape(-1, 1)
    return torch.addcmul(a.sqrt() * x, torch.sqrt(1 - a), noise).type_as(x)


def back_loop(xt, t, eps, schedule):
    return torch.stack([(x - math.sqrt(1 - schedule.alpha_bar[s]) * e) / math.sqrt(schedule.alpha_bar[s])
                        for x, s, e in zip(xt, t, eps)])


def back_numpy(t, xt, eps, schedule):
    a = schedule.alpha_bar.numpy()[t.numpy(), None]
    return torch.as_tensor((xt.numpy() - (1 - a) ** 0.5 * eps.numpy()) * a**-0.5).to(xt.dtype)


def snr_loop(alpha_bar):
    """NaN at t = 0, where any answer will do."""
    return torch.tensor([float("nan"), *(a / (1 - a) for a in alpha_bar[1:].tolist())], dtype=alpha_bar.dtype)


def back_by_snr(xt, t, eps, schedule):
    a, snr = schedule.alpha_bar[t][:, None], schedule.snr[t][:, None]
    return (xt.double() / a.sqrt() - eps.double() * snr.rsqrt()).to(xt)


RIGHT = {
    "forward_process.linear_beta": [beta_loop, beta_in_place, lambda T, first, last: torch.cat(
        [torch.zeros(1), torch.linspace(first, last, T)]), lambda T, first, last: torch.nn.functional.pad(
            torch.from_numpy(np.linspace(first, last, T)), (1, 0))],
    "forward_process.alpha_bar": [alpha_bar_loop, lambda beta: torch.log1p(-beta).cumsum(0).exp(), np_round_trip(
        lambda beta: np.cumprod(1 - beta)),
        lambda beta: torch.stack([(1 - beta[:t + 1]).prod() for t in range(len(beta))])],
    "forward_process.cosine_alpha_bar": [cosine_loop, cosine_double_angle, lambda T, offset: torch.from_numpy(
        np.cos((np.arange(T + 1) / T + offset) / (1 + offset) * np.pi / 2) ** 2
        / np.cos(offset / (1 + offset) * np.pi / 2) ** 2)],
    "forward_process.snr": [snr_loop, lambda alpha_bar: 1 / (1 / alpha_bar - 1), lambda alpha_bar: torch.cat(
        [alpha_bar[:1], alpha_bar[1:] / (1 - alpha_bar[1:])]), lambda alpha_bar: torch.logit(alpha_bar).exp(),
        lambda a: torch.tensor([0.0] + [v / (1 - v) for v in a[1:].tolist()], dtype=a.dtype)],
    "forward_process.forward_step": [step_loop, step_einsum, step_in_place, toydiff.forward_step],
    "forward_process.add_noise": [noise_loop, noise_numpy, noise_of_products, toydiff.add_noise],
    "forward_process.predict_x0": [back_loop, back_numpy, back_by_snr, toydiff.predict_x0],
}

FREE = "the table may be float32"
DTYPE = "eps has the dtype of the points"
SURVIVORS = {    # changes of a solution that pass because they are right: {the changed line: why}
    "return torch.cumprod(1 - beta, dim=-1)": "the last dimension is the only one",
    "line = torch.linspace(first, last, T)": FREE,
    "line = torch.linspace(first, last, T, dtype=torch.float32)": FREE,
    "u = torch.arange(T + 1) / T": FREE,
    "u = torch.arange(T + 1, dtype=torch.float32) / T": FREE,
    "f = torch.cos((u + offset) / (1 + offset) * math.pi / -2) ** 2": "the cosine is even",
    "return x.to(eps.dtype)": DTYPE,
    "return (a.sqrt() * x0 + (1 - a).sqrt() * eps).to(eps.dtype)": DTYPE,
    "return ((xt - (1 - a).sqrt() * eps) / a.sqrt()).to(eps.dtype)": DTYPE,
}
