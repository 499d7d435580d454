"""The wrong formulas that people write at station 5, sampling, and what to say to each."""

import torch

from .engine.ladder import Mistake

KNOWN, GUESS = "One step back, if you knew the start", "One step back, with a guess"
WALK, NOISE, LAST = "The sampler", "How much noise in a step?", "A real mistake: noise in the last step"


def row(table, t):
    """Return table[t] as a column, shape (batch, 1)."""
    return table[t][:, None]


def _mean(formula, shift=0, column=row):
    """A wrong posterior_mean, made of x0, xt and β_t, α_t, ᾱ_t, ᾱ_{t−1}."""
    def answer(x0, xt, t, schedule):
        t = t + shift
        tables = (column(table, at) for table, at in (
            (schedule.beta, t), (schedule.alpha, t), (schedule.alpha_bar, t), (schedule.alpha_bar, t - 1)))
        return formula(x0, xt, *tables)
    return answer


def _right_mean(x0, xt, b, a, ab, ap):
    return (ap.sqrt() * b * x0 + a.sqrt() * (1 - ap) * xt) / (1 - ab)


def _step(mean=lambda x, e, a, ab: (x - (1 - a) / (1 - ab).sqrt() * e) / a.sqrt(),
          noise=lambda variance, t: variance[t].sqrt(), ask=lambda t: t):
    """A reverse step, wrong in one of three places."""
    def answer(model, xt, t, z, variance, schedule):
        eps = model(xt, ask(t))
        return mean(xt, eps, schedule.alpha[t], schedule.alpha_bar[t]) + noise(variance, t) * z
    return answer


def _walk(times=lambda T: range(T, 0, -1), noise=lambda z, t, T: z[t] if t > 1 else 0 * z[t], step=_step()):
    """A sampler, wrong in one of three places."""
    def answer(model, xT, z, variance, schedule):
        x = xT
        for t in times(schedule.T):
            x = step(model, x, t, noise(z, t, schedule.T), variance, schedule)
        return x
    return answer


def _only_once(model, xT, z, variance, schedule):
    for t in range(schedule.T, 0, -1):
        x = _step()(model, xT, t, z[t] if t > 1 else 0 * z[t], variance, schedule)
    return x


def _ddim(formula, ask=lambda t, s: t, to=lambda t, s: s):
    """A wrong DDIM step, made of x_t, eps, ᾱ_t and ᾱ_s."""
    return lambda model, xt, t, s, schedule: formula(
        xt, model(xt, ask(t, s)), schedule.alpha_bar[t], schedule.alpha_bar[to(t, s)])


def _x0(x, e, a):
    return (x - (1 - a).sqrt() * e) / a.sqrt()


def _right_ddim(x, e, a, b):
    return b.sqrt() * _x0(x, e, a) + (1 - b).sqrt() * e


MISTAKES = {
    "posterior_mean": [
        Mistake("swapped", "The two weights are swapped: that of x_0 holds √ᾱ_{t−1} β_t.", KNOWN,
                _mean(lambda x0, xt, *tables: _right_mean(xt, x0, *tables))),
        Mistake("x0_only", "The part of x_t is missing: the mean mixes x_0 and x_t.", KNOWN,
                _mean(lambda x0, xt, *tables: _right_mean(x0, 0 * xt, *tables))),
        Mistake("not_divided", "The division by 1 − ᾱ_t is missing in both weights.", KNOWN,
                _mean(lambda x0, xt, b, a, ab, ap: _right_mean(x0, xt, b, a, ab, ap) * (1 - ab))),
        Mistake("alpha_bar_for_previous", "The weight of x_0 has √ᾱ_t, it should have √ᾱ_{t−1}: look up at t − 1.",
                KNOWN, _mean(lambda x0, xt, b, a, ab, ap: (ab.sqrt() * b * x0 + a.sqrt() * (1 - ap) * xt) / (1 - ab))),
        Mistake("no_previous_at_all", "ᾱ_{t−1} appears nowhere: in both weights you take ᾱ_t for it.", KNOWN,
                _mean(lambda x0, xt, b, a, ab, ap: _right_mean(x0, xt, b, a, ab, ab))),
        Mistake("alpha_bar_for_alpha", "The weight of x_t has √ᾱ_t, it should have √α_t, that of the single step.",
                KNOWN, _mean(lambda x0, xt, b, a, ab, ap: _right_mean(x0, xt, b, ab, ab, ap))),
        Mistake("alpha_for_alpha_bar", "You take α_t for ᾱ_t below the line, the single step for the product.", KNOWN,
                _mean(lambda x0, xt, b, a, ab, ap: _right_mean(x0, xt, b, a, a, ap))),
        Mistake("root_of_beta", "The weight of x_0 has √β_t; it is β_t, without a root.", KNOWN,
                _mean(lambda x0, xt, b, a, ab, ap: (ap.sqrt() * b.sqrt() * x0 + a.sqrt() * (1 - ap) * xt) / (1 - ab))),
        Mistake("t_minus_1", "Everything is looked up one step too early: `beta[t]` is β_t.", KNOWN,
                _mean(_right_mean, shift=-1)),
        Mistake("no_row", "A table looked up at t has shape (batch,), so each factor meets a coordinate, not a point: "
                "`[:, None]` makes it (batch, 1).", KNOWN, _mean(_right_mean, column=lambda table, t: table[t])),
        Mistake("one_t", "All points get the t of the first one, but each point has its own.", KNOWN,
                lambda x0, xt, t, schedule: _mean(_right_mean)(x0, xt, t[:1].expand(len(t)), schedule)),
    ],
    "reverse_step": [
        Mistake("variance_for_std", "The noise is multiplied by the variance; its factor is the root of that, the "
                "standard deviation.", GUESS, _step(noise=lambda variance, t: variance[t])),
        Mistake("no_noise", "No noise is added; the samples would shrink to a streak.", NOISE,
                _step(noise=lambda variance, t: 0.0)),
        Mistake("noise_subtracted", "The noise is subtracted. For a real draw that is the same, but the formula adds "
                "it.", GUESS, _step(noise=lambda variance, t: -variance[t].sqrt())),
        Mistake("asks_t_minus_1", "The network is asked with t − 1, but the point is one of step t.", GUESS,
                _step(ask=lambda t: t - 1)),
        Mistake("beta_for_variance", "The noise has √β_t, whatever comes in: its variance is `variance[t]`, the table "
                "you were given.", GUESS, lambda model, xt, t, z, variance, schedule: _step()(
                    model, xt, t, z, schedule.beta, schedule)),
        Mistake("variance_at_t_minus_1", "The variance is looked up at t − 1; a table with T + 1 entries holds σ_t² at "
                "t.", GUESS, _step(noise=lambda variance, t: variance[t - 1].sqrt())),
        Mistake("beta_without_root_below", "You divide β_t by 1 − ᾱ_t; below stands its root.", GUESS,
                _step(lambda x, e, a, ab: (x - (1 - a) / (1 - ab) * e) / a.sqrt())),
        Mistake("root_of_beta", "The guess is multiplied by √β_t; it is β_t, without a root.", GUESS,
                _step(lambda x, e, a, ab: (x - (1 - a).sqrt() / (1 - ab).sqrt() * e) / a.sqrt())),
        Mistake("alpha_for_alpha_bar", "You divide by √(1 − α_t); below stands √(1 − ᾱ_t), the product of all steps.",
                GUESS, _step(lambda x, e, a, ab: (x - (1 - a).sqrt() * e) / a.sqrt())),
        Mistake("alpha_bar_for_alpha", "You divide by √ᾱ_t in the end; one step is undone with √α_t.", GUESS,
                _step(lambda x, e, a, ab: (x - (1 - a) / (1 - ab).sqrt() * e) / ab.sqrt())),
        Mistake("straight_to_x0", "This is the guess of x_0 plus noise; asked is one step, from t to t − 1.", GUESS,
                _step(lambda x, e, a, ab: (x - (1 - ab).sqrt() * e) / ab.sqrt())),
        Mistake("no_stretching", "The division by √α_t is missing.", GUESS,
                _step(lambda x, e, a, ab: x - (1 - a) / (1 - ab).sqrt() * e)),
        Mistake("brackets", "Only x_t is divided by √α_t: brackets are missing around the difference.", GUESS,
                _step(lambda x, e, a, ab: x / a.sqrt() - (1 - a) / (1 - ab).sqrt() * e)),
        Mistake("plus", "The guessed noise is added once more; subtract it.", GUESS,
                _step(lambda x, e, a, ab: (x + (1 - a) / (1 - ab).sqrt() * e) / a.sqrt())),
    ],
    "sampler": [
        Mistake("noise_at_the_end", "The last step adds noise, and no step is left to remove it: z = 0 at t = 1.", LAST,
                _walk(noise=lambda z, t, T: z[t])),
        Mistake("no_noise", "No step adds any noise; only the last one should have none.", NOISE,
                _walk(noise=lambda z, t, T: 0 * z[t])),
        Mistake("no_noise_first", "The first step back, at t = T, adds no noise; it is the last one that has none.",
                WALK, _walk(noise=lambda z, t, T: z[t] if 1 < t < T else 0 * z[t])),
        Mistake("stops_at_2", "The walk ends after t = 2: `range(T, 1, -1)` leaves out 1.", WALK,
                _walk(lambda T: range(T, 1, -1))),
        Mistake("starts_at_T_minus_1", "The first step, t = T, is left out.", WALK,
                _walk(lambda T: range(T - 1, 0, -1))),
        Mistake("forwards", "t runs upwards; the way back goes from T down to 1.", WALK,
                _walk(lambda T: range(1, T + 1))),
        Mistake("one_noise", "Every step adds the same noise; each t has its own, `z[t]`.", WALK,
                _walk(noise=lambda z, t, T: z[T] if t > 1 else 0 * z[t])),
        Mistake("asks_t_minus_1", "The network is asked with t − 1, but the point is one of step t.", WALK,
                _walk(step=_step(ask=lambda t: t - 1))),
        Mistake("variance_for_std", "The noise is multiplied by the variance; its factor is the root of that.", GUESS,
                _walk(step=_step(noise=lambda variance, t: variance[t]))),
        Mistake("always_from_xT", "Every step starts from x_T again: hand on what the last step returned.", WALK,
                _only_once),
    ],
    "ddim_step": [
        Mistake("stays", "It stays where it is: x_0 is noised again to t, it should be to s.", NOISE,
                _ddim(_right_ddim, to=lambda t, s: t)),
        Mistake("only_to_t_minus_1", "It goes to t − 1, whatever s is.", NOISE,
                _ddim(_right_ddim, to=lambda t, s: t - 1)),
        Mistake("asks_s", "The network is asked with s, but the point is one of step t.", NOISE,
                _ddim(_right_ddim, ask=lambda t, s: s)),
        Mistake("x0_only", "This is the guess of x_0 itself: it must be noised again, to s.", NOISE,
                _ddim(lambda x, e, a, b: _x0(x, e, a))),
        Mistake("noise_forgotten", "√ᾱ_s x̂_0 is right; the noise that belongs to s is missing.", NOISE,
                _ddim(lambda x, e, a, b: b.sqrt() * _x0(x, e, a))),
        Mistake("noise_of_t", "You add back √(1 − ᾱ_t) of the noise, the amount of t; s has √(1 − ᾱ_s).", NOISE,
                _ddim(lambda x, e, a, b: b.sqrt() * _x0(x, e, a) + (1 - a).sqrt() * e)),
        Mistake("x0_not_shrunk", "The guess of x_0 must be multiplied by √ᾱ_s.", NOISE,
                _ddim(lambda x, e, a, b: _x0(x, e, a) + (1 - b).sqrt() * e)),
        Mistake("swapped", "The two factors are swapped: the guess of x_0 gets √ᾱ_s, the noise √(1 − ᾱ_s).", NOISE,
                _ddim(lambda x, e, a, b: (1 - b).sqrt() * _x0(x, e, a) + b.sqrt() * e)),
        Mistake("no_roots", "Both factors lack their square root: ᾱ_s and 1 − ᾱ_s are factors of variances.", NOISE,
                _ddim(lambda x, e, a, b: b * _x0(x, e, a) + (1 - b) * e)),
        Mistake("noise_without_root", "The noise is multiplied by 1 − ᾱ_s; its factor is the root of that.", NOISE,
                _ddim(lambda x, e, a, b: b.sqrt() * _x0(x, e, a) + (1 - b) * e)),
        Mistake("signal_without_root", "The guess of x_0 is multiplied by ᾱ_s; its factor is √ᾱ_s.", NOISE,
                _ddim(lambda x, e, a, b: b * _x0(x, e, a) + (1 - b).sqrt() * e)),
        Mistake("minus", "The noise is subtracted in the end; add it.", NOISE,
                _ddim(lambda x, e, a, b: b.sqrt() * _x0(x, e, a) - (1 - b).sqrt() * e)),
        Mistake("x0_not_divided", "The guess of x_0 lacks its division by √ᾱ_t.", NOISE,
                _ddim(lambda x, e, a, b: b.sqrt() * (x - (1 - a).sqrt() * e) + (1 - b).sqrt() * e)),
        Mistake("no_brackets", "In the guess of x_0 only x_t is divided by √ᾱ_t: brackets are missing around the "
                "difference.", NOISE, _ddim(lambda x, e, a, b: b.sqrt() * (x / a.sqrt() - (1 - a).sqrt() * e)
                                            + (1 - b).sqrt() * e)),
        Mistake("brackets_other_way", "In the guess of x_0 only the noise is divided by √ᾱ_t: brackets are missing "
                "around the difference.", NOISE, _ddim(lambda x, e, a, b: b.sqrt() * (
                    x - (1 - a).sqrt() * e / a.sqrt()) + (1 - b).sqrt() * e)),
        Mistake("clamped", "The guess of x_0 is cut off at ±1; the formula leaves it as it is.", NOISE,
                _ddim(lambda x, e, a, b: b.sqrt() * _x0(x, e, a).clamp(-1, 1) + (1 - b).sqrt() * e)),
        Mistake("xt_for_noise", "You add x_t itself in the end; add what the network guessed, the noise.", NOISE,
                _ddim(lambda x, e, a, b: b.sqrt() * _x0(x, e, a) + (1 - b).sqrt() * x)),
        Mistake("ddpm_mean", "This is the mean of DDPM's step, which needs fresh noise afterwards; DDIM's is longer.",
                NOISE, lambda model, xt, t, s, schedule: _step()(model, xt, t, 0 * xt, schedule.beta, schedule)),
    ],
}
