"""What is asked at station 3, the MLP, and how the answers are read."""

import copy

import torch
from torch import nn

from ..forward_process import Schedule
from ..mlp import FeatureMLP, ReferenceMLP
from .forward_process import COSINE, LINEAR
from .engine.asking import Case, Unreadable

T_MIXED = torch.tensor([1, 3, 10, 50, 99, 100])


def times():
    """Return the cases of a function of (t, T)."""
    def case(given, t, T):
        return Case(given, {"t": torch.tensor(t), "T": T})

    return [case("T = 100", [1, 3, 10, 50, 99, 100], 100), case("T = 20", [20, 1, 7, 13], 20),
            case("t = T for every point", [100, 100, 100], 100), case("a batch of one point", [30], 100),
            case("T = 1000", [1, 250, 999], 1000)]


def weights(*widths, seed=0, dtype=torch.float64):
    """Return the weights and the biases of linear layers of these widths."""
    source = torch.Generator().manual_seed(seed)
    return {"weights": [torch.randn(n, m, generator=source, dtype=dtype) for m, n in zip(widths, widths[1:])],
            "biases": [torch.randn(n, generator=source, dtype=dtype) for n in widths[1:]]}


def stacks():
    """Return the cases of `forward`."""
    x = torch.randn(6, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    return [Case("three layers, 3-4-5-2", {"x": x, **weights(3, 4, 5, 2)}),
            Case("layers of equal width, 3-3-3", {"x": x, **weights(3, 3, 3, seed=1)}),
            Case("a single layer", {"x": x, **weights(3, 2, seed=2)}),
            Case("x = 0", {"x": 0 * x, **weights(3, 4, 5, 2, seed=3)}),
            Case("five layers", {"x": x, **weights(3, 6, 6, 6, 6, 2, seed=4)}),
            Case("a batch of one point", {"x": x[:1], **weights(3, 4, 2, seed=5)}),
            Case("float32 points", {"x": x.float(), **weights(3, 4, 2, dtype=torch.float32)})]


def read_layers(made, after):
    """Return what tells networks apart: weights to learn, matrices that start different, answers with known weights."""
    if not isinstance(made, nn.Module):
        raise Unreadable(f"it returns an object of type {type(made).__name__}: PyTorch finds the weights of an "
                         "`nn.Sequential(…)`, not those in a list.")
    weights = [p for p in made.parameters() if p.requires_grad]
    starts = {tuple(p.flatten().tolist()) for p in weights if p.ndim == 2}
    x = torch.tensor([[0.5, -1, 0.2], [-0.3, 0.8, 0.9], [1, 1, 0.5], [-2, -1, 0.1]])
    try:
        with torch.no_grad():
            for p in made.parameters():    # a function of the shape, so that the order of the layers does not matter
                p.copy_(torch.sin(1.7 * torch.arange(p.numel()) + len(p)).reshape(p.shape))
            answer = made(x)
    except Exception as error:
        raise Unreadable(f"the network stops when it is given 4 points of 3 numbers: {str(error)[:150]}.") from None
    if not isinstance(answer, torch.Tensor) or answer.shape != (4, 2):
        raise Unreadable("the network, given 4 points of 3 numbers, does not answer with shape (4, 2).")
    return torch.cat([torch.tensor([sum(p.numel() for p in weights), len(starts)]), answer.flatten()]).double()


def in_layers(index, args):
    """Say where: an entry of `read_layers`."""
    return ("the number of weights to learn", "the number of weight matrices that start different",
            "with known weights, one of the answers")[min(index[0], 2)]


def models():
    """Return the cases of a function of a model."""
    shared = nn.Linear(4, 4)
    frozen = nn.Sequential(nn.Linear(3, 5), nn.Linear(5, 2))
    frozen[0].requires_grad_(False)
    return [Case("the plain network, 3-7-7-7-2", {"model": ReferenceMLP(LINEAR, hidden=7)}),
            Case("one layer without a bias", {"model": nn.Linear(3, 5, bias=False)}),
            Case("a layer that is used twice", {"model": nn.Sequential(shared, nn.ReLU(), shared)}),
            Case("a frozen layer (`requires_grad` is False)", {"model": frozen}),
            Case("the network with features, which holds tables beside its weights",
                 {"model": FeatureMLP(Schedule.linear(10), hidden=4)}),
            Case("a layer that keeps statistics", {"model": nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))})]


def networks():
    """Return the cases of `network`."""
    source = torch.Generator().manual_seed(6)
    xt = torch.randn(6, 2, generator=source, dtype=torch.float64)

    def layers(weight):
        made = nn.Linear(3, 2).double()
        made.weight.data, made.bias.data = weight, torch.tensor([0.3, -0.7]).double() * weight.abs().amax()
        return made

    some = layers(torch.randn(2, 3, generator=source, dtype=torch.float64))
    bent = nn.Sequential(some, nn.Tanh())

    def case(given, xt, t, layers=some, schedule=LINEAR):
        return Case(given, {"layers": layers, "xt": xt, "t": t, "schedule": schedule})

    return [case("layers that answer 0", xt, T_MIXED, layers(torch.zeros(2, 3).double())),
            case("xt = 0", 0 * xt, T_MIXED),
            case("t = 1 for every point", xt, torch.ones(6).long()),
            case("t = 2 for every point", xt, torch.full((6,), 2)),
            case("t = T for every point", xt, torch.full((6,), 100)),
            case("a different t for each point", xt, T_MIXED.flip(0), bent),
            case("two points", xt[:2], torch.tensor([90, 20])),
            case("a batch of one point", xt[:1], torch.tensor([30])),
            case("another schedule, of 20 steps", xt, torch.tensor([2, 5, 8, 12, 16, 19]), schedule=COSINE),
            case("float32 points", xt.float(), T_MIXED, copy.deepcopy(bent).float())]


def learned(xt, t):
    """A score with an error."""
    return -xt * (0.5 + t[:, None] / 100)


def exact(xt, t):
    """Another score."""
    return torch.stack([0.3 - xt[:, 0], (xt[:, 1] * 2).sin()], 1) - t[:, None] / 50


def fields():
    """Return the cases of `score_error`."""
    source = torch.Generator().manual_seed(8)
    x0, eps = (torch.randn(6, 2, generator=source, dtype=torch.float64) for _ in range(2))

    def case(given, n=6, t=T_MIXED, dtype=torch.float64, score=learned, schedule=LINEAR):
        return Case(given, {"score": score, "exact": exact, "x0": x0[:n].to(dtype), "t": t[:n],
                            "eps": eps[:n].to(dtype), "schedule": schedule})

    return [case("a different t for each point"), case("t = 1 for every point", t=torch.ones(6).long()),
            case("t = T for every point", t=torch.full((6,), 100)), case("an exact score", score=exact),
            case("a batch of one point", n=1, t=torch.tensor([30])),
            case("another schedule, of 20 steps", t=torch.tensor([2, 5, 8, 12, 16, 19]), schedule=COSINE),
            case("float32 points", dtype=torch.float32)]
