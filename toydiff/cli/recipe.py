"""What a run of `toydiff train` is made of: network, schedule, recipe and loss; and what it is worth at its end."""

import inspect
from contextlib import nullcontext

import torch

from .. import checkpoint, flow, training
from ..checkpoint import Checkpoint
from ..forward_process import Schedule
from ..support import claims, memory
from ..support.devices import find_device
from ..support.pieces import in_pieces
from . import pictures
from .data import BOARD, find_data

SCHEDULES = {"linear": Schedule.linear, "cosine": Schedule.cosine, "reference": Schedule.reference}
RECIPE = {"steps": 40_000} | {name: inspect.signature(training.train).parameters[name].default
                            for name in ("batch_size", "lr", "seed", "drop_label")}
NETWORK = {"noise": "FeatureMLP", "flow": "FlowMLP"}
LOSS = {"noise": {}, "flow": {"loss": flow.flow_loss, "draw_t": flow.draw_u}}    # what train is handed beside
OF_LABELS = {"drop_label"}    # the part of it that only a run with labels has


def new(options, reading=nullcontext):
    """Return the Checkpoint of a run that has not begun. reading: what makes the context in which data are read."""
    schedule, device = _schedule(options), find_device(options.device)
    with reading():
        data = find_data(BOARD if options.data is None else options.data, options.labels)
    network, usual = _network(options, data), RECIPE | (pictures.RECIPE if pictures.are(data) else {})
    recipe = {name: default if (given := getattr(options, name)) is None else given
              for name, default in usual.items() if data.labels or name not in OF_LABELS}
    if options.drop_label is not None and not data.labels:
        raise ValueError("--drop-label is for data with labels: give --labels too")
    takes = inspect.signature(checkpoint.NETWORKS[network]).parameters
    knows = {name: getattr(data, name) for name in ("variance", "labels", "shape") if name in takes}
    if data.labels and not knows:
        raise ValueError(f"{network} knows no labels; leave out --labels, or take --network FeatureMLP")
    if options.hidden:
        _room_for(network, schedule, options.hidden, knows)
    model = checkpoint.build_model(network, schedule, options.hidden, recipe["seed"], **knows).to(device)
    things = "pictures" if pictures.are(data) else "points"
    print(f"Training {network} on {device}: {recipe['steps']} steps of {recipe['batch_size']} {things}, {schedule}")
    recipe |= {"schedule": options.schedule or "linear", "device": device.type, "data": options.data or BOARD,
               "labels": options.labels, "half": options.half}
    return Checkpoint(model, schedule, data, None, recipe)


def _room_for(network, schedule, hidden, knows):
    """Raise ValueError where the memory does not hold a network of this width, its average and what Adam keeps."""
    try:
        blank = checkpoint.blank_model(network, schedule, hidden=hidden, **knows)
        weights = sum(value.nbytes for value in blank.parameters())
    except RuntimeError:    # more bytes than can be counted
        weights = 2**63
    memory.enough_for(5 * weights, f"a network of width {hidden:,}")


def _network(options, data):
    """Return the name of the network that learns the objective from such data."""
    objective, of_pictures = options.objective or "noise", pictures.are(data)
    if of_pictures and objective == "flow":
        raise ValueError("--objective flow is for points: there is no network here for a flow of pictures")
    network = options.network or ("UNet" if of_pictures else NETWORK[objective])
    if (network == "UNet") != of_pictures:
        raise ValueError(f"{network} is for {'points' if of_pictures else 'pictures'}: leave out --network")
    if checkpoint.NETWORKS[network].objective != objective:
        raise ValueError(f"{network} does not learn --objective {objective}: leave out --network, or take "
                         f"{NETWORK[objective]}")
    if objective == "flow" and (options.schedule or options.timesteps):
        raise ValueError("--schedule and --timesteps are for --objective noise: a flow has no steps to train on")
    return network


def taught_by(run):
    """What train is handed beside: the loss, and how its times are drawn."""
    return {"draw_t": training.draw_t_evenly} if pictures.are(run.data) else LOSS[run.objective]


def measured(run, network):
    """Return the loss at each t, None of a flow, and the mean over all t or u."""
    if run.objective == "noise":
        losses = training.loss_per_t(network, run.data, run.schedule, pictures.loss_points(run.data))
        return losses, losses[1:].mean()
    device = next(network.parameters()).device
    x0 = run.data.sample(100_000, 0, device)
    eps = torch.randn(x0.shape, generator=torch.Generator(device).manual_seed(1), device=device)
    u = torch.linspace(0, 1, len(x0), device=device)
    with torch.no_grad():
        return None, flow.flow_loss(in_pieces(network), x0, u, eps)


def best_sampler(run):
    """With a label the course's steps with noise fill a cell too narrowly: its std is .27 for .29, with these .30."""
    narrow = run.data.labels and run.objective == "noise"
    return {"sampler": "dpm2m", "steps": min(20, run.schedule.T)} if narrow else {}


def _schedule(options):
    name, T = options.schedule or "linear", options.timesteps
    if name == "reference":
        if T not in (None, 100):
            raise ValueError(f"the reference schedule has 100 timesteps, got --timesteps {T}")
        return Schedule.reference()
    if T and T > claims.STEPS:
        raise ValueError(f"--timesteps must be at most {claims.STEPS}, got {T}")
    return SCHEDULES[name](T or 100)
