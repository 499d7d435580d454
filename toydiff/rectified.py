"""Rectified: a flow made straighter, by learning anew from where it leads each noise.

Rectified flow = Liu et al. 2022, arXiv 2209.03003. Times and velocities as in flow.py.
"""

import torch

from .flow import flow_loss, heun
from .support import tensors
from .support.contract import checked
from .support.devices import random_source
from .support.pieces import in_pieces
from .support.validation import integer


def straightness(walk):
    """Return how far a walk is from straight: 0 if each point goes from start to end evenly (rectified flow, eq. 3).

    It is ∫ E|(x_1 − x_0) − v|² du, summed over the coordinates, along a walk of many steps of Euler's, from which
    v is read off. walk: pairs (u, x_u).
    """
    us, xs = zip(*walk)
    chord = (xs[0] - xs[-1]) / (us[0] - us[-1])                            # (batch, …)
    gaps = [(u - s) * ((x - y) / (u - s) - chord).flatten(1).square().sum(1).mean()
            for u, s, x, y in zip(us, us[1:], xs, xs[1:])]
    return (sum(gaps) / (us[0] - us[-1])).item()


class Pairs:
    """Noise and the datum to which each leads, as data: what one flow makes of noise, for the next to learn from.

    noise, data: shape (rows, …); row i of one belongs to row i of the other.
    """

    labels = 0

    def __init__(self, noise, data):
        tensors.points(noise, "noise")
        self.pairs = torch.stack([tensors.same_shape(data, noise, "data", "noise"), noise], dim=1)   # (rows, 2, …)

    def sample(self, n, seed=None, device="cpu"):
        """Draw n of the pairs, with replacement: shape (n, 2, …), a datum and its noise. Arguments as for a board."""
        n = integer(n, "n", low=1)
        source = random_source(seed, device)
        drawn_on = source.device if source else device
        which = torch.randint(len(self.pairs), (n,), generator=source, device=drawn_on)
        self.pairs = self.pairs.to(which.device)    # moved once
        return self.pairs[which].to(device)


@checked(driver=True)
def pairs_of(model, schedule, n, seed=None, us=None):
    """Return n Pairs of a flow, walked by heun. seed: an int, a torch.Generator or None; us: as for heun."""
    noise = torch.randn(n, *model.shape, generator=random_source(seed))
    *_, (_, data) = heun(in_pieces(model), schedule, noise, us)
    return Pairs(noise, data)


def draw_high_u(T, n, source, device="cpu"):
    """Draw n times for rectified_loss, those near the noise more often: a walk of few steps asks there."""
    return 1 - torch.rand(n, generator=source, device=device) ** 3


@checked(objective="flow")
def rectified_loss(model, x0, u, eps, schedule=None, label=None):
    """flow_loss of Pairs: x0 holds datum and noise, shape (batch, 2, …); eps is not asked."""
    return flow_loss(model, x0[:, 0], u, x0[:, 1], schedule, label)
