"""Patient 6: a training loop that takes the same batch again and again."""

import torch

from ...training import loss
from .. import drawings
from ..engine.asking import Case, Unreadable
from ..engine.exercise import Exercise
from ..networks import flat, small_network
from ..points import LINEAR, LONG, TWIN, alone, batch
from ..training.sections import ALGORITHM, NOTEBOOK as TRAINING
from .sections import NOTEBOOK

ROOM = 100    # for losses in an answer


def patient_6(model, optimizer, batches, schedule):
    """The losses of one step for each batch."""
    losses = []
    for x0, t, eps in batches:
        value = loss(model, x0, t, eps, schedule)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        losses.append(value.item())
    return losses


def as_it_came(model, optimizer, batches, schedule):
    """Return the losses with its fault."""
    return patient_6(model, optimizer, [batches[0] for _ in batches], schedule)


def courses():
    """Return the cases: a network, an optimizer and some batches."""
    def case(given, lengths, make=torch.optim.SGD, lr=0.1, dtype=torch.float64, first=0, network=5, schedule=LINEAR):
        model = small_network(network).to(dtype)
        several = [batch(torch.arange(schedule.T, 0, -(schedule.T // n))[:n], seed=seed, dtype=dtype)
                   for seed, n in enumerate(lengths, first)]
        batches = [(one["x0"], one["t"], one["eps"]) for one in several]
        return Case(given, {"model": model, "optimizer": make(model.parameters(), lr=lr), "batches": batches,
                            "schedule": schedule})

    four = case("four batches and SGD", [6, 6, 6, 6])
    return [*alone(four, optimizer=torch.optim.SGD(four.args["model"].parameters(), lr=0.03), schedule=TWIN,
                   batches=case("", [6, 6, 6, 6], first=7).args["batches"]),
            case("another network and all else the same", [6, 6, 6, 6], network=6),
            case("five batches and Adam", 5 * [4], torch.optim.Adam, 0.02),
            case("thirty batches", 30 * [5]), case("a schedule of 300 steps", [6, 6, 6], schedule=LONG),
            case("batches of different length", [6, 2, 5]), case("a single batch", [6]),
            case("float32 points", [6, 6, 6], dtype=torch.float32)]


def read_course(value, after):
    """Return how many losses there are, they, the last one again and again, and the weights after the course."""
    try:
        losses = torch.tensor([float(one) for one in value], dtype=torch.float64)
    except (TypeError, ValueError, RuntimeError):
        came = type(value).__name__
        raise Unreadable(f"it returns an object of type {came}, the list of losses was wanted.") from None
    if len(losses) > ROOM:
        n = len(after["batches"])
        raise Unreadable(f"it returns {len(losses)} losses for {n} batches: one for each was wanted.")
    weights = flat(after["model"])
    count = torch.tensor([len(losses)])
    rest = losses[-1] if len(losses) else torch.tensor(0.0)
    return torch.cat([count, losses, rest.expand(ROOM - len(losses)), weights]).to(weights)


def in_the_course(index, args):
    """Say where: an entry of `read_course`."""
    if index[0] > ROOM:
        return f"weight {index[0] - ROOM - 1} of the network afterwards"
    return f"loss {index[0]} of the list (its last one, where it is shorter)" if index[0] else "the number of losses"


def a_course():
    """Return the arguments of a course of 60 small batches."""
    model, t = small_network(1).float(), torch.arange(1, 101)
    batches = [(drawings.board(6000)[100 * i:100 * i + 100], t, drawings.noise(100, seed=i)) for i in range(60)]
    return model, torch.optim.Adam(model.parameters(), lr=0.03), batches, LINEAR


exercise = Exercise(
    "clinic.patient_6", NOTEBOOK, patient_6, courses(), handed_out=as_it_came,
    hints=["Print `x0[0]` in the loop. How often does it change?",
           "`iter` begins anew each time, and `next` takes the first."],
    changes=("model", "optimizer"), read=read_course, place=in_the_course,
    draw=drawings.curve(lambda f: f(*a_course()), xlabel="step", ylabel="loss"))


@exercise.mistake(ALGORITHM, TRAINING)
def last_batch(model, optimizer, batches, schedule):
    """Now it is always the last batch."""
    return patient_6(model, optimizer, [batches[-1] for _ in batches], schedule)


@exercise.mistake(ALGORITHM, TRAINING)
def first_left_out(model, optimizer, batches, schedule):
    """The first batch is left out."""
    return patient_6(model, optimizer, batches[1:], schedule)


@exercise.mistake(ALGORITHM, TRAINING)
def one_step(model, optimizer, batches, schedule):
    """It ends after one batch."""
    return patient_6(model, optimizer, batches[:1], schedule)


@exercise.mistake(ALGORITHM, TRAINING)
def twice(model, optimizer, batches, schedule):
    """It goes through all batches twice."""
    return patient_6(model, optimizer, batches + batches, schedule)


@exercise.mistake(ALGORITHM, TRAINING)
def backwards(model, optimizer, batches, schedule):
    """It goes through the batches from the last to the first."""
    return patient_6(model, optimizer, batches[::-1], schedule)


@exercise.mistake(ALGORITHM, TRAINING)
def no_zero_grad(model, optimizer, batches, schedule):
    """The gradients of all steps add up: `optimizer.zero_grad()` belongs in each step, before `backward()`."""
    losses = []
    for x0, t, eps in batches:
        value = loss(model, x0, t, eps, schedule)
        value.backward()
        optimizer.step()
        losses.append(value.item())
    return losses


@exercise.mistake(ALGORITHM, TRAINING)
def nothing_learned(model, optimizer, batches, schedule):
    """The weights stay as they were. Does each step call `backward()` on the loss itself and then `optimizer.step()`,
    with no `zero_grad()` between?
    """
    losses = []
    for x0, t, eps in batches:
        value = loss(model, x0, t, eps, schedule)
        value.backward()
        losses.append(value.item())
    return losses
