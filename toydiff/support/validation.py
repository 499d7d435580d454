"""What every public function asks of its other arguments, said in one line when it is not so."""

import math
import operator
from numbers import Real

import torch

MOST = 2**31 - 1    # of anything that is counted: 16 GB of points


def shown(value):
    """Return how a value looks, in one short line: the repr of an array has many."""
    try:
        text = " ".join(repr(value).split())
    except Exception:    # an int of 5000 digits has none, nor has somebody's unfinished class
        text = f"a {type(value).__name__}"
    return text if len(text) <= 60 else text[:59] + "…"


def schedule(given):
    """Return `given` if it is a Schedule (has its tables), else raise TypeError."""
    if not hasattr(given, "alpha_bar"):
        raise TypeError(f"schedule must be a Schedule, got {shown(given)}")
    return given


def board(given, can="contains"):
    """Return `given` if it is a Checkerboard, or anything else that has the method `can`; else raise TypeError."""
    if isinstance(given, type) or not hasattr(given, can):
        raise TypeError(f"data must be a Checkerboard, got {shown(given)}")
    return given


def model(given):
    """Return `given` if it can be asked as a network is, else raise TypeError."""
    if isinstance(given, type) or not callable(given):
        raise TypeError(f"model must be a network, to be called as model(xt, t), got {shown(given)}")
    return given


def objective(model, wanted):
    """Return the model if it answers what is wanted, "noise" or "flow", or does not say; else raise ValueError."""
    if getattr(model, "objective", wanted) != wanted:
        raise ValueError("model must answer with the noise, got a flow, which answers with a velocity: its loss and "
                         "its walks are in toydiff.flow" if wanted == "noise" else "model must answer with a velocity, "
                         "got a model of the noise: flow.AsFlow(model) is one that does")
    return model


def device_of(network):
    """Return the device of the network's weights, the CPU if it has none; raise TypeError for what is no network."""
    if not isinstance(network, torch.nn.Module):
        raise TypeError(f"model must be a torch.nn.Module, got {shown(network)}")
    return next(network.parameters(), torch.empty(0)).device


def integer(n, name, low=None, high=None):
    """Return n as an int from `low` to `high` (a count, which has a `low`: to MOST), else raise an error."""
    try:
        tensor = isinstance(n, torch.Tensor) and n.dtype != torch.bool
        if isinstance(n, bool) or hasattr(n, "__len__") and not tensor:    # NumPy's array(3) is no index
            raise TypeError
        n = operator.index(n)
    except (TypeError, RuntimeError):    # a tensor on "meta" has no value
        raise TypeError(f"{name} must be an integer, got {shown(n)}") from None
    if low is not None and n < low:
        raise ValueError(f"{name} must be at least {low}, got {shown(n)}")
    high = MOST if high is None and low is not None else high
    if high is not None and n > high:
        raise ValueError(f"{name} must be at most {high}, got {shown(n)}")
    return n


def number(x, name, low=-math.inf, high=math.inf, with_low=False, with_high=False):
    """Return x as a float between `low` and `high`, these included only if asked, else raise an error."""
    if isinstance(x, bool) or not isinstance(x, Real):
        raise TypeError(f"{name} must be a number, got {shown(x)}")
    try:
        value = float(x)
    except OverflowError:
        value = math.inf
    if not (low < value < high or with_low and value == low or with_high and value == high):
        wanted = {(0, math.inf): "positive and finite", (-math.inf, math.inf): "finite"}.get(
            (low, high), f"between {low:g} and {high:g}")
        wanted += f" or {low:g}" * with_low + f" or {high:g}" * with_high
        raise ValueError(f"{name} must be {wanted}, got {shown(x)}")
    return value


def share(x, name):
    """Return x as a float from 0 to 1, else raise an error."""
    return number(x, name, 0, 1, with_low=True, with_high=True)


def interval(given, name):
    """Return `given` as two floats if it is a pair (low, high), low < high, else raise an error."""
    try:
        low, high = given
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be two numbers, (low, high), got {shown(given)}") from None
    low, high = (x if x in (-math.inf, math.inf) else number(x, name) for x in (low, high))
    if not low < high:
        raise ValueError(f"{name} must go from a number to a larger one, got {shown(given)}")
    return low, high


def choice(value, options, name):
    """Return value if it is one of `options`, else raise ValueError that lists them."""
    if not isinstance(value, str) or value not in options:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, options))}, got {shown(value)}")
    return value


def picture_shape(given):
    """Return the shape of a picture as a tuple, (channels, height, width), both sides even, else raise ValueError."""
    try:
        shape = tuple(integer(side, "shape", low=1) for side in given)
    except TypeError:
        shape = ()
    if len(shape) != 3 or shape[1] % 2 or shape[2] % 2:
        raise ValueError(f"shape must be (channels, height, width), both sides even, got {shown(given)}")
    return shape
