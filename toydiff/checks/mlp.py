"""The checks of station 3, the MLP: right answers and hints. The questions: mlp_questions. Wrong answers: mlp_mistakes
and, about the score, mlp_score_mistakes.
"""

import math

import torch
from torch import nn

from ..forward_process import add_noise
from .engine.ladder import Exercise
from .forward_process import about_points, by_point
from .mlp_mistakes import MISTAKES
from .mlp_questions import fields, in_layers, models, networks, read_layers, stacks, times
from .mlp_score_mistakes import MISTAKES as SCORE_MISTAKES
from .engine.asking import Case, flows_to

NOTEBOOK = "03_mlp"


def column(table, t, x):
    """Return table[t] beside the points x: shape (batch, 1), dtype of x."""
    return table[t][:, None].to(x.dtype)


def time_column(t, T):
    """t/T, shape (batch, 1)."""
    return (t / T)[:, None]


def waves(t, T, n):
    """sin and cos of π u, 2π u, 4π u … with u = t/T, shape (batch, 2n)."""
    phase = (t / T)[:, None] * math.pi * 2 ** torch.arange(n)
    return torch.cat([phase.sin(), phase.cos()], dim=1)


def forward(x, weights, biases):
    """Linear layers one after another, a ReLU between them, shape (batch, outputs of the last)."""
    for weight, bias in zip(weights[:-1], biases[:-1]):
        x = torch.relu(x @ weight.T + bias)
    return x @ weights[-1].T + biases[-1]


def make_layers(hidden, n):
    """3 to hidden, n times hidden to hidden, hidden to 2; a ReLU between them."""
    between = [layer for _ in range(n) for layer in (nn.Linear(hidden, hidden), nn.ReLU())]
    return nn.Sequential(nn.Linear(3, hidden), nn.ReLU(), *between, nn.Linear(hidden, 2))


def count_parameters(model):
    """How many numbers training may change."""
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


def network(layers, xt, t, schedule):
    """The Gaussian's answer √(1−ᾱ)/v · x_t, v = 1 − ᾱ + ᾱ/3, and √(ᾱ/v) times what the layers say of (x, y, t/T)."""
    a = column(schedule.alpha_bar, t, xt)
    v = 1 - a + a / 3
    added = layers(torch.cat([xt, time_column(t, schedule.T).to(xt.dtype)], dim=1))
    return (1 - a).sqrt() / v * xt + (a / v).sqrt() * added


def score_from_eps(eps, t, schedule):
    """−ε / √(1 − ᾱ_t), shape (batch, 2)."""
    return -eps / column(1 - schedule.alpha_bar, t, eps).sqrt()


def x0_from_score(xt, t, score, schedule):
    """(x_t + (1 − ᾱ_t) · score) / √ᾱ_t, shape (batch, 2)."""
    a = column(schedule.alpha_bar, t, xt)
    return (xt + (1 - a) * score) / a.sqrt()


def score_error(score, exact, x0, t, eps, schedule):
    """The mean of ‖score − exact‖² over the noisy points x_t, a number."""
    xt = add_noise(x0, t, eps, schedule)
    return ((score(xt, t) - exact(xt, t)) ** 2).sum(1).mean()


EXERCISES = [
    Exercise(
        "mlp.time_column", NOTEBOOK, time_column, cases=times(), mistakes=MISTAKES["time_column"],
        hints=["A plain division gives t/T for each point: shape (batch,). Which shape is wanted?",
               "`[:, None]` makes a column of a row of numbers."],
        place=lambda index, args: f"at t = {args['t'][index[0]].item()} the feature", any_float=True),
    Exercise(
        "mlp.waves", NOTEBOOK, waves, mistakes=MISTAKES["waves"],
        cases=[Case(f"{case.given}, n = {n}", {**case.args, "n": n}) for case, n in zip(times(), (3, 2, 4, 3, 1))],
        hints=["`2 ** torch.arange(n)` holds 1, 2, 4 …; times π they are the frequencies.",
               "A column (batch, 1) times a row (n,) is a table (batch, n): the angle at each frequency.",
               "`torch.cat([angle.sin(), angle.cos()], dim=1)` puts two tables side by side."],
        place=lambda index, args: f"at t = {args['t'][index[0]].item()} the feature in column {index[1]}",
        tolerance=((1e-3, 1e-3), (1e-7, 1e-9)), any_float=True),
    Exercise(
        "mlp.forward", NOTEBOOK, forward, cases=stacks(), mistakes=MISTAKES["forward"],
        hints=["One layer is `x @ weight.T + bias`. Why the `.T`? Look at the shapes.",
               "Go through `zip(weights, biases)`. After which of the layers is there no ReLU?",
               "`torch.relu` keeps what is positive. Loop over `weights[:-1]`, then comes the last one alone."],
        place=lambda index, args: f"answer {index[1]} for point {index[0]}"),
    Exercise(
        "mlp.make_layers", NOTEBOOK, make_layers, mistakes=MISTAKES["make_layers"],
        cases=[Case(f"hidden = {hidden}, n = {n}", {"hidden": hidden, "n": n})
               for hidden, n in ((8, 2), (5, 3), (6, 1))],
        hints=["Begin with a list: `[nn.Linear(3, hidden), nn.ReLU()]`. A loop adds two entries in each pass.",
               "Each pass must make its own `nn.Linear(hidden, hidden)`.",
               "`nn.Sequential(*layers)` takes the entries of a list as its layers."],
        read=read_layers, place=in_layers),
    Exercise(
        "mlp.count_parameters", NOTEBOOK, count_parameters, cases=models(), mistakes=MISTAKES["count_parameters"],
        hints=["`model.parameters()` goes through all weights and biases, each a tensor, each once.",
               "`p.numel()` is how many numbers a tensor holds, `p.requires_grad` says if training may change it."],
        place=lambda index, args: "the number", number=True),
    Exercise(
        "mlp.network", NOTEBOOK, network, cases=networks(), mistakes=MISTAKES["network"],
        hints=["First ᾱ_t as a column: `schedule.alpha_bar[t][:, None]`, in the dtype of the points (`.to(xt.dtype)`).",
               "The input of the layers: `torch.cat([xt, time_column(t, schedule.T)], dim=1)`, shape (batch, 3).",
               "Then two terms: a column times xt, a column times what the layers answer."],
        read=flows_to("layers"), place=by_point),
    Exercise(
        "mlp.score_from_eps", NOTEBOOK, score_from_eps, cases=about_points("eps"),
        mistakes=SCORE_MISTAKES["score_from_eps"],
        hints=["Which way does noise push a point, and which way does the density grow?",
               "`schedule.alpha_bar[t][:, None]` is ᾱ_t as a column, in float64; so end with `.to(eps.dtype)`."],
        place=by_point),
    Exercise(
        "mlp.x0_from_score", NOTEBOOK, x0_from_score, cases=about_points("xt", "score"),
        mistakes=SCORE_MISTAKES["x0_from_score"],
        hints=["Solve 3.7 for ε: what stands for it when you have the score?",
               "Put that into x̂_0 = (x_t − √(1 − ᾱ_t) ε̂) / √ᾱ_t. Two roots become none, two minus signs a plus."],
        place=by_point),
    Exercise(
        "mlp.score_error", NOTEBOOK, score_error, cases=fields(), mistakes=SCORE_MISTAKES["score_error"],
        hints=["At which points will a sampler ask for the score at time t? `add_noise` makes such points.",
               "The difference has shape (batch, 2): square it, add up the two coordinates, then the mean."],
        place=lambda index, args: "the error", number=True),
]
