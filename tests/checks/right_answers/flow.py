"""Right answers to the exercises of station 9, flow, written otherwise than the solutions."""

import math

import numpy as np
import torch

from toydiff import flow, rectified


def line_loop(x0, u, eps):
    return torch.stack([a + t * (b - a) for a, t, b in zip(x0, u.tolist(), eps)])


def line_lerp(eps, u, x0):
    return torch.lerp(x0, eps, u.unsqueeze(-1))


def line_numpy(x0, u, eps):
    return torch.from_numpy(np.einsum("n,nd->nd", 1 - u, x0) + np.einsum("n,nd->nd", u, eps)).to(x0)


def loss_mse(model, x0, u, eps):
    return torch.nn.functional.mse_loss(model(line_lerp(eps, u, x0), u), eps - x0)


def loss_loop(eps, u, x0, model):
    answers = model(line_loop(x0, u, eps), u)
    return sum((a - e + x).pow(2).sum() for a, e, x in zip(answers, eps, x0)) / x0.numel()


def loss_of_the_noise(model, x0, u, eps):
    """Compared with what the answer says of ε: the same difference, times 1 − u."""
    u = u.view(-1, 1)
    xu = x0 - u * x0 + u * eps
    wrong = xu + (1 - u) * model(xu, u.flatten()) - eps
    return (wrong / (1 - u)).square().mean()


def velocity_by_x0(eps, u, xu):
    each = u.reshape(len(u), 1)
    return eps - (xu - each * eps) / (1 - each)


def velocity_loop(xu, u, eps):
    each = zip(eps.tolist(), xu.tolist(), u.tolist())
    return torch.tensor([[(e - x) / (1 - t) for e, x in zip(*rows)] for *rows, t in each], dtype=xu.dtype)


def velocity_convert(eps, u, xu):
    return flow.convert(xu, u, eps, "eps", "velocity")


def asked_by_snr(at_level, xu, u):
    snr = ((1 - u) / u).square()
    level = snr / (1 + snr)
    scaled = xu * (level.sqrt() / (1 - u))[:, None]
    return velocity_by_x0(at_level(scaled, level), u, xu)


def asked_one_by_one(u, xu, at_level):
    rows = []
    for point, t in zip(xu, u.tolist()):
        c = math.hypot(1 - t, t)
        eps = at_level(point[None] / c, torch.tensor([((1 - t) / c) ** 2], dtype=xu.dtype))
        rows.append((eps[0] - point) / (1 - t))
    return torch.stack(rows)


def asked_by_the_course(at_level, xu, u):
    class Model(torch.nn.Module):
        shape, labels = (2,), 0

        def at_level(self, xt, alpha_bar, label=None):
            return at_level(xt.to(xu.dtype), alpha_bar.to(xu.dtype))
    return flow.AsFlow(Model())(xu, u)


def euler_for(model, x1, us):
    x = x1.clone()
    for i, u in enumerate(us):
        x -= (u - (us[i + 1] if i + 1 < len(us) else 0)) * model(x.clone(), u)
    return x


def euler_backwards(us, x1, model):
    """By recursion: the last step first."""
    def at(i):
        if i == 0:
            return x1
        before = at(i - 1)
        return before + (stops[i] - stops[i - 1]) * model(before, torch.full((len(x1),), stops[i - 1], dtype=x1.dtype))
    stops = [*us, 0.0]
    return at(len(us))


def euler_of_the_course(model, x1, us):
    from toydiff import Schedule

    *_, (_, x) = flow.euler(model, Schedule.linear(), x1 / flow.width(us[0]), us)
    return x


def straight_loop(us, xs):
    total, T = 0.0, len(us) - 1
    for i in range(T):
        for p in range(xs.shape[1]):
            v = (xs[i, p] - xs[i + 1, p]) / (us[i] - us[i + 1])
            total += (us[i] - us[i + 1]) * ((xs[0, p] - xs[-1, p]) - v).pow(2).sum() / xs.shape[1]
    return total


def straight_by_speed(xs, us):
    """E|v|² less E|chord|²."""
    steps, du = xs.diff(dim=0), us.diff().abs()
    speed = (steps.square().sum((1, 2)) / du).sum()
    return ((speed - (xs[0] - xs[-1]).square().sum()) / xs.size(1)).item()


def straight_of_the_course(us, xs):
    return rectified.straightness(zip(us.tolist(), xs))


RIGHT = {
    "flow.interpolate": [line_loop, line_lerp, line_numpy, flow.interpolate],
    "flow.flow_loss": [loss_mse, loss_loop, loss_of_the_noise],
    "flow.to_velocity": [velocity_by_x0, velocity_loop, velocity_convert],
    "flow.as_flow": [asked_by_snr, asked_one_by_one, asked_by_the_course],
    "flow.euler": [euler_for, euler_backwards, euler_of_the_course],
    "flow.straightness": [straight_loop, straight_by_speed, straight_of_the_course],
}

SURVIVORS = {    # changes of a solution that pass because they are right: {the changed line: why}
    "return ((eps - x0 - model(xu, u)) ** 2).mean()": "the square knows no sign",
    "width = ((u - 1) ** 2 + u ** 2).sqrt()": "nor does this one",
    "eps = at_level(xu / width[:, None], ((u - 1) / width) ** 2)": "nor this",
    "for u, s in zip(us, [*us[1:], 00]):": "it is 0",
    "for u, s in zip(us, [*us[1:], 0,0]):": "zip ends with the shorter list",
    "square = (v - (xs[0] - xs[-1])).square().sum(2).mean(1)": "the square knows no sign",
    "square = (xs[0] - xs[-1] - v).square().sum(2).mean(-1)": "the last of two axes is axis 1",
}
