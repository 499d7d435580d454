"""As many batches as there are steps, pass after pass."""

import itertools
import math

import torch

from .. import drawings
from ..engine.asking import Case
from ..engine.exercise import Exercise
from ..points import alone
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
    """Goes through points in batches, shuffled anew in each pass, as a torch.utils.data.DataLoader does.

    generator: what it draws its orders from, like that one's; seed: of it.
    """

    def __init__(self, points, size, seed):
        self.points, self.size, self.seed = points, size, seed
        self.generator = torch.Generator().manual_seed(seed)

    def __deepcopy__(self, memo):
        new = Loader(self.points.clone(), self.size, self.seed)
        new.generator.set_state(self.generator.get_state())
        return new

    def __len__(self):
        return len(self.points) // self.size

    def __iter__(self):
        order = torch.randperm(len(self.points), generator=self.generator)
        return iter([self.points[some] for some in order.split(self.size)])


def courses():
    """Return the cases: loaders of some batches, fewer or more than are asked for, of points of any shape."""
    def case(count, steps, seed=0, size=4, shape=(), dtype=torch.float32):
        points = torch.arange(1, count * size * math.prod(shape) + 1, dtype=dtype).reshape(-1, *shape)
        what = f" of shape {(size, *shape)}" if shape else " of whole numbers" * (dtype == torch.int64)
        return Case(f"{count} batch{'es' * (count > 1)}{what} in the loader and steps = {steps}",
                    {"loader": Loader(points, size, seed or count), "steps": steps})

    return [*alone(case(3, 7), loader=case(3, 7, 9).args["loader"], steps=8), case(2, 8), case(5, 5), case(4, 2),
            case(1, 4), case(3, 9, dtype=torch.int64), case(4, 1), case(3, 5, size=7), case(2, 5, size=1),
            case(4, 9, shape=(2,)), case(3, 4, shape=(2, 3)), case(30, 200, size=2)]


exercise = Exercise(
    "training.batches", NOTEBOOK, batches,
    cases=courses(),
    hints=["`for batch in loader:` goes through one pass. Each time it begins, the points are shuffled anew.",
           "Put a `while` around the `for`, and leave when there are enough batches.",
           "`torch.stack(list_of_batches)` makes one tensor of them."],
    changes=("loader",), place=lambda index, args: f"in batch {index[0] + 1} number {list(index[1:])}",
    draw=drawings.image(lambda f: f(Loader(torch.arange(16.0), 4, 1), 12), "in a batch", "batch"))


def first(several, steps):
    """Return the first `steps` of several batches."""
    return torch.stack(list(itertools.islice(several, steps)))


def passes(loader, part=list):
    """Yield part(loader), pass after pass."""
    while True:
        yield from part(loader)


@exercise.mistake(ALGORITHM)
def cycle(loader, steps):
    """From the second pass on, the order is that of the first, as a list or
    `itertools.cycle` freezes it. Begin each pass with a new `for batch in loader`.
    """
    return first(itertools.cycle(loader), steps)


@exercise.mistake(ALGORITHM)
def first_of_each_pass(loader, steps):
    """Each batch is the first one of a new pass, as `next(iter(loader))` gives it. Finish the pass first."""
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
