"""toydiff: the small module behind the course. Each file is one station of it.

data -> forward_process -> mlp -> training -> sampling
part two, on the same board: fewer_steps
and beside them: oracle, the exact optimum; evaluation, numbers for quality
"""

try:
    import torch as _torch
except ModuleNotFoundError:
    raise ImportError("toydiff needs PyTorch, which is not installed: pip install torch") from None

from .checkpoint import Checkpoint, CheckpointError, load, save
from .data import NAMED_POINTS, Checkerboard, named_points
from .support.devices import best_device
from .evaluation import Evaluation, evaluate, excess_loss
from .fewer_steps import ddim, ddim_step, dpm2m, heun, heun_step, on_schedule, refined, spacing, to_noise
from .forward_process import Schedule, add_noise, forward_step, predict_x0
from .mlp import FeatureMLP, ReferenceMLP, count_parameters
from .oracle import Oracle, loss_floor
from .sampling import (beta_variance, ddpm, optimal_variance, posterior_mean, posterior_variance, reverse_step,
                       sample)
from .training import EMA, TrainingState, decayed_lr, loss, loss_per_t, train, training_step

__version__ = "0.1.0"

__all__ = [name for name in dir() if not name.startswith("_")]
