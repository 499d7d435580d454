"""Large batches in pieces: what is computed then stays in a CPU's cache."""

from itertools import repeat

import torch

from . import tensors, validation


def in_pieces(model, size=5000):
    """Return the same model, which looks at `size` data at a time."""
    validation.model(model), validation.integer(size, "size", low=1)

    def answer(xt, *others):    # t, and a label where there is one
        if len(tensors.points(xt, "xt", finite=False)) <= size:
            return model(xt, *others)
        split = (value.split(size) if isinstance(value, torch.Tensor) and value.ndim else repeat(value)
                 for value in others)
        return torch.cat([model(*piece) for piece in zip(xt.split(size), *split)])
    if hasattr(model, "objective"):
        answer.objective = model.objective
    return answer
