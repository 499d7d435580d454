"""Quality in numbers: how far are these points from the board, and how far is this network from the best?

No single number sees every fault: `inside` ignores where the mass is, `balance` ignores strays, and
`sliced_wasserstein` barely notices a blurred edge. So `evaluate` reports all of them, each beside
what real data reaches: two draws from the board itself are not alike either.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch

from .fewer_steps import on_schedule
from .forward_process import add_noise
from .oracle import Oracle, loss_floor
from .support import devices, tensors, validation


def inside(x, data):
    """Return the share of points in a filled cell, from 0 to 1. x: shape (batch, 2), at least one point."""
    return validation.board(data).contains(_some_points(x)).sum().item() / len(x)


def balance(x, data):
    """Return how unevenly the points inside are spread over the cells, from 0 to 1; 1 if none is inside.

    It is the total variation ½ Σ |share of cell i − 1/cells|: the share of points in the wrong cell.
    """
    cell = validation.board(data).cell_of(_some_points(x))
    count = torch.bincount(cell[cell >= 0], minlength=len(data.filled)).cpu().double()
    if count.sum() == 0:
        return 1.0
    return ((count / count.sum() - 1 / len(count)).abs().sum() / 2).item()


def strays(x, data, distance=0.05):
    """Return the share of points farther than `distance` from every filled cell, from 0 to 1."""
    distance = validation.number(distance, "distance", 0, math.inf, with_low=True)
    edges, nearest = validation.board(data).edges.to(_some_points(x)), math.inf
    for cell in data.filled:
        low, high = edges[cell], edges[cell + 1]                       # (2,) its corners
        nearest = torch.hypot(*(x - x.clamp(low, high)).unbind(1)).clamp(max=nearest)   # (batch,)
    return (nearest > distance).sum().item() / len(x)


def sliced_wasserstein(x, y, projections=200):
    """Return the sliced Wasserstein-2 distance between two sets of equally many points.

    In one dimension the cheapest way to move points onto others keeps their order: sort both, pair
    them, take the mean squared distance. Here that is averaged over `projections` directions, evenly
    spaced over half a turn (in the plane nothing has to be drawn at random), and its root is taken.
    """
    _some_points(x)
    tensors.same_shape(y, x, "y", "x")
    # NumPy sorts 20 times as fast as PyTorch on a CPU. What lies beyond 1e30 counts as 1e30: no overflow
    x, y = (points.float().clamp(-1e30, 1e30).numpy(force=True) for points in (x, y))
    total = 0.0
    for angle in np.arange(validation.integer(projections, "projections", low=1)) * np.pi / projections:
        direction = np.array([np.cos(angle), np.sin(angle)], np.float32)
        gap = np.subtract(np.sort(x @ direction), np.sort(y @ direction), dtype=np.float64)   # (batch,)
        total += (gap**2).mean()
    return math.sqrt(total / projections)


class ExcessLoss(NamedTuple):
    """A network's loss above the least that is possible.

    per_t: at each t, float64, shape (T + 1,); floor: the least possible loss, of the same shape;
    relative: the mean of per_t over t = 1…T, divided by that of the floor.
    """

    per_t: torch.Tensor
    floor: torch.Tensor
    relative: float


@torch.no_grad()
def excess_loss(model, data, schedule, points=4096, seed=0):
    """Measure how far a network is from the best possible one; return an ExcessLoss.

    loss = floor + mean squared difference to the oracle, so that difference alone is measured, at
    `points` fresh x_t for each t: the noise that no network can predict, nearly all of the loss, drops out.
    """
    points = validation.integer(points, "points", low=1)
    device = validation.device_of(model)
    source, oracle = devices.noise_source(seed, device), Oracle(data, schedule)
    if getattr(model, "objective", "noise") == "flow":    # asked for the noise it sees, which its velocity tells
        model = on_schedule(model, schedule)
    floor = loss_floor(data, schedule)
    per_t = torch.zeros_like(floor)
    for t in range(1, schedule.T + 1):
        x0 = data.sample(points, source, device)
        xt = add_noise(x0, t, torch.randn(x0.shape, generator=source, device=device), schedule)
        per_t[t] = ((tensors.answer(model(xt, t), xt) - oracle(xt, t)) ** 2).mean()
    return ExcessLoss(per_t, floor, (per_t.sum() / floor.sum()).item())


LINES = {    # metric -> what the table calls it, how it prints a number
    "inside": ("inside a filled cell", "{:.2%}"),
    "balance": ("balance over the cells (total variation)", "{:.4f}"),
    "strays": ("farther than 0.05 from a filled cell", "{:.2%}"),
    "sliced_wasserstein": ("sliced Wasserstein-2 distance", "{:.4f}"),
}


@dataclass(frozen=True)
class Metric:
    """One number of an Evaluation: of the points, and of real draws of the same size (mean and spread)."""

    value: float
    real: float
    spread: float


@dataclass(frozen=True)
class Evaluation:
    """What `evaluate` found; print it as a table, or take to_dict() for JSON.

    points: how many there were; non_finite: how many of these were NaN or infinite (left out of the metrics);
    metrics: name -> Metric.
    """

    points: int
    non_finite: int
    metrics: dict
    of, lines, more_is_better = "points", LINES, "inside"

    def as_good_as_real(self, name):
        """Whether a metric is at most two spreads worse than real draws are, as of those about 39 in 40 are."""
        metric = self.metrics[validation.choice(name, self.metrics, "name")]
        worse = metric.real - metric.value if name == self.more_is_better else metric.value - metric.real
        return self.non_finite == 0 and worse <= 2 * metric.spread

    def to_dict(self):
        """Return plain numbers, strings and dicts, fit for JSON; what could not be measured is None."""
        return {"points": self.points, "non_finite": self.non_finite, "metrics": {
            name: {key: number if math.isfinite(number) else None for key, number in vars(metric).items()}
                  | {"as_good_as_real": self.as_good_as_real(name)}
            for name, metric in self.metrics.items()}}

    def __str__(self):
        lost = f", {self.non_finite:,} of them NaN or infinite (the sampler diverged) and left out"
        lines = [f"{self.points:,} {self.of}" + (lost if self.non_finite else ""),
                 f"{'':41}{self.of:>8}   real draws"]
        for name, metric in self.metrics.items():
            label, form = self.lines[name]
            value, real, spread = (form.format(number) if math.isfinite(number) else "–"
                                   for number in (metric.value, metric.real, metric.spread))
            verdict = "as good as real" if self.as_good_as_real(name) else ""
            lines.append(f"{label:41}{value:>8}   {real:>7} ± {spread:<6}   {verdict}".rstrip())
        return "\n".join(lines)


def evaluate(x, data, seed=0, draws=20):
    """Return an Evaluation of the points x, shape (batch, 2): each metric beside that of `draws` real draws.

    Points that are NaN or infinite are counted and left out. The distance is measured to each of the real
    draws and averaged; beside it stands that between two real draws. Raises ValueError for no points.
    """
    _some_points(x, finite=False)
    validation.board(data, "sample"), validation.integer(draws, "draws", low=2)
    kept, source = x[x.isfinite().all(dim=1)], devices.random_source(seed, x.device)
    values, reals = [], []
    for _ in range(draws):
        real, other = (data.sample(max(1, len(kept)), source, x.device).to(x.dtype) for _ in range(2))
        values.append(_measure(kept, other, data) if len(kept) else [math.nan] * len(LINES))
        reals.append(_measure(real, other, data))
    values, reals = torch.tensor(values), torch.tensor(reals)          # (draws, 4)
    numbers = zip(values.mean(0).tolist(), reals.mean(0).tolist(), reals.std(0).tolist())
    known = [name for name in LINES if name == "sliced_wasserstein" or hasattr(data, "cell_of")]
    metrics = {name: Metric(*three) for name, three in zip(LINES, numbers) if name in known}
    return Evaluation(len(x), len(x) - len(kept), metrics)


def _measure(x, real, data):
    cells = [inside(x, data), balance(x, data), strays(x, data)] if hasattr(data, "cell_of") else [math.nan] * 3
    return [*cells, sliced_wasserstein(x, real)]


def _some_points(x, finite=True):
    if len(tensors.points(x, finite=finite, shape=(2,))) == 0 or x.is_meta:
        raise ValueError("x must hold values to be measured, the device meta has none" if len(x) else
                         "x must hold at least one point, got none")
    return x


def place(x, data):
    """Return where in its cell each point inside lies, 0 to 1 both ways, shape (inside, 2); real: std 1/√12 = 0.289."""
    return ((x[validation.board(data).contains(x)] + 1) / 2 * data.cells_per_side).frac()


class OfLabel(NamedTuple):
    """What became of the points that were asked for with one label; what cannot be measured is NaN.

    inside: the share in a filled cell; right: of these, in a cell of the label; of those, balance: how unevenly they
    fill its cells, spread: the standard deviation of their place in a cell.
    """
    name: str
    inside: float
    right: float
    balance: float
    spread: float


def by_label(x, label, data):
    """Return an OfLabel for each label of the data. x: shape (batch, 2); label: what was asked for, int64, (batch,)."""
    found, label_of_cell = [], data.label_of_cell.to(_some_points(x).device)
    for number, name in enumerate(data.label_names):
        cell, cells = data.cell_of(own := x[label == number]), label_of_cell == number
        right = (cell >= 0) & cells[cell]
        share, where = torch.bincount(cell[right], minlength=len(cells))[cells] / right.sum(), place(own[right], data)
        numbers = ((cell >= 0).float().mean(), right.sum() / (cell >= 0).sum(),
                   (share - 1 / cells.sum()).abs().sum() / 2, (where - where.mean(0)).square().mean().sqrt())
        found.append(OfLabel(name, *map(float, numbers)))
    return found
