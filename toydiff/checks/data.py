"""The checks of station 1, the data: what is asked. What people write instead: data_mistakes."""

import torch

from ..data import Checkerboard
from .data_mistakes import MISTAKES
from .engine.ladder import Exercise
from .engine.asking import Case, draws_anew

NOTEBOOK = "01_data"
BOARD = Checkerboard()
BINS = 8    # a side, over the square: four bins to a cell
PARTS = 4    # of a cell's width


def at_point(index, args):
    """Say where: the point asked about."""
    return "the answer for the point ({:.4g}, {:.4g})".format(*args["x"][index[0]].tolist())


def by_point(index, args):
    """Say where: a coordinate of a point."""
    return f"the {'xy'[index[1]]} of point {index[0]}"


# --- the right answers; their parameters are what a learner's function must take ---------------------------

def contains(x):
    """In a filled cell? bool, shape (batch,)."""
    return BOARD.contains(x)


def density(x):
    """1/2 in a filled cell, else 0; shape (batch,)."""
    return BOARD.density(x)


def sample_board(n, source):
    """Exactly n points of the board, shape (n, 2)."""
    return BOARD.sample(n, source)


def normalise(u, low, high):
    """From [low, high] to [-1, 1]."""
    return 2 * (u - low) / (high - low) - 1


def denormalise(x, low, high):
    """From [-1, 1] back to [low, high]."""
    return low + (x + 1) / 2 * (high - low)


def covariance(x):
    """The sample covariance, shape (2, 2)."""
    return x.T.cov()


def share_new(x, train, distance):
    """The share of x farther than `distance` from every point of train."""
    return (torch.cdist(x, train).amin(1) > distance).double().mean()


# --- the questions ----------------------------------------------------------------------------------------

def places():
    """Return the cases of a function of points x."""
    side = torch.arange(-2.25, 2.5, 0.5, dtype=torch.float64)
    centres = torch.cartesian_prod(side, side)
    inside = centres.abs().amax(1) < 1
    near_edges = torch.cat([BOARD.edges.double() - 0.01, BOARD.edges.double() + 0.01])
    blind = 4 * torch.rand(200, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64) - 2
    return [
        Case("the centres of the 16 cells", {"x": centres[inside]}),
        Case("points outside of the square", {"x": centres[~inside]}),
        Case("points close to an edge", {"x": torch.cartesian_prod(near_edges, torch.tensor([-0.6, 0.4]).double())}),
        Case("200 points anywhere", {"x": blind}),
        Case("a batch of one point", {"x": torch.tensor([[0.2, 0.15]])}),
        Case("two points", {"x": torch.tensor([[0.2, 0.15], [0.25, 0.75]])}),
        Case("float32 points", {"x": blind.float()}),
    ]


def ranges(name, low, high):
    """Return the cases of (de)normalise: its points lie between low(range) and high(range)."""
    place = 0.1 + 0.8 * torch.rand(5, 2, generator=torch.Generator().manual_seed(3), dtype=torch.float64)

    def case(given, ends, dtype=torch.float64, place=place):
        x = low(*ends) + (high(*ends) - low(*ends)) * place
        return Case(given, {name: x.to(dtype), "low": ends[0], "high": ends[1]})

    return [case("the range [0, 4]", (0, 4)), case("the range [-3, 5]", (-3, 5)), case("the range [2, 3]", (2, 3)),
            case("the corners of [10, 20]", (10, 20), place=torch.tensor([[0.0, 0.0], [1.0, 1.0]]).double()),
            case("a batch of one point", (0, 4), place=place[:1]), case("float32 points", (-3, 5), torch.float32)]


def clouds():
    """Return the cases of a function of a tilted cloud x that is not centred."""
    def cloud(seed, n):
        z = torch.randn(n, 2, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
        return z @ torch.tensor([[3.0, 2.0], [0.0, 1.5]]).double() + torch.tensor([5.0, -3.0])

    return [Case("five points", {"x": cloud(1, 5)}), Case("1000 points", {"x": cloud(2, 1000)}),
            Case("two points", {"x": cloud(3, 2)}), Case("float32 points", {"x": cloud(4, 50).float()})]


def memories():
    """Return the cases of a function of (x, train, distance)."""
    def case(given, n, m, distance, seed=0):
        source = torch.Generator().manual_seed(seed)
        x, train = (2 * torch.rand(k, 2, generator=source, dtype=torch.float64) - 1 for k in (n, m))
        return Case(given, {"x": x, "train": train, "distance": distance})

    copied = case("two of four points copied from the training points", 4, 10, 0.01)
    copied.args["x"][:2] = copied.args["train"][[3, 7]]
    small = {name: value.float() if name != "distance" else value
             for name, value in case("", 200, 30, 0.15).args.items()}
    return [copied, case("200 points, 30 to learn from", 200, 30, 0.15),
            case("30 points, 200 to learn from", 30, 200, 0.1), case("a large distance", 100, 20, 1.2, seed=5),
            case("one point to learn from", 50, 1, 0.8), case("a batch of one point", 1, 20, 0.01),
            Case("float32 points", small)]


# --- points drawn at random: not compared one by one, but as a crowd --------------------------------------

def crowd(x, args):
    """Describe many points, 1 as wanted but for the third: how many there are, are all inside, how many outside, how
    often two neighbours share a cell, how full each part of a cell's width and height is, how full each bin.
    """
    if x.ndim != 2 or x.shape[1] != 2 or len(x) == 0:
        return x.double()
    x = x.double().nan_to_num(9.0)
    bins = ((x + 1) / 2 * BINS).floor().long()
    on_board = ((bins >= 0) & (bins < BINS)).all(1)
    counts = torch.bincount((bins[:, 0] * BINS + bins[:, 1])[on_board], minlength=BINS**2) / len(x) * BINS**2 / 2
    inside = BOARD.contains(x).double().mean() > 0.999    # float32 may round one onto the edge of the next cell
    cell = ((x + 1) * 2).floor()
    together = (cell[1:] == cell[:-1]).all(1).double().sum() / max(len(x) - 1, 1) * len(BOARD.filled)
    part = (((x + 1) * 2 - cell) * PARTS).long().clamp(0, PARTS - 1)
    parts = torch.cat([torch.bincount(axis, minlength=PARTS) for axis in part.T]) / len(x) * PARTS
    first = torch.stack([torch.tensor(len(x) / args["n"]), inside, 1 - on_board.double().mean(), together])
    return torch.cat([first, parts, counts])


def in_the_crowd(index, args):
    """Say where: an entry of `crowd`."""
    first = ["the number of points, as a share of n,", "“all points are in filled cells” (1 yes, 0 no)",
             "the share of points outside of the square",
             "how often a point is in the same cell as the one before, relative to 1/8,",
             *(f"the density in part {part} of {PARTS} of a cell's {side}, relative to the whole,"
               for side in ("width", "height") for part in range(1, PARTS + 1))]
    if index[0] < len(first):
        return first[index[0]]
    x, y = ((torch.tensor(divmod(index[0] - len(first), BINS)) + 0.5) * 2 / BINS - 1).tolist()
    return f"the density around ({x:g}, {y:g}), relative to a filled cell,"


def exactly_n(ask):
    """Complain if not exactly n points come, or one is outside."""
    for n, seed in ((1, 1), (1, 420), (1, 752), (2, 2), (7, 7), (1000, 1000)):    # 420, 752: ten darts, and no hit
        x = ask(n=n, source=torch.Generator().manual_seed(seed))
        if not isinstance(x, torch.Tensor) or x.shape != (n, 2):
            return f"With n = {n} the answer is not a tensor of shape ({n}, 2)."
        if not BOARD.contains(x.double()).double().mean() > 0.99:
            return f"With n = {n} a point lies outside of the filled cells."
    return None


def anew(ask):
    """Complain if neither the seed nor what was drawn before makes a difference."""
    return draws_anew(lambda source: ask(n=50, source=source), "points")


EXERCISES = [
    Exercise(
        "data.contains", NOTEBOOK, contains, cases=places(), mistakes=MISTAKES["contains"],
        hints=["In which column is a point? Shift x so that the square begins at 0, stretch it so that a cell has "
               "width 1, round down.",
               "Column and row must both lie in 0 … 3, and their sum must be even.",
               "`cell = ((x + 1) * 2).floor()`; `cell.sum(1) % 2 == 0`; `((cell >= 0) & (cell < 4)).all(1)`."],
        place=at_point),
    Exercise(
        "data.density", NOTEBOOK, density, cases=places(), mistakes=MISTAKES["density"],
        hints=["It must add up to 1: density × area = 1.", "How large are all eight cells of 0.5 × 0.5 together?"],
        place=at_point),
    Exercise(
        "data.sample_board", NOTEBOOK, sample_board, mistakes=MISTAKES["sample_board"],
        cases=[Case("n = 100,000", {"n": 100_000, "source": torch.Generator().manual_seed(4)})],
        hints=["First choose for each point one of the eight filled cells, then a place in it. Nothing is thrown away.",
               "A row has two filled cells. `torch.randint(4, (n,), generator=source)` draws rows; which columns are "
               "filled in row r?",
               "column = 2 · (0 or 1) + r % 2. Then (column + rand) / 2 − 1, and the row likewise."],
        extra=(exactly_n, anew), measure=crowd, place=in_the_crowd, tolerance=((0, 0.2), (0, 0.2)),
        any_float=True),
    Exercise(
        "data.normalise", NOTEBOOK, normalise, cases=ranges("u", lambda a, b: a, lambda a, b: b),
        mistakes=MISTAKES["normalise"],
        hints=["Where should `low` go, where `high`, where the middle?",
               "Subtract the middle, divide by half of the width."],
        place=by_point),
    Exercise(
        "data.denormalise", NOTEBOOK, denormalise, cases=ranges("x", lambda a, b: -1, lambda a, b: 1),
        mistakes=MISTAKES["denormalise"],
        hints=["Take your formula of `normalise` and solve it for u.", "Halve what you get from x + 1, then stretch."],
        place=by_point),
    Exercise(
        "data.covariance", NOTEBOOK, covariance, cases=clouds(), mistakes=MISTAKES["covariance"],
        hints=["Subtract the mean of each coordinate, `x.mean(0)`.",
               "`d.T @ d` sums up all products of two coordinates."],
        place=lambda index, args: f"the entry [{index[0]}, {index[1]}]"),
    Exercise(
        "data.share_new", NOTEBOOK, share_new, cases=memories(), mistakes=MISTAKES["share_new"],
        hints=["`torch.cdist(x, train)` holds all distances. Which shape, and which of the two sides is which?",
               "Of each row the smallest: `.min(dim=1).values`. Then compare, then the mean."],
        place=lambda index, args: "the share", number=True),
]
