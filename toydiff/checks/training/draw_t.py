"""Drawing a timestep for each point."""

import torch

from .. import drawings, draws
from ..engine.asking import Case, draws_anew
from ..engine.exercise import Exercise
from .sections import ALGORITHM, NOTEBOOK, RUN


def draw_t(n, T, source):
    """n timesteps from 1…T, all alike: int64, shape (n,)."""
    return torch.randint(1, T + 1, (n,), generator=source)


# --- not compared one by one, but as a crowd --------------------------------------------------------------

def crowd(t, args):
    """Describe many timesteps: how many, how often two neighbours are equal, and how often each of 0 … T + 1 comes."""
    T = args["T"]
    if t.ndim != 1 or len(t) < 2:
        return t.double()
    counts = torch.bincount(t.long().clamp(0, T + 1), minlength=T + 2) / len(t) * T
    equal = (t[1:] == t[:-1]).double().mean() * T
    return torch.cat([torch.stack([torch.tensor(len(t) / args["n"]), equal]), counts]).double()


def even_crowd(args):
    """What `crowd` comes to where chance has no part: none at 0 and beyond T, all others alike."""
    return torch.cat([torch.ones(2), torch.zeros(1), torch.ones(args["T"]), torch.zeros(1)]).double()


def in_the_crowd(index, args):
    """Say where: an entry of `crowd`."""
    first = ("the number of timesteps, as a share of n,",
             f"how often two neighbours are equal, relative to 1/{args['T']},")
    if index[0] < 2:
        return first[index[0]]
    t = index[0] - 2
    return f"how often t = {t}{' or more' if t > args['T'] else ''} comes, relative to 1/{args['T']},"


class Unfit(Exception):
    """What was drawn is no n timesteps of 1…T."""


def some_t(ask, n, T, seed=5):
    """Return n timesteps. Raises Unfit if not exactly n come, of 1…T."""
    t = ask(n=n, T=T, source=torch.Generator().manual_seed(seed))
    if not isinstance(t, torch.Tensor) or t.shape != (n,) or t.dtype != torch.int64:
        raise Unfit(f"With n = {n} and T = {T} the answer {draws.form(t)}; shape ({n},) and torch.int64 were wanted.")
    if (t < 1).any() or (t > T).any():
        raise Unfit(f"With n = {n} and T = {T} the answer holds t = {t[(t < 1) | (t > T)][0].item()}.")
    return t


def exactly_n(ask):
    """Complain if not exactly n timesteps come, of 1…T."""
    try:
        for n, T in ((1, 100), (7, 100), (1000, 100), (5, 1), (100, 100), (20, 1000)):
            some_t(ask, n, T, seed=n)
    except Unfit as why:
        return str(why)
    return None


def anew(ask):
    """Complain if neither the seed nor what was drawn before makes a difference."""
    return draws_anew(lambda source: ask(n=50, T=100, source=source), "timesteps")


def by_chance(ask):
    """Complain if many timesteps, or a few again and again, are not drawn each on its own and evenly."""
    try:
        fifties = [some_t(ask, 50, 10, seed) - 1 for seed in range(100)]
        ones = torch.cat([some_t(ask, 1, 10, seed) - 1 for seed in range(100)])
        firsts = torch.cat([t[:1] for t in fifties])
        return (_many(ask, 300) or _many(ask, 1000) or _many(ask, 10) or draws.dealt(fifties, even(10))
                or draws.counted(firsts, even(10), lambda i: f"t = {i + 1} as the first of 50 (T = 10)")
                or draws.counted(ones, even(10), lambda i: f"t = {i + 1} with n = 1 (T = 10)"))
    except Unfit as why:
        return str(why)


def _many(ask, T):
    """The complaint about one large draw."""
    t = draws.plenty(lambda n: some_t(ask, n, T)) - 1
    return (draws.counted(t, even(T), lambda i: f"t = {i + 1} (T = {T})") or draws.mirrored(t, T)
            or draws.linked(t, f"A timestep (T = {T})"))


def even(T):
    """Return equal shares."""
    return torch.full((T,), 1 / T, dtype=torch.float64)


exercise = Exercise(
    "training.draw_t", NOTEBOOK, draw_t,
    cases=[Case(f"n = {n:,} and T = {T}", {"n": n, "T": T, "source": torch.Generator().manual_seed(T)})
           for n, T in ((40_000, 10), (40_001, 3), (20, 1))],
    hints=["`torch.randint(low, high, (n,), generator=source)` draws whole numbers. Is `high` itself among them?",
           "It is not: to include T, ask for numbers below T + 1."],
    extra=(exactly_n, anew, by_chance), measure=crowd, exact=even_crowd, place=in_the_crowd,
    tolerance=((0, 0.1), (0, 0.1)),
    draw=drawings.bars(lambda f: f(10_000, 10, torch.Generator().manual_seed(1)).clamp(0,
        11).bincount(minlength=12), range(12)))


@exercise.mistake(ALGORITHM)
def high_is_excluded(n, T, source):
    """t = T never comes, as with `randint(1, T)`, which stops before T: ask for numbers below T + 1."""
    return torch.randint(1, T, (n,), generator=source)


@exercise.mistake(ALGORITHM)
def from_0(n, T, source):
    """t runs from 0 to T − 1. There is no noise at 0, and T never comes: draw from 1 … T."""
    return torch.randint(T, (n,), generator=source)


@exercise.mistake(ALGORITHM, name="0_to_T")
def from_0_to_T(n, T, source):
    """t = 0 comes as well, but there is no noise to guess in it: begin at 1."""
    return torch.randint(T + 1, (n,), generator=source)


@exercise.mistake(ALGORITHM)
def beyond_T(n, T, source):
    """t = T + 1 comes as well, and no table has an entry for it."""
    return torch.randint(1, T + 2, (n,), generator=source)


@exercise.mistake(ALGORITHM)
def one_for_all(n, T, source):
    """All points get the same t. Each needs its own, or a step learns about one t alone."""
    return torch.randint(1, T + 1, (1,), generator=source).expand(n)


@exercise.mistake(ALGORITHM)
def rounded(n, T, source):
    """Both ends come only half as often as the others, as with a rounded `rand`. Take `torch.randint`."""
    return (1 + (T - 1) * torch.rand(n, generator=source)).round().long()


@exercise.mistake(RUN)
def small_more_often(n, T, source):
    """This draws small t more often, as `toydiff.train` does. Asked was Algorithm 1: all t alike."""
    return (1 + T * torch.rand(n, generator=source) ** 2).long().clamp(max=T)


@exercise.mistake(ALGORITHM)
def sorted(n, T, source):
    """Neighbours nearly always have the same t, as in a sorted row:
    draw each on its own, and leave the order as drawn.
    """
    return draw_t(n, T, source).sort().values
