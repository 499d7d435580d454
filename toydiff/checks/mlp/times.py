"""The questions about a feature of time."""

import torch

from ..engine.asking import Case


def times():
    """Return the cases of a function of (t, T)."""
    def case(given, t, T):
        return Case(given, {"t": torch.tensor(t), "T": T})

    return [case("T = 100", [1, 3, 10, 50, 99, 100], 100), case("T = 20", [20, 1, 7, 13], 20),
            case("t = T for every point", [100, 100, 100], 100), case("a batch of one point", [30], 100),
            case("T = 1000", [1, 250, 999], 1000)]
