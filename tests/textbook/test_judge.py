"""What pictures are judged by, and the denoiser that only copies: closed forms, and what each measure cannot see."""

import hashlib
import math

import pytest
import torch

from toydiff.data import Checkerboard
from toydiff.forward_process import Schedule
from toydiff.judge import (
    BUNDLED,
    Memoriser,
    copies,
    evaluate_digits,
    frechet,
    gaussian_frechet,
    load_judge,
    nearest,
    recognised,
)
from toydiff.oracle import Oracle
from toydiff.pictures import Digits
from toydiff.sampling import beta_variance, sample
from toydiff.support.container import CheckpointError
from toydiff.training import loss

DIGITS = Digits(labelled=True)
SCHEDULE = Schedule.linear(20, 1e-3, 0.4)


def normal(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def some_covariance(d, seed):
    root = normal(d, d, seed=seed)
    return root @ root.T / d


# --- the judge -------------------------------------------------------------------------------------------

def test_the_judge_is_the_one_that_the_figures_were_measured_with():
    assert hashlib.sha256(BUNDLED.read_bytes()).hexdigest()[:16] == "b37787e5b6efc2a4"
    assert not any(p.requires_grad for p in load_judge().parameters())


def test_it_is_right_in_498_of_500_scans_that_it_never_saw():
    """Two digits that are all but equally likely might be decided otherwise on another CPU: one scan more or less."""
    assert abs(recognised(DIGITS.held_out, DIGITS.held_out_label) * 500 - 498) <= 1
    assert recognised(DIGITS.held_out, (DIGITS.held_out_label + 1) % 10) <= 2 / 500
    threes = (DIGITS.held_out_label == 3).double().mean().item()
    assert recognised(DIGITS.held_out, 3) == pytest.approx(threes, abs=0.005)


def test_it_always_sees_something_and_may_be_sure_of_nothing():
    """The trap: two thirds of what a Gaussian draws are digits to it, and some white noise as well."""
    digit, sure = load_judge().sees(normal(500, 1, 8, 8, dtype=torch.float32))
    assert digit.min() >= 0 and digit.max() <= 9 and (sure > 0.9).float().mean() > 0.2


def test_a_damaged_judge_is_refused(tmp_path):
    content = bytearray(BUNDLED.read_bytes())
    content[5000] ^= 1
    (tmp_path / "judge.pt").write_bytes(content)
    with pytest.raises(CheckpointError, match="its checksum does not fit"):
        load_judge(tmp_path / "judge.pt")
    with pytest.raises(CheckpointError, match="does not hold a model that toydiff can read"):
        load_judge(BUNDLED.with_name("board.pt"))


@pytest.mark.parametrize("call, error, said", [
    (lambda: recognised(torch.zeros(3, 8, 8), 1), ValueError, r"x must have shape \(batch, 1, 8, 8\), got \(3, 8, 8\)"),
    (lambda: recognised(torch.zeros(0, 1, 8, 8), 1), ValueError, "at least one picture"),
    (lambda: recognised(DIGITS.held_out, 10), ValueError, "label must be at most 9"),
    (lambda: recognised(DIGITS.held_out, torch.tensor([1, 2])), ValueError, "label must be one integer or have shape"),
    (lambda: recognised((DIGITS.held_out + 1) / 2, 1), ValueError, "between −1 and 1, got numbers from 0 to 1"),
    (lambda: frechet((DIGITS.held_out + 1) * 8, DIGITS.held_out), ValueError, "−1 and 1, got numbers from 0 to 16"),
    (lambda: frechet(DIGITS.held_out, (DIGITS.held_out + 1) * 127.5), ValueError, "y must be .* from 0 to 255"),
    (lambda: frechet(DIGITS.held_out[:1], DIGITS.held_out), ValueError, "two pictures at least are needed"),
    (lambda: copies(DIGITS.held_out, DIGITS.pictures[:, :, :4]), ValueError, r"must have shape \(batch, 1, 8, 8\)"),
    (lambda: copies(DIGITS.held_out, DIGITS.pictures[:1]), ValueError, "pictures must be 2 at least, got 1"),
    (lambda: copies(DIGITS.held_out, DIGITS.pictures, 1.5), ValueError, "ratio must be between 0 and 1"),
])
def test_what_is_no_picture_is_told_in_one_line(call, error, said):
    with pytest.raises(error, match=said) as caught:
        call()
    assert len(str(caught.value).splitlines()) == 1


# --- the Fréchet distance --------------------------------------------------------------------------------

def test_of_gaussians_it_is_what_the_closed_forms_say():
    """In one dimension (m − m')² + (σ − σ')²; where covariances commute, the sum of that; 0 to oneself."""
    one = gaussian_frechet(torch.tensor([1.0]), torch.tensor([[4.0]]), torch.tensor([3.0]), torch.tensor([[9.0]]))
    assert one == pytest.approx(4 + 1)
    turned, _ = torch.linalg.qr(normal(5, 5))
    a, b = torch.tensor([1.0, 2, 3, 4, 0]).double(), torch.tensor([4.0, 1, 1, 0, 2]).double()
    common = [turned @ torch.diag(v) @ turned.T for v in (a, b)]
    zero = torch.zeros(5).double()
    wanted = (a.sqrt() - b.sqrt()).square().sum().item()
    assert gaussian_frechet(zero, common[0], zero, common[1]) == pytest.approx(wanted, abs=1e-6)
    assert gaussian_frechet(zero, common[0], zero, common[0]) == pytest.approx(0, abs=1e-6)


def test_it_is_the_root_of_the_matrix_that_others_take():
    """tr (ΣΣ')^½ by the symmetric root of Σ: another way to the same number, and no matter in which order."""
    m, other, a, b = normal(6, seed=1), normal(6, seed=2), some_covariance(6, 3), some_covariance(6, 4)
    values, vectors = torch.linalg.eigh(a)
    root = vectors @ torch.diag(values.clamp(min=0).sqrt()) @ vectors.T
    cross = torch.linalg.eigvalsh(root @ b @ root).clamp(min=0).sqrt().sum()
    wanted = ((m - other).square().sum() + a.trace() + b.trace() - 2 * cross).item()
    assert gaussian_frechet(m, a, other, b) == pytest.approx(wanted, rel=1e-8)
    assert gaussian_frechet(other, b, m, a) == pytest.approx(wanted, rel=1e-8)


def test_real_scans_are_at_the_distance_that_their_number_makes():
    """The trap: the same scans, fewer of them, lie farther away. Figures are compared at one n alone."""
    order = torch.randperm(1297, generator=torch.Generator().manual_seed(0))
    far = [frechet(DIGITS.pictures[order[:n]], DIGITS.held_out) for n in (50, 200, 500)]
    assert far[0] > 2.5 * far[1] > 2.5 * far[2] and 8 < far[2] < 22
    assert frechet(DIGITS.held_out, DIGITS.held_out) == pytest.approx(0, abs=1e-3)


def test_a_gaussian_of_the_same_mean_and_covariance_is_far_in_the_judges_features():
    x = DIGITS.pictures.flatten(1).double()
    drawn = torch.distributions.MultivariateNormal(x.mean(0), x.T.cov() + 1e-6 * torch.eye(64))
    with torch.random.fork_rng():
        torch.manual_seed(0)
        blurred = drawn.sample((500,)).view(-1, 1, 8, 8).float()
    assert frechet(blurred, DIGITS.held_out) > 80


# --- copies ----------------------------------------------------------------------------------------------

def test_copies_are_counted_and_what_is_new_is_not():
    x = torch.cat([DIGITS.pictures[:30], DIGITS.pictures[:20] + 0.02 * normal(20, 1, 8, 8, dtype=torch.float32),
                   DIGITS.held_out[:50]])
    assert copies(x, DIGITS.pictures) == 0.5
    assert copies(DIGITS.held_out, DIGITS.pictures) == 0


def test_half_way_between_two_pictures_is_no_copy_and_a_fifth_of_the_way_is():
    """A plane of two pictures: at a share u of the way the ratio of the distances is u / (1 − u)."""
    two = torch.stack([torch.zeros(1, 2, 2), torch.ones(1, 2, 2)])
    way = torch.tensor([0.5, 0.3, 0.26, 0.24, 0.2, 0.0]).view(-1, 1, 1, 1).expand(-1, 1, 2, 2)
    assert copies(way, two) == pytest.approx(3 / 6)
    distance, which = nearest(way[3:], two, 2)
    assert torch.allclose(distance, torch.tensor([[0.48, 1.52], [0.4, 1.6], [0.0, 2.0]]).double(), atol=1e-6)
    assert which.tolist() == [[0, 1]] * 3


# --- the denoiser that only copies -----------------------------------------------------------------------

def test_it_is_the_mean_of_the_noises_each_weighed_by_how_likely_it_is():
    """By brute force, in other words: softmax over −|ε|²/2 of the noise that each datum would need."""
    x0, xt = normal(7, 1, 2, 3), normal(5, 1, 2, 3, seed=1)
    model = Memoriser(x0, SCHEDULE)
    for t in (1, 8, 20):
        a, s = SCHEDULE.alpha_bar[t].sqrt(), (1 - SCHEDULE.alpha_bar[t]).sqrt()
        eps = (xt[:, None] - a * x0) / s
        weight = torch.softmax(-eps.flatten(2).square().sum(2) / 2, dim=1)
        wanted = (weight[..., None, None, None] * eps).sum(1)
        assert torch.allclose(model(xt, t), wanted, rtol=1e-8, atol=1e-8)
        assert torch.allclose(model.at_level(xt, SCHEDULE.alpha_bar[t].item()), wanted, rtol=1e-8, atol=1e-8)
    mixed = torch.tensor([1, 8, 20, 8, 1])
    one_by_one = [model(xt[i:i + 1], t)[0] for i, t in enumerate(mixed.tolist())]
    assert torch.allclose(model(xt, mixed), torch.stack(one_by_one))


def test_with_points_of_the_board_it_comes_close_to_the_oracle():
    """20,000 points stand for the board where noise is far wider than the gaps between them."""
    board = Checkerboard()
    model, xt = Memoriser(board.sample(20_000, seed=0), SCHEDULE), normal(50, 2).float() / 2
    for t in (8, 20):
        assert (model(xt, t) - Oracle(board, SCHEDULE)(xt, t)).abs().max() < 0.06


def test_no_network_can_have_less_loss_on_its_own_data_and_hardly_one_more_on_others():
    own, other = DIGITS.pictures[:300], DIGITS.held_out[:300]
    model, eps = Memoriser(own, SCHEDULE), normal(300, 1, 8, 8, dtype=torch.float32)
    for t in (1, 5, 10):
        mine, theirs = (loss(model, x, t, eps, SCHEDULE).item() for x in (own, other))
        jitter = 0.01 * normal(*own.shape, seed=2, dtype=torch.float32)
        shaken = loss(lambda x, t, label=None: model(x, t) + jitter, own, t, eps, SCHEDULE).item()
        assert mine < shaken and mine < theirs
    assert loss(model, own, 1, eps, SCHEDULE) < 1e-6 < 1 < loss(model, other, 1, eps, SCHEDULE)


def test_what_it_samples_are_copies_and_of_the_label_that_is_asked_for():
    own, digit = DIGITS.pictures[:200], DIGITS.label[:200]
    model = Memoriser(own, SCHEDULE, digit)
    assert model.labels == 10
    for label in (3, 10, torch.arange(30) % 10):
        x = sample(lambda xt, t, asked=label: model(xt, t, asked), SCHEDULE, 30, seed=1, shape=(1, 8, 8),
                   variance=beta_variance(SCHEDULE))
        distance, which = nearest(x, own)
        assert distance.max() < 0.2 and copies(x, own) == 1
        assert label == 10 if isinstance(label, int) and label == 10 else (digit[which[:, 0]] == label).all()


@pytest.mark.parametrize("call, error, said", [
    (lambda: Memoriser([1, 2], SCHEDULE), TypeError, "x0 must be a torch.Tensor"),
    (lambda: Memoriser(torch.zeros(3, 2), None), TypeError, "schedule must be a Schedule"),
    (lambda: Memoriser(torch.zeros(3, 2), SCHEDULE)(torch.zeros(3, 3), 1), ValueError, r"\(batch, 2\)"),
    (lambda: Memoriser(torch.zeros(3, 2), SCHEDULE)(torch.zeros(3, 2), 1, 1), ValueError, "without labels"),
    (lambda: Memoriser(torch.zeros(3, 2), SCHEDULE, torch.zeros(2)), TypeError, "label must hold integers"),
    (lambda: Memoriser(torch.zeros(0, 2), SCHEDULE), ValueError, "at least one"),
])
def test_what_it_cannot_know_by_heart_is_told_in_one_line(call, error, said):
    with pytest.raises(error, match=said) as caught:
        call()
    assert len(str(caught.value).splitlines()) == 1


# --- all together ----------------------------------------------------------------------------------------

def test_held_out_scans_are_as_good_as_real_and_noise_is_not():
    good = evaluate_digits(DIGITS.sample(500, seed=9), DIGITS)
    assert good.points == 500 and set(good.metrics) == {"frechet", "copies"}
    assert good.as_good_as_real("frechet") and good.metrics["copies"].value == 1 and not good.as_good_as_real("copies")
    noise = normal(500, 1, 8, 8, dtype=torch.float32)
    noise[0, 0, 0, 0] = math.nan
    bad = evaluate_digits(noise, DIGITS, torch.arange(500) % 10, draws=3)
    assert bad.non_finite == 1 and not bad.as_good_as_real("recognised") and not bad.as_good_as_real("frechet")
    assert "500 pictures, 1 of them NaN" in str(bad) and "recognised as asked" in str(bad)
    assert bad.to_dict()["metrics"]["copies"] == {"value": 0, "real": 0, "spread": 0, "as_good_as_real": False}


def test_where_nothing_is_left_nothing_is_measured():
    empty = evaluate_digits(torch.full((3, 1, 8, 8), math.nan), DIGITS, 3, draws=2)
    assert empty.non_finite == 3 and all(math.isnan(metric.value) for metric in empty.metrics.values())
    assert "–" in str(empty)
