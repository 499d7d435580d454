"""What the questions of this station are made of: points with a u each, a stand-in for a flow, words that say where."""

import torch

from ...flow import level_of, width
from .. import drawings
from ..engine.asking import Case
from ..networks import beside_in_flow
from ..points import CROWD, alone, drawn

ONE_U = "All points get the u of the first one, but each point has its own."
NO_COLUMN = "u has shape (batch,), so each factor meets a coordinate, not a point: `u[:, None]` makes it (batch, 1)."
U_MIXED = torch.tensor([0.1, 0.25, 0.4, 0.55, 0.7, 0.85], dtype=torch.float64)    # a u for each of six points
US = torch.linspace(0.02, 0.98, 33).tolist()    # of a curve
MANY = (torch.randperm(CROWD, generator=torch.Generator().manual_seed(0)).double() + 0.5) / CROWD    # and of a crowd


def bent(xu, u):
    """Answer something that depends on the point and on u, a number or one for each point."""
    u = beside_in_flow(xu, u)
    return torch.sin(2 * xu + 3 * u) + 0.4 * xu + u**2


def swirling(xu, u):
    """Answer something else."""
    return torch.cos(xu.flip(1) + 2 * beside_in_flow(xu, u))


def resting(xu, u):
    """Answer 0."""
    return torch.zeros_like(xu) * beside_in_flow(xu, u)


def column(u):
    """Return the u of each point as a column, shape (batch, 1)."""
    return u[:, None]


def line(x0, u, eps):
    """Return x_u, whatever comes in."""
    u = column(u)
    return ((1 - u) * x0 + u * eps).to(x0.dtype)


def guess(grid, u=0.3):
    """Return what the exact denoiser says of the noise in points x_u, shape (n, 2)."""
    return drawings.exact().at_level(grid / width(u), level_of(u))


def about_u(first, second):
    """Return the cases of a function of (points, u, points), the points by these names."""
    def case(given, u=U_MIXED, dtype=torch.float64, zero="", seed=2):
        x, y = drawn(2, len(u), 2, seed=seed).to(dtype)
        x, y = 0 * x if zero == first else x, 0 * y if zero == second else y
        return Case(given, {first: x, "u": u.to(dtype), second: y})

    return [*alone(case("a u for each point"), u=U_MIXED.flip(0),
                   **{first: drawn(6, 2, seed=7), second: drawn(6, 2, seed=8)}),
            case(f"{first} = 0", zero=first), case(f"{second} = 0", zero=second),
            case("u = 0.5 for every point", U_MIXED * 0 + 0.5), case("u = 0.02 for every point", U_MIXED * 0 + 0.02),
            case("u = 0.98 for every point", U_MIXED * 0 + 0.98),
            case("u = 0.99999 for every point", U_MIXED * 0 + 0.99999), case("two points", U_MIXED[[4, 1]], seed=3),
            case("a batch of one point", U_MIXED[3:4], seed=4), case(f"{CROWD} points", MANY, seed=5),
            case("float32 points", dtype=torch.float32)]


def by_point(index, args):
    """Say where: a coordinate of a point, at its u."""
    if len(index) != 2 or index[1] > 1:
        return f"entry {list(index)}"
    return f"at u = {args['u'][index[0]].item():.6g} the {'xy'[index[1]]} of point {index[0]}"
