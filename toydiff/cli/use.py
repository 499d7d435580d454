"""The commands that use a trained model: `toydiff sample`, `evaluate` and `visualize`."""

import json
from pathlib import Path

import numpy as np
import torch

from .. import checkpoint, evaluation, sampling, training
from ..data import Checkerboard
from ..support.devices import find_device
from ..support.files import writable, write_whole
from .options import add_command, add_model_options, count
from .samplers import add_sampler_options, find_walk


def sample(options):
    """Draw points from a checkpoint into a .npy file, float32, shape (n, 2)."""
    writable(options.output)
    if options.output.resolve() == options.checkpoint.resolve():
        raise ValueError(f"--output {options.output} is the checkpoint itself: give another file")
    loaded, device = _load(options)
    x = _samples(options, loaded, device).cpu()
    points = x if isinstance(loaded.data, Checkerboard) else loaded.data.back(x).float()
    write_whole(options.output, lambda file: np.save(file, points.numpy()))
    share = f"; {evaluation.inside(x, loaded.data):.1%} lie in filled cells" if points is x else ""
    print(f"Saved {options.n} points to {options.output}{share}")


def evaluate(options):
    """Say how good a checkpoint is: its samples beside real ones, its loss beside the least possible."""
    loaded, device = _load(options)
    report = evaluation.evaluate(_samples(options, loaded, device), loaded.data, options.seed)
    numbers, words = report.to_dict(), str(report)
    if isinstance(loaded.data, Checkerboard):
        excess = evaluation.excess_loss(loaded.model, loaded.data, loaded.schedule, seed=options.seed)
        floor = excess.floor[1:].mean().item()
        numbers |= {"loss_floor": floor, "excess_loss": excess.relative}
        words += f"\n\nThe loss is {excess.relative:.2%} above the least possible, {floor:.4f}"
    else:
        words += ("\n\nFor points of your own no exact answer is known: neither which places are impossible, nor the "
                  "least possible loss.")
    print(json.dumps(numbers, indent=2) if options.json else words)


def visualize(options):
    """Write diffusion_checkerboard.png, data beside samples, and diffusion_process.gif, noise becoming data."""
    # here, so that the other commands need no matplotlib
    from ..notebook import plots

    for name in ("diffusion_checkerboard.png", "diffusion_process.gif"):
        writable(options.output_dir / name)
    loaded, device = _load(options)
    source = torch.Generator(device).manual_seed(options.seed)
    xT = torch.randn(options.n, *loaded.data.shape, generator=source, device=device)
    walk, how = find_walk(options, loaded)
    path = dict(walk(loaded.model, loaded.schedule, xT, seed=source, **how))
    data = loaded.data.sample(options.n, source, device)

    picture = plots.to_png(plots.panels(("data", data, plots.DATA), ("samples from the model", path[0], plots.MODEL),
                                        size=4.5))
    movie = plots.gif(plots.cloud(path, plots.MODEL), list(path))
    for name, content in (("diffusion_checkerboard.png", picture), ("diffusion_process.gif", movie)):
        write_whole(options.output_dir / name, lambda file, content=content: file.write(content))
        print(f"Saved {options.output_dir / name}")


def _samples(options, loaded, device):
    walk, how = find_walk(options, loaded)
    return sampling.sample(loaded.model, loaded.schedule, options.n, options.seed, shape=loaded.data.shape,
                           device=device, walk=walk, **how)


def _load(options):
    device = find_device(options.device)
    loaded = checkpoint.load(options.checkpoint, device)
    if loaded.loss_per_t is None:    # of a run that has not ended
        loaded.loss_per_t = training.loss_per_t(loaded.model, loaded.data, loaded.schedule)
    return loaded, device


def _add_options(parser):
    add_model_options(parser, "the model to use")
    add_sampler_options(parser)


def add(commands):
    """Add the commands."""
    parser = add_command(commands, sample)
    _add_options(parser)
    parser.add_argument("-n", type=count, required=True, help="how many points")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="where to write them, a .npy file")

    parser = add_command(commands, evaluate)
    _add_options(parser)
    parser.add_argument("-n", type=count, default=20_000, help="how many points (default %(default)s)")
    parser.add_argument("--json", action="store_true", help="print the numbers unrounded, for other programs")

    parser = add_command(commands, visualize)
    _add_options(parser)
    parser.add_argument("-n", type=count, default=5000, help="how many points (default %(default)s)")
    parser.add_argument("--output-dir", type=Path, default=Path(), metavar="DIR", help="default: this folder")
