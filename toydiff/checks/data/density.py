"""The probability density of the board."""

from .. import drawings
from ..engine.exercise import Exercise
from .board import BOARD, at_point, cells, on_board, places
from .sections import NOTEBOOK, WHAT


def density(x):
    """1/2 in a filled cell, else 0; shape (batch,)."""
    return BOARD.density(x)


exercise = Exercise(
    "data.density", NOTEBOOK, density, places(),
    hints=["It must add up to 1: density × area = 1.", "How large are all eight cells of 0.5 × 0.5 together?"],
    place=at_point,
    draw=drawings.image(lambda f: f(drawings.plane(1.4, 56)).reshape(56, 56).T, "x", "y"))


@exercise.mistake(WHAT)
def yes_or_no(x):
    """1 is a yes, not a density: it would add up to 2 over the filled area."""
    return BOARD.contains(x).to(x.dtype)


@exercise.mistake(WHAT)
def whole_square(x):
    """1/4 in filled cells is the density of the whole square; only half of it is filled."""
    return BOARD.contains(x) / 4


@exercise.mistake(WHAT)
def everywhere(x):
    """This is the density of points spread over the whole square, empty cells included."""
    return on_board(cells(x)) / 4


@exercise.mistake(WHAT)
def one_cell(x):
    """1/8 is the probability of a cell; divide it by the area of the cell, 1/4."""
    return BOARD.contains(x) / 8


@exercise.mistake(WHAT)
def area(x):
    """2 is the filled area; the density is 1 divided by it."""
    return BOARD.contains(x) * 2.0


@exercise.mistake(WHAT)
def empty_cells(x):
    """The density is 1/2 in the empty cells, it should be so in the filled ones."""
    return (on_board(cells(x)) & ~BOARD.contains(x)) / 2
