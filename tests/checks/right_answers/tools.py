"""Ways to write an answer otherwise that serve any station."""

import numpy as np
import torch


def np_round_trip(function):
    """The same in NumPy and back."""
    return lambda **args: torch.from_numpy(np.asarray(function(
        **{name: value.numpy() if isinstance(value, torch.Tensor) else value for name, value in args.items()})))
