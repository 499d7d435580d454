"""Right answers to the exercises of station 6, evaluation, written otherwise than the solutions."""

import math

import numpy as np
import torch

import toydiff
from toydiff import evaluation


def inside_loop(x, board):
    return sum(board.contains(x).tolist()) / len(x)


def inside_cells(board, x):
    low, high = board.edges[board.filled].to(x), board.edges[board.filled + 1].to(x)
    return ((x[:, None] >= low) & (x[:, None] < high)).all(2).any(1).to(torch.float32).mean()


def inside_numpy(x, board):
    return float(np.count_nonzero(board.cell_of(x).numpy() + 1) / x.shape[0])


def strays_loop(x, board, distance):
    edges, far = board.edges.tolist(), 0
    for px, py in x.tolist():
        gaps = []
        for column, row in board.filled.tolist():
            dx = max(edges[column] - px, 0, px - edges[column + 1])
            dy = max(edges[row] - py, 0, py - edges[row + 1])
            gaps.append(math.hypot(dx, dy))
        far += min(gaps) > distance
    return far / len(x)


def strays_broadcast(distance, board, x):
    low, high = board.edges[board.filled].to(x), board.edges[board.filled + 1].to(x)
    gap = (low - x[:, None]).clamp(min=0) + (x[:, None] - high).clamp(min=0)
    return 1 - (torch.linalg.norm(gap, dim=-1) <= distance).any(1).double().mean()


def strays_squared(x, board, distance):
    centre, half = (board.edges[board.filled] + board.edges[board.filled + 1]).to(x) / 2, 1 / board.cells_per_side
    gap = ((x[:, None] - centre).abs() - half).relu()
    return (torch.einsum("ncd,ncd->nc", gap, gap).amin(1) > distance**2).float().mean()


def balance_loop(x, board):
    cells = [cell for cell in board.cell_of(x).tolist() if cell >= 0]
    n = len(board.filled)
    return 0.5 * sum(abs(cells.count(i) / len(cells) - 1 / n) for i in range(n))


def balance_too_much(x, board):
    """What the full cells have too much is what the others lack."""
    cell = board.cell_of(x)
    count = torch.zeros(len(board.filled), dtype=torch.float64)
    count.index_add_(0, cell[cell >= 0], torch.ones(int((cell >= 0).sum()), dtype=torch.float64))
    return (count / count.sum() - 1 / len(count)).clamp(min=0).sum()


def balance_numpy(board, x):
    cell = board.cell_of(x).numpy()
    share = np.histogram(cell[cell >= 0], bins=np.arange(len(board.filled) + 1))[0] / (cell >= 0).sum()
    return np.abs(share - 1 / len(share)).sum() / 2 + torch.zeros(())


def exact_erf(x, t, low, high, schedule):
    a, s = math.sqrt(schedule.alpha_bar[t]), math.sqrt(1 - schedule.alpha_bar[t])
    answers = []
    for value in x.tolist():
        u, v = (value - a * high) / s, (value - a * low) / s
        mass = (math.erf(v / math.sqrt(2)) - math.erf(u / math.sqrt(2))) / 2
        answers.append((math.exp(-u * u / 2) - math.exp(-v * v / 2)) / math.sqrt(2 * math.pi) / mass)
    return torch.tensor(answers, dtype=x.dtype)


def exact_by_integration(schedule, high, low, t, x):
    """The mean noise of many origins, by Gauss's rule."""
    place, weight = (torch.from_numpy(v) for v in np.polynomial.legendre.leggauss(200))
    a, s = schedule.alpha_bar[t].sqrt(), (1 - schedule.alpha_bar[t]).sqrt()
    eps = (x.double()[:, None] - a * ((low + high) / 2 + place * (high - low) / 2)) / s
    likely = weight * torch.exp(-eps**2 / 2)
    return ((likely * eps).sum(1) / likely.sum(1)).to(x.dtype)


def exact_by_autograd(x, t, low, high, schedule):
    """−s times the slope of the log density."""
    a, s = schedule.alpha_bar[t].sqrt(), (1 - schedule.alpha_bar[t]).sqrt()
    here = x.double().detach().requires_grad_()
    normal = torch.distributions.Normal(0.0, 1.0)
    mass = normal.cdf((here - a * low) / s) - normal.cdf((here - a * high) / s)
    (slope,) = torch.autograd.grad(mass.log().sum(), here)
    return (-s * slope).to(x.dtype)


def gauss_by_x0(xt, t, mean, variance, schedule):
    """First the best guess of x0, then the noise that leads from there."""
    ab = schedule.alpha_bar[t].item()
    x0 = mean + math.sqrt(ab) * variance / (ab * variance + 1 - ab) * (xt - math.sqrt(ab) * mean)
    return (xt - math.sqrt(ab) * x0) / math.sqrt(1 - ab)


def gauss_loop(schedule, variance, mean, t, xt):
    ab = float(schedule.alpha_bar[t])
    spread = ab * variance + (1 - ab)
    return torch.stack([(1 - ab) ** 0.5 * (point - ab**0.5 * mean) / spread for point in xt])


def gauss_snr(xt, t, mean, variance, schedule):
    snr, noise = schedule.snr[t], (1 - schedule.alpha_bar[t]).sqrt()
    return ((xt - schedule.alpha_bar[t].sqrt() * mean) / ((1 + snr * variance) * noise)).to(xt)


@torch.no_grad()
def excess_evaluated(model, oracle, x0, t, eps, schedule):
    model.eval(), oracle.eval()
    return np.float32(excess_mse(oracle, model, schedule, eps, t, x0).item())


def excess_loop(model, oracle, x0, t, eps, schedule):
    a, total = schedule.alpha_bar[t], 0.0
    for point, noise in zip(x0, eps):
        xt = (a.sqrt() * point + (1 - a).sqrt() * noise)[None]
        total += ((model(xt, t) - oracle(xt, t)) ** 2).sum().item()
    return total / (2 * len(x0))


def excess_mse(oracle, model, schedule, eps, t, x0):
    xt = toydiff.add_noise(x0, torch.full((len(x0),), t), eps, schedule)
    return torch.nn.functional.mse_loss(oracle(xt, t), model(xt, t))


def excess_einsum(model, oracle, x0, t, eps, schedule):
    xt = toydiff.add_noise(x0.double(), t, eps.double(), schedule)
    gap = oracle(xt, t).sub(model(xt, t))
    return torch.einsum("nd,nd->", gap, gap) / gap.numel()


RIGHT = {
    "evaluation.inside": [inside_loop, lambda x, board: 1 - (~board.contains(x)).float().mean().item(),
                          lambda x, board: board.contains(x).numpy().mean(dtype=np.float32), inside_cells,
                          lambda x, board: board.contains(x).double().mean().numpy(), inside_numpy, evaluation.inside],
    "evaluation.strays": [strays_loop, strays_broadcast, strays_squared, evaluation.strays],
    "evaluation.balance": [balance_loop, lambda x, board: balance_too_much(x, board).float().item(), balance_too_much,
                           balance_numpy, evaluation.balance],
    "evaluation.exact_eps": [exact_erf, exact_by_integration, exact_by_autograd],
    "evaluation.gaussian_eps": [gauss_by_x0, gauss_loop, gauss_snr],
    "evaluation.excess": [excess_loop, excess_evaluated, excess_mse, excess_einsum],
}

SIGN = "a distance has no sign"
SURVIVORS = {    # changes of a solution that pass because they are right: {the changed line: why}
    "gap = (x.clamp(low, high) - x).norm(dim=1)": SIGN,
    "gap = (x - x.clamp(low, high)).norm(dim=-1)": "the last dimension is dimension 1",
    "return (nearest >= distance).float().mean()": "no distance is hit exactly",
    "return (1 / cells - p).abs().sum() / 2": SIGN,
    "return ((oracle(xt, t) - model(xt, t)) ** 2).mean()": SIGN,
}
