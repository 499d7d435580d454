"""The line through the last two answers, in the middle of the next step."""

import torch

from .. import drawings
from ..engine.asking import Case
from ..engine.exercise import Exercise
from ..points import COSINE, CROWD, LINEAR, LONG, TWIN, alone, by_point, drawn
from .sections import LINE, NOTEBOOK


def ahead(x0, x0_before, before, t, s, schedule):
    """The x̂0 that the line through both answers reaches half-way from λ_t to λ_s, shape (batch, 2)."""
    return line(x0, x0_before, stretch(half_log_snr(schedule), before, t, s))


def half_log_snr(schedule):
    """Return λ_t for t = 0…T, infinite at 0."""
    return (schedule.alpha_bar / (1 - schedule.alpha_bar)).log() / 2


def stretch(table, before, t, s):
    """Return half of the step from t to s over the step before."""
    return (table[s] - table[t]) / (table[t] - table[before]) / 2


def line(x0, x0_before, by):
    """Return x0 and `by` times its change beyond it."""
    return (x0 + by * (x0 - x0_before)).to(x0.dtype)


def answers():
    """Return the cases: steps of equal and of different length."""
    def case(given, before, t, s, n=5, schedule=LINEAR, dtype=torch.float64, same=False):
        x0, earlier = (drawn(n, 2, seed=seed).to(dtype) for seed in (5, 7))
        return Case(given, {"x0": x0, "x0_before": x0.clone() if same else earlier, "before": before, "t": t, "s": s,
                            "schedule": schedule})

    pairs = alone(case("a long step after a short one", 44, 40, 12), x0=drawn(5, 2, seed=10),
                  x0_before=drawn(5, 2, seed=9), before=70, t=30, s=5, schedule=TWIN)
    return [*pairs, case("two answers that are alike", 60, 40, 20, same=True),
            case("a short step after a long one", 90, 40, 35), case("the first t = T", 100, 80, 60),
            case("s = 1", 3, 2, 1), case("equal steps in t", 70, 50, 30), case("two points", 30, 12, 5, n=2),
            case(f"{CROWD} points", 40, 22, 9, n=CROWD), case("a batch of one point", 30, 7, 6, n=1),
            case("a schedule of 300 steps", 290, 256, 150, schedule=LONG),
            case("another schedule, of 20 steps", 15, 11, 3, schedule=COSINE),
            case("float32 points", 50, 20, 11, dtype=torch.float32)]


exercise = Exercise(
    "fewer_steps.ahead", NOTEBOOK, ahead, answers(),
    hints=["How far did λ go in the last step, from λ_before to λ_t? How much did x̂_0 change on the way?",
           "Change per λ, times half of what λ goes in the next step, λ_s − λ_t; added to the answer at t."],
    place=by_point,
    draw=drawings.cloud(lambda f: f(drawings.board(), 0.8 * drawings.board(), 60, 40, 12, LINEAR)))


@exercise.mistake(LINE)
def to_the_end(x0, x0_before, before, t, s, schedule):
    """This is what the line says at the end of the step; believe what it says in the middle: half as far."""
    return line(x0, x0_before, 2 * stretch(half_log_snr(schedule), before, t, s))


@exercise.mistake(LINE)
def line_in_t(x0, x0_before, before, t, s, schedule):
    """The line runs over t; let it run over λ, in which a step's answer is nearly straight."""
    return line(x0, x0_before, (s - t) / (t - before) / 2)


@exercise.mistake(LINE)
def line_in_snr(x0, x0_before, before, t, s, schedule):
    """The line runs over the SNR; λ is half its log."""
    return line(x0, x0_before, stretch((2 * half_log_snr(schedule)).exp(), before, t, s))


@exercise.mistake(LINE)
def line_in_alpha_bar(x0, x0_before, before, t, s, schedule):
    """The line runs over ᾱ; λ is half the log of ᾱ/(1 − ᾱ)."""
    return line(x0, x0_before, stretch(schedule.alpha_bar, before, t, s))


@exercise.mistake(LINE)
def line_in_log_alpha_bar(x0, x0_before, before, t, s, schedule):
    """The line runs over log ᾱ, without the noise; λ is half the log of ᾱ/(1 − ᾱ)."""
    return line(x0, x0_before, stretch(schedule.alpha_bar.log(), before, t, s))


@exercise.mistake(LINE)
def upside_down(x0, x0_before, before, t, s, schedule):
    """The change of x̂_0 is to be multiplied by half of (λ_s − λ_t)/(λ_t − λ_before); here that ratio is upside down.
    """
    return line(x0, x0_before, 1 / stretch(half_log_snr(schedule), before, t, s) / 4)


@exercise.mistake(LINE)
def backwards(x0, x0_before, before, t, s, schedule):
    """This looks back, towards the older answer: the change of x̂_0 has the wrong sign."""
    return line(x0, x0_before, -stretch(half_log_snr(schedule), before, t, s))


@exercise.mistake(LINE)
def equal_steps(x0, x0_before, before, t, s, schedule):
    """This is 3/2 of the new answer minus 1/2 of the old: right only where both steps are equally long in λ."""
    return line(x0, x0_before, 0.5)


@exercise.mistake(LINE)
def mean_of_both(x0, x0_before, before, t, s, schedule):
    """This is the mean of the two answers, which looks back; the line looks ahead."""
    return line(x0, x0_before, -0.5)


@exercise.mistake(LINE)
def new_answer_alone(x0, x0_before, before, t, s, schedule):
    """This is the newer answer, whatever the older one is: so DDIM does it."""
    return line(x0, x0_before, 0.0)


@exercise.mistake(LINE)
def from_the_old_answer(x0, x0_before, before, t, s, schedule):
    """This starts at the older answer; the way is to be added to the newer one."""
    return (x0_before + stretch(half_log_snr(schedule), before, t, s) * (x0 - x0_before)).to(x0.dtype)


@exercise.mistake(LINE)
def whole_span(x0, x0_before, before, t, s, schedule):
    """Here the next step is as long as λ_s − λ_before; it begins at t: λ_s − λ_t."""
    table = half_log_snr(schedule)
    return line(x0, x0_before, (table[s] - table[before]) / (table[t] - table[before]) / 2)
