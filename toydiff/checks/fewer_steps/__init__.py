"""Station 7, fewer steps: its exercises."""

from . import ahead, ddim_step, dpm2m, heun_step, noisy_step, order, spacing
from .sections import NOTEBOOK  # noqa: F401

EXERCISES = [file.exercise for file in (ddim_step, noisy_step, spacing, heun_step, ahead, dpm2m, order)]
