"""The share of points that are no copies of the training points."""

import torch

from .. import drawings
from ..engine.asking import Case
from ..engine.exercise import Exercise
from ..points import alone, only
from .sections import FIT, NOTEBOOK


def share_new(x, train, distance):
    """The share of x farther than `distance` from every point of train."""
    return (torch.cdist(x, train).amin(1) > distance).double().mean()


def memories():
    """Return the cases: points, training points and a distance."""
    def case(given, n, m, distance, seed=0):
        source = torch.Generator().manual_seed(seed)
        x, train = (2 * torch.rand(k, 2, generator=source, dtype=torch.float64) - 1 for k in (n, m))
        return Case(given, {"x": x, "train": train, "distance": distance})

    first = case("200 points, 30 to learn from", 200, 30, 0.15)
    other = case("", 200, 30, 0.15, seed=1).args
    corner = torch.tensor([[0.0, 0.0], [0.25, 0.0], [0.5, 0.0], [0.0, -0.25], [0.75, 1.0]]).double()
    copied = case("two of four points copied from the training points", 4, 10, 0.01)
    copied.args["x"][:2] = copied.args["train"][[3, 7]]
    touching = copied.args["x"].clone()
    touching[2] = copied.args["train"][5] + 1e-4
    small = {name: value.float() if name != "distance" else value
             for name, value in case("", 200, 30, 0.15).args.items()}
    return [*alone(first, x=other["x"], train=other["train"], distance=0.06), copied,
            Case("distance = 0", {"x": touching, "train": copied.args["train"], "distance": 0.0}),
            Case("points at exactly the distance, which are not farther", {
                "x": corner, "train": corner[[0, 4]], "distance": 0.25}),
            Case("points that come more than once", {
                "x": torch.cat([other["x"][:9].repeat(20, 1), other["x"]]), "train": other["train"], "distance": 0.1}),
            Case("points outside of the square", {"x": 3 * other["x"], "train": other["train"], "distance": 0.5}),
            case("3000 points", 3000, 40, 0.2), case("one training point and one point", 1, 1, 0.01),
            case("30 points, 1501 to learn from", 30, 1501, 0.025), case("a large distance", 100, 20, 1.2, seed=5),
            case("one point to learn from", 50, 1, 0.8), case("a batch of one point", 1, 20, 0.01),
            Case("float32 points", small)]


exercise = Exercise(
    "data.share_new", NOTEBOOK, share_new, memories(),
    hints=["`torch.cdist(x, train)` holds all distances. Which shape, and which of the two sides is which?",
           "Of each row the smallest: `.min(dim=1).values`. Then compare, then the mean."],
    place=only("the share"), number=True,
    draw=drawings.curve(lambda f: [f(drawings.board(200), drawings.board(400)[200:], d)
        for d in drawings.DISTANCES], drawings.DISTANCES, "distance"))


@exercise.mistake(FIT)
def share_old(x, train, distance):
    """This is the share of memorised points; the new ones are those farther away."""
    return 1 - share_new(x, train, distance)


@exercise.mistake(FIT)
def mean_distance(x, train, distance):
    """It comes out as if the mean distance to all training points counted; the nearest one decides."""
    return (torch.cdist(x, train).mean(1) > distance).double().mean()


@exercise.mistake(FIT)
def farthest(x, train, distance):
    """A point counts as new as soon as the farthest training point is beyond `distance`; the nearest one decides."""
    return (torch.cdist(x, train).amax(1) > distance).double().mean()


@exercise.mistake(FIT)
def other_side(x, train, distance):
    """This is the share of training points with no sample near. Ask it of
    each sample: is it the other `dim`, or are the two swapped?
    """
    return (torch.cdist(x, train).amin(0) > distance).double().mean()


@exercise.mistake(FIT)
def pairs(x, train, distance):
    """This is the share of pairs of points that are far apart; first take the nearest training point of each sample."""
    return (torch.cdist(x, train) > distance).double().mean()


@exercise.mistake(FIT)
def number(x, train, distance):
    """This is how many points are new; divide by the number of points for the share."""
    return (torch.cdist(x, train).amin(1) > distance).double().sum()


@exercise.mistake(FIT)
def percent(x, train, distance):
    """This is in percent; a share lies between 0 and 1."""
    return 100 * share_new(x, train, distance)


@exercise.mistake(FIT)
def squared(x, train, distance):
    """It comes out as if the squared distance were compared with `distance`: compare the distance itself."""
    return (torch.cdist(x, train).amin(1) ** 2 > distance).double().mean()
