"""Right answers to the exercises of station 4, training, written otherwise than the solutions."""

import copy
import itertools
import math

import numpy as np
import torch
from torch.nn import functional

import toydiff

from right_answers.tools import np_round_trip


def t_of_uniform(source, T, n):
    return (torch.rand(n, generator=source, dtype=torch.float64) * T).floor().long() + 1


def t_one_by_one(n, T, source):
    values = [torch.randint(low=1, high=T + 1, size=(), generator=source).item() for _ in range(min(n, 2000))]
    if len(values) < n:    # a loop over all would take long
        values += torch.randint(T, (n - len(values),), generator=source).add(1).tolist()
    return torch.tensor(values)


def t_of_weights(n, T, source):
    return torch.multinomial(torch.ones(T), n, replacement=True, generator=source) + 1


def loss_mse(model, x0, t, eps, schedule):
    return functional.mse_loss(model(toydiff.add_noise(x0, t, eps, schedule), t), eps)


def loss_loop(model, x0, t, eps, schedule):
    total = 0.0
    for i in range(len(x0)):
        a = schedule.alpha_bar[t[i]].to(x0.dtype)
        xt = a.sqrt() * x0[i:i + 1] + (1 - a).sqrt() * eps[i:i + 1]
        total = total + (eps[i:i + 1] - model(xt, t[i:i + 1])).square().sum()
    return total / (2 * len(x0))


def loss_einsum(schedule, eps, t, x0, model):
    a = schedule.alpha_bar[t].unsqueeze(1)
    xt = (a**0.5 * x0 + (1 - a) ** 0.5 * eps).type_as(x0)
    d = model(xt, t).sub(eps)
    return torch.einsum("nd,nd->", d, d) / d.numel()


def step_forgets_first(optimizer, model, schedule, eps, t, x0):
    model.zero_grad()
    value = toydiff.loss(model, x0, t, eps, schedule)
    value.backward()
    optimizer.step()
    return float(value)


def step_of_own_gradients(model, optimizer, x0, t, eps, schedule):
    weights = list(model.parameters())
    value = loss_einsum(schedule, eps, t, x0, model)
    for p, gradient in zip(weights, torch.autograd.grad(value, weights)):
        p.grad = gradient
    optimizer.step()
    return value.detach()


def step_closure(model, optimizer, x0, t, eps, schedule):
    def closure():
        optimizer.zero_grad()
        value = loss_mse(model, x0, t, eps, schedule)
        value.backward()
        return value
    return optimizer.step(closure).item()


def ema_of_states(average, model, decay):
    old, new = average.state_dict(), model.state_dict()
    average.load_state_dict({name: torch.lerp(new[name], old[name], decay) for name in old})
    return average


def ema_data(model, average, decay):
    for name, p in average.named_parameters():
        p.data = p.data * decay + dict(model.named_parameters())[name].data * (1 - decay)
    return average


@torch.no_grad()
def ema_foreach(net, other, d):
    mine, theirs = list(net.parameters()), list(other.parameters())
    torch._foreach_mul_(mine, d)
    torch._foreach_add_(mine, theirs, alpha=1 - d)
    return net


@torch.no_grad()
def ema_numpy(average, model, decay):
    for mean, weight in zip(average.parameters(), model.parameters(), strict=True):
        mean.numpy()[...] = decay * mean.numpy() + (1 - decay) * weight.numpy()
    return copy.deepcopy(average)    # what counts is the network that was given


def floor_by_snr(alpha_bar, variance):
    return 1 / (1 + (1 / alpha_bar - 1) / variance)


def floor_explained(variance, alpha_bar):
    noise = 1 - alpha_bar
    return 1 - noise / torch.addcmul(noise, alpha_bar, torch.tensor(variance, dtype=alpha_bar.dtype))


def floor_by_snr_first(alpha_bar, variance):
    """NaN at t = 0, which does not matter."""
    snr = alpha_bar / (1 - alpha_bar) * variance
    return snr / (1 + snr)


def floor_loop(a, v):
    return torch.tensor([v * b / (v * b + 1 - b) for b in a.tolist()], dtype=a.dtype)


def batches_nested(loader, steps):
    taken = []
    while True:
        for batch in loader:
            taken.append(batch[None])
            if len(taken) == steps:
                return torch.cat(taken)


def batches_by_next(steps, loader):
    taken, running = [], iter(loader)
    for _ in range(steps):
        try:
            batch = next(running)
        except StopIteration:
            running = iter(loader)
            batch = next(running)
        taken.append(batch)
    return torch.stack(taken)


def batches_chained(loader, steps):
    passes = itertools.chain.from_iterable(loader for _ in itertools.count())
    return torch.stack(list(itertools.islice(passes, steps)))


def batches_of_whole_passes(loader, steps):
    passes = [torch.stack(list(loader)) for _ in range(math.ceil(steps / len(loader)))]
    return torch.cat(passes)[:steps]


RIGHT = {
    "training.draw_t": [t_of_uniform, t_one_by_one, t_of_weights],
    "training.loss": [loss_mse, loss_loop, loss_einsum, toydiff.loss],
    "training.training_step": [step_forgets_first, step_of_own_gradients, step_closure],
    "training.decayed_lr": [toydiff.decayed_lr, lambda lr, steps, step: lr * math.cos(
        math.pi / 2 * (step - 1) / steps) ** 2, lambda step, steps, lr: lr / 2 + lr / 2 * torch.tensor(
            torch.pi * (step - 1) / steps, dtype=torch.float64).cos(), lambda step, steps, lr: lr / 2 * (
                1 + np.cos(np.linspace(0, np.pi, steps + 1)[step - 1])), lambda step, steps, lr: (
                    lr / 2 * (1 + torch.cos(torch.tensor(math.pi * (step - 1) / steps)))).item(),
                             lambda step, steps, lr: np.float32(toydiff.decayed_lr(step, steps, lr))],
    "training.ema_update": [ema_of_states, ema_data, ema_foreach, ema_numpy],
    "training.gaussian_floor": [floor_by_snr, floor_by_snr_first, floor_explained, floor_loop, np_round_trip(
        lambda alpha_bar, variance: (alpha_bar * variance / (1 - alpha_bar * (1 - variance))).astype(alpha_bar.dtype))],
    "training.batches": [batches_nested, batches_by_next, batches_chained, batches_of_whole_passes],
}

SURVIVORS = {    # changes of a solution that pass because they are right: {the changed line: why}
    "return ((eps - model(xt, t)) ** 2).mean()": "the square knows no sign",
    "model.zero_grad()": "the optimizer holds all weights of the model",
    "done = (1 - step) / steps": "the cosine is even",
    "while len(taken) <= steps:": "a pass too many is cut off",
}
