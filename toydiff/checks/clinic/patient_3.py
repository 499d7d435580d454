"""Patient 3: Langevin sampling with `rand` for `randn`."""

import torch

from ...forward_process import Schedule
from .. import drawings
from ..engine.asking import Case, Unreadable, draws_anew
from ..engine.exercise import Exercise
from ..forward_process.sections import NOTEBOOK as FORWARD, ROOT
from ..networks import beside
from ..points import alone, drawn
from ..sampling.sections import NOISE, NOTEBOOK as SAMPLING, WALK
from ..training.sections import NOTEBOOK as TRAINING, RAND
from .sections import NOTEBOOK


def patient_3(score, xT, schedule, source):
    """Points by annealed Langevin sampling, four steps a level, shape (batch, 2)."""
    return langevin(score, xT, schedule, source)


def langevin(score, xT, schedule, source, draw=torch.randn, push=1.0, steps=4, upwards=False, size=lambda h: (2*h)**.5):
    """Return annealed Langevin sampling, right as it stands or wrong in one place."""
    x = xT
    for t in range(1, schedule.T + 1) if upwards else range(schedule.T, 0, -1):
        h = 0.3 * (1 - schedule.alpha_bar[t])
        for _ in range(steps):
            z = draw(x.shape, generator=source)
            x = x + push * h * score(x, t) + size(h) * z
    return x


def as_it_came(score, xT, schedule, source):
    """Return what it draws with its fault."""
    return langevin(score, xT, schedule, source, draw=torch.rand)


class Watched(torch.nn.Module):
    """A score that remembers where it was asked: each step of a walk can be read from that, and its noise."""

    def __init__(self, function):
        super().__init__()
        self.function, self.walk = function, []

    def forward(self, x, t):
        """Return the score, shape (batch, 2)."""
        if not self.walk or not torch.equal(x, self.walk[-1]):
            self.walk.append(x.detach().clone())
        return self.function(x, t)


def flat_land(xt, t):
    """The score of a density that is the same everywhere."""
    return torch.zeros_like(xt) * beside(xt, t)


def slope(xt, t):
    """The score of a Gaussian around (1, 0), the wider the larger t is."""
    return (xt.new_tensor([1.0, 0.0]) - xt) / (0.3 + 0.2 * beside(xt, t))


def wall(xt, t):
    """The score of a density that grows steeply, the more so the smaller t is."""
    return xt.new_tensor([300.0, -200.0]).expand_as(xt) / (1 + beside(xt, t)) + torch.sin(xt)


def crowds():
    """Return the cases of a sampler that draws its own noise: so many points that 320,000 numbers are drawn."""
    few = Schedule.linear(4, 0.02, 0.2)

    def case(given, score, schedule=few, shift=0, seed=3):
        n = 40_000 // schedule.T
        return Case(given, {"score": Watched(score), "xT": drawn(n, 2).float() / 2 + shift, "schedule": schedule,
                            "source": torch.Generator().manual_seed(seed)})

    return [*alone(case("a density that is the same everywhere", flat_land), score=Watched(wall),
                   schedule=Schedule.linear(4, 0.1, 0.5), xT=drawn(10_000, 2, seed=6).float() + 3),
            case("a Gaussian", slope, seed=4), case("a schedule of ten steps", wall, Schedule.linear(10, 0.01, 0.3), 1),
            case("a schedule of one step", slope, Schedule([0.7]))]


def read_walk(value, after):
    """Return where the points were at each step and, last, where they are in the end: shape (steps + 1, n, 2)."""
    start, steps = after["xT"], 4 * after["schedule"].T
    if not isinstance(value, torch.Tensor):
        return value
    if value.shape != start.shape:
        raise Unreadable(f"the answer has shape {tuple(value.shape)}, {tuple(start.shape)} was wanted.")
    walk = [x for x in after["score"].walk if isinstance(x, torch.Tensor) and x.shape == start.shape]
    walk = walk[:steps] + [value] * (steps - len(walk))
    return torch.stack([*(x.to(value.dtype) for x in walk), value])


def of_the_noise(walk, args):
    """Describe the noise that moved the points, in a row of numbers, each near that of IDEAL if it is right.

    How often the points move (if too seldom, nothing else); where the walk begins; of the noise mean and spread, tails,
    distance from a Gaussian; correlations of x and y, of points, steps and levels; does its mean change?
    """
    if walk.ndim != 3:
        return walk.double()
    ts = [t for t in range(args["schedule"].T, 0, -1) for _ in range(4)]
    moved = torch.tensor([sum(not torch.equal(x, y) for x, y in zip(walk, walk[1:]))]).double()
    if moved < len(ts):
        return torch.cat([moved, IDEAL])
    h = 0.3 * (1 - args["schedule"].alpha_bar[ts])[:, None, None]
    walk, score = walk.double(), args["score"].function
    pushed = torch.stack([score(x, t) for x, t in zip(walk, ts)]) * h
    noise = (walk[1:] - walk[:-1] - pushed) / (2 * h).sqrt()    # (steps, n, 2), standard normal
    start = (walk[0] - args["xT"].double()).abs().amax().clamp(max=9)
    bell = (noise**4).mean() / 3 / (noise**2).mean() ** 2
    values = torch.tensor(len(torch.unique(walk[-1])) / walk[-1].numel())
    alike = [noise.prod(-1).mean(), *(noise[:, 1:] * noise[:, :-1]).mean((0, 1)),
             *((noise[by:] * noise[:-by]).mean((0, 1)) if len(noise) > by else torch.zeros(2) for by in (1, 4))]
    ranks = torch.special.ndtr(noise[:, ::4].flatten().sort().values)
    gaps = (ranks - torch.linspace(0, 1, len(ranks), dtype=torch.float64)).abs().amax()
    moves = (noise.shape[1] * noise.mean(1) ** 2).mean().clamp(max=STILL) / STILL    # chi-squared, if it is chance
    return torch.cat([moved, start[None], noise.mean((0, 1)), noise.std((0, 1)), bell[None],
                      gaps[None], values[None],
                      *(part.reshape(-1).double() for part in alike), moves[None]]).nan_to_num(9.0)


IDEAL = torch.tensor([0.0, 0, 0, 1, 1, 1, 0, 1, *[0] * 7, 1]).double()
# six standard deviations of each, but for the first two, the ninth and the last
MAY = torch.tensor([0.5, 1e-6, *[0.015] * 2, *[0.011] * 2, 0.018, 0.011, 0.05, *[0.015] * 7, 0.9]).double()
STILL = 0.02    # of 8 means, one schedule's fewest, n mean² comes to less than a tenth of this twice in 10 billion


def ideal(args):
    """Return what `of_the_noise` comes near if it is right: four moves a level, by Gaussian noise."""
    return torch.cat([torch.tensor([4.0 * args["schedule"].T]).double(), IDEAL])


def in_the_noise(index, args):
    """Say where: an entry of `of_the_noise`."""
    part = "of (new x − x − h · score) / √(2h), which should be z,"
    return ["how often the points move from a question to the score to the next, or to the end,",
            "the distance from xT at the first question to the score",
            *(f"the {what} along {axis} {part}" for what in ("mean", "spread") for axis in "xy"),
            f"the kurtosis (3 if Gaussian) / 3 {part}", f"the largest distance from a Gaussian's probabilities {part}",
            "the share of different numbers among the points in the end", f"the mean product of x and y {part}",
            *(f"the mean product along {axis}, between {what}, {part}" for what in (
                "a point and the next", "a step and the one before", "a level and the one before")
              for axis in "xy"),
            f"the square of the mean {part} as a share of the least that chance leaves,"][index[0]]


def anew(ask):
    """Complain if neither the seed nor what was drawn before makes a difference."""
    args = {"score": flat_land, "xT": torch.zeros(50, 2), "schedule": Schedule([0.7])}
    return draws_anew(lambda source: ask(**args, source=source), "noise")


exercise = Exercise(
    "clinic.patient_3", NOTEBOOK, patient_3, crowds(), handed_out=as_it_came,
    hints=["What would you expect the mean of all the noise in this loop to be? Print it.",
           "`torch.rand` and `torch.randn` differ by one letter. Which is a Gaussian?"],
    read=read_walk, measure=of_the_noise, exact=ideal, place=in_the_noise,
    extra=(anew,), tolerance=((0, MAY), (0, MAY)), any_float=True,
    draw=drawings.cloud(lambda f: f(drawings.few_steps()[1].score, drawings.few_steps()[2][0],
        drawings.few_steps()[0], torch.Generator().manual_seed(1))))


@exercise.mistake(RAND, TRAINING)
def centred_rand(score, xT, schedule, source):
    """The noise lies evenly between −1/2 and 1/2: too narrow, and no Gaussian. `randn` draws one."""
    return langevin(score, xT, schedule, source, lambda *a, **k: torch.rand(*a, **k) - 0.5)


@exercise.mistake(RAND, TRAINING)
def wide_rand(score, xT, schedule, source):
    """The noise has the right mean and width, but is uniform: no Gaussian. Draw with `randn`."""
    return langevin(score, xT, schedule, source, lambda *a, **k: (torch.rand(*a, **k) - 0.5) * 12**0.5)


@exercise.mistake(NOISE, SAMPLING)
def no_noise(score, xT, schedule, source):
    """Without noise the points climb to the peaks of the density and stay there."""
    return langevin(score, xT, schedule, source, size=lambda h: 0)


@exercise.mistake(ROOT, FORWARD)
def h_for_its_root(score, xT, schedule, source):
    """The noise has the factor 2h; Langevin's step has √(2h)."""
    return langevin(score, xT, schedule, source, size=lambda h: 2 * h)


@exercise.mistake(NOISE, SAMPLING)
def root_of_h(score, xT, schedule, source):
    """The noise has the factor √h; Langevin's step has √(2h)."""
    return langevin(score, xT, schedule, source, size=lambda h: h.sqrt())


@exercise.mistake(WALK, SAMPLING)
def downhill(score, xT, schedule, source):
    """The points move against the score: that leads away from the data."""
    return langevin(score, xT, schedule, source, push=-1.0)


@exercise.mistake(WALK, SAMPLING)
def one_step(score, xT, schedule, source):
    """The score is asked at one place for each level; four small steps were asked, each from where the last one led."""
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
