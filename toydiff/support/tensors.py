"""What every public function asks of its tensors, said in one line when it is not so.

Shapes and dtypes are looked at always. Values (finite? 1 <= t <= T?) are looked at on the CPU only: on a GPU the
question alone would stop the device and wait for its answer, at every step.
"""

import math

import numpy as np
import torch

from .validation import integer, number, shown


def points(x, name="x", finite=True, most=math.inf, shape=None):
    """Return x if it is a floating tensor of shape (batch, *shape), finite and below `most` if asked; else raise.

    shape: that of one datum; None: any, one axis at least.
    """
    wanted = "(batch, …)" if shape is None else f"({', '.join(map(str, ('batch', *shape)))})"
    if not isinstance(x, torch.Tensor):
        raise TypeError(f"{name} must be a torch.Tensor of shape {wanted}, got {type(x).__name__}")
    if not x.is_floating_point() or x.dtype.itemsize == 1:    # PyTorch stores 8-bit floats, it cannot count with them
        raise TypeError(f"{name} must hold floating-point numbers, got {x.dtype}")
    if x.ndim < 2 if shape is None else x.shape[1:] != shape or x.ndim == 0:
        raise ValueError(f"{name} must have shape {wanted}, got {tuple(x.shape)}")
    if finite and x.device.type == "cpu" and not (x.abs() < most).all():
        most = most if x.isfinite().all() else math.inf
        what = "NaN or infinity" if most == math.inf else f"numbers of {most:g} and more"
        raise ValueError(f"{name} must be finite, but {_share(x.abs() < most)} hold {what}")
    return x


def _share(good):
    """How many of a batch are not good, in words."""
    return f"{(~good.flatten(1).all(dim=1)).sum().item()} of {len(good)} points"


def digits(x, name="x"):
    """Return x if it holds pictures of digits, shape (batch, 1, 8, 8), at least one, paper at −1; else raise."""
    points(x, name, shape=(1, 8, 8))
    if len(x) == 0:
        raise ValueError(f"{name} must hold at least one picture, got none")
    if not x.is_meta and x.min() >= 0:    # no paper anywhere
        low, high = x.min().item(), x.max().item()
        raise ValueError(f"{name} must be pictures between −1 and 1, got numbers from {low:g} to {high:g}")
    return x


def grey(pictures):
    """Return pictures as a uint8 tensor on the CPU: shape (n, height, width), 10 at least; raise for others."""
    if isinstance(pictures, np.ndarray) and pictures.dtype == np.uint8:
        pictures = torch.from_numpy(pictures)
    if not isinstance(pictures, torch.Tensor) or pictures.dtype != torch.uint8:
        raise TypeError(f"pictures must be an array of uint8, 0 to 255, got {shown(pictures)}")
    if pictures.ndim != 3 or 0 in pictures.shape or pictures.shape[1] % 2 or pictures.shape[2] % 2:
        raise ValueError(f"pictures must have shape (n, height, width), both sides even, got {tuple(pictures.shape)}")
    if len(pictures) < 10:
        raise ValueError(f"pictures must be 10 at least, got {len(pictures)}")
    if (pictures == pictures[:1]).all():
        raise ValueError(f"all {len(pictures)} pictures are alike: there is nothing to learn")
    return pictures.cpu()


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
    """Check that points x have shape, dtype and device that the model wants: NumPy's float64 is a common guest.

    Nor may they be so far away that layers overflow.
    """
    weight = next(model.parameters(), None)
    points(x, name, most=math.inf if weight is None else 1e30, shape=getattr(model, "shape", None))
    if weight is None:
        return x
    if x.dtype != weight.dtype:
        raise TypeError(f"{name} must be {weight.dtype} like the network's weights, got {x.dtype}")
    return near(x, weight, name, "the network's weights")


def answer(eps, xt, t=None):
    """Return a model's answer eps if it has the shape of xt: broadcasting would hide a forgotten dimension.

    t: given where the answer must be finite, too (looked at on a CPU); it is named in the message.
    """
    if not isinstance(eps, torch.Tensor) or eps.shape != xt.shape:
        got = tuple(eps.shape) if isinstance(eps, torch.Tensor) else type(eps).__name__
        raise ValueError(f"the model must answer with the shape of xt, {tuple(xt.shape)}, got {got}")
    if not eps.is_floating_point():
        raise TypeError(f"the model must answer with floating-point numbers, got {eps.dtype}")
    near(eps, xt, "the model's answer", "xt")
    if t is not None and eps.device.type == "cpu" and not eps.isfinite().all():
        at = f" at {'u' if isinstance(t, float) else 't'} = {t:g}" if not isinstance(t, torch.Tensor) else ""
        raise ValueError(f"the model must answer with finite numbers, but{at} {_share(eps.isfinite())} hold NaN or "
                         "infinity: it was not trained, or has diverged")
    return eps


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


def timestep(t, T, batch=None, name="t", low=1):
    """Return t if it is an int, or an integer tensor of shape (batch,), within low..T; else raise."""
    if isinstance(t, torch.Tensor):
        if t.dtype not in (torch.int64, torch.int32):    # PyTorch looks up others wrongly or not at all
            within = f" {low}..{T}" if T < math.inf else ""
            raise TypeError(f"{name} must hold integers{within}, got {t.dtype} (int64 or int32 is wanted)")
        if t.ndim and (batch is None or t.shape != (batch,)):
            wanted = "()" if batch is None else f"({batch},)"
            raise ValueError(f"{name} must be one integer or have shape {wanted}, got shape {tuple(t.shape)}")
        if t.device.type != "cpu" or t.numel() == 0:
            return t
        least, most = t.min().item(), t.max().item()
    else:
        least = most = integer(t, name)
    if least < low or most > T:
        raise ValueError(f"{name} must lie in {low}..{T}, got {shown(least if least < low else most)}")
    return t


def falling(ts, T):
    """Return ts, where a walk stops to ask, as a list of ints: one at least, within 1..T, each below the one before."""
    try:
        given = [integer(t, "ts") for t in (ts.tolist() if isinstance(ts, torch.Tensor) else ts)]
    except TypeError:
        raise TypeError(f"ts must be integers that fall from {T} or less, got {shown(ts)}") from None
    if not given:
        raise ValueError("ts must hold one t at least, got none")
    for t, after in zip([math.inf, *given], given):
        if not 1 <= after <= T:
            what = "; the last step, to 0, comes by itself" if after == 0 else ""
            raise ValueError(f"ts must lie in 1..{T}, got {shown(after)}{what}")
        if after >= t:
            raise ValueError(f"ts must fall, but {after} follows {t}")
    return given


def level(alpha_bar, x):
    """Return alpha_bar if it is a number, or a tensor of shape () or (batch,), between 0 and 1; else raise."""
    if not isinstance(alpha_bar, torch.Tensor):
        return number(alpha_bar, "alpha_bar", 0, 1)
    if not alpha_bar.is_floating_point():
        raise TypeError(f"alpha_bar must hold floating-point numbers, got {alpha_bar.dtype}")
    if alpha_bar.ndim and alpha_bar.shape != (len(x),):
        raise ValueError(f"alpha_bar must be one number or have shape ({len(x)},), got shape {tuple(alpha_bar.shape)}")
    if alpha_bar.device.type == "cpu" and not ((alpha_bar > 0) & (alpha_bar < 1)).all():
        raise ValueError("alpha_bar must lie between 0 and 1")
    return reachable(alpha_bar, x, "alpha_bar")


def label(given, labels, batch):
    """Return `given` if it is an integer, or a tensor of shape () or (batch,), from 0 to `labels`, the null label."""
    if labels == 0:
        raise ValueError("this model was trained without labels, so label must be None")
    if not isinstance(given, torch.Tensor):
        return integer(given, "label", 0, labels)
    if given.dtype not in (torch.int64, torch.int32):
        raise TypeError(f"label must hold integers 0..{labels}, got {given.dtype} (int64 or int32 is wanted)")
    if given.ndim and given.shape != (batch,):
        raise ValueError(f"label must be one integer or have shape ({batch},), got shape {tuple(given.shape)}")
    if given.device.type == "cpu" and given.numel() and not 0 <= given.min() <= given.max() <= labels:
        bad = given.min() if given.min() < 0 else given.max()
        raise ValueError(f"label must lie in 0..{labels} ({labels}: no label), got {bad.item()}")
    return given


def reachable(t, x, name="t"):
    """Return t if it is no tensor, or one on the CPU or the device of x: from elsewhere PyTorch reads garbage."""
    if isinstance(t, torch.Tensor) and t.device.type != "cpu":
        near(t, x, name)
    return t


def cloud(points):
    """Return points of one's own as float64, shape (rows, 2), 10 rows at least; raise where they are none."""
    try:
        given = torch.as_tensor(points)
        if given.is_complex():    # torch would warn, and drop a half of each
            raise TypeError
        given = given.double()
    except (TypeError, ValueError, RuntimeError):
        raise TypeError(f"points must be numbers of shape (rows, 2), got {shown(points)}") from None
    if given.ndim != 2 or given.shape[1] != 2:
        raise ValueError(f"points must have two columns, shape (rows, 2), got shape {tuple(given.shape)}")
    if len(given) < 10:
        raise ValueError(f"points must be 10 at least, got {len(given)}")
    if not given.isfinite().all():
        bad = (~given.isfinite().all(1)).nonzero()[0].item()
        raise ValueError(f"points must be finite, but row {bad + 1} holds NaN or infinity")
    return given
