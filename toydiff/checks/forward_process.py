"""The checks of station 2, the forward process: what is asked. What people write instead: forward_process_mistakes."""

import math

import torch

from ..forward_process import Schedule, add_noise, forward_step, predict_x0
from .engine.ladder import Exercise
from .forward_process_mistakes import MISTAKES
from .engine.asking import Case

NOTEBOOK = "02_forward_process"
LINEAR, COSINE = Schedule.linear(), Schedule.cosine(20)


def by_t(index, args):
    """Say where: an entry of a table."""
    return f"the entry at t = {index[0]}"


def by_point(index, args):
    """Say where: a coordinate of a point at its t."""
    return f"at t = {args['t'][index[0]].item()} the {'xy'[index[1]]} of point {index[0]}"


def about_points(first, *others):
    """Return the cases of a function of (points, t, other points, schedule), the points by these names."""
    source = torch.Generator().manual_seed(2)
    points = {name: torch.randn(6, 2, generator=source, dtype=torch.float64) for name in (first, *others)}
    mixed = torch.tensor([1, 3, 10, 50, 99, 100])

    def case(given, t, schedule=LINEAR, dtype=torch.float64, zero=""):
        x = {name: (0 * value if name == zero else value)[:len(t)].to(dtype) for name, value in points.items()}
        return Case(given, {first: x.pop(first), "t": t, **x, "schedule": schedule})

    return [
        *(case(f"{name} = 0", mixed, zero=name) for name in (*others, first)),
        case("t = 1 for every point", torch.ones(6).long()),
        case("t = T for every point", torch.full((6,), 100)),
        case("a different t for each point", mixed.flip(0)),
        case("two points", torch.tensor([90, 20])),
        case("a batch of one point", torch.tensor([30])),
        case("another schedule, of 20 steps", torch.tensor([2, 5, 8, 12, 16, 19]), COSINE),
        case("float32 points", mixed, dtype=torch.float32),
    ]


def linear_beta(T, first, last):
    """β_0 = 0, then a straight line from `first` at t = 1 to `last` at t = T, shape (T + 1,)."""
    return torch.cat([torch.zeros(1).double(), torch.linspace(first, last, T, dtype=torch.float64)])


def alpha_bar(beta):
    """ᾱ_t = (1 − β_1) · … · (1 − β_t), shape (T + 1,)."""
    return (1 - beta).cumprod(0)


def cosine_alpha_bar(T, offset):
    """ᾱ_t = f(t) / f(0), f(t) = cos²((t/T + offset) / (1 + offset) · π/2), shape (T + 1,)."""
    u = torch.arange(T + 1, dtype=torch.float64) / T
    f = torch.cos((u + offset) / (1 + offset) * math.pi / 2) ** 2
    return f / f[0]


def snr(alpha_bar):
    """ᾱ_t / (1 − ᾱ_t), shape (T + 1,)."""
    return alpha_bar / (1 - alpha_bar)


EXERCISES = [
    Exercise(
        "forward_process.linear_beta", NOTEBOOK, linear_beta, mistakes=MISTAKES["linear_beta"],
        cases=[
            Case("T = 100 from 0.0001 to 0.1", {"T": 100, "first": 1e-4, "last": 0.1}),
            Case("T = 5 from 0.1 to 0.5", {"T": 5, "first": 0.1, "last": 0.5}),
            Case("T = 1000 from 0.0001 to 0.02", {"T": 1000, "first": 1e-4, "last": 0.02}),
            Case("a falling line from 0.3 to 0.1", {"T": 7, "first": 0.3, "last": 0.1}),
        ],
        hints=["`torch.linspace(first, last, T)` draws the line. How many entries does it have, how many are wanted?",
               "Put a 0 before it: `torch.cat([torch.zeros(1), …])`."],
        place=by_t, any_float=True),
    Exercise(
        "forward_process.alpha_bar", NOTEBOOK, alpha_bar, mistakes=MISTAKES["alpha_bar"],
        cases=[
            Case("our schedule", {"beta": LINEAR.beta}),
            Case("every β alike", {"beta": torch.tensor([0.0] + 30 * [0.05], dtype=torch.float64)}),
            Case("a single step", {"beta": torch.tensor([0.0, 0.3], dtype=torch.float64)}),
            Case("uneven steps", {"beta": torch.tensor([0.0, 0.5, 0.01, 0.2, 0.9], dtype=torch.float64)}),
            Case("a float32 table", {"beta": LINEAR.beta.float()}),
        ],
        hints=["What fraction of the variance of x_{t−1} is still in x_t? And of x_{t−2}?",
               "`tensor.cumprod(0)` multiplies all entries up to each one."],
        place=by_t),
    Exercise(
        "forward_process.cosine_alpha_bar", NOTEBOOK, cosine_alpha_bar, mistakes=MISTAKES["cosine_alpha_bar"],
        cases=[
            Case("T = 100, offset 0.008", {"T": 100, "offset": 0.008}),
            Case("T = 4, offset 0.2", {"T": 4, "offset": 0.2}),
            Case("T = 1000, offset 0.008", {"T": 1000, "offset": 0.008}),
            Case("offset 0", {"T": 10, "offset": 0.0}),
        ],
        hints=["First a tensor of all t/T for t = 0 … T: how many entries?",
               "Then f in one line, with `math.pi`; the answer is f divided by its first entry."],
        place=by_t, any_float=True),
    Exercise(
        "forward_process.snr", NOTEBOOK, snr, mistakes=MISTAKES["snr"],
        cases=[
            Case("our schedule", {"alpha_bar": LINEAR.alpha_bar}),
            Case("the cosine schedule", {"alpha_bar": COSINE.alpha_bar}),
            Case("equal parts of signal and noise", {"alpha_bar": torch.tensor([1, 0.5], dtype=torch.float64)}),
            Case("a float32 table", {"alpha_bar": LINEAR.alpha_bar.float()}),
        ],
        hints=["What variance has the signal's part of x_t, what variance the noise's, if x0 has variance 1?",
               "Divide the first by the second, without a root."],
        measure=lambda answer, args: answer[1:] if answer.ndim else answer,    # infinite at t = 0: not looked at
        place=lambda index, args: f"the entry at t = {index[0] + 1}", tolerance=((2e-3, 1e-5), (1e-7, 1e-9))),
    Exercise(
        "forward_process.forward_step", NOTEBOOK, forward_step, mistakes=MISTAKES["forward_step"],
        cases=about_points("x_prev", "eps"),
        hints=["Write the formula of the section “One small step”, with `schedule.beta[t]`. Which shape has that?",
               "`schedule.beta[t][:, None]` is a column, one factor for each point.",
               "The table is float64, so end with `.to(x_prev.dtype)`."],
        place=by_point),
    Exercise(
        "forward_process.add_noise", NOTEBOOK, add_noise, cases=about_points("x0", "eps"),
        mistakes=MISTAKES["add_noise"],
        hints=["One line, eq. 4: two terms, each a factor times a tensor of shape (batch, 2).",
               "`schedule.alpha_bar[t]` has shape (batch,); `[:, None]` makes it a column.",
               "`(a.sqrt() * x0 + (1 - a).sqrt() * eps).to(x0.dtype)`, with a = that column."],
        place=by_point),
    Exercise(
        "forward_process.predict_x0", NOTEBOOK, predict_x0, cases=about_points("xt", "eps"),
        mistakes=MISTAKES["predict_x0"],
        hints=["Take eq. 4 on paper and solve it for x_0.",
               "Subtract the noise with its factor, then divide what is left, all of it, by √ᾱ_t."],
        place=by_point),
]
