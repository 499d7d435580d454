"""The exact minimiser of the training loss over a finite set of pictures."""

import torch

from ... import forward_process, judge
from .. import drawings
from ..engine.asking import Case
from ..engine.exercise import Exercise
from ..points import COSINE, LINEAR, LONG, TWIN, alone
from .sections import COPIED, NOTEBOOK
from .small import by_pixel, normal, small, trained


def memoriser(xt, t, x0, schedule):
    """E[ε | x_t] where every x_0 is one of x0, shape (batch, 1, h, w)."""
    return judge.Memoriser(x0, schedule)(xt, t).to(xt.dtype)


def sets():
    """Return the cases; at the middle t several pictures weigh something."""
    def case(given, t, n=5, pictures=6, schedule=LINEAR, dtype=torch.float64, x0=None, shape=(3, 2), spread=1.0,
             far=0.0):
        x0 = spread * small(pictures, *shape, seed=4) if x0 is None else x0
        a = schedule.alpha_bar[t]
        xt = a.sqrt() * x0[torch.arange(n) % len(x0)] + (1 - a).sqrt() * small(n, *x0.shape[2:], seed=6) + far
        return Case(given, {"xt": xt.to(dtype), "t": t, "x0": x0.to(dtype), "schedule": schedule})

    many = 0.6 * small(301, 3, 2, seed=4)
    many[[200, 300]] = many[[0, 0]]
    alike = 0.3 * small(6, 3, 2, seed=4)
    another = {"xt": small(5, 3, 2, seed=11), "t": 64, "x0": 0.5 * small(6, 3, 2, seed=12), "schedule": TWIN}
    return [*alone(case("t half-way", 50, spread=0.5), **another),
            case("a late t, at which all pictures weigh something", 80, spread=0.6),
            case("t = T", 100), case("pictures that are hardly apart", 30, x0=alike), case("t = 1", 1),
            case("t = 1, far from all pictures", 1, far=1.0),
            case("301 pictures to remember, one of them three times", 80, x0=many),
            case("a single picture to remember", 40, pictures=1), case("two noisy pictures", 60, n=2, spread=0.5),
            case("a single noisy picture", 55, n=1, spread=0.5),
            case("as many noisy ones as to remember", 50, n=6, spread=0.5),
            case("101 noisy pictures", 45, n=101, spread=0.5),
            case("a schedule of 300 steps, t = 128", 128, schedule=LONG, spread=0.6),
            case("a schedule of 300 steps, t = 256", 256, schedule=LONG, spread=0.9),
            case("pictures of 2 × 2 pixels", 60, shape=(2, 2), spread=0.7),
            case("another schedule, of 20 steps", 12, schedule=COSINE, spread=0.6),
            case("float32 pictures", 60, dtype=torch.float32, spread=0.5)]


def remembered(function):
    """Return which pictures the answers mean, of 20 scans to remember and as many noised to t = 50."""
    _, schedule, scans = trained()
    xt = forward_process.add_noise(scans, 50, normal(20, 1, 8, 8), schedule)
    return forward_process.predict_x0(xt, 50, function(xt, 50, scans, schedule), schedule)


exercise = Exercise(
    "pictures.memoriser", NOTEBOOK, memoriser, sets(), place=by_pixel, draw=drawings.pictures(remembered),
    hints=["How far is each x_t from each √ᾱ_t x_0? Flatten both; `torch.cdist` gives shape (batch, pictures).",
           "`torch.softmax(-distance**2 / (2 * (1 - alpha_bar)), dim=1)`: the weight of each picture, for each x_t.",
           "`weight @ x0.flatten(1)` is E[x_0 | x_t]; the noise is what is left of x_t, divided by √(1 − ᾱ_t). "
           "`.view(xt.shape)`."],
    tolerance=((2e-3, 2e-3), (1e-6, 1e-7)))


def pieces(xt, t, x0, schedule):
    """Return √ᾱ_t and √(1 − ᾱ_t), and the squared distances of all x_t from all √ᾱ_t x_0, shape (batch, pictures)."""
    a, s = schedule.alpha_bar[t].sqrt(), (1 - schedule.alpha_bar[t]).sqrt()
    gap = xt.flatten(1)[:, None] - a * x0.flatten(1)
    return a, s, gap.square().sum(2)


def noise(xt, t, x0, schedule, weight):
    """Return the noise that is left of x_t beside the mean of the pictures with these weights."""
    a, s, _ = pieces(xt, t, x0, schedule)
    mean = (weight.to(x0.dtype) @ x0.flatten(1)).view(xt.shape)
    return ((xt - a * mean) / s).to(xt.dtype)


@exercise.mistake(COPIED)
def nearest_alone(xt, t, x0, schedule):
    """This goes by the nearest picture alone; each counts with a weight, the more the nearer it is."""
    _, _, squared = pieces(xt, t, x0, schedule)
    return noise(xt, t, x0, schedule, torch.nn.functional.one_hot(squared.argmin(1), len(x0)))


@exercise.mistake(COPIED)
def all_alike(xt, t, x0, schedule):
    """All pictures count alike; each counts with a weight, the more the nearer it is."""
    return noise(xt, t, x0, schedule, torch.full((len(xt), len(x0)), 1 / len(x0)))


@exercise.mistake(COPIED)
def not_shrunk(xt, t, x0, schedule):
    """The weights go by the distance to x_0; by t a picture has shrunk to √ᾱ_t x_0."""
    _, s, _ = pieces(xt, t, x0, schedule)
    squared = (xt.flatten(1)[:, None] - x0.flatten(1)).square().sum(2)
    return noise(xt, t, x0, schedule, (-squared / (2 * s**2)).softmax(1))


@exercise.mistake(COPIED)
def no_half(xt, t, x0, schedule):
    """The weights are exp(−distance² / (1 − ᾱ_t)) here; a Gaussian is exp(−distance² / 2(1 − ᾱ_t))."""
    _, s, squared = pieces(xt, t, x0, schedule)
    return noise(xt, t, x0, schedule, (-squared / s**2).softmax(1))


@exercise.mistake(COPIED)
def noise_level_forgotten(xt, t, x0, schedule):
    """The weights are exp(−distance² / 2) at every t; divide by the variance of the noise, 1 − ᾱ_t."""
    _, _, squared = pieces(xt, t, x0, schedule)
    return noise(xt, t, x0, schedule, (-squared / 2).softmax(1))


@exercise.mistake(COPIED)
def std_for_variance(xt, t, x0, schedule):
    """The weights are exp(−distance² / 2√(1 − ᾱ_t)) here; below stands the variance, 1 − ᾱ_t."""
    _, s, squared = pieces(xt, t, x0, schedule)
    return noise(xt, t, x0, schedule, (-squared / (2 * s)).softmax(1))


@exercise.mistake(COPIED)
def not_squared(xt, t, x0, schedule):
    """The weights go by the distance itself; it is to be squared."""
    _, s, squared = pieces(xt, t, x0, schedule)
    return noise(xt, t, x0, schedule, (-squared.sqrt() / (2 * s**2)).softmax(1))


@exercise.mistake(COPIED)
def mean_over_pixels(xt, t, x0, schedule):
    """The weights go by a mean of squares over the pixels; a picture's probability is a product over pixels: add them
    up.
    """
    _, s, squared = pieces(xt, t, x0, schedule)
    return noise(xt, t, x0, schedule, (-squared / xt[0].numel() / (2 * s**2)).softmax(1))


@exercise.mistake(COPIED)
def over_the_batch(xt, t, x0, schedule):
    """Here the weights of one x_0 add up to 1 over the noisy pictures; those of all x_0 should, for each noisy one:
    dim=1.
    """
    _, s, squared = pieces(xt, t, x0, schedule)
    return noise(xt, t, x0, schedule, (-squared / (2 * s**2)).softmax(0))


@exercise.mistake(COPIED)
def each_pixel_alone(xt, t, x0, schedule):
    """Every pixel has weights of its own: then pictures are mixed pixel by pixel. The whole picture has one weight."""
    a, s, _ = pieces(xt, t, x0, schedule)
    gap = xt.flatten(1)[:, None] - a * x0.flatten(1)
    mean = ((-gap.square() / (2 * s**2)).softmax(1) * x0.flatten(1)).sum(1).view(xt.shape)
    return ((xt - a * mean) / s).to(xt.dtype)


@exercise.mistake(COPIED)
def x0_for_noise(xt, t, x0, schedule):
    """This is E[x_0 | x_t], the picture; asked is the noise that is left of x_t beside it."""
    _, s, squared = pieces(xt, t, x0, schedule)
    return ((-squared / (2 * s**2)).softmax(1).to(x0.dtype) @ x0.flatten(1)).view(xt.shape)


@exercise.mistake(COPIED)
def mean_not_shrunk(xt, t, x0, schedule):
    """Here the whole mean x_0 is taken from x_t; in x_t there is only √ᾱ_t x_0."""
    a, s, squared = pieces(xt, t, x0, schedule)
    mean = ((-squared / (2 * s**2)).softmax(1).to(x0.dtype) @ x0.flatten(1)).view(xt.shape)
    return ((xt - mean) / s).to(xt.dtype)


@exercise.mistake(COPIED)
def not_divided(xt, t, x0, schedule):
    """This is √(1 − ᾱ_t) ε, what is left of x_t; divide it by that root."""
    a, s, squared = pieces(xt, t, x0, schedule)
    return noise(xt, t, x0, schedule, (-squared / (2 * s**2)).softmax(1)) * s.to(xt.dtype)
