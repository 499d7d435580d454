"""One step of training: the loss, its gradient, the weights moved."""

import torch

from ...forward_process import add_noise
from .. import drawings
from ..columns import noised_at_t_minus_1
from ..engine.asking import Case, Unreadable, as_number
from ..engine.exercise import Exercise
from ..networks import flat, small_network, worn_network
from ..points import COSINE, CROWD, EVERY_T, LINEAR, LONG, ONE, T_MIXED, T_OF_20, T_OF_300, TWIN, alone, batch
from .loss import difference, loss
from .sections import ALGORITHM, NOTEBOOK


def training_step(model, optimizer, x0, t, eps, schedule):
    """One step downhill; the loss before it."""
    return downhill(optimizer, loss(model, x0, t, eps, schedule))


def downhill(optimizer, value):
    """Move the weights down the slope of the loss `value`; return it as a number."""
    optimizer.zero_grad()
    value.backward()
    optimizer.step()
    return value.item()


def silenced(seed, T):
    """Return a network that answers nearly 0."""
    model = small_network(seed, T)
    with torch.no_grad():
        for p in model.layers[-1].parameters():
            p.mul_(1e-3)
    return model


def steps():
    """Return the cases: optimizers with and without a memory, for one step and more."""
    def case(given, optimizer, times=1, network=5, dtype=torch.float64, make=small_network, **other):
        args = batch(dtype=dtype, **other)
        model = make(network, args["schedule"].T).to(dtype)
        return Case(given, {"model": model, "optimizer": optimizer(model.parameters()), **args}, times)

    def sgd(weights, lr=0.1, **other):
        return torch.optim.SGD(weights, lr=lr, **other)

    first, other = case("one step of plain gradient descent (SGD)", sgd), batch(T_MIXED.flip(0), TWIN, seed=9)
    slower = sgd(first.args["model"].parameters(), lr=0.03)
    return [*alone(first, optimizer=slower, **other),
            case("another network and all else the same", sgd, network=6),
            case("three steps of SGD", sgd, 3),
            case("three steps of SGD, t = 60 for every point", sgd, 3, 6, t=torch.full((6,), 60)),
            case("three steps of SGD with momentum", lambda weights: sgd(weights, momentum=0.9), 3, 8),
            case("three steps of Adam", lambda weights: torch.optim.Adam(weights, lr=0.01), 3, t=T_MIXED.clamp(2)),
            case("gradients that are left of an earlier step", sgd, make=worn_network),
            case("a loss of nearly 0", sgd, make=silenced, far=1e-3), case("a loss above 1000", sgd, far=100.0),
            case("a batch of one point", sgd, t=torch.tensor([30])),
            case(f"{CROWD} points of every t", sgd, 2, t=EVERY_T),
            case("another schedule, of 20 steps", sgd, 2, 7, t=T_OF_20, schedule=COSINE),
            case("a schedule of 300 steps", sgd, t=T_OF_300, schedule=LONG),
            case("a schedule of one step", sgd, t=torch.ones(3).long(), schedule=ONE),
            case("float32 points", sgd, 2, dtype=torch.float32)]


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


def descent(f):
    """Return the losses of 60 steps of a small network."""
    model = small_network(1).float()
    optimizer, t = torch.optim.Adam(model.parameters(), lr=0.03), torch.arange(1, 101).repeat(4)
    return [f(model, optimizer, drawings.board(400), t, drawings.noise(400, step), LINEAR) for step in range(60)]


exercise = Exercise(
    "training.training_step", NOTEBOOK, training_step, steps(),
    hints=["Three calls follow the loss: forget the old gradients, compute the new ones, move the weights.",
           "`optimizer.zero_grad()`, `value.backward()`, `optimizer.step()`, in this order.",
           "Return the loss that you computed before the step, as a number: `value.item()`."],
    changes=("model", "optimizer"), read=read_step, place=in_the_step,
    draw=drawings.curve(descent, xlabel="step", ylabel="loss"))


@exercise.mistake(ALGORITHM)
def no_zero_grad(model, optimizer, x0, t, eps, schedule):
    """Gradients of earlier steps are still in the sum: is `optimizer.zero_grad()` called before each `backward`?"""
    value = loss(model, x0, t, eps, schedule)
    value.backward()
    optimizer.step()
    return value.item()


@exercise.mistake(ALGORITHM)
def zeroed_afterwards(model, optimizer, x0, t, eps, schedule):
    """Gradients that were there before the first step are in its
    sum: call `optimizer.zero_grad()` before `backward`.
    """
    value = loss(model, x0, t, eps, schedule)
    value.backward()
    optimizer.step()
    optimizer.zero_grad()
    return value.item()


@exercise.mistake(ALGORITHM)
def unmoved(model, optimizer, x0, t, eps, schedule):
    """The weights of `model` do not move. Does `step` follow `backward`, with no
    `zero_grad` between, and does the gradient reach `model` itself?
    """
    value = loss(model, x0, t, eps, schedule)
    optimizer.zero_grad()
    value.backward()
    return value.item()


@exercise.mistake(ALGORITHM)
def late(model, optimizer, x0, t, eps, schedule):
    """Each step uses the gradient of the step before: first `backward`, then `optimizer.step()`."""
    value = loss(model, x0, t, eps, schedule)
    optimizer.step()
    optimizer.zero_grad()
    value.backward()
    return value.item()


@exercise.mistake(ALGORITHM)
def uphill(model, optimizer, x0, t, eps, schedule):
    """It steps uphill, so the loss grows. Is there a minus too many before the loss, its gradient or the rate?"""
    value = loss(model, x0, t, eps, schedule)
    return -downhill(optimizer, -value)


@exercise.mistake(ALGORITHM)
def two_moves(model, optimizer, x0, t, eps, schedule):
    """The weights move twice for one gradient: one `optimizer.step()` is enough."""
    value = loss(model, x0, t, eps, schedule)
    optimizer.zero_grad()
    value.backward()
    optimizer.step()
    optimizer.step()
    return value.item()


@exercise.mistake(ALGORITHM)
def two_gradients(model, optimizer, x0, t, eps, schedule):
    """The gradient counts double: is `backward` called twice, or does it begin at twice the loss that you return?"""
    value = loss(model, x0, t, eps, schedule)
    optimizer.zero_grad()
    value.backward(retain_graph=True)
    value.backward()
    optimizer.step()
    return value.item()


@exercise.mistake(ALGORITHM)
def loss_afterwards(model, optimizer, x0, t, eps, schedule):
    """The loss that you return is that after the step; asked was the one before it."""
    training_step(model, optimizer, x0, t, eps, schedule)
    return loss(model, x0, t, eps, schedule).item()


@exercise.mistake(ALGORITHM)
def summed(model, optimizer, x0, t, eps, schedule):
    """Loss and gradient are those of a sum, so the steps grow with the batch; take the mean."""
    return downhill(optimizer, (difference(model, x0, t, eps, schedule) ** 2).sum())


@exercise.mistake(ALGORITHM)
def per_point(model, optimizer, x0, t, eps, schedule):
    """Loss and gradient come out twice as large, as if the two
    coordinates were added up: take the mean over them, too.
    """
    return downhill(optimizer, (difference(model, x0, t, eps, schedule) ** 2).sum(1).mean())


@exercise.mistake(ALGORITHM)
def noise_t_minus_1(model, optimizer, x0, t, eps, schedule):
    """The network is told t, but the points were noised to t − 1."""
    xt = noised_at_t_minus_1(x0, t, eps, schedule)
    return downhill(optimizer, ((model(xt, t) - eps) ** 2).mean())


@exercise.mistake(ALGORITHM)
def no_noise(model, optimizer, x0, t, eps, schedule):
    """The network sees x_0, without noise; give it x_t."""
    return downhill(optimizer, ((model(x0, t) - eps) ** 2).mean())


@exercise.mistake(ALGORITHM)
def target_x0(model, optimizer, x0, t, eps, schedule):
    """The network learns to answer x_0; it should learn ε."""
    xt = add_noise(x0, t, eps, schedule)
    return downhill(optimizer, ((model(xt, t) - x0) ** 2).mean())
