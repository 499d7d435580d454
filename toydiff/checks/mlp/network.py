"""The course's network: what a Gaussian would answer, and what the layers add to it."""

import copy

import torch
from torch import nn

from .. import drawings
from ..columns import T_MINUS_1, row
from ..engine.asking import Case
from ..engine.exercise import Exercise
from ..networks import filled
from ..points import COSINE, CROWD, EVERY_T, LINEAR, LONG, ONE, T_MIXED, T_OF_20, T_OF_300, TWIN, alone, by_point, drawn
from .sections import FEATURES, NETWORK, NOTEBOOK, UNSCALED, WHY_T


def network(layers, xt, t, schedule):
    """The Gaussian's answer √(1−ᾱ)/v · x_t, v = 1 − ᾱ + ᾱ/3, and √(ᾱ/v) times what the layers say of (x, y, t/T)."""
    a, v = alpha_bar_and_v(schedule, t, xt)
    return (1 - a).sqrt() / v * xt + (a / v).sqrt() * said(layers, xt, t.to(xt.dtype) / schedule.T)


def alpha_bar_and_v(schedule, t, xt):
    """Return ᾱ and the variance of x_t, each a column beside xt."""
    a = row(schedule.alpha_bar, t).to(xt.dtype)
    return a, 1 - a + a / 3


def said(layers, xt, time):
    """Return what the layers say of (x, y, time), shape (batch, 2)."""
    return layers(torch.cat([xt, time[:, None].to(xt.dtype)], dim=1))


def networks():
    """Return the cases: layers that answer 0 or something, points and t."""
    source = torch.Generator().manual_seed(6)
    xt, many = torch.randn(6, 2, generator=source, dtype=torch.float64), drawn(CROWD, 2)

    def layers(weight):
        made = nn.Linear(3, 2).double()
        made.weight.data, made.bias.data = weight, torch.tensor([0.3, -0.7]).double() * weight.abs().amax()
        return made

    some = layers(torch.randn(2, 3, generator=source, dtype=torch.float64))
    bent, own = nn.Sequential(some, nn.Tanh()), Own(some)

    def case(given, xt, t, layers=some, schedule=LINEAR):
        return Case(given, {"layers": layers, "xt": xt, "t": t, "schedule": schedule})

    return [*alone(case("a t for each point", xt, T_MIXED, own), layers=bent, xt=xt.flip(0), t=T_MIXED.flip(0),
                   schedule=TWIN),
            case("layers that answer 0", xt, T_MIXED, layers(torch.zeros(2, 3).double())),
            case("xt = 0", 0 * xt, T_MIXED),
            case("t = 1 for every point", xt, torch.ones(6).long()),
            case("t = 2 for every point", xt, torch.full((6,), 2)),
            case("t = T for every point", xt, torch.full((6,), 100)),
            case(f"{CROWD} points of every t", many, EVERY_T, bent),
            case("a schedule of 300 steps", xt, T_OF_300, own, LONG),
            case("a schedule of one step", xt, torch.ones(6).long(), own, ONE),
            case("points far from the board", 300 * xt, T_MIXED),
            case("two points", xt[:2], torch.tensor([90, 20])),
            case("a batch of one point", xt[:1], torch.tensor([30])),
            case("another schedule, of 20 steps", xt, T_OF_20, schedule=COSINE),
            case("float32 points", xt.float(), T_MIXED, copy.deepcopy(bent).float())]


SOME = filled(nn.Linear(3, 2), 1).float()


class Own(nn.Module):
    """Layers that are no Sequential, and not linear."""

    def __init__(self, inner):
        super().__init__()
        self.inner, self.scale = inner, nn.Parameter(torch.tensor(0.7).double())

    def forward(self, x):
        """Return something, shape (batch, 2)."""
        return self.inner(torch.sin(2 * x)) * self.scale + x[:, :2] ** 2


exercise = Exercise(
    "mlp.network", NOTEBOOK, network, networks(),
    hints=["x_t has the variance v = 1 − ᾱ_t + ᾱ_t/3, and √(1 − ᾱ_t) in common with ε. What is left of ε has 1 − c² v.",
           "First ᾱ_t as a column: `schedule.alpha_bar[t][:, None]`, in the dtype of the points (`.to(xt.dtype)`).",
           "The input of the layers: `torch.cat([xt, time_column(t, schedule.T)], dim=1)`, shape (batch, 3).",
           "Then two terms: a column times xt, a column times what the layers answer."],
    through="layers", place=by_point, tolerance=((1e-4, 1e-5), (2e-6, 2e-7)),    # t / T is float32 where t is int64
    draw=drawings.arrows(lambda f, grid: f(SOME, grid, drawings.every(10, len(grid)), LINEAR)))


@exercise.mistake(UNSCALED)
def unscaled(layers, xt, t, schedule):
    """The layers get t itself, 1 to T, which drowns x and y. Divide by T."""
    a, v = alpha_bar_and_v(schedule, t, xt)
    return (1 - a).sqrt() / v * xt + (a / v).sqrt() * said(layers, xt, t)


@exercise.mistake(WHY_T)
def blind(layers, xt, t, schedule):
    """The layers never see t: they get the same time for every point."""
    a, v = alpha_bar_and_v(schedule, t, xt)
    return (1 - a).sqrt() / v * xt + (a / v).sqrt() * said(layers, xt, torch.full_like(t, schedule.T // 2) / schedule.T)


@exercise.mistake(NETWORK)
def time_t_minus_1(layers, xt, t, schedule):
    """The layers get (t − 1)/T, but ᾱ is taken at t: give both the same t."""
    a, v = alpha_bar_and_v(schedule, t, xt)
    return (1 - a).sqrt() / v * xt + (a / v).sqrt() * said(layers, xt, (t - 1) / schedule.T)


@exercise.mistake(FEATURES, says=T_MINUS_1)
def alpha_bar_t_minus_1(layers, xt, t, schedule):
    """ᾱ is that of the step before."""
    a, v = alpha_bar_and_v(schedule, t - 1, xt)
    return (1 - a).sqrt() / v * xt + (a / v).sqrt() * said(layers, xt, t / schedule.T)


@exercise.mistake(NETWORK)
def time_first(layers, xt, t, schedule):
    """Time stands before x and y; the layers expect x, y, time, in this order."""
    a, v = alpha_bar_and_v(schedule, t, xt)
    time = (t / schedule.T)[:, None].to(xt.dtype)
    return (1 - a).sqrt() / v * xt + (a / v).sqrt() * layers(torch.cat([time, xt], dim=1))


@exercise.mistake(FEATURES)
def only_layers(layers, xt, t, schedule):
    """Only what the layers add comes out; the Gaussian's answer, √(1 − ᾱ)/v · x_t, belongs beside it."""
    a, v = alpha_bar_and_v(schedule, t, xt)
    return (a / v).sqrt() * said(layers, xt, t / schedule.T)


@exercise.mistake(FEATURES)
def only_gaussian(layers, xt, t, schedule):
    """It makes no difference what the layers say: this is the Gaussian's answer alone. Add theirs, times √(ᾱ/v)."""
    a, v = alpha_bar_and_v(schedule, t, xt)
    return (1 - a).sqrt() / v * xt


@exercise.mistake(FEATURES)
def added_in_full(layers, xt, t, schedule):
    """What the layers say comes out with the factor 1; it should be
    √(ᾱ/v), which is small where noise has buried the data.
    """
    a, v = alpha_bar_and_v(schedule, t, xt)
    return (1 - a).sqrt() / v * xt + said(layers, xt, t / schedule.T)


@exercise.mistake(FEATURES)
def added_without_root(layers, xt, t, schedule):
    """What the layers say comes out with the factor ᾱ/v; it should be the root of that."""
    a, v = alpha_bar_and_v(schedule, t, xt)
    return (1 - a).sqrt() / v * xt + a / v * said(layers, xt, t / schedule.T)


@exercise.mistake(FEATURES)
def variance_1(layers, xt, t, schedule):
    """This is right for data of variance 1; the board's is 1/3: v = 1 − ᾱ + ᾱ/3."""
    a = row(schedule.alpha_bar, t).to(xt.dtype)
    return (1 - a).sqrt() * xt + a.sqrt() * said(layers, xt, t / schedule.T)


@exercise.mistake(FEATURES)
def std_for_variance(layers, xt, t, schedule):
    """It comes out as with v = 1 − ᾱ + ᾱ/9; 1/3 is the board's variance already, so v = 1 − ᾱ + ᾱ/3."""
    a = row(schedule.alpha_bar, t).to(xt.dtype)
    v = 1 - a + a / 9
    return (1 - a).sqrt() / v * xt + (a / v).sqrt() * said(layers, xt, t / schedule.T)


@exercise.mistake(FEATURES)
def added_by_what_is_left(layers, xt, t, schedule):
    """What the layers say comes out with √(ᾱ/(3v)), the standard deviation of
    what is left of ε; divide it by that of the data, √(1/3).
    """
    a, v = alpha_bar_and_v(schedule, t, xt)
    return (1 - a).sqrt() / v * xt + (a / 3 / v).sqrt() * said(layers, xt, t / schedule.T)


@exercise.mistake(FEATURES)
def noise_without_root(layers, xt, t, schedule):
    """Your factor of x_t is (1 − ᾱ)/v; it should be √(1 − ᾱ)/v."""
    a, v = alpha_bar_and_v(schedule, t, xt)
    return (1 - a) / v * xt + (a / v).sqrt() * said(layers, xt, t / schedule.T)


@exercise.mistake(FEATURES)
def root_of_v(layers, xt, t, schedule):
    """Your factor of x_t is √((1 − ᾱ)/v), the correlation; it should be √(1 − ᾱ)/v."""
    a, v = alpha_bar_and_v(schedule, t, xt)
    return ((1 - a) / v).sqrt() * xt + (a / v).sqrt() * said(layers, xt, t / schedule.T)


@exercise.mistake(FEATURES)
def not_divided(layers, xt, t, schedule):
    """Your factor of x_t is √(1 − ᾱ), which should still be divided by the variance v."""
    a, v = alpha_bar_and_v(schedule, t, xt)
    return (1 - a).sqrt() * xt + (a / v).sqrt() * said(layers, xt, t / schedule.T)


@exercise.mistake(FEATURES)
def subtracted(layers, xt, t, schedule):
    """What the layers say comes out subtracted; add it."""
    a, v = alpha_bar_and_v(schedule, t, xt)
    return (1 - a).sqrt() / v * xt - (a / v).sqrt() * said(layers, xt, t / schedule.T)
