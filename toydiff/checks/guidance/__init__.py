"""Station 8, guidance: its exercises."""

from . import as_gamma, classifier_eps, drop_labels, gamma_at, guided_eps, posterior
from .sections import NOTEBOOK  # noqa: F401

EXERCISES = [file.exercise for file in (drop_labels, posterior, guided_eps, as_gamma, classifier_eps, gamma_at)]
