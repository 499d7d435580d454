"""Patient 8: a sampler of labels that counts from the label on, and is given a number that counts from none."""

import torch

from ...data import Checkerboard
from ...forward_process import Schedule
from ...oracle import Oracle
from .. import drawings
from ..engine.asking import Case
from ..engine.exercise import Exercise
from ..fewer_steps.ddim_step import guessed
from ..guidance import guided_eps as wrong
from ..guidance.sections import COUNTING, MORE, NOTEBOOK as GUIDANCE
from ..guidance.told import LABEL, MANY, Told
from ..points import CROWD, LONG, SHORT, alone, by_point, drawn
from ..sampling.sections import NOTEBOOK as SAMPLING, WALK
from .sections import NOTEBOOK


def patient_8(model, xT, label, gamma, schedule):
    """x_0 by DDIM, guided towards its label, shape (batch, 2)."""
    return walk(model, xT, label, gamma, schedule, wrong.guided_eps)


def walk(model, xT, label, gamma, schedule, answer, to=lambda t: t - 1):
    """Return x_0 by DDIM with the answers answer(model, xt, t, label, gamma), where the step from t leads to(t)."""
    x = xT
    for t in range(schedule.T, 0, -1):
        each = torch.full((len(xT),), t)
        x0, eps = guessed(lambda x, t, each=each: answer(model, x, each, label, gamma), x, t, schedule)
        then = schedule.alpha_bar[to(t)]
        x = (then.sqrt() * x0 + (1 - then).sqrt() * eps).to(xT.dtype)
    return x


def as_it_came(model, xT, label, gamma, schedule):
    """Return what it draws with its fault."""
    return walk(model, xT, label, gamma, schedule, wrong.counted_from_the_label)


def walks():
    """Return the cases of a whole walk towards labels."""
    def case(given, gamma=2.5, n=6, label=LABEL, labels=5, schedule=SHORT, dtype=torch.float64):
        return Case(given, {"model": Told(labels), "xT": drawn(n, 2).to(dtype), "label": label[:n], "gamma": gamma,
                            "schedule": schedule})

    another = {"model": Told(9), "xT": drawn(6, 2, seed=10), "label": LABEL.flip(0), "gamma": -0.5,
               "schedule": Schedule.linear(6, 0.1, 0.3)}
    return [*alone(case("γ = 2.5"), **another),
            case("γ = 1", 1.0), case("γ = 0", 0.0), case("γ = 0.5", 0.5), case("two points", n=2),
            case("other labels, of nine", labels=9, label=torch.tensor([8, 0, 5, 3, 7, 0])),
            case(f"{CROWD} points", n=CROWD, label=MANY), case("a schedule of 300 steps", 0.7, n=3, schedule=LONG),
            case("a batch of one point", n=1), case("float32 points", dtype=torch.float32),
            case("a schedule of nine steps", 1.5, schedule=Schedule.linear(9, 0.05, 0.4))]


def in_two_cells(function):
    """Return what it draws with the exact denoiser, asked for two inner cells as they are: shape (1000, 2)."""
    schedule, _, z = drawings.few_steps()
    model = Oracle(Checkerboard(labelled="cells"), schedule)
    return function(model, z[0], torch.tensor([2, 5]).repeat(500), 1.0, schedule)


exercise = Exercise(
    "clinic.patient_8", NOTEBOOK, patient_8, walks(), handed_out=as_it_came,
    hints=["Put γ = 1 into the line for eps. Which answer should come out, and which does?",
           "Two ways of counting are in use, w and γ = 1 + w. Which is in the code, and which in the docstring?"],
    place=by_point, draw=drawings.cloud(in_two_cells))


@exercise.mistake(MORE, GUIDANCE)
def exchanged(model, xT, label, gamma, schedule):
    """Now it begins at the answer with the label and leads away from it as γ grows. Are the two answers exchanged?"""
    return walk(model, xT, label, -gamma, schedule, wrong.counted_from_the_label)


@exercise.mistake(COUNTING, GUIDANCE)
def minus_one_for_one_minus(model, xT, label, gamma, schedule):
    """The factor of the answer without a label is 1 − γ, not γ − 1: together the two factors make 1."""
    return walk(model, xT, label, gamma, schedule, wrong.minus_one_for_one_minus)


@exercise.mistake(MORE, GUIDANCE)
def difference_alone(model, xT, label, gamma, schedule):
    """This is γ times the way from one answer to the other; add it to the answer without a label."""
    return walk(model, xT, label, gamma, schedule, wrong.difference_alone)


@exercise.mistake(MORE, GUIDANCE)
def backwards(model, xT, label, gamma, schedule):
    """Now it starts at the answer without a label, but the difference leads away from the label."""
    return walk(model, xT, label, gamma, schedule, wrong.backwards)


@exercise.mistake(MORE, GUIDANCE)
def label_alone(model, xT, label, gamma, schedule):
    """This is the answer with the label, whatever γ is: right for γ = 1 alone."""
    return walk(model, xT, label, gamma, schedule, wrong.label_alone)


@exercise.mistake(MORE, GUIDANCE)
def no_label(model, xT, label, gamma, schedule):
    """Now it is the answer without a label, whatever γ and the label are."""
    return walk(model, xT, label, gamma, schedule, wrong.no_label)


@exercise.mistake(MORE, GUIDANCE)
def scaled(model, xT, label, gamma, schedule):
    """The answer with the label is multiplied by γ. That makes more noise, not more label."""
    return walk(model, xT, label, gamma, schedule, wrong.scaled)


@exercise.mistake(COUNTING, GUIDANCE)
def counted_down(model, xT, label, gamma, schedule):
    """Now it counts one too few: this is γ − 1 times the way, and at γ = 1 there is no label left."""
    return walk(model, xT, label, gamma - 1, schedule, wrong.guided_eps)


@exercise.mistake(WALK, SAMPLING)
def stays(model, xT, label, gamma, schedule):
    """Nothing moves: this is x_T. Is x̂_0 noised again to t? It should be to t − 1."""
    return walk(model, xT, label, gamma, schedule, wrong.guided_eps, to=lambda t: t)
