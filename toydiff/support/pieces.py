"""Large batches in pieces: what is computed then stays in a CPU's cache."""

from itertools import repeat

import torch

from . import tensors, validation


def parts(model, n, size):
    """Return an iterable of the model for each `size` of n data: itself, unless it knows something of each datum.

    Such a model, as guidance.Guided with a label each, divides itself: it has a method parts(n, size).
    """
    return model.parts(n, size) if hasattr(model, "parts") else repeat(model)


def in_pieces(model, size=5000):
    """Return the same model, which looks at `size` data at a time."""
    validation.model(model), validation.integer(size, "size", low=1)

    def answer(xt, *others):    # t, and a label where there is one
        if len(tensors.points(xt, "xt", finite=False)) <= size:
            return model(xt, *others)
        split = (value.split(size) if isinstance(value, torch.Tensor) and value.ndim else repeat(value)
                 for value in others)
        models = parts(model, len(xt), size)
        return torch.cat([part(*piece) for part, *piece in zip(models, xt.split(size), *split)])
    if hasattr(model, "objective"):
        answer.objective = model.objective
    return answer
