"""As many batches as there are steps, pass after pass."""

import itertools

import torch

from ..engine.asking import Case
from ..engine.exercise import Exercise
from .sections import ALGORITHM, NOTEBOOK


def batches(loader, steps):
    """The first `steps` batches of as many passes as it takes."""
    taken = []
    while True:
        for batch in loader:
            taken.append(batch)
            if len(taken) == steps:
                return torch.stack(taken)


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


exercise = Exercise(
    "training.batches", NOTEBOOK, batches,
    cases=[Case(f"{count} batches in the loader and steps = {steps}", {
        "loader": Loader(torch.arange(1.0, 4 * count + 1), 4, count), "steps": steps})
        for count, steps in ((3, 7), (2, 8), (5, 5), (4, 2), (1, 4), (3, 9))],
    hints=["`for batch in loader:` goes through one pass. Each time it begins, the points are shuffled anew.",
           "Put a `while` around the `for`, and leave when there are enough batches.",
           "`torch.stack(list_of_batches)` makes one tensor of them."],
    changes=("loader",), place=lambda index, args: f"in batch {index[0] + 1} number {index[1] + 1}")


def first(several, steps):
    """Return the first `steps` of several batches."""
    return torch.stack(list(itertools.islice(several, steps)))


def passes(loader, part=list):
    """Yield part(loader), pass after pass."""
    while True:
        yield from part(loader)


@exercise.mistake(ALGORITHM)
def cycle(loader, steps):
    """From the second pass on, the order is that of the first: `itertools.cycle`
    and lists freeze the shuffle. Begin each pass with a new `for batch in loader`.
    """
    return first(itertools.cycle(loader), steps)


@exercise.mistake(ALGORITHM)
def first_of_each_pass(loader, steps):
    """Each batch is the first one of a new pass: `iter(loader)` begins again. Finish the pass first."""
    return torch.stack([next(iter(loader)) for _ in range(steps)])


@exercise.mistake(ALGORITHM)
def one_batch(loader, steps):
    """It is the same batch again and again."""
    return torch.stack(steps * [next(iter(loader))])


@exercise.mistake(ALGORITHM)
def one_pass(loader, steps):
    """It ends after one pass. When the loader is through, begin another pass."""
    return first(loader, steps)


@exercise.mistake(ALGORITHM)
def last_left_out(loader, steps):
    """The last batch of each pass is left out."""
    return first(passes(loader, lambda loader: list(loader)[:-1] or loader), steps)


@exercise.mistake(ALGORITHM)
def first_left_out(loader, steps):
    """The first batch of each pass is left out."""
    return first(passes(loader, lambda loader: list(loader)[1:] or loader), steps)


@exercise.mistake(ALGORITHM)
def one_too_many(loader, steps):
    """There is one batch too many: leave the loop as soon as there are `steps`."""
    return first(passes(loader), steps + 1)


@exercise.mistake(ALGORITHM)
def joined(loader, steps):
    """The batches are joined to one long batch; `torch.stack` keeps them apart."""
    return torch.cat(list(itertools.islice(passes(loader), steps)))
