"""Patient 5: a training step that tells the network t and noises its data to t − 1."""

import torch

from ...forward_process import add_noise
from .. import drawings
from ..columns import noised_at_t_minus_1, row
from ..engine.asking import Case, Network
from ..engine.exercise import Exercise
from ..forward_process.sections import JUMP, NOTEBOOK as FORWARD, ROOT
from ..networks import curl, silent, small_network, wave
from ..points import CROWD, EVERY_T, LINEAR, LONG, ONE, T_MIXED, T_OF_300, TWIN, alone, batch, only
from ..training.sections import ALGORITHM, NOTEBOOK as TRAINING
from .sections import NOTEBOOK


def patient_5(model, x0, t, eps, schedule):
    """The loss of a training step, a scalar."""
    xt = add_noise(x0, t, eps, schedule)
    return ((model(xt, t) - eps) ** 2).mean()


def as_it_came(model, x0, t, eps, schedule):
    """Return the loss with its fault."""
    xt = noised_at_t_minus_1(x0, t, eps, schedule)
    return ((model(xt, t) - eps) ** 2).mean()


def lessons():
    """Return the cases: stand-ins for a network and a real one."""
    def case(given, model=None, **other):
        return Case(given, {"model": model or Network(wave), **batch(**other)})

    other = batch(T_MIXED.flip(0), TWIN, seed=9)
    return [*alone(case("a t for each point"), model=Network(curl), **other),
            *alone(case("a real network", small_network(4)), model=small_network(5), **other),
            case("points and noise far out", far=100.0), case("a network that answers 0", Network(silent)),
            case(f"{CROWD} points of every t", t=EVERY_T),
            case("a schedule of 300 steps", t=T_OF_300, schedule=LONG),
            case("a schedule of one step", t=torch.ones(3).long(), schedule=ONE),
            case("t = 1 for every point", t=torch.ones(6).long()),
            case("t = T for every point", t=torch.full((6,), 100)),
            case("two points", t=torch.tensor([90, 20])), case("a batch of one point", t=torch.tensor([30])),
            case("a network in float32", small_network(5).float(), dtype=torch.float32)]


exercise = Exercise(
    "clinic.patient_5", NOTEBOOK, patient_5, lessons(), handed_out=as_it_came,
    hints=["Which t does the data know of, which t the network?", "`alpha_bar[t]` is ᾱ_t, `alpha_bar[0]` is 1."],
    through="model", place=only("the loss"), number=True,
    draw=drawings.curve(lambda f: [f(Network(wave), drawings.board(), drawings.every(t), drawings.noise(),
        LINEAR) for t in drawings.TIMES], drawings.TIMES, ylabel="loss of a network"))


@exercise.mistake(ALGORITHM, TRAINING)
def both_t_minus_1(model, x0, t, eps, schedule):
    """Now data and network agree on t − 1; but t = 1 then shows data without noise, and t = T never comes."""
    xt = noised_at_t_minus_1(x0, t, eps, schedule)
    return ((model(xt, t - 1) - eps) ** 2).mean()


@exercise.mistake(ALGORITHM, TRAINING)
def asks_t_minus_1(model, x0, t, eps, schedule):
    """Now the data is right, and the network is told t − 1."""
    xt = add_noise(x0, t, eps, schedule)
    return ((model(xt, t - 1) - eps) ** 2).mean()


@exercise.mistake(JUMP, FORWARD)
def alpha(model, x0, t, eps, schedule):
    """The points are noised by α_t, one small step; training jumps with the product ᾱ_t."""
    a = row(schedule.alpha, t)
    xt = (a.sqrt() * x0 + (1 - a).sqrt() * eps).to(x0.dtype)
    return ((model(xt, t) - eps) ** 2).mean()


@exercise.mistake(JUMP, FORWARD)
def no_row(model, x0, t, eps, schedule):
    """A table looked up at t has shape (batch,): `[:, None]` makes it a column, one factor for each point."""
    a = schedule.alpha_bar[t]
    xt = (a.sqrt() * x0 + (1 - a).sqrt() * eps).to(x0.dtype)
    return ((model(xt, t) - eps) ** 2).mean()


@exercise.mistake(ROOT, FORWARD)
def noise_without_root(model, x0, t, eps, schedule):
    """The noise is multiplied by 1 − ᾱ_t; its factor is the root of that."""
    a = row(schedule.alpha_bar, t)
    xt = (a.sqrt() * x0 + (1 - a) * eps).to(x0.dtype)
    return ((model(xt, t) - eps) ** 2).mean()


@exercise.mistake(ALGORITHM, TRAINING)
def guesses_x0(model, x0, t, eps, schedule):
    """The answer is compared with x_0; the network guesses the noise."""
    xt = add_noise(x0, t, eps, schedule)
    return ((model(xt, t) - x0) ** 2).mean()


@exercise.mistake(ALGORITHM, TRAINING)
def sum(model, x0, t, eps, schedule):
    """This is the sum of the squares; their mean is asked."""
    xt = add_noise(x0, t, eps, schedule)
    return ((model(xt, t) - eps) ** 2).sum()


@exercise.mistake(ALGORITHM, TRAINING)
def no_noise(model, x0, t, eps, schedule):
    """The network is shown x_0 without any noise."""
    return ((model(x0, t) - eps) ** 2).mean()
