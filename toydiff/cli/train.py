"""`toydiff train`."""

import inspect
import sys
import time
from contextlib import ExitStack

from tqdm import tqdm

from .. import checkpoint, training
from ..checkpoint import Checkpoint, CheckpointError
from ..forward_process import Schedule
from ..support import processes, resuming
from ..support.devices import find_device
from ..support.files import writable
from .data import BOARD, add_data_options, find_data
from .options import add_command, add_model_options, count, rate
from .running import Stop, alone_on, command_line

SCHEDULES = {"linear": Schedule.linear, "cosine": Schedule.cosine, "reference": Schedule.reference}
RECIPE = {"steps": 40_000} | {name: inspect.signature(training.train).parameters[name].default
                            for name in ("batch_size", "lr", "seed")}


def train(options):
    """Train on the checkerboard, or on points of one's own, and write a checkpoint."""
    path = options.checkpoint
    if path.suffix == ".unfinished":    # the file that lies there was named, not the one it will become
        path = path.with_suffix("")
    writable(path)
    half = checkpoint.unfinished(path)
    with processes.crew() as crew, ExitStack() as alone, Stop() as stop:
        with crew.one_for_all():
            if crew.first:
                alone.enter_context(alone_on(path))
        return _train(options, path, half, crew, stop)


def _train(options, path, half, crew, stop):
    go_on = command_line("train", "--resume", "--checkpoint", path)
    with crew.one_for_all():
        if half.exists() and not options.resume:
            raise ValueError(f"{half} holds a run that did not end: go on with it by `{go_on}`, or delete it")
        run = _resumed(options, half if half.exists() else path) if options.resume else _new(options)
    if not run:
        print(f"{path} is finished, nothing is left to do")
        return 0
    try:
        losses, ema = _steps(options, run, half, stop, crew)
        if not crew.first:
            return 0
        finished = Checkpoint(ema, run.schedule, run.data, losses, {name: run.recipe[name] for name in RECIPE})
        checkpoint.save(path, finished)
    except KeyboardInterrupt:
        there = f" at step {run.progress['step']}. To go on: {go_on}" if _kept(run, half) else ""
        print(f"\ntoydiff: stopped{there}", file=sys.stderr)
        return 128 + (stop.signal or 2)
    except (FloatingPointError, CheckpointError) as error:
        there = f"; {half} keeps the run as it was at step {run.progress['step']}" if _kept(run, half) else ""
        way = f"; to go on from there: {go_on}" if there and isinstance(error, CheckpointError) else ""
        raise type(error)(f"{error}{there}{way}") from error
    half.unlink(missing_ok=True)
    print(f"Model saved to {path}")


def _new(options):
    """Return the Checkpoint of a run that has not begun."""
    schedule, device = _schedule(options), find_device(options.device)
    data = find_data(options.data or BOARD, options.labels)
    network = options.network or "FeatureMLP"
    recipe = {name: default if (given := getattr(options, name)) is None else given
              for name, default in RECIPE.items()}
    knows = {"variance": data.variance, "labels": data.labels} if network == "FeatureMLP" else {}
    if data.labels and not knows:
        raise ValueError(f"{network} knows no labels; leave out --labels, or take --network FeatureMLP")
    model = checkpoint.build_model(network, schedule, options.hidden, recipe["seed"], **knows).to(device)
    print(f"Training {network} on {device}: {recipe['steps']} steps of {recipe['batch_size']} points, {schedule}")
    recipe |= {"schedule": options.schedule or "linear", "device": device.type, "data": options.data or BOARD,
               "labels": options.labels}
    return Checkpoint(model, schedule, data, None, recipe)


def _resumed(options, file):
    """Return the Checkpoint of a run to go on with, None if it is finished."""
    run = checkpoint.load(file)
    made = run.recipe | {"network": type(run.model).__name__, "hidden": run.model.hidden, "timesteps": run.schedule.T}
    for name, value in made.items():
        given = getattr(options, name, None)
        if given not in (None, value) and name != "device":
            raise ValueError(f"{file} was made with --{name.replace('_', '-')} {value}, not {given}: "
                             "leave that option out, or leave out --resume for a new run")
    if not run.progress:
        return None
    if missing := {*RECIPE, "device"} - made.keys():
        raise CheckpointError(f"{file} does not say its {sorted(missing)[0]}; delete it and train anew")
    device = find_device(options.device or run.recipe["device"])
    run.model.requires_grad_().to(device)
    print(f"Training goes on after step {run.progress['step']} of {run.recipe['steps']} on {device}, {run.schedule}")
    if device.type != run.recipe["device"]:
        print(f"It was begun on {run.recipe['device']}: from here on other random numbers are drawn")
        run.progress["random"], run.recipe["device"] = None, device.type
    return run


def _steps(options, run, half, stop, crew):
    """Take the steps that are left, saving the run as it goes; return the loss at each t and the network's average.

    crew: of several processes the first alone saves and measures; the others return no losses.
    """
    recipe, state, trouble = {name: run.recipe[name] for name in RECIPE}, None, None
    done = run.progress["step"] if run.progress else 0
    loss = crew.shared(training.loss, run.model, recipe["batch_size"])
    try:
        states = training.train(run.model, run.data, run.schedule, **recipe, loss=loss, resume=run.progress,
                                graph=crew.size == 1) if done != recipe["steps"] else ()
    except (ValueError, TypeError) as error:    # the options have been looked at: this can only be the file
        raise ValueError(f"{half} holds no run to go on with: {error}; delete it and train anew") from error
    due = time.monotonic() + options.save_every
    try:
        with tqdm(states, total=recipe["steps"], initial=done, unit="step", mininterval=0.5) as progress:
            for state in progress:
                if state.step % 100 == 0:
                    progress.set_postfix(loss=f"{state.loss:.4f}", refresh=False)
                if crew.stopped(stop.signal):
                    raise KeyboardInterrupt
                if crew.first and time.monotonic() >= due:
                    trouble = _save(run, state, half, trouble)
                    due = time.monotonic() + options.save_every
        stop.gently = False    # the steps are done: from here on a stop may come at any time
        ema = state.ema if state else run.model
        if not crew.first:
            return None, ema
        losses = training.loss_per_t(ema, run.data, run.schedule)
        stop.gently = True
    except KeyboardInterrupt:
        stop.gently = True
        if crew.first:
            _save(run, state, half, trouble)
        raise
    if not losses.isfinite().all():
        raise FloatingPointError(f"the trained network answers NaN; try a smaller --lr than {recipe['lr']:g}")
    print(f"Loss over all t: {losses[1:].mean():.4f}")
    return losses, ema


def _save(run, state, half, trouble=None):
    """Write the run as it stands. Where that fails, say so, once, and return why: training goes on."""
    if state and all(value.isfinite().all() for value in (state.loss, *state.model.parameters())):
        now = Checkpoint(state.ema, run.schedule, run.data, None, run.recipe, resuming.progress(state))
        try:
            checkpoint.save(half, now)
        except CheckpointError as error:
            if str(error) != trouble:
                tqdm.write(f"toydiff: {error}; training goes on, and tries again", file=sys.stderr)
            return str(error)
        run.progress = now.progress


def _kept(run, half):
    return run.progress and half.exists()


def _schedule(options):
    name, T = options.schedule or "linear", options.timesteps
    if name == "reference":
        if T not in (None, 100):
            raise ValueError(f"the reference schedule has 100 timesteps, got --timesteps {T}")
        return Schedule.reference()
    return SCHEDULES[name](T or 100)


def add(commands):
    """Add the command."""
    parser = add_command(commands, train)
    add_model_options(parser, "where to write the model")
    add_data_options(parser)
    parser.set_defaults(seed=None)    # None: not given. A run that is resumed has its own
    parser.add_argument("--steps", type=count, help=f"how many (default {RECIPE['steps']}, about a minute)")
    parser.add_argument("--batch-size", type=count, help=f"points per step (default {RECIPE['batch_size']})")
    parser.add_argument("--lr", type=rate, help=f"first learning rate, falls to 0 (default {RECIPE['lr']})")
    parser.add_argument("--network", choices=checkpoint.NETWORKS, help="default FeatureMLP")
    parser.add_argument("--hidden", type=count, help="width of a layer (default: 96, ReferenceMLP 128)")
    parser.add_argument("--schedule", choices=SCHEDULES, help="default linear")
    parser.add_argument("--timesteps", type=count, help="T (default 100; the reference schedule has 100)")
    parser.add_argument("--resume", action="store_true",
                        help="go on with a run that did not end, as it was begun: no other option is needed")
    parser.add_argument("--save-every", type=rate, default=10.0, metavar="SECONDS",
                        help="so much is lost at most when the run is killed (default 10)")
