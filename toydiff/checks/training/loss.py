"""The loss: how wrong the network's guess of the noise is."""

import torch
from torch.nn import functional

from ...forward_process import add_noise, forward_step
from .. import drawings
from ..columns import noised_at_t_minus_1
from ..engine.asking import Case, Network
from ..engine.exercise import Exercise
from ..networks import beside, silent, small_network, wave
from ..points import COSINE, CROWD, EVERY_T, LINEAR, LONG, ONE, T_MIXED, T_OF_20, T_OF_300, TWIN, alone, batch, only
from .sections import ALGORITHM, NOTEBOOK


def loss(model, x0, t, eps, schedule):
    """The mean squared error of the predicted noise, a scalar."""
    return (difference(model, x0, t, eps, schedule) ** 2).mean()


def difference(model, x0, t, eps, schedule):
    """Return how wrong each guess is, shape (batch, 2)."""
    return model(add_noise(x0, t, eps, schedule), t) - eps


def wavy(xt, t):
    """A model that is wrong everywhere, and differently at each t."""
    when = beside(xt, torch.as_tensor(t).long())    # a float passes here alone, or t/T could not be called by its name
    return torch.sin(3 * xt + when / 7) + when / 50


def losses():
    """Return the cases: stand-ins for a network and a real one."""
    def case(given, model=None, **other):
        return Case(given, {"model": model or Network(wavy), **batch(**other)})

    other = batch(T_MIXED.flip(0), TWIN, seed=9)
    return [*alone(case("a t for each point"), model=Network(wave), **other),
            *alone(case("a real network", small_network(4)), model=small_network(5), **other),
            case("a model that always answers 0", Network(silent), seed=3),
            case("points and noise far out", far=100.0), case("t = T for every point", t=torch.full((6,), 100)),
            case("t = 1 for every point", t=torch.ones(6).long()),
            case("two points", t=torch.tensor([90, 20])), case("a batch of one point", t=torch.tensor([30])),
            case("another schedule, of 20 steps", t=T_OF_20, schedule=COSINE),
            case(f"{CROWD} points of every t", t=EVERY_T),
            case("a schedule of 300 steps", t=T_OF_300, schedule=LONG),
            case("a schedule of one step", t=torch.ones(3).long(), schedule=ONE),
            case("a real network in float32, in evaluation mode", small_network(4).float().eval(), dtype=torch.float32),
            case("float32 points", dtype=torch.float32)]


exercise = Exercise(
    "training.loss", NOTEBOOK, loss, losses(),
    hints=["First the noisy points: `add_noise(x0, t, eps, schedule)`. What is the network given, what asked?",
           "The network is called as `model(xt, t)`; its answer is compared with `eps`.",
           "Square the difference, then `.mean()` over everything; no `.item()`, or no gradient can flow."],
    through="model", place=only("the loss"), any_float=True,
    draw=drawings.curve(lambda f: [f(drawings.exact(), drawings.board(), drawings.every(t), drawings.noise(),
        LINEAR) for t in drawings.TIMES], drawings.TIMES))


@exercise.mistake(ALGORITHM)
def noise_t_minus_1(model, x0, t, eps, schedule):
    """The network is told t, but the point was noised to t − 1. Both must be the same t."""
    xt = noised_at_t_minus_1(x0, t, eps, schedule)
    return ((model(xt, t) - eps) ** 2).mean()


@exercise.mistake(ALGORITHM)
def model_t_minus_1(model, x0, t, eps, schedule):
    """The point was noised to t, but the network is told t − 1. Both must be the same t."""
    xt = add_noise(x0, t, eps, schedule)
    return ((model(xt, t - 1) - eps) ** 2).mean()


@exercise.mistake(ALGORITHM)
def scaled_t(model, x0, t, eps, schedule):
    """The network gets t/T; give it t as in the formulas, for it divides by T itself."""
    xt = add_noise(x0, t, eps, schedule)
    return ((model(xt, t / schedule.T) - eps) ** 2).mean()


@exercise.mistake(ALGORITHM)
def no_noise(model, x0, t, eps, schedule):
    """The network gets x_0; it must see the noisy x_t."""
    return ((model(x0, t) - eps) ** 2).mean()


@exercise.mistake(ALGORITHM)
def only_noise(model, x0, t, eps, schedule):
    """The network gets the noise alone, the very answer it should guess; give it x_t."""
    return ((model(eps, t) - eps) ** 2).mean()


@exercise.mistake(ALGORITHM)
def one_step(model, x0, t, eps, schedule):
    """The points get the noise of a single step; x_t holds that of all t steps: `add_noise`."""
    xt = forward_step(x0, t, eps, schedule)
    return ((model(xt, t) - eps) ** 2).mean()


@exercise.mistake(ALGORITHM)
def target_x0(model, x0, t, eps, schedule):
    """The answer is compared with x_0, but this network is to guess the noise ε."""
    xt = add_noise(x0, t, eps, schedule)
    return ((model(xt, t) - x0) ** 2).mean()


@exercise.mistake(ALGORITHM)
def target_xt(model, x0, t, eps, schedule):
    """The answer is compared with x_t; compare it with the noise ε."""
    xt = add_noise(x0, t, eps, schedule)
    return ((model(xt, t) - xt) ** 2).mean()


@exercise.mistake(ALGORITHM)
def added(model, x0, t, eps, schedule):
    """It comes out as if answer and noise were added; take their difference."""
    xt = add_noise(x0, t, eps, schedule)
    return ((model(xt, t) + eps) ** 2).mean()


@exercise.mistake(ALGORITHM)
def summed(model, x0, t, eps, schedule):
    """This is the sum of all squares. Take the mean, or the loss grows with the batch."""
    return (difference(model, x0, t, eps, schedule) ** 2).sum()


@exercise.mistake(ALGORITHM)
def per_point(model, x0, t, eps, schedule):
    """This is twice the loss, as if the two coordinates were added up: take the mean over them, too."""
    return (difference(model, x0, t, eps, schedule) ** 2).sum(1).mean()


@exercise.mistake(ALGORITHM)
def absolute(model, x0, t, eps, schedule):
    """These are absolute values; take squares. Only with them the best answer is a mean."""
    return difference(model, x0, t, eps, schedule).abs().mean()


@exercise.mistake(ALGORITHM)
def root(model, x0, t, eps, schedule):
    """This is the root of the loss; leave it squared."""
    return (difference(model, x0, t, eps, schedule) ** 2).mean().sqrt()


@exercise.mistake(ALGORITHM)
def no_mean(model, x0, t, eps, schedule):
    """This is a square for each coordinate; a loss is one number, their mean."""
    return difference(model, x0, t, eps, schedule) ** 2


@exercise.mistake(ALGORITHM)
def mean_first(model, x0, t, eps, schedule):
    """This is the square of the mean error: square first, or errors of opposite sign cancel."""
    return difference(model, x0, t, eps, schedule).mean() ** 2


@exercise.mistake(ALGORITHM)
def halved(model, x0, t, eps, schedule):
    """This is half the loss: the squares stand without a ½."""
    return (difference(model, x0, t, eps, schedule) ** 2).mean() / 2


@exercise.mistake(ALGORITHM)
def huber(model, x0, t, eps, schedule):
    """It comes out as Huber's loss (`smooth_l1_loss`), which squares only what is below 1: square every difference."""
    gap = difference(model, x0, t, eps, schedule)
    return functional.smooth_l1_loss(gap, torch.zeros_like(gap))
