"""What every public function asks of its arguments, said in one line when it is not so.

Shapes and dtypes are checked always. Values (finite? 1 <= t <= T?) are checked on the CPU only:
on a GPU the question alone would stop the device and wait for its answer, at every step.
"""

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


def points(x, name="x", finite=True, most=math.inf):
    """Return x if it is a floating tensor of shape (batch, 2), finite and below `most` if asked; else raise."""
    if not isinstance(x, torch.Tensor):
        raise TypeError(f"{name} must be a torch.Tensor of shape (batch, 2), got {type(x).__name__}")
    if not x.is_floating_point() or x.dtype.itemsize == 1:    # PyTorch stores 8-bit floats, it cannot count with them
        raise TypeError(f"{name} must hold floating-point numbers, got {x.dtype}")
    if x.ndim != 2 or x.shape[1] != 2:
        raise ValueError(f"{name} must have shape (batch, 2), got {tuple(x.shape)}")
    if finite and x.device.type == "cpu" and not (x.abs() < most).all():
        most = most if x.isfinite().all() else math.inf
        bad = (~(x.abs() < most).all(dim=1)).sum().item()
        what = "NaN or infinity" if most == math.inf else f"numbers of {most:g} and more"
        raise ValueError(f"{name} must be finite, but {bad} of {len(x)} points hold {what}")
    return x


def same_shape(x, like, name, like_name):
    """Check that points x have the shape of `like` and are where it is."""
    points(x, name)
    if x.shape != like.shape:
        raise ValueError(f"{name} must have the shape of {like_name}, {tuple(like.shape)}, got {tuple(x.shape)}")
    return near(x, like, name, like_name)


def near(x, like, name, like_name="the points"):
    """Check that the tensor x is on the device of `like`."""
    if x.device != like.device:
        raise ValueError(f"{name} must be on the device of {like_name}, {like.device}, got {x.device}")
    return x


def like_weights(x, model, name):
    """Check that points x have dtype and device of the model's weights: NumPy's float64 is a common guest.

    Nor may they be so far away that the layers overflow.
    """
    weight = next(model.parameters())
    if points(x, name, most=1e30).dtype != weight.dtype:
        raise TypeError(f"{name} must be {weight.dtype} like the network's weights, got {x.dtype}")
    return near(x, weight, name, "the network's weights")


def answer(eps, xt):
    """Return a model's answer eps if it has the shape of xt: broadcasting would hide a forgotten dimension."""
    if not isinstance(eps, torch.Tensor) or eps.shape != xt.shape:
        got = tuple(eps.shape) if isinstance(eps, torch.Tensor) else type(eps).__name__
        raise ValueError(f"the model must answer with the shape of xt, {tuple(xt.shape)}, got {got}")
    if not eps.is_floating_point():
        raise TypeError(f"the model must answer with floating-point numbers, got {eps.dtype}")
    return near(eps, xt, "the model's answer", "xt")


def table(values, T, name):
    """Return values if it is a tensor with one number, 0 or more, for each t = 0…T, else raise an error."""
    if not isinstance(values, torch.Tensor):
        raise TypeError(f"{name} must be a torch.Tensor of shape ({T + 1},), got {type(values).__name__}")
    if values.shape != (T + 1,):
        raise ValueError(f"{name} must have shape ({T + 1},), an entry for each t = 0…{T}, got {tuple(values.shape)}")
    if not values.is_floating_point():
        raise TypeError(f"{name} must hold floating-point numbers, got {values.dtype}")
    if values.device.type == "cpu" and not (values.isfinite() & (values >= 0)).all():
        t = (~(values.isfinite() & (values >= 0))).int().argmax().item()
        raise ValueError(f"{name} must be finite and not negative, but at t = {t} it is {values[t]:g}")
    return values


def timestep(t, T, batch=None):
    """Return t if it is an int, or an integer tensor of shape (batch,), within 1..T; else raise."""
    if isinstance(t, torch.Tensor):
        if t.dtype not in (torch.int64, torch.int32):    # PyTorch looks up others wrongly or not at all
            raise TypeError(f"t must hold integers 1..{T}, got {t.dtype} (int64 or int32 is wanted)")
        if t.ndim and (batch is None or t.shape != (batch,)):
            wanted = "()" if batch is None else f"({batch},)"
            raise ValueError(f"t must be one integer or have shape {wanted}, got shape {tuple(t.shape)}")
        if t.device.type != "cpu" or t.numel() == 0:
            return t
        low, high = t.min().item(), t.max().item()
    else:
        low = high = integer(t, "t")
    if low < 1 or high > T:
        raise ValueError(f"t must lie in 1..{T}, got {shown(low if low < 1 else high)}")
    return t


def reachable(t, x):
    """Return t if it is no tensor, or one on the CPU or the device of x: from elsewhere PyTorch reads garbage."""
    if isinstance(t, torch.Tensor) and t.device.type != "cpu":
        near(t, x, "t")
    return t


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


def number(x, name, low=-math.inf, high=math.inf, with_low=False):
    """Return x as a float between `low` and `high`, these not included (or `low` is), else raise an error."""
    if isinstance(x, bool) or not isinstance(x, Real):
        raise TypeError(f"{name} must be a number, got {shown(x)}")
    try:
        value = float(x)
    except OverflowError:
        value = math.inf
    if not (low < value < high or with_low and value == low):
        wanted = "positive and finite" if (low, high) == (0, math.inf) else f"between {low:g} and {high:g}"
        wanted += f" or {low:g}" if with_low else ""
        raise ValueError(f"{name} must be {wanted}, got {shown(x)}")
    return value


def choice(value, options, name):
    """Return value if it is one of `options`, else raise ValueError that lists them."""
    if not isinstance(value, str) or value not in options:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, options))}, got {shown(value)}")
    return value


def usable_device(given):
    """Return the torch.device called `given`, else raise ValueError: this machine may have it not."""
    try:
        return torch.empty(0, device=given).device
    except (RuntimeError, TypeError, ValueError, AssertionError):
        raise ValueError(f"device must be one of this machine's, such as 'cpu', got {shown(given)}") from None


def random_source(seed, device="cpu"):
    """Return a torch.Generator: `seed` itself if it is one, a fresh one for an int, None for None.

    None means torch's global generator. The global random state is never seeded here.
    """
    device = usable_device(device)
    if seed is None or isinstance(seed, torch.Generator):
        return seed
    seed = integer(seed, "seed", -2**63, 2**63 - 1)
    try:
        return torch.Generator(device).manual_seed(seed)
    except RuntimeError:
        raise ValueError(f"device {device} draws no random numbers of its own, so seed must be None") from None


def noise_source(seed, device):
    """Return random_source(seed, device), a generator of another device refused: torch.randn wants it on its own."""
    source = random_source(seed, device)
    if source is not None and source.device.type != torch.device(device).type:
        raise ValueError(f"seed must be a generator on {device}, got one on {source.device}")
    return source
