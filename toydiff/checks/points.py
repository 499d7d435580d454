"""What questions are made of in more than one station: schedules, points, and the words that say where."""

import torch

from ..forward_process import Schedule
from .engine.asking import Case

LINEAR, COSINE, SHORT = Schedule.linear(), Schedule.cosine(20), Schedule.linear(6, 0.05, 0.5)
TWIN = Schedule.linear(100, 1e-6, 0.05)      # as many steps as LINEAR, and nothing else alike
LONG = Schedule.linear(300, 1e-4, 0.03)      # more steps than a byte can count
ONE = Schedule([0.4])
T_MIXED = torch.tensor([1, 3, 10, 50, 99, 100])    # a t of LINEAR for each of six points
T_OF_20 = torch.tensor([1, 5, 8, 12, 16, 20])      # and of COSINE, which ends in nothing but noise
T_OF_300 = torch.tensor([300, 256, 200, 128, 127, 7])    # and of LONG
CROWD = 3001    # rows of one question of an exercise: as many as its notebook asks about, and no round number
EVERY_T = torch.randperm(CROWD, generator=torch.Generator().manual_seed(0)) % 100 + 1    # of LINEAR, thirty times


def drawn(*shape, seed=5):
    """Return the same normal numbers each time, float64."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def alone(first, /, **others):
    """Return the case `first` and, for each argument named, one that differs from it in that argument alone.

    So no argument can be ignored, taken from elsewhere, or left out of the key of a cache. A schedule has so many
    numbers that a key may hold some of them: of a third one only the middle is another.
    """
    also = {"schedule": turned(first.args["schedule"])} if "schedule" in others else {}
    return [first, *(Case(f"{which} `{name}` and all else the same", first.args | {name: value}, first.times)
                     for which, named in (("another", others), ("a third", also)) for name, value in named.items())]


def turned(schedule):
    """Return a schedule with the same steps in another order; only the first and the last are where they were."""
    beta = schedule.beta[1:]
    return Schedule(torch.cat([beta[:1], beta[1:-1].flip(0), beta[-1:]]))


def batch(t=T_MIXED, schedule=LINEAR, dtype=torch.float64, seed=2, far=1.0):
    """Return x0, t, eps and schedule, for the arguments of a case: as many points as there are t, so far out."""
    x0, eps = far * drawn(2, len(t), 2, seed=seed).to(dtype)
    return {"x0": x0, "t": t, "eps": eps, "schedule": schedule}


def about_points(first, *others):
    """Return the cases of a function of (points, t, other points, schedule), the points by these names."""
    def case(given, t, schedule=LINEAR, dtype=torch.float64, zero="", far=1.0):
        points = far * drawn(1 + len(others), len(t), 2, seed=2).to(dtype)
        x = {name: 0 * value if name == zero else value for name, value in zip((first, *others), points)}
        return Case(given, {first: x.pop(first), "t": t, **x, "schedule": schedule})

    zeros = [case(f"{name} = 0", T_MIXED, zero=name) for name in (*others, first)]
    return [
        *alone(case("a t for each point", T_MIXED), t=T_MIXED.flip(0), schedule=TWIN),
        *zeros,
        case("t = 1 for every point", torch.ones(6).long()),
        case("t = T for every point", torch.full((6,), 100)),
        case("points far from the board", T_MIXED, far=300.0),
        case("two points", torch.tensor([90, 20])),
        case("a batch of one point", torch.tensor([30])),
        case(f"{CROWD} points of every t", EVERY_T),
        case("another schedule, of 20 steps", T_OF_20, COSINE),
        case("a schedule of 300 steps", T_OF_300, LONG),
        case("a schedule of one step", torch.ones(3).long(), ONE),
        case("float32 points", T_MIXED, dtype=torch.float32),
    ]


# --- where an answer is wrong: functions of the index of an entry and the arguments ------------------------

def by_point(index, args):
    """Say where: a coordinate of a point, at its t if there is one."""
    t = args.get("t", 0)
    when = f"at t = {t if isinstance(t, int) else t[index[0]].item()} " if "t" in args else ""
    if len(index) != 2 or index[1] > 1:
        return f"entry {list(index)}"
    return f"{when}the {'xy'[index[1]]} of point {index[0]}"


def by_t(index, args):
    """Say where: an entry of a table."""
    return f"the entry at t = {index[0]}"


def only(words):
    """Return what says where if there is but one number."""
    return lambda index, args: words


# --- a table of which t = 0 is not looked at --------------------------------------------------------------

def from_1_on(table, args):
    """Return the table without its entry at t = 0."""
    return table[1:] if table.ndim else table


def by_t_from_1_on(index, args):
    """Say where: an entry of `from_1_on`."""
    return f"the entry at t = {index[0] + 1}"
