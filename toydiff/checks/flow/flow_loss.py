"""The loss: how wrong the network's velocity is, pair by pair."""

import torch

from ... import flow
from .. import drawings
from ..engine.asking import Case, Network
from ..engine.exercise import Exercise
from ..networks import small_network
from ..points import CROWD, alone, drawn, only
from .lines import MANY, U_MIXED, US, bent, line, resting, swirling
from .sections import LINE, NOTEBOOK, TRAIN, WRONG


def flow_loss(model, x0, u, eps):
    """The mean squared error of the velocity, a scalar."""
    return flow.flow_loss(lambda xu, u, label=None: model(xu, u), x0, u, eps)


def losses():
    """Return the cases: stand-ins for a network and a real one."""
    def case(given, model=None, u=U_MIXED, dtype=torch.float64, seed=2):
        x0, eps = drawn(2, len(u), 2, seed=seed).to(dtype)
        return Case(given, {"model": model or Network(bent), "x0": x0, "u": u.to(dtype), "eps": eps})

    other = {"u": U_MIXED.flip(0), "x0": drawn(6, 2, seed=7), "eps": drawn(6, 2, seed=8)}
    return [*alone(case("a u for each point"), model=Network(swirling), **other),
            *alone(case("a real network", small_network(4, T=None)), model=small_network(5, T=None), **other),
            case("a model that always answers 0", Network(resting), seed=3),
            case("u = 0.9 for every point", u=U_MIXED * 0 + 0.9), case("u = 0.1 for every point", u=U_MIXED * 0 + 0.1),
            case("two points", u=U_MIXED[[4, 1]], seed=5), case("a batch of one point", u=U_MIXED[2:3], seed=6),
            case(f"{CROWD} points", u=MANY),
            case("a real network in float32, in evaluation mode", small_network(4, T=None).float().eval(),
                 dtype=torch.float32),
            case("float32 points", dtype=torch.float32)]


exercise = Exercise(
    "flow.flow_loss", NOTEBOOK, flow_loss, losses(),
    hints=["First the point on the line: `interpolate(x0, u, eps)`. That is what the network sees, with its u.",
           "With which velocity does this pair go along its line as u grows? Where does it begin, where does it end?",
           "Square the difference, then `.mean()` over everything; no `.item()`, or no gradient can flow."],
    through="model", place=only("the loss"), any_float=True,
    draw=drawings.curve(lambda f: [f(Network(bent), drawings.board(), drawings.every(u), drawings.noise()) for u in US],
                        US, xlabel="u", ylabel="loss of a network"))


def difference(model, x0, u, eps):
    """Return how wrong each answer is, shape (batch, 2)."""
    return model(line(x0, u, eps), u) - (eps - x0)


@exercise.mistake(WRONG)
def sign(model, x0, u, eps):
    """It comes out as if the answer were compared with x_0 − ε, from noise to data: the target is ε − x_0, and is
    subtracted from the answer.
    """
    return ((model(line(x0, u, eps), u) - (x0 - eps)) ** 2).mean()


@exercise.mistake(WRONG)
def other_convention(model, x0, u, eps):
    """All of this is the other convention, from noise at u = 0 to data at 1; here the data is at 0, the noise at 1."""
    return ((model(line(x0, 1 - u, eps), u) - (x0 - eps)) ** 2).mean()


@exercise.mistake(WRONG)
def xu_for_noise(model, x0, u, eps):
    """The target is u (ε − x_0), which is x_u − x_0: only u times the velocity. It is ε − x_0."""
    xu = line(x0, u, eps)
    return ((model(xu, u) - (xu - x0)) ** 2).mean()


@exercise.mistake(WRONG)
def rest_of_the_way(model, x0, u, eps):
    """The target is (1 − u) (ε − x_0), which is ε − x_u, the rest of the way; the velocity is the whole way."""
    xu = line(x0, u, eps)
    return ((model(xu, u) - (eps - xu)) ** 2).mean()


@exercise.mistake(TRAIN)
def target_noise(model, x0, u, eps):
    """The answer is compared with the noise ε; a flow answers with the velocity."""
    return ((model(line(x0, u, eps), u) - eps) ** 2).mean()


@exercise.mistake(TRAIN)
def target_x0(model, x0, u, eps):
    """The answer is compared with x_0; a flow answers with the velocity."""
    return ((model(line(x0, u, eps), u) - x0) ** 2).mean()


@exercise.mistake(TRAIN)
def added(model, x0, u, eps):
    """The answer is compared with ε + x_0; the velocity is ε − x_0. Are brackets missing?"""
    return ((model(line(x0, u, eps), u) - (eps + x0)) ** 2).mean()


@exercise.mistake(TRAIN)
def v_of_diffusion(model, x0, u, eps):
    """This is the v of "v-prediction", (1 − u) ε − u x_0: the direction on an arc. On a straight line it is ε − x_0."""
    xu = line(x0, u, eps)
    return ((model(xu, u) - ((1 - u[:, None]) * eps - u[:, None] * x0)) ** 2).mean()


@exercise.mistake(LINE)
def sees_the_data(model, x0, u, eps):
    """The network gets x_0; it must see the point on the line, x_u."""
    return ((model(x0, u) - (eps - x0)) ** 2).mean()


@exercise.mistake(LINE)
def sees_the_noise(model, x0, u, eps):
    """The network gets the noise alone; it must see the point on the line, x_u."""
    return ((model(eps, u) - (eps - x0)) ** 2).mean()


@exercise.mistake(WRONG)
def told_the_other_time(model, x0, u, eps):
    """The network is told 1 − u, but the point is one of u."""
    return ((model(line(x0, u, eps), 1 - u) - (eps - x0)) ** 2).mean()


@exercise.mistake(WRONG)
def point_of_the_other_time(model, x0, u, eps):
    """The point is one of 1 − u, data and noise exchanged, but the network is told u."""
    return ((model(line(x0, 1 - u, eps), u) - (eps - x0)) ** 2).mean()


@exercise.mistake(TRAIN)
def on_an_arc(model, x0, u, eps):
    """The point has the factors √(1 − u²) and u: no straight line, and this target is not its velocity."""
    xu = ((1 - u**2).sqrt()[:, None] * x0 + u[:, None] * eps).to(x0.dtype)
    return ((model(xu, u) - (eps - x0)) ** 2).mean()


@exercise.mistake(TRAIN)
def summed(model, x0, u, eps):
    """This is the sum of all squares. Take the mean, or the loss grows with the batch."""
    return (difference(model, x0, u, eps) ** 2).sum()


@exercise.mistake(TRAIN)
def per_point(model, x0, u, eps):
    """This is twice the loss. Are the two coordinates added up? Take the mean over them, too."""
    return (difference(model, x0, u, eps) ** 2).sum(1).mean()


@exercise.mistake(TRAIN)
def absolute(model, x0, u, eps):
    """These are absolute values; take squares. Only with them the best answer is a mean."""
    return difference(model, x0, u, eps).abs().mean()


@exercise.mistake(TRAIN)
def root(model, x0, u, eps):
    """This is the root of the loss; leave it squared."""
    return (difference(model, x0, u, eps) ** 2).mean().sqrt()


@exercise.mistake(TRAIN)
def no_mean(model, x0, u, eps):
    """This is a square for each coordinate; a loss is one number, their mean."""
    return difference(model, x0, u, eps) ** 2


@exercise.mistake(TRAIN)
def mean_first(model, x0, u, eps):
    """This is the square of a mean, in which errors of opposite sign cancel; take the mean of squares."""
    return difference(model, x0, u, eps).mean() ** 2


@exercise.mistake(TRAIN)
def halved(model, x0, u, eps):
    """This is half the loss: the squares stand without a ½."""
    return (difference(model, x0, u, eps) ** 2).mean() / 2
