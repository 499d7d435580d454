"""Right answers to the exercises of station 10, pictures, written otherwise than the solutions."""

import math

import numpy as np
import torch

import toydiff
from toydiff import judge


def block_by_picture(x, told, see, tell, look_again, past):
    seen = []
    for picture, row in zip(see(x), tell(told)):
        scale, shift = row.view(2, -1, 1, 1)
        seen.append(picture + picture * scale + shift)
    return look_again(torch.stack(seen)).add(past(x))


def block_expanded(past, look_again, tell, see, told, x):
    seen, both = see(x), tell(told)
    go = seen.shape[1]
    scale, shift = both[:, :go].reshape(-1, go, 1, 1), both[:, go:].reshape(-1, go, 1, 1)
    return look_again(torch.addcmul(shift.expand_as(seen), seen, scale + 1)) + past(x)


def block_einsum(x, told, see, tell, look_again, past):
    scale, shift = tell(told).split(see(x).shape[1], dim=1)
    ones = torch.ones(x.shape[2:], dtype=x.dtype)
    seen = torch.einsum("nc,nchw->nchw", 1 + scale, see(x)) + torch.einsum("nc,hw->nchw", shift, ones)
    return sum([past(x), look_again(seen)])


def frechet_by_symmetric_root(mean_x, covariance_x, mean_y, covariance_y):
    values, vectors = torch.linalg.eigh(covariance_x)
    root = vectors * values.clamp(min=0).sqrt() @ vectors.T
    cross = torch.linalg.eigvalsh(root @ covariance_y @ root).clamp(min=0).sqrt().sum()
    gap = mean_x - mean_y
    return (gap @ gap + torch.trace(covariance_x + covariance_y) - 2 * cross).item()


def frechet_numpy(covariance_y, mean_y, covariance_x, mean_x):
    mx, cx, my, cy = (v.double().numpy() for v in (mean_x, covariance_x, mean_y, covariance_y))
    roots = np.sqrt(np.maximum(np.linalg.eigvals(cx @ cy).real, 0))
    return float(np.linalg.norm(mx - my) ** 2 + np.trace(cx) + np.trace(cy) - 2 * roots.sum())


def frechet_complex(mean_x, covariance_x, mean_y, covariance_y):
    """The roots as complex numbers: of what rounding made negative the real part is 0."""
    cross = torch.linalg.eigvals(covariance_x @ covariance_y).sqrt().real.sum()
    return ((mean_x - mean_y) ** 2).sum() + covariance_x.diagonal().sum() + covariance_y.diagonal().sum() - 2 * cross


def frechet_singular_values(mean_x, covariance_x, mean_y, covariance_y):
    """The sum of the singular values of Σ^½ Σ'^½, by two roots."""
    def root(covariance):
        values, vectors = torch.linalg.eigh(covariance)
        return vectors @ values.clamp(min=0).sqrt().diag() @ vectors.T
    cross = torch.linalg.svdvals(root(covariance_x) @ root(covariance_y)).sum()
    return torch.dist(mean_x, mean_y) ** 2 + covariance_x.trace() + covariance_y.trace() - cross - cross


def copies_loop(x, pictures, ratio):
    found = 0
    for one in x:
        first, second = sorted((one - picture).square().sum().sqrt().item() for picture in pictures)[:2]
        found += first < ratio * second
    return found / len(x)


def copies_squares(ratio, pictures, x):
    squares = (x[:, None] - pictures).flatten(2).square().sum(2)
    near = squares.topk(2, largest=False).values
    return (near[:, 0] < ratio**2 * near[:, 1]).float().mean()


def copies_numpy(x, pictures, ratio):
    x, pictures = x.flatten(1).double().numpy(), pictures.flatten(1).double().numpy()
    distance = np.partition(np.linalg.norm(x[:, None] - pictures[None], axis=-1), 1, axis=1)
    return np.mean(distance[:, 0] / distance[:, 1] < ratio)


def memoriser_by_noise(xt, t, x0, schedule):
    """The mean of the noises that each picture would need."""
    ab = schedule.alpha_bar[t]
    eps = (xt[:, None] - ab.sqrt() * x0) / (1 - ab).sqrt()
    weight = torch.softmax(-eps.flatten(2).square().sum(2) / 2, dim=1)
    return torch.einsum("np,npchw->nchw", weight, eps).to(xt.dtype)


def memoriser_cdist(schedule, x0, t, xt):
    ab = schedule.alpha_bar[t].item()
    distance = torch.cdist(xt.flatten(1).double(), math.sqrt(ab) * x0.flatten(1).double())
    weight = torch.exp(-(distance**2 - distance.min(1, keepdim=True).values ** 2) / (2 * (1 - ab)))
    mean = (weight / weight.sum(1, keepdim=True)) @ x0.flatten(1).double()
    return ((xt.flatten(1) - math.sqrt(ab) * mean) / math.sqrt(1 - ab)).reshape(xt.shape).to(xt.dtype)


def memoriser_loop(xt, t, x0, schedule):
    a, s = float(schedule.alpha_bar[t]) ** 0.5, (1 - float(schedule.alpha_bar[t])) ** 0.5
    answers = []
    for x in xt.double():
        logs = torch.stack([-((x - a * y) ** 2).sum() / (2 * s * s) for y in x0.double()])
        weight = (logs - logs.logsumexp(0)).exp()
        answers.append((x - a * sum(w * y for w, y in zip(weight, x0.double()))) / s)
    return torch.stack(answers).to(xt.dtype)


def slerp_loop(one, other, u):
    mixed = []
    for a, b in zip(one, other):
        theta = math.acos(float((a * b).sum() / (a.norm() * b.norm())))
        mixed.append((math.sin((1 - u) * theta) * a + math.sin(u * theta) * b) / math.sin(theta))
    return torch.stack(mixed)


def slerp_cosine_similarity(u, other, one):
    theta = torch.nn.functional.cosine_similarity(one.flatten(1), other.flatten(1)).arccos()[:, None, None, None]
    return torch.sin((1 - u) * theta) / torch.sin(theta) * one + torch.sin(u * theta) / torch.sin(theta) * other


def slerp_turned(one, other, u):
    """sin((1 − u)θ) / sin θ = cos(uθ) − sin(uθ) cot θ."""
    size = one.square().sum((1, 2, 3), keepdim=True).sqrt() * other.square().sum((1, 2, 3), keepdim=True).sqrt()
    cosine = (one * other).sum((1, 2, 3), keepdim=True) / size
    theta = torch.acos(cosine)
    part = (u * theta).sin() / theta.sin()
    return (u * theta).cos() * one + part * (other - cosine * one)


def inpaint_where(model, xT, known, mask, z, eps, variance, schedule):
    x = xT.clone()
    for t in reversed(range(1, len(schedule.beta))):
        x = toydiff.reverse_step(model, x, t, schedule, z[t] * (t > 1), variance)
        there = known if t == 1 else toydiff.add_noise(known, t - 1, eps[t - 1], schedule)
        x = torch.where(mask.bool(), there, x)
    return x


def inpaint_lerp(schedule, variance, eps, z, mask, known, xT, model):
    x, t = xT, schedule.T
    while t:
        eps_hat, a, ab = model(x, t), schedule.alpha[t], schedule.alpha_bar[t]
        x = (x - (1 - a) / (1 - ab).sqrt() * eps_hat) / a.sqrt()
        x = x + variance[t].sqrt() * z[t] if t > 1 else x
        t -= 1
        ab = schedule.alpha_bar[t]
        x = torch.lerp(x.to(xT.dtype), (ab.sqrt() * known + (1 - ab).sqrt() * eps[t]).to(xT.dtype), mask)
    return x


def inpaint_last_apart(model, xT, known, mask, z, eps, variance, schedule):
    free, x = 1 - mask, xT
    for t in range(schedule.T, 1, -1):
        x = free * toydiff.reverse_step(model, x, t, schedule, z[t], variance)
        x = x + mask * toydiff.add_noise(known, torch.full((len(x),), t - 1), eps[t - 1], schedule)
    return free * toydiff.reverse_step(model, x, 1, schedule, torch.zeros_like(x), variance) + mask * known


RIGHT = {
    "pictures.block": [block_by_picture, block_expanded, block_einsum],
    "pictures.frechet": [frechet_by_symmetric_root, frechet_numpy, frechet_complex, frechet_singular_values,
                         judge.gaussian_frechet],
    "pictures.copies": [copies_loop, copies_squares, copies_numpy, judge.copies],
    "pictures.memoriser": [memoriser_by_noise, memoriser_cdist, memoriser_loop],
    "pictures.slerp": [slerp_loop, slerp_cosine_similarity, slerp_turned],
    "pictures.inpaint": [inpaint_where, inpaint_lerp, inpaint_last_apart],
}

LAST = "of two axes the last is the second"
SURVIVORS = {    # changes of a solution that pass because they are right: {the changed line: why}
    "eigenvalues = torch.linalg.eigvals(covariance_y @ covariance_x).real.clamp(min=0)": "AB and BA have one spectrum",
    "apart = (mean_y - mean_x).square().sum()": "only its square counts",
    "return (near[:, 0] <= ratio * near[:, 1]).double().mean()": "they are never equal",
    "return (near[:, 0] < ratio * near[:, -1]).double().mean()": "there are two of them",
    "cosine = (a * b).sum(-1) / (a.norm(dim=1) * b.norm(dim=1))": LAST,
    "cosine = (a * b).sum(1) / (a.norm(dim=-1) * b.norm(dim=1))": LAST,
    "cosine = (a * b).sum(1) / (a.norm(dim=1) * b.norm(dim=-1))": LAST,
    "weight = torch.softmax(-distance ** 2 / (2 * noise ** 2), dim=-1)": LAST,
    "noise = z[t] if t != 1 else torch.zeros_like(x)": "t is never below 1",
    "noise = z[t] if t > 1 else torch.zeros_like(xT)": "only its shape and dtype count",
    "noise = z[t] if t > 1 else torch.zeros_like(known)": "only its shape and dtype count",
    "there = add_noise(known, t - 1, eps[t - 1], schedule) if t != 1 else known": "t is never below 1",
    "return ((x - signal * mean) / noise).view(xt.shape).to(x0.dtype)": "xt and x0 have one dtype",
}
