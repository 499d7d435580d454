"""Write the networks that come with the course as scripts for the page: docs/site/live runs them.

    python -m tools.site.networks html/live

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
BOARD, LABELS = "board", "board_labels"
MADE = "/* Made by tools/site/networks.py out of toydiff/checkpoints, not by hand. */\n"


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


def write(folder):
    """Write networks.js: NETWORKS, with the board's, and LABEL_NAMES, what the one with labels knows, if it is there.

    That one is a script of its own, labels.js, for which the page asks when somebody chooses a label.
    """
    paths = [CHECKPOINTS / f"{name}.pt" for name in (BOARD, LABELS)]
    known = {path.stem: exported(path) for path in paths if path.exists()}
    names = [label["name"] for label in known.get(LABELS, {}).get("labels", [])]
    texts = {"networks.js": f"const NETWORKS = {json.dumps({BOARD: known[BOARD]}, indent=1)}\n"
                            f"const LABEL_NAMES = {json.dumps(names)}\n"}
    if names:
        texts["labels.js"] = f"NETWORKS.{LABELS} = {json.dumps(known[LABELS], indent=1)}\n"
    for name, text in texts.items():
        (folder / name).write_text(MADE + text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    write(Path(sys.argv[1]))
