"""A checkpoint: one file with everything needed to sample again. Nothing else has to be remembered.

While a run is under way its checkpoint lies beside the finished one, with ".unfinished" behind its name, and holds also
what is needed to go on: so a finished model is only ever replaced by a finished model.
How the file is written and read safely: support/container.py.
"""

from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import nn

from .data import Checkerboard, Points
from .flow import FlowMLP
from .forward_process import Schedule
from .mlp import FeatureMLP, ReferenceMLP
from .pictures import Digits, Pictures, UNet
from .support import claims, container, tensors
from .support.container import CheckpointError
from .support.devices import find_device
from .support.validation import choice, integer

NETWORKS = {kind.__name__: kind for kind in (ReferenceMLP, FeatureMLP, FlowMLP, UNet)}
DATA = {kind.kind: kind for kind in (Checkerboard, Points, Digits, Pictures)}
OBJECTIVES = ("noise", "flow")
BUNDLED = Path(__file__).parent / "checkpoints" / "board.pt"
FLOW = BUNDLED.with_name("flow.pt")                     # a flow of the board
BOARD_LABELS = BUNDLED.with_name("board_labels.pt")    # a network that knows the labels of the cells
DIGITS = BUNDLED.with_name("digits.pt")    # a U-Net that knows the digits by their labels


@dataclass
class Checkpoint:
    """What a checkpoint holds.

    model: the network to sample from; schedule; data: what it was trained on;
    loss_per_t: the network's loss at each t, shape (T + 1,), None where the objective has none;
    recipe: steps, batch_size, lr, seed … as trained;
    progress: of an unfinished run, what training.train(resume=…) needs; its loss_per_t is None, not yet measured;
    sampler: how it is best sampled, a dict of plain values, {} for the course's default.
    """

    model: nn.Module
    schedule: Schedule
    data: Checkerboard | Points | Digits | Pictures
    loss_per_t: torch.Tensor | None
    recipe: dict = field(default_factory=dict)
    progress: dict | None = None
    sampler: dict = field(default_factory=dict)

    @property
    def objective(self):
        """What the network was taught to answer: "noise", or "flow", a velocity."""
        return self.model.objective


def save(path, checkpoint, half=False):
    """Write a Checkpoint to `path`. Raises CheckpointError where that fails; an older file is then kept.

    half: keep the weights in 16 bits, which is half the file; 3 digits of each are left.
    """
    network, kind = type(checkpoint.model).__name__, checkpoint.data.kind
    if NETWORKS.get(network) is not type(checkpoint.model):
        raise CheckpointError(f"cannot write {path}: only {' and '.join(NETWORKS)} can be saved, got {network}")
    try:    # what would not be read is not written
        claims.recipe(checkpoint.recipe), claims.plain(checkpoint.sampler, "sampler")
        claims.data(checkpoint.data, checkpoint.schedule, checkpoint.model)
    except (TypeError, ValueError) as error:
        raise CheckpointError(f"cannot write {path}: {error}") from error
    losses = None if checkpoint.progress or checkpoint.loss_per_t is None else checkpoint.loss_per_t.cpu()
    container.write(path, {
        "network": network, "options": checkpoint.model.options(),
        "weights": {name: value.cpu().half() if half else value.cpu()
                    for name, value in checkpoint.model.state_dict().items()},
        "beta": checkpoint.schedule.beta[1:].cpu().double(),
        "kind": kind, "data": checkpoint.data.options(), "objective": checkpoint.objective,
        "sampler": checkpoint.sampler, "loss_per_t": losses, "recipe": checkpoint.recipe,
        "progress": checkpoint.progress,
    })


def load(path=BUNDLED, device="cpu"):
    """Read a Checkpoint from `path` (by default the one that comes with the course), its model on `device`.

    Raises CheckpointError, in one line, for whatever is not a whole checkpoint of this program,
    ValueError for a device that is not there.
    """
    device, content = find_device(device), container.read(path)
    try:
        loaded = _rebuild(content)
    except Exception as error:
        raise container.strange(path, error) from error
    loaded.model.to(device)
    return loaded


def _rebuild(content):
    recipe, sampler = claims.recipe(content["recipe"]), claims.plain(content["sampler"], "sampler")
    schedule = Schedule(claims.tensor(content["beta"], "a schedule"))
    model = _network(content, schedule)
    data = claims.data(DATA[choice(content["kind"], DATA, "kind")](**content["data"]), schedule, model)
    choice(content["objective"], [model.objective], f"the objective of a {content['network']}")
    losses, progress = content["loss_per_t"], content.get("progress")
    if progress:
        integer(progress["step"], "step", low=1)
    elif losses is not None:
        tensors.table(losses, schedule.T, "loss_per_t")
    return Checkpoint(model.requires_grad_(False), schedule, data, losses, recipe, progress, sampler)


def _network(content, schedule):
    """The network with its weights. What the file claims is compared with what it holds before memory is spent."""
    weights, blank = content["weights"], blank_model(content["network"], schedule, **content["options"])
    wanted = {name: (value.shape, value.dtype) for name, value in blank.state_dict().items()}
    weights = {name: value.float() if value.dtype == torch.float16 else value for name, value in weights.items()}
    if wanted != {name: (value.shape, value.dtype) for name, value in weights.items()}:
        raise ValueError("weights of other shapes than its network has")
    if not all(value.isfinite().all() for value in weights.values()):
        raise ValueError("weights that are NaN or infinite")
    model = build_model(content["network"], schedule, **content["options"])
    model.load_state_dict(weights)
    return model


def blank_model(network, schedule, **options):
    """Return a network as `build_model` does, but on the device meta: with shapes, and without memory for weights."""
    with torch.device("meta"):    # where arithmetic would cost a second: torch loads its compiler for the first
        return NETWORKS[choice(network, NETWORKS, "network")](schedule, **options)


def build_model(network, schedule, hidden=None, seed=0, **options):
    """Return a new network of the named kind for a schedule, its start drawn with `seed` alone.

    hidden: width of each layer, the network's own default if not given; options: what else it takes, such as the
    variance of the data or the number of labels. Raises ValueError for an unknown kind.
    """
    choice(network, NETWORKS, "network")
    seed = integer(seed, "seed", -2**63, 2**63 - 1)
    options |= {} if hidden is None else {"hidden": hidden}
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)    # torch.manual_seed would seed a GPU's generator too
        return NETWORKS[network](schedule, **options)
