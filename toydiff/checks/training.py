"""The checks of station 4, training: right answers and hints. The questions: training_questions. Wrong answers:
training_mistakes and, about learning rate, average and floor, training_helper_mistakes.
"""

import math

import torch

from ..forward_process import add_noise
from .engine.ladder import Exercise
from .engine.asking import flows_to
from .training_helper_mistakes import MISTAKES as HELPER_MISTAKES
from .training_mistakes import MISTAKES
from .training_questions import (anew, averages, crowd, draws, exactly_n, floors, in_the_crowd, in_the_step, loaders,
                                 losses, rates, read_average, read_step, steps)

NOTEBOOK = "04_training"


def draw_t(n, T, source):
    """n timesteps from 1…T, all alike: int64, shape (n,)."""
    return torch.randint(1, T + 1, (n,), generator=source)


def loss(model, x0, t, eps, schedule):
    """The mean squared error of the predicted noise, a scalar."""
    return ((model(add_noise(x0, t, eps, schedule), t) - eps) ** 2).mean()


def training_step(model, optimizer, x0, t, eps, schedule):
    """One step downhill; the loss before it."""
    value = loss(model, x0, t, eps, schedule)
    optimizer.zero_grad()
    value.backward()
    optimizer.step()
    return value.item()


def decayed_lr(step, steps, lr):
    """lr (1 + cos(π (step − 1)/steps)) / 2."""
    return lr * (1 + math.cos(math.pi * (step - 1) / steps)) / 2


@torch.no_grad()
def ema_update(average, model, decay):
    """average ← decay · average + (1 − decay) · model, weight by weight."""
    for mean, weight in zip(average.parameters(), model.parameters()):
        mean.lerp_(weight, 1 - decay)
    return average


def gaussian_floor(alpha_bar, variance):
    """ᾱ v / (ᾱ v + 1 − ᾱ): what of the noise's variance no look at x_t explains."""
    signal = alpha_bar * variance
    return signal / (signal + 1 - alpha_bar)


def batches(loader, steps):
    """The first `steps` batches of as many passes as it takes."""
    taken = []
    while True:
        for batch in loader:
            taken.append(batch)
            if len(taken) == steps:
                return torch.stack(taken)


EXERCISES = [
    Exercise(
        "training.draw_t", NOTEBOOK, draw_t, cases=draws(), mistakes=MISTAKES["draw_t"],
        hints=["`torch.randint(low, high, (n,), generator=source)` draws whole numbers. Is `high` itself among them?",
               "It is not: to include T, ask for numbers below T + 1."],
        extra=(exactly_n, anew), measure=crowd, place=in_the_crowd, tolerance=((0, 0.08), (0, 0.08))),
    Exercise(
        "training.loss", NOTEBOOK, loss, cases=losses(), mistakes=MISTAKES["loss"],
        hints=["First the noisy points: `add_noise(x0, t, eps, schedule)`. What is the network given, what asked?",
               "The network is called as `model(xt, t)`; its answer is compared with `eps`.",
               "Square the difference, then `.mean()` over everything; no `.item()`, or no gradient can flow."],
        read=flows_to("model"), place=lambda index, args: "the loss", any_float=True),
    Exercise(
        "training.training_step", NOTEBOOK, training_step, cases=steps(), mistakes=MISTAKES["training_step"],
        hints=["Three calls follow the loss: forget the old gradients, compute the new ones, move the weights.",
               "`optimizer.zero_grad()`, `value.backward()`, `optimizer.step()`, in this order.",
               "Return the loss that you computed before the step, as a number: `value.item()`."],
        changes=("model", "optimizer"), read=read_step, place=in_the_step),
    Exercise(
        "training.decayed_lr", NOTEBOOK, decayed_lr, cases=rates(), mistakes=HELPER_MISTAKES["decayed_lr"],
        hints=["At step 1 the angle is 0, and half a turn is π.",
               "`math.cos` goes from 1 to −1. Add 1 and halve: from 1 to 0."],
        place=lambda index, args: "the learning rate", number=True, tolerance=((1e-4, 1e-7), (1e-7, 1e-9))),
    Exercise(
        "training.ema_update", NOTEBOOK, ema_update, cases=averages(), mistakes=HELPER_MISTAKES["ema_update"],
        hints=["`zip(average.parameters(), model.parameters())` pairs the weights of the two networks.",
               "`mean = …` makes a new tensor and leaves the network as it was. `mean.mul_(…)`, `mean.add_(…)` and "
               "`mean.copy_(…)` change it in place.",
               "PyTorch wants to know that no gradient is needed: put it all under `with torch.no_grad():`."],
        changes=("average",), read=read_average,
        place=lambda index, args: f"weight {index[0]} of the average"),
    Exercise(
        "training.gaussian_floor", NOTEBOOK, gaussian_floor, cases=floors(), mistakes=HELPER_MISTAKES["gaussian_floor"],
        hints=["Which variance has x_t? The data's part and the noise's part are independent, so their variances add.",
               "Which share of it is noise? That share of the variance of ε (which is 1) can be told from x_t.",
               "1 − (1 − ᾱ) / (ᾱ v + 1 − ᾱ), and this can be written shorter."],
        measure=lambda answer, args: answer[1:] if answer.ndim else answer,    # t = 0 has no noise to guess
        place=lambda index, args: f"the entry at t = {index[0] + 1}"),
    Exercise(
        "training.batches", NOTEBOOK, batches, cases=loaders(), mistakes=MISTAKES["batches"],
        hints=["`for batch in loader:` goes through one pass. Each time it begins, the points are shuffled anew.",
               "Put a `while` around the `for`, and leave when there are enough batches.",
               "`torch.stack(list_of_batches)` makes one tensor of them."],
        changes=("loader",), place=lambda index, args: f"in batch {index[0] + 1} number {index[1] + 1}"),
]
