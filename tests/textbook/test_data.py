"""The checkerboard: exactly n points, all inside, evenly spread, with the moments that theory gives.

Statistical tests use fixed seeds; each states how often a right program would fail it by chance with a fresh seed.
"""

import math

import pytest
import torch

from toydiff.data import NAMED_POINTS, Checkerboard, named_points

SIDES = [2, 4, 6, 32]


def chi_square_p(counts):
    """The probability of counts at least this uneven when all cells are equally likely."""
    counts = counts.double()
    expected = counts.mean()
    statistic = ((counts - expected) ** 2 / expected).sum()
    return torch.special.gammaincc(torch.tensor((len(counts) - 1) / 2).double(), statistic / 2).item()


def largest_rand(*shape, generator=None, device=None, dtype=None):
    """torch.rand, drawing its largest value each time."""
    return torch.full(shape, 1 - 2**-24, device=device)


def smallest_rand(*shape, generator=None, device=None, dtype=None):
    return torch.zeros(shape, device=device)


# --- sample ----------------------------------------------------------------------------------------------

@pytest.mark.parametrize("n", [1, 2, 3, 7, 100, 999, 1000, 65_537])
@pytest.mark.parametrize("side", [2, 4, 32])
def test_exactly_n_points_all_inside(side, n):
    board = Checkerboard(side)
    x = board.sample(n, seed=n)
    assert x.shape == (n, 2) and x.dtype == torch.float32
    assert board.contains(x).all()
    assert (x >= -1).all() and (x < 1).all()


@pytest.mark.parametrize("side", SIDES)
def test_every_filled_cell_is_equally_likely(side):
    """False alarm: 1e-6."""
    board = Checkerboard(side)
    cell = board.cell_of(board.sample(100_000, seed=side))
    assert chi_square_p(torch.bincount(cell, minlength=side**2 // 2)) > 1e-6


@pytest.mark.parametrize("side", SIDES)
def test_points_are_spread_evenly_within_a_cell(side):
    """Each cell cut into 4 × 4, all cells together. False alarm: 1e-6."""
    x = Checkerboard(side).sample(100_000, seed=side + 1).double()
    place = ((x + 1) / 2 * side % 1 * 4).long().clamp(max=3)
    assert chi_square_p(torch.bincount(4 * place[:, 0] + place[:, 1], minlength=16)) > 1e-6


@pytest.mark.parametrize("side", SIDES)
def test_moments_of_the_sample_are_those_of_the_board(side):
    """5 standard errors on 5 numbers: false alarm 3e-6. The errors are those of the products themselves."""
    board, n = Checkerboard(side), 400_000
    x = board.sample(n, seed=side).double()
    assert ((x.mean(0) - board.mean).abs() < 5 * x.std(0) / math.sqrt(n)).all()
    products = torch.stack([x[:, 0] ** 2, x[:, 1] ** 2, x[:, 0] * x[:, 1]], dim=1)
    wanted = board.covariance[[0, 1, 0], [0, 1, 1]]
    assert ((products.mean(0) - wanted).abs() < 5 * products.std(0) / math.sqrt(n)).all()


@pytest.mark.parametrize("side", SIDES)
def test_mean_and_covariance_by_exact_sums_over_the_cells(side):
    """A cell with centre (a, b) and width h contributes a² + h²/12 to E[x²] and a·b to E[xy]."""
    board = Checkerboard(side)
    h = 2 / side
    centres = [(-1 + h * (i + 0.5), -1 + h * (j + 0.5)) for i in range(side) for j in range(side) if (i + j) % 2 == 0]
    k = len(centres)
    mean = [sum(a for a, b in centres) / k, sum(b for a, b in centres) / k]
    moments = [(a * a + h * h / 12, b * b + h * h / 12, a * b) for a, b in centres]
    xx, yy, xy = (sum(moment) / k for moment in zip(*moments, strict=True))
    assert board.mean.tolist() == pytest.approx(mean, abs=1e-12)
    assert board.covariance.flatten().tolist() == pytest.approx([xx, xy, xy, yy], rel=1e-6)


def test_same_seed_same_bits_other_seed_other_points():
    board = Checkerboard()
    assert torch.equal(board.sample(1000, seed=3), board.sample(1000, seed=3))
    assert torch.equal(board.sample(1000, seed=3), board.sample(1000, torch.Generator().manual_seed(3)))
    assert not torch.equal(board.sample(1000, seed=3), board.sample(1000, seed=4))


def test_a_generator_moves_on_so_that_batches_differ():
    board, source = Checkerboard(), torch.Generator().manual_seed(0)
    assert not torch.equal(board.sample(10, source), board.sample(10, source))


def test_a_seed_leaves_the_global_random_state_alone():
    before = torch.get_rng_state()
    Checkerboard().sample(10, seed=0)
    Checkerboard().sample(10, torch.Generator().manual_seed(0))
    assert torch.equal(before, torch.get_rng_state())


def test_without_a_seed_the_global_generator_decides():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        first = Checkerboard().sample(10)
        assert not torch.equal(first, Checkerboard().sample(10))
        torch.manual_seed(5)
        assert torch.equal(first, Checkerboard().sample(10))


@pytest.mark.parametrize("side", [*SIDES, 10, 100, 1000])
@pytest.mark.parametrize("rand", [largest_rand, smallest_rand])
def test_rounding_never_carries_a_point_out_of_its_cell(monkeypatch, side, rand):
    """In float32, low + (high − low) · 0.99999994 is often `high` itself, an edge of the empty cell next door."""
    board = Checkerboard(side)
    with monkeypatch.context() as patch:
        patch.setattr(torch, "rand", rand)
        x = board.sample(2000, seed=0)
    assert board.contains(x).all()
    cells = board.cell_of(x)
    assert len(cells.unique()) == pytest.approx(min(2000, side**2 / 2), rel=0.6)    # not all pushed into a few


# --- cells -----------------------------------------------------------------------------------------------

@pytest.mark.parametrize("side", SIDES)
def test_filled_lists_each_filled_cell_once(side):
    filled = Checkerboard(side).filled.tolist()
    assert len(filled) == len({tuple(cell) for cell in filled}) == side**2 // 2
    assert all((column + row) % 2 == 0 and 0 <= column < side and 0 <= row < side for column, row in filled)
    assert filled[0] == [0, 0]    # the lower left cell is filled


@pytest.mark.parametrize("side", SIDES)
def test_edges_go_from_minus_one_to_one_in_equal_steps(side):
    edges = Checkerboard(side).edges
    assert edges.tolist() == pytest.approx([-1 + 2 * i / side for i in range(side + 1)], abs=1e-6)
    assert edges[0] == -1 and edges[-1] == 1


@pytest.mark.parametrize("side", SIDES)
def test_cell_of_gives_the_row_of_filled(side):
    board = Checkerboard(side)
    centres = -1 + (board.filled + 0.5) * 2 / side
    assert board.cell_of(centres).tolist() == list(range(side**2 // 2))


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_cell_owns_its_lower_and_left_edge_only(side, dtype):
    board = Checkerboard(side)
    column, row = board.filled.unbind(1)
    edges = board.edges.to(dtype)
    low_left = torch.stack([edges[column], edges[row]], dim=1)
    assert board.cell_of(low_left).tolist() == list(range(len(board.filled)))
    just_below = torch.stack([torch.nextafter(edges[column + 1], edges[column]), edges[row]], dim=1)
    assert board.cell_of(just_below).tolist() == list(range(len(board.filled)))
    right = torch.stack([edges[column + 1], edges[row]], dim=1)      # of the empty cell beside it
    upper = torch.stack([edges[column], edges[row + 1]], dim=1)      # of the empty cell above
    assert not board.contains(right).any() and not board.contains(upper).any()


def test_outside_the_square_nothing_is_filled():
    x = torch.tensor([[-1.01, -0.9], [1.0, 1.0], [0.9, 1.0], [1.0, 0.9], [-0.9, -1.01], [5.0, 5.0], [-5.0, -5.0],
                      [1.25, 0.75], [0.75, 1.25], [-1.25, -0.75], [-0.3, -1.25]])
    board = Checkerboard()
    assert board.cell_of(x).tolist() == [-1] * len(x)
    assert not board.contains(x).any() and not board.density(x).any()


@pytest.mark.parametrize("side", SIDES)
def test_density_integrates_to_one_and_is_zero_on_empty_cells(side):
    """The midpoint rule is exact for a density that is constant on each of the rule's squares."""
    board, per_side = Checkerboard(side), 4 * side
    middles = (-1.5 + (torch.arange(per_side * 3 // 2) + 0.5) * 2 / per_side).double()    # reaches beyond the board
    x = torch.cartesian_prod(middles, middles)
    density = board.density(x)
    assert density.dtype == torch.float64
    assert density.sum().item() * (2 / per_side) ** 2 == pytest.approx(1, abs=1e-12)
    assert set(density.tolist()) == {0.0, 0.5}
    assert torch.equal(density > 0, board.contains(x))


@pytest.mark.filterwarnings("error")    # torch warns of it where a copy is needed; a learner would wonder
def test_a_view_with_swapped_strides_is_read_right():
    x = torch.tensor([[-0.9, 0.6], [-0.9, 0.2]])    # columns: (-0.9, -0.9) filled and (0.6, 0.2) empty
    assert Checkerboard().contains(x.T).tolist() == [True, False]


def test_no_points_no_cells():
    assert Checkerboard().cell_of(torch.zeros(0, 2)).tolist() == []


# --- named points ----------------------------------------------------------------------------------------

def test_the_five_named_points_lie_well_inside_five_cells():
    x, board = named_points(), Checkerboard()
    assert x.shape == (5, 2) and x.dtype == torch.float32 and len(NAMED_POINTS) == 5
    assert [tuple(p) for p in x.tolist()] == [pytest.approx(p) for p in NAMED_POINTS.values()]
    cells = board.cell_of(x)
    assert (cells >= 0).all() and len(cells.unique()) == 5
    for dx, dy in [(0.04, 0), (-0.04, 0), (0, 0.04), (0, -0.04)]:
        assert torch.equal(board.cell_of(x + torch.tensor([dx, dy])), cells)


# --- bad input -------------------------------------------------------------------------------------------

@pytest.mark.parametrize("side, error, words", [
    (3, ValueError, "cells_per_side must be even, got 3"), (0, ValueError, "at least 2, got 0"),
    (1, ValueError, "at least 2, got 1"), (-4, ValueError, "at least 2, got -4"),
    (4.0, TypeError, "cells_per_side must be an integer, got 4.0"), ("4", TypeError, "integer, got '4'"),
    (None, TypeError, "integer, got None"), (True, TypeError, "integer, got True")])
def test_bad_sides(side, error, words):
    with pytest.raises(error, match=words):
        Checkerboard(side)


@pytest.mark.parametrize("n, error, words", [
    (0, ValueError, "n must be at least 1, got 0"), (-5, ValueError, "at least 1, got -5"),
    (2.5, TypeError, "n must be an integer, got 2.5"), ("10", TypeError, "integer, got '10'"),
    (None, TypeError, "integer, got None")])
def test_bad_counts(n, error, words):
    with pytest.raises(error, match=words):
        Checkerboard().sample(n, seed=0)


@pytest.mark.parametrize("seed", [1.5, "1", [1]])
def test_bad_seeds(seed):
    with pytest.raises(TypeError, match="seed must be an integer"):
        Checkerboard().sample(3, seed=seed)


BAD_POINTS = [
    (torch.zeros(3, 3), ValueError, r"x must have shape \(batch, 2\), got \(3, 3\)"),
    (torch.zeros(2), ValueError, r"got \(2,\)"),
    (torch.zeros(1, 2, 2), ValueError, r"got \(1, 2, 2\)"),
    (torch.tensor([[0.0, math.nan], [0, 0]]), ValueError, "x must be finite, but 1 of 2 points"),
    (torch.tensor([[0.0, math.inf]]), ValueError, "finite"),
    (torch.zeros(3, 2, dtype=torch.int64), TypeError, "floating-point numbers, got torch.int64"),
    ([[0.0, 0.0]], TypeError, "torch.Tensor of shape .*, got list"),
    (None, TypeError, "got NoneType"),
]


@pytest.mark.parametrize("method", ["cell_of", "contains", "density"])
@pytest.mark.parametrize("x, error, words", BAD_POINTS)
def test_bad_points(method, x, error, words):
    with pytest.raises(error, match=words):
        getattr(Checkerboard(), method)(x)
