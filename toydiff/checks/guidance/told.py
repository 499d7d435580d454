"""A stand-in for a network that knows labels, and the questions about what it answers."""

import inspect

import torch

from ...support import tensors
from .. import drawings
from ..engine.asking import Case
from ..networks import beside
from ..points import COSINE, CROWD, EVERY_T, LINEAR, LONG, T_MIXED, T_OF_20, T_OF_300, TWIN, alone, drawn

LABEL = torch.tensor([4, 0, 2, 2, 1, 3])    # one for each of six points
MANY = torch.arange(CROWD) * 3 % 5          # and for each of a crowd


class Told:
    """Answer something that depends on the datum, on its t and on its label; the null label is `labels`."""

    def __init__(self, labels=5):
        self.labels = labels

    def __call__(self, xt, t, label=None):
        """Return the answer, shape as xt; t, label: an int or one for each datum."""
        label = self.labels if label is None else tensors.label(label, self.labels, len(xt))
        t, label = beside(xt, t), beside(xt, label)
        return torch.sin(2 * xt + 0.3 * t + 1.7 * label) + 0.2 * (1 + label) * xt


def about_labels(reference, **others):
    """Return the cases of a function of model, xt, t, label, gamma and others.

    others: by name, a function that makes it for a number of labels and a schedule.
    """
    def case(given, n=6, gamma=3.0, t=T_MIXED, schedule=LINEAR, labels=5, label=LABEL, shape=(2,), dtype=torch.float64,
             times=1):
        args = {name: make(labels, schedule) for name, make in others.items()}
        args |= {"model": Told(labels), "xt": drawn(n, *shape).to(dtype), "t": t[:n], "label": label[:n],
                 "gamma": gamma}
        return Case(given, {name: args[name] for name in inspect.signature(reference).parameters}, times)

    another = {"model": Told(9), "xt": drawn(6, 2, seed=10), "t": T_MIXED.flip(0), "label": LABEL.flip(0),
               "gamma": -0.5, **{name: make(7, TWIN) for name, make in others.items()}}
    return [*alone(case("γ = 3"), **{name: another[name] for name in inspect.signature(reference).parameters}),
            case("γ = 0", gamma=0.0), case("γ = 1", gamma=1.0), case("γ = 2, an int", gamma=2),
            case("γ = 40", gamma=40.0), case("γ = −12", gamma=-12.0),
            case("the same t for all", t=torch.full((6,), 40)),
            case("other labels, of nine", labels=9, label=torch.tensor([8, 0, 5, 3, 7, 0])),
            case("two points", n=2), case("a batch of one point", n=1),
            case(f"{CROWD} points of every t", n=CROWD, t=EVERY_T, label=MANY),
            case("a schedule of 20 steps", t=T_OF_20, schedule=COSINE),
            case("a schedule of 300 steps", t=T_OF_300, schedule=LONG), case("pictures of 2 × 3", shape=(1, 2, 3)),
            case("float32 points", dtype=torch.float32), case("the same points again", times=2)]


def towards_label_2(grid):
    """Return model, xt, t and label of a picture: the exact denoiser, asked on a grid at t = 12 for an inner cell."""
    return drawings.of_cells(), grid, drawings.every(12, len(grid)), drawings.every(2, len(grid))


def by_datum(index, args):
    """Say where: a number of a datum, at its t."""
    return f"at t = {args['t'][index[0]].item()} number {index[1:] if len(index) > 2 else index[1]} of datum {index[0]}"
