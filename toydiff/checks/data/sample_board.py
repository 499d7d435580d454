"""Drawing points of the board: first a cell, then a place in it."""

import torch

from .. import drawings, draws
from ..engine.asking import Case, draws_anew
from ..engine.exercise import Exercise
from .board import BOARD
from .crowd import PARTS, crowd, even_crowd, in_the_crowd
from .sections import NOTEBOOK, REJECTION, SCALE, WHAT


def sample_board(n, source):
    """Exactly n points of the board, shape (n, 2)."""
    return BOARD.sample(n, source)


class Unfit(Exception):
    """What was drawn is no n points of the board."""


def some_points(ask, n, seed=5):
    """Return n points in float64. Raises Unfit if not exactly n come, or one is outside."""
    x = ask(n=n, source=torch.Generator().manual_seed(seed))
    if not isinstance(x, torch.Tensor) or x.shape != (n, 2):
        raise Unfit(f"With n = {n} the answer {draws.form(x)}; shape ({n}, 2) was wanted.")
    if not BOARD.contains(x.double()).double().mean() > 0.99:    # float32 may round one onto an edge
        raise Unfit(f"With n = {n} a point lies outside of the filled cells.")
    return x.double()


def exactly_n(ask):
    """Complain if not exactly n points come, or one is outside."""
    try:
        for n, seed in ((1, 1), (1, 420), (1, 752), (2, 2), (7, 7), (1000, 1000)):    # 420, 752: ten darts, and no hit
            some_points(ask, n, seed)
    except Unfit as why:
        return str(why)
    return None


def anew(ask):
    """Complain if neither the seed nor what was drawn before makes a difference."""
    return draws_anew(lambda source: ask(n=50, source=source), "points")


def by_chance(ask):
    """Complain if many points, or a few again and again, are not drawn each on its own and evenly."""
    try:
        return _many(draws.plenty(lambda n: some_points(ask, n))) or _few(
            [some_points(ask, 50, seed) for seed in range(100)], [some_points(ask, 1, seed) for seed in range(100)])
    except Unfit as why:
        return str(why)


def _many(x):
    """The complaint about one large draw."""
    inside = BOARD.contains(x)
    cell, place = BOARD.cell_of(x)[inside], ((x + 1) * 2 % 1)[inside]
    x, part, hundredth = x[inside], (place * PARTS).long(), (place * 100).long()
    fine = cell * PARTS**2 + part[:, 0] * PARTS + part[:, 1]
    return (draws.counted(cell, even(8), lambda i: f"in the cell around {middle(i)}")
            or draws.counted(BOARD.filled[cell][:, 1], even(4), lambda i: f"in row {i}")
            or draws.counted(BOARD.filled[cell][:, 0], even(4), lambda i: f"in column {i}")
            or draws.counted(fine, even(8 * PARTS**2), lambda i:
                             f"in one of the {PARTS**2} parts of the cell around {middle(i // PARTS**2)}")
            or draws.counted(hundredth[:, 0], even(100), lambda i: f"in hundredth {i + 1} of a cell's width")
            or draws.counted(hundredth[:, 1], even(100), lambda i: f"in hundredth {i + 1} of a cell's height")
            or draws.linked((cell * 2.6).cos(), "The cell of a point")
            or draws.linked(place[:, 0], "The place of a point in its cell")
            or draws.linked(place[:, 1], "The place of a point in its cell")
            or draws.mirrored(hundredth[:, 0] + 100 * BOARD.filled[cell][:, 0], 400)
            or draws.copied(x, "x and y") or draws.copied(x[:, 0], "x") or draws.copied(x[:, 1], "y"))


def _few(fifties, ones):
    """The complaint about a few points, drawn again and again with another seed."""
    cells = [BOARD.cell_of(x).clamp(min=0) for x in fifties]
    places = [(x + 1) * 2 % 1 for x in fifties]
    firsts = torch.cat([cell[:1] for cell in cells] + [BOARD.cell_of(x).clamp(min=0) for x in ones])
    if max(((one - other).abs() < 1e-5).double().mean() for one, other in zip(places, places[1:])) > 0.2:
        return ("Two different seeds give the same places in the cells: hand `generator=source` to every random "
                "function.")
    return (draws.dealt(cells, even(8)) or draws.dealt([BOARD.filled[cell][:, 1] for cell in cells], even(4))
            or draws.counted(firsts[:100], even(8), lambda i: f"as the first of 50 in the cell around {middle(i)}")
            or draws.counted(firsts[100:], even(8), lambda i: f"with n = 1 in the cell around {middle(i)}"))


def even(kinds):
    """Return equal shares."""
    return torch.full((kinds,), 1 / kinds, dtype=torch.float64)


def middle(cell):
    """Say where a filled cell is."""
    return "({:g}, {:g})".format(*((BOARD.filled[cell] + 0.5) / 2 - 1).tolist())


exercise = Exercise(
    "data.sample_board", NOTEBOOK, sample_board,
    cases=[Case(f"n = {n:,}", {"n": n, "source": torch.Generator().manual_seed(n)}) for n in (1000, 24_000)],
    hints=["First choose for each point one of the eight filled cells, then a place in it. Nothing is thrown away.",
           "A row has two filled cells. `torch.randint(4, (n,), generator=source)` draws rows; which columns are "
           "filled in row r?",
           "column = 2 · (0 or 1) + r % 2. Then (column + rand) / 2 − 1, and the row likewise."],
    extra=(exactly_n, anew, by_chance), measure=crowd, exact=even_crowd, place=in_the_crowd,
    tolerance=((0, 0.2), (0, 0.2)),    # a bin of 24,000 points that holds 20 % more by chance: once in a million
    any_float=True,
    draw=drawings.cloud(lambda f: f(2500, torch.Generator().manual_seed(1))))


def some_cells(n, source):
    """Return the columns and rows of n filled cells, shape (n, 2)."""
    return BOARD.filled[torch.randint(len(BOARD.filled), (n,), generator=source)]


@exercise.mistake(REJECTION)
def rejected(n, source):
    """About half of the n points come back, as when darts are thrown and only
    the hits are kept. Draw the cell first, then the place in it.
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
    """The points lie along the diagonals of their cells, as if both
    coordinates got one random number: draw `torch.rand(n, 2)`.
    """
    return (some_cells(n, source) + torch.rand(n, 1, generator=source)) / 2 - 1


@exercise.mistake(REJECTION)
def normal(n, source):
    """The points spread as if their places in a cell came from `randn`; `rand` is even and stays within 0 … 1."""
    return (some_cells(n, source) + torch.randn(n, 2, generator=source)) / 2 - 1


@exercise.mistake(REJECTION)
def corners(n, source):
    """All points sit in the lower left corner of their cell: is the random place in it missing, or too small?"""
    return some_cells(n, source) / 2 - 1


@exercise.mistake(REJECTION)
def part_of_the_cell(n, source):
    """The place covers only the lower left quarter of each
    cell: a cell is 0.5 wide, so go up to 0.5 from its corner.
    """
    return (some_cells(n, source) + torch.rand(n, 2, generator=source) / 2) / 2 - 1


@exercise.mistake(REJECTION)
def around_the_middle(n, source):
    """The places crowd around the middle of the cell, as the mean of
    two `rand` does: one `rand` for each coordinate is even.
    """
    cell, a, b = some_cells(n, source), torch.rand(n, 2, generator=source), torch.rand(n, 2, generator=source)
    return (cell + (a + b) / 2) / 2 - 1


@exercise.mistake(REJECTION)
def in_turn(n, source):
    """Two points in a row hardly ever share a cell, as if the cells took
    turns: draw the cell of each on its own, with `torch.randint`.
    """
    cell = BOARD.filled[torch.arange(n) % 8]
    return (cell + torch.rand(n, 2, generator=source)) / 2 - 1


@exercise.mistake(REJECTION)
def cell_after_cell(n, source):
    """Neighbours nearly always share a cell, as if they came cell after cell:
    draw the cell of each on its own, and leave the order as drawn.
    """
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
    """Only cells whose column and row are both even get points, four of eight."""
    cell = 2 * torch.randint(2, (n, 2), generator=source)
    return (cell + torch.rand(n, 2, generator=source)) / 2 - 1


@exercise.mistake(WHAT)
def same_columns(n, source):
    """Every row gets its points in columns 0 and 2; in the odd rows 1 and 3 are filled."""
    column, row = 2 * torch.randint(2, (n,), generator=source), torch.randint(4, (n,), generator=source)
    return (torch.stack([column, row], 1) + torch.rand(n, 2, generator=source)) / 2 - 1
