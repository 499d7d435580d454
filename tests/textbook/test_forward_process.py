"""The forward process: the tables against independent formulas, one jump against a hundred steps.

Statistical tests use fixed seeds; each states how often a right program would fail it by chance with a fresh seed.
"""

import math

import pytest
import torch

from toydiff.forward_process import Schedule, add_noise, forward_step, predict_x0

SCHEDULES = {"linear": Schedule.linear(), "cosine": Schedule.cosine(), "reference": Schedule.reference(),
             "one step": Schedule([0.3]), "by hand": Schedule([0.1, 0.5, 0.2, 0.9])}
JUMPS = {"add_noise": add_noise, "forward_step": forward_step, "predict_x0": predict_x0}


@pytest.fixture(params=SCHEDULES, ids=str)
def schedule(request):
    return SCHEDULES[request.param]


def normal(*shape, seed=0, dtype=torch.float32):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


# --- the tables ------------------------------------------------------------------------------------------

def test_tables_have_an_entry_for_each_t_and_one_for_the_data(schedule):
    for table in (schedule.beta, schedule.alpha, schedule.alpha_bar, schedule.snr):
        assert table.shape == (schedule.T + 1,) and table.dtype == torch.float64
    assert schedule.beta[0] == 0 and schedule.alpha[0] == 1 and schedule.alpha_bar[0] == 1
    assert schedule.snr[0] == math.inf


def test_alpha_bar_is_the_product_of_the_alphas(schedule):
    beta = schedule.beta.tolist()
    for t in range(1, schedule.T + 1):
        wanted = math.prod(1 - beta[s] for s in range(1, t + 1))
        assert schedule.alpha_bar[t].item() == pytest.approx(wanted, rel=1e-12)
        assert schedule.snr[t].item() == pytest.approx(wanted / (1 - wanted), rel=1e-9)


def test_noise_only_grows(schedule):
    assert (schedule.alpha_bar[1:] < schedule.alpha_bar[:-1]).all() and (schedule.alpha_bar > 0).all()


def test_beta_is_kept_in_order_and_in_double_precision():
    schedule = Schedule([0.1, 0.2, 0.3])
    assert schedule.T == 3
    assert schedule.beta.tolist() == [0, 0.1, 0.2, 0.3]
    assert schedule.alpha_bar[3].item() == pytest.approx(0.9 * 0.8 * 0.7, rel=1e-14)


def test_linear_goes_in_equal_steps_from_first_to_last():
    beta = Schedule.linear(50, 0.01, 0.3).beta[1:].tolist()
    assert beta == pytest.approx([0.01 + 0.29 * i / 49 for i in range(50)], rel=1e-12)
    assert Schedule.linear(1, 0.2, 0.3).beta.tolist() == [0, 0.2]


def test_the_default_ends_in_noise_and_the_reference_does_not():
    assert Schedule.linear().T == 100 and Schedule.linear().alpha_bar[-1] < 0.01
    reference = Schedule.reference()
    assert reference.T == 100
    assert reference.beta[1].item() == pytest.approx(1e-4) and reference.beta[100].item() == pytest.approx(0.02)
    assert reference.alpha_bar[-1].item() == pytest.approx(0.364, abs=5e-4)


@pytest.mark.parametrize("T", [10, 100, 1000])
def test_cosine_follows_the_formula_wherever_it_is_not_clipped(T):
    schedule = Schedule.cosine(T)

    def f(t):
        return math.cos((t / T + 0.008) / 1.008 * math.pi / 2) ** 2

    for t in range(1, T):
        assert schedule.alpha_bar[t].item() == pytest.approx(f(t) / f(0), rel=1e-9)
    assert schedule.beta[T].item() == pytest.approx(0.999)    # 1 by the formula, clipped as in the paper


def test_a_schedule_moved_to_a_device_is_the_same(schedule):
    moved = schedule.to("cpu")
    assert moved.T == schedule.T
    for name in ("beta", "alpha", "alpha_bar"):
        assert torch.equal(getattr(moved, name), getattr(schedule, name))


def test_a_schedule_introduces_itself():
    assert repr(Schedule.reference()) == "Schedule(T=100, beta=0.0001…0.02, alpha_bar_T=0.36)"
    assert repr(Schedule([0.1, 0.3, 0.8])) == "Schedule(T=3, beta=0.1…0.8, alpha_bar_T=0.13)"


def test_the_limits_of_a_schedule():
    assert Schedule.cosine().T == 100
    assert Schedule.cosine(10**6).T == 10**6 == Schedule.linear(10**6, 1e-5, 1e-5).T
    assert Schedule([1.1e-12]).alpha_bar[1] < 1
    assert 1e-75 < Schedule([0.999] * 24 + [0.9]).alpha_bar[-1] < 1e-72


@pytest.mark.parametrize("make, error, words", [
    (lambda: Schedule([]), ValueError, r"beta must have shape \(T,\) with T >= 1, got \(0,\)"),
    (lambda: Schedule(0.1), ValueError, r"got \(\)"),
    (lambda: Schedule([[0.1, 0.2]]), ValueError, r"got \(1, 2\)"),
    (lambda: Schedule([0.1, 0.0]), ValueError, "strictly between 0 and 1, but beta_2 is 0"),
    (lambda: Schedule([0.1, 0.2, 1.0]), ValueError, "strictly between 0 and 1, but beta_3 is 1"),
    (lambda: Schedule([-0.1]), ValueError, "but beta_1 is -0.1"),
    (lambda: Schedule([0.1, math.nan]), ValueError, "but beta_2 is nan$"),
    (lambda: Schedule([0.1, 1.5]), ValueError, "but beta_2 is 1.5$"),
    (lambda: Schedule([0.1, 0.0]), ValueError, "but beta_2 is 0$"),
    (lambda: Schedule([1e-12]), ValueError, r"but beta_1 is 1e-12 \(1e-12 or less\)$"),
    (lambda: Schedule([0.999] * 26), ValueError,
     r"leave something of the data, but alpha_bar_T is 1e-78 \(T = 26\); take"),
    (lambda: Schedule(torch.ones(2, dtype=torch.complex64)), TypeError, "beta must be numbers"),
    (lambda: Schedule(torch.ones(2, device="meta")), TypeError, "beta must be numbers"),
    (lambda: Schedule.linear(1_000_001), ValueError, "T must be at most 1000000, got 1000001"),
    (lambda: Schedule.cosine(1_000_001), ValueError, "T must be at most 1000000, got 1000001"),
    (lambda: Schedule.cosine(10, 1.0), ValueError, "offset must be between 0 and 1, got 1.0"),
    (lambda: Schedule("abc"), TypeError, "beta must be numbers of shape .*, got 'abc'"),
    (lambda: Schedule(None), TypeError, "beta must be numbers"),
    (lambda: Schedule([0.1, [0.2]]), TypeError, "beta must be numbers"),
    (lambda: Schedule.linear(0), ValueError, "T must be at least 1, got 0"),
    (lambda: Schedule.linear(10.0), TypeError, "T must be an integer, got 10.0"),
    (lambda: Schedule.linear(10, 0.0, 0.1), ValueError, "first must be between 0 and 1, got 0.0"),
    (lambda: Schedule.linear(10, 0.1, 1.0), ValueError, "last must be between 0 and 1, got 1.0"),
    (lambda: Schedule.linear(10, "a", 0.1), TypeError, "first must be a number, got 'a'"),
    (lambda: Schedule.linear(10, 0.1, math.nan), ValueError, "last must be between 0 and 1, got nan"),
    (lambda: Schedule.cosine(-1), ValueError, "T must be at least 1, got -1"),
    (lambda: Schedule.cosine(10, 0.0), ValueError, "offset must be between 0 and 1, got 0.0"),
    (lambda: Schedule.cosine(10, True), TypeError, "offset must be a number, got True"),
])
def test_bad_schedules(make, error, words):
    with pytest.raises(error, match=words) as caught:
        make()
    assert len(str(caught.value).splitlines()) == 1


# --- one step, one jump ----------------------------------------------------------------------------------

def test_one_step_is_a_little_less_signal_and_a_little_more_noise(schedule):
    x, eps = normal(5, 2, dtype=torch.float64), normal(5, 2, seed=1, dtype=torch.float64)
    for t in (1, schedule.T):
        beta = schedule.beta[t].item()
        wanted = math.sqrt(1 - beta) * x + math.sqrt(beta) * eps
        assert torch.allclose(forward_step(x, t, eps, schedule), wanted, rtol=0, atol=1e-14)


def test_without_noise_a_hundred_steps_are_one_jump(schedule):
    x0 = normal(5, 2, dtype=torch.float64)
    x, none = x0, torch.zeros_like(x0)
    for t in range(1, schedule.T + 1):
        x = forward_step(x, t, none, schedule)
        assert torch.allclose(x, add_noise(x0, t, none, schedule), rtol=1e-12, atol=0)


@pytest.mark.parametrize("name", ["linear", "cosine", "reference", "by hand"])
def test_a_hundred_steps_and_one_jump_agree_in_distribution(name):
    """Tolerances are 5 standard errors; 10 numbers at 4 t make the false alarm 2e-5 per schedule."""
    schedule, n = SCHEDULES[name], 100_000
    source = torch.Generator().manual_seed(0)
    start = torch.tensor([0.8, -0.5])
    x = start.expand(n, 2)
    for t in range(1, schedule.T + 1):
        x = forward_step(x, t, torch.randn(n, 2, generator=source), schedule)
        if t in (1, schedule.T // 4, schedule.T // 2, schedule.T):
            jump = add_noise(start.expand(n, 2), t, torch.randn(n, 2, generator=source), schedule)
            var = (1 - schedule.alpha_bar[t]).item()
            assert ((x.mean(0) - jump.mean(0)).abs() < 5 * math.sqrt(2 * var / n)).all()
            assert ((x.mean(0) - schedule.alpha_bar[t].sqrt() * start).abs() < 5 * math.sqrt(var / n)).all()
            for cloud in (x, jump):
                covariance = cloud.double().T.cov()
                assert (covariance.diag() / var - 1).abs().max() < 5 * math.sqrt(2 / n)
                assert abs(covariance[0, 1]) / var < 5 / math.sqrt(n)


def test_data_of_variance_one_keeps_variance_one(schedule):
    """x0 and eps standard normal: so is x_t. 5 standard errors on 2 numbers at 3 t: false alarm 4e-6."""
    n = 200_000
    x0, eps = normal(n, 2), normal(n, 2, seed=1)
    for t in {1, max(1, schedule.T // 2), schedule.T}:
        xt = add_noise(x0, t, eps, schedule).double()
        assert (xt.var(0) - 1).abs().max() < 5 * math.sqrt(2 / n)


def test_the_weights_of_signal_and_noise_are_the_square_roots(schedule):
    one, none = torch.ones(1, 2, dtype=torch.float64), torch.zeros(1, 2, dtype=torch.float64)
    for t in range(1, schedule.T + 1):
        signal, noise = add_noise(one, t, none, schedule)[0, 0], add_noise(none, t, one, schedule)[0, 0]
        assert signal.item() == pytest.approx(math.sqrt(schedule.alpha_bar[t].item()), rel=1e-12)
        assert (signal**2 + noise**2).item() == pytest.approx(1, abs=1e-12)


def test_a_mixed_batch_is_each_point_alone(schedule):
    T = schedule.T
    t = torch.tensor([1, T, (T + 1) // 2, 1, T])
    x, eps = normal(5, 2), normal(5, 2, seed=1)
    for jump in JUMPS.values():
        together = jump(x, t, eps, schedule)
        alone = torch.cat([jump(x[i:i + 1], int(t[i]), eps[i:i + 1], schedule) for i in range(5)])
        assert torch.allclose(together, alone, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("jump", JUMPS.values(), ids=JUMPS)
def test_a_mixed_batch_in_float64_is_computed_in_float64(jump, schedule):
    t = torch.arange(1, schedule.T + 1)
    x, eps = normal(schedule.T, 2, dtype=torch.float64), normal(schedule.T, 2, seed=1, dtype=torch.float64)
    alone = torch.cat([jump(x[i:i + 1], int(t[i]), eps[i:i + 1], schedule) for i in range(schedule.T)])
    assert torch.allclose(jump(x, t, eps, schedule), alone, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("jump", JUMPS.values(), ids=JUMPS)
def test_every_way_of_writing_t_gives_the_same(jump):
    x, eps, schedule = normal(4, 2), normal(4, 2, seed=1), SCHEDULES["linear"]
    wanted = jump(x, 37, eps, schedule)
    # one t is computed with in float32, a tensor of them in float64 and then rounded: a few 6e-8 of numbers around 2
    for same in (torch.tensor(37), torch.full((4,), 37), torch.full((4,), 37, dtype=torch.int32)):
        assert torch.allclose(jump(x, same, eps, schedule), wanted, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("jump", JUMPS.values(), ids=JUMPS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("t", [3, torch.tensor([3, 1, 4, 2])], ids=["int", "batch"])
def test_shape_and_dtype_stay_and_inputs_are_not_touched(jump, dtype, t):
    x, eps = normal(4, 2, dtype=dtype), normal(4, 2, seed=1, dtype=dtype)
    copies = x.clone(), eps.clone()
    y = jump(x, t, eps, SCHEDULES["by hand"])
    assert y.shape == (4, 2) and y.dtype == dtype
    assert torch.equal(x, copies[0]) and torch.equal(eps, copies[1])


def test_gradients_pass_through():
    x0 = torch.ones(1, 2, dtype=torch.float64, requires_grad=True)
    add_noise(x0, 2, torch.zeros_like(x0), SCHEDULES["by hand"]).sum().backward()
    assert x0.grad.tolist()[0] == pytest.approx([math.sqrt(0.9 * 0.5)] * 2)


@pytest.mark.parametrize("dtype, tolerance", [(torch.float64, 1e-11), (torch.float32, 1e-4)])
def test_predict_x0_undoes_add_noise(schedule, dtype, tolerance):
    x0 = 0.5 * normal(50, 2, dtype=dtype)
    eps = normal(50, 2, seed=1, dtype=dtype)
    for t in {1, max(1, schedule.T // 2), schedule.T - 1 or 1}:
        back = predict_x0(add_noise(x0, t, eps, schedule), t, eps, schedule)
        assert (back - x0).abs().max() < tolerance / math.sqrt(schedule.alpha_bar[t])


@pytest.mark.parametrize("jump", JUMPS.values(), ids=JUMPS)
def test_an_empty_batch_stays_empty(jump):
    none = torch.zeros(0, 2)
    assert jump(none, torch.zeros(0, dtype=torch.int64), none, SCHEDULES["linear"]).shape == (0, 2)


# --- bad input -------------------------------------------------------------------------------------------

X = torch.zeros(3, 2)
BAD = [
    (X, 0, X, ValueError, r"t must lie in 1\.\.4, got 0"),
    (X, 5, X, ValueError, r"t must lie in 1\.\.4, got 5"),
    (X, -1, X, ValueError, r"t must lie in 1\.\.4, got -1"),
    (X, torch.tensor([1, 2, 5]), X, ValueError, r"1\.\.4, got 5"),
    (X, torch.tensor([0, 2, 4]), X, ValueError, r"1\.\.4, got 0"),
    (X, torch.tensor(0), X, ValueError, r"1\.\.4, got 0"),
    (X, 1.0, X, TypeError, "t must be an integer, got 1.0"),
    (X, True, X, TypeError, "t must be an integer, got True"),
    (X, None, X, TypeError, "t must be an integer, got None"),
    (X, [1, 2, 3], X, TypeError, r"t must be an integer, got \[1, 2, 3\]"),
    (X, torch.tensor([1.0, 2.0, 3.0]), X, TypeError, r"t must hold integers 1\.\.4, got torch.float32"),
    (X, torch.ones(3, dtype=torch.bool), X, TypeError, "got torch.bool"),
    (X, torch.tensor([1, 2]), X, ValueError, r"shape \(3,\), got shape \(2,\)"),
    (X, torch.ones(3, 1, dtype=torch.int64), X, ValueError, r"got shape \(3, 1\)"),
    (torch.zeros(3), 1, torch.zeros(3), ValueError, r"must have shape \(batch, …\), got \(3,\)"),
    (torch.zeros(2), 1, torch.zeros(2), ValueError, r"got \(2,\)"),
    (X, 1, torch.zeros(4, 2), ValueError, r"eps must have the shape of x.*, \(3, 2\), got \(4, 2\)"),
    (X, 1, torch.zeros(1, 2), ValueError, r"got \(1, 2\)"),
    (X, 1, torch.zeros(3, 3), ValueError, r"eps must have the shape of \w+, \(3, 2\), got \(3, 3\)"),
    (torch.full((3, 2), math.nan), 1, X, ValueError, "must be finite, but 3 of 3 points"),
    (X, 1, torch.full((3, 2), math.inf), ValueError, "eps must be finite, but 3 of 3 points"),
    (torch.zeros(3, 2, dtype=torch.int64), 1, X, TypeError, "floating-point numbers, got torch.int64"),
    (X.tolist(), 1, X, TypeError, "must be a torch.Tensor .* got list"),
    (X.numpy(), 1, X, TypeError, "must be a torch.Tensor .* got ndarray"),
    (X, 1, None, TypeError, "eps must be a torch.Tensor .* got NoneType"),
]


@pytest.mark.parametrize("jump", JUMPS.values(), ids=JUMPS)
@pytest.mark.parametrize("x, t, eps, error, words", BAD)
def test_bad_arguments(jump, x, t, eps, error, words):
    with pytest.raises(error, match=words) as caught:
        jump(x, t, eps, SCHEDULES["by hand"])
    assert len(str(caught.value).splitlines()) == 1
