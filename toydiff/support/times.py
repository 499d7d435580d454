"""The times of a flow, u from 0 to 1: what is asked of them, and how they stand beside a batch."""

import torch

from .validation import number, shown


def wide(u, x):
    """Return u so that it broadcasts against the batch x: of shape (batch,) as (batch, 1, …), else as it is."""
    return u.view(-1, *[1] * (x.ndim - 1)) if isinstance(u, torch.Tensor) and u.ndim else u


def time(u, x):
    """Return u if it is a number, or a floating tensor of shape () or (batch,), from 0 to 1; else raise."""
    if not isinstance(u, torch.Tensor):
        return number(u, "u", 0, 1, with_low=True, with_high=True)
    if not u.is_floating_point():
        raise TypeError(f"u must hold floating-point numbers, got {u.dtype}")
    if u.ndim and u.shape != (len(x),):
        raise ValueError(f"u must be one number or have shape ({len(x)},), got shape {tuple(u.shape)}")
    if u.device != x.device:
        raise ValueError(f"u must be on the device of the points, {x.device}, got {u.device}")
    if u.device.type == "cpu" and not ((u >= 0) & (u <= 1)).all():
        bad = u[~((u >= 0) & (u <= 1))].flatten()[0].item()
        raise ValueError(f"u must lie in 0…1, got {bad:g}")
    return u


def falling(us):
    """Return us, where a walk stops to ask, as a list of floats: one at least, in 0…1, each below the one before."""
    try:
        us = us.tolist() if isinstance(us, torch.Tensor) else list(us)
        given = [number(u, "us", 0, 1, with_high=True) for u in us]
    except TypeError:
        raise TypeError(f"us must be numbers that fall from 1 or less, got {shown(us)}") from None
    except ValueError as error:
        raise ValueError(f"{error}; the last step, to 0, comes by itself") from None
    if not given:
        raise ValueError("us must hold one u at least, got none")
    for u, after in zip(given, given[1:]):
        if after >= u:
            raise ValueError(f"us must fall, but {after:g} follows {u:g}")
    return given
