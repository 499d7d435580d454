"""The questions about moving a range of numbers, there and back."""

import torch

from ..engine.asking import Case
from ..points import CROWD, alone, drawn


def ranges(name, low, high, beyond=False):
    """Return the cases of (de)normalise: its points lie between low(range) and high(range).

    beyond: of one case not, for a sample may lie beyond −1 or 1, while data does not leave [low, high].
    """
    place = 0.1 + 0.8 * torch.rand(5, 2, generator=torch.Generator().manual_seed(3), dtype=torch.float64)

    def case(given, ends, dtype=torch.float64, place=place):
        x = low(*ends) + (high(*ends) - low(*ends)) * place
        return Case(given, {name: x.to(dtype), "low": ends[0], "high": ends[1]})

    first = case("the range [0, 4]", (0, 4))
    return [*alone(first, **{name: first.args[name] / 2 + 0.25}, low=-2, high=7.5),
            case("the range [-3, 5]", (-3, 5)), case("the range [-5, 0]", (-5, 0)),
            case("the range [0.25, 0.5]", (0.25, 0.5)), case("the range [-1000, 1000]", (-1000.0, 1000.0)),
            case("the range [0, 255], in whole numbers", (0, 255)),
            case(f"{CROWD} points", (-3, 5), place=drawn(CROWD, 2, seed=1).sigmoid()),
            case("numbers in a row", (-3, 5), place=drawn(7).sigmoid()),
            case("numbers of shape (2, 3, 4)", (2, 3), place=drawn(2, 3, 4).sigmoid()),
            case("the corners of [10, 20]", (10, 20), place=torch.tensor([[0.0, 0.0], [1.0, 1.0]]).double()),
            *([case("numbers beyond −1 and 1", (-3, 5), place=3 * place - 1)] if beyond else []),
            case("a batch of one point", (0, 4), place=place[:1]), case("float32 points", (-3, 5), torch.float32)]
