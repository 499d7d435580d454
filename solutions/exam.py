"""The final exam, one answer of many: a board of eight cells, drawn by a network that has only ever seen noisy points.

    python solutions/exam.py && toydiff exam samples.pt        about a minute on one core

Nothing of the course is imported: what stands here is all that it takes.
"""

import torch
from torch import nn

torch.manual_seed(0)

# the data: one of eight cells of side ½, and a place in it
COLUMN, ROW = (torch.cat(half) for half in zip(*((torch.arange(row % 2, 4, 2), torch.full((2,), row))
                                                 for row in range(4))))


def draw_board(n):
    """Points of the board, shape (n, 2)."""
    cell = torch.randint(8, (n,))
    return (torch.stack([COLUMN[cell], ROW[cell]], 1) + torch.rand(n, 2)) / 2 - 1


# the schedule; the tables begin at t = 0
T = 200
beta = torch.cat([torch.zeros(1), torch.linspace(1e-4, 0.05, T)])
alpha, alpha_bar = 1 - beta, (1 - beta).cumprod(0)


class Network(nn.Module):
    """The noise in x_t, guessed; what it sees are waves of x_t and of t/T."""

    def __init__(self, hidden=128, waves=6):
        super().__init__()
        self.frequencies = torch.pi * torch.arange(1, waves + 1)
        sizes = [2 + 4 * waves + 1 + 2 * waves, hidden, hidden, hidden]
        layers = [part for a, b in zip(sizes, sizes[1:]) for part in (nn.Linear(a, b), nn.SiLU())]
        self.layers = nn.Sequential(*layers, nn.Linear(hidden, 2))

    def forward(self, x, t):
        """x: shape (n, 2); t: shape (n,)."""
        time = t[:, None] / T
        x_waves, t_waves = (value[..., None] * self.frequencies for value in (x, time))
        seen = [x, x_waves.sin().flatten(1), x_waves.cos().flatten(1), time, t_waves.sin()[:, 0], t_waves.cos()[:, 0]]
        return self.layers(torch.cat(seen, 1))


def train(model, steps=10_000, batch=512):
    """Algorithm 1, with a learning rate that falls to 0."""
    optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for _ in range(steps):
        x0, t, eps = draw_board(batch), torch.randint(1, T + 1, (batch,)), torch.randn(batch, 2)
        a = alpha_bar[t][:, None]
        loss = (model(a.sqrt() * x0 + (1 - a).sqrt() * eps, t) - eps).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        falling.step()


@torch.no_grad()
def sample(model, n):
    """Algorithm 2, with the posterior variance."""
    x = torch.randn(n, 2)
    for t in range(T, 0, -1):
        eps = model(x, torch.full((n,), t))
        x = (x - beta[t] / (1 - alpha_bar[t]).sqrt() * eps) / alpha[t].sqrt()
        if t > 1:
            variance = beta[t] * (1 - alpha_bar[t - 1]) / (1 - alpha_bar[t])
            x = x + variance.sqrt() * torch.randn(n, 2)
    return x


if __name__ == "__main__":
    model = Network()
    train(model)
    torch.save(sample(model, 10_000), "samples.pt")
