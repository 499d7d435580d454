"""DDIM's step with as much chance as η says."""

import torch

from ...forward_process import add_noise
from .. import drawings
from ..engine.asking import Case, Network
from ..engine.exercise import Exercise
from ..networks import curl, silent, wave
from ..points import COSINE, CROWD, LINEAR, LONG, ONE, TWIN, alone, by_point, drawn
from .ddim_step import guessed
from .sections import CHANCE, NOTEBOOK


def noisy_step(model, xt, t, s, eta, z, schedule):
    """x_s for s < t, with the share η of DDPM's noise, shape (batch, 2)."""
    return step(model, xt, t, s, sigma(t, s, eta, schedule), z, schedule)


def sigma(t, s, eta, schedule):
    """Return σ, a number (DDIM, eq. 16)."""
    now, then = schedule.alpha_bar[t], schedule.alpha_bar[s]
    return eta * ((1 - then) / (1 - now) * (1 - now / then)).sqrt()


def step(model, xt, t, s, sigma, z, schedule, keeps=None, adds=None):
    """Return x_s with a given σ (DDIM, eq. 12); keeps: another factor of the guessed noise; adds: of z."""
    x0, eps = guessed(model, xt, t, schedule)
    then = schedule.alpha_bar[s]
    keeps = (1 - then - sigma**2).clamp(min=0).sqrt() if keeps is None else keeps
    return (then.sqrt() * x0 + keeps * eps + (sigma if adds is None else adds) * z).to(xt.dtype)


def steps():
    """Return the cases: jumps of every length, and more or less chance."""
    def case(given, t, s, eta=1.0, model=wave, n=5, schedule=LINEAR, dtype=torch.float64, z=1.0):
        return Case(given, {"model": Network(model), "xt": drawn(n, 2).to(dtype), "t": t, "s": s, "eta": eta,
                            "z": (z * drawn(n, 2, seed=7)).to(dtype), "schedule": schedule})

    pairs = alone(case("η = 1", 60, 40), model=Network(curl), xt=drawn(5, 2, seed=10), t=80, s=35, eta=0.5,
                  z=drawn(5, 2, seed=9), schedule=TWIN)
    return [*pairs, case("η = 0", 60, 40, eta=0.0), case("η = 0.2", 30, 29, eta=0.2),
            case("z = 0", 80, 20, eta=0.7, z=0.0), case("s = t − 1", 40, 39, eta=0.8),
            case("a jump to s = 0", 60, 0, eta=0.6), case("a network that answers 0", 50, 30, model=silent),
            case("s = 1", 9, 1), case("t = 1", 1, 0, eta=0.3),
            case("t = T", 100, 73, eta=0.9), case("two points", 30, 12, n=2),
            case(f"{CROWD} points", 10, 4, n=CROWD), case("a batch of one point", 30, 7, n=1),
            case("a schedule of 300 steps and t = 256", 256, 170, 0.9, schedule=LONG),
            case("a schedule of one step", 1, 0, schedule=ONE),
            case("another schedule, of 20 steps", 20, 5, 0.4, schedule=COSINE),
            case("float32 points", 20, 11, 0.6, dtype=torch.float32)]


exercise = Exercise(
    "fewer_steps.noisy_step", NOTEBOOK, noisy_step, steps(),
    hints=["First σ, one number: two fractions, a root, and η before it.",
           "All the noise of x_s has variance 1 − ᾱ_s. σ² of it is fresh: how much is left for ε̂?",
           "Three terms: √ᾱ_s x̂_0, √(1 − ᾱ_s − σ²) ε̂ and σ z."],
    place=by_point,
    draw=drawings.cloud(lambda f: f(drawings.exact(), add_noise(drawings.board(), 20, drawings.noise(), LINEAR), 20, 5,
                                    0.8, drawings.noise(seed=3), LINEAR)))


@exercise.mistake(CHANCE)
def noise_on_top(model, xt, t, s, eta, z, schedule):
    """Here ε̂ keeps all of √(1 − ᾱ_s), and the fresh noise comes on top; with √(1 − ᾱ_s − σ²) both have 1 − ᾱ_s."""
    return step(model, xt, t, s, sigma(t, s, eta, schedule), z, schedule, (1 - schedule.alpha_bar[s]).sqrt())


@exercise.mistake(CHANCE)
def sigma_not_squared(model, xt, t, s, eta, z, schedule):
    """Here ε̂ has the factor √(1 − ᾱ_s − σ); under the root belongs σ²."""
    size = sigma(t, s, eta, schedule)
    return step(model, xt, t, s, size, z, schedule, (1 - schedule.alpha_bar[s] - size).sqrt())


@exercise.mistake(CHANCE)
def roots_apart(model, xt, t, s, eta, z, schedule):
    """√(1 − ᾱ_s) − σ is not √(1 − ᾱ_s − σ²): variances are subtracted, then the root is taken."""
    size = sigma(t, s, eta, schedule)
    return step(model, xt, t, s, size, z, schedule, (1 - schedule.alpha_bar[s]).sqrt() - size)


@exercise.mistake(CHANCE)
def direction_of_t(model, xt, t, s, eta, z, schedule):
    """ε̂ gets √(1 − ᾱ_t − σ²), the noise of where you come from; x_s has that of s: √(1 − ᾱ_s − σ²)."""
    size = sigma(t, s, eta, schedule)
    return step(model, xt, t, s, size, z, schedule, (1 - schedule.alpha_bar[t] - size**2).sqrt())


@exercise.mistake(CHANCE)
def variance_for_std(model, xt, t, s, eta, z, schedule):
    """z is multiplied by σ², a variance; its factor is σ."""
    size = sigma(t, s, eta, schedule)
    return step(model, xt, t, s, size, z, schedule, adds=size**2)


@exercise.mistake(CHANCE)
def no_chance(model, xt, t, s, eta, z, schedule):
    """This is the step for η = 0, whatever η and z are: no fresh noise comes in."""
    return step(model, xt, t, s, torch.zeros(()), z, schedule)


@exercise.mistake(CHANCE)
def always_all(model, xt, t, s, eta, z, schedule):
    """This is the step for η = 1, whatever η is."""
    return step(model, xt, t, s, sigma(t, s, 1.0, schedule), z, schedule)


@exercise.mistake(CHANCE)
def eta_on_the_noise_alone(model, xt, t, s, eta, z, schedule):
    """The fresh noise is right, but ε̂ makes way for all the noise of η = 1: η belongs in σ."""
    size = sigma(t, s, 1.0, schedule)
    return step(model, xt, t, s, size, z, schedule, adds=eta * size)


@exercise.mistake(CHANCE)
def eta_under_the_root(model, xt, t, s, eta, z, schedule):
    """σ grows with √η here; η itself multiplies the root."""
    return step(model, xt, t, s, eta**0.5 * sigma(t, s, 1.0, schedule), z, schedule)


@exercise.mistake(CHANCE)
def no_root_in_sigma(model, xt, t, s, eta, z, schedule):
    """Here σ is η times the two fractions, a variance: take their root."""
    return step(model, xt, t, s, eta * sigma(t, s, 1.0, schedule) ** 2, z, schedule)


@exercise.mistake(CHANCE)
def first_fraction_missing(model, xt, t, s, eta, z, schedule):
    """Here σ is η √(1 − ᾱ_t/ᾱ_s); without the fraction (1 − ᾱ_s)/(1 − ᾱ_t) the last step, to s = 0, would add noise."""
    now, then = schedule.alpha_bar[t], schedule.alpha_bar[s]
    return step(model, xt, t, s, eta * (1 - now / then).sqrt(), z, schedule)


@exercise.mistake(CHANCE)
def second_fraction_missing(model, xt, t, s, eta, z, schedule):
    """Here σ is η √((1 − ᾱ_s)/(1 − ᾱ_t)); the factor 1 − ᾱ_t/ᾱ_s, the noise between s and t, belongs there, too."""
    now, then = schedule.alpha_bar[t], schedule.alpha_bar[s]
    return step(model, xt, t, s, eta * ((1 - then) / (1 - now)).sqrt(), z, schedule)


@exercise.mistake(CHANCE)
def beta_of_one_step(model, xt, t, s, eta, z, schedule):
    """Here σ has β_t, the noise of a single step; a jump from t to s has 1 − ᾱ_t/ᾱ_s."""
    now, then = schedule.alpha_bar[t], schedule.alpha_bar[s]
    return step(model, xt, t, s, eta * ((1 - then) / (1 - now) * schedule.beta[t]).sqrt(), z, schedule)
