"""The best possible answer for data spread evenly over an interval."""

import math

import torch

from .. import drawings
from ..engine.asking import Case
from ..engine.exercise import Exercise
from ..points import COSINE, CROWD, LINEAR, LONG, ONE, TWIN, alone
from .factors import a_and_s
from .sections import BEST, NOTEBOOK


def exact_eps(x, t, low, high, schedule):
    """E[ε | x_t = x] for data uniform on [low, high], shape (batch,)."""
    a, s = a_and_s(schedule, t)
    noise, normal = torch.stack([(x - a * high) / s, (x - a * low) / s]).double(), torch.distributions.Normal(0, 1)
    density, mass = normal.log_prob(noise).exp(), normal.cdf(noise)
    return ((density[0] - density[1]) / (mass[1] - mass[0])).to(x.dtype)


def noisy_numbers():
    """Return the cases: x where such numbers come, neither far out nor at the smallest t."""
    def case(given, t, low=-1.0, high=1.0, schedule=LINEAR, n=7, dtype=torch.float64, beyond=1.5):
        a, s = a_and_s(schedule, t)
        place = (torch.arange(n) * 2 / (n - 1) - 1 if n > 1 else torch.tensor([0.4])).double()    # 0 in the middle
        x = (a * (low + high) / 2 + place * (a * (high - low) / 2 + beyond * s)).to(dtype)
        return Case(given, {"x": x, "t": t, "low": low, "high": high, "schedule": schedule})

    first = case("t = 30 and [-1, 1]", 30)
    return [*alone(first, x=first.args["x"].flip(0) / 2, t=35, low=-0.6, high=0.7, schedule=TWIN),
            case("t = 30 and [0.5, 1]", 30, 0.5), case(f"{CROWD} numbers", 45, -0.5, 1.0, n=CROWD),
            case("a schedule of 300 steps and t = 256", 256, -0.5, 0.5, LONG),
            case("a schedule of one step", 1, -0.5, 0.5, ONE),
            case("t = 10 and [-1, -0.5]", 10, -1, -0.5),
            case("numbers up to 4 s beyond the ends", 30, -0.5, 0.5, beyond=4),
            case("numbers up to 6 s beyond the ends", 30, -0.5, 0.5, beyond=6),
            case("t = T", 100, 0, 2.0), case("t = 4", 4, 0, 0.5), case("a batch of one", 20, 0, 1.0, n=1),
            case("two numbers", 50, 0.25, 0.75, n=2), case("another schedule, of 20 steps", 9, -0.5, 0.0, COSINE),
            case("float32 numbers", 40, -0.5, 0.5, dtype=torch.float32)]


def by_x(index, args):
    """Say where: a number x and its t."""
    return f"at t = {args['t']} the answer for x = {args['x'][index[0]].item():.3g}"


exercise = Exercise(
    "evaluation.exact_eps", NOTEBOOK, exact_eps, noisy_numbers(),
    hints=["If x_0 lies between low and high, between which two numbers lies ε = (x − a x_0)/s?",
           "The larger one belongs to `low`: v = (x − a · low)/s, and u = (x − a · high)/s.",
           "The derivative of φ(ε) is −ε φ(ε): so (φ(u) − φ(v)) / (Φ(v) − Φ(u))."],
    place=by_x, tolerance=((2e-3, 2e-3), (1e-5, 1e-6)),
    draw=drawings.curve(lambda f: f(drawings.LINE, 30, -0.5, 0.5, LINEAR), drawings.LINE,
                        "x at t = 30, data in [-0.5, 0.5]"))


def phi(u):
    """Return the density of the standard normal."""
    return torch.exp(-u**2 / 2) / math.sqrt(2 * math.pi)


def Phi(u):
    """Return the distribution function of the standard normal."""
    return torch.special.ndtr(u)


def ends(x, t, low, high, schedule):
    """Return the ends of the noise, the lower one first."""
    a, s = a_and_s(schedule, t)
    return (x - a * high) / s, (x - a * low) / s


def mean_between(u, v):
    """Return the mean of a standard normal number between u and v."""
    return (phi(u) - phi(v)) / (Phi(v) - Phi(u))


@exercise.mistake(BEST)
def sign(x, t, low, high, schedule):
    """The sign is wrong: to the right of the interval the noise is positive."""
    return -mean_between(*ends(x, t, low, high, schedule))


@exercise.mistake(BEST)
def not_divided(x, t, low, high, schedule):
    """This is φ(u) − φ(v); divide it by Φ(v) − Φ(u), the probability of the interval."""
    u, v = ends(x, t, low, high, schedule)
    return phi(u) - phi(v)


@exercise.mistake(BEST)
def mass(x, t, low, high, schedule):
    """This is Φ(v) − Φ(u), the probability of the interval; asked is the mean noise."""
    u, v = ends(x, t, low, high, schedule)
    return Phi(v) - Phi(u)


@exercise.mistake(BEST)
def midpoint(x, t, low, high, schedule):
    """This is the noise from the middle of the interval; all of it must be averaged."""
    u, v = ends(x, t, low, high, schedule)
    return (u + v) / 2


@exercise.mistake(BEST)
def score(x, t, low, high, schedule):
    """This is the score, −E[ε]/s; asked is E[ε]."""
    a, s = a_and_s(schedule, t)
    return -mean_between(*ends(x, t, low, high, schedule)) / s


@exercise.mistake(BEST)
def x0(x, t, low, high, schedule):
    """This is the mean x_0; asked is the mean noise."""
    a, s = a_and_s(schedule, t)
    return (x - s * mean_between(*ends(x, t, low, high, schedule))) / a


@exercise.mistake(BEST)
def not_shrunk(x, t, low, high, schedule):
    """This takes the interval from low to high as it is; by t it has shrunk, to a · low and a · high."""
    a, s = a_and_s(schedule, t)
    return mean_between((x - high) / s, (x - low) / s)


@exercise.mistake(BEST)
def no_roots(x, t, low, high, schedule):
    """Here a is ᾱ_t and s is 1 − ᾱ_t; both need a root: a = √ᾱ_t, s = √(1 − ᾱ_t)."""
    a, s = schedule.alpha_bar[t], 1 - schedule.alpha_bar[t]
    return mean_between((x - a * high) / s, (x - a * low) / s)


@exercise.mistake(BEST)
def signal_without_root(x, t, low, high, schedule):
    """Here the ends of the interval are ᾱ_t · low and ᾱ_t · high; a is the root, √ᾱ_t."""
    a, s = schedule.alpha_bar[t], a_and_s(schedule, t)[1]
    return mean_between((x - a * high) / s, (x - a * low) / s)


@exercise.mistake(BEST)
def noise_without_root(x, t, low, high, schedule):
    """Here x − a · low and x − a · high are divided by 1 − ᾱ_t; s is the root, √(1 − ᾱ_t)."""
    a, s = a_and_s(schedule, t)
    return mean_between((x - a * high) / s**2, (x - a * low) / s**2)


@exercise.mistake(BEST)
def noise_not_scaled(x, t, low, high, schedule):
    """Here u and v are x − a · high and x − a · low, which are s times the noise: divide by s."""
    a, _ = a_and_s(schedule, t)
    return mean_between(x - a * high, x - a * low)


@exercise.mistake(BEST)
def alpha(x, t, low, high, schedule):
    """This is the answer for α_t, that of a single step; it should be the product ᾱ_t."""
    a, s = schedule.alpha[t].sqrt(), schedule.beta[t].sqrt()
    return mean_between((x - a * high) / s, (x - a * low) / s)


@exercise.mistake(BEST)
def t_minus_1(x, t, low, high, schedule):
    """This is the answer for ᾱ_{t−1}; `alpha_bar[t]` is ᾱ_t."""
    return mean_between(*ends(x, t - 1, low, high, schedule))
