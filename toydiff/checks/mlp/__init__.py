"""Station 3, the MLP: its exercises."""

from . import (
               count_parameters,
               forward,
               make_layers,
               network,
               score_error,
               score_from_eps,
               time_column,
               waves,
               x0_from_score,
)
from .sections import NOTEBOOK  # noqa: F401

EXERCISES = [file.exercise for file in (
    time_column, waves, forward, make_layers, count_parameters, network, score_from_eps, x0_from_score, score_error)]
