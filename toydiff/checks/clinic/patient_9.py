"""Patient 9: a sampler of flows that counts its time from the noise, for a network that counts it from the data."""

import torch

from ... import flow
from ...checkpoint import FLOW as WEIGHTS, load
from .. import drawings
from ..engine.asking import Case, Network
from ..engine.exercise import Exercise
from ..flow.lines import bent, resting, swirling
from ..flow.sections import DDIM, NOTEBOOK as FLOW, WRONG
from ..points import CROWD, alone, by_point, drawn
from .sections import NOTEBOOK


def patient_9(model, x1, ts):
    """x_0 by Euler's method, shape (batch, 2)."""
    return walk(model, x1, ts, lambda t: 1 - t)


def walk(model, x1, ts, time, told=None, length=None, end=(1.0,)):
    """Return the end of Euler's walk over ts, where `time` makes u of t; told, length: what else may be wrong."""
    x = x1
    for t, s in zip(ts, [*ts[1:], *end]):
        step = time(s) - time(t) if length is None else length(t, s)
        x = x + step * model(x, (told or time)(t))
    return x


def as_it_came(model, x1, ts):
    """Return what it draws with its fault."""
    return walk(model, x1, ts, lambda t: t)


def walks():
    """Return the cases of the walk."""
    def case(given, ts, model=bent, n=4, dtype=torch.float64, seed=5):
        return Case(given, {"model": Network(model), "x1": drawn(n, 2, seed=seed).to(dtype), "ts": ts})

    uneven = [0.0, 0.4, 0.7, 0.9, 0.98]
    other = {"model": Network(swirling), "x1": drawn(4, 2, seed=11), "ts": [0.0, 0.2, 0.5, 0.8, 0.9]}
    return [*alone(case("five uneven steps", uneven), **other), case("even steps", [0.0, 0.25, 0.5, 0.75]),
            case("a network that answers 0", uneven, resting), case("two steps", [0.0, 0.6], seed=6),
            case("one step", [0.0], seed=7), case("two points", uneven, n=2, seed=8),
            case(f"{CROWD} points", uneven, n=CROWD),
            case("a batch of one point", uneven, n=1, seed=9), case("float32 points", uneven, dtype=torch.float32)]


def with_the_course_s_flow(function):
    """Return what it draws with the flow that comes with the course, shape (1000, 2)."""
    model = load(WEIGHTS).model.requires_grad_(False)
    return function(model, drawings.noise(1000), [1 - u for u in flow.spread(20)])


exercise = Exercise(
    "clinic.patient_9", NOTEBOOK, patient_9, walks(), handed_out=as_it_came,
    hints=["At which time is the network asked first? What does it believe to see there, noise or data?",
           "t counts from the noise, u from the data. So where t is 0, u is 1."],
    place=by_point, draw=drawings.cloud(with_the_course_s_flow))


@exercise.mistake(WRONG, FLOW)
def told_alone(model, x1, ts):
    """The network is now told the right time; but u falls as t rises, so each step still goes the wrong way."""
    return walk(model, x1, ts, lambda t: 1 - t, length=lambda t, s: s - t)


@exercise.mistake(WRONG, FLOW)
def sign_alone(model, x1, ts):
    """Now each step goes towards the data, but the network is still asked with the time of the other convention."""
    return walk(model, x1, ts, lambda t: 1 - t, told=lambda t: t)


@exercise.mistake(WRONG, FLOW)
def list_turned(model, x1, ts):
    """The list is walked from its end; but t = 0, its beginning, is where the noise is."""
    return walk(model, x1, [1.0, *ts[::-1]], lambda t: t, end=())


@exercise.mistake(DDIM, FLOW)
def asks_where_it_goes(model, x1, ts):
    """The network is told the time where the step leads, but the point is still where it begins."""
    x = x1
    for t, s in zip(ts, [*ts[1:], 1.0]):
        x = x + (t - s) * model(x, 1 - s)
    return x


@exercise.mistake(DDIM, FLOW)
def stops_early(model, x1, ts):
    """The last step, to t = 1, is missing, or leads nowhere."""
    return walk(model, x1, ts, lambda t: 1 - t, end=())


@exercise.mistake(DDIM, FLOW)
def steps_as_if_even(model, x1, ts):
    """All steps are equally long; the list need not be even."""
    return walk(model, x1, ts, lambda t: 1 - t, length=lambda t, s: -1 / len(ts))


@exercise.mistake(DDIM, FLOW)
def first_step_alone(model, x1, ts):
    """This is where the first step leads; all the others should follow. Is the `return` inside of the loop?"""
    return walk(model, x1, ts[:1], lambda t: 1 - t, end=(ts[1] if len(ts) > 1 else 1.0,))


@exercise.mistake(DDIM, FLOW)
def always_from_x1(model, x1, ts):
    """This is the last step alone, made from x_1; each step should start where the one before it ended."""
    x = x1
    for t, s in zip(ts, [*ts[1:], 1.0]):
        x = x1 + (t - s) * model(x1, 1 - t)
    return x
