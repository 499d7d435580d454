"""Pictures: data and a network. Whatever trains and samples is as it was for points; nothing in it knows a shape.

A picture is a grey one, shape (1, height, width), its numbers between −1 and 1. A U-Net (Ronneberger et al. 2015,
arXiv 1505.04597) looks at it, here with two levels. What pictures are judged by stands in judge.py.
"""

import math
from functools import cache, cached_property

import numpy as np
import torch
from torch import nn
from torch.nn.functional import interpolate, silu

from .support import tensors
from .support.contract import checked
from .support.devices import random_source
from .support.schedules import LEVELS
from .support.validation import integer, number, picture_shape, schedule as a_schedule, shown

HELD_OUT, CPU = 500, torch.device("cpu")    # of the 1,797 scans; where they lie


class Pictures:
    """Pictures of one's own: a finite set, all equally likely, −1 where they are black, 1 where they are white.

    pictures: uint8, 0 to 255, shape (n, height, width), both sides even, 10 pictures at least, not all alike.
    Raises TypeError or ValueError for others.
    """

    kind, labels = "pictures", 0
    paper = 1.0    # how bright the ground is on which is drawn

    def __init__(self, pictures):
        self.given = tensors.grey(pictures)
        self.shape = (1, *self.given.shape[1:])

    def options(self):
        """Return the arguments that make this data, by name."""
        return {"pictures": self.given}

    @cached_property
    def pictures(self):
        """All there are to learn from: float32, shape (pictures, *shape)."""
        return self.given[:, None].float() / 127.5 - 1

    @property
    def variance(self):
        """The mean square of a pixel, a float: its variance about 0, where a network starts from."""
        return self.pictures.double().square().mean().item()

    def sample(self, n, seed=None, device="cpu"):
        """Draw n of the pictures, with replacement: float32, shape (n, *shape). Arguments as for a board."""
        return self._draw(n, seed, device)[0]

    def _draw(self, n, seed, device):
        n = integer(n, "n", low=1)
        source = random_source(seed, device)
        drawn_on = source.device if source else device
        which = torch.randint(len(self.pictures), (n,), generator=source, device=drawn_on)
        return tuple(all_of_it[which].to(device) for all_of_it in self._on(which.device))

    def _on(self, device):
        """All there is to draw from, on a device: moved once, so that a GPU does not wait for it at each draw."""
        self.pictures = self.pictures.to(device)
        return (self.pictures,)

    def back(self, x0):
        """Return pictures as an array of pictures is kept: shape (batch, height, width), nothing beyond −1 and 1."""
        return x0.clamp(-1, 1).squeeze(1)


class Digits(Pictures):
    """Scans of handwritten digits, 8 × 8 pixels, −1 for paper and 1 for ink: 1,297 to learn from, 500 held out.

    They come with scikit-learn, no network is needed (Alpaydin & Kaynak 1998, UCI's optical recognition of handwritten
    digits, its test set: 13 people). labelled: is the label of a scan, its digit, to be learned as well?
    ImportError, when they are first looked at, where there is no scikit-learn.
    """

    kind, shape, paper = "digits", (1, 8, 8), -1.0
    label_names = [str(digit) for digit in range(10)]

    def __init__(self, labelled=False):
        if not isinstance(labelled, bool):
            raise TypeError(f"labelled must be True or False, got {shown(labelled)}")
        self.labelled, self.labels = labelled, 10 if labelled else 0

    def options(self):
        """Return the arguments that make this data, by name."""
        return {"labelled": self.labelled}

    @property
    def pictures(self):
        """Those to learn from: float32, shape (1297, 1, 8, 8)."""
        return _scans(CPU)[0][HELD_OUT:]

    @property
    def label(self):
        """The digit of each of these: int64, shape (1297,)."""
        return _scans(CPU)[1][HELD_OUT:]

    @property
    def held_out(self):
        """Those that nobody learns from, to judge by: float32, shape (500, 1, 8, 8)."""
        return _scans(CPU)[0][:HELD_OUT]

    @property
    def held_out_label(self):
        """The digit of each of these: int64, shape (500,)."""
        return _scans(CPU)[1][:HELD_OUT]

    def sample_labelled(self, n, seed=None, device="cpu"):
        """Draw the pictures that `sample` would, and their digits: int64, shape (n,)."""
        return self._draw(n, seed, device)

    def _on(self, device):
        return tuple(all_of_it[HELD_OUT:] for all_of_it in _scans(device))


@cache
def _scans(device):
    """All scans and their digits, shuffled once and for all: NumPy promises that this old generator never changes."""
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        where = "the digits come with scikit-learn, which is not installed: pip install scikit-learn"
        raise ImportError(where) from None
    scans = load_digits()
    order = np.random.RandomState(0).permutation(len(scans.images))
    x0 = torch.from_numpy(scans.images[order] / 8 - 1).float()[:, None]    # 0…16 in the file
    return x0.to(device), torch.from_numpy(scans.target[order]).long().to(device)


class Block(nn.Module):
    """A residual block: two convolutions, each of which sees 3 × 3 pixels; what they find is added to what came.

    In between it is told how much noise there is and what is asked for: a factor and a summand for each channel, the
    same at every pixel (adaptive group normalisation, Dhariwal & Nichol 2021, arXiv 2105.05233).
    """

    def __init__(self, come, go, told):
        super().__init__()
        self.see = nn.Sequential(
            nn.GroupNorm(1, come), nn.SiLU(), nn.Conv2d(come, go, 3, padding=1), nn.GroupNorm(1, go))
        self.tell = nn.Linear(told, 2 * go)
        self.look_again = nn.Sequential(nn.SiLU(), nn.Conv2d(go, go, 3, padding=1))
        self.past = nn.Conv2d(come, go, 1) if come != go else nn.Identity()
        nn.init.zeros_(self.look_again[-1].weight)    # it begins by passing on what comes

    def forward(self, x, told):
        """Return shape (batch, go, h, w) for x of shape (batch, come, h, w) and told of shape (batch, told)."""
        scale, shift = self.tell(told)[:, :, None, None].chunk(2, dim=1)    # (batch, go, 1, 1) each
        seen = self.see(x) * (1 + scale) + shift                            # (batch, go, h, w)
        return self.past(x) + self.look_again(seen)                         # (batch, go, h, w)


class UNet(nn.Module):
    """A U-Net of two levels: whole pictures above, half as high and wide below, with twice the channels.

    down    below, 3 × 3 pixels are 6 × 6 of above: two convolutions see a whole digit.
    up      each pixel of below becomes four.
    skip    what was seen above before goes past the lower level, for below nobody knows where an edge was.
    answer  as FeatureMLP, it starts from what a Gaussian would answer: √(1−ᾱ) / (1 − ᾱ + ᾱ·v) · x_t.
    told    waves of the log SNR, and a row of numbers for each label and one for none.

    schedule: a Schedule, of which it needs T and alpha_bar; hidden: channels above; shape: of a picture, both sides
    even; variance: the mean square of a pixel; labels: how many there are.
    """

    objective = "noise"

    def __init__(self, schedule, hidden=32, variance=0.7, labels=0, shape=(1, 8, 8)):
        super().__init__()
        self.T, self.hidden = a_schedule(schedule).T, integer(hidden, "hidden", low=1)
        self.variance, self.labels = number(variance, "variance", 0, math.inf), integer(labels, "labels", low=0)
        self.shape, told = picture_shape(shape), 64
        self.register_buffer("alpha_bar", schedule.alpha_bar.float().clamp(*LEVELS), persistent=False)
        self.register_buffer("frequency", torch.tensor([2.0**k for k in range(-3, 3)]), persistent=False)
        self.time = nn.Sequential(nn.Linear(2 * 6, told), nn.SiLU(), nn.Linear(told, told))
        self.label = nn.Embedding.from_pretrained(torch.randn(self.labels + 1, told), freeze=False)

        self.come_in = nn.Conv2d(self.shape[0], hidden, 3, padding=1)
        self.above = Block(hidden, hidden, told)
        self.down = nn.Conv2d(hidden, 2 * hidden, 3, stride=2, padding=1)
        self.below = Block(2 * hidden, 2 * hidden, told)
        self.up = nn.Conv2d(2 * hidden, hidden, 3, padding=1)
        self.above_again = Block(2 * hidden, hidden, told)
        self.go_out = nn.Sequential(nn.GroupNorm(1, hidden), nn.SiLU(), nn.Conv2d(hidden, self.shape[0], 3, padding=1))
        nn.init.zeros_(self.go_out[-1].weight)        # untrained, it answers nearly as for a Gaussian

    def options(self):
        """Return how it was built, beside the schedule: the arguments by name."""
        return {"hidden": self.hidden, "variance": self.variance, "labels": self.labels, "shape": list(self.shape)}

    @checked
    def forward(self, xt, t, label=None):
        """Return the predicted noise, shape (batch, *shape).

        xt: shape (batch, *shape); t: an int or shape (batch,), within 1…T;
        label: an int or shape (batch,), from 0; `labels`, or None, is no label.
        """
        return self.at_level(xt, self.alpha_bar[t], label)

    @checked
    def at_level(self, xt, alpha_bar, label=None):
        """The same at a noise level ᾱ, a number or shape (batch,), of the schedule or between its steps."""
        alpha_bar = torch.as_tensor(alpha_bar, device=xt.device).to(xt.dtype).clamp(*LEVELS).reshape(-1, 1, 1, 1)
        signal, noise = alpha_bar.sqrt(), (1 - alpha_bar).sqrt()            # (batch, 1, 1, 1), of one level (1, …)
        variance = 1 - alpha_bar + alpha_bar * self.variance                # the same

        phase = alpha_bar.logit().flatten(1) * self.frequency               # (batch, 6)
        label = torch.as_tensor(self.labels if label is None else label, device=xt.device).expand(len(xt))
        told = silu(self.time(torch.cat([phase.sin(), phase.cos()], dim=1)) + self.label(label))   # (batch, 64)

        fine = self.above(self.come_in(xt / variance.sqrt()), told)         # (batch, hidden, h, w)
        coarse = self.below(self.down(fine), told)                          # (batch, 2 hidden, h/2, w/2)
        grown = self.up(interpolate(coarse, scale_factor=2))                # (batch, hidden, h, w)
        added = self.go_out(self.above_again(torch.cat([grown, fine], dim=1), told))   # (batch, *shape)
        return noise / variance * xt + signal / variance.sqrt() * added
