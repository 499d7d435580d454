"""Is a point in a filled cell?"""

from .. import drawings
from ..engine.exercise import Exercise
from .board import BOARD, at_point, cells, on_board, places
from .sections import NOTEBOOK, WHAT


def contains(x):
    """In a filled cell? bool, shape (batch,)."""
    return BOARD.contains(x)


exercise = Exercise(
    "data.contains", NOTEBOOK, contains, places(),
    hints=["In which column is a point? Shift x so that the square begins at 0, stretch it so that a cell has "
           "width 1, round down.",
           "Column and row must both lie in 0 … 3, and their sum must be even.",
           "`cell = ((x + 1) * 2).floor()`; `cell.sum(1) % 2 == 0`; `((cell >= 0) & (cell < 4)).all(1)`."],
    place=at_point,
    draw=drawings.cloud(lambda f: drawings.shots(4000)[f(drawings.shots(4000))], limit=1.6))


@exercise.mistake(WHAT)
def colours_swapped(x):
    """Filled and empty are swapped: a cell is filled where column + row is even, rows counted from the bottom."""
    return on_board(cells(x)) & (cells(x).sum(1) % 2 == 1)


@exercise.mistake(WHAT)
def no_end(x):
    """The cells have the right colours but the board has no end: outside of [-1, 1]² nothing is filled."""
    return cells(x).sum(1) % 2 == 0


@exercise.mistake(WHAT)
def truncated(x):
    """Points just below −1 count as column or row 0, as if cut
    towards 0 by `.long()` or `.int()`: take `floor()` first.
    """
    cell = ((x + 1) * 2).long()
    return on_board(cell) & (cell.sum(1) % 2 == 0)


@exercise.mistake(WHAT)
def not_shifted(x):
    """Your board covers [0, 2]², it should cover [-1, 1]²: is 1 added before the cells are counted?"""
    cell = (x * 2).floor()
    return on_board(cell) & (cell.sum(1) % 2 == 0)


@exercise.mistake(WHAT)
def cells_of_one(x):
    """Your cells are 1 wide, and the board goes on to 3; these are 0.5 wide: is a factor 2 missing?"""
    cell = (x + 1).floor()
    return on_board(cell) & (cell.sum(1) % 2 == 0)


@exercise.mistake(WHAT)
def each_coordinate(x):
    """There is an answer for each coordinate; add column and row first, then one comes out for each point."""
    return cells(x) % 2 == 0


@exercise.mistake(WHAT)
def stripes(x):
    """These are stripes: within the square it makes no difference in which row a point is."""
    return on_board(cells(x)) & (cells(x)[:, 0] % 2 == 0)


@exercise.mistake(WHAT)
def both_even(x):
    """Filled are only cells whose column and row are both even, but two odd numbers have an even sum, too."""
    return on_board(cells(x)) & (cells(x) % 2 == 0).all(1)


@exercise.mistake(WHAT)
def product(x):
    """Filled is every cell whose column or row is even, as if the
    two were multiplied; it is their sum that must be even.
    """
    return on_board(cells(x)) & (cells(x).prod(1) % 2 == 0)
