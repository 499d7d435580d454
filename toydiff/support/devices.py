"""Which devices there are. On all of them the course runs the same code."""

import torch


def available_devices():
    """Return the names of the devices on this machine, the slowest first: 'cpu', perhaps 'cuda' or 'mps'."""
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    return [name for name, available in there.items() if available]


def best_device():
    """Return the fastest torch.device of this machine."""
    return torch.device(available_devices()[-1])


def find_device(name=None):
    """Return the torch.device of that name, the fastest for None. Raises ValueError that lists those there are."""
    if name is None:
        return best_device()
    if not isinstance(name, str | torch.device):
        raise TypeError(f"device must be a name such as 'cpu', got {type(name).__name__}")
    there = available_devices()
    if str(name).split(":")[0] not in there:
        raise ValueError(f"there is no device {str(name)[:40]!r} on this machine, only {', '.join(there)}")
    try:
        return torch.zeros(1, device=name).device
    except (RuntimeError, AssertionError) as error:
        raise ValueError(f"device {str(name)[:40]!r} cannot be used here") from error
