"""Guidance: to ask for a label, and for more of it than there is.

A model that was trained with labels answers two questions about x_t: which noise is in it if its label is c, ε_c, and
which if nothing is known of that, ε_∅. By Bayes' rule ε_c − ε_∅ = −√(1−ᾱ) ∇ log p(c | x_t): away from it the label is
more likely. Guidance goes that way γ times:

    ε_γ = ε_∅ + γ (ε_c − ε_∅)        γ = 0: no label; 1: the label; above 1: more of it than there is

Some count from the label on: (1 + w) ε_c − w ε_∅ (Ho & Salimans, eq. 6) is the same with γ = 1 + w.

Classifier-free guidance = Ho & Salimans 2022, arXiv 2207.12598; classifier guidance = Dhariwal & Nichol 2021,
arXiv 2105.05233; guidance in an interval = Kynkäänniemi et al. 2024, arXiv 2404.07724; autoguidance = Karras et al.
2024, arXiv 2406.02507.
"""

import math

import torch
from torch import nn

from .forward_process import at
from .support import tensors, validation
from .support.contract import checked


def guided_eps(eps, other, gamma):
    """Return ε_γ, shape (batch, …): from `other` γ times the way to eps.

    eps: with the label; other: without it, or of a weaker model; gamma: a number, or shape (batch, 1, …).
    """
    return other + gamma * (eps - other)


def guided(model, label, gamma, *, interval=None, schedule=None, weaker=None):
    """Return the model asked for `label`, γ times: it takes (xt, t) as any network does, so every sampler takes it.

    model: of data of any shape, trained with labels; both its answers are had in one call;
    label: an int, or an integer tensor of shape (batch,): each datum its own, in `sampling.sample` too;
    gamma: a number; interval: (low, high), of λ, half the log SNR: within it γ holds, without it γ = 1, the label alone
    (then `schedule` is asked for, the one whose t the model is given);
    weaker: a model whose answer takes the place of that without a label (autoguidance); label may then be None.
    Raises TypeError or ValueError for anything else.
    """
    validation.model(model), validation.number(gamma, "gamma")
    if weaker is not None:
        validation.model(weaker)
    if label is not None or weaker is None:
        labels = getattr(model, "labels", 0)
        tensors.label(label, labels, len(label) if isinstance(label, torch.Tensor) and label.ndim else 0)
    if interval is not None:
        validation.schedule(schedule)
        low, high = validation.interval(interval, "interval")
        interval = low, high
    return Guided(model, label, float(gamma), interval, schedule, weaker)


class Guided(nn.Module):
    """What `guided` makes: a model that was told its label. Nobody tells it another, so it counts as having none."""

    labels = 0

    def __init__(self, model, label, gamma, interval, schedule, weaker):
        super().__init__()
        self.model, self.label, self.gamma = model, label, gamma
        self.interval, self.schedule, self.weaker = interval, schedule, weaker
        for name in {"shape", "T", "objective"} & {*dir(model)}:
            setattr(self, name, getattr(model, name))

    @checked
    def forward(self, xt, t, label=None):
        """Return ε_γ, shape as xt, (batch, …); t: as the model takes it."""
        gamma = self.gamma
        if self.interval:
            each = isinstance(t, torch.Tensor) and t.ndim
            gamma = self._gamma_at(at(self.schedule.alpha_bar, t, xt) if each else self.schedule.alpha_bar[t], xt)
        return self._answer(lambda model, *asked: model(*asked), xt, t, gamma)

    @checked
    def at_level(self, xt, alpha_bar, label=None):
        """Return the same at a noise level ᾱ, where the model can be asked so."""
        gamma = self.gamma
        if self.interval:
            level = torch.as_tensor(alpha_bar)
            gamma = self._gamma_at(level.view(-1, *[1] * (xt.ndim - 1)) if level.ndim else level, xt)
        return self._answer(lambda model, *asked: model.at_level(*asked), xt, alpha_bar, gamma)

    def _gamma_at(self, alpha_bar, xt):
        low, high = self.interval
        log_snr = alpha_bar.logit() / 2                                     # () or (batch, 1, …)
        gamma = torch.where((low < log_snr) & (log_snr < high), self.gamma, 1.0)
        return gamma.to(xt) if gamma.ndim else gamma.item()

    def _answer(self, ask, xt, when, gamma):
        n, label = len(xt), self.label
        if isinstance(label, torch.Tensor):
            label = tensors.label(label, self.model.labels, n).to(xt.device)
        if isinstance(gamma, float) and gamma == 1:
            return ask(self.model, xt, when, label)
        if self.weaker is not None:
            return guided_eps(ask(self.model, xt, when, label), ask(self.weaker, xt, when, label), gamma)
        label = torch.as_tensor(label, device=xt.device).expand(n)
        both = torch.cat([label, torch.full_like(label, self.model.labels)])                # (2·batch,)
        when = torch.cat([when, when]) if isinstance(when, torch.Tensor) and when.ndim else when
        return guided_eps(*ask(self.model, torch.cat([xt, xt]), when, both).chunk(2), gamma)

    def parts(self, n, size):
        """Return this model for each `size` of n data: where each datum has a label, with theirs alone."""
        if not isinstance(self.label, torch.Tensor) or not self.label.ndim:
            return [self] * math.ceil(n / size)
        tensors.label(self.label, self.model.labels, n)
        return [Guided(self.model, label, self.gamma, self.interval, self.schedule, self.weaker)
                for label in self.label.split(size)]


@checked
def log_posterior(oracle, xt, t):
    """Return log p(label | x_t) for every label, exactly, by Bayes' rule: shape (batch, labels).

    oracle: an Oracle of data with labels; xt: shape (batch, 2); t: an int or shape (batch,), within 1…T.
    """
    cells = torch.bincount(oracle.data.label_of_cell).to(xt)                # (labels,) of each label: its share
    log_q = torch.stack([oracle.log_density(xt, t, label) for label in range(oracle.labels)], dim=1)
    return (log_q + cells.log()).log_softmax(dim=1)                         # (batch, labels)


@checked
def classifier_eps(model, classifier, xt, t, label, gamma, schedule):
    """Return ε_∅ − γ √(1−ᾱ) ∇ log p(label | x_t), shape (batch, …) (Dhariwal & Nichol, algorithm 2).

    model: asked without a label; classifier: returns log p(each label | x_t) as log_posterior does, shape
    (batch, labels), as classifier(xt, t); label: an int or shape (batch,). gamma: a number.
    """
    with torch.enable_grad():
        x = xt.detach().requires_grad_()
        log_p = classifier(x, t)                                            # (batch, labels)
        label = torch.as_tensor(label, device=xt.device).expand(len(xt))[:, None]
        slope, = torch.autograd.grad(log_p.gather(1, label).sum(), x)       # (batch, …)
    return model(xt, t) - gamma * (1 - at(schedule.alpha_bar, t, xt)).sqrt().to(xt.dtype) * slope
