"""`toydiff train`."""

import itertools
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from tqdm import tqdm

from .. import checkpoint, training
from ..checkpoint import Checkpoint, CheckpointError
from ..grading.texts import tame
from ..support import claims, memory, processes, resuming
from ..support.container import unfinished
from ..support.devices import find_device
from ..support.files import not_over, writable
from ..support.validation import device_of
from . import pictures
from .data import add_data_options
from .options import add_command, add_model_options, count, rate, share
from .recipe import OF_LABELS, RECIPE, SCHEDULES, best_sampler, measured, new, taught_by
from .running import Stop, alone_on, command_line


def train(options):
    """Train on the checkerboard, digits, or data of one's own, and write a checkpoint."""
    path = options.checkpoint
    if path.suffix == ".unfinished":    # the file that lies there was named, not the one it will become
        path = path.with_suffix("")
    writable(path)
    half = unfinished(path)
    not_over(path, options.data and Path(options.data))
    with processes.crew() as crew, ExitStack() as alone, Stop() as stop:
        with crew.one_for_all():
            if crew.first:
                alone.enter_context(alone_on(path))
        return _train(options, path, half, crew, stop)


def _train(options, path, half, crew, stop):
    go_on = command_line("train", "--resume", "--checkpoint", path)
    try:
        with crew.one_for_all():
            if half.exists() and not options.resume:
                raise ValueError(f"{half} holds a run that did not end: go on with it by `{go_on}`, or delete it")
            run = _resumed(options, half if half.exists() else path) if options.resume \
                else new(options, reading=stop.at_once)
    except KeyboardInterrupt:
        print("\ntoydiff: stopped", file=sys.stderr)
        return 128 + (stop.signal or 2)
    if not run:
        print(f"{path} is finished, nothing is left to do")
        return 0
    try:
        with crew.one_for_all():    # none leaves before the first has written: torchrun ends all where one is lost
            losses, ema = _steps(options, run, half, stop, crew)
            if crew.first:
                recipe = {name: run.recipe[name] for name in RECIPE if name in run.recipe}
                finished = Checkpoint(ema, run.schedule, run.data, losses, recipe, sampler=best_sampler(run))
                checkpoint.save(path, finished, half=bool(run.recipe.get("half")))
    except KeyboardInterrupt:
        there = f" at step {run.progress['step']}. To go on: {go_on}" if _kept(run, half) else ""
        print(f"\ntoydiff: stopped{there}", file=sys.stderr)
        return 128 + (stop.signal or 2)
    except (FloatingPointError, CheckpointError) as error:
        there = f"; {half} keeps the run as it was at step {run.progress['step']}" if _kept(run, half) else ""
        way = f"; to go on from there: {go_on}" if there and isinstance(error, CheckpointError) else ""
        raise type(error)(f"{error}{there}{way}") from error
    if crew.first:
        half.unlink(missing_ok=True)
        print(f"Model saved to {path}")


def _resumed(options, file):
    """Return the Checkpoint of a run to go on with, None if it is finished."""
    run = checkpoint.load(file)
    made = run.recipe | {"network": type(run.model).__name__, "hidden": run.model.hidden, "timesteps": run.schedule.T,
                         "objective": run.objective}
    for name, value in made.items():
        given = getattr(options, name, None)
        if given not in (None, value) and name != "device":
            raise ValueError(f"{file} was made with --{name.replace('_', '-')} {value}, not {given}: "
                             "leave that option out, or leave out --resume for a new run")
    if not run.progress:
        return None
    if missing := {*RECIPE, "device"} - made.keys() - (set() if run.data.labels else OF_LABELS):
        raise CheckpointError(f"{file} does not say its {sorted(missing)[0]}; delete it and train anew")
    device = find_device(options.device or run.recipe["device"])
    run.model.requires_grad_().to(device)
    if device.type != run.recipe["device"]:
        run.progress["random"] = None
    return run


def _say_that_it_goes_on(run):
    device = device_of(run.model)
    print(f"Training goes on after step {run.progress['step']} of {run.recipe['steps']} on {device}, {run.schedule}")
    if device.type != run.recipe["device"]:
        print(f"It was begun on {tame(str(run.recipe['device']), 20)}: from here on other random numbers are drawn")
        run.recipe["device"] = device.type


def _steps(options, run, half, stop, crew):
    """Take the steps that are left, saving the run as it goes; return the loss at each t and the network's average.

    crew: of several processes the first alone saves and measures; the others return no losses.
    """
    recipe, state, trouble = {name: run.recipe[name] for name in RECIPE if name in run.recipe}, None, None
    done = run.progress["step"] if run.progress else 0
    beside = taught_by(run)
    if device_of(run.model).type == "cpu":
        memory.enough_for(recipe["batch_size"] // crew.size * memory.of_training(run.model, run.data.shape),
                          f"a batch of {recipe['batch_size']:,}")
    loss = crew.shared(beside.get("loss", training.loss), run.model, recipe["batch_size"])
    try:
        states = training.train(run.model, run.data, run.schedule, **recipe, **beside | {"loss": loss},
                                resume=run.progress, graph=crew.size == 1) if done != recipe["steps"] else ()
    except (ValueError, TypeError) as error:
        if not run.progress:
            raise ValueError(str(error)) from error
        raise ValueError(f"{half} holds no run to go on with: {error}; delete it and train anew") from error
    if run.progress:
        _say_that_it_goes_on(run)
    due = time.monotonic() + options.save_every
    try:
        with tqdm(_begun(states), total=recipe["steps"], initial=done, unit="step", mininterval=0.5) as progress:
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
        losses, mean = measured(run, ema)
        stop.gently = True
    except KeyboardInterrupt:
        stop.gently = True
        if crew.first:
            _save(run, state, half, trouble)
        raise
    if not mean.isfinite():
        raise FloatingPointError(f"the trained network answers NaN; try a smaller --lr than {recipe['lr']:g}")
    print(f"Loss over all {'t' if run.objective == 'noise' else 'u'}: {mean:.4f}")
    return losses, ema


def _begun(states):
    """The same states, the first of them already taken: what goes wrong at once leaves no half of a bar behind."""
    states = iter(states)
    first = list(itertools.islice(states, 1))
    return itertools.chain(first, states)


def _save(run, state, half, trouble=None):
    """Write the run as it stands. Where that fails, say so, once, and return why: training goes on."""
    if state and all(map(resuming.sound, (state.loss, *state.model.parameters(), *state.optimizer.state.values()))):
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


def add(commands):
    """Add the command."""
    parser = add_command(commands, train)
    add_model_options(parser, "where to write the model")
    add_data_options(parser)
    parser.set_defaults(seed=None)    # None: not given. A run that is resumed has its own
    parser.add_argument("--steps", type=count, help=f"how many (default {RECIPE['steps']}, about a minute; of "
                        f"pictures {pictures.RECIPE['steps']}, about three)")
    parser.add_argument("--batch-size", type=count, help=f"data per step (default {RECIPE['batch_size']}, of pictures "
                        f"{pictures.RECIPE['batch_size']})")
    parser.add_argument("--lr", type=rate, help=f"first learning rate, falls to 0 (default {RECIPE['lr']}, of pictures "
                        f"{pictures.RECIPE['lr']})")
    parser.add_argument("--drop-label", type=share, metavar="SHARE",
                        help=f"how many labels are kept from the network, 0 to 1 (default {RECIPE['drop_label']})")
    parser.add_argument("--objective", choices=checkpoint.OBJECTIVES, help="what the network learns to answer with: "
                        "the noise in a point (default), or its velocity on the way there (flow matching)")
    parser.add_argument("--network", choices=checkpoint.NETWORKS,
                        help="default FeatureMLP, of a flow FlowMLP, of pictures UNet")
    parser.add_argument("--hidden", type=count, help="width of a layer (default: 96, ReferenceMLP 128, UNet 32)")
    parser.add_argument("--schedule", choices=SCHEDULES, help="default linear")
    parser.add_argument("--timesteps", type=count, help=f"T (default 100, at most {claims.STEPS}; the reference "
                        "schedule has 100)")
    parser.add_argument("--half", action="store_true", default=None, help="keep the weights in 16 bits, half the file")
    parser.add_argument("--resume", action="store_true",
                        help="go on with a run that did not end, as it was begun: no other option is needed")
    parser.add_argument("--save-every", type=rate, default=10.0, metavar="SECONDS",
                        help="so much is lost at most when the run is killed (default 10)")
