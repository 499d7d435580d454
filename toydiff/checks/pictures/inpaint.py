"""Painting in: a walk back on which what is known is put back after every step."""

import torch

from ... import forward_process, sampling
from .. import drawings
from ..engine.asking import Case, Network
from ..engine.exercise import Exercise
from ..points import LONG, SHORT, alone
from .sections import HALF, NOTEBOOK
from .small import by_pixel, normal, silent, small, trained, wave


def inpaint(model, xT, known, mask, z, eps, variance, schedule):
    """x_0, shape (batch, 1, h, w): `known` where the mask is 1."""
    return walk(model, xT, known, mask, z, eps, variance, schedule)


def noised(known, t, eps, schedule):
    """Return what is known, noised to t, with the noise of that t; at t = 0 as it is."""
    return forward_process.add_noise(known, t, eps[t], schedule) if t else known


def walk(model, xT, known, mask, z, eps, variance, schedule, known_at=noised, last=True, first=True):
    """Return the walk, right as it stands or wrong in one place. known_at: what is put in at t."""
    x = xT
    for t in range(schedule.T, 0, -1):
        x = sampling.reverse_step(model, x, t, schedule, z[t] if t > 1 else 0 * x, variance)
        if (t > 1 or last) and (t < schedule.T or first):
            x = mask * known_at(known, t - 1, eps, schedule) + (1 - mask) * x
    return x.to(xT.dtype)


def walks():
    """Return the cases: masks of halves, corners and single pixels; noise in eps[0], too, which nobody should use."""
    def case(given, schedule=SHORT, n=3, model=wave, dtype=torch.float64, mask=None, shape=(4, 4), variance=None):
        half = torch.zeros(1, 1, *shape)
        half[..., :shape[0] // 2, :] = 1
        drawn = [torch.stack([small(n, *shape, seed=seed + t) for t in range(schedule.T + 1)]) for seed in (20, 60)]
        values = {"model": Network(model), "xT": small(n, *shape, seed=3), "known": small(n, *shape, seed=4),
                  "mask": half if mask is None else mask, "z": drawn[0], "eps": drawn[1],
                  "variance": schedule.beta if variance is None else variance, "schedule": schedule}
        return Case(given, {name: value.to(dtype) if name in ("xT", "known", "mask", "z", "eps") else value
                            for name, value in values.items()})

    corner, spots = torch.zeros(1, 1, 4, 4), (small(3, seed=1) > 0).double()
    corner[..., 2:, 2:] = 1
    posterior = sampling.posterior_variance(SHORT)
    another = {"xT": small(3, seed=11), "known": small(3, seed=12),
               **{name: torch.stack([small(3, seed=seed + t) for t in range(7)])
                  for name, seed in [("z", 30), ("eps", 40)]},
               "schedule": forward_process.Schedule.linear(6, 0.1, 0.3)}
    return [*alone(case("the upper half known"), **another),
            case("a corner known", mask=corner),
            case("other pixels known of each", mask=spots),
            case("everything known", mask=torch.ones(1, 1, 4, 4)), case("nothing known", mask=torch.zeros(1, 1, 4, 4)),
            case("a network that answers 0", model=silent), case("the variance of the posterior", variance=posterior),
            case("a schedule of one step", forward_process.Schedule([0.4])),
            case("a schedule of 300 steps", LONG, n=2, shape=(2, 2)), case("twelve pictures", n=12, shape=(2, 2)),
            case("a schedule of 12 steps", forward_process.Schedule.linear(12, 0.01, 0.3)),
            case("a single picture", n=1), case("pictures of 2 × 6 pixels", shape=(2, 6)),
            case("float32 pictures", dtype=torch.float32)]


def lower_halves(function):
    """Return ten scans whose lower halves are painted in by the course's network."""
    model, schedule, scans = trained()
    mask = torch.zeros(1, 1, 8, 8)
    mask[..., :4, :] = 1
    z, eps = normal(2, schedule.T + 1, 10, 1, 8, 8)
    return function(model, normal(10, 1, 8, 8, seed=2), scans[:10], mask, z, eps, schedule.beta, schedule)


exercise = Exercise(
    "pictures.inpaint", NOTEBOOK, inpaint, walks(), place=by_pixel, draw=drawings.pictures(lower_halves),
    hints=["The loop of the sampler, and one line more: after the step, x is x_{t−1}. How noisy is what is known then?",
           "`mask * … + (1 - mask) * x` puts in what is known and leaves the rest.",
           "`add_noise(known, t - 1, eps[t - 1], schedule)`, but at t = 1 `known` as it is: no noise is left then."],
    tolerance=((1e-3, 1e-4), (1e-7, 1e-9)))


@exercise.mistake(HALF)
def put_in_clean(model, xT, known, mask, z, eps, variance, schedule):
    """What is known is put in without noise; the network expects x_{t−1}, as noisy there as everywhere."""
    return walk(model, xT, known, mask, z, eps, variance, schedule, lambda known, t, eps, schedule: known)


@exercise.mistake(HALF)
def noised_to_t(model, xT, known, mask, z, eps, variance, schedule):
    """What is known is noised to t, but after the step x is x_{t−1}."""
    def at_t(known, t, eps, schedule):
        return noised(known, t + 1, eps, schedule)
    return walk(model, xT, known, mask, z, eps, variance, schedule, at_t)


@exercise.mistake(HALF)
def noised_to_t_but_for_the_last(model, xT, known, mask, z, eps, variance, schedule):
    """What is known is noised to t until the last step comes, but after each step x is x_{t−1}."""
    def at_t(known, t, eps, schedule):
        return noised(known, t + 1, eps, schedule) if t else known
    return walk(model, xT, known, mask, z, eps, variance, schedule, at_t)


@exercise.mistake(HALF)
def level_of_t(model, xT, known, mask, z, eps, variance, schedule):
    """What is known is as noisy as x_t, by `eps[t - 1]`; after the step x is x_{t−1}."""
    def too_noisy(known, t, eps, schedule):
        return forward_process.add_noise(known, t + 1, eps[t], schedule) if t else known
    return walk(model, xT, known, mask, z, eps, variance, schedule, too_noisy)


@exercise.mistake(HALF)
def eps_of_t(model, xT, known, mask, z, eps, variance, schedule):
    """What is known has the level of t − 1, but the noise of t: at t − 1 it is `eps[t - 1]`."""
    def other_noise(known, t, eps, schedule):
        return forward_process.add_noise(known, t, eps[t + 1], schedule) if t else known
    return walk(model, xT, known, mask, z, eps, variance, schedule, other_noise)


@exercise.mistake(HALF)
def noise_of_the_step(model, xT, known, mask, z, eps, variance, schedule):
    """What is known gets z[t], the noise of the step; its own is `eps[t - 1]`."""
    return walk(model, xT, known, mask, z, z.roll(-1, 0), variance, schedule)


@exercise.mistake(HALF)
def other_side(model, xT, known, mask, z, eps, variance, schedule):
    """The mask is turned round: it is 1 where the picture is known."""
    return walk(model, xT, known, 1 - mask, z, eps, variance, schedule)


@exercise.mistake(HALF)
def only_at_the_end(model, xT, known, mask, z, eps, variance, schedule):
    """What is known comes in when all is over: till then the other half knew nothing of it."""
    x = walk(model, xT, known, 0 * mask, z, eps, variance, schedule)
    return mask * known + (1 - mask) * x


@exercise.mistake(HALF)
def not_at_the_end(model, xT, known, mask, z, eps, variance, schedule):
    """After the last step, t = 1, what is known is not put in again."""
    return walk(model, xT, known, mask, z, eps, variance, schedule, last=False)


@exercise.mistake(HALF)
def never(model, xT, known, mask, z, eps, variance, schedule):
    """This is the sampler's picture: what is known is nowhere put in."""
    return walk(model, xT, known, 0 * mask, z, eps, variance, schedule)


@exercise.mistake(HALF)
def only_at_the_start(model, xT, known, mask, z, eps, variance, schedule):
    """What is known is put in once, before the walk; each step moves it away again."""
    start = mask * noised(known, schedule.T, eps, schedule) + (1 - mask) * xT
    return walk(model, start, known, 0 * mask, z, eps, variance, schedule)


@exercise.mistake(HALF)
def added(model, xT, known, mask, z, eps, variance, schedule):
    """What is known is added to what is there; it is to take its place: `(1 - mask) * x`."""
    x = xT
    for t in range(schedule.T, 0, -1):
        x = sampling.reverse_step(model, x, t, schedule, z[t] if t > 1 else 0 * x, variance)
        x = mask * noised(known, t - 1, eps, schedule) + x
    return x


@exercise.mistake(HALF)
def noise_at_the_end(model, xT, known, mask, z, eps, variance, schedule):
    """The last step adds noise, and no step is left to remove it: z = 0 at t = 1."""
    x = xT
    for t in range(schedule.T, 0, -1):
        x = sampling.reverse_step(model, x, t, schedule, z[t], variance)
        x = mask * noised(known, t - 1, eps, schedule) + (1 - mask) * x
    return x


@exercise.mistake(HALF)
def before_the_step(model, xT, known, mask, z, eps, variance, schedule):
    """It is put in before each step, noised to t, so that the last step changes it once more."""
    x = xT
    for t in range(schedule.T, 0, -1):
        x = mask * noised(known, t, eps, schedule) + (1 - mask) * x
        x = sampling.reverse_step(model, x, t, schedule, z[t] if t > 1 else 0 * x, variance)
    return x


@exercise.mistake(HALF)
def not_shrunk(model, xT, known, mask, z, eps, variance, schedule):
    """Noise is added to what is known, but by t − 1 it has shrunk as well, by √ᾱ_{t−1}."""
    def too_large(known, t, eps, schedule):
        return known + (1 - schedule.alpha_bar[t]).sqrt() * eps[t]
    return walk(model, xT, known, mask, z, eps, variance, schedule, too_large)
