"""Which devices there are, and what draws random numbers on them. On all of them the course runs the same code."""

import torch

from .validation import integer, shown


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
        raise ValueError(f"device must be one of this machine's ({', '.join(available_devices())}), "
                         f"got {shown(given)}") from None


def random_source(seed, device="cpu"):
    """Return a torch.Generator: `seed` itself if it is one, a fresh one for an int, None for None.

    None means torch's global generator. The global random state is never seeded here.
    """
    if isinstance(seed, torch.Generator):
        return seed
    device = find_device(device)
    if seed is None:
        return None
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
