"""The standard normal cut off at two walls, with all its digits: what the oracle's formulas ask of Φ and φ."""

import math

import torch


def cut_normal(middle, width):
    """Cut a standard normal down to an interval; return the log of its mean density there, and where its mean lies.

    The mean is given as a place in the interval, from −1/2 (its lower end) to 1/2; all shapes as `middle`.
    Exact for every interval: far out in a tail, where Φ rounds to 0 or 1, and down to width 0.
    """
    left = -middle.abs()                                               # mirrored to where Φ keeps all its digits
    near, far = left + width / 2, left - width / 2                     # |near| <= |far|
    narrow = width * (1 - left) < 0.01                                 # Φ(near) − Φ(far) would lose its digits
    safe_width = width.expand_as(left).masked_fill(narrow, 1)

    # φ(near) − φ(far) = φ(near)·(1 − e^c)   and   Φ(near) − Φ(far) = Φ(near)·(1 − e^d)
    c, ratio = left * safe_width, phi_over_Phi(near)
    d = (c + (ratio / phi_over_Phi(far)).log()).masked_fill(narrow, -1)
    log_density = torch.special.log_ndtr(near) + torch.log(-torch.expm1(d)) - safe_width.log()
    mean = -ratio * torch.expm1(c) / torch.expm1(d)
    place = (mean - left) / safe_width

    # narrow: the first terms of their Taylor series around the middle
    log_density_series = -left**2 / 2 - math.log(2 * math.pi) / 2 + (left**2 - 1) * width**2 / 24
    place = torch.where(narrow, -left * width / 12, place)
    return torch.where(narrow, log_density_series, log_density), torch.where(middle > 0, -place, place)


def phi_over_Phi(z):
    """Return φ(z) / Φ(z), with all its digits however small both are; what lies beyond z = 30 counts as 30."""
    return math.sqrt(2 / math.pi) / torch.special.erfcx(-z.clamp(max=30) / math.sqrt(2))
