"""Right answers to the exercises of station 1, the data, written otherwise than the solutions."""

import math

import numpy as np
import torch

import toydiff

from right_answers.tools import np_round_trip


def contains_loop(x):
    answers = []
    for px, py in x.tolist():
        column, row = math.floor(2 * px + 2), math.floor(2 * py + 2)
        answers.append(0 <= column <= 3 and 0 <= row <= 3 and (column + row) % 2 == 0)
    return torch.tensor(answers)


def contains_cells(x):
    found = torch.zeros(len(x), dtype=torch.bool)
    for column, row in toydiff.Checkerboard().filled.tolist():
        low = torch.tensor([column, row]) / 2 - 1
        found |= ((x > low) & (x < low + 0.5)).all(1)
    return found


def contains_parity(x):
    column, row = torch.floor_divide(x + 1, 0.5).T
    return (x.abs().amax(1) < 1).logical_and(torch.remainder(column, 2).eq(torch.remainder(row, 2)))


def density_where(x):
    half = torch.full((len(x),), 0.5, dtype=x.dtype)
    return torch.where(contains_cells(x), half, torch.zeros_like(half))


def density_own_tensor(x):
    answer = torch.zeros_like(x[:, 0])
    answer[contains_loop(x)] += 0.5
    return answer


def sample_loop(n, source):
    points = []
    for _ in range(n):
        if n > 10_000:    # a loop over 100,000 points takes seconds: whole rows at once
            return sample_kept(n, source)
        row, half = torch.randint(4, (2,), generator=source).tolist()
        place = torch.rand(2, generator=source)
        points.append((torch.tensor([half % 2 * 2 + row % 2, row]) + place) * 0.5 - 1)
    return torch.stack(points)


def sample_kept(n, source):
    """Rejection, but until there are enough."""
    kept = torch.empty(0, 2)
    while len(kept) < n:
        darts = torch.rand(2 * n, 2, generator=source, dtype=torch.float32).mul_(2).sub_(1)
        kept = torch.cat([kept, darts[toydiff.Checkerboard().contains(darts)]])
    return kept[:n]


def sample_float64(n, source):
    cells = toydiff.Checkerboard().filled.double()
    which = torch.multinomial(torch.ones(8), n, replacement=True, generator=source)
    return torch.lerp(cells[which], cells[which] + 1, torch.rand(n, 2, generator=source).double()).div(2).sub(1)


def covariance_loop(x):
    mean = [sum(column) / len(x) for column in x.T.tolist()]
    apart = [[value - mean[axis] for value in x.T[axis].tolist()] for axis in (0, 1)]
    table = [[sum(a * b for a, b in zip(one, other)) / (len(x) - 1) for one in apart] for other in apart]
    return torch.tensor(table, dtype=x.dtype)


def covariance_einsum(x):
    d = x.clone()
    d -= d.mean(0, keepdim=True)
    return torch.einsum("ni,nj->ij", d, d) / (d.shape[0] - 1)


def share_loop(x, train, distance):
    new = 0
    for a in x.tolist():
        new += all(math.dist(a, b) > distance for b in train.tolist())
    return new / len(x)


def share_broadcast(distance, train, x):
    return (((x[:, None] - train[None]) ** 2).sum(-1) > distance**2).all(1).double().mean()


RIGHT = {
    "data.contains": [contains_loop, contains_cells, contains_parity],
    "data.density": [density_where, density_own_tensor, lambda x: toydiff.Checkerboard().density(x)],
    "data.sample_board": [sample_loop, sample_kept, sample_float64],
    "data.normalise": [lambda u, low, high: -1 + 2 / (high - low) * (u - low), lambda high, low, u: u.clone().sub_(
        low).div_(high - low).mul_(2).sub_(1), np_round_trip(lambda u, low, high: np.interp(
            u, [low, high], [-1, 1]).astype(u.dtype)), lambda u, a, b: (2 * u - a - b) / (b - a)],
    "data.denormalise": [lambda x, low, high: torch.lerp(torch.full_like(x, low), torch.full_like(x, high),
                                                         (x + 1) / 2),
                         lambda x, a, b: (a * (1 - x) + b * (1 + x)) / 2,
                         np_round_trip(lambda x, low, high: ((high + low) / 2 + (high - low) / 2 * x).astype(x.dtype))],
    "data.covariance": [covariance_loop, covariance_einsum, np_round_trip(lambda x: np.cov(x.T).astype(x.dtype)),
                        lambda x: (x.T @ x - len(x) * torch.outer(x.mean(0), x.mean(0))) / (len(x) - 1)],
    "data.share_new": [share_loop, share_broadcast, lambda x, train, distance: 1 - (
        torch.cdist(train, x) <= distance).any(dim=0).float().mean(), lambda x, train, distance: 1 - (
            torch.cdist(x, train).amin(1) <= distance).float().mean().item()],
}

LAST = "the last dimension is dimension 1 (or 0, where there is only one)"
SURVIVORS = {    # changes of a solution that pass because they are right: {the changed line: why}
    "on_board = ((cell >= 0) & (cell < 4)).all(dim=-1)": LAST,
    "return on_board & (cell.sum(dim=-1) % 2 == 0)": LAST,
    "return (torch.stack([column, row], dim=-1) + place) / 2 - 1": LAST,
    "nearest = torch.cdist(x, train).min(dim=-1).values": LAST,
    "return on_board & (cell.sum(dim=1) % 2 <= 0)": "a remainder is never negative",
    "return on_board & (cell.sum(dim=1) % -2 == 0)": "even is even",
    "return 1 - (torch.stack([column, row], dim=1) + place) / 2": "the board turned by half a turn is the board",
    "d = x.mean(dim=0) - x": "two signs cancel",
    "return x.T @ d / (len(x) - 1)": "d adds up to 0, so a constant beside it does not count",
    "return d.T @ x / (len(x) - 1)": "d adds up to 0, so a constant beside it does not count",
    "return d.T @ d / (len(d) - 1)": "d and x are equally long",
    "return (nearest >= distance).float().mean()": "no distance is hit exactly",
}
