"""Where to ask: equally much log SNR in each step."""

import numbers

import torch

from .. import drawings
from ..engine.asking import Case, Unreadable
from ..engine.exercise import Exercise
from ..points import COSINE, LINEAR, LONG, SHORT, TWIN, alone
from .sections import NOTEBOOK, WHERE


def spacing(schedule, n):
    """The t, from T down to 1, whose λ are nearest to n evenly spaced ones, each once: a list."""
    return nearest(half_log_snr(schedule), n)


def half_log_snr(schedule):
    """Return λ_t for t = 1…T, shape (T,)."""
    return (schedule.alpha_bar[1:] / (1 - schedule.alpha_bar[1:])).log() / 2


def nearest(table, n):
    """Return the t whose entries, table[t − 1], are nearest to n evenly spaced values, from the last to the first."""
    wanted = torch.linspace(table[-1], table[0], n, dtype=table.dtype)
    return list(dict.fromkeys(((table[:, None] - wanted).abs().argmin(0) + 1).tolist()))


def grids():
    """Return the cases: schedules and how often to ask."""
    def case(given, schedule, n):
        return Case(given, {"schedule": schedule, "n": n})

    return [*alone(case("n = 10", LINEAR, 10), schedule=TWIN, n=7), case("n = 2", LINEAR, 2),
            case("n = 30, more than there is room for near the data", LINEAR, 30),
            case("n = 80", LINEAR, 80),
            case("another schedule, of 20 steps", COSINE, 8), case("a schedule of 6 steps", SHORT, 4),
            case("a schedule of 300 steps", LONG, 12), case("n = T", SHORT, 6)]


def read_list(value, after):
    """Return a list of integers as a row of T + 2 numbers: how many they are, they, the last again and again."""
    try:
        found = torch.tensor([float(t) for t in value], dtype=torch.float64)
    except (TypeError, ValueError, RuntimeError):
        came = type(value).__name__
        raise Unreadable(f"it returns an object of type {came}, a list of integers was wanted.") from None
    if any(t.is_floating_point() if isinstance(t, torch.Tensor) else not isinstance(t, numbers.Integral)
           for t in value):
        raise Unreadable("what it returns holds other numbers than integers: a t is the place in a table.")
    room = after["schedule"].T + 1 - len(found)
    if room < 0:
        raise Unreadable(f"it returns {len(found)} numbers, more than there are t.")
    last = found[-1:] if len(found) else torch.full((1,), -1.0, dtype=torch.float64)
    return torch.cat([torch.full_like(last, len(found)), found, last.expand(room)])


def in_the_list(index, args):
    """Say where: an entry of `read_list`."""
    return f"number {index[0]} of the list (its last one, where it is shorter)" if index[0] else "its length"


exercise = Exercise(
    "fewer_steps.spacing", NOTEBOOK, spacing, grids(),
    hints=["λ_t is half the log of ᾱ_t/(1 − ᾱ_t). Leave out t = 0, where it is infinite.",
           "`torch.linspace` from λ_T to λ_1 makes the n values; `(table[:, None] - wanted).abs().argmin(0)` finds the "
           "nearest entry of each.",
           "The table begins at t = 1, so 1 is added. `dict.fromkeys` keeps each number once, in order."],
    read=read_list, place=in_the_list,
    draw=drawings.curve(lambda f: f(LINEAR, 12), xlabel="question", ylabel="t"))


@exercise.mistake(WHERE)
def even_in_t(schedule, n):
    """The t themselves are evenly spaced; their λ should be."""
    return torch.linspace(schedule.T, 1, n).round().int().tolist()


@exercise.mistake(WHERE)
def even_in_snr(schedule, n):
    """The SNR itself is evenly spaced, so nearly all t are at the data; take its log."""
    return nearest((2 * half_log_snr(schedule)).exp(), n)


@exercise.mistake(WHERE)
def even_in_alpha_bar(schedule, n):
    """ᾱ is evenly spaced; take the log of ᾱ/(1 − ᾱ)."""
    return nearest(schedule.alpha_bar[1:], n)


@exercise.mistake(WHERE)
def log_of_alpha_bar(schedule, n):
    """Here log ᾱ is evenly spaced, without the noise; take the log of ᾱ/(1 − ᾱ), the SNR."""
    return nearest(schedule.alpha_bar[1:].log(), n)


@exercise.mistake(WHERE)
def log_of_noise(schedule, n):
    """Here log(1 − ᾱ) is evenly spaced, without the signal; take the log of ᾱ/(1 − ᾱ), the SNR."""
    return nearest((1 - schedule.alpha_bar[1:]).log(), n)


@exercise.mistake(WHERE)
def even_in_noise(schedule, n):
    """√(1 − ᾱ), the size of the noise, is evenly spaced; take the log of ᾱ/(1 − ᾱ)."""
    return nearest((1 - schedule.alpha_bar[1:]).sqrt(), n)


@exercise.mistake(WHERE)
def upwards(schedule, n):
    """The t rise; the walk goes from T down to 1."""
    return spacing(schedule, n)[::-1]


@exercise.mistake(WHERE)
def kept_twice(schedule, n):
    """Near the data a t comes twice or more: a step from t to the same t leads nowhere, so keep each once."""
    table = half_log_snr(schedule)
    wanted = torch.linspace(table[-1], table[0], n, dtype=table.dtype)
    return ((table[:, None] - wanted).abs().argmin(0) + 1).tolist()


@exercise.mistake(WHERE)
def one_too_small(schedule, n):
    """Every t is too small by 1: the place in a table that begins at t = 1 is t − 1."""
    return [t - 1 for t in spacing(schedule, n)]


@exercise.mistake(WHERE)
def ends_with_0(schedule, n):
    """A 0 stands at the end of the list, but at t = 0 nobody is asked: the last step leads there by itself."""
    return [*spacing(schedule, n), 0]


@exercise.mistake(WHERE)
def without_1(schedule, n):
    """The n values end before λ_1; both ends, λ_T and λ_1, are among them."""
    table = half_log_snr(schedule)
    wanted = torch.linspace(table[-1], table[0], n + 1, dtype=table.dtype)[:-1]
    return list(dict.fromkeys(((table[:, None] - wanted).abs().argmin(0) + 1).tolist()))
