"""The checks of station 6, evaluation: what is asked. What people write instead: evaluation_mistakes."""

import torch

from ..data import Checkerboard
from ..forward_process import Schedule, add_noise
from .engine.ladder import Exercise
from .evaluation_mistakes import MISTAKES, a_and_s
from .engine.asking import Case, Network

NOTEBOOK = "06_evaluation"
BOARD, LINEAR, COSINE = Checkerboard(), Schedule.linear(), Schedule.cosine(20)


def the_number(index, args):
    """Say where: there is one number only."""
    return "the number"


def by_x(index, args):
    """Say where: a number x and its t."""
    return f"at t = {args['t']} the answer for x = {args['x'][index[0]].item():.3g}"


def by_point(index, args):
    """Say where: a coordinate of a point at t."""
    return f"at t = {args['t']} the {'xy'[index[1]]} of point {index[0]}"


def learned(xt, t):
    """Answer something: a stand-in for a network."""
    return 0.6 * xt + 0.2 * torch.sin(3 * xt + torch.as_tensor(t, device=xt.device).reshape(-1, 1) / 20)


def exact(xt, t):
    """Answer something else: a stand-in for the oracle."""
    return 0.5 * xt + 0.1 * torch.cos(2 * xt) + torch.as_tensor(t, device=xt.device).reshape(-1, 1) / 500


# --- the right answers; their parameters are what a learner's function must take ---------------------------

def inside(x, board):
    """The share of points in a filled cell."""
    return board.contains(x).double().mean()


def strays(x, board, distance):
    """The share of points farther than `distance` from every filled cell."""
    corners, x = board.edges.to(x), x[:, None]
    gap = x - x.clamp(corners[board.filled], corners[board.filled + 1])    # (batch, cells, 2)
    return (gap.norm(dim=2).amin(1) > distance).double().mean()


def balance(x, board):
    """The total variation between the points inside and an even filling."""
    cell = board.cell_of(x)
    count = torch.bincount(cell[cell >= 0], minlength=len(board.filled)).double()
    return (count / count.sum() - 1 / len(count)).abs().sum() / 2


def exact_eps(x, t, low, high, schedule):
    """E[ε | x_t = x] for data uniform on [low, high], shape (batch,)."""
    a, s = a_and_s(schedule, t)
    noise, normal = torch.stack([(x - a * high) / s, (x - a * low) / s]).double(), torch.distributions.Normal(0, 1)
    density, mass = normal.log_prob(noise).exp(), normal.cdf(noise)
    return ((density[0] - density[1]) / (mass[1] - mass[0])).to(x.dtype)


def gaussian_eps(xt, t, mean, variance, schedule):
    """E[ε | x_t] for Gaussian data, shape (batch, 2)."""
    a, s = a_and_s(schedule, t)
    return (s * (xt - a * mean) / (a**2 * variance + s**2)).to(xt.dtype)


def excess(model, oracle, x0, t, eps, schedule):
    """The mean squared difference of model and oracle at x_t."""
    xt = add_noise(x0, t, eps, schedule)
    return ((model(xt, t) - oracle(xt, t)) ** 2).mean()


# --- the questions ----------------------------------------------------------------------------------------

def normal(n, size=1.0, seed=0):
    """Return n points around the origin, float64, shape (n, 2)."""
    return size * torch.randn(n, 2, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def clouds(**more):
    """Return the cases of a function of points and a board; more: arguments beside."""
    def case(given, x, board=BOARD, **other):
        return Case(given, {"x": x, "board": board, **(more | other if more else {})})

    good = BOARD.sample(37, 3).double()
    one_cell = good[BOARD.cell_of(good) == 2]
    return [
        *([case("points off a corner", 1 + torch.tensor([[0.03, 0.03], [0.04, 0.04], [0.06, 0.01]]).double())]
          if more else []),
        case("points of the board", good), case("200 points anywhere", normal(200, 0.7)),
        case("points of one cell", torch.cat([one_cell, one_cell * 0.99 - 0.001])),
        case("some points outside of the square", torch.cat([good[:9], normal(50, 1.5, 1)])),
        case("a batch of one point", torch.tensor([[0.2, 0.15]]).double()),
        case("a larger share of strays", torch.cat([good[:6], normal(40, 3.0, 2)]), distance=0.3),
        case("a board of 2 × 2 cells", normal(150, 0.8, 3), Checkerboard(2)),
        case("a board of 8 × 8 cells", normal(300, 0.6, 4), Checkerboard(8)),
        case("float32 points", normal(90, 0.8, 5).float()),
    ]


def noisy_numbers():
    """Return the cases of exact_eps: x where such numbers come, neither far out nor at the smallest t."""
    def case(given, t, low=-1.0, high=1.0, schedule=LINEAR, n=7, dtype=torch.float64):
        a, s = a_and_s(schedule, t)
        place = torch.linspace(-1, 1, n) if n > 1 else torch.tensor([0.4])
        x = (a * (low + high) / 2 + place.double() * (a * (high - low) / 2 + 1.5 * s)).to(dtype)
        return Case(given, {"x": x, "t": t, "low": low, "high": high, "schedule": schedule})

    return [case("t = 30 and [-1, 1]", 30), case("t = 30 and [0.5, 1]", 30, 0.5),
            case("t = 10 and [-1, -0.5]", 10, -1, -0.5),
            case("t = T", 100, 0, 2.0), case("t = 4", 4, 0, 0.5), case("a batch of one", 20, 0, 1.0, n=1),
            case("two numbers", 50, 0.25, 0.75, n=2), case("another schedule, of 20 steps", 9, -0.5, 0.0, COSINE),
            case("float32 numbers", 40, -0.5, 0.5, dtype=torch.float32)]


def noisy_points():
    """Return the cases of gaussian_eps."""
    def case(given, t, mean=0.0, variance=1 / 3, schedule=LINEAR, n=5, dtype=torch.float64):
        return Case(given, {
            "xt": normal(n).to(dtype), "t": t, "mean": mean, "variance": variance, "schedule": schedule})

    return [case("mean 0 and variance 1", 40, 0.0, 1.0), case("mean 0 and variance 1/3", 40),
            case("mean 2 and variance 0.25", 20, 2.0, 0.25), case("variance 9", 60, -1.0, 9.0),
            case("variance 0: all data in one place", 30, 0.5, 0.0), case("t = 1", 1, 0.3), case("t = T", 100, 0.3),
            case("two points", 50, n=2), case("a batch of one point", 50, n=1),
            case("another schedule, of 20 steps", 7, 1.0, 0.5, COSINE),
            case("float32 points", 30, 0.2, dtype=torch.float32)]


def judged():
    """Return the cases of excess."""
    def case(given, t, model=learned, n=40, schedule=LINEAR, dtype=torch.float64):
        return Case(given, {"model": Network(model), "oracle": Network(exact), "x0": normal(n, 0.5, 6).to(dtype),
                            "t": t, "eps": normal(n, seed=7).to(dtype), "schedule": schedule})

    return [case("a network that is the oracle", 30, exact), case("t = 5", 5), case("t = 40", 40), case("t = T", 100),
            case("t = 1", 1), case("a batch of one point", 20, n=1),
            case("another schedule, of 20 steps", 11, schedule=COSINE), case("float32 points", 50, dtype=torch.float32)]


EXERCISES = [
    Exercise(
        "evaluation.inside", NOTEBOOK, inside, clouds(), MISTAKES["inside"],
        hints=["`board.contains(x)` answers for each point.", "True counts as 1: `.float().mean()`."],
        place=the_number, number=True),
    Exercise(
        "evaluation.strays", NOTEBOOK, strays, clouds(distance=0.05), MISTAKES["strays"],
        hints=["The nearest point of a cell is x itself, pushed back between its corners: `x.clamp(low, high)`.",
               "How far was it pushed? `(x - x.clamp(low, high)).norm(dim=1)`.",
               "Keep the smallest over all cells: `torch.minimum(nearest, gap)`. Then compare, then the mean."],
        place=the_number, number=True),
    Exercise(
        "evaluation.balance", NOTEBOOK, balance, clouds(), MISTAKES["balance"],
        hints=["`board.cell_of(x)` is −1 outside: leave those out first.",
               "`torch.bincount(cell, minlength=len(board.filled))` counts, also the cells that nobody is in.",
               "Shares, minus an even share, absolute values, their sum, half of it."],
        place=the_number, number=True),
    Exercise(
        "evaluation.exact_eps", NOTEBOOK, exact_eps, noisy_numbers(), MISTAKES["exact_eps"],
        hints=["If x_0 lies between low and high, between which two numbers lies ε = (x − a x_0)/s?",
               "The larger one belongs to `low`: v = (x − a · low)/s, and u = (x − a · high)/s.",
               "(φ(u) − φ(v)) / (Φ(v) − Φ(u))."],
        place=by_x, tolerance=((2e-3, 2e-3), (1e-5, 1e-6))),
    Exercise(
        "evaluation.gaussian_eps", NOTEBOOK, gaussian_eps, noisy_points(), MISTAKES["gaussian_eps"],
        hints=["x_t is Gaussian: which mean has it, which variance?",
               "Var(x_t) = ᾱ_t · variance + (1 − ᾱ_t); Cov(ε, x_t) = √(1 − ᾱ_t).",
               "E[ε | x_t] = Cov(ε, x_t) / Var(x_t) · (x_t − √ᾱ_t · mean)."],
        place=by_point),
    Exercise(
        "evaluation.excess", NOTEBOOK, excess, judged(), MISTAKES["excess"],
        hints=["Which points do network and oracle ever see? Not x0: `toydiff.add_noise(x0, t, eps, schedule)`.",
               "Ask both at the same x_t and t; the mean of the squared difference."],
        place=the_number, number=True),
]
