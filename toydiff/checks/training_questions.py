"""What is asked at station 4, training, and how the answers are read."""

import torch
from torch import nn

from ..mlp import ReferenceMLP
from .forward_process import COSINE, LINEAR
from .engine.asking import Case, Network, Unreadable, as_number, draws_anew

T_MIXED = torch.tensor([1, 3, 10, 50, 99, 100])


# --- timesteps drawn at random: not compared one by one, but as a crowd -----------------------------------

def draws():
    """Return the cases of `draw_t`."""
    return [Case(f"n = 40,000 and T = {T}", {"n": 40_000, "T": T, "source": torch.Generator().manual_seed(T)})
            for T in (10, 3)]


def crowd(t, args):
    """Describe many timesteps: how many, how often two neighbours are equal, and how often each of 0 … T + 1 comes."""
    T = args["T"]
    if t.ndim != 1 or len(t) < 2:
        return t.double()
    counts = torch.bincount(t.long().clamp(0, T + 1), minlength=T + 2) / len(t) * T
    equal = (t[1:] == t[:-1]).double().mean() * T
    return torch.cat([torch.stack([torch.tensor(len(t) / args["n"]), equal]), counts]).double()


def in_the_crowd(index, args):
    """Say where: an entry of `crowd`."""
    first = ("the number of timesteps, as a share of n,",
             f"how often two neighbours are equal, relative to 1/{args['T']},")
    if index[0] < 2:
        return first[index[0]]
    t = index[0] - 2
    return f"how often t = {t}{' or more' if t > args['T'] else ''} comes, relative to 1/{args['T']},"


def exactly_n(ask):
    """Complain if not exactly n timesteps come."""
    for n in (1, 7, 1000):
        t = ask(n=n, T=100, source=torch.Generator().manual_seed(n))
        if not isinstance(t, torch.Tensor) or t.shape != (n,):
            return f"With n = {n} the answer is not a tensor of shape ({n},)."
    return None


def anew(ask):
    """Complain if neither the seed nor what was drawn before makes a difference."""
    return draws_anew(lambda source: ask(n=50, T=100, source=source), "timesteps")


# --- networks in training ---------------------------------------------------------------------------------

def wavy(xt, t):
    """A model that is wrong everywhere, and differently at each t."""
    return torch.sin(3 * xt + t[:, None] / 7) + t[:, None] / 50


def silent(xt, t):
    """A model that always answers 0."""
    return torch.zeros_like(xt)


def filled(model, seed):
    """Return the model in float64, its weights drawn anew by the seed alone."""
    source = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for p in model.double().parameters():
            p.copy_(torch.randn(p.shape, generator=source, dtype=torch.float64) / 2)
    return model


def small_network(seed, schedule=LINEAR):
    """Return a small network."""
    return filled(ReferenceMLP(schedule, hidden=3), seed)


def batch(n=6, t=T_MIXED, schedule=LINEAR, dtype=torch.float64, seed=2):
    """Return x0, t, eps and schedule, for the arguments of a case."""
    source = torch.Generator().manual_seed(seed)
    x0, eps = (torch.randn(6, 2, generator=source, dtype=torch.float64)[:n].to(dtype) for _ in range(2))
    return {"x0": x0, "t": t[:n], "eps": eps, "schedule": schedule}


def losses():
    """Return the cases of `loss`."""
    def case(given, model=Network(wavy), **other):
        return Case(given, {"model": model, **batch(**other)})

    return [case("a different t for each point"), case("a model that always answers 0", Network(silent), seed=3),
            case("t = T for every point", t=torch.full((6,), 100)),
            case("two points", n=2, t=torch.tensor([90, 20])), case("a batch of one point", n=1, t=torch.tensor([30])),
            case("another schedule, of 20 steps", t=torch.tensor([2, 5, 8, 12, 16, 19]), schedule=COSINE),
            case("a real network", small_network(4)),
            case("a real network in float32", small_network(4).float(), dtype=torch.float32),
            case("float32 points", dtype=torch.float32)]


def steps():
    """Return the cases of `training_step`."""
    def case(given, optimizer, times=1, seed=5, schedule=LINEAR, dtype=torch.float64, **other):
        model = small_network(seed, schedule=schedule).to(dtype)
        return Case(given, {"model": model, "optimizer": optimizer(model.parameters()),
                            **batch(schedule=schedule, dtype=dtype, **other)}, times)

    def sgd(weights):
        return torch.optim.SGD(weights, lr=0.1)

    late = torch.tensor([2, 5, 8, 12, 16, 19])
    return [case("one step of plain gradient descent (SGD)", sgd),
            case("three steps of SGD", sgd, 3),
            case("three steps of SGD, t = 60 for every point", sgd, 3, 6, t=torch.full((6,), 60)),
            case("three steps of Adam", lambda weights: torch.optim.Adam(weights, lr=0.01), 3, t=T_MIXED.clamp(2)),
            case("a batch of one point", sgd, n=1, t=torch.tensor([30])),
            case("another schedule, of 20 steps", sgd, 2, 7, t=late, schedule=COSINE),
            case("float32 points", sgd, 2, dtype=torch.float32)]


def flat(model):
    """Return all weights of a model in one row."""
    return torch.cat([torch.zeros(0), *(p.detach().flatten() for p in model.parameters())])


def read_step(value, after):
    """Return the loss and, behind it, the weights after the step."""
    value = as_number(value)
    if not isinstance(value, torch.Tensor) or value.numel() != 1:
        raise Unreadable(f"it returns an object of type {type(value).__name__}, the loss as one number was wanted.")
    if value.requires_grad:
        raise Unreadable("it returns a tensor that still remembers how it was computed: return a number, "
                         "`value.item()`.")
    weights = flat(after["model"])
    return torch.cat([value.reshape(1).to(weights), weights])


def in_the_step(index, args):
    """Say where: an entry of `read_step`."""
    return "the loss that it returns" if index[0] == 0 else f"weight {index[0] - 1} of the network afterwards"


def averages():
    """Return the cases of `ema_update`."""
    def case(given, decay, times=1, seeds=(1, 2), dtype=torch.float64):
        average, model = (filled(nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 2)), seed).to(dtype) for seed in seeds)
        return Case(given, {"average": average.requires_grad_(False), "model": model, "decay": decay}, times)

    return [case("decay = 0.9", 0.9), case("decay = 0.9, three times", 0.9, 3), case("decay = 0.2", 0.2),
            case("decay = 0.999", 0.999), case("decay = 0, no memory at all", 0.0),
            case("an average that is there already", 0.9, seeds=(3, 3)),
            case("float32 weights", 0.7, dtype=torch.float32)]


def read_average(value, after):
    """Return the weights of the average after the update."""
    if not isinstance(value, nn.Module):
        raise Unreadable(f"it returns an object of type {type(value).__name__}: return `average`, the network.")
    if any(p.requires_grad for p in after["average"].parameters()):
        raise Unreadable("the average starts to record gradients, and would grow with every step: work under "
                         "`with torch.no_grad():`.")
    weights = flat(after["average"])
    if not torch.equal(flat(value), weights):
        raise Unreadable("it returns another network than the `average` it was given.")
    return weights


# --- numbers, tables, loaders -----------------------------------------------------------------------------

def rates():
    """Return the cases of `decayed_lr`."""
    return [Case(f"step {step} of {steps}, lr = {lr:g}", {"step": step, "steps": steps, "lr": lr})
            for step, steps, lr in ((1, 1000, 0.01), (500, 1000, 0.01), (1000, 1000, 0.01), (3, 8, 2.0), (8, 8, 0.5),
                                    (250, 999, 0.004), (1, 1, 0.1))]


def floors():
    """Return the cases of `gaussian_floor`."""
    return [Case("the variance of the board, 1/3", {"alpha_bar": LINEAR.alpha_bar, "variance": 1 / 3}),
            Case("variance 1", {"alpha_bar": LINEAR.alpha_bar, "variance": 1.0}),
            Case("variance 4 and the cosine schedule", {"alpha_bar": COSINE.alpha_bar, "variance": 4.0}),
            Case("variance 0.01", {"alpha_bar": COSINE.alpha_bar, "variance": 0.01}),
            Case("a float32 table", {"alpha_bar": LINEAR.alpha_bar.float(), "variance": 0.5})]


class Loader:
    """Goes through points in batches, shuffled anew in each pass, as a torch.utils.data.DataLoader does."""

    def __init__(self, points, size, seed):
        self.points, self.size, self.seed, self.passes = points, size, seed, 0

    def __len__(self):
        return len(self.points) // self.size

    def __iter__(self):
        self.passes += 1
        order = torch.randperm(len(self.points), generator=torch.Generator().manual_seed(100 * self.seed + self.passes))
        return iter([self.points[some] for some in order.split(self.size)])


def loaders():
    """Return the cases of `batches`."""
    return [Case(f"{count} batches in the loader and steps = {steps}", {
        "loader": Loader(torch.arange(1.0, 4 * count + 1), 4, count), "steps": steps})
        for count, steps in ((3, 7), (2, 8), (5, 5), (4, 2), (1, 4), (3, 9))]
