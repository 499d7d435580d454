"""Training: show the network noisy data, ask which noise is in it, correct it, repeat.

DDPM = Ho et al. 2020, arXiv 2006.11239; guidance = Ho & Salimans 2022, arXiv 2207.12598.
"""

import copy
import math
from dataclasses import dataclass

import torch
from torch import nn

from .forward_process import add_noise
from .support import graphs, resuming
from .support.contract import checked, first_steps_looked_at
from .support.devices import noise_source
from .support.validation import device_of, number


@checked
def loss(model, x0, t, eps, schedule, label=None):
    """Return the mean squared error of the predicted noise, a scalar (DDPM, eq. 14, per coordinate).

    x0, eps: shape (batch, …); t: an int or an integer tensor of shape (batch,), within 1…T;
    label: what the model is told beside, or None.
    """
    xt = add_noise(x0, t, eps, schedule)                             # (batch, …)
    return ((model(xt, t, label) - eps) ** 2).mean()


def draw_t(T, n, source, device="cpu"):
    """Draw n timesteps from 1…T, the small ones more often: int64, shape (n,).

    DDPM draws all t alike. But the fine structure is decided at small t, and large t is easy: with T·u³ for a
    uniform u, half of all draws are below T/8. What is best at each t stays the same, whatever the mix.
    """
    u = torch.rand(n, generator=source, device=device)
    return (1 + T * u**3).long().clamp(max=T)    # rounding may reach T + 1


def draw_t_evenly(T, n, source, device="cpu"):
    """Draw n timesteps from 1…T, all alike, as DDPM does (algorithm 1, line 3): int64, shape (n,)."""
    return torch.randint(1, T + 1, (n,), generator=source, device=device)


def null_some(label, share, null, source):
    """Exchange a share of the labels, shape (batch,), for the null label (guidance, algorithm 1, line 3)."""
    dropped = torch.rand(len(label), generator=source, device=label.device) < share
    return label.masked_fill(dropped, null)


def draw_data(model, data, n, source, drop_label):
    """Draw n data on the model's device; return x0 and, for a model that knows labels, their labels, else None."""
    device, labels = next(model.parameters()).device, getattr(model, "labels", 0)
    if not labels:
        return data.sample(n, source, device), None
    x0, label = data.sample_labelled(n, source, device)
    return x0, null_some(label, drop_label, labels, source)


def training_step(model, optimizer, data, schedule, batch_size, source, loss=loss, draw_t=draw_t, drop_label=0.1):
    """Run one pass of DDPM's Algorithm 1 and return its loss, a scalar on the device of the model."""
    x0, label = draw_data(model, data, batch_size, source, drop_label)   # (batch, …) line 2
    t = draw_t(schedule.T, batch_size, source, x0.device)                # (batch,) line 3
    eps = torch.randn(x0.shape, generator=source, device=x0.device)      # (batch, …) line 4
    value = loss(model, x0, t, eps, schedule, label)                     # () line 5
    optimizer.zero_grad()
    value.backward()
    optimizer.step()
    return value.detach()


@checked
def decayed_lr(step, steps, lr):
    """Return the learning rate of step 1…steps: from `lr` along half a cosine down to almost 0."""
    return lr * (1 + math.cos(math.pi * (step - 1) / steps)) / 2


class EMA:
    """An exponential moving average of a network's weights: the network's steadier twin.

    Early on it averages over fewer steps than `decay` asks for, so that it forgets the random start.
    """

    def __init__(self, model, decay):
        self.decay = number(decay, "ema_decay", 0, 1, with_low=True)
        device_of(model)
        self.model = copy.deepcopy(model).requires_grad_(False)
        self._averages = list(self.model.parameters())

    def share(self, step):
        """Return how far the average goes towards the network after training step 1, 2, …: 1 − decay, or more."""
        return 1 - min(self.decay, step / (step + 10))

    @torch.no_grad()
    def move(self, weights, share):
        """Move the average towards `weights`, a list, by a share of the way, 0 to 1: a float or a scalar tensor."""
        share = [share] * len(weights) if isinstance(share, torch.Tensor) else share
        torch._foreach_lerp_(self._averages, weights, share)

    def update(self, model, step):
        """Move the average towards `model`, after training step 1, 2, …"""
        self.move(list(model.parameters()), self.share(step))


@dataclass
class TrainingState:
    """Where a training run stands; `train` yields it after every step.

    step: 1…steps; loss: the last loss, a scalar tensor; model: the network in training;
    ema: its moving average, the one to sample from; optimizer; source: the torch.Generator of all that is drawn.
    """

    step: int
    loss: torch.Tensor
    model: nn.Module
    ema: nn.Module
    optimizer: torch.optim.Optimizer
    source: torch.Generator | None


@checked(driver=True)
def train(model, data, schedule, *, steps, batch_size=512, lr=8e-3, ema_decay=0.999, seed=0, loss=loss, draw_t=draw_t,
          drop_label=0.1, resume=None, graph=False):
    """Train `model` in place; yield a TrainingState after every step.

    data: anything with sample(n, seed, device), and sample_labelled for a model that knows labels;
    seed: an int, a torch.Generator or None; loss, draw_t: the objective, and how its times are drawn;
    drop_label: which share of the labels is exchanged for the null label;
    resume: the progress of an earlier run with the same arguments, support.resuming.progress(state): go on after its
    step, with its weights;
    graph: on an NVIDIA GPU, record a step once and replay it (support/graphs.py), for data, loss and draw_t that draw
    from `source` alone. Where that cannot be, steps are taken one by one, as ever.
    Everything runs on the device of the model. On a CPU the same seed gives the same bits, also when resumed. Another
    kind of CPU, or number of threads, rounds otherwise: by 2e-5 a weight, 300 steps on. A GPU draws other numbers.
    An interrupt leaves whole networks in the last state, at most one step ahead of its number.
    Raises ValueError or TypeError for wrong arguments, FloatingPointError when the loss is no longer a number.
    """
    device = device_of(model)
    source, schedule = noise_source(seed, device), schedule.to(device)
    graph = graph and device.type == "cuda"
    optimizer = torch.optim.Adam(model.parameters(), lr=torch.tensor(lr) if graph else lr, fused=True, capturable=graph)
    ema, weights = EMA(model, ema_decay), list(model.parameters())
    done = resuming.restore(resume, steps, model, ema.model, optimizer, source)

    def take(rate, share):
        optimizer.param_groups[0]["lr"] = rate
        value = training_step(model, optimizer, data, schedule, batch_size, source, loss, draw_t, drop_label)
        ema.move(weights, share)
        return value

    def run():
        do = graphs.replayed_or_not(take, model, ema.model, optimizer, source) if graph else take
        for step in range(done + 1, steps + 1):
            with resuming.gradients_survive_an_interrupt():
                value = do(decayed_lr(step, steps, lr), ema.share(step))
            resuming.stop_if_diverged(value, step, steps, lr)
            yield TrainingState(step, value, model, ema.model, optimizer, source)

    return first_steps_looked_at(run())


@checked(driver=True)
@torch.no_grad()
def loss_per_t(model, data, schedule, points=4096, seed=0):
    """Measure the loss at each t alone: float64, shape (T + 1,), on the CPU; entry 0 is 0 (no noise, no loss).

    points: how many fresh points per t; the standard error of an entry is about its value × sqrt(1 / points).
    It runs on the device of the model, on the CPU if the model has no weights (the oracle).
    """
    device = device_of(model)
    source, schedule = noise_source(seed, device), schedule.to(device)
    losses = torch.zeros(schedule.T + 1, dtype=torch.float64)
    for t in range(1, schedule.T + 1):
        x0 = data.sample(points, source, device)
        eps = torch.randn(x0.shape, generator=source, device=device)
        losses[t] = loss(model, x0, t, eps, schedule)
    return losses
