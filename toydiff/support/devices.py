"""Which devices there are. On all of them the course runs the same code."""

import torch


def available_devices():
    """Return the names of the devices on this machine, the slowest first: 'cpu', perhaps 'cuda' or 'mps'."""
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    return [name for name, available in there.items() if available]


def best_device():
    """Return the fastest torch.device of this machine."""
    return torch.device(available_devices()[-1])


def find_device(given=None):
    """Return the torch.device called `given`, the fastest of this machine for None.

    Raises ValueError that lists those there are.
    """
    if given is None:
        return best_device()
    try:
        return torch.empty(0, device=given).device
    except (RuntimeError, TypeError, ValueError, AssertionError):
        shown = " ".join(repr(given).split())[:60]
        raise ValueError(f"device must be one of this machine's ({', '.join(available_devices())}), "
                         f"got {shown}") from None
