"""More wrong answers with the numbers of a named mistake and another cause: stations 6 to 10 and the clinic.

CAUSES, NAMED, FALSE: as in unforeseen_causes.py. What is named "" had no mistake; a column of t, u or levels passed.
"""

import torch

from toydiff import add_noise, ddim_step
from toydiff.checks import EXERCISES
from toydiff.training import loss

R = {name.split(".")[1]: exercise.reference for name, exercise in EXERCISES.items()}


def roots(t, schedule):
    return schedule.alpha_bar[t].sqrt(), (1 - schedule.alpha_bar[t]).sqrt()


# --- evaluation -------------------------------------------------------------------------------------------

def grown_cells(x, board, distance):
    near = torch.zeros(len(x), dtype=torch.bool)
    for cell in board.filled:
        near |= ((x >= board.edges[cell] - distance) & (x <= board.edges[cell + 1] + distance)).all(1)
    return (~near).double().mean()


def mean_off_and_on_again(xt, t, mean, variance, schedule):
    a, s = roots(t, schedule)
    return s * ((xt - a * mean) + a * mean) / (a**2 * variance + s**2)


def variance_squared(xt, t, mean, variance, schedule):
    a, s = roots(t, schedule)
    return s * (xt - a * mean) / ((a * variance) ** 2 + s**2)


def bounds_of_alpha_bar(x, t, low, high, schedule):
    s, normal = roots(t, schedule)[1], torch.distributions.Normal(0, 1)
    u, v = ((x - schedule.alpha_bar[t] * end) / s for end in (high, low))
    return (normal.log_prob(u).exp() - normal.log_prob(v).exp()) / (normal.cdf(v) - normal.cdf(u))


# --- fewer steps ------------------------------------------------------------------------------------------

def ahead_by_r(x0, x0_before, before, t, s, schedule):
    half = schedule.snr.log() / 2
    r = (half[s] - half[t]) / (half[t] - half[before])
    return (1 + 1 / (2 * r)) * x0 - 1 / (2 * r) * x0_before


def second_order(share):
    def dpm2m(model, xT, ts, schedule):
        x, older, half = xT, None, schedule.snr.log() / 2
        for i, (t, s) in enumerate(zip(ts, [*ts[1:], 0])):
            a, noise = roots(t, schedule)
            x0 = (x - noise * model(x, t)) / a
            by = share(half, ts, i, s) if i else 0
            believed = x0 + by * (x0 - older) if by else x0
            x = roots(s, schedule)[0] * believed + roots(s, schedule)[1] / noise * (x - a * believed)
            older = x0
        return x
    return dpm2m


def right_share(half, ts, i, s, before=None):
    return (half[s] - half[ts[i]]) / (half[ts[i]] - half[ts[i - 1] if before is None else before]) / 2 if s else 0


def no_noise_from_1_on(model, xt, t, s, eta, z, schedule):
    return R["noisy_step"](model, xt, t, s, eta, z if s > 1 else 0 * z, schedule)


# --- guidance, flow, pictures -----------------------------------------------------------------------------

def slope_of_all(model, classifier, xt, t, label, gamma, schedule):
    x = xt.detach().requires_grad_()
    slope, = torch.autograd.grad(classifier(x, t)[:, label].sum(), x)
    return model(xt, t) - gamma * roots(t, schedule)[1].reshape(-1, *[1] * (xt.ndim - 1)).to(xt.dtype) * slope


def straight_in_steps(model, x1, us):
    x, v = x1, model(x1, us[0])
    for u, s in zip(us, [*us[1:], 0]):
        x = x + (s - u) * v
    return x


def velocities_backwards(us, xs):
    lengths = us[:-1] - us[1:]
    v = xs.diff(dim=0) / lengths[:, None, None]
    return (lengths * (v - (xs[0] - xs[-1])).square().sum(2).mean(1)).sum()


def levels_in_a_column(at_level, xu, u):
    u = u[:, None]
    width = ((1 - u) ** 2 + u**2).sqrt()
    return (at_level(xu / width, ((1 - u) / width) ** 2) - xu) / (1 - u)


def painted(there):
    def inpaint(model, xT, known, mask, z, eps, variance, schedule):
        x = xT
        for t in range(schedule.T, 0, -1):
            x = R["reverse_step"](model, x, t, z[t] if t > 1 else 0 * x, variance, schedule)
            x = mask * (there(known, t, z, eps, schedule) if t > 1 else known) + (1 - mask) * x
        return x
    return inpaint


# --- the clinic -------------------------------------------------------------------------------------------

def course(step):
    def patient_6(model, optimizer, batches, schedule):
        losses = []
        for x0, t, eps in batches:
            value = loss(model, x0, t, eps, schedule)
            optimizer.zero_grad()
            step(value, optimizer)
            losses.append(value.item())
        return losses
    return patient_6


def step_first(value, optimizer):
    optimizer.step()
    value.backward()


def of_a_number(value, optimizer):
    torch.tensor(value.item(), requires_grad=True).backward()
    optimizer.step()


def brought_back(scaled):
    def patient_10(model, scans, t, eps, schedule):
        x = add_noise(scaled(scans), t, eps, schedule)
        for s in range(t, 0, -1):
            x = ddim_step(model, x, s, s - 1, schedule)
        return x
    return patient_10


def every(batches, losses_of):
    def patient_6(model, optimizer, batches_, schedule):
        losses = []
        for x0, t, eps in batches(batches_):
            value = loss(model, x0, t, eps, schedule)
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
            losses += losses_of(value.item())
        return losses
    return patient_6


def langevin(push, ask_again=True):
    def patient_3(score, xT, schedule, source):
        x = xT
        for t in range(schedule.T, 0, -1):
            h, slope = 0.3 * (1 - schedule.alpha_bar[t]), score(x, t)
            for _ in range(4):
                slope = score(x, t) if ask_again else slope
                x = x + push * h * slope + (2 * h).sqrt() * torch.randn(x.shape, generator=source)
        return x
    return patient_3


def next_level(schedule, n):
    half = (schedule.alpha_bar[1:].logit() / 2).flip(0)    # rising
    found = torch.searchsorted(half, torch.linspace(half[0], half[-1], n, dtype=half.dtype))
    return list(dict.fromkeys((schedule.T - found).tolist()))


def column(t, n):
    return torch.full((n, 1), t) if isinstance(t, int) else t[:, None]


class InColumns:
    """A model that is asked with a column of t."""

    def __init__(self, model):
        self.model, self.labels = model, getattr(model, "labels", 0)

    def __call__(self, xt, t, *label):
        return self.model(xt, column(t, len(xt)), *label)


CAUSES = {
    "evaluation.balance": [("nothing at all", lambda x, board: 0.0)],
    "evaluation.excess": [("nothing at all, always", lambda model, oracle, x0, t, eps, schedule: 0.0)],
    "evaluation.strays": [("grown cells", grown_cells)],
    "evaluation.gaussian_eps": [("the mean off, and on again", mean_off_and_on_again),
                                ("a spread for a variance", variance_squared)],
    "evaluation.exact_eps": [("ends at ᾱ", bounds_of_alpha_bar)],
    "fewer_steps.ahead": [("the paper's r upside down", ahead_by_r)],
    "fewer_steps.ddim_step": [
        ("x_t as it came", lambda model, xt, t, s, schedule: xt.clone()),
        ("asked in columns", lambda model, xt, t, s, schedule: R["ddim_step"](InColumns(model), xt, t, s, schedule))],
    "fewer_steps.noisy_step": [("no noise from s = 1 on", no_noise_from_1_on)],
    "fewer_steps.spacing": [("a 0 at the end", lambda schedule, n: [*R["spacing"](schedule, n), 0]),
                            ("the next level", next_level)],
    "fewer_steps.dpm2m": [
        ("r upside down", second_order(lambda half, ts, i, s: 1 / right_share(half, ts, i, s) / 4 if s else 0)),
        ("`before` is always the first", second_order(lambda half, ts, i, s: right_share(half, ts, i, s, ts[0]))),
        ("a line at the end of long walks", second_order(lambda half, ts, i, s: right_share(half, ts, i, s) if s else
                                                         len(ts) >= 15 and 0.5))],
    "guidance.guided_eps": [("labels in columns of t", lambda model, xt, t, label, gamma: R["guided_eps"](
        InColumns(model), xt, t, label, gamma))],
    "guidance.classifier_eps": [("a column picked for each", slope_of_all)],
    "guidance.drop_labels": [("by the first of all u", lambda label, u, share, null: torch.full_like(
        label, null) if u[0] < share else label.clone())],
    "guidance.posterior": [("above, not below", lambda log_q, share: share * torch.exp(
        log_q - log_q.logsumexp(1, keepdim=True)))],
    "flow.flow_loss": [
        ("added the wrong way round", lambda model, x0, u, eps: (
            (model(torch.lerp(x0, eps, u[:, None]), u) + (eps - x0)) ** 2).mean()),
        ("u times the target", lambda model, x0, u, eps: (
            (model(torch.lerp(x0, eps, u[:, None]), u) - u[:, None] * (eps - x0)) ** 2).mean())],
    "flow.as_flow": [("levels in a column", levels_in_a_column)],
    "flow.euler": [("a straight line in steps", straight_in_steps),
                   ("the last step", lambda model, x1, us: x1 - us[-1] * model(x1, us[-1]))],
    "flow.straightness": [("velocities backwards", velocities_backwards)],
    "pictures.copies": [("by the root of the ratio", lambda x, pictures, ratio: R["copies"](x, pictures, ratio**0.5))],
    "pictures.block": [("told times 0", lambda x, told, see, tell, look_again, past: past(x) + look_again(
        see(x) + 0 * tell(told)[:, :1, None, None]))],
    "pictures.inpaint": [
        ("noise of the step", painted(lambda known, t, z, eps, schedule: add_noise(known, t - 1, z[t], schedule))),
        ("its noise a step late", painted(lambda known, t, z, eps, schedule: add_noise(
            known, t - 1, eps[t], schedule))),
        ("its level a step late", painted(lambda known, t, z, eps, schedule: add_noise(
            known, t, eps[t - 1], schedule)))],
    "clinic.patient_6": [("each step before its slope", course(step_first)),
                         ("the slope of a number alone", course(of_a_number)),
                         ("each loss twice", every(list, lambda value: [value, value])),
                         ("every other batch", every(lambda batches: batches[::2], lambda value: [value]))],
    "clinic.patient_3": [("against the score", langevin(-1)), ("half of the score", langevin(0.5)),
                         ("four moves of one answer", langevin(1, ask_again=False))],
    "clinic.patient_7": [("upside down there, too", second_order(
        lambda half, ts, i, s: 1 / right_share(half, ts, i, s) / 4 if s else 0))],
    "clinic.patient_8": [("x_T as it came", lambda model, xT, label, gamma, schedule: xT.clone())],
    "clinic.patient_10": [
        ("an eighth off afterwards", brought_back(lambda scans: scans / 8 - 1 / 8)),
        ("by the darkest of the batch", brought_back(lambda scans: 2 * scans / scans.max() - 1)),
        ("by mean and width of the batch", brought_back(lambda scans: (scans - scans.mean()) / scans.std()))],
}
NAMED = {
    "against the score": "downhill", "half of the score": "", "four moves of one answer": "one_step",
    "each loss twice": "", "every other batch": "", "the next level": "",
    "a 0 at the end": "ends_with_0", "by the root of the ratio": "squared",
    "nothing at all": "signs", "nothing at all, always": "itself", "grown cells": "larger_gap",
    "the mean off, and on again": "mean_ignored", "ends at ᾱ": "signal_without_root",
    "the paper's r upside down": "upside_down", "x_t as it came": "stays", "asked in columns": "",
    "no noise from s = 1 on": "", "r upside down": "upside_down",
    "`before` is always the first": "before_never_renewed", "a spread for a variance": "variance_squared",
    "a line at the end of long walks": "", "labels in columns of t": "",
    "a column picked for each": "everybodys_labels", "by the first of all u": "one_lot_for_all",
    "above, not below": "shared_afterwards",
    "added the wrong way round": "sign", "u times the target": "xu_for_noise", "levels in a column": "",
    "a straight line in steps": "one_velocity", "the last step": "always_from_x1",
    "velocities backwards": "chord_backwards", "told times 0": "deaf", "noise of the step": "noise_of_the_step",
    "its noise a step late": "eps_of_t", "its level a step late": "level_of_t",
    "each step before its slope": "nothing_learned", "the slope of a number alone": "nothing_learned",
    "upside down there, too": "upside_down", "x_T as it came": "stays", "an eighth off afterwards": "moved_first",
    "by the darkest of the batch": "by_the_batch", "by mean and width of the batch": "standardised_together",
}
FALSE = {
    "half of the score": "noise", "four moves of one answer": "move once", "each loss twice": "shape",
    "every other batch": "shape", "the next level": "there is none",
    "by the root of the ratio": "You compare",
    "nothing at all": "Without", "nothing at all, always": "You compare", "grown cells": "You compare",
    "the mean off, and on again": "not subtracted", "the paper's r upside down": "divide the next",
    "x_t as it came": "x_0 is noised", "by the first of all u": "drawn", "above, not below": "after the division",
    "added the wrong way round": "other convention", "u times the target": "in place of", "told times 0": "not used",
    "a straight line in steps": "is asked once", "the last step": "Every step", "velocities backwards": "Your chord",
    "each step before its slope": "is missing", "the slope of a number alone": "is missing",
    "x_T as it came": "is right now", "an eighth off afterwards": "before the division",
}
