"""Is it drawn by chance, evenly, each on its own? What is asked of many draws, and how sharp the question is.

Each statistic refuses a right answer once in a hundred million (RARE). With MANY draws, the deviations that are seen
with a probability of 0.99 at least: one of 8 or 10 equally likely things that comes 5 % too often, of 300 one that
comes 50 % too often; draws that hang on one a fixed distance before them, with a correlation of 0.02; whatever is
dealt out so that all come equally often. tests/checks/test_draws.py holds these numbers.
"""

import time

import torch

FEW, MANY = 5000, 400_000    # how many are drawn: by everyone, and by who takes less than SECONDS for it
SECONDS = 1.5
TRIES, PATIENCE = 5, 0.25
RARE = 1e-8


def plenty(draw):
    """Return draw(n) for a large n, or for a smaller one where drawing takes long; what is no tensor, as it comes."""
    for _ in range(TRIES):    # it may be others who have the processor
        start = time.perf_counter()
        few = draw(FEW)
        if (time.perf_counter() - start) * MANY / FEW < SECONDS:
            return draw(MANY)
        if time.perf_counter() - start > PATIENCE:
            break
    return few


def form(drawn):
    """Say of which form an answer is: its shape and dtype, or the type that it is instead of a tensor."""
    if isinstance(drawn, torch.Tensor):
        return f"has shape {tuple(drawn.shape)} and is {drawn.dtype}"
    return f"is of type {type(drawn).__name__}"


def counted(kinds, shares, name):
    """Complain if some kind comes too often or too rarely, or if all come more evenly than chance would have it.

    kinds: the kind of each draw, integers from 0, shape (n,); shares: how often each should come, 0 for none;
    name: says what kind number i is.
    """
    counts = torch.bincount(kinds, minlength=len(shares)).double()
    if stray := (counts * (shares == 0)).nonzero().flatten().tolist():
        return f"Of {len(kinds):,} draws {int(counts[stray[0]]):,} are {name(stray[0])}: none should be."
    counts, wanted, which = counts[shares > 0], (shares * len(kinds))[shares > 0], (shares > 0).nonzero().flatten()
    half, deviation = torch.tensor((len(counts) - 1) / 2).double(), ((counts - wanted) ** 2 / wanted).sum() / 2
    if half and torch.special.gammaincc(half, deviation) < RARE:
        i = ((counts - wanted) ** 2 / wanted).argmax()
        return (f"Of {len(kinds):,} draws {int(counts[i]):,} are {name(which[i].item())}, "
                f"about {wanted[i].item():,.0f} should be: that is no chance.")
    if half and torch.special.gammainc(half, deviation) < RARE:
        return (f"{len(kinds):,} draws fall more evenly than chance lets them: dealt out, each as often as the others? "
                "Draw each on its own.")
    return None


def mirrored(kinds, number):
    """Complain if each kind comes as often as the one that it is mirrored to, more evenly than chance lets them."""
    counts = torch.bincount(kinds, minlength=number).double()
    one, other = counts[:number // 2], counts.flip(0)[:number // 2]
    half, deviation = torch.tensor(number // 2 / 2).double(), ((one - other) ** 2 / (one + other)).sum() / 2
    if torch.special.gammainc(half, deviation) < RARE:
        return (f"{len(kinds):,} draws are mirrored: what comes from the one end comes as often from the other. Draw "
                "each on its own.")
    return None


def dealt(several, shares):
    """Complain if, again and again, a few draws fall more evenly than chance lets them.

    several: a list of the kinds of few draws each, as in `counted`.
    """
    deviation = sum((((torch.bincount(kinds, minlength=len(shares)) - shares * len(kinds)) ** 2)[shares > 0]
                     / (shares * len(kinds))[shares > 0]).sum() for kinds in several) / 2
    half = torch.tensor(len(several) * ((shares > 0).sum().item() - 1) / 2).double()
    if half and torch.special.gammainc(half, deviation) < RARE:
        return (f"{len(several)} times {len(several[0])} draws fall more evenly than chance lets them: dealt out, or a "
                "permutation? Draw each on its own.")
    return None


def linked(values, what):
    """Complain if a draw hangs on the one a fixed distance before it. values: numbers, shape (n,)."""
    n, values = len(values), values.double() - values.double().mean()
    if not values.any():
        return None
    spectrum = torch.fft.rfft(values)
    alike = torch.fft.irfft(spectrum.abs() ** 2, n=n)[1:n // 2 + 1] / (values ** 2).sum()
    if alike.abs().max() * n**0.5 > -torch.special.ndtri(torch.tensor(RARE / n).double()):
        lag = alike.abs().argmax().item()
        return (f"{what} is no chance once that of the draw {lag + 1} before it is known: their correlation is "
                f"{alike[lag].item():.2g}. Draw each on its own.")
    return None


def copied(points, what):
    """Complain if draws come more than once, or if there are few values that they can have. points: shape (n, …)."""
    bits = points.double().contiguous().view(torch.int64).reshape(len(points), -1)
    key = sum(column * odd for column, odd in zip(bits.T, (0x9E3779B97F4A7C15 >> 1 | 1, 0x2545F4914F6CDD1D)))
    different = len(torch.unique(key))    # sorting rows would take twenty times as long
    if different < 0.95 * len(points):
        return f"{len(points):,} draws have only {different:,} different values of {what}."
    return None
