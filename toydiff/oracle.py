"""The oracle: the best possible denoiser, known exactly because the data is.

Given x_t, the noise that made it is a standard normal cut off at the walls of the filled cells:
x_t = a·x_0 + s·ε, with a = √ᾱ_t and s = √(1 − ᾱ_t), and x_0 lies in a column from e_i to e_{i+1}
exactly when ε lies between u_{i+1} and u_i, where u_i = (x_t − a·e_i) / s. So, for one coordinate,

    column i weighs            A_i = Φ(u_i) − Φ(u_{i+1})
    and has on average the ε   (φ(u_{i+1}) − φ(u_i)) / A_i

with φ, Φ the density and the distribution function of the standard normal. A cell weighs the weight
of its column times that of its row. Average over the filled cells: no network can do better.
"""

import math

import torch
from torch import nn

from .data import Checkerboard
from .forward_process import Schedule, at
from .support.contract import checked
from .support.normal import cut_normal


class Oracle(nn.Module):
    """The exact denoiser of a checkerboard; called as a network is, oracle(xt, t), and usable wherever one is.

    It has nothing to train. It computes in float64 on the device of the points (for MPS, which has
    no float64, on the CPU) and answers in their dtype; autograd sees through it.

    xt: shape (batch, 2), finite; t: an int or an integer tensor of shape (batch,), within 1…T;
    label: as of a network: where it is given, the data is the cells of that label alone.
    Raises ValueError or TypeError for anything else.
    """

    objective, shape = "noise", (2,)

    def __init__(self, data, schedule):
        super().__init__()
        if not isinstance(data, Checkerboard) or not isinstance(schedule, Schedule):
            raise TypeError("Oracle wants a Checkerboard and a Schedule, "
                            f"got {type(data).__name__} and {type(schedule).__name__}")
        self.data, self.schedule, self.T, self.labels = data, schedule, schedule.T, data.labels

    @checked
    def forward(self, xt, t, label=None):
        """Return E[ε | x_t], shape (batch, 2): the prediction with the least mean squared error."""
        return self.at_level(xt, at(self.schedule.alpha_bar, t, xt), label)

    @checked
    def at_level(self, xt, alpha_bar, label=None):
        """Return E[ε | x_t], shape (batch, 2), at a noise level ᾱ: a number or shape (batch,) or (batch, 1)."""
        weight, eps, _, _ = self._columns(xt, alpha_bar, label)
        return (weight * eps).sum(2).to(xt)                            # (batch, 2)

    @checked
    def x0(self, xt, t, label=None):
        """Return E[x_0 | x_t], shape (batch, 2): the mean of all the data that could have led here."""
        weight, _, x0, _ = self._columns(xt, at(self.schedule.alpha_bar, t, xt), label)
        return (weight * x0).sum(2).to(xt)                             # (batch, 2)

    @checked
    def score(self, xt, t, label=None):
        """Return ∇ log q(x_t), shape (batch, 2): −E[ε | x_t] / s, the way to where points are denser."""
        eps = self.forward(xt, t, label)
        return (-eps / (1 - at(self.schedule.alpha_bar, t, xt)).sqrt()).to(xt)

    @checked
    def log_density(self, xt, t, label=None):
        """Return log q(x_t), natural, shape (batch,); given a label, log q(x_t | label)."""
        return self._columns(xt, at(self.schedule.alpha_bar, t, xt), label)[3].to(xt)

    def _columns(self, xt, alpha_bar, label=None):
        """For x and y each: how probable is each column (row) given x_t, and the mean ε and x_0 there.

        Return weight, eps, x0, each of shape (batch, 2, n), and log q(x_t), shape (batch,).
        """
        if xt.device.type == "mps":
            xt, alpha_bar, label = (value.cpu() if isinstance(value, torch.Tensor) else value
                                    for value in (xt, alpha_bar, label))
        alpha_bar = torch.as_tensor(alpha_bar, device=xt.device, dtype=torch.float64)
        alpha_bar = alpha_bar.view(-1, 1, 1) if alpha_bar.ndim else alpha_bar
        a, s = alpha_bar.sqrt(), (1 - alpha_bar).sqrt()                # (batch, 1, 1) or ()
        edges = self.data.edges.to(xt.device, torch.float64)           # (n + 1,)
        centre, size = (edges[1:] + edges[:-1]) / 2, 2 / self.data.cells_per_side

        middle, width = (xt.double()[:, :, None] - a * centre) / s, a * size / s   # of ε in a column
        log_mass, place = cut_normal(middle, width)                    # (batch, 2, n)
        log_mass = log_mass + (size / s).log()                         # now ∫ N(x_t; a·x_0, s²) dx_0 over it

        if label is None:
            weight, log_q = self._on_the_board(log_mass)
        else:
            weight, log_q = self._on_cells(log_mass, label)
        return weight, middle + place * width, centre - place * size, log_q

    def _on_the_board(self, log_mass):
        # cell (column, row) is filled where column + row is even: a column goes with every other row
        by_parity = log_mass.unflatten(2, (-1, 2)).logsumexp(2)        # (batch, 2, 2) even, odd
        joint = log_mass + by_parity.flip(1).tile(self.data.cells_per_side // 2)   # (batch, 2, n)
        log_q = joint[:, 0].logsumexp(1) - math.log(2)                 # the data has density 1/2
        return joint.softmax(2), log_q

    def _on_cells(self, log_mass, label):
        """The same where only the cells of a label are data (of all cells, if it is the null label)."""
        n, cells = self.data.cells_per_side, self.data.filled
        its = torch.zeros(self.labels + 1, n, n, dtype=torch.bool)     # of a label: is (column, row) its own?
        its[self.data.label_of_cell, cells[:, 0], cells[:, 1]] = True
        its[self.labels] = its.any(0)
        its = its.to(log_mass.device)[label]                           # (batch, n, n) or (n, n)
        joint = (log_mass[:, 0, :, None] + log_mass[:, 1, None, :]).masked_fill(~its, -math.inf)
        area = its.sum((-2, -1)).double() * (2 / n) ** 2               # its density is 1 / area
        log_q = joint.flatten(1).logsumexp(1) - area.log()
        weight = joint.flatten(1).softmax(1).view_as(joint)            # (batch, n, n)
        return torch.stack([weight.sum(2), weight.sum(1)], dim=1), log_q


@torch.no_grad()
def loss_floor(data, schedule):
    """Return the least loss that any denoiser can have at each t: float64, shape (T + 1,); entry 0 is 0.

    E|ε − E[ε | x_t]|² / 2 = 1 − E|E[ε | x_t]|² / 2, integrated over the plane of x_t on a grid of
    step s/3. No chance is in it; the error is below 1e-6 (tests halve the step). Time grows as 1 / s².
    """
    oracle, floor = Oracle(data, schedule), torch.zeros(schedule.T + 1, dtype=torch.float64)
    for t in range(1, schedule.T + 1):
        floor[t] = max(0, 1 - _mean_square(oracle, t) / 2)
    return floor


def _mean_square(oracle, t, steps_per_s=3):
    """Return E|E[ε | x_t]|²: the sum over a grid that reaches 7 s beyond the board, symmetric, so its right half."""
    alpha_bar = oracle.schedule.alpha_bar[t].item()
    a, s = math.sqrt(alpha_bar), math.sqrt(1 - alpha_bar)
    step = s / steps_per_s
    x = (torch.arange(math.ceil((a + 7 * s) / step), dtype=torch.float64) + 0.5) * step
    y = torch.cat([-x.flip(0), x])
    total = 0.0
    for columns in x.split(max(1, 800_000 // (len(y) * oracle.data.cells_per_side))):   # so that memory stays bounded
        grid = torch.cartesian_prod(columns, y)
        weight, eps, _, log_q = oracle._columns(grid, alpha_bar)
        total += (log_q.exp() * (weight * eps).sum(2).square().sum(1)).sum().item()
    return 2 * total * step**2
