"""`toydiff train`."""

from tqdm import tqdm

from .. import checkpoint, training
from ..data import Checkerboard
from ..device import find_device
from ..forward_process import Schedule
from .options import add_command, add_model_options, count, rate, writable

SCHEDULES = {"linear": Schedule.linear, "cosine": Schedule.cosine, "reference": Schedule.reference}


def train(options):
    """Train on the checkerboard and write a checkpoint."""
    writable(options.checkpoint)
    device, schedule, board = find_device(options.device), _schedule(options), Checkerboard()
    model = checkpoint.build_model(options.network, schedule, options.hidden, options.seed).to(device)
    print(f"Training {options.network} on {device}: {options.steps} steps of {options.batch_size} points, {schedule}")

    recipe = {name: getattr(options, name) for name in ("steps", "batch_size", "lr", "seed")}
    states = training.train(model, board, schedule, **recipe)
    with tqdm(states, total=options.steps, unit="step", mininterval=0.5) as progress:
        for state in progress:
            if state.step % 100 == 0:
                progress.set_postfix(loss=f"{state.loss:.4f}", refresh=False)

    losses = training.loss_per_t(state.ema, board, schedule)
    if not losses.isfinite().all():
        raise FloatingPointError(f"the trained network answers NaN; try a smaller --lr than {options.lr:g}")
    print(f"Loss over all t: {losses[1:].mean():.4f}")
    checkpoint.save(options.checkpoint, checkpoint.Checkpoint(state.ema, schedule, board, losses, recipe))
    print(f"Model saved to {options.checkpoint}")


def _schedule(options):
    if options.schedule == "reference":
        if options.timesteps not in (None, 100):
            raise ValueError(f"the reference schedule has 100 timesteps, got --timesteps {options.timesteps}")
        return Schedule.reference()
    return SCHEDULES[options.schedule](options.timesteps or 100)


def add(commands):
    """Add the command."""
    parser = add_command(commands, train)
    add_model_options(parser, "where to write the model")
    parser.add_argument("--steps", type=count, default=40_000, help="how many (default %(default)s, about a minute)")
    parser.add_argument("--batch-size", type=count, default=512, help="points per step (default %(default)s)")
    parser.add_argument("--lr", type=rate, default=8e-3, help="first learning rate, falls to 0 (default %(default)s)")
    parser.add_argument("--network", choices=checkpoint.NETWORKS, default="FeatureMLP", help="default %(default)s")
    parser.add_argument("--hidden", type=count, help="width of a layer (default: 96, ReferenceMLP 128)")
    parser.add_argument("--schedule", choices=SCHEDULES, default="linear", help="default %(default)s")
    parser.add_argument("--timesteps", type=count, help="T (default 100; the reference schedule has 100)")
