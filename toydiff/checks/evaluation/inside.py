"""The share of points in a filled cell."""

from .. import drawings
from ..engine.exercise import Exercise
from ..points import only
from .sections import NOTEBOOK, OWN, SAMPLES
from .shares import BOARD, PERCENT, clouds, share


def inside(x, board):
    """The share of points in a filled cell."""
    return share(board.contains(x))


exercise = Exercise(
    "evaluation.inside", NOTEBOOK, inside, clouds(),
    hints=["`board.contains(x)` answers for each point.", "True counts as 1: `.float().mean()`."],
    place=only("the number"), number=True,
    draw=drawings.curve(lambda f: [f(drawings.blurred(spread), BOARD) for spread in drawings.SPREADS],
        drawings.SPREADS, "blur of a board"))


def in_square(x):
    """Return whether a point is in the square, filled or not."""
    return (x.abs() <= 1).all(1)


@exercise.mistake(SAMPLES)
def outside(x, board):
    """This is the share outside."""
    return share(~board.contains(x))


@exercise.mistake(SAMPLES)
def number(x, board):
    """This is how many are inside; divide by the number of points."""
    return board.contains(x).double().sum()


@exercise.mistake(SAMPLES, says=PERCENT)
def percent(x, board):
    """A hundred times the share."""
    return 100 * share(board.contains(x))


@exercise.mistake(SAMPLES)
def square(x, board):
    """This is the share in the whole square; half of its cells are empty."""
    return share(in_square(x))


@exercise.mistake(SAMPLES)
def of_those_in_the_square(x, board):
    """Of the points in the square, this is the share inside; strays outside of it must count, too."""
    return board.contains(x).double().sum() / in_square(x).sum()


@exercise.mistake(OWN)
def of_those_inside(x, board):
    """This is 1 as soon as one point is inside. Is there an `.any()`, or a division by those inside? Divide by all
    points.
    """
    return board.contains(x).double().sum() / board.contains(x).sum()
