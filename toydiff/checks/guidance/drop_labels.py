"""Which labels the network is told in training, and which not."""

import torch

from .. import drawings
from ..engine.asking import Case
from ..engine.exercise import Exercise
from ..points import CROWD, alone
from .sections import LABEL, NOTEBOOK


def drop_labels(label, u, share, null):
    """The labels, shape (batch,), a share of them exchanged for the null label."""
    return label.masked_fill(u < share, null)


def questions():
    """Return the cases: labels, and for each a number between 0 and 1."""
    u = torch.rand(CROWD, generator=torch.Generator().manual_seed(3))
    u[[0, 7]] = torch.tensor([0.0, 0.5])    # 0 is drawn now and then, and is not below a share of 0
    label = torch.randint(1000, (CROWD,), generator=torch.Generator().manual_seed(4))

    def case(given, n=40, share=0.3, null=8, dtype=torch.float32, there=1000):
        return Case(given, {"label": label[:n] % min(null, there), "u": u[:n].to(dtype), "share": share, "null": null})

    five = Case("a batch of five, labels from 1 and `null` = 0", {
        "label": 1 + label[:5] % 8, "u": u[:5], "share": 0.6, "null": 0})
    return [*alone(case("a share of 0.3"), label=label[:40] % 5, u=u[:40].flip(0), share=0.7, null=11),
            case("one in ten", share=0.1), case("half of them", share=0.5),
            case("none", share=0.0), case("all", share=1.0), case("two labels", null=2),
            case(f"{CROWD} data of a thousand labels", n=CROWD, null=1000),
            five, case("a batch of one", n=1), case("a batch in which the last labels do not occur", there=4),
            case("u in float64", dtype=torch.float64)]


def how_many(function):
    """Return how many of 400 data are told each of eight labels, and how many none, for a picture: shape (9,)."""
    label, u = torch.arange(400) % 8, torch.rand(400, generator=torch.Generator().manual_seed(5))
    return (function(label, u, 0.3, 8)[:, None] == torch.arange(9)).sum(0)


exercise = Exercise(
    "guidance.drop_labels", NOTEBOOK, drop_labels, questions(),
    hints=["`u < share` is true for about a `share` of them.",
           "`torch.where(condition, a, b)` takes `a` where the condition holds and `b` elsewhere."],
    place=lambda index, args: f"the label at place {index[0]}, whose u is {args['u'][index[0]]:.2f},",
    draw=drawings.bars(how_many, [*range(8), "none"]))


@exercise.mistake(LABEL)
def the_others(label, u, share, null):
    """It is the other way round: the labels that should be kept are exchanged."""
    return label.masked_fill(u >= share, null)


@exercise.mistake(LABEL)
def above(label, u, share, null):
    """The labels whose u is above `share` are exchanged; exchange those whose u is below it."""
    return label.masked_fill(u > share, null)


@exercise.mistake(LABEL)
def null_0(label, u, share, null):
    """What is dropped becomes 0, but that is a label as good as any; the null label is `null`."""
    return label.masked_fill(u < share, 0)


@exercise.mistake(LABEL)
def null_minus_1(label, u, share, null):
    """What is dropped becomes −1; the network's null label is `null`, the number after the last label."""
    return label.masked_fill(u < share, -1)


@exercise.mistake(LABEL)
def one_lot_for_all(label, u, share, null):
    """All labels are dropped, or none, by the first u alone; each label goes by its own u."""
    return torch.full_like(label, null) if u[0] < share else label


@exercise.mistake(LABEL)
def the_first(label, u, share, null):
    """The first labels of the batch are dropped, however their lots fall."""
    return label.masked_fill(torch.arange(len(label)) < round(share * len(label)), null)


@exercise.mistake(LABEL)
def never(label, u, share, null):
    """All labels are kept, so the network never learns what to answer without one."""
    return label.clone()


@exercise.mistake(LABEL)
def always(label, u, share, null):
    """All labels are dropped, so the network never learns what they mean."""
    return torch.full_like(label, null)


@exercise.mistake(LABEL)
def one_of_ten(label, u, share, null):
    """It is always one in ten; the share is an argument."""
    return label.masked_fill(u < 0.1, null)


@exercise.mistake(LABEL)
def last_label(label, u, share, null):
    """What is dropped becomes `null − 1`, which is the last label; the null label comes after it."""
    return label.masked_fill(u < share, null - 1)
