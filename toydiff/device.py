"""Which devices there are. On all of them the course runs the same code."""

import torch


def available_devices():
    """Return the names of the devices on this machine, the slowest first: 'cpu', perhaps 'cuda' or 'mps'."""
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    return [name for name, available in there.items() if available]


def best_device():
    """Return the fastest torch.device of this machine."""
    return torch.device(available_devices()[-1])
