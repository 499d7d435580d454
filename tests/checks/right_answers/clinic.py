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


def guided_ddim(schedule, gamma, label, xT, model):
    """Each step by the ratio of two levels, the guidance by two weights."""
    x = xT
    for t in reversed(range(1, schedule.T + 1)):
        x = ddim_by_ratio(lambda x, t: gamma * model(x, t, label) + (1 - gamma) * model(x, t), x, t, t - 1, schedule)
    return x


def guided_in_one_call(model, xT, label, gamma, schedule):
    null = torch.full_like(label, model.labels)

    def asked(x, t):
        eps, without = model(torch.cat([x, x]), t, torch.cat([label, null])).chunk(2)
        return torch.lerp(without, eps, float(gamma))

    *_, (_, x) = toydiff.ddim(asked, schedule, xT)
    return x


def guided_by_w(model, xT, label, gamma, schedule):
    x, w, t = xT, gamma - 1, schedule.T
    while t:
        eps = (1 + w) * model(x, t, label) - w * model(x, t)
        guess = toydiff.predict_x0(x, t, eps, schedule)
        t -= 1
        x = toydiff.add_noise(guess, t, eps, schedule) if t else guess
    return x


def flow_up(model, x1, ts):
    x = x1
    for t, s in zip(ts, [*ts[1:], 1.0]):
        x = x - (s - t) * model(x, 1 - t)
    return x


def flow_of_the_course(ts, x1, model):
    us = [1 - t for t in ts]
    *_, (_, x) = toydiff.flow.euler(model, toydiff.Schedule.linear(), x1 / toydiff.flow.width(us[0]), us)
    return x


def flow_in_float64(model, x1, ts):
    x, us = x1.double(), 1 - torch.tensor([*ts, 1.0], dtype=torch.float64)
    for i in range(len(ts)):
        x = x + us.diff()[i] * model(x.to(x1.dtype), us[i].item()).double()
    return x.to(x1.dtype)


SAMPLERS = [*map(with_beta, (sampler_while, sampler_last_apart, sampler_of_a_table)), without_noise_by_a_factor]
def scans_by_ddim(model, scans, t, eps, schedule):
    """By the course's whole walk."""
    x = toydiff.add_noise(scans / 8 - 1, t, eps, schedule)
    return list(toydiff.ddim(model, schedule, x, range(t, 0, -1)))[-1][1]


def scans_by_ratio(schedule, eps, t, scans, model):
    ab = schedule.alpha_bar[t]
    x = (ab.sqrt() * (2 * scans / 16 - 1) + (1 - ab).sqrt() * eps).to(eps.dtype)
    while t:
        x, t = ddim_by_ratio(model, x, t, t - 1, schedule).to(eps.dtype), t - 1
    return x


def scans_from_the_middle(model, scans, t, eps, schedule):
    """8 is the middle of 0 to 16; the guess noised again."""
    x = toydiff.add_noise((scans - 8).div(8), t, eps, schedule)
    for s in reversed(range(t)):
        noise = model(x, s + 1)
        x0 = toydiff.predict_x0(x, s + 1, noise, schedule)
        x = x0 if s == 0 else toydiff.add_noise(x0, s, noise, schedule)
    return x


RIGHT = {
    "clinic.patient_1": SAMPLERS,
    "clinic.patient_2": SAMPLERS,
    "clinic.patient_3": [langevin_normal, langevin_in_place, langevin_of_columns],
    "clinic.patient_4": [ddim_steps, ddim_by_add_noise, ddim_while],
    "clinic.patient_5": [loss_by_hand, loss_mse, toydiff.loss],
    "clinic.patient_6": [course_for, course_iterator, course_gradients],
    "clinic.patient_7": [dpm_of_the_paper, dpm_of_moves, dpm_walk],
    "clinic.patient_8": [guided_ddim, guided_in_one_call, guided_by_w],
    "clinic.patient_9": [flow_up, flow_of_the_course, flow_in_float64],
    "clinic.patient_10": [scans_by_ddim, scans_by_ratio, scans_from_the_middle],
}

SURVIVORS = {    # changes of a solution that pass because they are right: {the changed line: why}
    "return mean": "the last step adds nothing to it",
    "x = mean + spread * z[t] if t != 1 else mean": "t is never below 1",
    "for t in range(schedule.T, -1, -1):": "at t = 0 the step has length 0",
    "noise = torch.randn(xT.shape, generator=source)": "x keeps the shape of xT",
    "x = x + h * score(x, t) - (2 * h).sqrt() * noise": "a Gaussian is symmetric",
    "return x0": "at t = 0 no noise is left in x",
    "for t, s in zip(ts, [*ts[1:], 1,0]):": "zip ends with the shorter list",
    "xt = (alpha_bar.sqrt() * x0 + (1 - alpha_bar).sqrt() * eps).to(eps.dtype)": "x0 and eps have one dtype",
}
