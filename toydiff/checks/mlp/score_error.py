"""How wrong is a score? Its mean squared distance from the exact one, at the noisy points."""

import torch

from ...forward_process import add_noise
from .. import drawings
from ..columns import noised_at_t_minus_1
from ..engine.asking import Case
from ..engine.exercise import Exercise
from ..networks import beside, wave
from ..points import COSINE, CROWD, EVERY_T, LINEAR, LONG, ONE, T_MIXED, T_OF_20, T_OF_300, TWIN, alone, batch, only
from .sections import ASKED, NAMES, NOTEBOOK


def score_error(score, exact, x0, t, eps, schedule):
    """The mean of ‖score − exact‖² over the noisy points x_t, a number."""
    return (difference(score, exact, x0, t, eps, schedule) ** 2).sum(1).mean()


def difference(score, exact, x0, t, eps, schedule):
    """Return score − exact at the noisy points x_t, shape (batch, 2)."""
    xt = add_noise(x0, t, eps, schedule)
    return score(xt, t) - exact(xt, t)


def learned(xt, t):
    """A score with an error."""
    return -xt * (0.5 + beside(xt, t) / 100)


def exact(xt, t):
    """Another score."""
    return torch.stack([0.3 - xt[:, 0], (xt[:, 1] * 2).sin()], 1) - beside(xt, t) / 50


def fields():
    """Return the cases: two scores, and points to noise."""
    def case(given, score=learned, **other):
        return Case(given, {"score": score, "exact": exact, **batch(**other)})

    other = batch(T_MIXED.flip(0), TWIN, seed=9)
    return [*alone(case("a t for each point"), score=wave, exact=learned, **other),
            case("t = 1 for every point", t=torch.ones(6).long()),
            case(f"{CROWD} points of every t", t=EVERY_T),
            case("a schedule of 300 steps", t=T_OF_300, schedule=LONG),
            case("a schedule of one step", t=torch.ones(3).long(), schedule=ONE),
            case("points and noise far out", far=100.0), case("t = T for every point", t=torch.full((6,), 100)),
            case("an exact score", score=exact),
            case("a batch of one point", t=torch.tensor([30])),
            case("another schedule, of 20 steps", t=T_OF_20, schedule=COSINE),
            case("float32 points", dtype=torch.float32)]


exercise = Exercise(
    "mlp.score_error", NOTEBOOK, score_error, fields(),
    hints=["At which points will a sampler ask for the score at time t? `add_noise` makes such points.",
           "The difference has shape (batch, 2): square it, add up the two coordinates, then the mean."],
    place=only("the error"), number=True,
    draw=drawings.curve(lambda f: [f(learned, exact, drawings.board(), drawings.every(t), drawings.noise(), LINEAR)
        for t in drawings.TIMES], drawings.TIMES))


@exercise.mistake(ASKED)
def at_the_data(score, exact, x0, t, eps, schedule):
    """The error is measured at x_0, without noise, where no sampler asks for the score at t. Measure it at x_t."""
    return ((score(x0, t) - exact(x0, t)) ** 2).sum(1).mean()


@exercise.mistake(ASKED)
def at_the_noise(score, exact, x0, t, eps, schedule):
    """The error is measured at pure noise; at time t a sampler stands at points such as x_t."""
    return ((score(eps, t) - exact(eps, t)) ** 2).sum(1).mean()


@exercise.mistake(ASKED)
def t_minus_1(score, exact, x0, t, eps, schedule):
    """The points are noised to t − 1, but the scores are asked at t."""
    x = noised_at_t_minus_1(x0, t, eps, schedule)
    return ((score(x, t) - exact(x, t)) ** 2).sum(1).mean()


@exercise.mistake(NAMES)
def coordinates(score, exact, x0, t, eps, schedule):
    """This is half of it. Is it a mean over the coordinates, too, or is there a ½? Add up the two coordinates."""
    return (difference(score, exact, x0, t, eps, schedule) ** 2).mean()


@exercise.mistake(NAMES)
def summed(score, exact, x0, t, eps, schedule):
    """This is the sum over the points; take the mean."""
    return (difference(score, exact, x0, t, eps, schedule) ** 2).sum()


@exercise.mistake(NAMES)
def length(score, exact, x0, t, eps, schedule):
    """This is the mean length of the difference; its square was asked."""
    return difference(score, exact, x0, t, eps, schedule).norm(dim=1).mean()


@exercise.mistake(NAMES)
def root(score, exact, x0, t, eps, schedule):
    """This is the root of the error; leave it squared."""
    return (difference(score, exact, x0, t, eps, schedule) ** 2).sum(1).mean().sqrt()


@exercise.mistake(NAMES)
def absolute(score, exact, x0, t, eps, schedule):
    """These are absolute values, added up over the coordinates; take squares."""
    return difference(score, exact, x0, t, eps, schedule).abs().sum(1).mean()


@exercise.mistake(NAMES)
def mean_first(score, exact, x0, t, eps, schedule):
    """This is the squared length of the mean error: square first, or errors to the left and to the right cancel."""
    return (difference(score, exact, x0, t, eps, schedule).mean(0) ** 2).sum()


@exercise.mistake(NAMES)
def sum_first(score, exact, x0, t, eps, schedule):
    """The coordinates come out added up before they are squared: a positive and a negative error would cancel."""
    return (difference(score, exact, x0, t, eps, schedule).sum(1) ** 2).mean()
