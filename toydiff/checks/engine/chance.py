"""Chance from elsewhere than the arguments: which random numbers of PyTorch, NumPy and Python a call has used up."""

import hashlib
import random
import sys

import torch

SOURCES = ("PyTorch", "NumPy", "Python")


def states():
    """Return where the random numbers of everyone stand: {whose: state}."""
    found = {"PyTorch": torch.get_rng_state().numpy().tobytes(), "Python": random.getstate()}
    if "numpy" in sys.modules:
        _, numbers, place, *_ = sys.modules["numpy"].random.get_state()
        found["NumPy"] = numbers.tobytes(), place
    return found


def moved(before):
    """Return {whose random numbers were drawn or seeded since `before`: a digest of where they stand now}."""
    return {whose: hashlib.sha256(repr(state).encode()).hexdigest() for whose, state in states().items()
            if state != before.get(whose)}


def seeded(drew, again):
    """Have two calls left PyTorch's random numbers in one state, though they began with two? Then they set it."""
    return "PyTorch" in drew and drew["PyTorch"] == again.get("PyTorch")
