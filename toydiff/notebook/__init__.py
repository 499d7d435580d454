"""What a notebook shows with:

    from toydiff.notebook import explore, look_back, plots, predict
"""

from . import plots
from .explorer import explore
from .prediction import look_back, predict

__all__ = ["explore", "look_back", "plots", "predict"]
