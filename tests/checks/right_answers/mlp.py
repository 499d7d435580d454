"""Right answers to the exercises of station 3, the MLP, written otherwise than the solutions."""

import math

import numpy as np
import torch
from torch import nn
from torch.nn import functional

import toydiff

from right_answers.tools import np_round_trip


def waves_loop(t, T, n):
    rows = []
    for step in t.tolist():
        angles = [math.pi * 2**k * step / T for k in range(n)]
        rows.append([math.sin(angle) for angle in angles] + [math.cos(angle) for angle in angles])
    return torch.tensor(rows)


def waves_of_one_exponential(n, T, t):
    turning = torch.exp(1j * torch.outer(t / T, math.pi * torch.logspace(0, n - 1, n, base=2, dtype=torch.float64)))
    return torch.hstack([turning.imag, turning.real])


def waves_doubling(steps, last, count):
    angle, sines, cosines = math.pi * steps.double() / last, [], []
    for _ in range(count):
        sines.append(torch.sin(angle))
        cosines.append(torch.cos(angle))
        angle = angle * 2
    return torch.stack(sines + cosines, 1)


def forward_modules(x, weights, biases):
    layers = []
    for weight, bias in zip(weights, biases):
        linear = nn.Linear(weight.shape[1], weight.shape[0], dtype=weight.dtype).requires_grad_(False)
        linear.weight.copy_(weight), linear.bias.copy_(bias)
        layers += [linear, nn.ReLU()]
    return nn.Sequential(*layers[:-1])(x)


def forward_functional(biases, weights, x):
    for i, (w, b) in enumerate(zip(weights, biases)):
        x = functional.linear(functional.relu(x) if i else x, w, b)
    return x


def forward_numpy(x, ws, bs):
    h = x.numpy().T
    for i in range(len(ws)):
        h = ws[i].numpy() @ h + bs[i].numpy()[:, None]
        if i < len(ws) - 1:
            h = np.maximum(h, 0)
    return torch.from_numpy(h.T.copy())


class Plain(nn.Module):
    """The same network as a class, its layers in a ModuleList."""

    def __init__(self, width, count):
        super().__init__()
        self.out = nn.Linear(width, 2)
        self.inner = nn.ModuleList([nn.Linear(width, width) for _ in range(count)])
        self.first = nn.Linear(3, width)

    def forward(self, x):
        x = self.first(x).relu()
        for layer in self.inner:
            x = layer(x).clamp(min=0)
        return self.out(x)


def layers_of_widths(n, hidden):
    widths, layers = [3, *[hidden] * (n + 1), 2], []
    for m, k in zip(widths, widths[1:]):
        layers.extend((nn.Linear(m, k), nn.ReLU(inplace=True)))
    return nn.Sequential(*layers[:-1])


def layers_added(hidden, n):
    network = nn.Sequential(nn.Linear(3, hidden))
    for i in range(n):
        network.add_module(f"bend{i}", nn.ReLU())
        network.add_module(f"hidden{i}", nn.Linear(hidden, hidden))
    return network.append(nn.ReLU()).append(nn.Linear(hidden, 2))


def layers_that_answer_0(hidden, n):
    network = layers_of_widths(n, hidden)
    nn.init.zeros_(network[-1].weight)
    nn.init.zeros_(network[-1].bias)
    return network


def count_of_shapes(model):
    total = 0
    for p in model.parameters():
        if p.requires_grad:
            total += math.prod(p.shape)
    return total


def network_loop(layers, xt, t, schedule):
    rows = []
    for x, step in zip(xt, t.tolist()):
        a = schedule.alpha_bar[step].item()
        v = 1 - a * 2 / 3
        answer = layers(torch.cat([x, x.new_tensor([step / schedule.T])])[None])[0]
        rows.append(math.sqrt(1 - a) / v * x + math.sqrt(a / v) * answer)
    return torch.stack(rows)


def network_by_keyword(schedule, t, xt, layers):
    a = schedule.alpha_bar.to(xt)[t].unsqueeze(-1)
    v = (1 - a) + a / 3
    inputs = xt.new_empty(len(xt), 3)
    inputs[:, :2], inputs[:, 2] = xt, t / schedule.T
    return torch.addcmul(layers(inputs) * a.sqrt() * v.rsqrt(), xt, (1 - a) ** 0.5 / v)


def network_einsum(layers, points, steps, table):
    a = table.alpha_bar[steps]
    v = 1 - 2 * a / 3
    said = layers(torch.column_stack([points, (steps / table.T).to(points.dtype)]))
    return (torch.einsum("n,nd->nd", (1 - a).sqrt() / v, points.double())
            + torch.einsum("n,nd->nd", (a / v).sqrt(), said.double())).to(points)


def score_loop(eps, t, schedule):
    return torch.stack([-e / math.sqrt(1 - schedule.alpha_bar[s].item()) for e, s in zip(eps, t)])


def score_numpy(schedule, t, eps):
    return torch.from_numpy(eps.numpy() / -np.sqrt(1 - schedule.alpha_bar.numpy()[t.numpy(), None])).type_as(eps)


def origin_by_eps(xt, t, score, schedule):
    spread = (1 - schedule.alpha_bar[t])[:, None].sqrt()
    return toydiff.predict_x0(xt, t, (-spread * score).to(xt.dtype), schedule)


def origin_loop(score, schedule, t, xt):
    out = torch.zeros_like(xt)
    for i, s in enumerate(t.tolist()):
        a = float(schedule.alpha_bar[s])
        out[i] += (xt[i] + (1 - a) * score[i]) / a**0.5
    return out


def origin_in_place(x, t, s, table):
    a = table.alpha_bar.to(x.dtype)[t].reshape(-1, 1)
    return s.clone().mul_(1 - a).add_(x).div_(a.sqrt())


def error_loop(score, exact, x0, t, eps, schedule):
    xt = toydiff.add_noise(x0, t, eps, schedule)
    pairs = zip(score(xt, t).tolist(), exact(xt, t).tolist())
    return sum(math.dist(one, two) ** 2 for one, two in pairs) / len(xt)


def error_einsum(schedule, eps, t, x0, exact, score):
    a = schedule.alpha_bar[t][:, None].to(x0)
    xt = a.sqrt() * x0 + (1 - a).sqrt() * eps
    d = exact(xt, t) - score(xt, t)
    return torch.einsum("nd,nd->", d, d) / d.shape[0]


RIGHT = {
    "mlp.time_column": [lambda t, T: t.view(-1, 1) / T, lambda T, t: torch.tensor([[step / T] for step in t.tolist()]),
                        np_round_trip(lambda t, T: t[:, None] / T), lambda t, T: t.double().mul(1 / T).unsqueeze(1)],
    "mlp.waves": [waves_loop, waves_of_one_exponential, waves_doubling],
    "mlp.forward": [forward_modules, forward_functional, forward_numpy],
    "mlp.make_layers": [Plain, layers_of_widths, layers_added, layers_that_answer_0],
    "mlp.count_parameters": [count_of_shapes, lambda model: np.sum(
        [np.prod(p.shape) for p in model.parameters() if p.requires_grad]), lambda model: torch.tensor(
            [p.numel() for p in model.parameters() if p.requires_grad]).sum(), toydiff.count_parameters,
        lambda model: sum(p.flatten().shape[0] for p in filter(lambda p: p.requires_grad, model.parameters())),
        lambda model: torch.cat(
            [torch.ones(0), *(torch.ones(p.numel()) for p in model.parameters() if p.requires_grad)]).sum()],
    "mlp.network": [network_loop, network_by_keyword, network_einsum],
    "mlp.score_from_eps": [score_loop, score_numpy, lambda eps, t, schedule: eps.div(
        -(1 - schedule.alpha_bar)[t].sqrt().unsqueeze(-1)).to(eps)],
    "mlp.x0_from_score": [origin_by_eps, origin_loop, origin_in_place],
    "mlp.score_error": [error_loop, lambda **args: np.float32(error_einsum(**args).item()), error_einsum,
                        lambda score, exact, x0, t, eps, schedule: 2 * functional.mse_loss(
        *(f(toydiff.add_noise(x0, t, eps, schedule), t) for f in (score, exact)))],
}

LAST = "the last dimension is dimension 1"
AS_LONG = "there are as many weights as biases; zip ends with the shorter list"
SURVIVORS = {    # changes of a solution that pass because they are right: {the changed line: why}
    "return torch.cat([angle.sin(), angle.cos()], dim=-1)": LAST,
    "for weight, bias in zip(weights, biases[:-1]):": AS_LONG,
    "for weight, bias in zip(weights[:-1], biases):": AS_LONG,
    "a = schedule.alpha_bar[t][:, None].to(time.dtype)": "float32 is exact enough here, and made float64 by xt",
    "added = layers(torch.cat([xt, time], dim=-1))": LAST,
    "return ((xt + (1 - a) * score) / a.sqrt()).to(score.dtype)": "the score has the dtype of the points",
    "difference = exact(xt, t) - score(xt, t)": "the square knows no sign",
    "return (difference ** 2).sum(dim=-1).mean()": LAST,
}
