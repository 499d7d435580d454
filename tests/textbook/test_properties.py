"""Laws that hold for every input: drawn points, times, boards and schedules instead of chosen ones.

Tolerances come from the floating type: `EPSILON` is the distance from 1 to the next number, and a handful of
operations may round a handful of times. Nothing here is statistical.
"""

import json
import math
from fractions import Fraction

import pytest
import torch
from hypothesis import assume, example, given, strategies as st

from toydiff import checkpoint, training
from toydiff.data import Checkerboard
from toydiff.evaluation import balance, evaluate, excess_loss, inside, sliced_wasserstein, strays
from toydiff.forward_process import Schedule, add_noise, forward_step, predict_x0
from toydiff.oracle import Oracle, loss_floor
from toydiff.sampling import (
    beta_variance,
    ddpm,
    in_pieces,
    optimal_variance,
    posterior_mean,
    posterior_variance,
    reverse_step,
    sample,
)
from toydiff.support.normal import cut_normal

from strategies import (
    EPSILON,
    FLOATS,
    betas,
    boards,
    drawn_points,
    networks,
    noisings,
    points,
    schedules,
    seeds,
    some_t,
    tables,
)


def one_by_one(t, n):
    """The n timesteps that t stands for, as ints."""
    return torch.as_tensor(t).expand(n).tolist()


def close(a, b, tolerance):
    return (a.double() - b.double()).abs().max().item() <= tolerance if a.numel() else a.shape == b.shape


# --- data ------------------------------------------------------------------------------------------------

@given(st.integers(1, 200), st.integers(1, 300), seeds)
def test_whatever_the_board_all_points_lie_inside_and_the_seed_decides(half, n, seed):
    board, before = Checkerboard(2 * half), torch.get_rng_state()
    x = board.sample(n, seed)
    assert x.shape == (n, 2) and x.dtype == torch.float32 and board.contains(x).all() and x.abs().max() <= 1
    assert torch.equal(x, board.sample(n, torch.Generator().manual_seed(seed)))
    assert torch.get_rng_state().equal(before)


@given(st.sampled_from([2, 4, 8, 16]), points(most=1.0, dtype=torch.float64), st.sampled_from([0.0, 1e-9, -1e-9]))
def test_the_cell_of_a_point_by_exact_fractions(side, x, nudge):
    """For powers of 2 the edges are exact numbers, so that fractions decide without any rounding."""
    board, x = Checkerboard(side), x + nudge
    for (px, py), index in zip(x.tolist(), board.cell_of(x).tolist(), strict=True):
        column, row = (math.floor((Fraction(p) + 1) * side / 2) for p in (px, py))
        filled = 0 <= column < side and 0 <= row < side and (column + row) % 2 == 0
        assert (index >= 0) == filled
        assert not filled or board.filled[index].tolist() == [column, row]


@given(boards, points())
def test_density_contains_and_cell_of_tell_the_same(board, x):
    assert torch.equal(board.contains(x), board.cell_of(x) >= 0)
    assert torch.equal(board.density(x), board.contains(x).to(x.dtype) / 2)


# --- the forward process ---------------------------------------------------------------------------------

@given(st.lists(betas, min_size=1, max_size=20))
def test_the_tables_of_any_schedule(beta):
    schedule = Schedule(beta)
    assert schedule.T == len(beta) and schedule.beta[1:].tolist() == beta
    assert (schedule.alpha_bar.diff() < 0).all() and schedule.alpha_bar[0] == 1
    wanted = Fraction(1)
    for t, value in enumerate(beta, start=1):
        wanted *= 1 - Fraction(value)
        assert math.isclose(schedule.alpha_bar[t], wanted, rel_tol=1e-13 * (1 + t))
        assert math.isclose(schedule.snr[t], wanted / (1 - wanted), rel_tol=1e-9)


@given(st.integers(1, 20_000), betas, betas)
def test_a_linear_schedule_leaves_something_of_the_data_or_says_so(T, first, last):
    try:
        schedule = Schedule.linear(T, first, last)
    except ValueError as error:
        assert "alpha_bar_T" in str(error) and f"T = {T}" in str(error)
        left = math.fsum(math.log1p(-(first + (last - first) * i / max(1, T - 1))) for i in range(T))
        assert left < math.log(1.01e-75)
    else:
        assert schedule.alpha_bar[-1] >= 1e-75 and schedule.beta[1].item() == pytest.approx(first, rel=1e-12)
        assert T == 1 or schedule.beta[T].item() == pytest.approx(last, rel=1e-12)


@given(st.integers(1, 5000), st.floats(1e-6, 0.99))
def test_a_cosine_schedule_falls_to_almost_nothing_clipped_at_its_end(T, offset):
    schedule = Schedule.cosine(T, offset)
    assert schedule.beta[-1] == 0.999 and (schedule.beta[1:] > 0).all() and (schedule.beta <= 0.999).all()
    f = [math.cos((t / T + offset) / (1 + offset) * math.pi / 2) ** 2 for t in (0, T // 2)]
    assert schedule.alpha_bar[T // 2].item() == pytest.approx(f[1] / f[0], rel=1e-6)


@given(noisings())
def test_add_noise_is_the_formula_in_double_precision(noising):
    x0, t, eps, schedule = (noising[name] for name in ("x0", "t", "eps", "schedule"))
    xt = add_noise(**noising)
    assert xt.shape == x0.shape and xt.dtype == x0.dtype
    for i, s in enumerate(one_by_one(t, len(x0))):
        alpha_bar = schedule.alpha_bar[s].item()
        wanted = math.sqrt(alpha_bar) * x0[i].double() + math.sqrt(1 - alpha_bar) * eps[i].double()
        assert close(xt[i], wanted, 4 * EPSILON[x0.dtype] * (x0[i].abs().max() + eps[i].abs().max()).item())


@given(noisings())
def test_predict_x0_is_the_way_back(noising):
    """Rounding x_t is the only loss: it comes back divided by √ᾱ_t."""
    x0, eps = noising["x0"], noising["eps"]
    back = predict_x0(add_noise(**noising), noising["t"], eps, noising["schedule"])
    assert back.shape == x0.shape and back.dtype == x0.dtype and not back.isnan().any()
    for i, t in enumerate(one_by_one(noising["t"], len(x0))):
        size = (x0[i].double().abs().max() + eps[i].double().abs().max()).item()
        limit = 8 * EPSILON[x0.dtype] * size / math.sqrt(noising["schedule"].alpha_bar[t])
        if limit < torch.finfo(x0.dtype).max / 100:
            assert close(back[i], x0[i], limit)


@given(schedules(), points(dtype=torch.float64), st.integers(0, 99))
def test_step_by_step_is_one_jump_with_the_noises_summed(schedule, x0, seed):
    """Each step's noise is weakened by the steps after it: √(ᾱ_T/ᾱ_t)·√β_t of it is left; that sum is √(1 − ᾱ_T)·ε."""
    assume(schedule.alpha_bar[-1] > 1e-9)
    x, total = x0, torch.zeros_like(x0)
    for t in range(1, schedule.T + 1):
        eps = drawn_points(len(x0), torch.float64, seed + t)
        x = forward_step(x, t, eps, schedule)
        total += (schedule.alpha_bar[-1] / schedule.alpha_bar[t] * schedule.beta[t]).sqrt() * eps
    jump = add_noise(x0, schedule.T, total / (1 - schedule.alpha_bar[-1]).sqrt(), schedule)
    assert close(x, jump, 1e-7)    # 1 − ᾱ_T loses digits where it is small


# --- the networks ----------------------------------------------------------------------------------------

@given(schedules(), st.data())
def test_a_network_answers_each_point_alone_with_numbers(schedule, draw):
    model, x = draw.draw(networks(schedule)), draw.draw(points(dtype=torch.float32, most=1e6))
    t = draw.draw(some_t(schedule, len(x)))
    eps = model(x, t)
    assert eps.shape == x.shape and eps.dtype == torch.float32 and eps.isfinite().all()
    for i, s in enumerate(one_by_one(t, len(x))):
        assert torch.allclose(eps[i], model(x[i:i + 1], s)[0], rtol=1e-3, atol=1e-4 * (1 + x[i].abs().max().item()))
    for size in (1, 2, 100):
        assert torch.allclose(in_pieces(model, size)(x, t), eps, rtol=1e-3, atol=1e-4 * (1 + x.abs().sum().item()))


# --- sampling --------------------------------------------------------------------------------------------

@given(noisings(of=("x0", "xt")))
def test_posterior_mean_is_the_formula_in_double_precision(noising):
    x0, xt, schedule = noising["x0"], noising["xt"], noising["schedule"]
    mean = posterior_mean(**noising)
    assert mean.shape == x0.shape and mean.dtype == x0.dtype
    for i, t in enumerate(one_by_one(noising["t"], len(x0))):
        now, before, beta = schedule.alpha_bar[t].item(), schedule.alpha_bar[t - 1].item(), schedule.beta[t].item()
        weights = math.sqrt(before) * beta / (1 - now), math.sqrt(1 - beta) * (1 - before) / (1 - now)
        wanted = weights[0] * x0[i].double() + weights[1] * xt[i].double()
        assert close(mean[i], wanted, 8 * EPSILON[x0.dtype] * (x0[i].abs().max() + xt[i].abs().max()).item() + 1e-300)
        assert t > 1 or close(mean[i], x0[i],
                              1e-7 * x0[i].abs().max().item() + 4 * EPSILON[x0.dtype] * mean[i].abs().max())


@given(schedules(), st.data())
def test_the_variances_are_in_order(schedule, draw):
    """0 <= β̃ <= β, the optimal one above β̃ and growing with the loss; at t = 1 and where careful they are β̃."""
    loss = draw.draw(tables(schedule))
    careful = draw.draw(st.integers(0, 2 * schedule.T))
    tilde, beta = posterior_variance(schedule), beta_variance(schedule, careful)
    optimal, more = optimal_variance(schedule, loss, careful), optimal_variance(schedule, 2 * loss, careful)
    for table in (tilde, beta, optimal, more):
        assert table.shape == (schedule.T + 1,) and table[0] == 0 and table[1] == 0 and table.isfinite().all()
    assert (tilde >= 0).all() and (tilde <= schedule.beta * (1 + 1e-9)).all()
    assert (optimal >= tilde).all() and (more >= optimal).all()
    for table in (beta, optimal):
        assert torch.equal(table[:careful + 1], tilde[:careful + 1])
    start = max(careful, 1) + 1
    assert torch.equal(beta[start:], schedule.beta[start:])
    wanted = tilde + schedule.beta**2 / schedule.alpha / (1 - schedule.alpha_bar) * loss    # theorem 1, shortened
    assert torch.allclose(optimal[start:], wanted[start:], rtol=1e-6)


@given(noisings(torch.float64, of=("xt", "eps")), st.floats(0, 2), st.integers(0, 99))
def test_a_step_back_is_the_posterior_mean_of_the_predicted_x0_and_noise(noising, variance, seed):
    xt, eps, schedule = noising["xt"], noising["eps"], noising["schedule"]
    t = one_by_one(noising["t"], max(1, len(xt)) if not len(xt) else len(xt))[0] if len(xt) else 1
    assume(schedule.alpha_bar[t] > 1e-6)
    z, table = drawn_points(len(xt), torch.float64, seed), torch.full((schedule.T + 1,), variance, dtype=torch.float64)
    x = reverse_step(lambda x, t: eps, xt, t, schedule, z, table)
    wanted = posterior_mean(predict_x0(xt, t, eps, schedule), xt, t, schedule) + math.sqrt(variance) * z
    assert close(x, wanted, 1e-6 * (1 + xt.abs().sum().item()) / math.sqrt(schedule.alpha_bar[t]))


WRONG_ANSWERS = {"None": None, "number": 3.0, "one column": lambda x: x[:, :1], "one point": lambda x: x[:1],
                 "whole numbers": lambda x: x.long(), "elsewhere": lambda x: x.to("meta"), "list": lambda x: x.tolist(),
                 "complex": lambda x: x.to(torch.complex64), "a dimension more": lambda x: x[None]}


@pytest.mark.parametrize("answer", WRONG_ANSWERS.values(), ids=WRONG_ANSWERS)
def test_a_wrong_answer_of_a_network_is_named_wherever_it_is_asked(answer):
    class Model(torch.nn.Module):
        def forward(self, x, t):
            return answer(x) if callable(answer) else answer

    schedule, x, board = Schedule([0.3, 0.5]), drawn_points(3), Checkerboard()
    for call in (lambda model: reverse_step(model, x, 1, schedule, x, schedule.beta),
                 lambda model: sample(model, schedule, 3),
                 lambda model: list(ddpm(model, schedule, x)), lambda model: training.loss(model, x, 1, x, schedule),
                 lambda model: training.loss_per_t(model, board, schedule, 5),
                 lambda model: excess_loss(model, board, schedule, 5)):
        with pytest.raises((TypeError, ValueError), match="model"):
            call(Model())


@given(schedules().filter(lambda schedule: schedule.T < 20), st.data())
def test_a_walk_is_decided_by_its_seed_and_changes_nothing(schedule, draw):
    model, xT, seed = draw.draw(networks(schedule)), draw.draw(points(dtype=torch.float32)), draw.draw(seeds)
    copy, before = xT.clone(), torch.get_rng_state()
    walk = list(ddpm(model, schedule, xT, seed))
    assert [t for t, _ in walk] == list(range(schedule.T, -1, -1))
    assert all(x.shape == xT.shape and x.dtype == xT.dtype and x.isfinite().all() for _, x in walk)
    again = list(ddpm(model, schedule, xT, torch.Generator().manual_seed(seed)))
    assert all(torch.equal(a, b) for (_, a), (_, b) in zip(walk, again, strict=True))
    assert torch.equal(xT, copy) and torch.get_rng_state().equal(before) and not walk[-1][1].requires_grad


@given(st.integers(1, 60), st.integers(1, 80), seeds)
def test_exactly_n_samples_whatever_the_batches(n, batch_size, seed):
    schedule = Schedule([0.2, 0.4])
    x = sample(Oracle(Checkerboard(), schedule), schedule, n, seed, batch_size=batch_size)
    assert x.shape == (n, 2) and x.dtype == torch.float32 and x.isfinite().all()
    assert torch.equal(x, sample(Oracle(Checkerboard(), schedule), schedule, n, seed, batch_size=batch_size))


# --- the oracle ------------------------------------------------------------------------------------------

@given(boards, schedules(), st.data())
def test_what_the_oracle_says_of_eps_x0_and_score_fits_together(board, schedule, draw):
    """x_t = √ᾱ·E[x0] + √(1−ᾱ)·E[ε], E[x0] lies on the board, the score is −E[ε]/√(1−ᾱ)."""
    x = draw.draw(points(dtype=torch.float64, most=1e4))
    t = draw.draw(some_t(schedule, len(x)))
    oracle = Oracle(board, schedule)
    eps, x0, score = oracle(x, t), oracle.x0(x, t), oracle.score(x, t)
    alpha_bar = schedule.alpha_bar[torch.as_tensor(t).expand(len(x)).long()][:, None]
    assert all(value.isfinite().all() and value.shape == x.shape for value in (eps, x0, score))
    assert (x0.abs() <= 1 + 1e-9).all()
    assert close(alpha_bar.sqrt() * x0 + (1 - alpha_bar).sqrt() * eps, x, 1e-9 * (1 + x.abs().sum().item()))
    assert torch.allclose(score, -eps / (1 - alpha_bar).sqrt(), rtol=1e-9)
    assert oracle.log_density(x, t).shape == (len(x),) and not oracle.log_density(x, t).isnan().any()


@given(boards, schedules(), points(dtype=torch.float64), st.integers(0, 10**6))
# columns so narrow that a series is used
@example(Checkerboard(4), Schedule([0.999] * 9), drawn_points(5, torch.float64), 8)
def test_the_score_is_the_slope_of_the_log_density(board, schedule, x, choose):
    t, x = 1 + choose % schedule.T, x.requires_grad_()
    oracle = Oracle(board, schedule)
    slope, = torch.autograd.grad(oracle.log_density(x, t).sum(), x)
    score = oracle.score(x, t)
    assert close(slope, score, 1e-5 * (1 + score.detach().abs().sum().item()))


@given(boards, schedules(), points(dtype=torch.float64), st.integers(0, 10**6))
def test_a_turn_of_the_board_by_180_degrees_turns_the_answer(board, schedule, x, choose):
    """Column i becomes column n − 1 − i, so does a row: what was filled is filled again. So are x and y exchanged."""
    t, oracle = 1 + choose % schedule.T, Oracle(board, schedule)
    assert close(oracle(-x, t), -oracle(x, t), 1e-6 * (1 + x.abs().sum().item()))
    assert close(oracle(x.flip(1), t), oracle(x, t).flip(1), 1e-6 * (1 + x.abs().sum().item()))


@given(st.lists(st.tuples(st.floats(-60, 60), st.floats(1e-9, 30)), min_size=1, max_size=20))
def test_the_mean_of_a_cut_normal_lies_in_its_interval_on_the_side_of_zero(pairs):
    middle, width = torch.tensor(pairs, dtype=torch.float64).unbind(1)
    log_density, place = cut_normal(middle, width)
    assert log_density.isfinite().all() and (place.abs() <= 0.5 + 1e-9).all()
    assert (place * middle <= 1e-12).all()    # pulled towards 0
    nearest = (middle.abs() - width / 2).clamp(min=0)
    densest = -nearest**2 / 2 - math.log(2 * math.pi) / 2
    assert (log_density <= densest + 1e-9).all()    # no denser than its densest place


@given(st.sampled_from([2, 4, 6]), st.lists(st.floats(0.05, 0.95), min_size=1, max_size=4))
def test_the_floor_lies_between_nothing_and_what_no_guess_costs(side, beta):
    """Who always answers 0 has the loss 1, who answers as for normal data has 1/(1 + SNR·var) at most."""
    schedule, board = Schedule(beta), Checkerboard(side)
    floor = loss_floor(board, schedule)
    assert floor.shape == (schedule.T + 1,) and floor[0] == 0 and (floor >= 0).all()
    normal = 1 - (1 - schedule.alpha_bar) / (1 - schedule.alpha_bar + schedule.alpha_bar / 3)
    assert (floor[1:] <= normal[1:] + 1e-6).all()


# --- evaluation ------------------------------------------------------------------------------------------

@given(points().filter(len), boards, st.floats(0, 2), st.floats(0, 2), st.randoms(use_true_random=False))
def test_the_measures_are_shares_and_know_no_order(x, board, distance, more, random):
    order = list(range(len(x)))
    random.shuffle(order)
    for measure in (inside, balance, lambda x, data: strays(x, data, distance)):
        assert 0 <= measure(x, board) <= 1 and measure(x[order], board) == measure(x, board)
    assert strays(x, board, distance + more) <= strays(x, board, distance)
    for far in (0, distance):
        assert inside(x, board) + strays(x, board, far) <= 1 + 1e-9
    assert inside(x, board) == pytest.approx(board.contains(x).double().mean().item(), rel=1e-12)


@given(boards, st.lists(st.integers(0, 10**6), min_size=1, max_size=60))
def test_balance_is_half_the_sum_of_the_differences(board, chosen):
    filled = board.filled
    cells = [index % len(filled) for index in chosen]
    x = (filled[cells].double() + 0.5) * 2 / board.cells_per_side - 1
    wanted = sum(abs(Fraction(cells.count(i), len(cells)) - Fraction(1, len(filled))) for i in range(len(filled))) / 2
    assert balance(x, board) == pytest.approx(float(wanted), abs=1e-12)


@given(st.integers(1, 20).flatmap(lambda n: st.tuples(*(points(n, torch.float32, most=10.0) for _ in range(3)))),
       st.floats(-3, 3), st.floats(-3, 3))
def test_sliced_wasserstein_is_a_distance(three, dx, dy):
    """Symmetric, 0 for the same points in any order, the triangle holds; a shift costs its length over √2.

    All but for the rounding of float32 products: which of its digits a point gets hangs on its place in the batch."""
    x, y, z = three
    xy, yz, xz = sliced_wasserstein(x, y), sliced_wasserstein(y, z), sliced_wasserstein(x, z)
    rounding = 1e-4 * (1 + x.abs().max().item() + y.abs().max().item() + z.abs().max().item())
    assert xy == pytest.approx(sliced_wasserstein(y, x), abs=rounding) and sliced_wasserstein(x, x) == 0
    assert sliced_wasserstein(x, x.flip(0)) == pytest.approx(0, abs=rounding)
    assert xz <= xy + yz + rounding
    shifted = x + torch.tensor([dx, dy])
    assert sliced_wasserstein(x, shifted) == pytest.approx(math.hypot(dx, dy) / math.sqrt(2), abs=rounding)


@given(points(most=1e4).filter(len), boards, st.lists(st.sampled_from([math.nan, math.inf, -math.inf]), max_size=3),
       seeds)
def test_an_evaluation_counts_reports_and_changes_nothing(x, board, bad, seed):
    for i, value in enumerate(bad):
        x[i % len(x), i % 2] = value
    copy, before = x.clone(), torch.get_rng_state()
    found = evaluate(x, board, seed, draws=2)
    assert found.points == len(x) and found.non_finite == (~x.isfinite().all(1)).sum().item()
    content = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    finite = found.non_finite < len(x)
    for name in ("inside", "balance", "strays", "sliced_wasserstein"):
        assert (content["metrics"][name]["value"] is not None) == finite
        assert found.metrics[name].real >= 0 and found.metrics[name].spread >= 0
    assert len(str(found).splitlines()) == 6 and str(found) == str(evaluate(x, board, seed, draws=2))
    assert torch.equal(x.nan_to_num(7), copy.nan_to_num(7)) and torch.get_rng_state().equal(before)


@given(boards, st.lists(st.floats(0.1, 0.9), min_size=1, max_size=2), st.integers(1, 50), seeds, st.floats(-2, 2))
def test_an_error_that_is_the_same_everywhere_is_the_excess(board, beta, n, seed, off):
    schedule = Schedule(beta)
    oracle, before = Oracle(board, schedule), torch.get_rng_state()
    model = torch.nn.Module()
    model.forward = lambda xt, t: oracle(xt, t) + off
    found = excess_loss(model, board, schedule, n, seed)
    # oracle + off is rounded to float32, by up to 5e-7 where the oracle says 8: off ± 5e-7, squared
    rounding = 2e-6 * abs(off) + 1e-12
    assert found.per_t[0] == 0 and found.per_t[1:].tolist() == pytest.approx([off**2] * schedule.T, abs=rounding)
    floor = found.floor.sum().item()
    assert found.relative == pytest.approx(schedule.T * off**2 / floor, abs=schedule.T * rounding / floor)
    assert torch.equal(found.floor, loss_floor(board, schedule)) and torch.get_rng_state().equal(before)


# --- training --------------------------------------------------------------------------------------------

@given(noisings(torch.float32).filter(lambda noising: len(noising["x0"])), st.data())
def test_the_loss_is_the_mean_square(noising, draw):
    model = draw.draw(networks(noising["schedule"]))
    value = training.loss(model, **noising)
    wanted = (model(add_noise(**noising), noising["t"]) - noising["eps"]).double().square().mean().item()
    assert value.shape == () and value.item() == pytest.approx(wanted, rel=1e-5) and value.item() >= 0


@given(st.integers(1, 10**6), st.integers(1, 500), seeds)
def test_t_is_drawn_from_1_to_T(T, n, seed):
    t = training.draw_t(T, n, torch.Generator().manual_seed(seed))
    assert t.shape == (n,) and t.dtype == torch.int64 and 1 <= t.min() and t.max() <= T


@given(st.integers(1, 10**6), st.floats(1e-8, 10), st.data())
def test_the_learning_rate_falls_from_lr_to_almost_nothing(steps, lr, draw):
    step = draw.draw(st.integers(1, steps))
    rate = training.decayed_lr(step, steps, lr)
    assert 0 <= rate <= lr and training.decayed_lr(1, steps, lr) == lr
    a_step, middle = math.pi / (2 * steps), 2 * step - steps - 1    # cos a + cos b = 2 cos((a+b)/2) cos((a−b)/2)
    assert rate + training.decayed_lr(steps - step + 1, steps, lr) == pytest.approx(
        lr * (1 + math.cos(a_step * (steps - 1)) * math.cos(a_step * middle)))


@given(schedules().filter(lambda schedule: schedule.T < 20), st.data())
def test_a_few_steps_of_training_are_decided_by_the_seed(schedule, draw):
    first, seed, board = draw.draw(networks(schedule)), draw.draw(seeds), draw.draw(boards)
    second, before = checkpoint.build_model(type(first).__name__, schedule, first.hidden), torch.get_rng_state()
    second.load_state_dict(first.state_dict())
    runs = [[state.loss for state in training.train(model, board, schedule, steps=3, batch_size=7, seed=seed)]
            for model in (first, second)]
    assert all(torch.equal(a, b) for a, b in zip(*runs, strict=True)) and torch.stack(runs[0]).isfinite().all()
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))
    assert torch.get_rng_state().equal(before)


# --- checkpoints -----------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A whole checkpoint as bytes, and a place to write others."""
    path = tmp_path_factory.mktemp("checkpoints") / "board.pt"
    schedule = Schedule.linear(3)
    model = checkpoint.build_model("ReferenceMLP", schedule, 2)
    checkpoint.save(path, checkpoint.Checkpoint(model, schedule, Checkerboard(), torch.zeros(4, dtype=torch.float64)))
    return path.read_bytes(), path


@given(st.one_of(st.binary(max_size=300), st.text(max_size=50).map(str.encode),
                 st.tuples(st.just("cut"), st.integers(0, 10**6)), st.tuples(st.just("turned"), st.integers(0, 10**7)),
                 st.tuples(st.just("put in"), st.integers(0, 10**6), st.binary(min_size=1, max_size=9))))
def test_whatever_a_file_holds_one_line_is_said(whole, content):
    body, path = whole
    if isinstance(content, tuple):
        where = content[1] % len(body)
        turned = bytes([body[where] ^ 1 << content[1] // len(body) % 8])
        content = {"cut": body[:where], "turned": body[:where] + turned + body[where + 1:],
                   "put in": body[:where] + content[-1] + body[where:] if content[0] == "put in" else b""}[content[0]]
    path.write_bytes(content)
    with pytest.raises(checkpoint.CheckpointError) as caught:
        checkpoint.load(path)
    assert len(str(caught.value).splitlines()) == 1 and str(path) in str(caught.value)


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_the_floating_types_are_those_that_points_may_have(dtype):
    """And on the device "meta", where nothing has a value, shapes and types come out as elsewhere."""
    x = drawn_points(3, dtype)
    for device in ("cpu", "meta"):
        y = add_noise(x.to(device), 2, x.to(device), Schedule([0.3, 0.5]))
        assert y.dtype == dtype and y.device.type == device and y.shape == (3, 2)
