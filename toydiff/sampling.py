"""Sampling: start from pure noise and walk the steps back, T, T − 1, …, 1.

DDPM = Ho et al. 2020, arXiv 2006.11239; Analytic-DPM = Bao et al. 2022, arXiv 2201.06503.
"""

from itertools import repeat

import torch

from .support import validation as validate
from .forward_process import at


def posterior_mean(x0, xt, t, schedule):
    """Return the mean of q(x_{t−1} | x_t, x_0), shape (batch, 2): a mix of x0 and xt (DDPM, eq. 7).

    x0, xt: shape (batch, 2); t: an int or an integer tensor of shape (batch,), within 1…T.
    """
    validate.schedule(schedule)
    validate.points(x0, "x0")
    validate.same_shape(xt, x0, "xt", "x0")
    validate.timestep(t, schedule.T, len(x0))
    beta, alpha = at(schedule.beta, t, x0), at(schedule.alpha, t, x0)
    alpha_bar, alpha_bar_prev = at(schedule.alpha_bar, t, x0), at(schedule.alpha_bar, t - 1, x0)
    weight_x0 = alpha_bar_prev.sqrt() * beta / (1 - alpha_bar)
    weight_xt = alpha.sqrt() * (1 - alpha_bar_prev) / (1 - alpha_bar)
    return (weight_x0 * x0 + weight_xt * xt).to(x0.dtype)


def posterior_variance(schedule):
    """Return β̃_t, the variance of q(x_{t−1} | x_t, x_0), shape (T + 1,): right if x_0 were known (DDPM, eq. 7)."""
    variance = torch.zeros_like(validate.schedule(schedule).beta)
    alpha_bar = schedule.alpha_bar
    variance[1:] = (1 - alpha_bar[:-1]) / (1 - alpha_bar[1:]) * schedule.beta[1:]
    return variance


def beta_variance(schedule, careful=0):
    """Return β_t, shape (T + 1,), the larger choice (DDPM, section 3.2); 0 at t = 1: the last step adds no noise.

    careful: keep to β̃ at t <= careful. A trained network cannot undo every bit of noise added next to an
    edge in the last steps; T / 10 serves it best, the exact denoiser needs none.
    """
    return _careful_at_the_end(validate.schedule(schedule).beta.clone(), schedule, careful)


def optimal_variance(schedule, loss_per_t, careful=0):
    """Return the variance that also counts what the network does not know about x_0, shape (T + 1,).

    β̃_t + (√ᾱ_{t−1} β_t / (1 − ᾱ_t))² · (1 − ᾱ_t)/ᾱ_t · loss_t   (Analytic-DPM, theorem 1); 0 at t = 1.
    loss_per_t: the loss at each t, shape (T + 1,), as measured by training.loss_per_t; careful: see beta_variance.
    """
    validate.table(loss_per_t, validate.schedule(schedule).T, "loss_per_t")
    variance = posterior_variance(schedule)
    alpha_bar, beta = schedule.alpha_bar[1:], schedule.beta[1:]
    variance_of_x0 = (1 - alpha_bar) / alpha_bar * loss_per_t[1:].to(beta)
    variance[1:] += (schedule.alpha_bar[:-1].sqrt() * beta / (1 - alpha_bar)) ** 2 * variance_of_x0
    return _careful_at_the_end(variance, schedule, careful)


def _careful_at_the_end(variance, schedule, careful):
    end = 1 + max(validate.integer(careful, "careful", low=0), 1)     # β̃_1 is 0
    variance[:end] = posterior_variance(schedule)[:end]
    return variance


def reverse_step(model, xt, t, schedule, z, variance):
    """Return x_{t−1} given x_t: one step of DDPM's Algorithm 2 (line 4).

    xt, z: shape (batch, 2), z standard normal; t: an int within 1…T;
    variance: a table of shape (T + 1,), such as posterior_variance(schedule).
    """
    validate.model(model), validate.schedule(schedule)
    validate.points(xt, "xt")
    validate.same_shape(z, xt, "z", "xt")
    validate.table(variance, schedule.T, "variance")
    t = validate.timestep(validate.integer(t, "t"), schedule.T)
    alpha, alpha_bar = at(schedule.alpha, t, xt), at(schedule.alpha_bar, t, xt)
    eps = validate.answer(model(xt, t), xt)                                   # (batch, 2)
    mean = (xt - (1 - alpha) / (1 - alpha_bar).sqrt() * eps) / alpha.sqrt()   # (batch, 2)
    return (mean + at(variance, t, xt).sqrt() * z).to(xt.dtype)


@torch.no_grad()
def ddpm(model, schedule, xT, seed=None, variance=None):
    """Walk from noise to data with DDPM's Algorithm 2; yield (t, x_t) for t = T, T − 1, …, 0.

    xT: where to start, shape (batch, 2), usually standard normal; variance: a table of shape (T + 1,),
    posterior_variance(schedule) by default; seed: an int, a torch.Generator or None.
    """
    x = validate.points(xT, "xT")
    schedule, source = validate.schedule(schedule).to(x.device), validate.noise_source(seed, x.device)
    variance = posterior_variance(schedule) if variance is None else validate.table(variance, schedule.T, "variance")
    variance = variance.to(schedule.beta)    # to its device and dtype

    yield schedule.T, x
    for t in range(schedule.T, 0, -1):
        z = torch.randn(x.shape, generator=source, device=x.device, dtype=x.dtype)
        x = reverse_step(model, x, t, schedule, z, variance)
        yield t - 1, x


def in_pieces(model, size=5000):
    """Return the same model, which looks at `size` points at a time: what it computes then stays in a CPU's cache."""
    validate.model(model), validate.integer(size, "size", low=1)

    def answer(xt, t):
        if len(validate.points(xt, "xt", finite=False)) <= size:
            return model(xt, t)
        ts = t.split(size) if isinstance(t, torch.Tensor) and t.ndim else repeat(t)
        return torch.cat([model(*piece) for piece in zip(xt.split(size), ts)])
    return answer


def sample(model, schedule, n, seed=None, variance=None, device="cpu", batch_size=100_000):
    """Draw n new points from the model: float32, shape (n, 2). At most batch_size are under way at once.

    Other arguments as in ddpm. Raises ValueError for n < 1.
    """
    n, batch_size = validate.integer(n, "n", low=1), validate.integer(batch_size, "batch_size", low=1)
    source = validate.noise_source(seed, device)
    if torch.device(device).type == "cpu":
        model = in_pieces(model)    # half the time of one large piece
    samples = torch.empty(n, 2, device=device)
    for batch in samples.split(batch_size):    # each a view of its part
        xT = torch.randn(batch.shape, generator=source, device=device)
        for _, x in ddpm(model, schedule, xT, source, variance):
            pass
        batch.copy_(x)
    return samples
