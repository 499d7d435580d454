"""How probable each label is, given a noisy point."""

import torch

from .. import drawings
from ..engine.asking import Case
from ..engine.exercise import Exercise
from ..points import CROWD, drawn
from .sections import NOTEBOOK, TELLS


def posterior(log_q, share):
    """p(label | x_t), shape (batch, labels)."""
    return (log_q + share.log()).softmax(1)


def questions():
    """Return the cases: log densities near 0 and far below it, labels as common as others and not."""
    def case(given, n=6, labels=4, shift=0.0, share=None, dtype=torch.float64, spread=2.0):
        share = torch.arange(1, labels + 1).flip(0) if share is None else share
        log_q, share = spread * drawn(n, labels) + shift, share / share.sum()
        return Case(given, {"log_q": log_q.to(dtype), "share": share.to(dtype)})

    return [case("labels that are not equally common"), case("labels all as common", share=torch.ones(4)),
            case("two labels", labels=2), case("a point far away, where every log q is near −2000", shift=-2000.0),
            case("peaks, where every log q is near 900", shift=900.0),
            case("points near and far in one batch", shift=-400.0 * torch.arange(6)[:, None]),
            case("eight labels and three points", 3, 8), case(f"{CROWD} points", CROWD),
            case("labels that are next to impossible", spread=12.0),
            case("points of one label each, whose log q lie thousands apart", spread=3000.0),
            case("one point", 1), case("more labels than one point can be told from", 5, 20, spread=0.1),
            case("float32 numbers", dtype=torch.float32)]


def along_a_line(function):
    """Return p(label 2) of points on a line through its cell, where that label is the most common: shape (81,)."""
    x = torch.stack([drawings.LINE, torch.full_like(drawings.LINE, -0.25)], dim=1)
    log_q = torch.stack([drawings.of_cells().log_density(x, 20, label) for label in range(8)], dim=1)
    share = torch.ones(8, dtype=log_q.dtype).index_fill(0, torch.tensor(2), 5)
    return function(log_q, share / share.sum())[:, 2]


exercise = Exercise(
    "guidance.posterior", NOTEBOOK, posterior, questions(),
    hints=["Bayes: p(label | x) is `share · q(x | label)`, divided by the sum of that over all labels.",
           "exp(−2000) is 0 and 0/0 is NaN. `softmax` of the logarithms does the same without that: what is the "
           "logarithm of share · q?"],
    place=lambda index, args: f"the probability of label {index[1]} at point {index[0]}",
    draw=drawings.curve(along_a_line, x=drawings.LINE, xlabel="x of the point", ylabel="p(label 2)"))


@exercise.mistake(TELLS)
def share_forgotten(log_q, share):
    """This is right where all labels are equally common; the densities are to be weighted by `share`."""
    return log_q.softmax(1)


@exercise.mistake(TELLS)
def over_the_points(log_q, share):
    """Here each column sums to 1, over the points; each point's probabilities, one row, must."""
    return (log_q + share.log()).softmax(0)


@exercise.mistake(TELLS)
def over_everything(log_q, share):
    """Here all points and labels together sum to 1; each row must."""
    return (log_q + share.log()).flatten().softmax(0).view_as(log_q)


@exercise.mistake(TELLS)
def share_not_logged(log_q, share):
    """This weights q by exp(share); share · q has the logarithm log q + log share."""
    return (log_q + share).softmax(1)


@exercise.mistake(TELLS)
def share_divided(log_q, share):
    """This weights by 1 / share; a common label is more probable, not less."""
    return (log_q - share.log()).softmax(1)


@exercise.mistake(TELLS)
def logarithm(log_q, share):
    """This is its logarithm: probabilities lie between 0 and 1."""
    return (log_q + share.log()).log_softmax(1)


@exercise.mistake(TELLS)
def shared_afterwards(log_q, share):
    """These are the shares times q / Σ q, and no longer sum to 1: below belongs the sum of share · q."""
    return log_q.softmax(1) * share


@exercise.mistake(TELLS)
def shares_alone(log_q, share):
    """These are the shares, whatever the point is: how probable each label is before one looks."""
    return share.expand_as(log_q).clone()


@exercise.mistake(TELLS)
def share_times_log(log_q, share):
    """This has q to the power of the share; share · q has the logarithm log q + log share."""
    return (share * log_q).softmax(1)


@exercise.mistake(TELLS)
def no_logarithms(log_q, share):
    """Far away q rounds to 0, at a peak to ∞, and this is NaN. Keep to logarithms, or subtract the largest log q of
    each row before `exp`.
    """
    joint = share * log_q.exp()
    return joint / joint.sum(1, keepdim=True)


@exercise.mistake(TELLS)
def most_probable(log_q, share):
    """Only the most probable label gets a probability; the others have theirs, too."""
    joint = log_q + share.log()
    return torch.nn.functional.one_hot(joint.argmax(1), log_q.shape[1]).to(log_q.dtype)
