"""Right answers to the exercises of station 8, guidance, written otherwise than the solutions."""

import math

import numpy as np
import torch

import toydiff
from toydiff import guidance


def drop_fill(u, null, label, share):
    made = label.clone()
    made[u < share] = null
    return made


def drop_loop(label, u, share, null):
    return torch.tensor([null if lot < share else own for own, lot in zip(label.tolist(), u.tolist())])


def drop_arithmetic(label, u, share, null):
    kept = (u >= share).long()
    return kept * label + (1 - kept) * null


def posterior_softmax(share, log_q):
    return torch.softmax(share.log() + log_q, dim=-1)


def posterior_largest_out(log_q, share):
    q = (log_q - log_q.amax(1, keepdim=True)).exp() * share
    return q / q.sum(1, keepdim=True)


def posterior_numpy(log_q, share):
    joint = log_q.numpy() + np.log(share.numpy())
    return torch.from_numpy(np.exp(joint - np.logaddexp.reduce(joint, axis=1, keepdims=True)))


def eps_by_weights(model, xt, t, label, gamma):
    return (1 - gamma) * model(xt, t) + gamma * model(xt, t, label)


def eps_beyond_the_label(gamma, label, t, xt, model):
    w = gamma - 1
    return (1 + w) * model(xt, t, label) - w * model(xt, t, torch.full_like(label, model.labels))


def eps_in_one_call(model, xt, t, label, gamma):
    both = torch.cat([label, torch.full_like(label, model.labels)])
    eps, without = model(torch.cat([xt, xt]), torch.cat([t, t]), both).chunk(2)
    return torch.lerp(without, eps, gamma)


def gamma_of_floats(combine, scale):
    return float(combine(torch.ones(()), torch.zeros(()), scale))


def gamma_of_any_two(combine, scale):
    eps, null = torch.tensor([3.0, 4.0]).double(), torch.tensor([1.0, 8.0]).double()
    return ((combine(eps, null, scale) - null) / (eps - null)).mean()


def gamma_by_the_other_weight(scale, combine):
    return 1 - combine(torch.zeros(1).double(), torch.ones(1).double(), scale).item()


def classifier_backward(model, classifier, xt, t, label, gamma, schedule):
    x = torch.nn.Parameter(xt.clone())
    torch.nn.functional.nll_loss(classifier(x, t), label, reduction="sum").backward()
    spread = (1 - schedule.alpha_bar[t]) ** 0.5
    return (model(xt, t) + gamma * spread.view(-1, *[1] * (xt.ndim - 1)) * x.grad).to(xt.dtype)


def classifier_loop(model, classifier, xt, t, label, gamma, schedule):
    made = []
    for x, step, own in zip(xt, t, label):
        x = x[None].clone().requires_grad_()
        classifier(x, step[None])[0, own].backward()
        made.append(gamma * math.sqrt(1 - schedule.alpha_bar[step]) * x.grad[0])
    return model(xt, t) - torch.stack(made)


@torch.enable_grad()
def classifier_one_hot(model, classifier, xt, t, label, gamma, schedule):
    x = xt.clone().requires_grad_()
    log_p = classifier(x, t)
    slope = torch.autograd.grad((log_p * torch.eye(log_p.shape[1], dtype=xt.dtype)[label]).sum(), x)[0]
    factor = gamma * (1 - schedule.alpha_bar[t]).sqrt()
    return (model(xt, t) - torch.einsum("n,n...->n...", factor, slope.double())).to(xt.dtype)


def at_loop(t, gamma, low, high, schedule):
    made = []
    for step in t.tolist():
        a = schedule.alpha_bar[step].item()
        made.append(float(gamma) if low < math.log(math.sqrt(a) / math.sqrt(1 - a)) < high else 1.0)
    return torch.tensor(made, dtype=torch.float64)


def at_logit(schedule, high, low, gamma, t):
    log_snr = schedule.alpha_bar.logit()[t] / 2
    return 1 + (gamma - 1) * ((log_snr - low) * (log_snr - high) < 0).double()


def at_levels(t, gamma, low, high, schedule):
    """The ends of the interval as values of ᾱ."""
    least, most = (torch.sigmoid(2 * torch.tensor(end, dtype=torch.float64)) for end in (low, high))
    within = (schedule.alpha_bar[t] > least) & (schedule.alpha_bar[t] < most)
    return torch.ones(len(t)).masked_fill(within, gamma)


RIGHT = {
    "guidance.drop_labels": [drop_fill, drop_loop, drop_arithmetic],
    "guidance.posterior": [posterior_softmax, posterior_largest_out, posterior_numpy],
    "guidance.guided_eps": [eps_by_weights, eps_beyond_the_label, eps_in_one_call,
                            lambda model, xt, t, label, gamma: toydiff.guided(model, label, gamma)(xt, t)],
    "guidance.as_gamma": [gamma_of_floats, gamma_of_any_two, gamma_by_the_other_weight],
    "guidance.classifier_eps": [classifier_backward, classifier_loop, classifier_one_hot, guidance.classifier_eps],
    "guidance.gamma_at": [at_loop, at_logit, at_levels],
}

ALL_ALIKE = "xt, x, t, log_p and label are of one batch; x and its slope have the shape and the dtype of xt"

SURVIVORS = {    # changes of a solution that pass because they are right: {the changed line: why}
    "return (joint - joint.logsumexp(-1, keepdim=True)).exp()": "the last dimension is that of the labels",
    "return torch.where(within, float(gamma), 1.0)": "the exact dtype of the answer does not matter",
    **{f"total = log_p[range(len({name})), label].sum()": ALL_ALIKE for name in ("xt", "t", "x", "log_p")},
    **{f"spread = spread.reshape(-1, *[1] * ({name}.ndim - 1)).to(xt.dtype)": ALL_ALIKE for name in ("x", "slope")},
    **{f"spread = spread.reshape(-1, *[1] * (xt.ndim - 1)).to({name}.dtype)": ALL_ALIKE
       for name in ("x", "log_p", "total", "slope")},
    "return model(x, t) - gamma * spread * slope": ALL_ALIKE,
}
