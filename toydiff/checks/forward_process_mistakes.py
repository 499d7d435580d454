"""The wrong formulas that people write at station 2, the forward process, and what to say to each."""

import math

import torch

from ..forward_process import add_noise, forward_step, predict_x0
from .engine.ladder import Mistake

STEP, JUMP, LEFT = "One small step", "All steps in one jump", "How much is left?"
LONG, ROOT = "When is a schedule long enough?", "A real mistake: β where √β belongs"
NO_ROW = ("A table looked up at t has shape (batch,), so each factor meets a coordinate, not a point: "
          "`[:, None]` makes it (batch, 1).")
T_MINUS_1 = "ᾱ is looked up at t − 1; with a table that begins at t = 0, `alpha_bar[t]` is ᾱ_t."
ONE_T = "All points get the t of the first one, but each point has its own."


def row(table, t):
    """Return table[t] as a column, shape (batch, 1)."""
    return table[t][:, None]


def _mix(signal, noise):
    """A wrong add_noise, with other factors of the point and of the noise."""
    def formula(x0, t, eps, schedule):
        a = row(schedule.alpha_bar, t)
        return signal(a) * x0 + noise(a) * eps
    return formula


def _back(formula):
    """A wrong predict_x0, made of x_t, eps and the column ᾱ_t."""
    return lambda xt, t, eps, schedule: formula(xt, eps, row(schedule.alpha_bar, t))


def _cosine(f):
    """A wrong cosine schedule, with another f of t/T and the offset."""
    def table(T, offset):
        values = f(torch.arange(T + 1, dtype=torch.float64) / T, offset)
        return values / values[0]
    return table


MISTAKES = {
    "linear_beta": [
        Mistake("no_entry_at_0", "The entry for t = 0 is missing: the table needs T + 1 entries, of which the first "
                "is β_0 = 0, so that `beta[t]` is β_t.", STEP, lambda T, first, last: torch.linspace(first, last, T)),
        Mistake("starts_with_first", "The line begins at t = 0, but β_0 is 0 and `first` is β_1.", STEP,
                lambda T, first, last: torch.linspace(first, last, T + 1)),
        Mistake("line_from_0", "The line runs from 0 to `last`: `first` is not used.", STEP,
                lambda T, first, last: torch.linspace(0, last, T + 1)),
        Mistake("never_reaches_last", "The steps have width (last − first) / T, so β_T falls short of `last`: "
                "between T values there are T − 1 gaps.", STEP, lambda T, first, last: torch.cat(
                    [torch.zeros(1), first + torch.arange(T) * (last - first) / T])),
        Mistake("geometric", "Your β grows by an equal factor at each step, a linear schedule by an equal amount.",
                STEP, lambda T, first, last: torch.cat(
                    [torch.zeros(1), torch.logspace(math.log10(first), math.log10(last), T)])),
    ],
    "alpha_bar": [
        Mistake("no_product", "This is α_t = 1 − β_t of the single step; ᾱ_t is the product of all α up to t.", JUMP,
                lambda beta: 1 - beta),
        Mistake("sum", "You take the sum of all β from 1, but what is left after several steps is a product.", JUMP,
                lambda beta: 1 - beta.cumsum(0)),
        Mistake("product_of_beta", "This is the product of the β; multiply what is left at each step, 1 − β.", JUMP,
                lambda beta: beta.cumprod(0)),
        Mistake("shifted", "All entries are one step late: ᾱ_t includes step t itself.", JUMP,
                lambda beta: torch.cat([beta.new_ones(1), (1 - beta).cumprod(0)[:-1]])),
        Mistake("root", "This is √ᾱ_t, the factor of the amplitude; ᾱ_t itself is the factor of the variance.", JUMP,
                lambda beta: (1 - beta).cumprod(0).sqrt()),
        Mistake("exponential", "exp(−Σβ) is near ᾱ only while each β is small; the exact answer is a product.", JUMP,
                lambda beta: (-beta.cumsum(0)).exp()),
        Mistake("no_entry_at_0", "The entry ᾱ_0 = 1 is missing: the table has T + 1 entries, like beta.", JUMP,
                lambda beta: (1 - beta[1:]).cumprod(0)),
    ],
    "cosine_alpha_bar": [
        Mistake("no_square", "The cosine is not squared.", LONG,
                _cosine(lambda u, s: torch.cos((u + s) / (1 + s) * math.pi / 2))),
        Mistake("not_divided", "The division by f(0) is missing, so ᾱ_0 is not 1.", LONG, lambda T, offset: torch.cos(
            (torch.arange(T + 1).double() / T + offset) / (1 + offset) * math.pi / 2) ** 2),
        Mistake("no_offset", "The offset is not used.", LONG, _cosine(lambda u, s: torch.cos(u * math.pi / 2) ** 2)),
        Mistake("offset_only_added", "The offset is added, but the sum is not divided by 1 + offset, so the angle goes "
                "beyond π/2.", LONG, _cosine(lambda u, s: torch.cos((u + s) * math.pi / 2) ** 2)),
        Mistake("whole_pi", "The angle goes to π, it should end at π/2, where the cosine is 0.", LONG,
                _cosine(lambda u, s: torch.cos((u + s) / (1 + s) * math.pi) ** 2)),
        Mistake("degrees", "The angle is in degrees (90); `torch.cos` wants radians, π/2.", LONG,
                _cosine(lambda u, s: torch.cos((u + s) / (1 + s) * 90) ** 2)),
        Mistake("no_entry_at_0", "The entry for t = 0 is missing: t goes from 0 to T, T + 1 entries.", LONG,
                lambda T, offset: _cosine(lambda u, s: torch.cos((u + s) / (1 + s) * math.pi / 2) ** 2)(T, offset)[1:]),
    ],
    "snr": [
        Mistake("inverse", "This is noise to signal; the signal belongs above the line.", LEFT,
                lambda alpha_bar: (1 - alpha_bar) / alpha_bar),
        Mistake("amplitudes", "This is the ratio of the amplitudes; the SNR is the ratio of the variances, without "
                "roots.", LEFT, lambda alpha_bar: (alpha_bar / (1 - alpha_bar)).sqrt()),
        Mistake("root_below", "The noise has variance 1 − ᾱ_t, its amplitude is the root: no root here.", LEFT,
                lambda alpha_bar: alpha_bar / (1 - alpha_bar).sqrt()),
        Mistake("squared", "Signal and noise are squared once too often: ᾱ_t is a variance already.", LEFT,
                lambda alpha_bar: (alpha_bar / (1 - alpha_bar)) ** 2),
        Mistake("decibel", "This is the SNR in decibel; the plain ratio was asked.", LEFT,
                lambda alpha_bar: 10 * (alpha_bar / (1 - alpha_bar)).log10()),
        Mistake("difference", "This is signal minus noise; the SNR is a ratio.", LEFT,
                lambda alpha_bar: 2 * alpha_bar - 1),
    ],
    "forward_step": [
        Mistake("beta_for_root", "The noise is multiplied by β_t, but β_t is its variance: the factor is √β_t.", ROOT,
                lambda x_prev, t, eps, schedule: (1 - row(schedule.beta, t)).sqrt() * x_prev
                + row(schedule.beta, t) * eps),
        Mistake("signal_without_root", "The point is multiplied by 1 − β_t, its factor is √(1 − β_t).", STEP,
                lambda x_prev, t, eps, schedule: (1 - row(schedule.beta, t)) * x_prev
                + row(schedule.beta, t).sqrt() * eps),
        Mistake("no_roots", "Both factors lack their square root: 1 − β_t and β_t are factors of variances.", ROOT,
                lambda x_prev, t, eps, schedule: (1 - row(schedule.beta, t)) * x_prev + row(schedule.beta, t) * eps),
        Mistake("no_shrinking", "The noise is right but the point is not shrunk, so the cloud would grow forever.",
                STEP, lambda x_prev, t, eps, schedule: x_prev + row(schedule.beta, t).sqrt() * eps),
        Mistake("swapped", "The two factors are swapped: the point keeps √(1 − β_t), the noise gets √β_t.", STEP,
                lambda x_prev, t, eps, schedule: row(schedule.beta, t).sqrt() * x_prev
                + (1 - row(schedule.beta, t)).sqrt() * eps),
        Mistake("alpha_bar", "This is the jump from x_0 with ᾱ_t; a single step uses β_t alone.", JUMP,
                lambda x_prev, t, eps, schedule: add_noise(x_prev, t, eps, schedule)),
        Mistake("root_inside", "1 − √β_t is not √(1 − β_t): subtract first, then take the root.", STEP,
                lambda x_prev, t, eps, schedule: (1 - row(schedule.beta, t).sqrt()) * x_prev
                + row(schedule.beta, t).sqrt() * eps),
        Mistake("t_minus_1", "β is looked up at t − 1; with a table that begins at t = 0, `beta[t]` is β_t.", STEP,
                lambda x_prev, t, eps, schedule: (1 - row(schedule.beta, t - 1)).sqrt() * x_prev
                + row(schedule.beta, t - 1).sqrt() * eps),
        Mistake("no_row", NO_ROW, STEP, lambda x_prev, t, eps, schedule: (1 - schedule.beta[t]).sqrt() * x_prev
                + schedule.beta[t].sqrt() * eps),
        Mistake("one_t", ONE_T, STEP, lambda x_prev, t, eps, schedule: forward_step(
            x_prev, t[:1].expand(len(t)), eps, schedule)),
    ],
    "add_noise": [
        Mistake("noise_without_root", "The noise is multiplied by 1 − ᾱ_t, its variance; the factor is the square "
                "root of that.", ROOT, _mix(lambda a: a.sqrt(), lambda a: 1 - a)),
        Mistake("signal_without_root", "The point is multiplied by ᾱ_t, its factor is √ᾱ_t.", JUMP,
                _mix(lambda a: a, lambda a: (1 - a).sqrt())),
        Mistake("no_roots", "Both factors lack their square root: ᾱ_t and 1 − ᾱ_t are factors of variances.", ROOT,
                _mix(lambda a: a, lambda a: 1 - a)),
        Mistake("root_inside", "1 − √ᾱ_t is not √(1 − ᾱ_t): subtract first, then take the root.", JUMP,
                _mix(lambda a: a.sqrt(), lambda a: 1 - a.sqrt())),
        Mistake("swapped", "The two factors are swapped: the point keeps √ᾱ_t, the noise gets √(1 − ᾱ_t).", JUMP,
                _mix(lambda a: (1 - a).sqrt(), lambda a: a.sqrt())),
        Mistake("minus", "The noise is subtracted; the formula adds it.", JUMP,
                _mix(lambda a: a.sqrt(), lambda a: -(1 - a).sqrt())),
        Mistake("no_shrinking", "The noise is right but the point is not shrunk by √ᾱ_t.", JUMP,
                _mix(torch.ones_like, lambda a: (1 - a).sqrt())),
        Mistake("full_noise", "The noise is added at full strength at every t; its factor is √(1 − ᾱ_t).", JUMP,
                _mix(lambda a: a.sqrt(), torch.ones_like)),
        Mistake("alpha", "This is one small step with α_t = 1 − β_t; the jump from x_0 takes the product ᾱ_t.", JUMP,
                forward_step),
        Mistake("t_minus_1", T_MINUS_1, JUMP,
                lambda x0, t, eps, schedule: row(schedule.alpha_bar, t - 1).sqrt() * x0
                + (1 - row(schedule.alpha_bar, t - 1)).sqrt() * eps),
        Mistake("t_plus_1", "ᾱ is looked up at t + 1, which does not even exist at t = T; `alpha_bar[t]` is ᾱ_t.", JUMP,
                lambda x0, t, eps, schedule: row(schedule.alpha_bar, t + 1).sqrt() * x0
                + (1 - row(schedule.alpha_bar, t + 1)).sqrt() * eps),
        Mistake("no_row", NO_ROW, JUMP, lambda x0, t, eps, schedule: schedule.alpha_bar[t].sqrt() * x0
                + (1 - schedule.alpha_bar[t]).sqrt() * eps),
        Mistake("one_t", ONE_T, JUMP, lambda x0, t, eps, schedule: add_noise(
            x0, t[:1].expand(len(t)), eps, schedule)),
    ],
    "predict_x0": [
        Mistake("not_divided", "The noise is taken out, but what is left is √ᾱ_t · x_0: divide by √ᾱ_t.", JUMP,
                _back(lambda xt, eps, a: xt - (1 - a).sqrt() * eps)),
        Mistake("added", "The noise is added once more; to go back, subtract it.", JUMP,
                _back(lambda xt, eps, a: (xt + (1 - a).sqrt() * eps) / a.sqrt())),
        Mistake("divided_without_root", "You divide by ᾱ_t; the point was multiplied by √ᾱ_t.", JUMP,
                _back(lambda xt, eps, a: (xt - (1 - a).sqrt() * eps) / a)),
        Mistake("multiplied", "You multiply by √ᾱ_t once more; to go back, divide by it.", JUMP,
                _back(lambda xt, eps, a: (xt - (1 - a).sqrt() * eps) * a.sqrt())),
        Mistake("noise_without_root", "The noise in x_t has the factor √(1 − ᾱ_t), you subtract 1 − ᾱ_t times it.",
                ROOT, _back(lambda xt, eps, a: (xt - (1 - a) * eps) / a.sqrt())),
        Mistake("no_brackets", "Only x_t is divided by √ᾱ_t: brackets are missing around the difference.", JUMP,
                _back(lambda xt, eps, a: xt / a.sqrt() - (1 - a).sqrt() * eps)),
        Mistake("brackets_other_way", "Only the noise is divided by √ᾱ_t: brackets are missing around the difference.",
                JUMP, _back(lambda xt, eps, a: xt - (1 - a).sqrt() * eps / a.sqrt())),
        Mistake("full_noise", "The noise is subtracted at full strength; in x_t it has the factor √(1 − ᾱ_t).", JUMP,
                _back(lambda xt, eps, a: (xt - eps) / a.sqrt())),
        Mistake("forward_again", "This adds noise again; solve that equation for x_0.", JUMP,
                lambda xt, t, eps, schedule: add_noise(xt, t, eps, schedule)),
        Mistake("alpha", "This undoes one small step with α_t; the way back to x_0 takes the product ᾱ_t.", JUMP,
                lambda xt, t, eps, schedule: (xt - row(schedule.beta, t).sqrt() * eps) / row(schedule.alpha, t).sqrt()),
        Mistake("t_minus_1", T_MINUS_1, JUMP,
                lambda xt, t, eps, schedule: (xt - (1 - row(schedule.alpha_bar, t - 1)).sqrt() * eps)
                / row(schedule.alpha_bar, t - 1).sqrt()),
        Mistake("no_row", NO_ROW, JUMP, lambda xt, t, eps, schedule: (
            xt - (1 - schedule.alpha_bar[t]).sqrt() * eps) / schedule.alpha_bar[t].sqrt()),
        Mistake("one_t", ONE_T, JUMP, lambda xt, t, eps, schedule: predict_x0(
            xt, t[:1].expand(len(t)), eps, schedule)),
    ],
}
