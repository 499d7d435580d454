"""Station 6, evaluation: its exercises."""

from . import balance, exact_eps, excess, gaussian_eps, inside, strays
from .sections import NOTEBOOK  # noqa: F401

EXERCISES = [file.exercise for file in (inside, strays, balance, exact_eps, gaussian_eps, excess)]
