"""Drawing points of the board: first a cell, then a place in it."""

import torch

from ..engine.asking import Case, draws_anew
from ..engine.exercise import Exercise
from .board import BOARD
from .crowd import crowd, in_the_crowd
from .sections import NOTEBOOK, REJECTION, SCALE, WHAT


def sample_board(n, source):
    """Exactly n points of the board, shape (n, 2)."""
    return BOARD.sample(n, source)


def exactly_n(ask):
    """Complain if not exactly n points come, or one is outside."""
    for n, seed in ((1, 1), (1, 420), (1, 752), (2, 2), (7, 7), (1000, 1000)):    # 420, 752: ten darts, and no hit
        x = ask(n=n, source=torch.Generator().manual_seed(seed))
        if not isinstance(x, torch.Tensor) or x.shape != (n, 2):
            return f"With n = {n} the answer is not a tensor of shape ({n}, 2)."
        if not BOARD.contains(x.double()).double().mean() > 0.99:
            return f"With n = {n} a point lies outside of the filled cells."
    return None


def anew(ask):
    """Complain if neither the seed nor what was drawn before makes a difference."""
    return draws_anew(lambda source: ask(n=50, source=source), "points")


exercise = Exercise(
    "data.sample_board", NOTEBOOK, sample_board,
    cases=[Case("n = 100,000", {"n": 100_000, "source": torch.Generator().manual_seed(4)})],
    hints=["First choose for each point one of the eight filled cells, then a place in it. Nothing is thrown away.",
           "A row has two filled cells. `torch.randint(4, (n,), generator=source)` draws rows; which columns are "
           "filled in row r?",
           "column = 2 · (0 or 1) + r % 2. Then (column + rand) / 2 − 1, and the row likewise."],
    extra=(exactly_n, anew), measure=crowd, place=in_the_crowd, tolerance=((0, 0.2), (0, 0.2)), any_float=True)


def some_cells(n, source):
    """Return the columns and rows of n filled cells, shape (n, 2)."""
    return BOARD.filled[torch.randint(len(BOARD.filled), (n,), generator=source)]


@exercise.mistake(REJECTION)
def rejected(n, source):
    """About n/2 points come back: throwing darts and keeping the hits
    loses half of them. Draw the cell first, then the place in it.
    """
    darts = 2 * torch.rand(n, 2, generator=source) - 1
    return darts[BOARD.contains(darts)]


@exercise.mistake(WHAT)
def whole_square(n, source):
    """The points fill the whole square, empty cells included."""
    return 2 * torch.rand(n, 2, generator=source) - 1


@exercise.mistake(WHAT)
def empty_cells(n, source):
    """The points are in the empty cells: column + row must be even."""
    return sample_board(n, source) * torch.tensor([-1.0, 1.0])


@exercise.mistake(REJECTION)
def one_number(n, source):
    """Both coordinates get the same random number, so the points lie on diagonals: draw `torch.rand(n, 2)`."""
    return (some_cells(n, source) + torch.rand(n, 1, generator=source)) / 2 - 1


@exercise.mistake(REJECTION)
def normal(n, source):
    """The places in a cell come from `randn`; `rand` is even and stays within 0 … 1."""
    return (some_cells(n, source) + torch.randn(n, 2, generator=source)) / 2 - 1


@exercise.mistake(REJECTION)
def corners(n, source):
    """All points sit in the lower left corner of their cell: the random place in it is missing."""
    return some_cells(n, source) / 2 - 1


@exercise.mistake(REJECTION)
def part_of_the_cell(n, source):
    """The place covers only the lower left quarter of each
    cell: a cell is 0.5 wide, so go up to 0.5 from its corner.
    """
    return (some_cells(n, source) + torch.rand(n, 2, generator=source) / 2) / 2 - 1


@exercise.mistake(REJECTION)
def around_the_middle(n, source):
    """The places crowd around the middle of the cell: one `rand` for each coordinate, not the sum or mean of two."""
    cell, a, b = some_cells(n, source), torch.rand(n, 2, generator=source), torch.rand(n, 2, generator=source)
    return (cell + (a + b) / 2) / 2 - 1


@exercise.mistake(REJECTION)
def in_turn(n, source):
    """The cells take turns in a fixed order: draw the cell of each point at random, too, with `torch.randint`."""
    cell = BOARD.filled[torch.arange(n) % 8]
    return (cell + torch.rand(n, 2, generator=source)) / 2 - 1


@exercise.mistake(REJECTION)
def cell_after_cell(n, source):
    """The points come cell after cell, in order: draw the cell of each point at random, with `torch.randint`."""
    cell = BOARD.filled[torch.arange(n) * 8 // n]
    return (cell + torch.rand(n, 2, generator=source)) / 2 - 1


@exercise.mistake(SCALE)
def not_scaled(n, source):
    """The board is drawn on [0, 4]²: it must be moved to [-1, 1]²."""
    return some_cells(n, source) + torch.rand(n, 2, generator=source)


@exercise.mistake(SCALE)
def half_scaled(n, source):
    """The board is drawn on [-2, 2]²: divide by 2 once more."""
    return some_cells(n, source) + torch.rand(n, 2, generator=source) - 2


@exercise.mistake(WHAT)
def missing_cells(n, source):
    """Only columns and rows that are both even are drawn, four cells of eight."""
    cell = 2 * torch.randint(2, (n, 2), generator=source)
    return (cell + torch.rand(n, 2, generator=source)) / 2 - 1


@exercise.mistake(WHAT)
def same_columns(n, source):
    """Every row gets its points in columns 0 and 2; in the odd rows 1 and 3 are filled."""
    column, row = 2 * torch.randint(2, (n,), generator=source), torch.randint(4, (n,), generator=source)
    return (torch.stack([column, row], 1) + torch.rand(n, 2, generator=source)) / 2 - 1
