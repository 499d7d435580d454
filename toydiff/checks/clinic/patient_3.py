"""Patient 3: Langevin sampling with `rand` for `randn`."""

import torch

from ...forward_process import Schedule
from ..engine.asking import Case
from ..engine.exercise import Exercise
from ..forward_process.sections import NOTEBOOK as FORWARD, ROOT
from ..points import drawn
from ..sampling.sections import NOISE, NOTEBOOK as SAMPLING, WALK
from ..training.sections import NOTEBOOK as TRAINING, RAND
from .sections import NOTEBOOK


def patient_3(score, xT, schedule, source):
    """Points by annealed Langevin sampling, four steps a level, shape (batch, 2)."""
    return langevin(score, xT, schedule, source)


def langevin(score, xT, schedule, source, draw=torch.randn, push=1.0, steps=4, upwards=False,
             size=lambda h: (2 * h).sqrt()):
    """Return annealed Langevin sampling, right as it stands or wrong in one place."""
    x = xT
    for t in range(1, schedule.T + 1) if upwards else range(schedule.T, 0, -1):
        h, z = 0.3 * (1 - schedule.alpha_bar[t]), draw(x.shape, generator=source)
        for _ in range(steps):
            x = x + push * h * score(x, t) + size(h) * z
            z = draw(x.shape, generator=source)
    return x


def as_it_came(score, xT, schedule, source):
    """Return what it draws with its fault."""
    return langevin(score, xT, schedule, source, draw=torch.rand)


def flat_land(xt, t):
    """The score of a density that is the same everywhere."""
    return torch.zeros_like(xt)


def slope(xt, t):
    """The score of a Gaussian around (1, 0), the wider the larger t is."""
    return (xt.new_tensor([1.0, 0.0]) - xt) / (0.3 + 0.2 * t)


def crowds():
    """Return the cases of a sampler that draws its own noise: many points, looked at together."""
    def case(given, score, schedule=Schedule.linear(4, 0.02, 0.2), n=60_000):
        return Case(given, {"score": score, "xT": drawn(n, 2).float() / 2, "schedule": schedule,
                            "source": torch.Generator().manual_seed(3)})

    return [case("a density that is the same everywhere", flat_land), case("a Gaussian", slope),
            case("a schedule of one step", slope, Schedule([0.7]))]


def moments(x, args):
    """Describe many points and the way each has gone: means, spreads, tails, how x and y hang together.

    Chance moves none of these by more than a fourth of the tolerance.
    """
    if x.ndim != 2 or x.shape[1] != 2:
        return x.double()
    way = x.double() - args["xT"].double()
    unit = (way - way.mean(0)) / way.std(0).clamp(min=1e-9)
    x = x.double()
    return torch.cat([x.mean(0), x.std(0), way.std(0), (unit**4).mean(0) / 6, unit.prod(1).mean()[None]])


def of_the_crowd(index, args):
    """Say where: an entry of `moments`."""
    words = [f"the {what} {axis}" for what in ("mean of", "spread of", "spread of the way along",
                                               "kurtosis / 6 of the way along") for axis in "xy"]
    return [*words, "the correlation of the ways along x and y"][index[0]]


exercise = Exercise(
    "clinic.patient_3", NOTEBOOK, patient_3, crowds(), handed_out=as_it_came,
    hints=["What would you expect the mean of all the noise in this loop to be? Print it.",
           "`torch.rand` and `torch.randn` differ by one letter. Which is a Gaussian?"],
    measure=moments, place=of_the_crowd, tolerance=((0, 0.05), (0, 0.05)), any_float=True)


@exercise.mistake(RAND, TRAINING)
def centred_rand(score, xT, schedule, source):
    """Shifted to the middle, `rand` is still too narrow and has corners: `randn` is a Gaussian."""
    return langevin(score, xT, schedule, source, lambda *a, **k: torch.rand(*a, **k) - 0.5)


@exercise.mistake(RAND, TRAINING)
def wide_rand(score, xT, schedule, source):
    """Uniform numbers of the right mean and width are still no Gaussian: draw with `randn`."""
    return langevin(score, xT, schedule, source, lambda *a, **k: (torch.rand(*a, **k) - 0.5) * 12**0.5)


@exercise.mistake(NOISE, SAMPLING)
def no_noise(score, xT, schedule, source):
    """Without noise the points climb to the peaks of the density and stay there."""
    return langevin(score, xT, schedule, source, size=lambda h: 0)


@exercise.mistake(ROOT, FORWARD)
def h_for_its_root(score, xT, schedule, source):
    """The noise is multiplied by 2h; its factor is √(2h)."""
    return langevin(score, xT, schedule, source, size=lambda h: 2 * h)


@exercise.mistake(NOISE, SAMPLING)
def root_of_h(score, xT, schedule, source):
    """The noise is multiplied by √h; Langevin's step has √(2h)."""
    return langevin(score, xT, schedule, source, size=lambda h: h.sqrt())


@exercise.mistake(WALK, SAMPLING)
def downhill(score, xT, schedule, source):
    """The score is subtracted: that leads away from the data."""
    return langevin(score, xT, schedule, source, push=-1.0)


@exercise.mistake(WALK, SAMPLING)
def one_step(score, xT, schedule, source):
    """Each level has one small step, four were asked."""
    return langevin(score, xT, schedule, source, steps=1)


@exercise.mistake(WALK, SAMPLING)
def one_noise(score, xT, schedule, source):
    """The four steps of a level share their noise; each needs fresh noise."""
    x = xT
    for t in range(schedule.T, 0, -1):
        h, z = 0.3 * (1 - schedule.alpha_bar[t]), torch.randn(x.shape, generator=source)
        for _ in range(4):
            x = x + h * score(x, t) + (2 * h).sqrt() * z
    return x


@exercise.mistake(WALK, SAMPLING)
def upwards(score, xT, schedule, source):
    """t runs upwards; the noise levels fall, from T to 1."""
    return langevin(score, xT, schedule, source, upwards=True)
