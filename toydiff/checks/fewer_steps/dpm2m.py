"""The whole sampler of second order."""

import torch

from .. import drawings
from ..engine.asking import Case, Network, Unreadable
from ..engine.exercise import Exercise
from ..networks import Restless, curl, silent, wave
from ..points import COSINE, CROWD, LINEAR, LONG, ONE, SHORT, TWIN, alone, by_point, drawn
from .ahead import half_log_snr, line, stretch
from .ddim_step import guessed
from .sections import LINE, NOTEBOOK, WRONG


def dpm2m(model, xT, ts, schedule):
    """x_0 by DPM-Solver++(2M), asked at ts, shape (batch, 2)."""
    return walk(model, xT, ts, schedule)


def walk(model, xT, ts, schedule, by=stretch, table=half_log_snr, ask=lambda t, s: t, first=None, newest=True,
         latest=True, old_noise=False, ends=(0,)):
    """Return x_0 by the sampler, right as it stands or wrong in one place."""
    x, x0_before, its, table = xT, first, None, table(schedule)
    for before, t, s in zip([None, *ts], ts, [*ts[1:], *ends]):
        x0, eps = guessed(lambda x, t, s=s: model(x, ask(t, s)), x, t, schedule)
        its = before if latest or its is None else its
        believed = x0
        if x0_before is not None and s:
            believed = line(x0, x0_before, by(table, its, t, s) if before else 0.5)
        now, then = schedule.alpha_bar[t], schedule.alpha_bar[s]
        eps = eps if old_noise else (x - now.sqrt() * believed) / (1 - now).sqrt()
        x = then.sqrt() * believed + (1 - then).sqrt() * eps
        x0_before = x0 if newest or x0_before is None else x0_before
    return x.to(xT.dtype)


def walks():
    """Return the cases: long and short walks."""
    def case(given, ts, model=wave, n=4, schedule=LINEAR, dtype=torch.float64):
        model = model if isinstance(model, Restless) else Network(model)
        return Case(given, {"model": model, "xT": drawn(n, 2).to(dtype), "ts": ts, "schedule": schedule})

    pairs = alone(case("three questions", [100, 40, 7]), model=Network(curl), xT=drawn(4, 2, seed=10), ts=[100, 60, 10],
                  schedule=TWIN)
    return [*pairs, case("a single question", [80]), case("two questions", [90, 20]),
            case("seven questions", [100, 76, 55, 30, 12, 4, 1]), case("a start below T", [60, 25, 20, 2]),
            case("twenty questions", [*range(100, 0, -5)]),
            case("every t of a schedule of 6 steps", [6, 5, 4, 3, 2, 1], schedule=SHORT),
            case("a network that answers otherwise each time it is asked", [100, 50, 20, 5], Restless()),
            case("a network that answers 0", [100, 50, 20, 5], silent), case("two points", [70, 30, 9], n=2),
            case(f"{CROWD} points", [100, 58, 21, 6], n=CROWD), case("a batch of one point", [100, 66, 33, 3], n=1),
            case("a schedule of 300 steps", [300, 256, 128, 31], schedule=LONG),
            case("a schedule of one step", [1], schedule=ONE),
            case("another schedule, of 20 steps", [20, 13, 6, 2], schedule=COSINE),
            case("float32 points", [100, 60, 31, 10, 3], dtype=torch.float32)]


def shown(function):
    """Return what is drawn of an answer: a walk of five questions to the exact denoiser."""
    schedule, oracle, z = drawings.few_steps()
    return function(oracle, z[0], [30, 20, 10, 4, 1], schedule)


def read_walk(value, after):
    """Return the answer, unless it is no number because a line was drawn to t = 0, where λ is infinite."""
    if isinstance(value, torch.Tensor) and value.is_floating_point() and not value.isfinite().any():
        raise Unreadable("the answer is NaN or infinite. Is a line drawn in the last step, to s = 0? There λ is "
                         "infinite, and x̂_0 alone is believed.")
    return value


exercise = Exercise(
    "fewer_steps.dpm2m", NOTEBOOK, dpm2m, walks(),
    hints=["The steps: `zip(ts, [*ts[1:], 0])`. What do you know at the first, what not? And at the last?",
           "Guess x̂_0. If there is an answer before it and s > 0, replace it by the line's, `ahead`.",
           "Then DDIM's step with that x̂_0 and the noise that goes with it: (x − √ᾱ_t x̂_0)/√(1 − ᾱ_t). Keep the "
           "guess, not the line's, for the next step."],
    place=by_point, read=read_walk, draw=drawings.cloud(shown))


@exercise.mistake(LINE)
def first_order(model, xT, ts, schedule):
    """This is DDIM. Is no line drawn, or is the older answer overwritten before it is used?"""
    return walk(model, xT, ts, schedule, by=lambda *a: 0.0)


@exercise.mistake(LINE)
def old_noise(model, xT, ts, schedule):
    """The line's x̂_0 goes with the network's ε̂ here, which belongs to another x̂_0: take (x − √ᾱ_t x̂_0)/√(1 − ᾱ_t).
    """
    return walk(model, xT, ts, schedule, old_noise=True)


@exercise.mistake(WRONG)
def starts_from_zero(model, xT, ts, schedule):
    """The first step goes by 3/2 of its answer, as on a line from an answer 0 that nobody gave; it must be DDIM's."""
    return walk(model, xT, ts, schedule, first=torch.zeros_like(xT))


@exercise.mistake(WRONG)
def starts_from_noise(model, xT, ts, schedule):
    """The first step goes as on a line from x_T, as if that were an answer; it must be DDIM's."""
    return walk(model, xT, ts, schedule, first=xT)


@exercise.mistake(LINE)
def never_renewed(model, xT, ts, schedule):
    """The older answer and its t stay those of the very first question; after each step both are replaced."""
    return walk(model, xT, ts, schedule, newest=False, latest=False)


@exercise.mistake(LINE)
def before_never_renewed(model, xT, ts, schedule):
    """The t of the older answer stays that of the very first one; after each step it is replaced, as the answer is."""
    return walk(model, xT, ts, schedule, latest=False)


@exercise.mistake(LINE)
def answer_never_renewed(model, xT, ts, schedule):
    """The older answer stays the very first one; after each step it is replaced, as its t is."""
    return walk(model, xT, ts, schedule, newest=False)


@exercise.mistake(LINE)
def lines_of_lines(model, xT, ts, schedule):
    """The line's x̂_0 is kept as the older answer; keep what the network said."""
    x, x0_before, table = xT, None, half_log_snr(schedule)
    for before, t, s in zip([None, *ts], ts, [*ts[1:], 0]):
        x0, _ = guessed(model, x, t, schedule)
        if before and s:
            x0 = line(x0, x0_before, stretch(table, before, t, s))
        now, then = schedule.alpha_bar[t], schedule.alpha_bar[s]
        x, x0_before = then.sqrt() * x0 + ((1 - then) / (1 - now)).sqrt() * (x - now.sqrt() * x0), x0
    return x.to(xT.dtype)


@exercise.mistake(LINE)
def to_the_end(model, xT, ts, schedule):
    """This goes by what the line says at the end of each step; believe what it says in the middle: half as far."""
    return walk(model, xT, ts, schedule, by=lambda *a: 2 * stretch(*a))


@exercise.mistake(LINE)
def upside_down(model, xT, ts, schedule):
    """Half of (λ_s − λ_t)/(λ_t − λ_before) belongs before the change of x̂_0; here that ratio is upside down."""
    return walk(model, xT, ts, schedule, by=lambda *a: 1 / stretch(*a) / 4)


@exercise.mistake(LINE)
def line_in_t(model, xT, ts, schedule):
    """The line runs over t; let it run over λ."""
    return walk(model, xT, ts, schedule, table=lambda schedule: torch.arange(schedule.T + 1.0))


@exercise.mistake(LINE)
def equal_steps(model, xT, ts, schedule):
    """Each line is 3/2 of the new answer minus 1/2 of the old: right only where all steps are equally long in λ."""
    return walk(model, xT, ts, schedule, by=lambda *a: 0.5)


@exercise.mistake(LINE)
def asks_s(model, xT, ts, schedule):
    """The network is asked with s, but the point is one of level t."""
    return walk(model, xT, ts, schedule, ask=lambda t, s: s)


@exercise.mistake(LINE)
def stops_early(model, xT, ts, schedule):
    """This is where the walk is at the last of ts: the step from there to t = 0 is missing, or leads nowhere."""
    return walk(model, xT, ts, schedule, ends=())


@exercise.mistake(LINE)
def first_step_alone(model, xT, ts, schedule):
    """This is where the first step leads; all the others should follow. Is the `return` inside of the loop?"""
    return walk(model, xT, ts[:1], schedule, ends=[*ts[1:2], 0][:1])


@exercise.mistake(LINE)
def every_t(model, xT, ts, schedule):
    """The walk stops at every t; ask at ts alone."""
    return walk(model, xT, list(range(ts[0], 0, -1)), schedule)
