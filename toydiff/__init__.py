"""toydiff: the textbook behind the notebooks. Each file is a station of the course, to be read in this order:

    1 data              points on a checkerboard, or a cloud of your own
    2 forward_process   data turns into noise, a step or a jump at a time
    3 mlp               the network that is asked which noise is in a point
    4 training          it learns to answer
    5 sampling          from noise back to data, step by step
    6 evaluation        how good is it? Beside it oracle, the exact optimum
    7 fewer_steps       the same network, asked ten times instead of a hundred
    8 guidance          to ask for a label, and for more of it than there is
    9 flow              straight lines, and the same thing in other coordinates. Beside it rectified, straighter still
   10 pictures          the same code paints digits. Beside it judge, in the place of an oracle

checkpoint keeps what was learned. What carries the course stands in folders: support (arguments, devices, files),
notebook (what a notebook shows with), checks (of exercises), grading, cli.
"""

try:
    import torch as _torch
except ModuleNotFoundError:
    raise ImportError("toydiff needs PyTorch, which is not installed: pip install torch") from None

from .checkpoint import Checkpoint, CheckpointError, load, save
from .data import NAMED_POINTS, Checkerboard, named_points
from .evaluation import Evaluation, evaluate, excess_loss
from .fewer_steps import ddim, ddim_step, dpm2m, heun, heun_step, on_schedule, refined, spacing, to_noise
from .flow import AsFlow, FlowMLP, flow_loss, interpolate
from .forward_process import Schedule, add_noise, forward_step, predict_x0
from .guidance import guided
from .mlp import FeatureMLP, ReferenceMLP, count_parameters
from .oracle import Oracle, loss_floor
from .rectified import Pairs, pairs_of, rectified_loss, straightness
from .sampling import beta_variance, ddpm, optimal_variance, posterior_mean, posterior_variance, reverse_step, sample
from .support.devices import best_device
from .training import EMA, TrainingState, decayed_lr, loss, loss_per_t, train, training_step

__version__ = "0.1.0"

__all__ = [name for name in dir() if not name.startswith("_")]
