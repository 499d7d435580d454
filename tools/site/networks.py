"""Write the networks that come with the course as a script for the page: docs/site/live runs them.

    python -m tools.site.networks html/live/networks.js

A checkpoint's weights as float32, in base64, layer after layer, each weight before its bias; the SHA-256 of these bytes
and of the checkpoint's file beside them, by which the tests tell whether the page has the network that the course has.
"""

import base64
import hashlib
import json
import sys
from pathlib import Path

import torch

from toydiff import checkpoint
from toydiff.mlp import FeatureMLP
from toydiff.oracle import loss_floor

CHECKPOINTS = checkpoint.BUNDLED.parent
NAMES = ("board", "board_labels")    # the second one where it is there


def exported(path):
    """Return what the page has to know of a checkpoint, fit for JSON. Raises ValueError for what it cannot run."""
    loaded = checkpoint.load(path)
    model, schedule, data = loaded.model, loaded.schedule, loaded.data
    if not isinstance(model, FeatureMLP) or loaded.objective != "noise" or data.kind != "board":
        raise ValueError(f"{path}: the page runs a FeatureMLP that predicts the noise of a board, nothing else")
    weights = raw(model.state_dict().values())
    known = {"sha256": hashlib.sha256(weights).hexdigest(),
             "checkpoint": {"file": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()},
             "cells_per_side": data.cells_per_side, "variance": model.variance,
             "sizes": [layer.in_features for layer in model.layers[::2]] + [2],
             "beta": base64.b64encode(schedule.beta[1:].double().numpy().astype("<f8").tobytes()).decode(),
             "floor": least_loss(data, schedule),
             "labels": [{"name": name, "cells": [cell for cell, its in enumerate(data.label_of_cell.tolist())
                                                 if its == label]}
                        for label, name in enumerate(data.label_names[:data.labels])]}
    return known | {"weights": base64.b64encode(weights).decode()}


def least_loss(data, schedule):
    """The least loss that a network can reach on average, where t is drawn as training.draw_t draws it."""
    between = torch.linspace(0, 1, schedule.T + 1, dtype=torch.float64) ** (1 / 3)    # T·u³ < t for u below these
    share = between.diff()
    return (share * loss_floor(data, schedule)[1:]).sum().item()


def raw(tensors):
    """The numbers of tensors one after the other, as little-endian float32 bytes."""
    return torch.cat([tensor.flatten() for tensor in tensors]).numpy().astype("<f4").tobytes()


def script(paths):
    """Return the script: NETWORKS, by the names of the checkpoints' files."""
    networks = {path.stem: exported(path) for path in paths}
    return ("/* Made by tools/site/networks.py out of toydiff/checkpoints, not by hand. */\n"
            f"const NETWORKS = {json.dumps(networks, indent=1)}\n")


def bundled():
    """The checkpoints that the page runs, as far as they are there."""
    return [path for name in NAMES if (path := CHECKPOINTS / f"{name}.pt").exists()]


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    Path(sys.argv[1]).write_text(script(bundled()), encoding="utf-8", newline="\n")
