"""The networks: what every network of the course must do, whatever is inside; and the size of the reference's."""

import math

import pytest
import torch

from toydiff.checkpoint import NETWORKS
from toydiff.forward_process import Schedule
from toydiff.mlp import FeatureMLP, ReferenceMLP, count_parameters, time_column

SCHEDULES = {"linear": Schedule.linear(20), "cosine": Schedule.cosine(20), "reference": Schedule.reference()}


@pytest.fixture(params=SCHEDULES)
def schedule(request):
    return SCHEDULES[request.param]


@pytest.fixture(params=["FeatureMLP", "ReferenceMLP"])
def network(request):
    """The class of a network."""
    return NETWORKS[request.param]


@pytest.fixture
def model(network, schedule):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return network(schedule, hidden=16)


def points(n, seed=0):
    return torch.randn(n, 2, generator=torch.Generator().manual_seed(seed))


def test_the_reference_network_has_33794_parameters():
    """3·128 + 128, twice 128·128 + 128, 128·2 + 2: the number in the reference's description."""
    assert count_parameters(ReferenceMLP(Schedule.reference())) == 33_794


def test_count_parameters_leaves_out_what_is_frozen(model):
    everything = count_parameters(model)
    first = next(model.parameters()).requires_grad_(False)
    assert count_parameters(model) == everything - first.numel()
    assert count_parameters(model.requires_grad_(False)) == 0


@pytest.mark.parametrize("n", [0, 1, 2, 33])
def test_one_prediction_a_point(model, schedule, n):
    xt = points(n)
    for t in (1, schedule.T, torch.randint(1, schedule.T + 1, (n,), generator=torch.Generator().manual_seed(0))):
        eps = model(xt, t)
        assert eps.shape == (n, 2) and eps.dtype == torch.float32 and eps.isfinite().all()


def test_every_way_of_writing_t_gives_the_same(model):
    xt = points(6)
    wanted = model(xt, 7)
    for same in (torch.tensor(7), torch.full((6,), 7), torch.full((6,), 7, dtype=torch.int32)):
        assert torch.allclose(model(xt, same), wanted, rtol=1e-5, atol=1e-6)    # float32, tables looked up otherwise


def test_a_point_is_answered_alone_as_in_a_batch(model, schedule):
    xt = points(8)
    t = torch.tensor([1, schedule.T, 2, 3, schedule.T, 5, 1, 8])
    together = model(xt, t)
    alone = torch.cat([model(xt[i:i + 1], int(t[i])) for i in range(8)])
    assert torch.allclose(together, alone, rtol=1e-4, atol=1e-5)


def test_the_time_that_a_network_sees_is_t_over_T():
    xt = points(3)
    assert time_column(5, 20, xt).tolist() == [[0.25]] * 3
    assert time_column(torch.tensor([1, 10, 20]), 20, xt).flatten().tolist() == pytest.approx([0.05, 0.5, 1.0])


def test_without_its_layers_the_course_network_answers_as_for_gaussian_data(schedule):
    """√(1−ᾱ) / (1 − ᾱ + ᾱ/3) · x_t: the best answer for normal data of the board's variance 1/3."""
    model, xt = FeatureMLP(schedule, 8), points(5)
    for parameter in model.parameters():
        torch.nn.init.zeros_(parameter)
    for t in range(1, schedule.T + 1):
        ab = schedule.alpha_bar[t].item()
        wanted = math.sqrt(1 - ab) / (1 - ab + ab / 3) * xt
        assert torch.allclose(model(xt, t), wanted, rtol=2e-3, atol=1e-6)


# --- the formulas, one number after another, in plain Python ----------------------------------------------

# ᾱ = 1 − 2^−12, 3/4 and 3/8 of that: float32 holds each of them exactly, and 1 − ᾱ too. At t = 1 all six waves are
# heard: the fastest, 32π, is faded to exp(−(32π/64)²/2) = 0.29.
BY_HAND = Schedule([2.0**-12, 0.25, 0.5])
PLACES = [(0.3, -0.7), (1.25, 0.05), (-0.4, 0.9)]


def relu(a):
    return max(a, 0.0)


def gelu(a):
    """a times the chance that a standard normal number is smaller."""
    return a * (1 + math.erf(a / math.sqrt(2))) / 2


def through_the_layers(model, numbers, activation):
    """What four layers make of a list of numbers; their weights are those of the model."""
    state = {name: value.tolist() for name, value in model.state_dict().items()}
    assert {name: len(value) for name, value in state.items()} == {
        f"layers.{i}.{part}": 2 if i == 6 else model.hidden for i in (0, 2, 4, 6) for part in ("weight", "bias")}
    for i in (0, 2, 4, 6):
        rows, biases = state[f"layers.{i}.weight"], state[f"layers.{i}.bias"]
        numbers = [sum(w * a for w, a in zip(row, numbers, strict=True)) + b
                   for row, b in zip(rows, biases, strict=True)]
        numbers = numbers if i == 6 else [activation(a) for a in numbers]
    return numbers


def reference_by_hand(model, place, t):
    return through_the_layers(model, [*place, t / 3], relu)


def feature_by_hand(model, place, t):
    alpha_bar = math.prod(1 - beta for beta in (2.0**-12, 0.25, 0.5)[:t])
    signal, noise, variance = math.sqrt(alpha_bar), math.sqrt(1 - alpha_bar), 1 - alpha_bar + alpha_bar / 3
    waves = [wave(frequency * a) * math.exp(-(frequency * noise) ** 2 / 2)
             for wave in (math.sin, math.cos) for a in place
             for frequency in (math.pi, 2 * math.pi, 4 * math.pi, 8 * math.pi, 16 * math.pi, 32 * math.pi)]
    added = through_the_layers(model, [*place, *waves, t / 3, 2 * math.log(signal / noise) / 4], gelu)
    return [noise / variance * a + signal / math.sqrt(variance) * b for a, b in zip(place, added, strict=True)]


@pytest.mark.parametrize("kind, by_hand", [(ReferenceMLP, reference_by_hand), (FeatureMLP, feature_by_hand)])
@pytest.mark.parametrize("t", [1, 2, 3])
def test_the_answer_by_its_formulas_in_plain_python(kind, by_hand, t):
    """float32 against float64: the fastest wave's phase, near 100, is off by 4e-6, its part in the answer by less."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        model = kind(BY_HAND, hidden=5)
    wanted = [by_hand(model, place, t) for place in PLACES]
    answers = model(torch.tensor(PLACES), t), model(torch.tensor(PLACES), torch.full((3,), t))
    for answer in answers:
        for got, want in zip(answer.tolist(), wanted, strict=True):
            assert got == pytest.approx(want, rel=1e-5, abs=1e-6)


def test_the_course_network_has_the_size_that_is_said():
    """Two coordinates, four waves of six frequencies each, t/T and the log SNR: 28 numbers in, 96 in each layer."""
    assert count_parameters(FeatureMLP(Schedule.linear())) == 28 * 96 + 96 + 2 * (96 * 96 + 96) + 96 * 2 + 2
    assert FeatureMLP(BY_HAND).T == ReferenceMLP(BY_HAND).T == 3
    assert (FeatureMLP(BY_HAND, 7).hidden, ReferenceMLP(BY_HAND, 7).hidden) == (7, 7)


def test_t_matters_and_so_does_the_place(model, schedule):
    xt = points(8)
    first, last = model(xt, 1), model(xt, schedule.T)
    assert ((first - last).abs().max(dim=1).values > 1e-4).all()
    assert len(first.unique(dim=0)) == 8


def test_all_weights_learn(model, schedule):
    """Every parameter gets a gradient, and some of it is not zero."""
    xt = points(64)
    t = torch.randint(1, schedule.T + 1, (64,), generator=torch.Generator().manual_seed(1))
    (model(xt, t) ** 2).mean().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None and parameter.grad.abs().sum() > 0, name


def test_the_field_can_be_differentiated_by_position(model):
    xt = points(4).requires_grad_()
    model(xt, 3).sum().backward()
    assert xt.grad.shape == (4, 2) and (xt.grad.abs().sum(dim=1) > 0).all()


def test_calling_changes_neither_input_nor_network(model):
    xt, t = points(5), torch.full((5,), 2)
    copies = xt.clone(), t.clone(), {name: value.clone() for name, value in model.state_dict().items()}
    model(xt, t)
    assert torch.equal(xt, copies[0]) and torch.equal(t, copies[1])
    assert all(torch.equal(value, copies[2][name]) for name, value in model.state_dict().items())


def test_far_away_the_answer_is_still_a_number(model, schedule):
    for t in (1, schedule.T):
        assert model(torch.tensor([[50.0, -50.0], [1e4, 0.0]]), t).isfinite().all()


@pytest.mark.parametrize("extreme", [Schedule([0.999] * 24), Schedule.linear(20, 1e-10, 0.1), Schedule.cosine(1)],
                         ids=str)
def test_schedules_beyond_float32_are_answered_with_numbers(network, extreme):
    """ᾱ_T = 1e-72 is 0 in float32 and 1 − 1e-10 is 1."""
    model = network(extreme, 8)
    for t in (1, extreme.T):
        assert model(points(20), t).isfinite().all()


@pytest.mark.parametrize("make, error, words", [
    (lambda network: network(100), TypeError, "schedule must be a Schedule, got 100"),
    (lambda network: network(None), TypeError, "schedule must be a Schedule, got None"),
    (lambda network: network(Schedule.linear(5), 0), ValueError, "hidden must be at least 1, got 0"),
    (lambda network: network(Schedule.linear(5), 12.5), TypeError, "hidden must be an integer, got 12.5"),
    (lambda network: network(Schedule.linear(5), None), TypeError, "hidden must be an integer, got None")])
def test_bad_networks(network, make, error, words):
    with pytest.raises(error, match=words):
        make(network)


X = torch.zeros(3, 2)


@pytest.mark.parametrize("xt, t, error, words", [
    (X, 0, ValueError, r"t must lie in 1\.\.20, got 0"),
    (X, 21, ValueError, r"t must lie in 1\.\.20, got 21"),
    (X, torch.tensor([1, 2, 21]), ValueError, r"1\.\.20, got 21"),
    (X, 0.5, TypeError, "t must be an integer, got 0.5"),
    (X, torch.tensor([0.1, 0.2, 0.3]), TypeError, r"t must hold integers 1\.\.20, got torch.float32"),
    (X, torch.tensor([1, 2]), ValueError, r"shape \(3,\), got shape \(2,\)"),
    (X, torch.ones(3, 1, dtype=torch.int64), ValueError, r"got shape \(3, 1\)"),
    (torch.zeros(3, 3), 1, ValueError, r"xt must have shape \(batch, 2\), got \(3, 3\)"),
    (torch.zeros(2), 1, ValueError, r"got \(2,\)"),
    (torch.full((3, 2), math.nan), 1, ValueError, "xt must be finite, but 3 of 3 points"),
    (X.long(), 1, TypeError, "xt must hold floating-point numbers, got torch.int64"),
    (X.double(), 1, TypeError, "xt must be torch.float32 like the network's weights, got torch.float64"),
    (None, 1, TypeError, "xt must be a torch.Tensor .* got NoneType")])
def test_bad_calls(network, xt, t, error, words):
    with pytest.raises(error, match=words) as caught:
        network(Schedule.linear(20), 8)(xt, t)
    assert len(str(caught.value).splitlines()) == 1
