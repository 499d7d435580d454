"""A network of the noise, asked as a flow is."""

import torch

from ...flow import level_of, width
from ...support import tensors
from .. import drawings
from ..engine.asking import Case
from ..engine.exercise import Exercise
from ..points import CROWD, alone, drawn
from .lines import MANY, U_MIXED, by_point, column
from .sections import NAMES, NOTEBOOK


def as_flow(at_level, xu, u):
    """The velocity, shape (batch, 2)."""
    eps = at_level((xu / column(width(u))).to(xu.dtype), level_of(u))
    return ((eps - xu) / (1 - column(u))).to(xu.dtype)


def level(xt, alpha_bar):
    """Return a level or one for each point as a column, if a network of the course takes it; else raise."""
    return torch.as_tensor(tensors.level(alpha_bar, xt), dtype=xt.dtype).reshape(-1, 1)


def noticing(xt, alpha_bar):
    """A stand-in for model.at_level: its answer depends on the point and on the level of each."""
    alpha_bar = level(xt, alpha_bar)
    return torch.sin(2 * xt + 3 * alpha_bar) + 0.5 * xt + alpha_bar**2


def nothing(xt, alpha_bar):
    """A stand-in that sees no noise anywhere."""
    return torch.zeros_like(xt) * level(xt, alpha_bar)


def turned(xt, alpha_bar):
    """Another stand-in."""
    return torch.cos(xt.flip(1) + 2 * level(xt, alpha_bar))


def asked():
    """Return the cases: what is asked, and at which u."""
    def case(given, at_level=noticing, u=U_MIXED, dtype=torch.float64, seed=2):
        return Case(given, {"at_level": at_level, "xu": drawn(len(u), 2, seed=seed).to(dtype), "u": u.to(dtype)})

    return [*alone(case("a u for each point"), at_level=turned, xu=drawn(6, 2, seed=7), u=U_MIXED.flip(0)),
            case("a model that always answers 0", nothing, seed=3),
            case("u = 0.5 for every point", u=U_MIXED * 0 + 0.5), case("u = 0.1 for every point", u=U_MIXED * 0 + 0.1),
            case("u = 0.9 for every point", u=U_MIXED * 0 + 0.9), case("two points", u=U_MIXED[[4, 1]], seed=5),
            case("a batch of one point", u=U_MIXED[1:2], seed=6), case(f"{CROWD} points", u=MANY),
            case("float32 points", dtype=torch.float32)]


exercise = Exercise(
    "flow.as_flow", NOTEBOOK, as_flow, asked(),
    hints=["The network knows points whose two factors, squared, add up to 1. Those of x_u do not. By what must it be "
           "divided?",
           "Of x_u / √((1 − u)² + u²) the factor of x_0 is √ᾱ. So what is ᾱ?",
           "The answer is ε. With it, and with x_u as it was, go on as in `to_velocity`."],
    place=by_point,
    draw=drawings.arrows(lambda f, grid: f(drawings.exact().at_level, grid, drawings.every(0.3, len(grid)))))


def ask(at_level, xu, u, scale=None, level=None):
    """Return the answer to a point scaled by `scale` at `level`, the right ones if not given."""
    scale, level = 1 / width(u) if scale is None else scale, level_of(u) if level is None else level
    return at_level((xu * column(scale)).to(xu.dtype), level)


def velocity(eps, xu, u):
    """Return the velocity that belongs to ε."""
    return (eps - xu) / (1 - column(u))


@exercise.mistake(NAMES)
def not_scaled(at_level, xu, u):
    """The network is shown x_u as it is; the squares of its factors should add up to 1: divide by √((1 − u)² + u²)."""
    return velocity(ask(at_level, xu, u, scale=torch.ones_like(u)), xu, u)


@exercise.mistake(NAMES)
def multiplied(at_level, xu, u):
    """The network is shown x_u times √((1 − u)² + u²); divide by it."""
    return velocity(ask(at_level, xu, u, scale=width(u)), xu, u)


@exercise.mistake(NAMES)
def divided_by_the_variance(at_level, xu, u):
    """The network is shown x_u / ((1 − u)² + u²); divide by the root of that."""
    return velocity(ask(at_level, xu, u, scale=1 / width(u) ** 2), xu, u)


@exercise.mistake(NAMES)
def divided_by_signal(at_level, xu, u):
    """The network is shown x_u / (1 − u), in which x_0 has the factor 1: far too wide for this network."""
    return velocity(ask(at_level, xu, u, scale=1 / (1 - u)), xu, u)


@exercise.mistake(NAMES)
def level_of_1_minus_u(at_level, xu, u):
    """The network is told 1 − u; ᾱ has the SNR of u, ((1 − u)/u)², so it is (1 − u)² / ((1 − u)² + u²)."""
    return velocity(ask(at_level, xu, u, level=1 - u), xu, u)


@exercise.mistake(NAMES)
def level_without_the_scale(at_level, xu, u):
    """The network is told (1 − u)²; after the division ᾱ is (1 − u)² / ((1 − u)² + u²)."""
    return velocity(ask(at_level, xu, u, level=(1 - u) ** 2), xu, u)


@exercise.mistake(NAMES)
def level_is_its_root(at_level, xu, u):
    """The network is told √ᾱ, the factor of x_0; it wants ᾱ, the square of that."""
    return velocity(ask(at_level, xu, u, level=level_of(u).sqrt()), xu, u)


@exercise.mistake(NAMES)
def level_of_the_noise(at_level, xu, u):
    """The network is told 1 − ᾱ, the share of the noise; ᾱ is that of the data."""
    return velocity(ask(at_level, xu, u, level=1 - level_of(u)), xu, u)


@exercise.mistake(NAMES)
def level_is_the_snr(at_level, xu, u):
    """The network is told the SNR, ((1 − u)/u)²; ᾱ is SNR / (1 + SNR)."""
    return velocity(ask(at_level, xu, u, level=((1 - u) / u) ** 2), xu, u)


@exercise.mistake(NAMES)
def told_u(at_level, xu, u):
    """The network is told u; it wants the level ᾱ."""
    return velocity(ask(at_level, xu, u, level=u), xu, u)


@exercise.mistake(NAMES)
def noise_itself(at_level, xu, u):
    """This is the noise that the network sees; it must still be made a velocity."""
    return ask(at_level, xu, u)


@exercise.mistake(NAMES)
def scaled_in_the_end(at_level, xu, u):
    """In the end stands the scaled point; the velocity is that of x_u as it was."""
    return velocity(ask(at_level, xu, u), xu / column(width(u)), u)


@exercise.mistake(NAMES)
def velocity_of_the_scaled(at_level, xu, u):
    """The velocity is divided by √((1 − u)² + u²), as if it were scaled like the point."""
    return velocity(ask(at_level, xu, u), xu, u) / column(width(u))


@exercise.mistake(NAMES)
def noise_scaled(at_level, xu, u):
    """This is (√((1 − u)² + u²) ε − x_u) / (1 − u); but ε is the same in x_t and in x_u, without that root."""
    return velocity(ask(at_level, xu, u) * column(width(u)), xu, u)


@exercise.mistake(NAMES)
def other_convention(at_level, xu, u):
    """This is the velocity from noise to data, x_0 − ε; with data at u = 0 it is ε − x_0."""
    return -velocity(ask(at_level, xu, u), xu, u)
