"""The wrong formulas that people write at station 1, the data, and what to say to each."""

import torch

from ..data import Checkerboard
from .engine.ladder import Mistake

BOARD = Checkerboard()
WHAT, FIT, SCALE = "What is a distribution?", "Why not simply fit something?", "The scale of things"
REJECTION = "A real mistake: keep what hits"


def _cell(x, per_unit=2.0, shift=1.0):
    return ((x + shift) * per_unit).floor().long()


def _on_board(cell):
    return ((cell >= 0) & (cell < 4)).all(1)


def _filled(cell):
    return _on_board(cell) & (cell.sum(1) % 2 == 0)


def _draw(n, source, cells=None, random=torch.rand, width=2, which=None):
    cells = BOARD.filled if cells is None else cells
    cell = cells[torch.randint(len(cells), (n,), generator=source) if which is None else which]
    return (cell + random(n, width, generator=source)) / 2 - 1


def _darts(n, source):
    return 2 * torch.rand(n, 2, generator=source) - 1


def _rejected(n, source):
    darts = _darts(n, source)
    return darts[BOARD.contains(darts)]


def _unshifted(n, source):
    column, row = 2 * torch.randint(2, (n,), generator=source), torch.randint(4, (n,), generator=source)
    return (torch.stack([column, row], 1) + torch.rand(n, 2, generator=source)) / 2 - 1


def _share_new(x, train, distance):
    return (torch.cdist(x, train).amin(1) > distance).double().mean()


MISTAKES = {
    "contains": [
        Mistake("colours_swapped", "Filled and empty are swapped: a cell is filled where column + row is even.", WHAT,
                lambda x: _on_board(_cell(x)) & (_cell(x).sum(1) % 2 == 1)),
        Mistake("no_end", "The cells have the right colours but the board has no end: outside of [-1, 1]² nothing is "
                "filled.", WHAT, lambda x: _cell(x).sum(1) % 2 == 0),
        Mistake("truncated", "`.long()` cuts towards zero, so points just below −1 count as column or row 0: take "
                "`floor()` first.", WHAT, lambda x: _filled((2 * (x + 1)).long())),
        Mistake("not_shifted", "The square starts at −1, not at 0: add 1 before you count cells.", WHAT,
                lambda x: _filled(_cell(x, shift=0.0))),
        Mistake("cells_of_one", "You count cells of width 1, these are 0.5 wide: multiply by 2.", WHAT,
                lambda x: _filled(_cell(x, per_unit=1.0))),
        Mistake("each_coordinate", "You answer for each coordinate; add column and row first, then one answer for each "
                "point comes out.", WHAT, lambda x: _cell(x) % 2 == 0),
        Mistake("stripes", "These are stripes: the row does not count.", WHAT,
                lambda x: _on_board(_cell(x)) & (_cell(x)[:, 0] % 2 == 0)),
        Mistake("both_even", "You ask for column and row to be even each, but two odd numbers have an even sum, too.",
                WHAT, lambda x: _on_board(_cell(x)) & (_cell(x) % 2 == 0).all(1)),
        Mistake("product", "You multiply column and row; it is their sum that must be even.", WHAT,
                lambda x: _on_board(_cell(x)) & (_cell(x).prod(1) % 2 == 0)),
    ],
    "density": [
        Mistake("yes_or_no", "1 is a yes, not a density: it would add up to 2 over the filled area.", WHAT,
                lambda x: BOARD.contains(x).to(x.dtype)),
        Mistake("whole_square", "1/4 in filled cells is the density of the whole square; only half of it is filled.",
                WHAT, lambda x: BOARD.contains(x) / 4),
        Mistake("everywhere", "This is the density of points spread over the whole square, empty cells included.", WHAT,
                lambda x: _on_board(_cell(x)) / 4),
        Mistake("one_cell", "1/8 is the probability of a cell; divide it by the area of the cell, 1/4.", WHAT,
                lambda x: BOARD.contains(x) / 8),
        Mistake("area", "2 is the filled area; the density is 1 divided by it.", WHAT,
                lambda x: BOARD.contains(x) * 2.0),
        Mistake("empty_cells", "The density is 1/2 in the empty cells, it should be so in the filled ones.", WHAT,
                lambda x: (_on_board(_cell(x)) & ~BOARD.contains(x)) / 2),
    ],
    "sample_board": [
        Mistake("rejected", "About n/2 points come back: throwing darts and keeping the hits loses half of them. Draw "
                "the cell first, then the place in it.", REJECTION, _rejected),
        Mistake("whole_square", "The points fill the whole square, empty cells included.", WHAT, _darts),
        Mistake("empty_cells", "The points are in the empty cells: column + row must be even.", WHAT,
                lambda n, source: _draw(n, source) * torch.tensor([-1.0, 1.0])),
        Mistake("one_number", "Both coordinates get the same random number, so the points lie on diagonals: draw "
                "`torch.rand(n, 2)`.", REJECTION, lambda n, source: _draw(n, source, width=1)),
        Mistake("normal", "The places in a cell come from `randn`; `rand` is even and stays within 0 … 1.", REJECTION,
                lambda n, source: _draw(n, source, random=torch.randn)),
        Mistake("corners", "All points sit in the lower left corner of their cell: the random place in it is missing.",
                REJECTION, lambda n, source: (_draw(n, source) * 2).floor() / 2),
        Mistake("part_of_the_cell", "The place covers only the lower left quarter of each cell: a cell is 0.5 wide, so "
                "go up to 0.5 from its corner.", REJECTION, lambda n, source: _draw(
                    n, source, random=lambda *a, **k: torch.rand(*a, **k) / 2)),
        Mistake("around_the_middle", "The places crowd around the middle of the cell: one `rand` for each coordinate, "
                "not the sum or mean of two.", REJECTION, lambda n, source: _draw(
                    n, source, random=lambda *a, **k: (torch.rand(*a, **k) + torch.rand(*a, **k)) / 2)),
        Mistake("in_turn", "The cells take turns in a fixed order: draw the cell of each point at random, too, with "
                "`torch.randint`.", REJECTION, lambda n, source: _draw(n, source, which=torch.arange(n) % 8)),
        Mistake("cell_after_cell", "The points come cell after cell, in order: draw the cell of each point at random, "
                "with `torch.randint`.", REJECTION, lambda n, source: _draw(n, source, which=torch.arange(n) * 8 // n)),
        Mistake("not_scaled", "The board is drawn on [0, 4]²: it must be moved to [-1, 1]².", SCALE,
                lambda n, source: (_draw(n, source) + 1) * 2),
        Mistake("half_scaled", "The board is drawn on [-2, 2]²: divide by 2 once more.", SCALE,
                lambda n, source: _draw(n, source) * 2),
        Mistake("missing_cells", "Only columns and rows that are both even are drawn, four cells of eight.", WHAT,
                lambda n, source: _draw(n, source, torch.tensor([[0, 0], [0, 2], [2, 0], [2, 2]]))),
        Mistake("same_columns", "Every row gets its points in columns 0 and 2; in the odd rows 1 and 3 are filled.",
                WHAT, _unshifted),
    ],
    "normalise": [
        Mistake("to_0_1", "This ends in [0, 1]: stretch by 2 and shift by −1.", SCALE,
                lambda u, low, high: (u - low) / (high - low)),
        Mistake("half", "This ends in [-0.5, 0.5]: divide by half of the width.", SCALE,
                lambda u, low, high: (u - (low + high) / 2) / (high - low)),
        Mistake("no_brackets", "Brackets are missing: only `low` is divided by the width.", SCALE,
                lambda u, low, high: 2 * (u - low / (high - low)) - 1),
        Mistake("no_shift", "`low` is not subtracted before the division.", SCALE,
                lambda u, low, high: 2 * u / (high - low) - 1),
        Mistake("by_high", "You divide by `high`; it should be the width, high − low.", SCALE,
                lambda u, low, high: 2 * (u - low) / high - 1),
        Mistake("of_the_data", "You use the smallest and largest number of this batch instead of `low` and `high`, so "
                "that each batch is scaled differently.", SCALE,
                lambda u, low, high: 2 * (u - u.min()) / (u.max() - u.min()) - 1),
        Mistake("standardised", "This gives mean 0 and standard deviation 1; asked was the range [-1, 1].", SCALE,
                lambda u, low, high: (u - u.mean(0)) / u.std(0)),
        Mistake("backwards", "This goes the other way, from [-1, 1] to [low, high].", SCALE, lambda u, low, high:
                low + (u + 1) / 2 * (high - low)),
    ],
    "denormalise": [
        Mistake("from_0_1", "This would be right for x in [0, 1]: from [-1, 1] add 1 and halve first.", SCALE,
                lambda x, low, high: low + x * (high - low)),
        Mistake("not_halved", "After x + 1 the numbers go from 0 to 2: halve them.", SCALE,
                lambda x, low, high: low + (x + 1) * (high - low)),
        Mistake("no_low", "`low` is not added in the end.", SCALE, lambda x, low, high: (x + 1) / 2 * (high - low)),
        Mistake("to_high", "You multiply by `high`; it should be the width, high − low.", SCALE,
                lambda x, low, high: low + (x + 1) / 2 * high),
        Mistake("forwards", "This is `normalise` once more; the way back was asked.", SCALE,
                lambda x, low, high: 2 * (x - low) / (high - low) - 1),
    ],
    "covariance": [
        Mistake("by_n", "You divide by n; the mean was estimated from the same points, so n − 1 is fair.", FIT,
                lambda x: x.T.cov(correction=0)),
        Mistake("not_centred", "The mean is not subtracted first.", FIT, lambda x: x.T @ x / (len(x) - 1)),
        Mistake("summed", "This is a sum over all points; divide by n − 1.", FIT,
                lambda x: x.T.cov() * (len(x) - 1)),
        Mistake("correlation", "This is the correlation, with ones on the diagonal; do not divide by the standard "
                "deviations.", FIT, lambda x: x.T.corrcoef()),
        Mistake("of_points", "This relates points with points, shape (n, n): it is the coordinates that are asked, so "
                "transpose the other one.", FIT, lambda x: x.cov()),
        Mistake("diagonal", "Only the variances are there: what x and y have in common is missing.", FIT,
                lambda x: torch.diag(x.var(0))),
        Mistake("one_mean", "You subtract one mean of all numbers; each coordinate has its own: `x.mean(0)`.", FIT,
                lambda x: (x - x.mean()).T @ (x - x.mean()) / (len(x) - 1)),
    ],
    "share_new": [
        Mistake("share_old", "This is the share of memorised points; the new ones are those farther away.", FIT,
                lambda x, train, distance: 1 - _share_new(x, train, distance)),
        Mistake("mean_distance", "You take the mean distance to all training points; the nearest one decides.", FIT,
                lambda x, train, distance: (torch.cdist(x, train).mean(1) > distance).double().mean()),
        Mistake("farthest", "You take the farthest training point; the nearest one decides.", FIT,
                lambda x, train, distance: (torch.cdist(x, train).amax(1) > distance).double().mean()),
        Mistake("other_side", "You ask of each training point how near a sample is; ask of each sample instead: the "
                "other `dim`.", FIT, lambda x, train, distance: _share_new(train, x, distance)),
        Mistake("pairs", "You count pairs of points; first take the nearest training point of each sample.", FIT,
                lambda x, train, distance: (torch.cdist(x, train) > distance).double().mean()),
        Mistake("number", "This is how many are new; divide by their number for the share.", FIT,
                lambda x, train, distance: _share_new(x, train, distance) * len(x)),
        Mistake("percent", "This is in percent; a share lies between 0 and 1.", FIT,
                lambda x, train, distance: _share_new(x, train, distance) * 100),
        Mistake("squared", "You compare the squared distance: take its root.", FIT,
                lambda x, train, distance: _share_new(x, train, distance**0.5)),
    ],
}
