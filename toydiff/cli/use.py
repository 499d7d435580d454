"""The commands that use a trained model: `toydiff sample`, `evaluate` and `visualize`."""

import json
from pathlib import Path

import numpy as np
import torch

from .. import checkpoint, evaluation, sampling, training
from ..data import Checkerboard
from ..guidance import guided
from ..support.devices import find_device
from ..support.files import not_over, writable, write_whole
from . import pictures
from .options import add_command, add_model_options, count, factor, file_name
from .samplers import add_sampler_options, find_walk


def sample(options):
    """Draw from a checkpoint into a .npy file, float32: points, shape (n, 2), or pictures, shape (n, height, width)."""
    writable(options.output)
    not_over(options.output, options.checkpoint)
    loaded, device = _load(options)
    label = None if options.label is None else find_label(options.label, loaded)
    if label is None and options.guidance is not None:
        raise ValueError("--guidance is towards a label: give --label too")
    x = _samples(options, loaded, device, label).cpu()
    points = x if isinstance(loaded.data, Checkerboard) else loaded.data.back(x).float()
    write_whole(options.output, lambda file: np.save(file, points.numpy()))
    about = f"; {evaluation.inside(x, loaded.data):.1%} lie in filled cells" if points is x else ""
    if pictures.are(loaded.data):
        about = pictures.words_about(x, loaded.data, label)
    print(f"Saved {options.n} {_things(loaded)} to {options.output}{about}")


def evaluate(options):
    """Say how good a checkpoint is: its samples beside real ones, its loss beside the least possible."""
    loaded, device = _load(options)
    if options.guidance is not None and not loaded.data.labels:
        raise ValueError(f"--guidance is towards a label, but {options.checkpoint} was trained without any")
    options.n = options.n or (pictures.EVALUATED if pictures.are(loaded.data) else 20_000)
    if pictures.are(loaded.data):
        label = pictures.spread_labels(options.n, loaded.data)
        x = _samples(options, loaded, device, label)
        numbers, words = pictures.evaluated(x.cpu(), loaded.data, label, options.seed)
        print(json.dumps(numbers, indent=2) if options.json else words)
        return
    report = evaluation.evaluate(_samples(options, loaded, device), loaded.data, options.seed)
    numbers, words = report.to_dict(), str(report)
    if isinstance(loaded.data, Checkerboard):
        excess = evaluation.excess_loss(loaded.model, loaded.data, loaded.schedule, seed=options.seed)
        floor = excess.floor[1:].mean().item()
        numbers |= {"loss_floor": floor, "excess_loss": excess.relative}
        words += f"\n\nThe loss is {excess.relative:.2%} above the least possible, {floor:.4f}"
        if loaded.data.labels:
            found = _each_label(options, loaded, device)
            numbers["labels"] = [{key: value if value == value else None for key, value in one._asdict().items()}
                                 for one in found]
            words += f"\n\n{_table(found, _guidance(options))}"
    else:
        words += ("\n\nFor points of your own no exact answer is known: neither which places are impossible, nor the "
                  "least possible loss.")
    print(json.dumps(numbers, indent=2) if options.json else words)


def _each_label(options, loaded, device):
    label = torch.arange(options.n, device=device) % loaded.data.labels
    return evaluation.by_label(_samples(options, loaded, device, label), label, loaded.data)


def _table(found, gamma):
    rows = [f"{f'asked for a label, guidance {gamma:g}':33}{'inside':>8}{'right':>9}{'balance':>9}{'spread':>8}",
            f"{'  real points':33}{1:8.2%}{1:9.2%}{'':9}{12**-0.5:8.3f}"]
    rows += [f"{'  ' + name:33}{inside:8.2%}{right:9.2%}{balance:9.4f}{spread:8.3f}"
             for name, inside, right, balance, spread in found]
    return "\n".join([*rows, "right: of those inside, in a cell of the label. spread: of the place in the cell"])


def visualize(options):
    """Write data beside samples, as a picture, and diffusion_process.gif, noise becoming data."""
    # here, so that the other commands need no matplotlib
    from ..notebook import plots

    writable(options.output_dir / "diffusion_process.gif")
    loaded, device = _load(options)
    of_pictures = pictures.are(loaded.data)
    options.n = options.n or (pictures.SHOWN if of_pictures else 5000)
    names = pictures.NAME if of_pictures else "diffusion_checkerboard.png", "diffusion_process.gif"
    for name in names:
        writable(options.output_dir / name)
        not_over(options.output_dir / name, options.checkpoint)
    source = torch.Generator(device).manual_seed(options.seed)
    xT = torch.randn(options.n, *loaded.data.shape, generator=source, device=device)
    walk, how = find_walk(options, loaded)
    label = pictures.spread_labels(options.n, loaded.data) if of_pictures else None
    model = loaded.model if label is None else guided(loaded.model, label, 1.0)
    path = dict(walk(model, loaded.schedule, xT, seed=source, **how))
    data = loaded.data.sample(options.n, source, device)

    if of_pictures:
        figure, view = pictures.drawn(loaded.data, data, path, label)
    else:
        figure = plots.panels(("data", data, plots.DATA), ("samples from the model", path[0], plots.MODEL), size=4.5)
        view = plots.cloud(path, plots.MODEL, title="u = {t:.2f}" if loaded.objective == "flow" else "t = {t}")
    for name, content in zip(names, (plots.to_png(figure), plots.gif(view, list(path)))):
        write_whole(options.output_dir / name, lambda file, content=content: file.write(content))
        print(f"Saved {options.output_dir / name}")


def find_label(name, loaded):
    """Return the label called `name`: its number, or what people call it. Raises ValueError for others."""
    data = loaded.data
    if not data.labels:
        raise ValueError("--label: this model was trained without labels")
    names = [one.lower() for one in data.label_names]
    if name.lower() in names:
        return names.index(name.lower())
    if name.isascii() and name.isdigit() and len(name) < 10 and int(name) < data.labels:
        return int(name)
    raise ValueError(f"--label must be one of {', '.join(map(repr, data.label_names))}, or its number, "
                     f"0 to {data.labels - 1}, got {name!r}")


def _things(loaded):
    return "pictures" if pictures.are(loaded.data) else "points"


def _guidance(options):
    return 1.0 if options.guidance is None else options.guidance


def _samples(options, loaded, device, label=None):
    walk, how = find_walk(options, loaded)
    model = loaded.model if label is None else guided(loaded.model, label, _guidance(options))
    return sampling.sample(model, loaded.schedule, options.n, options.seed, shape=loaded.data.shape,
                           device=device, walk=walk, **how)


def _load(options):
    device = find_device(options.device)
    loaded = checkpoint.load(options.checkpoint, device)
    if loaded.loss_per_t is None and loaded.objective == "noise":    # of a run that has not ended
        points = pictures.loss_points(loaded.data)
        loaded.loss_per_t = training.loss_per_t(loaded.model, loaded.data, loaded.schedule, points)
    return loaded, device


def _add_options(parser):
    add_model_options(parser, "the model to use")
    add_sampler_options(parser)


def _add_guidance(parser, towards):
    parser.add_argument("--guidance", type=factor, metavar="GAMMA",
                        help=f"how far towards {towards}: 0 not at all, 1 as in the data (default), or beyond")


def add(commands):
    """Add the commands."""
    parser = add_command(commands, sample)
    _add_options(parser)
    parser.add_argument("-n", type=count, required=True, help="how many")
    parser.add_argument("--output", type=file_name, required=True, metavar="FILE",
                        help="where to write them, a .npy file")
    parser.add_argument("--label", metavar="NAME", help="which points, of a model that was trained with labels: "
                        "'column 2, row 2', 'left', '7', or a number from 0")
    _add_guidance(parser, "--label")

    parser = add_command(commands, evaluate)
    _add_options(parser)
    parser.add_argument("-n", type=count, help=f"how many (default 20000 points, {pictures.EVALUATED} pictures)")
    _add_guidance(parser, "each label")
    parser.add_argument("--json", action="store_true", help="print the numbers unrounded, for other programs")

    parser = add_command(commands, visualize)
    _add_options(parser)
    parser.add_argument("-n", type=count, help=f"how many (default 5000 points, {pictures.SHOWN} pictures)")
    parser.add_argument("--output-dir", type=file_name, default=Path(), metavar="DIR", help="default: this folder")
