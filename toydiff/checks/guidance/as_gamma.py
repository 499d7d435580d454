"""Which γ another library means by its number."""

import torch

from .. import drawings
from ..engine.asking import Case
from ..engine.exercise import Exercise
from ..points import only
from .sections import COUNTING, NOTEBOOK


def as_gamma(combine, scale):
    """The γ of ε_∅ + γ (ε_c − ε_∅) that combine(ε_c, ε_∅, scale) comes to: a number."""
    return combine(torch.tensor(1.0), torch.tensor(0.0), scale)


def beyond_the_label(eps, null, scale):
    """Count from the label on (Ho & Salimans, eq. 6)."""
    return (1 + scale) * eps - scale * null


def from_nothing(eps, null, scale):
    """Count from no label on, as this course does."""
    return null + scale * (eps - null)


def weights(eps, null, scale):
    """Write the same with a weight each (Imagen, eq. 2)."""
    return scale * eps + (1 - scale) * null


def steps_of_one(eps, null, scale):
    """Take 1 off first."""
    return eps + (scale - 1) * (eps - null)


def mixed(eps, null, scale):
    """Mix the two by their shares: 0 is the label alone."""
    return torch.lerp(eps, null, -scale)


def per_cent(eps, null, scale):
    """Count in per cent."""
    return null + scale / 100 * (eps - null)


def doubled(eps, null, scale):
    """Count both ways at once."""
    return eps + scale * (eps - null) + (scale - 1) * (eps - null)


exercise = Exercise(
    "guidance.as_gamma", NOTEBOOK, as_gamma,
    [Case(f"a library that computes `{code}`, and its scale {scale:g}", {"combine": combine, "scale": scale})
     for combine, code, scale in [
         (beyond_the_label, "(1 + scale) * eps - scale * null", 2.0),
         (from_nothing, "null + scale * (eps - null)", 2.0),
         (weights, "scale * eps + (1 - scale) * null", 7.5), (weights, "scale * eps + (1 - scale) * null", 1.238),
         (steps_of_one, "eps + (scale - 1) * (eps - null)", 4.0),
         (mixed, "torch.lerp(eps, null, -scale)", 1.5), (per_cent, "null + scale / 100 * (eps - null)", 250.0),
         (doubled, "eps + (2 * scale - 1) * (eps - null)", 3.0),
         (beyond_the_label, "(1 + scale) * eps - scale * null", 0.0),
         (from_nothing, "null + scale * (eps - null)", -1.0)]],
    hints=["`combine` can be asked: which two numbers for `eps` and `null` tell how much of `eps` is in the answer?",
           "ε_∅ + γ (ε_c − ε_∅) is γ, if ε_c = 1 and ε_∅ = 0."],
    place=only("γ"), number=True,
    draw=drawings.curve(lambda f: [f(beyond_the_label, scale) for scale in range(6)], x=range(6),
                        xlabel="their scale, in (1 + scale) ε_c − scale ε_∅", ylabel="γ"))


@exercise.mistake(COUNTING)
def scale_itself(combine, scale):
    """The scale is taken for γ. Some count from the label on, and then γ = 1 + scale: ask `combine`."""
    return scale


@exercise.mistake(COUNTING)
def one_more(combine, scale):
    """1 + scale is right for those who count from the label on, and for nobody else: ask `combine`."""
    return 1 + scale


@exercise.mistake(COUNTING)
def the_other_weight(combine, scale):
    """This is the weight of the answer without a label, 1 − γ."""
    return combine(torch.tensor(0.0), torch.tensor(1.0), scale)


@exercise.mistake(COUNTING)
def both_weights(combine, scale):
    """This is always 1. Is `combine` asked with two answers that are both 1? The two weights always make 1."""
    return combine(torch.tensor(1.0), torch.tensor(1.0), scale)


@exercise.mistake(COUNTING)
def beyond_one(combine, scale):
    """This is γ − 1, how far it goes beyond the label: their w, not our γ."""
    return combine(torch.tensor(1.0), torch.tensor(0.0), scale) - 1


@exercise.mistake(COUNTING)
def difference_of_weights(combine, scale):
    """This is the difference of the two weights, γ − (1 − γ); γ is the first of them."""
    return combine(torch.tensor(1.0), torch.tensor(-1.0), scale)


@exercise.mistake(COUNTING)
def in_units_of_scale(combine, scale):
    """This is the scale times the γ at scale 1; not everybody's γ is proportional to the scale."""
    return scale * combine(torch.tensor(1.0), torch.tensor(0.0), 1.0)
