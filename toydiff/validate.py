"""What every public function asks of its arguments, said in one line when it is not so.

Shapes and dtypes are checked always. Values (finite? 1 <= t <= T?) are checked on the CPU only:
on a GPU the question alone would stop the device and wait for its answer, at every step.
"""

import math
import operator
from numbers import Real

import torch


def points(x, name="x", finite=True):
    """Return x if it is a floating tensor of shape (batch, 2), finite if asked, else raise TypeError or ValueError."""
    if not isinstance(x, torch.Tensor):
        raise TypeError(f"{name} must be a torch.Tensor of shape (batch, 2), got {type(x).__name__}")
    if not x.is_floating_point():
        raise TypeError(f"{name} must hold floating-point numbers, got {x.dtype}")
    if x.ndim != 2 or x.shape[1] != 2:
        raise ValueError(f"{name} must have shape (batch, 2), got {tuple(x.shape)}")
    if finite and x.device.type == "cpu" and not x.isfinite().all():
        bad = (~x.isfinite().all(dim=1)).sum().item()
        raise ValueError(f"{name} must be finite, but {bad} of {len(x)} points hold NaN or infinity")
    return x


def same_shape(x, like, name, like_name):
    """Check that points x have the shape of `like`."""
    points(x, name)
    if x.shape != like.shape:
        raise ValueError(f"{name} must have the shape of {like_name}, {tuple(like.shape)}, got {tuple(x.shape)}")
    return x


def like_weights(x, model, name):
    """Check that points x have the dtype of the model's weights: NumPy's float64 is a common guest."""
    wanted = next(model.parameters()).dtype
    if points(x, name).dtype != wanted:
        raise TypeError(f"{name} must be {wanted} like the network's weights, got {x.dtype}")
    return x


def answer(eps, xt):
    """Return a model's answer eps if it has the shape of xt: broadcasting would hide a forgotten dimension."""
    if not isinstance(eps, torch.Tensor) or eps.shape != xt.shape:
        got = tuple(eps.shape) if isinstance(eps, torch.Tensor) else type(eps).__name__
        raise ValueError(f"the model must answer with the shape of xt, {tuple(xt.shape)}, got {got}")
    return eps


def table(values, T, name):
    """Return values if it is a tensor with one entry for each t = 0…T, else raise TypeError or ValueError."""
    if not isinstance(values, torch.Tensor):
        raise TypeError(f"{name} must be a torch.Tensor of shape ({T + 1},), got {type(values).__name__}")
    if values.shape != (T + 1,):
        raise ValueError(f"{name} must have shape ({T + 1},), an entry for each t = 0…{T}, got {tuple(values.shape)}")
    return values


def timestep(t, T, batch=None):
    """Return t if it is an int, or an integer tensor of shape (batch,), within 1..T; else raise."""
    if isinstance(t, torch.Tensor):
        if t.is_floating_point() or t.is_complex() or t.dtype == torch.bool:
            raise TypeError(f"t must hold integers 1..{T}, got {t.dtype}")
        if t.ndim and (batch is None or t.shape != (batch,)):
            wanted = "()" if batch is None else f"({batch},)"
            raise ValueError(f"t must be one integer or have shape {wanted}, got shape {tuple(t.shape)}")
        if t.device.type != "cpu" or t.numel() == 0:
            return t
        low, high = t.min().item(), t.max().item()
    else:
        low = high = integer(t, "t")
    if low < 1 or high > T:
        raise ValueError(f"t must lie in 1..{T}, got {low if low < 1 else high}")
    return t


def schedule(given):
    """Return `given` if it is a Schedule (has its tables), else raise TypeError."""
    if not hasattr(given, "alpha_bar"):
        raise TypeError(f"schedule must be a Schedule, got {given!r}")
    return given


def integer(n, name, low=None):
    """Return n as an int of at least `low`, else raise TypeError or ValueError."""
    try:
        if isinstance(n, bool):
            raise TypeError
        n = operator.index(n)
    except TypeError:
        raise TypeError(f"{name} must be an integer, got {n!r}") from None
    if low is not None and n < low:
        raise ValueError(f"{name} must be at least {low}, got {n}")
    return n


def number(x, name, low=-math.inf, high=math.inf, with_low=False):
    """Return x as a float between `low` and `high`, these not included (or `low` is), else raise an error."""
    if isinstance(x, bool) or not isinstance(x, Real):
        raise TypeError(f"{name} must be a number, got {x!r}")
    if not (low < x < high or with_low and x == low):
        wanted = "positive and finite" if (low, high) == (0, math.inf) else f"between {low:g} and {high:g}"
        wanted += f" or {low:g}" if with_low else ""
        raise ValueError(f"{name} must be {wanted}, got {x!r}")
    return float(x)


def choice(value, options, name):
    """Return value if it is one of `options`, else raise ValueError that lists them."""
    if value not in options:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, options))}, got {value!r}")
    return value


def random_source(seed, device="cpu"):
    """Return a torch.Generator: `seed` itself if it is one, a fresh one for an int, None for None.

    None means torch's global generator. The global random state is never seeded here.
    """
    if seed is None or isinstance(seed, torch.Generator):
        return seed
    return torch.Generator(device).manual_seed(integer(seed, "seed"))
