"""Right answers to the exercises of the clinic, written otherwise than the solutions."""

import math

import torch

import toydiff

from right_answers.fewer_steps import dpm_of_moves, dpm_of_the_paper, dpm_walk
from right_answers.sampling import ddim_by_ratio, sampler_last_apart, sampler_of_a_table, sampler_while


def with_beta(sampler):
    """The same sampler with σ² = β."""
    return lambda model, xT, z, schedule: sampler(model=model, xT=xT, z=z, variance=schedule.beta, schedule=schedule)


def without_noise_by_a_factor(model, xT, z, schedule):
    x, T = xT.double(), len(schedule.beta) - 1
    for step in range(T):
        t = T - step
        guess = toydiff.predict_x0(x, t, model(x, t), schedule)
        x = toydiff.posterior_mean(guess, x, t, schedule) + math.sqrt(schedule.beta[t]) * z[t] * min(1, t - 1)
    return x.to(xT.dtype)


def langevin_normal(score, xT, schedule, source):
    x = xT.clone()
    for t in reversed(range(1, schedule.T + 1)):
        h = 0.3 * (1 - float(schedule.alpha_bar[t]))
        for z in torch.randn(4, *x.shape, generator=source):
            x = x + h * score(x, t) + math.sqrt(2 * h) * z
    return x


def langevin_in_place(source, schedule, xT, score):
    x = xT.double()
    for t in torch.arange(schedule.T, 0, -1).tolist():
        step = 0.3 * (1 - schedule.alpha_bar[t])
        for _ in range(4):
            x += step * score(x.clone(), t) + torch.normal(0.0, math.sqrt(2 * step), x.shape, generator=source)
    return x


def langevin_of_columns(score, xT, schedule, source):
    """The noise drawn point by point, last first, with the other sign: as good a Gaussian."""
    x = xT
    for level in schedule.alpha_bar.flip(0)[:-1]:
        t = int((schedule.alpha_bar == level).nonzero().item())
        h = 0.3 - 0.3 * level
        for _ in range(4):
            y, z = torch.randn(2, len(x), generator=source)
            x = x + h * score(x, t) - (h + h).sqrt() * torch.stack([z, y], dim=1).flip(0)
    return x


def ddim_steps(model, xT, schedule):
    for t in range(schedule.T, 0, -1):
        xT = ddim_by_ratio(model, xT, t, t - 1, schedule)
    return xT


def ddim_by_add_noise(schedule, xT, model):
    x = xT
    for t in reversed(range(schedule.T)):
        eps = model(x, t + 1)
        x0 = toydiff.predict_x0(x, t + 1, eps, schedule)
        x = x0 if t == 0 else toydiff.add_noise(x0, t, eps, schedule)
    return x


def ddim_while(model, xT, schedule):
    """In units in which the data does not shrink: x/√ᾱ, and the noise in it √(1/ᾱ − 1)."""
    t, noise = schedule.T, (1 / schedule.alpha_bar - 1).sqrt()
    u = xT / schedule.alpha_bar[t].sqrt()
    while t:
        eps = model((u * schedule.alpha_bar[t].sqrt()).to(xT.dtype), t)
        u, t = u + (noise[t - 1] - noise[t]) * eps, t - 1
    return u.to(xT.dtype)


def loss_by_hand(model, x0, t, eps, schedule):
    rows = [schedule.alpha_bar[step].sqrt() * x + (1 - schedule.alpha_bar[step]).sqrt() * e
            for x, step, e in zip(x0, t.tolist(), eps)]
    return (model(torch.stack(rows).to(x0.dtype), t) - eps).pow(2).sum() / eps.numel()


def loss_mse(schedule, eps, t, x0, model):
    return torch.nn.functional.mse_loss(eps, model(toydiff.add_noise(x0, t, eps, schedule), t))


def course_for(model, optimizer, batches, schedule):
    losses = []
    for batch in batches:
        optimizer.zero_grad(set_to_none=False)
        value = toydiff.loss(model, *batch, schedule)
        value.backward()
        optimizer.step()
        losses += [float(value)]
    return losses


def course_iterator(schedule, batches, optimizer, model):
    """The iterator made once, before the loop."""
    rest, losses = iter(batches), torch.zeros(len(batches))
    for i in range(len(batches)):
        x0, t, eps = next(rest)
        value = loss_mse(schedule, eps, t, x0, model)
        model.zero_grad()
        value.backward()
        optimizer.step()
        losses[i] = value.detach()
    return losses


def course_gradients(model, optimizer, batches, schedule):
    losses, weights = [], list(model.parameters())
    while len(losses) < len(batches):
        value = loss_by_hand(model, *batches[len(losses)], schedule)
        for weight, slope in zip(weights, torch.autograd.grad(value, weights)):
            weight.grad = slope
        optimizer.step()
        losses.append(value)
    return losses


SAMPLERS = [*map(with_beta, (sampler_while, sampler_last_apart, sampler_of_a_table)), without_noise_by_a_factor]
RIGHT = {
    "clinic.patient_1": SAMPLERS,
    "clinic.patient_2": SAMPLERS,
    "clinic.patient_3": [langevin_normal, langevin_in_place, langevin_of_columns],
    "clinic.patient_4": [ddim_steps, ddim_by_add_noise, ddim_while],
    "clinic.patient_5": [loss_by_hand, loss_mse, toydiff.loss],
    "clinic.patient_6": [course_for, course_iterator, course_gradients],
    "clinic.patient_7": [dpm_of_the_paper, dpm_of_moves, dpm_walk],
}

SURVIVORS = {    # changes of a solution that pass because they are right: {the changed line: why}
    "return mean": "the last step adds nothing to it",
    "x = mean + spread * z[t] if t != 1 else mean": "t is never below 1",
    "for t in range(schedule.T, -1, -1):": "at t = 0 the step has length 0",
    "noise = torch.randn(xT.shape, generator=source)": "x keeps the shape of xT",
    "x = x + h * score(x, t) - (2 * h).sqrt() * noise": "a Gaussian is symmetric",
    "return x0": "at t = 0 no noise is left in x",
    "xt = (alpha_bar.sqrt() * x0 + (1 - alpha_bar).sqrt() * eps).to(eps.dtype)": "x0 and eps have one dtype",
}
