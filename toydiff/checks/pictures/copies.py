"""The share of copies among pictures."""

import torch

from ... import judge
from .. import drawings
from ..engine.asking import Case
from ..engine.exercise import Exercise
from ..points import only
from .sections import COPIED, NOTEBOOK
from .small import small


def copies(x, pictures, ratio):
    """The share of x that are copies of one of `pictures`, a number."""
    return judge.copies(x, pictures, ratio)


def crowds():
    """Return the cases: copies, near copies and new ones, none of them at the very edge."""
    pictures, new = small(7), small(9, seed=8)
    half_way = pictures[:1] + torch.tensor([0.1, 0.2, 0.3, 0.5, 0.7]).view(-1, 1, 1, 1) * (pictures[1:2] - pictures[:1])

    def case(given, x, pictures=pictures, ratio=1 / 3, dtype=torch.float64):
        return Case(given, {"x": x.to(dtype), "pictures": pictures.to(dtype), "ratio": ratio})

    mixed = torch.cat([pictures[:3] + 0.05 * small(3, seed=9), new[:5], half_way])
    blank, all_over, one_pixel = torch.zeros(1, 1, 2, 3), torch.full((1, 1, 2, 3), 0.1), torch.zeros(1, 1, 2, 3)
    one_pixel[..., 0, 0] = 1
    far, many = torch.cat([mixed, 20 + new]), small(301, seed=10)
    some = torch.cat([many[150:] + 0.05 * small(151, seed=11), small(150, seed=12)])
    return [case("copies among new ones", mixed), case("pictures on the way from one to another", half_way),
            case("the same, three times as bright", 3 * half_way, 3 * pictures),
            case("the same, a hundred times darker", half_way / 100, pictures / 100),
            case("nothing but copies", pictures[:4] + 0),
            case("301 pictures to copy from, and half as many copies", some, many),
            case("pictures far from all", far), case("two pictures to copy from", mixed, pictures[:2]),
            case("ratio = 0.6", mixed, ratio=0.6), case("ratio = 0.15", mixed, ratio=0.15),
            case("pictures to copy from in another order", mixed, pictures.flip(0)),
            case("a single picture", half_way[:1]),
            case("one near that differs a little everywhere, one far that differs in one pixel", blank,
                 torch.cat([all_over, one_pixel])),
            case("the other way round", blank, torch.cat([3 * all_over, one_pixel / 2])),
            case("a picture that stands twice among those to copy from", pictures[:1],
                 torch.cat([pictures, pictures[:1]])),
            case("pictures of 2 × 8 pixels", *(value.reshape(-1, 1, 2, 8) for value in (mixed, pictures))),
            case("float32 pictures", mixed, dtype=torch.float32)]


RATIOS = torch.linspace(0.05, 0.95, 19).tolist()


def by_ratio(function):
    """Return the share for pictures on all ways from one to another, over the ratio."""
    two = small(2)
    way = two[:1] + torch.linspace(0, 1, 50).view(-1, 1, 1, 1) * (two[1:] - two[:1])
    return [function(way, two, ratio) for ratio in RATIOS]


exercise = Exercise(
    "pictures.copies", NOTEBOOK, copies, crowds(), number=True, place=only("the share"),
    draw=drawings.curve(by_ratio, x=RATIOS, xlabel="ratio", ylabel="share of copies"),
    hints=["`torch.cdist(x.flatten(1), pictures.flatten(1))` has a row for each of x, a column for each picture.",
           "`.topk(2, largest=False).values` or `.sort(1).values[:, :2]`: the two smallest of each row.",
           "A copy: the smallest is below `ratio` times the second smallest. The mean of yes and no is the share."])


def distances(x, pictures):
    """Return the distances from each of x to all pictures, smallest first."""
    return torch.cdist(x.flatten(1), pictures.flatten(1)).sort(1).values


@exercise.mistake(COPIED)
def number(x, pictures, ratio):
    """This is the number of copies; asked is their share."""
    near = distances(x, pictures)
    return (near[:, 0] < ratio * near[:, 1]).sum()


@exercise.mistake(COPIED)
def any_distance(x, pictures, ratio):
    """The nearest is compared with `ratio` itself; it is to be compared with the second nearest."""
    return (distances(x, pictures)[:, 0] < ratio).double().mean()


@exercise.mistake(COPIED)
def of_the_mean(x, pictures, ratio):
    """The nearest is compared with the mean of all distances; it is to be compared with the second nearest."""
    near = distances(x, pictures)
    return (near[:, 0] < ratio * near.mean(1)).double().mean()


@exercise.mistake(COPIED)
def of_the_farthest(x, pictures, ratio):
    """The nearest is compared with the farthest; it is to be compared with the second nearest."""
    near = distances(x, pictures)
    return (near[:, 0] < ratio * near[:, -1]).double().mean()


@exercise.mistake(COPIED)
def squared(x, pictures, ratio):
    """This is as if squared distances were compared: their ratio is the square of the one that is asked for."""
    near = distances(x, pictures).square()
    return (near[:, 0] < ratio * near[:, 1]).double().mean()


@exercise.mistake(COPIED)
def other_side(x, pictures, ratio):
    """This asks of each of `pictures` whether it is a copy; asked is that of each of x."""
    near = distances(pictures, x)
    return (near[:, 0] < ratio * near[:, min(1, near.shape[1] - 1)]).double().mean()


@exercise.mistake(COPIED)
def within_x(x, pictures, ratio):
    """The second distance is that to another of x; both are to be distances to `pictures`."""
    others = distances(x, x)
    return (distances(x, pictures)[:, 0] < ratio * others[:, min(1, len(x) - 1)]).double().mean()


@exercise.mistake(COPIED)
def new_ones(x, pictures, ratio):
    """This is the share of the new ones; asked is that of the copies."""
    near = distances(x, pictures)
    return (near[:, 0] >= ratio * near[:, 1]).double().mean()


@exercise.mistake(COPIED)
def ratio_turned(x, pictures, ratio):
    """`ratio` is on the wrong side: the nearest is to be smaller than `ratio` times the second, not than the second by
    it.
    """
    near = distances(x, pictures)
    return (near[:, 0] < near[:, 1] / ratio).double().mean()


@exercise.mistake(COPIED)
def absolute(x, pictures, ratio):
    """Here a distance is the sum of absolute differences; it is the root of the summed squares."""
    near = torch.cdist(x.flatten(1), pictures.flatten(1), p=1).sort(1).values
    return (near[:, 0] < ratio * near[:, 1]).double().mean()
