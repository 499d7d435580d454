"""The questions about a feature of time."""

import torch

from ..engine.asking import Case
from ..points import CROWD, EVERY_T, alone


def times():
    """Return the cases of a function of (t, T)."""
    def case(given, t, T):
        return Case(given, {"t": torch.tensor(t), "T": T})

    first = case("T = 100", [1, 3, 10, 50, 99, 100], 100)
    return [*alone(first, t=first.args["t"].flip(0), T=120), case("T = 20", [20, 1, 7, 13], 20),
            case("T = 1", [1, 1], 1), case("T = 300", [300, 256, 255, 128, 127, 2], 300),
            case("T = 257", [257, 256, 130, 4], 257), case(f"{CROWD} points of every t", EVERY_T.tolist(), 100),
            case("t = T for every point", [100, 100, 100], 100), case("a batch of one point", [30], 100),
            case("T = 1000", [1, 250, 999], 1000)]
