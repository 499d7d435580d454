"""How far is a network from the best possible answer?"""

import torch

from ...forward_process import add_noise
from .. import drawings
from ..engine.asking import Case, Network
from ..engine.exercise import Exercise
from ..networks import beside, curl, wave
from ..points import COSINE, CROWD, LINEAR, LONG, ONE, TWIN, alone, drawn, only
from .sections import ERRS, NOTEBOOK, OWN, WHERE


def excess(model, oracle, x0, t, eps, schedule):
    """The mean squared difference of model and oracle at x_t."""
    return (difference(model, oracle, x0, t, eps, schedule) ** 2).mean()


def difference(model, oracle, x0, t, eps, schedule):
    """Return how far the two answers are apart at x_t, shape (batch, 2)."""
    xt = add_noise(x0, t, eps, schedule)
    return model(xt, t) - oracle(xt, t)


def learned(xt, t):
    """Answer something: a stand-in for a network."""
    return 0.6 * xt + 0.2 * torch.sin(3 * xt + beside(xt, t) / 20)


def exact(xt, t):
    """Answer something else: a stand-in for the oracle."""
    return 0.5 * xt + 0.1 * torch.cos(2 * xt) + beside(xt, t) / 500


def judged():
    """Return the cases: a stand-in for a network beside one for the oracle."""
    def case(given, t, model=learned, n=40, schedule=LINEAR, dtype=torch.float64, far=1.0):
        return Case(given, {"model": Network(model), "oracle": Network(exact),
                            "x0": (far * 0.5 * drawn(n, 2, seed=6)).to(dtype), "t": t,
                            "eps": drawn(n, 2, seed=7).to(dtype), "schedule": schedule})

    first = case("t = 30", 30)
    return [*alone(first, model=Network(wave), oracle=Network(curl), x0=drawn(40, 2, seed=8), t=45,
                   eps=drawn(40, 2, seed=9), schedule=TWIN),
            case("points far out", 30, far=300.0), case("a network that is the oracle", 30, exact),
            case(f"{CROWD} points", 20, n=CROWD),
            case("a schedule of 300 steps and t = 256", 256, schedule=LONG),
            case("a schedule of one step", 1, schedule=ONE), case("t = 5", 5), case("t = 40", 40), case("t = T", 100),
            case("t = 1", 1), case("a batch of one point", 20, n=1),
            case("another schedule, of 20 steps", 11, schedule=COSINE), case("float32 points", 50, dtype=torch.float32)]


exercise = Exercise(
    "evaluation.excess", NOTEBOOK, excess, judged(),
    hints=["Which points do network and oracle ever see? Not x0: `toydiff.add_noise(x0, t, eps, schedule)`.",
           "Ask both at the same x_t and t; the mean of the squared difference."],
    place=only("the number"), number=True,
    draw=drawings.curve(lambda f: [f(learned, exact, drawings.board(), t, drawings.noise(), LINEAR)
        for t in drawings.TIMES], drawings.TIMES))


def loss_of(who, x0, t, eps, schedule):
    """Return the mean squared error of a guess of the noise."""
    return ((who(add_noise(x0, t, eps, schedule), t) - eps) ** 2).mean()


@exercise.mistake(WHERE)
def on_the_data(model, oracle, x0, t, eps, schedule):
    """This is measured at x_0, where no noise is; measure at x_t, where the network is asked."""
    return ((model(x0, t) - oracle(x0, t)) ** 2).mean()


@exercise.mistake(WHERE)
def on_noise(model, oracle, x0, t, eps, schedule):
    """This is measured at pure noise, where no x_t of this t lies; measure where the points are."""
    return ((model(eps, t) - oracle(eps, t)) ** 2).mean()


@exercise.mistake(ERRS)
def loss(model, oracle, x0, t, eps, schedule):
    """This is the whole loss, with the floor in it: compare with the oracle, not with eps."""
    return loss_of(model, x0, t, eps, schedule)


@exercise.mistake(ERRS)
def difference_of_losses(model, oracle, x0, t, eps, schedule):
    """This is the difference of two losses: right on average, but it drowns in chance. Compare the two answers
    directly.
    """
    return loss_of(model, x0, t, eps, schedule) - loss_of(oracle, x0, t, eps, schedule)


@exercise.mistake(OWN)
def itself(model, oracle, x0, t, eps, schedule):
    """This is 0 for every network. Is a thing compared with itself?"""
    return excess(oracle, oracle, x0, t, eps, schedule)


@exercise.mistake(ERRS)
def absolute(model, oracle, x0, t, eps, schedule):
    """This is a mean of absolute values; the loss is made of squares, so the excess is, too."""
    return difference(model, oracle, x0, t, eps, schedule).abs().mean()


@exercise.mistake(ERRS)
def sum(model, oracle, x0, t, eps, schedule):
    """This is the sum over all points; take their mean."""
    return (difference(model, oracle, x0, t, eps, schedule) ** 2).sum()


@exercise.mistake(ERRS)
def per_point(model, oracle, x0, t, eps, schedule):
    """This is twice the answer. Are x and y added up? Our loss is the mean over both coordinates."""
    return (difference(model, oracle, x0, t, eps, schedule) ** 2).sum(1).mean()


@exercise.mistake(ERRS)
def mean_first(model, oracle, x0, t, eps, schedule):
    """This is the square of a mean, in which errors to the left and to the right cancel; take the mean of squares."""
    return difference(model, oracle, x0, t, eps, schedule).mean() ** 2


@exercise.mistake(ERRS)
def root(model, oracle, x0, t, eps, schedule):
    """This is the root of the excess; leave it squared, as the loss is."""
    return difference(model, oracle, x0, t, eps, schedule).square().mean().sqrt()
