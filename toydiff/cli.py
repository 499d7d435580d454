"""The command line: train a model, draw samples from it, say how good they are, make the picture and the GIF."""

import argparse
import json
import os
import sys
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from . import checkpoint, evaluation, sampling, training
from .data import Checkerboard
from .device import find_device
from .forward_process import Schedule

SCHEDULES = {"linear": Schedule.linear, "cosine": Schedule.cosine, "reference": Schedule.reference}
VARIANCES = ("optimal", "posterior", "beta")

EXAMPLES = """examples:
  toydiff train --checkpoint board.pt
  toydiff train --steps 2000 --schedule cosine --seed 1 --checkpoint quick.pt
  toydiff sample --checkpoint board.pt -n 5000 --output points.npy
  toydiff evaluate --checkpoint board.pt
  toydiff visualize --checkpoint board.pt --output-dir pictures
"""


def main(arguments=None):
    """Run one command and return its exit code: 0 when done, 2 with one line on stderr when something is wrong."""
    options = _parser().parse_args(arguments)
    if "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(1)    # too small to share: more threads wait for one another, and add in another order
    try:
        options.run(options)
    except (ValueError, OSError, FloatingPointError) as error:
        return _complain(str(error))
    except (RuntimeError, MemoryError) as error:    # torch's own; where it lacks memory, its first line says so
        lines = str(error).splitlines() or ["too little memory"]
        return _complain("too little memory for this" if "allocate memory" in lines[0] else lines[0])
    except KeyboardInterrupt:
        print("\ntoydiff: stopped", file=sys.stderr)
        return 130
    return 0


def _complain(message):
    print("toydiff:", " ".join(message.splitlines()), file=sys.stderr)
    return 2


def train(options):
    """Train on the checkerboard and write a checkpoint."""
    _writable(options.checkpoint)
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


def sample(options):
    """Draw points from a checkpoint into a .npy file, float32, shape (n, 2)."""
    _writable(options.output)
    loaded, device = _load(options)
    x = sampling.sample(loaded.model, loaded.schedule, options.n, options.seed, _variance(options, loaded), device)
    checkpoint.write_whole(options.output, lambda file: np.save(file, x.cpu().numpy()))
    share = evaluation.inside(x, loaded.data)
    print(f"Saved {options.n} points to {options.output}; {share:.1%} lie in filled cells")


def evaluate(options):
    """Say how good a checkpoint is: its samples beside real ones, its loss beside the least possible."""
    loaded, device = _load(options)
    x = sampling.sample(loaded.model, loaded.schedule, options.n, options.seed, _variance(options, loaded), device)
    report = evaluation.evaluate(x, loaded.data, options.seed)
    excess = evaluation.excess_loss(loaded.model, loaded.data, loaded.schedule, seed=options.seed)
    floor = excess.floor[1:].mean().item()
    if options.json:
        print(json.dumps(report.to_dict() | {"loss_floor": floor, "excess_loss": excess.relative}, indent=2))
    else:
        print(f"{report}\n\nThe loss is {excess.relative:.2%} above the least possible, {floor:.4f}")


def visualize(options):
    """Write diffusion_checkerboard.png, data beside samples, and diffusion_process.gif, noise becoming board."""
    from . import plots    # here, so that the other commands need no matplotlib

    for name in ("diffusion_checkerboard.png", "diffusion_process.gif"):
        _writable(options.output_dir / name)
    loaded, device = _load(options)
    source = torch.Generator(device).manual_seed(options.seed)
    xT = torch.randn(options.n, 2, generator=source, device=device)
    path = dict(sampling.ddpm(loaded.model, loaded.schedule, xT, source, _variance(options, loaded)))
    data = loaded.data.sample(options.n, source, device)

    picture = plots.to_png(plots.panels(("data", data, plots.DATA), ("samples from the model", path[0], plots.MODEL),
                                        size=4.5))
    movie = plots.gif(plots.cloud(path, plots.MODEL), range(loaded.schedule.T, -1, -1))
    for name, content in (("diffusion_checkerboard.png", picture), ("diffusion_process.gif", movie)):
        checkpoint.write_whole(options.output_dir / name, lambda file, content=content: file.write(content))
        print(f"Saved {options.output_dir / name}")


class _Parser(argparse.ArgumentParser):
    """A parser that says what is wrong in one line."""

    def error(self, message):
        self.exit(2, f"{self.prog}: {' '.join(message.splitlines())} (see {self.prog} --help)\n")


def _parser():
    parser = _Parser(prog="toydiff", description="Diffusion from noise to a checkerboard.", epilog=EXAMPLES,
                     formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True, metavar="command")

    def command(run, output):
        sub = commands.add_parser(run.__name__, help=run.__doc__, description=run.__doc__, epilog=EXAMPLES,
                                  formatter_class=argparse.RawDescriptionHelpFormatter)
        sub.set_defaults(run=run)
        sub.add_argument("--checkpoint", type=Path, required=True, metavar="FILE", help=output)
        sub.add_argument("--seed", type=_seed, default=0, help="the same seed gives the same result (default 0)")
        sub.add_argument("--device", help="cpu, cuda or mps (default: the fastest there is)")
        if run is not train:
            sub.add_argument("--variance", choices=VARIANCES, default="optimal",
                             help="of the noise in each step back (default %(default)s)")
        return sub

    sub = command(train, "where to write the model")
    sub.add_argument("--steps", type=_count, default=40_000, help="how many (default %(default)s, about a minute)")
    sub.add_argument("--batch-size", type=_count, default=512, help="points per step (default %(default)s)")
    sub.add_argument("--lr", type=_rate, default=8e-3, help="first learning rate, falls to 0 (default %(default)s)")
    sub.add_argument("--network", choices=checkpoint.NETWORKS, default="FeatureMLP", help="default %(default)s")
    sub.add_argument("--hidden", type=_count, help="width of a layer (default: 96, ReferenceMLP 128)")
    sub.add_argument("--schedule", choices=SCHEDULES, default="linear", help="default %(default)s")
    sub.add_argument("--timesteps", type=_count, help="T (default 100; the reference schedule has 100)")

    sub = command(sample, "the model to use")
    sub.add_argument("-n", type=_count, required=True, help="how many points")
    sub.add_argument("--output", type=Path, required=True, metavar="FILE", help="where to write them, a .npy file")

    sub = command(evaluate, "the model to use")
    sub.add_argument("-n", type=_count, default=20_000, help="how many points (default %(default)s)")
    sub.add_argument("--json", action="store_true", help="print the numbers unrounded, for other programs")

    sub = command(visualize, "the model to use")
    sub.add_argument("-n", type=_count, default=5000, help="how many points (default %(default)s)")
    sub.add_argument("--output-dir", type=Path, default=Path(), metavar="DIR", help="default: this folder")
    return parser


def _count(text):
    if not (text.isascii() and text.isdigit() and len(text) < 20 and 0 < int(text) < 2**31):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to 2^31 - 1")
    return int(text)


def _seed(text):
    if not (text.isascii() and text.isdigit() and len(text) < 20 and int(text) < 2**63):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 to 2^63 - 1")
    return int(text)


def _rate(text):
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0 < rate < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number")
    return rate


def _schedule(options):
    if options.schedule == "reference":
        if options.timesteps not in (None, 100):
            raise ValueError(f"the reference schedule has 100 timesteps, got --timesteps {options.timesteps}")
        return Schedule.reference()
    return SCHEDULES[options.schedule](options.timesteps or 100)


def _variance(options, loaded):
    if options.variance == "optimal":
        return sampling.optimal_variance(loaded.schedule, loaded.loss_per_t, careful=loaded.schedule.T // 10)
    return getattr(sampling, f"{options.variance}_variance")(loaded.schedule)


def _load(options):
    device = find_device(options.device)
    return checkpoint.load(options.checkpoint, device), device


def _writable(path):
    """Complain before the work, not after it, if `path` cannot be written; nothing is made yet."""
    if path.is_dir():
        raise ValueError(f"{path} is a folder, a file name was wanted")
    there = next(folder for folder in path.absolute().parents if folder.exists())
    if not there.is_dir():
        raise ValueError(f"{path} cannot be written: {there} is a file, a folder was wanted")
    if not os.access(there, os.W_OK):
        raise ValueError(f"{path} cannot be written: no permission in the folder {there}")
