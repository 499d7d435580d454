"""What a notebook shows with:

    from toydiff.notebook import explore, look_back, plots, predict, progress
"""

from . import mishaps, plots
from .explorer import Watch, explore, show_film
from .prediction import look_back, predict
from .progress import progress

__all__ = ["Watch", "explore", "look_back", "plots", "predict", "progress", "show_film"]

mishaps.explain()
