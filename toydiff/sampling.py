"""Sampling: start from pure noise and walk the steps back, T, T − 1, …, 1.

DDPM = Ho et al. 2020, arXiv 2006.11239; Analytic-DPM = Bao et al. 2022, arXiv 2201.06503.
"""

import torch

from .forward_process import at
from .support.contract import checked
from .support.devices import find_device, noise_source
from .support.pieces import in_pieces, parts


@checked
def posterior_mean(x0, xt, t, schedule):
    """Return the mean of q(x_{t−1} | x_t, x_0), shape (batch, …): a mix of x0 and xt (DDPM, eq. 7).

    x0, xt: shape (batch, …); t: an int or an integer tensor of shape (batch,), within 1…T.
    """
    beta, alpha = at(schedule.beta, t, x0), at(schedule.alpha, t, x0)
    alpha_bar, alpha_bar_prev = at(schedule.alpha_bar, t, x0), at(schedule.alpha_bar, t - 1, x0)
    weight_x0 = alpha_bar_prev.sqrt() * beta / (1 - alpha_bar)
    weight_xt = alpha.sqrt() * (1 - alpha_bar_prev) / (1 - alpha_bar)
    return (weight_x0 * x0 + weight_xt * xt).to(x0.dtype)


@checked
def posterior_variance(schedule):
    """Return β̃_t, the variance of q(x_{t−1} | x_t, x_0), shape (T + 1,): right if x_0 were known (DDPM, eq. 7)."""
    variance = torch.zeros_like(schedule.beta)
    alpha_bar = schedule.alpha_bar
    variance[1:] = (1 - alpha_bar[:-1]) / (1 - alpha_bar[1:]) * schedule.beta[1:]
    return variance


@checked
def beta_variance(schedule, careful=0):
    """Return β_t, shape (T + 1,), the larger choice (DDPM, section 3.2); 0 at t = 1: the last step adds no noise.

    careful: keep to β̃ at t <= careful. A trained network cannot undo every bit of noise added next to an
    edge in the last steps; T / 10 serves it best, the exact denoiser needs none.
    """
    return _careful_at_the_end(schedule.beta, schedule, careful)


@checked
def optimal_variance(schedule, loss_per_t, careful=0):
    """Return the variance that also counts what the network does not know about x_0, shape (T + 1,).

    β̃_t + (√ᾱ_{t−1} β_t / (1 − ᾱ_t))² · (1 − ᾱ_t)/ᾱ_t · loss_t   (Analytic-DPM, theorem 1); 0 at t = 1.
    loss_per_t: the loss at each t, shape (T + 1,), as measured by training.loss_per_t; careful: see beta_variance.
    """
    variance = posterior_variance(schedule)
    alpha_bar, beta = schedule.alpha_bar[1:], schedule.beta[1:]
    variance_of_x0 = (1 - alpha_bar) / alpha_bar * loss_per_t[1:].to(beta)
    variance[1:] += (schedule.alpha_bar[:-1].sqrt() * beta / (1 - alpha_bar)) ** 2 * variance_of_x0
    return _careful_at_the_end(variance, schedule, careful)


def _careful_at_the_end(variance, schedule, careful):
    end = 1 + max(careful, 1)    # β̃_1 is 0
    return torch.cat([posterior_variance(schedule)[:end], variance[end:]])


@checked(finite=True)
def reverse_step(model, xt, t, schedule, z, variance):
    """Return x_{t−1} given x_t: one step of DDPM's Algorithm 2 (line 4).

    xt, z: shape (batch, …), z standard normal; t: an int or an integer tensor of shape (batch,), within 1…T;
    variance: a table of shape (T + 1,), such as posterior_variance(schedule).
    """
    alpha, alpha_bar = at(schedule.alpha, t, xt), at(schedule.alpha_bar, t, xt)
    eps = model(xt, t)                                                        # (batch, …)
    mean = (xt - (1 - alpha) / (1 - alpha_bar).sqrt() * eps) / alpha.sqrt()   # (batch, …)
    return (mean + at(variance, t, xt).sqrt() * z).to(xt.dtype)


@checked(finite=True)
@torch.no_grad()
def ddpm(model, schedule, xT, seed=None, variance=None):
    """Walk from noise to data with DDPM's Algorithm 2; yield (t, x_t) for t = T, T − 1, …, 0.

    xT: where to start, shape (batch, …), usually standard normal; variance: a table of shape (T + 1,),
    posterior_variance(schedule) by default; seed: an int, a torch.Generator or None.
    """
    x, schedule, source = xT, schedule.to(xT.device), noise_source(seed, xT.device)
    variance = (posterior_variance(schedule) if variance is None else variance).to(schedule.beta)

    yield schedule.T, x
    for t in range(schedule.T, 0, -1):
        z = torch.randn(x.shape, generator=source, device=x.device, dtype=x.dtype)
        x = reverse_step(model, x, t, schedule, z, variance)
        yield t - 1, x


@checked(driver=True)
@torch.no_grad()
def sample(model, schedule, n, seed=None, *, walk=ddpm, shape=None, device="cpu", batch_size=100_000, **options):
    """Draw n new data from the model: float32, shape (n, *shape). At most batch_size are under way at once.

    walk: how, a sampler such as ddpm; options: what it takes beside model, schedule, xT and seed, such as variance;
    shape: of one datum; by default the model's, else (2,). Raises ValueError for n < 1.
    """
    shape = getattr(model, "shape", (2,)) if shape is None else tuple(shape)
    device = find_device(device)
    source = noise_source(seed, device)
    samples = torch.empty(n, *shape, device=device, dtype=torch.float32)
    for part, batch in zip(parts(model, n, batch_size), samples.split(batch_size)):    # each a view of its part
        asked = in_pieces(part) if device.type == "cpu" else part    # half the time of one large piece
        xT = torch.randn(batch.shape, generator=source, device=device, dtype=torch.float32)
        for _, x in walk(asked, schedule, xT, seed=source, **options):
            pass
        batch.copy_(x)
    return samples
