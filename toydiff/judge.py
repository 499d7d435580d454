"""What pictures are judged by: for "a seven" there is no formula, so each measure here has its trap.

recognised  the share in which a classifier, the judge, sees what was asked for. It always sees something.
frechet     how far apart two sets lie in the judge's features, taken for Gaussians. Fewer pictures lie farther.
copies      the share that is all but a picture of the training set.
Memoriser   what training asks for, taken at its word: the exact minimiser of its loss. It only copies.

FID = Heusel et al. 2017, arXiv 1706.08500; copies = Yoon et al. 2023; Memoriser = EDM, arXiv 2206.00364, appendix B.3.
"""

import math
from functools import cache
from pathlib import Path

import torch
from torch import nn

from .evaluation import Evaluation, Metric
from .forward_process import at
from .support import container, tensors, validation
from .support.contract import checked
from .support.devices import random_source

BUNDLED = Path(__file__).parent / "checkpoints" / "judge.pt"


class Judge(nn.Module):
    """A small classifier of digits; made by `python tools/judge.py`, it is right in 99 % of those held out."""

    def __init__(self):
        super().__init__()
        self.see = nn.Sequential(                                            # (batch, 1, 8, 8)
            nn.Conv2d(1, 32, 3, padding=1), nn.SiLU(),
            nn.Conv2d(32, 32, 3, padding=1), nn.SiLU(), nn.MaxPool2d(2),     # (batch, 32, 4, 4)
            nn.Conv2d(32, 64, 3, padding=1), nn.SiLU(), nn.MaxPool2d(2),     # (batch, 64, 2, 2)
            nn.Flatten(), nn.Linear(256, 32), nn.SiLU())                     # (batch, 32)
        self.say = nn.Linear(32, 10)

    @torch.no_grad()
    def features(self, x):
        """Return what it sees before it decides, shape (batch, 32). x: pictures, shape (batch, 1, 8, 8)."""
        return self.see(tensors.digits(x).float())

    def forward(self, x):
        """Return a number for each digit, the more the likelier, shape (batch, 10)."""
        return self.say(self.see(x))

    @torch.no_grad()
    def sees(self, x):
        """Return the digit that it sees, and how sure it is, from 0 to 1: shape (batch,) both."""
        sure, digit = self(tensors.digits(x).float()).softmax(1).max(1)
        return digit, sure


@cache
def load_judge(path=BUNDLED, device="cpu"):
    """Return the judge that comes with the course. Raises CheckpointError for another or a damaged file."""
    content = container.read(path)
    judge = Judge()
    try:
        judge.load_state_dict(content["judge"])
    except (LookupError, RuntimeError, TypeError, AttributeError) as error:
        raise container.strange(path, error) from error
    return judge.requires_grad_(False).to(device)


def recognised(x, label):
    """Return the share of pictures in which the judge sees the digit that was asked for, from 0 to 1.

    x: shape (batch, 1, 8, 8); label: a digit or one for each, shape (batch,).
    """
    digit, _ = load_judge(device=tensors.digits(x).device).sees(x)
    return (digit == tensors.label(label, 9, len(x))).double().mean().item()


def frechet(x, y):
    """Return the Fréchet distance, squared as is the custom, of two sets of pictures in the judge's features."""
    judge = load_judge(device=tensors.digits(x).device)
    if min(len(x), len(tensors.digits(y, "y"))) < 2:
        raise ValueError(f"two pictures at least are needed for a covariance, got {len(x)} and {len(y)}")
    x, y = (judge.features(pictures).double().cpu() for pictures in (x, y))
    return gaussian_frechet(x.mean(0), x.T.cov(), y.mean(0), y.T.cov())


def gaussian_frechet(mean_x, covariance_x, mean_y, covariance_y):
    """Return |m − m'|² + tr(Σ + Σ' − 2(ΣΣ')^½), the squared Fréchet distance of two Gaussians (FID, eq. 6).

    The eigenvalues of ΣΣ' are real and not negative, and the trace of its root is the sum of their roots.
    """
    eigenvalues = torch.linalg.eigvals(covariance_x @ covariance_y).real.clamp(min=0)
    between_means = (mean_x - mean_y).square().sum()
    return (between_means + covariance_x.trace() + covariance_y.trace() - 2 * eigenvalues.sqrt().sum()).item()


def nearest(x, pictures, k=1):
    """Return for each of x the k nearest of other pictures, nearest first: distances and indices, shape (batch, k)."""
    tensors.points(pictures, "pictures", shape=tensors.points(x).shape[1:])
    if len(pictures) < k:
        raise ValueError(f"pictures must be {k} at least, got {len(pictures)}")
    return torch.cdist(x.double().flatten(1), pictures.to(x).double().flatten(1)).topk(k, largest=False)


def copies(x, pictures, ratio=1 / 3):
    """Return the share of x that are copies of one of `pictures`, from 0 to 1. Both of shape (batch, …).

    A copy is three times as near to one as to any other (Yoon et al. 2023): so near is nothing by chance.
    """
    ratio = validation.number(ratio, "ratio", 0, 1)
    distance, _ = nearest(x, pictures, 2)
    return (distance[:, 0] < ratio * distance[:, 1]).double().mean().item()


class EvaluationOfDigits(Evaluation):
    """What `evaluate_digits` found; `points` is how many pictures there were."""

    of, more_is_better = "pictures", "recognised"
    lines = {"recognised": ("recognised as asked", "{:.1%}"),
             "frechet": ("Fréchet distance in the judge's features", "{:.1f}"),
             "copies": ("copies of a training picture", "{:.1%}")}


def evaluate_digits(x, data, label=None, seed=0, draws=20):
    """Return an EvaluationOfDigits of x, shape (batch, 1, 8, 8), each metric beside that of real scans.

    label: what was asked for, a digit or shape (batch,), where something was. Beside it stand, of as many scans drawn
    with replacement: recognised and copies of those held out; the distance to these of those that were trained on.
    """
    tensors.points(x, finite=False, shape=(1, 8, 8))
    x = x.cpu()
    kept = x.isfinite().flatten(1).all(1)
    source, some = random_source(seed), x[kept].clamp(-1, 1)
    found = {"frechet": (lambda x, label: frechet(x, data.held_out), data.pictures, data.label),
             "copies": (lambda x, label: copies(x, data.pictures), data.held_out, data.held_out_label)}
    if label is not None:
        found = {"recognised": (recognised, data.held_out, data.held_out_label)} | found
        label = torch.as_tensor(label).cpu().expand(len(x))[kept]
    metrics = {}
    for name, (measure, real, digit) in found.items():
        which = [torch.randint(len(real), (max(2, len(some)),), generator=source) for _ in range(draws)]
        reals = torch.tensor([measure(real[i], digit[i]) for i in which])
        value = measure(some, label) if len(some) > 1 else math.nan
        metrics[name] = Metric(value, reals.mean().item(), reals.std().item())
    return EvaluationOfDigits(len(x), len(x) - len(some), metrics)


class Memoriser(nn.Module):
    """The exact minimiser of the training loss over a finite set of data: on that set no network does better.

    As if every x_0 had to be one of these, E[ε | x_t] = (x_t − √ᾱ E[x_0 | x_t]) / √(1−ᾱ), where each x_0 weighs
    exp(−|x_t − √ᾱ x_0|² / 2(1−ᾱ)). Called as a network is, and usable wherever one is; nothing is trained.

    x0: the set, shape (n, …); label: of each, shape (n,), where a label may be asked for.
    """

    def __init__(self, x0, schedule, label=None):
        super().__init__()
        if len(tensors.points(x0, "x0")) == 0:
            raise ValueError("x0 must hold at least one datum, got none")
        self.x0, self.schedule, self.T = x0.double(), validation.schedule(schedule), schedule.T
        self.label = label if label is None else tensors.label(label, validation.MOST, len(x0))
        self.labels = 0 if label is None else int(label.max()) + 1
        self.shape = tuple(x0.shape[1:])

    @checked
    def forward(self, xt, t, label=None):
        """Return E[ε | x_t], shape (batch, …). Arguments as of a network."""
        return self.at_level(xt, at(self.schedule.alpha_bar, t, xt).flatten(), label)

    @checked
    def at_level(self, xt, alpha_bar, label=None):
        """The same at a noise level ᾱ, a number or shape (batch,)."""
        alpha_bar = torch.as_tensor(alpha_bar, device=xt.device, dtype=torch.float64).reshape(-1, 1)
        a, s = alpha_bar.sqrt(), (1 - alpha_bar).sqrt()                         # (batch, 1), of one level (1, 1)
        x, x0 = xt.double().flatten(1), self.x0.to(xt.device).flatten(1)        # (batch, d), (n, d)
        log_weight = (a * (x @ x0.T) - a**2 * x0.square().sum(1) / 2) / s**2    # (batch, n), less what all share
        if label is not None:
            asked = torch.as_tensor(label, device=xt.device).reshape(-1, 1)
            its = (self.label.to(xt.device) == asked) | (asked == self.labels)  # (batch, n) or (1, n)
            log_weight = log_weight.masked_fill(~its, -math.inf)
        mean = log_weight.softmax(1) @ x0                                       # (batch, d) E[x_0 | x_t]
        return ((x - a * mean) / s).view(xt.shape).to(xt.dtype)
