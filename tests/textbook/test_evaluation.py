"""The metrics: right on planted faults and closed forms, each fault seen by the metric that should see it.

Statistical tests have fixed seeds; each states how often a right program would fail it with a fresh one.

The distance is computed in float32 by a matrix product, whose last digit is the processor's choice, and the place of a
point in the batch decides which part of the product's code serves it. A projection is then wrong by ROUNDING at most.
"""

import json
import math

import pytest
import torch

from toydiff import (
    Checkerboard,
    Checkpoint,
    FeatureMLP,
    Oracle,
    ReferenceMLP,
    Schedule,
    evaluate,
    excess_loss,
    loss_per_t,
    save,
)
from toydiff.cli import main
from toydiff.evaluation import Evaluation, Metric, balance, inside, sliced_wasserstein, strays

BOARD = Checkerboard()
ROUNDING = 4 * torch.finfo(torch.float32).eps    # two products and a sum of numbers around 1, of rounded factors


def with_strays(n, share, seed=0):
    """Real points, the first `share` of them moved into empty cells, at least 0.1 from any filled one."""
    x = BOARD.sample(n, seed)
    count = round(n * share)
    middles = torch.tensor([[-0.75, -0.25], [0.25, 0.75], [0.75, 0.25]])
    x[:count] = middles[torch.arange(count) % 3]
    return x


def without_a_cell(n, seed=0):
    x = BOARD.sample(2 * n, seed)
    return x[BOARD.cell_of(x) != 3][:n]


def blurred(n, width, seed=0):
    x = BOARD.sample(n, seed)
    return x + width * torch.randn(x.shape, generator=torch.Generator().manual_seed(seed))


# --- each metric alone -----------------------------------------------------------------------------------

def test_inside_counts_the_share_of_points_in_filled_cells():
    assert inside(BOARD.sample(1000, seed=0), BOARD) == 1.0
    assert inside(with_strays(1000, 0.1), BOARD) == 0.9
    assert inside(torch.full((3, 2), 5.0), BOARD) == 0.0
    assert inside(torch.tensor([[-0.75, -0.75]]), BOARD) == 1.0


@pytest.mark.parametrize("cells", [2, 4, 6])
def test_balance_is_0_when_all_cells_are_equally_full_and_knows_a_missing_one(cells):
    board = Checkerboard(cells)
    middles = (board.edges[board.filled] + board.edges[board.filled + 1]) / 2
    count = len(middles)
    assert balance(middles.repeat(50, 1), board) == pytest.approx(0, abs=1e-12)
    assert balance(middles[1:].repeat(50, 1), board) == pytest.approx(1 / count)
    assert balance(middles[:1].repeat(50, 1), board) == pytest.approx(1 - 1 / count)
    doubled = torch.cat([middles, middles[-1:]])    # one cell has 2 of count + 1
    assert balance(doubled, board) == pytest.approx(2 / (count + 1) - 1 / count)


def test_balance_ignores_strays_and_is_1_when_nothing_is_inside():
    middles = (BOARD.edges[BOARD.filled] + BOARD.edges[BOARD.filled + 1]) / 2
    assert balance(torch.cat([middles, torch.full((100, 2), 3.0)]), BOARD) == pytest.approx(0, abs=1e-12)
    assert balance(torch.full((100, 2), 3.0), BOARD) == 1.0


def test_strays_measures_the_distance_to_the_nearest_filled_cell():
    # (-1, -1) is the corner of a filled cell, (-1, 1) that of an empty one
    near = [[-1.049, -0.75], [-0.75, -1.049], [-1.03, -1.03], [-0.451, -0.75], [0.0, 0.0], [-0.75, -0.75]]
    far = [[-1.051, -0.75], [-0.75, -1.051], [-1.04, -1.04], [-0.4, -0.75], [-0.75, 0.75], [-1.0, 1.0], [9.0, 9.0]]
    far = far[:3] + [[-0.25, -0.75]] + far[5:]    # the middle of an empty cell, an empty corner, far away
    assert strays(torch.tensor(near), BOARD) == 0
    assert strays(torch.tensor(far), BOARD) == 1
    assert strays(torch.tensor(near[:2] + far[:1]), BOARD) == pytest.approx(1 / 3)
    assert strays(torch.tensor([[-1.1, -0.75]]), BOARD, distance=0.11) == 0


@pytest.mark.parametrize("shift", [(0.3, 0.0), (0.0, -0.3), (0.2, 0.1), (-1.0, 2.0)])
def test_sliced_wasserstein_of_a_shift_is_exact(shift):
    # along direction u everything moves by shift·u, whose square is |shift|²/2 on average over directions
    x = BOARD.sample(1000, seed=0)
    y = (x + torch.tensor(shift))[torch.randperm(1000, generator=torch.Generator().manual_seed(0))]
    wanted = math.hypot(*shift) / math.sqrt(2)
    assert sliced_wasserstein(x, y) == pytest.approx(wanted, rel=1e-5)
    assert sliced_wasserstein(x, y, projections=3) == pytest.approx(wanted, rel=1e-5)
    assert sliced_wasserstein(x.double(), y.double()) == pytest.approx(wanted, rel=1e-5)


def test_sliced_wasserstein_of_two_single_points_of_a_scaling_and_of_itself():
    far = sliced_wasserstein(torch.tensor([[0.0, 0.0]]), torch.tensor([[3.0, 4.0]]))
    assert far == pytest.approx(5 / 2**0.5, rel=1e-5)
    x = BOARD.sample(1000, seed=0)
    assert sliced_wasserstein(x, x) == 0
    assert sliced_wasserstein(x, x.flip(0)) == pytest.approx(0, abs=ROUNDING)
    # scaling keeps the order along every direction: the distance is 0.1 · √(mean square along a direction)
    assert sliced_wasserstein(x, 1.1 * x) == pytest.approx(0.1 * ((x**2).sum(1).mean() / 2).sqrt().item(), rel=1e-5)
    assert sliced_wasserstein(x, 1.1 * x) == pytest.approx(sliced_wasserstein(1.1 * x, x), abs=ROUNDING)


def test_two_real_draws_are_as_far_apart_as_the_literature_of_this_course_says():
    # 20,000 points: total variation 0.0085 ± 0.0016, distance 0.0096 ± 0.0016, from few draws; 300 draws give
    # 0.0073 ± 0.0022 and 0.0088 ± 0.0025. Means of 40 draws within 0.0016 of these: 4 standard errors
    found = evaluate(BOARD.sample(20_000, seed=1), BOARD, seed=2, draws=40).metrics
    assert found["balance"].real == pytest.approx(0.0073, abs=0.0016)
    assert found["sliced_wasserstein"].real == pytest.approx(0.0088, abs=0.0016)
    assert 0.001 < found["balance"].spread < 0.004 and 0.001 < found["sliced_wasserstein"].spread < 0.005


# --- which metric sees which fault -----------------------------------------------------------------------

def as_good(x):
    evaluation = evaluate(x, BOARD)
    return {name for name in evaluation.metrics if evaluation.as_good_as_real(name)}


def test_real_points_are_as_good_as_real():
    # balance and distance of a real draw are called worse about once in 40 each
    assert as_good(BOARD.sample(5000, seed=3)) == {"inside", "balance", "strays", "sliced_wasserstein"}


@pytest.mark.parametrize("name, sign", [("inside", -1), ("balance", 1)])
def test_as_good_as_real_ends_at_two_spreads(name, sign):
    for spreads, good in [(-9, True), (1.9, True), (2.1, False)]:
        metrics = {name: Metric(0.5 + sign * spreads * 0.01, 0.5, 0.01)}
        assert Evaluation(10, 0, metrics).as_good_as_real(name) is good
        assert not Evaluation(10, 1, metrics).as_good_as_real(name)


def test_strays_a_missing_cell_and_blurred_edges_are_each_seen():
    n = 5000
    assert as_good(with_strays(n, 0.1)) & {"inside", "strays"} == set()
    missing = evaluate(without_a_cell(n), BOARD)
    assert missing.metrics["balance"].value == pytest.approx(1 / 8, abs=0.02)    # 4 standard errors
    assert as_good(without_a_cell(n)) == {"inside", "strays"}
    slightly = evaluate(blurred(n, 0.01), BOARD)
    assert slightly.metrics["inside"].value < 0.98 and slightly.as_good_as_real("strays")
    assert slightly.as_good_as_real("sliced_wasserstein")                        # it hardly sees this one
    assert not evaluate(blurred(n, 0.05), BOARD).as_good_as_real("strays")


# --- the report ------------------------------------------------------------------------------------------

def test_the_table_is_aligned_and_the_same_every_time():
    x = with_strays(2000, 0.1)
    table = str(evaluate(x, BOARD))
    assert table == str(evaluate(x.clone(), BOARD)) != str(evaluate(x, BOARD, seed=1))
    title, head, *lines = table.splitlines()
    assert title == "2,000 points" and len(lines) == 4
    assert len({line.index("±") for line in lines}) == 1
    assert lines[0].split()[-4:] == ["90.00%", "100.00%", "±", "0.00%"]
    assert lines[2].split()[-4:] == ["10.00%", "0.00%", "±", "0.00%"]
    assert head.split() == ["points", "real", "draws"]
    assert all(len(line) < 100 for line in table.splitlines())


def test_to_dict_is_json():
    content = json.loads(json.dumps(evaluate(BOARD.sample(500, seed=0), BOARD).to_dict(), allow_nan=False))
    assert content["points"] == 500 and content["non_finite"] == 0
    assert content["metrics"]["inside"] == {"value": 1.0, "real": 1.0, "spread": 0.0, "as_good_as_real": True}
    assert set(content["metrics"]) == {"inside", "balance", "strays", "sliced_wasserstein"}


def test_the_global_random_state_is_left_alone():
    before = torch.get_rng_state()
    evaluate(BOARD.sample(100, seed=0), BOARD)
    assert torch.get_rng_state().equal(before)


# --- bad input -------------------------------------------------------------------------------------------

@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_diverged_sampler_is_reported_not_crashed_on(bad):
    x = BOARD.sample(1000, seed=0)
    x[5, 0] = x[9, 1] = bad
    evaluation = evaluate(x, BOARD)
    assert (evaluation.points, evaluation.non_finite) == (1000, 2)
    assert evaluation.metrics["inside"].value == 1.0
    assert "1,000 points, 2 of them NaN or infinite (the sampler diverged)" in str(evaluation)
    assert "as good as real" not in str(evaluation)
    evaluation = evaluate(torch.full((7, 2), bad), BOARD)
    assert evaluation.non_finite == 7 and "–" in str(evaluation)
    assert evaluation.to_dict()["metrics"]["inside"]["value"] is None
    json.dumps(evaluation.to_dict(), allow_nan=False)


def test_points_that_are_finite_but_very_far_away():
    evaluation = evaluate(torch.full((10, 2), 1e30), BOARD)
    assert evaluation.metrics["inside"].value == 0 and evaluation.metrics["strays"].value == 1
    assert evaluation.metrics["sliced_wasserstein"].value == pytest.approx(1e30, rel=1e-5)
    assert str(evaluation) and json.dumps(evaluation.to_dict(), allow_nan=False)


def test_one_point():
    assert evaluate(torch.tensor([[-0.75, -0.75]]), BOARD).metrics["inside"].value == 1.0


@pytest.mark.parametrize("measure", [
    lambda x: inside(x, BOARD), lambda x: balance(x, BOARD), lambda x: strays(x, BOARD),
    lambda x: sliced_wasserstein(x, x), lambda x: evaluate(x, BOARD)])
def test_no_points_and_other_dimensions_are_refused_in_one_line(measure):
    for x, error, said in [
            (torch.zeros(0, 2), ValueError, "x must hold at least one point, got none"),
            (torch.zeros(5, 3), ValueError, r"x must have shape \(batch, 2\), got \(5, 3\)"),
            (torch.zeros(5), ValueError, r"x must have shape \(batch, 2\), got \(5,\)"),
            (torch.zeros(5, 2).long(), TypeError, "x must hold floating-point numbers, got torch.int64"),
            ([[0.0, 0.0]], TypeError, "x must be a torch.Tensor")]:
        with pytest.raises(error, match=said) as caught:
            measure(x)
        assert "\n" not in str(caught.value)


def test_other_arguments_are_checked():
    x = BOARD.sample(10, seed=0)
    with pytest.raises(ValueError, match="x must be finite, but 1 of 2 points"):
        inside(torch.tensor([[0.0, 0.0], [math.nan, 0.0]]), BOARD)
    for measure in (lambda bad: strays(bad, BOARD), lambda bad: sliced_wasserstein(bad, x)):
        with pytest.raises(ValueError, match="x must be finite, but 10 of 10 points"):
            measure(x / 0)
    with pytest.raises(ValueError, match=r"y must have the shape of x, \(10, 2\), got \(9, 2\)"):
        sliced_wasserstein(x, x[:9])
    with pytest.raises(ValueError, match="distance must be positive and finite or 0, got -0.5"):
        strays(x, BOARD, distance=-0.5)
    with pytest.raises(ValueError, match="projections must be at least 1"):
        sliced_wasserstein(x, x, projections=0)
    with pytest.raises(ValueError, match="draws must be at least 2"):
        evaluate(x, BOARD, draws=1)
    with pytest.raises(ValueError, match="points must be at least 1"):
        excess_loss(Oracle(BOARD, Schedule.linear()), BOARD, Schedule.linear(), points=0)


# --- excess loss -----------------------------------------------------------------------------------------

def test_the_oracle_has_no_excess_loss():
    schedule = Schedule.linear(20)
    excess = excess_loss(Oracle(BOARD, schedule), BOARD, schedule, points=256)
    assert excess.relative == 0 and excess.per_t.abs().max() == 0 and excess.per_t.shape == (21,)


def test_a_known_error_is_measured_exactly():
    schedule = Schedule.linear(20)
    oracle = Oracle(BOARD, schedule)

    class Shifted(torch.nn.Module):
        def forward(self, xt, t):
            return oracle(xt, t) + torch.tensor([0.1, 0.3])

    excess = excess_loss(Shifted(), BOARD, schedule, points=256)
    assert excess.per_t[0] == 0
    # (0.01 + 0.09) / 2; the answers are float32 of size 1 to 4, so that 0.1 and 0.3 are added to 2e-7
    torch.testing.assert_close(excess.per_t[1:], torch.full((20,), 0.05).double(), rtol=1e-5, atol=0)
    assert excess.relative == pytest.approx(0.05 / excess.floor[1:].mean().item(), rel=1e-5)


@pytest.mark.parametrize("network", [ReferenceMLP, FeatureMLP])
def test_floor_and_excess_add_up_to_the_loss(network):
    # the loss measured straight has a standard error of about 0.4 % on average over t, the excess of an untrained
    # network about 1 %; false alarms below 1 in 1000
    schedule = Schedule.linear(30)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = network(schedule)
    excess, losses = excess_loss(model, BOARD, schedule, 2048), loss_per_t(model, BOARD, schedule, 2048)
    assert losses[1:].mean().item() == pytest.approx((excess.floor + excess.per_t)[1:].mean().item(), rel=0.02)
    assert not excess.per_t.requires_grad    # else it would keep what was computed at every t
    # and it has little noise of its own
    assert excess_loss(model, BOARD, schedule, 2048, seed=1).relative == pytest.approx(excess.relative, rel=0.05)


# --- the command -----------------------------------------------------------------------------------------

@pytest.fixture
def checkpoint_file(tmp_path):
    schedule = Schedule.linear(10)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = ReferenceMLP(schedule, hidden=8)
    save(tmp_path / "small.pt", Checkpoint(model, schedule, BOARD, torch.full((11,), 0.5)))
    return str(tmp_path / "small.pt")


def test_toydiff_evaluate_prints_the_table_or_json(checkpoint_file, capsys):
    arguments = ["evaluate", "--checkpoint", checkpoint_file, "-n", "500", "--device", "cpu"]
    assert main(arguments) == 0
    table = capsys.readouterr().out
    assert table.startswith("500 points\n") and "sliced Wasserstein-2" in table
    assert main([*arguments, "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert f"{content['metrics']['inside']['value']:.2%}" in table
    assert f"The loss is {content['excess_loss']:.2%} above the least possible, {content['loss_floor']:.4f}" in table
    assert main([*arguments, "--seed", "1"]) == 0
    assert capsys.readouterr().out != table


def test_toydiff_evaluate_says_what_is_wrong_in_one_line(tmp_path, capsys):
    assert main(["evaluate", "--checkpoint", str(tmp_path / "none.pt"), "--device", "cpu"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    with pytest.raises(SystemExit):
        main(["evaluate", "--checkpoint", "none.pt", "-n", "0"])
    assert "'0' is not a whole number" in capsys.readouterr().err
