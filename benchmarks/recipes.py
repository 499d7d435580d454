"""The recipes that ours is compared with, each written anew from its published settings; no line is copied.

A recipe is a class: Recipe(seed) prepares it, .step() is one training step, .sample(n, source) draws points on
our board of side 2. EARLIER is what each reached when it was run once to its own end, on 2026-11-23, on one thread
of a busy machine: (seconds of wall time, % inside, TV, SW2).
"""

import math
from itertools import pairwise

import torch
from torch import nn
from torch.utils.data import DataLoader

from toydiff import Schedule, beta_variance, posterior_variance, sampling
from toydiff.checkpoint import build_model

from common import BOARD

EARLIER = {
    "reference": (670, 88.6, .017, .019),
    "tiny-diffusion": (145, 93.4, .056, .034),
    "smalldiffusion": (395, 90.3, .060, .049),
    "MIT 6.S184 lab": (64, 90.1, .023, .020),
}


def seeded(build, seed):
    """Return build(), its weights drawn with `seed` alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build()


def batches_of(points, batch_size, source):
    """Yield batches of fixed points for ever, each point once per epoch, in a new order every time."""
    while True:
        yield from points[torch.randperm(len(points), generator=source)].split(batch_size)


class Reference:
    """A plain DDPM: 5,000 fixed points in a DataLoader, batch 64, Adam 1e-3, ReLU 3-128-128-128-2, t/T appended,
    T = 100, β 1e-4…0.02, t uniform, σ² = β; 5000 epochs."""

    name, steps = "reference", 390_000

    def __init__(self, seed, loader=True):
        self.source = torch.Generator().manual_seed(seed + 100)
        points, self.schedule = BOARD.sample(5000, self.source), Schedule.reference()
        self.model = build_model("ReferenceMLP", self.schedule, seed=seed)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=1e-3)
        self.alpha_bar = self.schedule.alpha_bar.float()
        self.batches = self._epochs(points) if loader else batches_of(points, 64, self.source)

    def _epochs(self, points):
        loader = DataLoader(points, batch_size=64, shuffle=True, drop_last=True, generator=self.source)
        while True:
            yield from loader

    def step(self):
        x0 = next(self.batches)
        t = torch.randint(1, 101, (len(x0),), generator=self.source)
        eps = torch.randn(x0.shape, generator=self.source)
        alpha_bar = self.alpha_bar[t][:, None]
        xt = alpha_bar.sqrt() * x0 + (1 - alpha_bar).sqrt() * eps
        answer = self.model.layers(torch.cat([xt, t[:, None] / 100], 1))
        loss = nn.functional.mse_loss(answer, eps)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()

    def sample(self, n, source):
        return sampling.sample(self.model, self.schedule, n, source, variance=beta_variance(self.schedule),
                               batch_size=5000)


class TinyDiffusion:
    """DDPM with T = 50, β 1e-4…0.02 on 8,000 fixed points: sinusoids of x, y (× 25) and t, three residual GELU
    layers of 128; batch 32, AdamW 1e-3, gradients clipped at 1, 50,000 steps; posterior variance."""

    name, steps = "tiny-diffusion", 50_000

    class Network(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Linear(3 * 128, 128)
            self.residual = nn.ModuleList(nn.Linear(128, 128) for _ in range(3))
            self.last = nn.Linear(128, 2)
            self.register_buffer("frequency", torch.exp(-math.log(10_000) * torch.arange(64) / 63))

        def forward(self, xt, t):
            t = torch.as_tensor(t).expand(len(xt))[:, None]
            angle = torch.cat([25 * xt, t], 1)[:, :, None] * self.frequency      # (batch, 3, 64)
            h = nn.functional.gelu(self.first(torch.cat([angle.sin(), angle.cos()], 2).flatten(1)))
            for layer in self.residual:
                h = h + nn.functional.gelu(layer(h))
            return self.last(h)

    def __init__(self, seed):
        self.source, self.schedule = torch.Generator().manual_seed(seed + 100), Schedule.linear(50, 1e-4, 0.02)
        self.batches = batches_of(BOARD.sample(8000, self.source), 32, self.source)
        self.model = seeded(self.Network, seed)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=1e-3)
        self.alpha_bar = self.schedule.alpha_bar.float()

    def step(self):
        x0 = next(self.batches)
        t = torch.randint(1, 51, (len(x0),), generator=self.source)
        eps = torch.randn(x0.shape, generator=self.source)
        alpha_bar = self.alpha_bar[t][:, None]
        loss = nn.functional.mse_loss(self.model(alpha_bar.sqrt() * x0 + (1 - alpha_bar).sqrt() * eps, t), eps)
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()

    def sample(self, n, source):
        return sampling.sample(self.model, self.schedule, n, source, variance=posterior_variance(self.schedule),
                               batch_size=5000)


class SmallDiffusion:
    """x_t = x0 + σ·ε with 200 σ, log-linear 0.01…10, on 2,130 fixed points, all in one batch: GELU 4-16-128×4-16-2
    with sin and cos of ½ log σ; AdamW 1e-3, 15,000 steps; 20 steps of gradient estimation with γ = 2
    (Permenter & Yuan 2023, arXiv 2306.04848)."""

    name, steps = "smalldiffusion", 15_000

    def __init__(self, seed):
        self.source = torch.Generator().manual_seed(seed + 100)
        self.points = BOARD.sample(2130, self.source)
        self.sigma = torch.logspace(-2, 1, 200)
        def build():
            widths = [4, 16, 128, 128, 128, 128, 16]
            layers = [layer for i, o in pairwise(widths) for layer in (nn.Linear(i, o), nn.GELU())]
            return nn.Sequential(*layers, nn.Linear(16, 2))
        self.model = seeded(build, seed)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=1e-3)

    def answer(self, xt, sigma):
        when = (sigma.log() / 2).expand(len(xt))[:, None]
        return self.model(torch.cat([xt, when.sin(), when.cos()], 1))

    def step(self):
        sigma = self.sigma[torch.randint(200, (2130,), generator=self.source)]
        eps = torch.randn(2130, 2, generator=self.source)
        loss = nn.functional.mse_loss(self.answer(self.points + sigma[:, None] * eps, sigma), eps)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()

    @torch.no_grad()
    def sample(self, n, source):
        sigma = torch.cat([self.sigma[9::10].flip(0), self.sigma[:1]])        # 20 steps over 21 σ, the last 0.01
        x = sigma[0] * torch.randn(n, 2, generator=source)
        before = None
        for now, after in pairwise(sigma):
            eps = self.answer(x, now)
            x = x + (after - now) * (eps if before is None else 2 * eps - before)
            before = eps
        return x


class StraightLines:
    """Flow matching on straight lines from noise to fresh points of a larger board: four layers of SiLU, time appended,
    Adam 1e-3."""

    def __init__(self, seed):
        self.source = torch.Generator().manual_seed(seed + 100)
        def build():
            hidden = [layer for _ in range(3) for layer in (nn.Linear(self.width, self.width), nn.SiLU())]
            return nn.Sequential(nn.Linear(3, self.width), nn.SiLU(), *hidden, nn.Linear(self.width, 2))
        self.model = seeded(build, seed)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=1e-3)

    def step(self):
        data = self.side / 2 * BOARD.sample(self.batch_size, self.source)
        time = torch.rand(self.batch_size, 1, generator=self.source)
        noise = torch.randn(self.batch_size, 2, generator=self.source)
        velocity = self.model(torch.cat([time * data + (1 - time) * noise, time], 1))
        loss = nn.functional.mse_loss(velocity, data - noise)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()

    def velocity(self, x, time):
        return self.model(torch.cat([x, torch.full((len(x), 1), time)], 1))

    @torch.no_grad()
    def sample(self, n, source):
        pieces = torch.randn(n, 2, generator=source).split(5000)
        return torch.cat([self.walk(x) for x in pieces]) * 2 / self.side


class MITLab(StraightLines):
    """A board of side 10: 3-64×4-2, batch 2,000, 10,000 steps; Euler, 100 steps."""

    name, steps, side, width, batch_size = "MIT 6.S184 lab", 10_000, 10, 64, 2000

    def walk(self, x):
        for i in range(100):
            x = x + self.velocity(x, i / 100) / 100
        return x


class FlowMatching(StraightLines):
    """Its 2-D example, a board of side 8.89: 3-512×4-2, batch 4,096, 20,001 steps; midpoint method, 20 steps."""

    name, steps, side, width, batch_size = "flow_matching 2-D", 20_001, 4 / 0.45, 512, 4096

    def walk(self, x):
        for i in range(20):
            middle = x + self.velocity(x, i / 20) / 40
            x = x + self.velocity(middle, (i + 0.5) / 20) / 20
        return x


RECIPES = {recipe.name: recipe for recipe in (Reference, TinyDiffusion, SmallDiffusion, MITLab, FlowMatching)}
