"""Between two noises, along a circle."""

import torch

from .. import drawings
from ..engine.asking import Case
from ..engine.exercise import Exercise
from ..points import alone
from .sections import BETWEEN, NOTEBOOK
from .small import by_pixel, small, trained


def slerp(one, other, u):
    """What lies a share u of the way along the arc, shape (batch, 1, h, w)."""
    return along(one, other, u, angle(one, other))


def angle(one, other):
    """Return the angle between two batches of pictures, each picture a vector: shape (batch, 1, 1, 1)."""
    dot = (one * other).flatten(1).sum(1)
    cosine = dot / (one.flatten(1).norm(dim=1) * other.flatten(1).norm(dim=1))
    return cosine.arccos().view(-1, 1, 1, 1)


def along(one, other, u, theta):
    """Return the mixture of the two for this angle."""
    return (((1 - u) * theta).sin() * one + (u * theta).sin() * other) / theta.sin()


def arcs():
    """Return the cases: the pictures of a batch turn by different angles, and no two have one length."""
    def case(given, u, n=4, dtype=torch.float64, lean=0.0, shape=(4, 4), longer=1.0, size=1.0):
        one, other = small(n, *shape, seed=3), small(n, *shape, seed=8)
        sizes = size * torch.linspace(0.6, 1.4, n).double().view(-1, 1, 1, 1)
        one, other = one * sizes, longer * (size * other + lean * one * sizes)
        return Case(given, {"one": one.to(dtype), "other": other.to(dtype), "u": u})

    another = {"one": small(4, seed=11), "other": small(4, seed=12), "u": 0.25}
    return [*alone(case("u = 0.5", 0.5), **another), case("u = 0", 0.0), case("u = 1", 1.0),
            case("two that are nearly alike", 0.3, lean=2.0), case("two that are nearly opposite", 0.4, lean=-1.5),
            case("short ones", 0.35, size=0.02),
            case("one three times as long as the other", 0.6, longer=3.0), case("a single pair", 0.7, n=1),
            case("101 pairs", 0.45, n=101),
            case("pictures of 2 × 3 pixels", 0.8, shape=(2, 3)), case("float32 pictures", 0.35, dtype=torch.float32)]


def of_scans(function):
    """Return the ways from three scans to three others, in five steps each."""
    scans = trained()[2]
    return torch.stack([function(scans[:3], scans[3:6], u) for u in (0.0, 0.25, 0.5, 0.75, 1.0)], dim=1)


exercise = Exercise(
    "pictures.slerp", NOTEBOOK, slerp, arcs(), place=by_pixel, draw=drawings.pictures(of_scans),
    hints=["For the angle a picture is one long vector: `.flatten(1)`. `cos θ` is the dot product over both lengths.",
           "`theta` has shape (batch,). `[:, None, None, None]` makes room for channel, rows and columns.",
           "`(torch.sin((1 - u) * theta) * one + torch.sin(u * theta) * other) / torch.sin(theta)`"],
    tolerance=((1e-3, 1e-4), (1e-7, 1e-9)))


@exercise.mistake(BETWEEN)
def straight(one, other, u):
    """This is the straight way. Half-way along it two independent noises have only half the variance of noise."""
    return (1 - u) * one + u * other


@exercise.mistake(BETWEEN)
def swapped(one, other, u):
    """The two are swapped: at u = 0 the answer should be `one`, at u = 1 `other`."""
    return slerp(other, one, u)


@exercise.mistake(BETWEEN)
def quarter_circle(one, other, u):
    """This is the answer for θ = 90°, as it is for very many pixels; here θ is to be computed."""
    return along(one, other, u, torch.tensor(torch.pi / 2, dtype=one.dtype))


@exercise.mistake(BETWEEN)
def one_angle(one, other, u):
    """Here all pairs of the batch share one angle, that of the whole batch; each pair has its own."""
    return along(one, other, u, angle(one[None].flatten(1)[None], other[None].flatten(1)[None]))


@exercise.mistake(BETWEEN)
def lengths_forgotten(one, other, u):
    """Here cos θ is the mean of the products of the pixels; it is their sum over both lengths."""
    cosine = (one * other).flatten(1).sum(1).view(-1, 1, 1, 1)
    return along(one, other, u, (cosine / one[0].numel()).clamp(-1, 1).arccos())


@exercise.mistake(BETWEEN)
def not_divided(one, other, u):
    """This is the answer times sin θ: at u = 0 it should be `one`. Is the division by sin θ missing?"""
    theta = angle(one, other)
    return along(one, other, u, theta) * theta.sin()


@exercise.mistake(BETWEEN)
def cosine_for_angle(one, other, u):
    """Here cos θ stands where the angle θ belongs. Is `torch.arccos` missing?"""
    return along(one, other, u, angle(one, other).cos())


@exercise.mistake(BETWEEN)
def share_not_of_the_angle(one, other, u):
    """Both have the factor sin(u θ) here; that of `one` is sin((1 − u) θ)."""
    theta = angle(one, other)
    return ((u * theta).sin() * one + (u * theta).sin() * other) / theta.sin()


@exercise.mistake(BETWEEN)
def sphere_of_one(one, other, u):
    """This is the answer for two of length 1; noise is to keep its length."""
    unit = [x / x.flatten(1).norm(dim=1).view(-1, 1, 1, 1) for x in (one, other)]
    return along(*unit, u, angle(one, other))
