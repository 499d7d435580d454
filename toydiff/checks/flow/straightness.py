"""How far a walk is from straight."""

import torch

from ... import rectified
from .. import drawings
from ..engine.asking import Case
from ..engine.exercise import Exercise
from ..points import alone, drawn, only
from .sections import NOTEBOOK, STRAIGHT


def straightness(us, xs):
    """∫ E|(x_1 − x_0) − v|² du, one number."""
    return torch.as_tensor(rectified.straightness(zip(us.tolist(), xs)), dtype=torch.float64)


def ways():
    """Return the cases: walks of a few points."""
    def falling(*us):
        return torch.tensor(us, dtype=torch.float64)

    def case(given, us, n=4, seed=5):
        return Case(given, {"us": us, "xs": drawn(len(us), n, 2, seed=seed)})

    uneven = falling(1, 0.7, 0.3, 0.05, 0)
    straight = uneven[:, None, None] * drawn(4, 2, seed=8) + drawn(4, 2, seed=9)
    bent = straight.clone()
    bent[2] += 0.3
    return [*alone(case("uneven steps", uneven), us=falling(1, 0.9, 0.5, 0.4, 0), xs=drawn(5, 4, 2, seed=12)),
            Case("a straight walk", {"us": uneven, "xs": straight}),
            Case("a walk that is straight but for one point", {"us": uneven, "xs": bent}),
            case("even steps", falling(1, 0.75, 0.5, 0.25, 0)), case("two points", uneven, n=2, seed=6),
            case("a batch of one point", uneven, n=1, seed=7), case("two steps", falling(1, 0.4, 0), seed=3),
            case("thirty steps", torch.linspace(1, 0, 31, dtype=torch.float64) ** 2, n=301, seed=4)]


BENDS = torch.linspace(0, 1, 11).tolist()


def arcs(bend):
    """Return the times and points of walks with a bend in them, shapes (21,) and (21, 2500, 2)."""
    us = torch.linspace(1, 0, 21, dtype=torch.float64) ** 2
    x0, x1, u = drawings.board().double(), drawings.noise().double(), us[:, None, None]
    return us, x0 + u * (x1 - x0) + bend * (u * (1 - u)) * x1.flip(1)


exercise = Exercise(
    "flow.straightness", NOTEBOOK, straightness, ways(),
    hints=["The velocity of a step is what x changes by, divided by what u changes by: `xs[:-1] - xs[1:]` by "
           "`us[:-1] - us[1:]`, the latter with `[:, None, None]`.",
           "Its difference to the chord, xs[0] − xs[-1]: squared, summed over coordinates, averaged over the points.",
           "A long step counts for more: each times its length, then the sum."],
    place=only("the straightness"), number=True,
    draw=drawings.curve(lambda f: [f(*arcs(b)) for b in BENDS], BENDS, xlabel="how bent the walks are", ylabel="S"))


def pieces(us, xs):
    """Return the length of each step, (steps,), its velocity, (steps, batch, 2), and the chord, (batch, 2)."""
    lengths = us[:-1] - us[1:]
    return lengths, (xs[:-1] - xs[1:]) / lengths[:, None, None], xs[0] - xs[-1]


@exercise.mistake(STRAIGHT)
def not_weighted(us, xs):
    """All steps count alike here; a long one must count for more: it is an integral over u."""
    _, v, chord = pieces(us, xs)
    return (v - chord).square().sum(2).mean()


@exercise.mistake(STRAIGHT)
def per_coordinate(us, xs):
    """This is half the answer. Is it a mean over both coordinates? |…|² is their sum."""
    lengths, v, chord = pieces(us, xs)
    return (lengths * (v - chord).square().mean((1, 2))).sum()


@exercise.mistake(STRAIGHT)
def not_squared(us, xs):
    """These are distances; take their squares."""
    lengths, v, chord = pieces(us, xs)
    return (lengths * (v - chord).norm(dim=2).mean(1)).sum()


@exercise.mistake(STRAIGHT)
def root(us, xs):
    """This is the root of the answer; leave it squared."""
    lengths, v, chord = pieces(us, xs)
    return (lengths * (v - chord).square().sum(2).mean(1)).sum().sqrt()


@exercise.mistake(STRAIGHT)
def chord_backwards(us, xs):
    """Chord and velocity go opposite ways here; both go the way in which u grows: the chord is x_1 − x_0."""
    lengths, v, chord = pieces(us, xs)
    return (lengths * (v + chord).square().sum(2).mean(1)).sum()


@exercise.mistake(STRAIGHT)
def speed(us, xs):
    """This is E|v|², the square of the speed; subtract the chord from v first."""
    lengths, v, chord = pieces(us, xs)
    return (lengths * v.square().sum(2).mean(1)).sum()


@exercise.mistake(STRAIGHT)
def steps_for_velocities(us, xs):
    """What x changes by in a step stands here for the velocity; divide it by the length of the step in u."""
    lengths, _, chord = pieces(us, xs)
    return (lengths * (xs[:-1] - xs[1:] - chord).square().sum(2).mean(1)).sum()


@exercise.mistake(STRAIGHT)
def places(us, xs):
    """This is how far the points are from the chord; asked is how far their velocities are from it."""
    lengths, _, chord = pieces(us, xs)
    line = xs[-1] + us[:, None, None] * chord
    return (lengths * (xs - line)[:-1].square().sum(2).mean(1)).sum()


@exercise.mistake(STRAIGHT)
def summed_over_points(us, xs):
    """This is the sum over all points; take their mean."""
    lengths, v, chord = pieces(us, xs)
    return (lengths * (v - chord).square().sum(2).sum(1)).sum()


@exercise.mistake(STRAIGHT)
def mean_chord(us, xs):
    """All points are compared with the mean chord; each has its own."""
    lengths, v, chord = pieces(us, xs)
    return (lengths * (v - chord.mean(0)).square().sum(2).mean(1)).sum()


@exercise.mistake(STRAIGHT)
def mean_first(us, xs):
    """This squares a mean over the points, in which bends to the left and to the right cancel; take the mean of
    squares.
    """
    lengths, v, chord = pieces(us, xs)
    return (lengths * (v - chord).mean(1).square().sum(1)).sum()


@exercise.mistake(STRAIGHT)
def negative(us, xs):
    """This is the answer with a minus. u falls along the walk, so that s − u is negative: a length is u − s."""
    return -straightness(us, xs)
