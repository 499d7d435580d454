"""What the drawn inputs once found, kept as cases of their own, and the questions themselves at their limits."""

import math
from fractions import Fraction

import numpy as np
import pytest
import torch

from toydiff.data import Checkerboard, named_points
from toydiff.evaluation import evaluate, inside, sliced_wasserstein
from toydiff.forward_process import Schedule, add_noise, predict_x0
from toydiff.mlp import FeatureMLP, ReferenceMLP, count_parameters
from toydiff.sampling import ddpm, optimal_variance, reverse_step, sample
from toydiff.support import devices as device, validation as validate
from toydiff.support.pieces import in_pieces

from strategies import Unprintable

X, SCHEDULE, BOARD = torch.zeros(3, 2), Schedule([0.3, 0.5]), Checkerboard()
META = X.to("meta")


def model(x, t):
    return x


CASES = {
    # PyTorch takes uint8 for a mask and refuses int8; on "meta" an index is read from nowhere
    "t as bytes": (lambda: add_noise(X, torch.ones(3, dtype=torch.uint8), X, SCHEDULE), TypeError,
                   "t must hold integers.*uint8"),
    "t as int8": (lambda: add_noise(X, torch.ones(3, dtype=torch.int8), X, SCHEDULE), TypeError,
                  "t must hold integers.*int8"),
    "t elsewhere": (lambda: add_noise(X, torch.ones(3, dtype=torch.int64, device="meta"), X, SCHEDULE), ValueError,
                    "t must be on the device of the points, cpu, got meta"),
    "t elsewhere, network": (lambda: FeatureMLP(SCHEDULE, 2)(X, torch.tensor(1, device="meta")), ValueError,
                             "t must be on"),
    "t of NumPy": (lambda: FeatureMLP(SCHEDULE, 2)(X, np.array(1, np.uint8)), TypeError, "t must be an integer"),
    "eps elsewhere": (lambda: add_noise(X, 1, META, SCHEDULE), ValueError,
                      "eps must be on the device of x0, cpu, got meta"),
    "points elsewhere": (lambda: ReferenceMLP(SCHEDULE, 2)(META, 1), ValueError,
                         "xt must be on the device of the network"),
    "8-bit floats": (lambda: add_noise(X.to(torch.float8_e4m3fn), 1, X, SCHEDULE), TypeError,
                     "x0 must hold floating-point"),
    "too far for layers": (lambda: FeatureMLP(SCHEDULE, 2)(X + 1e38, 1), ValueError,
                           "xt must be finite, but 3 of 3 points hold "
                           r"numbers of 1e\+30 and more"),
    "NaN for layers": (lambda: FeatureMLP(SCHEDULE, 2)(X / 0, 1), ValueError, "3 of 3 points hold NaN or infinity"),
    "no schedule": (lambda: predict_x0(X, 1, X, None), TypeError, "schedule must be a Schedule, got None"),
    "no model": (lambda: next(ddpm(None, SCHEDULE, X)) and list(ddpm(None, SCHEDULE, X)), TypeError,
                 "model must be a network"),
    "a class": (lambda: reverse_step(FeatureMLP, X, 1, SCHEDULE, X, SCHEDULE.beta), TypeError,
                "model must be a network"),
    "no network": (lambda: count_parameters(model), TypeError, "model must be a torch.nn.Module"),
    "no board": (lambda: inside(X, Checkerboard), TypeError, "data must be a Checkerboard, got <class"),
    "NaN in a table": (lambda: optimal_variance(SCHEDULE, torch.tensor([0, math.nan, 1])), ValueError,
                       "loss_per_t must be finite and not negative, but at t = 1 it is nan"),
    "below 0 in a table": (lambda: reverse_step(model, X, 1, SCHEDULE, X, torch.tensor([0, 0.1, -0.5])), ValueError,
                           "variance must be finite and not negative, but at t = 2 it is -0.5"),
    "a table of ints": (lambda: next(ddpm(model, SCHEDULE, X, 0, torch.ones(3, dtype=torch.int64))), TypeError,
                        "variance must"),
    "no such device": (lambda: named_points("nowhere"), ValueError, "device must be one of this machine's.*'nowhere'"),
    "no GPU 99": (lambda: BOARD.sample(3, 0, "cuda:99"), ValueError, "device must be one of this machine's"),
    "a device without chance": (lambda: BOARD.sample(3, 0, "meta"), ValueError, "device meta draws no random numbers"),
    "a generator elsewhere": (lambda: next(ddpm(model, SCHEDULE, META, torch.Generator())), ValueError,
                              "seed must be a generator on meta, got one on cpu"),
    "nothing to measure": (lambda: evaluate(META, BOARD), ValueError, "x must hold values"),
    "a seed of 65 bits": (lambda: BOARD.sample(3, 2**64), ValueError, "seed must be at most 9223372036854775807"),
    "n of 5000 digits": (lambda: BOARD.sample(10**5000), ValueError, "n must be at most 2147483647, got a int"),
    "true as a number": (lambda: sample(model, SCHEDULE, torch.tensor(True)), TypeError, "n must be an integer"),
    "unprintable": (lambda: sample(model, SCHEDULE, Unprintable()), TypeError,
                    "n must be an integer, got a Unprintable"),
    "a long list": (lambda: sample(model, SCHEDULE, list(range(999))), TypeError,
                    r"n must be an integer, got \[0, 1.{30,60}…$"),
    "lines": (lambda: sample(model, SCHEDULE, np.zeros((9, 9))), TypeError, "n must be an integer, got array"),
    "no pieces": (lambda: in_pieces(model, 0), ValueError, "size must be at least 1, got 0"),
    "a big board": (lambda: Checkerboard(1002), ValueError, "cells_per_side must be at most 1000, got 1002"),
}


@pytest.mark.parametrize("call, error, words", CASES.values(), ids=CASES)
def test_what_was_found(call, error, words):
    with pytest.raises(error, match=words) as caught:
        call()
    assert len(str(caught.value).splitlines()) == 1


def test_in_pieces_each_piece_has_its_own_t():
    t, x = torch.arange(1, 8), torch.arange(14.0).view(7, 2)
    assert torch.equal(in_pieces(lambda x, t: x * t[:, None], 3)(x, t), x * t[:, None])


def test_a_step_keeps_the_type_of_the_points_whatever_the_noise_is():
    assert reverse_step(model, X, 2, SCHEDULE, X.double(), SCHEDULE.beta).dtype == torch.float32


def test_measures_of_points_that_know_gradients_and_of_points_beyond_float32():
    x = BOARD.sample(5, 0).requires_grad_()
    assert sliced_wasserstein(x, x) == 0 and evaluate(x, BOARD, draws=2).metrics["inside"].value == 1
    far = torch.full((5, 2), 1e300, dtype=torch.float64)
    assert sliced_wasserstein(far, -far) == pytest.approx(2e30 * math.sqrt(2) / math.sqrt(2), rel=1e-5)


def test_integers_and_numbers_of_every_kind():
    for n in (3, np.int8(3), np.uint64(3), torch.tensor(3), torch.tensor([3], dtype=torch.int32)):
        assert validate.integer(n, "n", low=3, high=3) == 3 and type(validate.integer(n, "n")) is int
    assert validate.integer(validate.MOST, "n", low=1) == 2**31 - 1 and validate.integer(-10**400, "n") == -10**400
    for x in (0.5, np.float32(0.5), Fraction(1, 2)):
        assert validate.number(x, "x", 0, 1) == 0.5 and type(validate.number(x, "x", 0, 1)) is float
    assert validate.number(0, "x", 0, 1, with_low=True) == 0
    for x in (Fraction(1, 10**400), 10**400, 0, 1, math.nan):    # the first is 0 as a float
        with pytest.raises(ValueError, match="x must be between 0 and 1, got"):
            validate.number(x, "x", 0, 1)
    for x in (True, "0.5", 0.5j, None, torch.tensor(0.5)):
        with pytest.raises(TypeError, match="x must be a number"):
            validate.number(x, "x", 0, 1)


def test_a_choice_is_one_of_the_words():
    assert validate.choice("a", ["a", "b"], "letter") == "a"
    for value in ("c", None, ["a"], np.array(["a", "b"])):
        with pytest.raises(ValueError, match="letter must be one of 'a', 'b', got"):
            validate.choice(value, ["a", "b"], "letter")


def test_a_generator_of_any_device_draws_points_for_any_other():
    """Only the noise of a walk has to be drawn where it is used; a board draws where the generator is."""
    x = BOARD.sample(5, torch.Generator().manual_seed(3), "meta")
    assert x.is_meta and device.noise_source(None, "cpu") is None
    source = torch.Generator()
    assert device.noise_source(source, "cpu") is source and device.random_source(source, "meta") is source


def test_a_device_by_its_name(monkeypatch):
    assert device.find_device("cpu") == torch.device("cpu") and device.find_device(None) == device.best_device()
    assert device.available_devices()[0] == "cpu"
    for given in ("nowhere", "cuda:99", 3.5, ["cpu"]):
        with pytest.raises(ValueError, match=r"device must be one of this machine's \(.*\), got") as caught:
            device.find_device(given)
        assert len(str(caught.value).splitlines()) == 1
    monkeypatch.setattr(device, "available_devices", lambda: ["cpu", "cuda"])
    assert device.best_device().type == "cuda"
