"""How much guidance at which t, where it holds at some noise levels only."""

import torch

from ...forward_process import Schedule
from .. import drawings
from ..engine.asking import Case
from ..engine.exercise import Exercise
from ..points import COSINE, CROWD, EVERY_T, LINEAR, LONG, SHORT, TWIN, alone
from .sections import LEVELS, NOTEBOOK

HALVES = Schedule([0.5, 0.5])    # ᾱ is 1/2, then 1/4, to the last digit


def gamma_at(t, gamma, low, high, schedule):
    """γ where low < λ_t < high, else 1; floating point, shape (batch,)."""
    log_snr = half_log_snr(t, schedule)
    return torch.where((low < log_snr) & (log_snr < high), gamma, 1.0).double()


def half_log_snr(t, schedule):
    """Return λ_t, half the log of the signal-to-noise ratio."""
    return (schedule.alpha_bar[t] / (1 - schedule.alpha_bar[t])).log() / 2


def inverted(inside, gamma):
    """Return γ where not inside, else 1."""
    return torch.where(inside, 1.0, gamma).double()


def questions():
    """Return the cases: intervals that no t meets exactly, but for λ = 0, which is exact however it is computed."""
    def case(given, gamma=3.0, low=1.0, high=3.0, schedule=LINEAR, t=None):
        t = torch.arange(1, schedule.T + 1) if t is None else t
        return Case(given, {"t": t, "gamma": gamma, "low": low, "high": high, "schedule": schedule})

    another = {"t": torch.arange(100, 0, -1), "gamma": -2.0, "low": -1.0, "high": 1.25, "schedule": TWIN}
    return [*alone(case("1 < λ < 3"), **another), case("an interval at high noise", low=-2.0, high=-0.3),
            case("an interval around λ = 0", low=-0.75, high=1.25), case("γ = 0.613", 0.613), case("γ = 0", 0.0),
            case("an interval in which no t lies", low=20.0, high=30.0),
            case("an interval in which all t lie", low=-20.0, high=30.0),
            case("a cosine schedule", schedule=COSINE, low=-0.9, high=1.9),
            case("a schedule of six steps", schedule=SHORT, low=0.0),
            case("a schedule of 300 steps", schedule=LONG, low=-1.9, high=0.5),
            case(f"{CROWD} t in no order", 0.613, t=EVERY_T), case("one t", t=torch.tensor([9])),
            case("λ = 0 at t = 1, which is not above `low` = 0", low=0.0, schedule=HALVES),
            case("λ = 0 at t = 1, which is not below `high` = 0", low=-3.0, high=0.0, schedule=HALVES)]


exercise = Exercise(
    "guidance.gamma_at", NOTEBOOK, gamma_at, questions(),
    hints=["λ_t is log(ᾱ_t / (1 − ᾱ_t)) / 2. It falls with t: near the data it is large.",
           "`&` joins two conditions, with brackets around each. `torch.where(condition, gamma, 1.0)` chooses.",
           "What is no guidance? Not γ = 0: that would be no label."],
    place=lambda index, args: f"γ at t = {args['t'][index[0]].item()}", any_float=True,
    draw=drawings.curve(lambda f: f(torch.arange(1, 101), 3.0, 1.0, 3.0, LINEAR), x=range(1, 101), ylabel="γ"))


@exercise.mistake(LEVELS)
def zero_outside(t, gamma, low, high, schedule):
    """Outside γ is 0: that forgets the label altogether. No guidance is γ = 1, the label alone."""
    log_snr = half_log_snr(t, schedule)
    return torch.where((low < log_snr) & (log_snr < high), gamma, 0.0).double()


@exercise.mistake(LEVELS)
def outside(t, gamma, low, high, schedule):
    """It is the other way round: guidance holds everywhere but in the interval."""
    log_snr = half_log_snr(t, schedule)
    return inverted((low < log_snr) & (log_snr < high), gamma)


@exercise.mistake(LEVELS)
def not_halved(t, gamma, low, high, schedule):
    """Here `low` and `high` hold for 2λ, the log of the signal-to-noise ratio; λ is half of it."""
    log_snr = 2 * half_log_snr(t, schedule)
    return torch.where((low < log_snr) & (log_snr < high), gamma, 1.0).double()


@exercise.mistake(LEVELS)
def no_log(t, gamma, low, high, schedule):
    """Here `low` and `high` hold for the ratio itself; λ is half its logarithm."""
    snr = (2 * half_log_snr(t, schedule)).exp()
    return torch.where((low < snr) & (snr < high), gamma, 1.0).double()


@exercise.mistake(LEVELS)
def noise_to_signal(t, gamma, low, high, schedule):
    """This takes −λ, as if the ratio were noise to signal: λ is large where there is little noise."""
    log_snr = -half_log_snr(t, schedule)
    return torch.where((low < log_snr) & (log_snr < high), gamma, 1.0).double()


@exercise.mistake(LEVELS)
def t_itself(t, gamma, low, high, schedule):
    """Here `low` and `high` hold for t itself; they are values of λ."""
    return torch.where((low < t) & (t < high), gamma, 1.0).double()


@exercise.mistake(LEVELS)
def base_10(t, gamma, low, high, schedule):
    """This is right for a logarithm with the base 10; λ has the natural one."""
    log_snr = half_log_snr(t, schedule) / torch.tensor(10.0).double().log()
    return torch.where((low < log_snr) & (log_snr < high), gamma, 1.0).double()


@exercise.mistake(LEVELS)
def no_high(t, gamma, low, high, schedule):
    """Above `high`, where there is next to no noise, guidance should have ended."""
    return torch.where(low < half_log_snr(t, schedule), gamma, 1.0).double()


@exercise.mistake(LEVELS)
def no_low(t, gamma, low, high, schedule):
    """Below `low`, where there is most noise, guidance should not have begun."""
    return torch.where(half_log_snr(t, schedule) < high, gamma, 1.0).double()


@exercise.mistake(LEVELS)
def yes_or_no(t, gamma, low, high, schedule):
    """This is 1 inside the interval and 0 outside; γ inside and 1 outside was wanted."""
    log_snr = half_log_snr(t, schedule)
    return ((low < log_snr) & (log_snr < high)).double()


@exercise.mistake(LEVELS)
def never_off(t, gamma, low, high, schedule):
    """γ holds at every t, also outside of the interval: there it is to be 1."""
    return torch.full(t.shape, gamma, dtype=torch.float64)
