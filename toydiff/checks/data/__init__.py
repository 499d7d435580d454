"""Station 1, the data: its exercises."""

from . import contains, covariance, denormalise, density, normalise, sample_board, share_new
from .sections import NOTEBOOK  # noqa: F401

EXERCISES = [file.exercise for file in (
    contains, density, sample_board, normalise, denormalise, covariance, share_new)]
