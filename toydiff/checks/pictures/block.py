"""A residual block of the U-Net: what is seen is added to what came."""

import torch
from torch import nn

from .. import drawings
from ..engine.asking import Case
from ..engine.exercise import Exercise
from ..networks import filled
from ..points import alone
from .sections import NOTEBOOK, UNET
from .small import by_pixel, normal, small, trained


def block(x, told, see, tell, look_again, past):
    """What leaves the block, shape (batch, go, h, w)."""
    scale, shift = halves(told, tell)
    return past(x) + look_again(see(x) * (1 + scale) + shift)


def halves(told, tell):
    """Return the factor and the summand of each channel, shape (batch, go, 1, 1) both."""
    return tell(told)[:, :, None, None].chunk(2, dim=1)


def blocks():
    """Return the cases: layers with weights of their own; in the last but one a forgotten pixel axis goes unnoticed."""
    def case(given, n=2, come=2, go=3, height=4, width=5, seed=1, dtype=torch.float64, plain=False, untold=False):
        layers = {"see": nn.Conv2d(come, go, 3, padding=1), "tell": nn.Linear(2, 2 * go),
                  "look_again": nn.Sequential(nn.SiLU(), nn.Conv2d(go, go, 3, padding=1)),
                  "past": nn.Identity() if plain else nn.Conv2d(come, go, 1)}
        layers = {name: filled(layer, seed + i).to(dtype) for i, (name, layer) in enumerate(layers.items())}
        told = small(n, 1, 2, seed=seed + 9)[:, 0, 0].to(dtype) * (0 if untold else 1)
        return Case(given, {"x": small(n, height, width, come, seed, dtype), "told": told, **layers})

    another = case("", seed=4).args
    return [*alone(case("two channels in, three out"), **another), case("101 pictures", n=101),
            case("as many channels out as in", go=2, seed=3),
            case("a `past` that changes nothing", go=2, plain=True), case("a picture of one pixel", height=1, width=1),
            case("wide pictures", height=2, width=6, seed=7), case("a single picture", n=1),
            case("told = 0", untold=True), case("as many pictures as rows, as many channels as columns", 3, 2, 4, 3, 4),
            case("float32 pictures", dtype=torch.float32)]


def of_the_course(function):
    """Return what the network's own first block makes of a scan, 32 channels, shape (32, 1, 8, 8)."""
    model, _, scans = trained()
    its = model.above
    return function(model.come_in(scans[:1]), normal(1, 64), its.see, its.tell, its.look_again, its.past) / 3


exercise = Exercise(
    "pictures.block", NOTEBOOK, block, blocks(),
    hints=["Four lines: scale and shift, what is seen and told, and what came, past all of that.",
           "`tell(told)` has shape (batch, 2 go). `[:, :, None, None]` makes room for pixels, `.chunk(2, dim=1)` "
           "halves it.",
           "`past(x) + look_again(seen)`, where `seen = see(x) * (1 + scale) + shift`."],
    through="see tell look_again past", place=by_pixel, draw=drawings.pictures(of_the_course, columns=8))


@exercise.mistake(UNET)
def nothing_past(x, told, see, tell, look_again, past):
    """This is what `look_again` says alone; in a residual block it is added to what came, `past(x)`."""
    scale, shift = halves(told, tell)
    return look_again(see(x) * (1 + scale) + shift)


@exercise.mistake(UNET)
def past_left_out(x, told, see, tell, look_again, past):
    """Here x itself is added. Where channels differ that stops, and `past` is there to make them alike."""
    scale, shift = halves(told, tell)
    return x + look_again(see(x) * (1 + scale) + shift)


@exercise.mistake(UNET)
def seen_past(x, told, see, tell, look_again, past):
    """Here what was seen is added; past the layers goes what came in, `past(x)`."""
    scale, shift = halves(told, tell)
    seen = see(x) * (1 + scale) + shift
    return seen + look_again(seen)


@exercise.mistake(UNET)
def deaf(x, told, see, tell, look_again, past):
    """It makes no difference what is told: the block knows neither how much noise there is nor what is asked for."""
    return past(x) + look_again(see(x))


@exercise.mistake(UNET)
def no_one(x, told, see, tell, look_again, past):
    """The factor is `scale` here; with `1 + scale` a block that is told nothing leaves what it sees as it is."""
    scale, shift = halves(told, tell)
    return past(x) + look_again(see(x) * scale + shift)


@exercise.mistake(UNET)
def turned_round(x, told, see, tell, look_again, past):
    """Scale and shift are exchanged: the first half is the scale."""
    shift, scale = halves(told, tell)
    return past(x) + look_again(see(x) * (1 + scale) + shift)


@exercise.mistake(UNET)
def shift_scaled(x, told, see, tell, look_again, past):
    """The shift is multiplied by 1 + scale as well; only what is seen should be. Are there brackets too many?"""
    scale, shift = halves(told, tell)
    return past(x) + look_again((see(x) + shift) * (1 + scale))


@exercise.mistake(UNET)
def every_other(x, told, see, tell, look_again, past):
    """Every other number is the scale here; the first half is the scale, the second the shift."""
    both = tell(told)[:, :, None, None]
    return past(x) + look_again(see(x) * (1 + both[:, ::2]) + both[:, 1::2])


@exercise.mistake(UNET)
def told_as_row(x, told, see, tell, look_again, past):
    """What is told meets rows and columns of the picture, not its channels: `[:, :, None, None]` makes room."""
    scale, shift = tell(told).chunk(2, dim=1)
    return past(x) + look_again(see(x) * (1 + scale) + shift)


@exercise.mistake(UNET)
def told_last(x, told, see, tell, look_again, past):
    """What is told acts on what `look_again` says; `look_again` is to know it already."""
    scale, shift = halves(told, tell)
    return past(x) + look_again(see(x)) * (1 + scale) + shift


@exercise.mistake(UNET)
def seen_once(x, told, see, tell, look_again, past):
    """`look_again` makes no difference here; it is to see what the first look has found."""
    scale, shift = halves(told, tell)
    return past(x) + see(x) * (1 + scale) + shift


@exercise.mistake(UNET)
def averaged(x, told, see, tell, look_again, past):
    """This is half the answer. Are the two averaged? A residual block adds them."""
    return block(x, told, see, tell, look_again, past) / 2
