"""Station 4, training: its exercises."""

from . import batches, decayed_lr, draw_t, ema_update, gaussian_floor, loss, training_step
from .sections import NOTEBOOK  # noqa: F401

EXERCISES = [file.exercise for file in (
    draw_t, loss, training_step, decayed_lr, ema_update, gaussian_floor, batches)]
