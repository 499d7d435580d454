"""Station 5, sampling: its exercises."""

from . import optimal_variance, posterior_mean, posterior_variance, reverse_step, sampler
from .sections import NOTEBOOK  # noqa: F401

EXERCISES = [file.exercise for file in (
    posterior_mean, posterior_variance, reverse_step, sampler, optimal_variance)]
