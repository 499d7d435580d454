"""Training: show the network noisy points, ask which noise is in them, correct it, repeat.

DDPM = Ho et al. 2020, arXiv 2006.11239.
"""

import copy
import math
from dataclasses import dataclass

import torch
from torch import nn

from .support import validation as validate
from .forward_process import add_noise


def loss(model, x0, t, eps, schedule):
    """Return the mean squared error of the predicted noise, a scalar (DDPM, eq. 14, per coordinate).

    x0, eps: shape (batch, 2); t: an int or an integer tensor of shape (batch,), within 1…T.
    """
    validate.model(model)
    xt = add_noise(x0, t, eps, schedule)                             # (batch, 2)
    return ((validate.answer(model(xt, t), xt) - eps) ** 2).mean()


def draw_t(T, n, source, device="cpu"):
    """Draw n timesteps from 1…T, the small ones more often: int64, shape (n,).

    DDPM draws all t alike. But the fine structure is decided at small t, and large t is easy: with T·u³ for a
    uniform u, half of all draws are below T/8. What is best at each t stays the same, whatever the mix.
    """
    u = torch.rand(n, generator=source, device=device)
    return (1 + T * u**3).long().clamp(max=T)    # rounding may reach T + 1


def training_step(model, optimizer, data, schedule, batch_size, source):
    """Run one pass of DDPM's Algorithm 1 and return its loss, a scalar on the device of the model."""
    device = next(model.parameters()).device
    x0 = data.sample(batch_size, source, device)                     # (batch, 2) line 2
    t = draw_t(schedule.T, batch_size, source, device)               # (batch,) line 3
    eps = torch.randn(batch_size, 2, generator=source, device=device)                      # line 4
    value = loss(model, x0, t, eps, schedule)                        # () line 5
    optimizer.zero_grad()
    value.backward()
    optimizer.step()
    return value.detach()


def decayed_lr(step, steps, lr):
    """Return the learning rate of step 1…steps: from `lr` along half a cosine down to almost 0."""
    step, lr = validate.integer(step, "step", 1, validate.integer(steps, "steps", low=1)), validate.number(lr, "lr")
    return lr * (1 + math.cos(math.pi * (step - 1) / steps)) / 2


class EMA:
    """An exponential moving average of a network's weights: the network's steadier twin.

    Early on it averages over fewer steps than `decay` asks for, so that it forgets the random start.
    """

    def __init__(self, model, decay):
        self.decay = validate.number(decay, "ema_decay", 0, 1, with_low=True)
        validate.device_of(model)
        self.model = copy.deepcopy(model).requires_grad_(False)

    def update(self, model, step):
        """Move the average towards `model`, after training step 1, 2, …"""
        decay = min(self.decay, step / (step + 10))
        for average, weight in zip(self.model.parameters(), model.parameters(), strict=True):
            average.lerp_(weight.detach(), 1 - decay)


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

    def progress(self):
        """Return a copy of all that `train(resume=…)` needs to go on after this step: numbers and tensors by name."""
        return copy.deepcopy({
            "step": self.step, "model": self.model.state_dict(), "ema": self.ema.state_dict(),
            "moments": self.optimizer.state_dict()["state"], "random": self.source and self.source.get_state()})


def train(model, data, schedule, *, steps, batch_size=512, lr=8e-3, ema_decay=0.999, seed=0, resume=None):
    """Train `model` in place; yield a TrainingState after every step.

    data: anything with sample(n, seed, device); seed: an int, a torch.Generator or None;
    resume: the progress() of an earlier run with the same arguments: go on after its step, with its weights.
    Everything runs on the device of the model. On a CPU the same seed gives the same bits, also when resumed. Another
    kind of CPU, or number of threads, rounds otherwise: by 2e-5 a weight, 300 steps on. A GPU draws other numbers.
    An interrupt leaves whole networks in the last state, at most one step ahead of its number.
    Raises ValueError or TypeError for wrong arguments, FloatingPointError when the loss is no longer a number.
    """
    steps = validate.integer(steps, "steps", low=1)
    batch_size = validate.integer(batch_size, "batch_size", low=1)
    lr = validate.number(lr, "lr", 0, math.inf)
    device = validate.device_of(model)
    validate.board(data, "sample"), validate.schedule(schedule)
    source, schedule = validate.noise_source(seed, device), schedule.to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr, fused=True)
    ema = EMA(model, ema_decay)
    done = 0 if resume is None else _restore(resume, steps, model, ema.model, optimizer, source)

    def run():    # apart, so that wrong arguments are told at the call, not at the first step
        for step in range(done + 1, steps + 1):
            optimizer.param_groups[0]["lr"] = decayed_lr(step, steps, lr)
            try:
                value = training_step(model, optimizer, data, schedule, batch_size, source)
                ema.update(model, step)
            except KeyboardInterrupt:
                torch.set_grad_enabled(True)    # Adam turns gradients off; an interrupt may keep it from undoing that
                raise
            if (step % 100 == 0 or step == steps) and not value.isfinite():   # asked seldom: it makes a GPU wait
                raise FloatingPointError(f"the loss is {value:.3g} at step {step}; most likely the learning rate is "
                                         f"too high: try a smaller lr than {lr:g}")
            yield TrainingState(step, value, model, ema.model, optimizer, source)

    return run()


def _restore(progress, steps, model, ema, optimizer, source):
    """Bring a new run to where another one stood; return its step. Nothing is changed if it does not fit."""
    weights = {name: value.shape for name, value in model.state_dict().items()}
    adam = [{"step": (), "exp_avg": p.shape, "exp_avg_sq": p.shape} for p in model.parameters()]
    try:
        step, moments, random = validate.integer(progress["step"], "step", 1), progress["moments"], progress["random"]
        fits = [{name: value.shape for name, value in progress[which].items()} == weights for which in ("model", "ema")]
        fits += [[{name: value.shape for name, value in moments[i].items()} for i in range(len(moments))] == adam]
        if not all(fits):
            raise ValueError("other shapes")
        if source and random is not None:
            source.set_state(random)
    except (LookupError, TypeError, ValueError, AttributeError, RuntimeError) as error:
        raise ValueError("resume must be the progress() of a run of the same network on the same device") from error
    if step > steps:
        raise ValueError(f"resume stands at step {step}, beyond the last of {steps} steps")
    model.load_state_dict(progress["model"])
    ema.load_state_dict(progress["ema"])
    optimizer.load_state_dict(optimizer.state_dict() | {"state": moments})
    return step


@torch.no_grad()
def loss_per_t(model, data, schedule, points=4096, seed=0):
    """Measure the loss at each t alone: float64, shape (T + 1,), on the CPU; entry 0 is 0 (no noise, no loss).

    points: how many fresh points per t; the standard error of an entry is about its value × sqrt(1 / points).
    It runs on the device of the model, on the CPU if the model has no weights (the oracle).
    """
    device = validate.device_of(model)
    validate.board(data, "sample"), validate.schedule(schedule)
    source, schedule = validate.noise_source(seed, device), schedule.to(device)
    validate.integer(points, "points", low=1)
    losses = torch.zeros(schedule.T + 1, dtype=torch.float64)
    for t in range(1, schedule.T + 1):
        x0 = data.sample(points, source, device)
        eps = torch.randn(x0.shape, generator=source, device=device)
        losses[t] = loss(model, x0, t, eps, schedule)
    return losses
