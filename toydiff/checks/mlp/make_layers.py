"""A network of PyTorch's own layers, as deep and as wide as asked."""

import copy

import torch
from torch import nn

from ..engine.asking import Case, Unreadable
from ..engine.exercise import Exercise
from .sections import NETWORK, NOTEBOOK


def make_layers(hidden, n):
    """3 to hidden, n times hidden to hidden, hidden to 2; a ReLU between them."""
    return nn.Sequential(nn.Linear(3, hidden), nn.ReLU(), *between(hidden, n), nn.Linear(hidden, 2))


def between(hidden, n):
    """Return n layers from hidden to hidden, each made anew, each with a ReLU after it."""
    return [layer for _ in range(n) for layer in (nn.Linear(hidden, hidden), nn.ReLU())]


def read_layers(made, after):
    """Return what tells networks apart: weights to learn, how the matrices start, answers with known weights."""
    if not isinstance(made, nn.Module):
        raise Unreadable(f"it returns an object of type {type(made).__name__}, an `nn.Sequential(…)` was wanted: "
                         "PyTorch finds the weights in that, but not those in a list.")
    if vars(made).get("read_as") == id(made):    # a copy of one that was read has another id
        raise Unreadable("it returns the very same network as before, so that whoever trains the one trains the other: "
                         "make its layers inside of the function, and keep nothing from one call to the next.")
    made.read_as = id(made)
    weights = [p for p in made.parameters() if p.requires_grad]
    starts = {tuple(p.flatten().tolist()) for p in weights if p.ndim == 2}
    matrices = [p.detach() for p in weights if p.ndim == 2 and p.numel() > 1]
    lopsided = sum(p.numel() for p in matrices) * torch.cat([p.sign().flatten() for p in matrices] or [torch.ones(1)]
                                                            ).mean().abs().eq(1)
    tiny = sum(0 < p.std() * p.shape[1] ** 0.5 < TINY for p in matrices)
    flat = sum(bool((p == p[0, 0]).all()) for p in matrices)
    flat -= flat == 1 and bool((matrices[-1] == 0).all())    # the last layer alone may start with 0, and often does
    x = torch.tensor([[0.5, -1, 0.2], [-0.3, 0.8, 0.9], [1, 1, 0.5], [-2, -1, 0.1]])
    try:
        with torch.no_grad():
            for p in made.parameters():    # a function of the shape, so that the order of the layers does not matter
                p.copy_(torch.sin(1.7 * torch.arange(p.numel()) + len(p)).reshape(p.shape))
            answer = made.train()(x)
            chancy = not torch.equal(answer, made(x)) or not torch.equal(answer, made.eval()(x))
    except Exception as error:
        raise Unreadable(f"the network stops when it is given 4 points of 3 numbers: {str(error)[:150]}.") from None
    if not isinstance(answer, torch.Tensor) or answer.shape != (4, 2):
        raise Unreadable("the network, given 4 points of 3 numbers, does not answer with shape (4, 2).")
    if chancy:
        raise Unreadable("the network answers otherwise when it is asked again, or after `.eval()`, as with a dropout: "
                         "there should be nothing in it but `nn.Linear` and `nn.ReLU`.")
    counts = torch.tensor([sum(p.numel() for p in weights), flat, len(starts), lopsided, tiny])
    return torch.cat([counts, answer.flatten()]).double()


def in_layers(index, args):
    """Say where: an entry of `read_layers`."""
    return ("the number of weights to learn", "the number of weight matrices that start with all numbers alike",
            "the number of weight matrices that start different",
            "the number of weights that start with one sign alone",
            "the number of weight matrices that start so small that nothing gets through",
            "with known weights, one of the answers")[min(index[0], 5)]


TINY = 0.01    # of 1 / √inputs, the size at which numbers keep theirs from layer to layer


exercise = Exercise(
    "mlp.make_layers", NOTEBOOK, make_layers,
    cases=[Case(f"hidden = {hidden}, n = {n}", {"hidden": hidden, "n": n})
           for hidden, n in ((8, 2), (8, 3), (7, 2), (5, 3), (6, 1), (70, 1), (3, 12), (4, 0))],
    hints=["Begin with a list: `[nn.Linear(3, hidden), nn.ReLU()]`. A loop adds two entries in each pass.",
           "Each pass must make its own `nn.Linear(hidden, hidden)`.",
           "`nn.Sequential(*layers)` takes the entries of a list as its layers."],
    read=read_layers, place=in_layers)


@exercise.mistake(NETWORK)
def shared(hidden, n):
    """The hidden layers share one set of weights, as with `[layer]
    * n` or a layer made before the loop. Make each anew.
    """
    same = [nn.Linear(hidden, hidden), nn.ReLU()] * n
    return nn.Sequential(nn.Linear(3, hidden), nn.ReLU(), *same, nn.Linear(hidden, 2))


@exercise.mistake(NETWORK)
def copies(hidden, n):
    """The hidden layers all start with the same weights, as copies do, or
    layers drawn after one seed. Let `nn.Linear` draw each anew.
    """
    one = nn.Linear(hidden, hidden)
    alike = [layer for _ in range(n) for layer in (copy.deepcopy(one), nn.ReLU())]
    return nn.Sequential(nn.Linear(3, hidden), nn.ReLU(), *alike, nn.Linear(hidden, 2))


@exercise.mistake(NETWORK)
def no_relu(hidden, n):
    """The network answers as if it had no ReLU: all layers together are then no more than a single one."""
    linear = [nn.Linear(hidden, hidden) for _ in range(n)]
    return nn.Sequential(nn.Linear(3, hidden), *linear, nn.Linear(hidden, 2))


@exercise.mistake(NETWORK)
def relu_last(hidden, n):
    """The network answers as with a ReLU after the last layer as well: it could never answer with a negative noise."""
    return nn.Sequential(*make_layers(hidden, n), nn.ReLU())


@exercise.mistake(NETWORK)
def no_relu_between(hidden, n):
    """The network answers as if only the first layer had a ReLU after it; each hidden layer needs one, too."""
    linear = [nn.Linear(hidden, hidden) for _ in range(n)]
    return nn.Sequential(nn.Linear(3, hidden), nn.ReLU(), *linear, nn.Linear(hidden, 2))


@exercise.mistake(NETWORK)
def one_more(hidden, n):
    """There is one hidden layer too many: the first and the last layer do not count among the n."""
    return make_layers(hidden, n + 1)


@exercise.mistake(NETWORK)
def one_fewer(hidden, n):
    """One hidden layer is missing: the first and the last layer do not count among the n."""
    return make_layers(hidden, n - 1)


@exercise.mistake(NETWORK)
def no_bias(hidden, n):
    """The layers have no bias, so at (0, 0, 0) the answer is always 0."""
    first, last = nn.Linear(3, hidden, bias=False), nn.Linear(hidden, 2, bias=False)
    middle = [layer for _ in range(n) for layer in (nn.Linear(hidden, hidden, bias=False), nn.ReLU())]
    return nn.Sequential(first, nn.ReLU(), *middle, last)


@exercise.mistake(NETWORK)
def silu(hidden, n):
    """The network answers as with SiLU in the place of ReLU; ReLU was asked."""
    return with_another(nn.SiLU, hidden, n)


@exercise.mistake(NETWORK)
def tanh(hidden, n):
    """The network answers as with tanh in the place of ReLU; ReLU was asked."""
    return with_another(nn.Tanh, hidden, n)


@exercise.mistake(NETWORK)
def no_relu_first(hidden, n):
    """The network answers as if the first layer had no ReLU after it: each layer but the last has one."""
    return nn.Sequential(nn.Linear(3, hidden), *between(hidden, n), nn.Linear(hidden, 2))


def with_another(activation, hidden, n):
    """Return the right network, but for what stands in the place of the ReLU."""
    return nn.Sequential(*(activation() if isinstance(layer, nn.ReLU) else layer for layer in make_layers(hidden, n)))
