"""A checkpoint: one file with everything needed to sample again. Nothing else has to be remembered.

Files are written whole or not at all, and read without running any code that might hide in them.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import nn

from .data import Checkerboard
from .forward_process import Schedule
from .mlp import FeatureMLP, ReferenceMLP

FORMAT, VERSION = "toydiff checkpoint", 1
NETWORKS = {"ReferenceMLP": ReferenceMLP, "FeatureMLP": FeatureMLP}
BUNDLED = Path(__file__).parent / "checkpoints" / "board.pt"


class CheckpointError(ValueError):
    """A checkpoint that cannot be written or read; the message says why and what to do."""


@dataclass
class Checkpoint:
    """What a checkpoint holds.

    model: the network to sample from; schedule; data: the board it was trained on;
    loss_per_t: the network's loss at each t, shape (T + 1,); recipe: steps, batch_size, lr, seed … as trained.
    """

    model: nn.Module
    schedule: Schedule
    data: Checkerboard
    loss_per_t: torch.Tensor
    recipe: dict = field(default_factory=dict)


def write_whole(path, write):
    """Call write(file) on a temporary file beside `path`, then rename: `path` is complete or untouched.

    Raises OSError where the file cannot be written.
    """
    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder, a file name was wanted")
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(temporary, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def save(path, checkpoint):
    """Write a Checkpoint to `path`. Raises CheckpointError where that fails; an older file is then kept."""
    network = type(checkpoint.model).__name__
    if NETWORKS.get(network) is not type(checkpoint.model):
        raise CheckpointError(f"only {' and '.join(NETWORKS)} can be saved, got {network}")
    content = {
        "format": FORMAT, "version": VERSION,
        "network": network, "hidden": checkpoint.model.hidden,
        "weights": {name: value.cpu() for name, value in checkpoint.model.state_dict().items()},
        "beta": checkpoint.schedule.beta[1:].cpu().double(),
        "cells_per_side": checkpoint.data.cells_per_side,
        "loss_per_t": checkpoint.loss_per_t.cpu(), "recipe": checkpoint.recipe,
    }
    try:
        write_whole(path, lambda file: torch.save(content, file))
    except OSError as error:
        raise CheckpointError(f"cannot write checkpoint {path}: {error.strerror or error}") from error


def load(path=BUNDLED, device="cpu"):
    """Read a Checkpoint from `path` (by default the one that comes with the course), its model on `device`.

    Raises CheckpointError, in one line, for whatever is not a whole checkpoint of this program.
    """
    path = Path(path)
    if path.is_dir():
        raise CheckpointError(f"{path} is a folder, not a checkpoint")
    try:
        with open(path, "rb") as file:
            if not file.read(4):
                raise CheckpointError(f"{path} is empty; train again or take another copy")
            file.seek(0)
            content = torch.load(file, map_location="cpu", weights_only=True)
    except CheckpointError:
        raise
    except FileNotFoundError as error:
        raise CheckpointError(f"there is no checkpoint {path}; `toydiff train --checkpoint {path}` makes one") from error
    except OSError as error:
        raise CheckpointError(f"cannot read checkpoint {path}: {error.strerror or error}") from error
    except Exception as error:    # torch.load raises many kinds; all mean the same to the reader
        raise CheckpointError(f"{path} is not a checkpoint, or a damaged one; train again or take another copy") from error

    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise CheckpointError(f"{path} was written by another program, not by `toydiff train`")
    if content.get("version") != VERSION:
        raise CheckpointError(f"{path} has format version {content.get('version')}, this toydiff reads {VERSION}; "
                              "install a newer toydiff")
    try:
        return _rebuild(content, device)
    except Exception as error:
        raise CheckpointError(f"{path} is damaged ({type(error).__name__}); train again or take another copy") from error


def _rebuild(content, device):
    schedule = Schedule(content["beta"])
    model = build_model(content["network"], schedule, content["hidden"])
    model.load_state_dict(content["weights"])
    return Checkpoint(model.to(device).requires_grad_(False), schedule, Checkerboard(content["cells_per_side"]),
                      content["loss_per_t"], content["recipe"])


def build_model(network, schedule, hidden=128, seed=0):
    """Return a new network of the named kind for a schedule, its start drawn with `seed` alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return NETWORKS[network](schedule.T, hidden)
