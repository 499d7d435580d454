"""Pictures of wrong answers, drawn by the examiner: a worker sends the numbers in them, and no bytes of a picture."""

import threading

import torch

from ..checks import drawings
from . import limits

_one_at_a_time = threading.Lock()    # matplotlib's settings are the whole process's


def of(exercise, sent):
    """Return the picture of what a worker has sent of its answers, as HTML; "" where none can be drawn of it."""
    if not isinstance(sent, torch.Tensor) or not sent.numel() <= limits.DRAWN:
        return ""
    try:
        with _one_at_a_time:
            return drawings.painted(exercise, sent)
    except Exception:    # what is to be said of it is said already
        return ""
