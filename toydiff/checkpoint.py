"""A checkpoint: one file with everything needed to sample again. Nothing else has to be remembered.

While a run is under way its checkpoint lies beside the finished one, under the name unfinished(path), and holds
also what is needed to go on: so a finished model is only ever replaced by a finished model.

Files are written whole or not at all, and read without running any code that might hide in them.
The first line is text, "toydiff checkpoint", the format version and the SHA-256 of what follows:
torch.load alone would not notice a flipped bit in a weight.
"""

import hashlib
import io
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import nn

from .support import validation as validate
from .data import Checkerboard
from .support.devices import find_device
from .support.files import write_whole
from .forward_process import Schedule
from .mlp import FeatureMLP, ReferenceMLP

FORMAT, VERSION = "toydiff checkpoint", 2    # 2: of an unfinished run. A finished one is written as 1, still
NETWORKS = {"ReferenceMLP": ReferenceMLP, "FeatureMLP": FeatureMLP}
BUNDLED = Path(__file__).parent / "checkpoints" / "board.pt"


class CheckpointError(ValueError):
    """A checkpoint that cannot be written or read; the message says why and what to do."""


@dataclass
class Checkpoint:
    """What a checkpoint holds.

    model: the network to sample from; schedule; data: the board it was trained on;
    loss_per_t: the network's loss at each t, shape (T + 1,); recipe: steps, batch_size, lr, seed … as trained;
    progress: of an unfinished run, what training.train(resume=…) needs; its loss_per_t is None, not yet measured.
    """

    model: nn.Module
    schedule: Schedule
    data: Checkerboard
    loss_per_t: torch.Tensor | None
    recipe: dict = field(default_factory=dict)
    progress: dict | None = None


def unfinished(path):
    """Return where the checkpoint of a run under way lies, whose finished model will be at `path`."""
    return Path(path).with_name(f"{Path(path).name}.unfinished")


def save(path, checkpoint):
    """Write a Checkpoint to `path`. Raises CheckpointError where that fails; an older file is then kept."""
    network = type(checkpoint.model).__name__
    if NETWORKS.get(network) is not type(checkpoint.model):
        raise CheckpointError(f"cannot write {path}: only {' and '.join(NETWORKS)} can be saved, got {network}")
    for name, value in checkpoint.recipe.items():
        if type(value) not in (int, float, str, bool, type(None)):
            raise CheckpointError(f"cannot write {path}: recipe[{name!r}] must be a plain number or text, "
                                  f"got {type(value).__name__}")
    progress = checkpoint.progress
    content = {
        "network": network, "hidden": checkpoint.model.hidden,
        "weights": {name: value.cpu() for name, value in checkpoint.model.state_dict().items()},
        "beta": checkpoint.schedule.beta[1:].cpu().double(),
        "cells_per_side": checkpoint.data.cells_per_side,
        "loss_per_t": None if progress else checkpoint.loss_per_t.cpu(), "recipe": checkpoint.recipe,
    }
    body = io.BytesIO()
    torch.save(content | {"progress": progress} if progress else content, body)
    body = body.getvalue()
    header = f"{FORMAT} {2 if progress else 1} {hashlib.sha256(body).hexdigest()}\n".encode()
    try:
        write_whole(path, lambda file: file.write(header + body))
    except OSError as error:
        raise CheckpointError(f"cannot write checkpoint {path}: {error.strerror or error}") from error


def load(path=BUNDLED, device="cpu"):
    """Read a Checkpoint from `path` (by default the one that comes with the course), its model on `device`.

    Raises CheckpointError, in one line, for whatever is not a whole checkpoint of this program,
    ValueError for a device that is not there.
    """
    path, device = Path(path), find_device(device)
    if path.is_dir():
        raise CheckpointError(f"{path} is a folder, not a checkpoint")
    try:
        with open(path, "rb") as file:
            header = file.readline(200)
            ours = header.startswith(FORMAT.encode() + b" ")
            body = file.read() if ours else b""
    except FileNotFoundError as error:
        there = f", only {unfinished(path)}, of a run that did not end" if unfinished(path).exists() else ""
        way = f"`toydiff train {'--resume ' if there else ''}--checkpoint {path}`"
        raise CheckpointError(f"there is no checkpoint {path}{there}; {way} makes one") from error
    except OSError as error:
        raise CheckpointError(f"cannot read checkpoint {path}: {error.strerror or error}") from error

    again = "train again or take another copy"
    if not header:
        raise CheckpointError(f"{path} is empty; {again}")
    if not ours:
        raise CheckpointError(f"{path} was not written by `toydiff train`, or is damaged; {again}")
    version, _, checksum = header[len(FORMAT) + 1:].strip().partition(b" ")
    if version.isdigit() and int(version) > VERSION:
        raise CheckpointError(f"{path} has format version {int(version)}, this toydiff reads {VERSION}; "
                              "install a newer toydiff")
    if version not in (b"1", b"2") or checksum != hashlib.sha256(body).hexdigest().encode():
        raise CheckpointError(f"{path} is damaged or cut short: its checksum does not fit; {again}")
    try:
        loaded = _rebuild(torch.load(io.BytesIO(body), map_location="cpu", weights_only=True))
    except Exception as error:    # a right checksum over wrong content: made by hand, or to do harm
        raise CheckpointError(f"{path} does not hold a model that toydiff can read ({type(error).__name__}); "
                              f"{again}") from error
    loaded.model.to(device)
    return loaded


def _rebuild(content):
    schedule = Schedule(content["beta"])
    model = build_model(content["network"], schedule, content["hidden"])
    model.load_state_dict(content["weights"])
    losses, progress = content["loss_per_t"], content.get("progress")
    if progress:
        validate.integer(progress["step"], "step", low=1)
    elif losses.shape != schedule.beta.shape:
        raise ValueError("loss_per_t and beta differ in length")
    return Checkpoint(model.requires_grad_(False), schedule, Checkerboard(content["cells_per_side"]),
                      losses, dict(content["recipe"]), progress)


def build_model(network, schedule, hidden=None, seed=0):
    """Return a new network of the named kind for a schedule, its start drawn with `seed` alone.

    hidden: width of each layer, the network's own default if not given. Raises ValueError for an unknown kind.
    """
    validate.choice(network, NETWORKS, "network")
    seed = validate.integer(seed, "seed", -2**63, 2**63 - 1)
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)    # torch.manual_seed would seed a GPU's generator too
        return NETWORKS[network](schedule) if hidden is None else NETWORKS[network](schedule, hidden)
