"""Station 2, the forward process: its exercises."""

from . import add_noise, alpha_bar, cosine_alpha_bar, forward_step, linear_beta, predict_x0, snr
from .sections import NOTEBOOK  # noqa: F401

EXERCISES = [file.exercise for file in (
    linear_beta, alpha_bar, cosine_alpha_bar, snr, forward_step, add_noise, predict_x0)]
