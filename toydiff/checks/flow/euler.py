"""The walk from noise to data by Euler's method."""

import torch

from ... import flow
from .. import drawings
from ..engine.asking import Case, Network
from ..engine.exercise import Exercise
from ..points import CROWD, alone, by_point, drawn
from .lines import bent, resting, swirling
from .sections import DDIM, NOTEBOOK, STRAIGHT, WRONG

EVEN, UNEVEN, SHORT = [1.0, 0.75, 0.5, 0.25], [1.0, 0.6, 0.3, 0.1, 0.02], [1.0, 0.4]


def euler(model, x1, us):
    """x_0, shape (batch, 2)."""
    return walk(model, x1, us, lambda u, s: s - u)


def walk(model, x1, us, step, ask=lambda u, s: u, end=(0.0,)):
    """Return the end of a walk whose step from u to s has length step(u, s), asked at ask(u, s)."""
    x = x1
    for u, s in zip(us, [*us[1:], *end]):
        x = x + step(u, s) * model(x, ask(u, s))
    return x


def walks():
    """Return the cases of the walk."""
    def case(given, us=UNEVEN, model=bent, n=4, dtype=torch.float64, seed=5):
        return Case(given, {"model": Network(model), "x1": drawn(n, 2, seed=seed).to(dtype), "us": us})

    many = (torch.linspace(1, 0.1, 40, dtype=torch.float64) ** 2).tolist()
    other = {"model": Network(swirling), "x1": drawn(4, 2, seed=11), "us": [1.0, 0.8, 0.5, 0.2, 0.1]}
    return [*alone(case("five uneven steps"), **other),
            case("a network that answers 0", model=resting), case("even steps", EVEN), case("two steps", SHORT, seed=6),
            case("one step", [1.0], seed=7), case("a start at u = 0.93", [0.93, 0.5, 0.1], seed=10),
            case("forty steps", many), case(f"{CROWD} points", n=CROWD), case("two points", n=2, seed=8),
            case("a batch of one point", n=1, seed=9),
            case("float32 points", dtype=torch.float32)]


exercise = Exercise(
    "flow.euler", NOTEBOOK, euler, walks(),
    hints=["From u to the next one, s, x moves by the velocity times what u changes by. Is that positive or negative?",
           "The pairs of a step and the next: `zip(us, us[1:] + [0])`. The last step leads to 0.",
           "In the loop `x = x + (s - u) * model(x, u)`."],
    place=by_point,
    draw=drawings.cloud(lambda f: f(flow.AsFlow(drawings.exact()), drawings.noise(1000), flow.spread(15))))


@exercise.mistake(WRONG)
def uphill(model, x1, us):
    """Each step has the wrong sign and leads further into the noise: u falls, so s − u is negative."""
    return walk(model, x1, us, lambda u, s: u - s)


@exercise.mistake(DDIM)
def stops_early(model, x1, us):
    """This is where the walk is at the last u of the list: the step from there to 0 is missing, or leads nowhere."""
    return walk(model, x1, us, lambda u, s: s - u, end=())


@exercise.mistake(DDIM)
def asks_where_it_goes(model, x1, us):
    """The network is told s, where the step leads, but the point is still at u."""
    return walk(model, x1, us, lambda u, s: s - u, ask=lambda u, s: s)


@exercise.mistake(WRONG)
def told_the_other_time(model, x1, us):
    """The network is told 1 − u; here u = 1 is the noise, where the walk begins."""
    return walk(model, x1, us, lambda u, s: s - u, ask=lambda u, s: 1 - u)


@exercise.mistake(DDIM)
def steps_as_if_even(model, x1, us):
    """All steps are equally long, 1/len(us); but the list need not be even: the step from u to s has length u − s."""
    return walk(model, x1, us, lambda u, s: -1 / len(us))


@exercise.mistake(DDIM)
def the_whole_way(model, x1, us):
    """Each step goes by u, all the way to the data; it should go from u to the next one only."""
    return walk(model, x1, us, lambda u, s: -u)


@exercise.mistake(STRAIGHT)
def one_velocity(model, x1, us):
    """The walk is one straight line, with the velocity of its start all the way: ask again at each u."""
    return x1 - us[0] * model(x1, us[0])


@exercise.mistake(DDIM)
def first_step_alone(model, x1, us):
    """This is where the first step leads; all the others should follow. Is the `return` inside of the loop?"""
    return walk(model, x1, us[:1], lambda u, s: s - u, end=(us[1] if len(us) > 1 else 0.0,))


@exercise.mistake(DDIM)
def always_from_x1(model, x1, us):
    """This is the last step alone, made from x_1: hand on what each step made."""
    x = x1
    for u, s in zip(us, [*us[1:], 0.0]):
        x = x1 + (s - u) * model(x1, u)
    return x


@exercise.mistake(DDIM)
def asked_at_x1(model, x1, us):
    """The network is always asked about x_1, where the walk began; ask about the point where you are."""
    x = x1
    for u, s in zip(us, [*us[1:], 0.0]):
        x = x + (s - u) * model(x1, u)
    return x


@exercise.mistake(WRONG)
def from_the_data_up(model, x1, us):
    """The list is walked from its end: u rises, from data to noise."""
    up = [0.0, *us[::-1]]
    x = x1
    for u, s in zip(up, up[1:]):
        x = x + (s - u) * model(x, u)
    return x


@exercise.mistake(DDIM)
def first_left_out(model, x1, us):
    """The walk begins at the second u: the first step is left out, or leads nowhere."""
    return walk(model, x1, us[1:], lambda u, s: s - u)


@exercise.mistake(DDIM)
def scaled_like_ddim(model, x1, us):
    """This takes the answer for ε, and x_u − u ε for x_0 up to a factor. A flow answers with the velocity: times s −
    u.
    """
    x = x1
    for u, s in zip(us, [*us[1:], 0.0]):
        eps = model(x, u)
        x0 = (x - u * eps) / (1 - u) if u < 1 else x - eps
        x = (1 - s) * x0 + s * eps
    return x
