"""What is said is true: about sizes of errors, chance, gradients, time, and about what a function takes."""

import math
import random
import time
import warnings

import numpy as np
import pytest
import torch
from torch import nn

import toydiff
from toydiff.checks import EXERCISES, check
from toydiff.checks.engine import guard
from toydiff.checks.engine.asking import caller
from toydiff.checks.engine.ladder import answer_to
from toydiff.checks.points import CROWD, LINEAR

NUMBERS = [name for name, exercise in EXERCISES.items() if exercise.number]


@pytest.mark.parametrize("name", NUMBERS)
def test_a_wrong_number_is_not_called_right_but_for_the_last_digits(name):
    for value in (7.0, torch.tensor(7.0), torch.tensor(7.0, dtype=torch.float64), np.float32(7)):
        message = check(name, lambda **_: value).message
        assert "7, " in message and "was wanted" in message and "digits" not in message, message


@pytest.mark.parametrize("name, function", [
    ("data.normalise", lambda u, low, high: 1.001 * (2 * (u - low) / (high - low) - 1)),
    ("forward_process.snr", lambda alpha_bar: alpha_bar / (1 - alpha_bar) * 1.0001),
    ("forward_process.snr", lambda alpha_bar: alpha_bar / (1.0001 - alpha_bar)),
    ("mlp.waves", lambda t, T, n: torch.cat([f(3.14 * t.double()[:, None] / T * 2 ** torch.arange(n))
                                            for f in (torch.sin, torch.cos)], 1)),
    ("mlp.waves", lambda t, T, n: torch.cat([f(3.14159 * t.double()[:, None] / T * 2 ** torch.arange(n))
                                            for f in (torch.sin, torch.cos)], 1)),
    ("training.decayed_lr", lambda step, steps, lr: lr * (1 + math.cos(3.14 * (step - 1) / steps)) / 2),
    ("evaluation.inside", lambda x, board: board.contains(x).double().mean() * 1.001),
    ("mlp.network", lambda layers, xt, t, schedule: 1.0003 * EXERCISES["mlp.network"].reference(
        layers, xt, t, schedule)),
    ("forward_process.predict_x0", lambda xt, t, eps, schedule: toydiff.predict_x0(
        xt, t, eps, schedule).bfloat16().to(xt)),
])
def test_an_error_that_no_rounding_to_float32_makes_is_an_error(name, function):
    assert check(name, function).message.startswith("Not right yet")


def test_all_weights_zero_are_no_copies():
    def zero(hidden, n):
        made = EXERCISES["mlp.make_layers"].reference(hidden, n)
        for p in made.parameters():
            nn.init.zeros_(p)
        return made

    result = check("mlp.make_layers", zero)
    assert result.mistake == ""
    assert "the number of weight matrices that start with all numbers alike is 4, 0" in result.message


OWN, COUNT = torch.Generator().manual_seed(0), []


@pytest.mark.parametrize("words, disturb", [
    ("draws from PyTorch's own random numbers", lambda x: x + 0.1 * torch.randn(())),
    ("draws from PyTorch's own random numbers", lambda x: nn.functional.dropout(x, 0.5)),
    ("draws from NumPy's own random numbers", lambda x: x + np.random.rand()),
    ("draws from Python's own random numbers", lambda x: x + random.random()),
    ("Is something kept from one call to the next", lambda x: x + 0.1 * torch.rand((), generator=OWN)),
    ("Is something kept from one call to the next", lambda x: (COUNT.append(1), x + len(COUNT))[1]),
])
def test_where_chance_comes_from_is_said_as_it_is(words, disturb):
    for name in ("forward_process.add_noise", "fewer_steps.ddim_step"):
        result = check(name, lambda **args: disturb(EXERCISES[name].reference(**args)))
        assert words in result.message and ("torch.randn" in result.message) is False, result


def test_a_wrong_number_goes_before_a_stop_in_a_later_question():
    """A schedule of the notebook's own: in its place another one is told, not the first t that is not in it."""
    result = check("forward_process.add_noise", lambda x0, t, eps, schedule: toydiff.add_noise(x0, t, eps, LINEAR))
    assert "another `schedule` and all else the same" in result.message and "stops" not in result.message, result


def test_a_stop_goes_before_last_digits():
    def stops_at_300(x0, t, eps, schedule):
        if schedule.T == 300:
            raise ValueError("too long")
        a = schedule.alpha_bar.float()[t][:, None]
        return (a.sqrt() * x0 + (1 - a).sqrt() * eps).to(x0.dtype)
    assert "300 steps it stops: ValueError: too long" in check("forward_process.add_noise", stops_at_300).message


def test_a_column_of_t_is_refused_at_the_first_question():
    result = check("training.loss", lambda model, x0, t, eps, schedule: (
        (model(toydiff.add_noise(x0, t, eps, schedule), t[:, None]) - eps) ** 2).mean())
    assert "t must be one integer or have shape (6,), got shape (6, 1)" in result.message, result


def test_a_second_call_that_stops_is_told_so():
    def once(x0, t, eps, schedule):
        COUNT.append(1)
        return toydiff.add_noise(x0, t, eps, schedule) if len(COUNT) <= len(
            EXERCISES["forward_process.add_noise"].cases) else 1 / 0

    COUNT.clear()
    said = check("forward_process.add_noise", once).message
    assert "Asked the same a second time, it stops: ZeroDivisionError" in said


def test_a_global_seed_is_told_so_and_no_other_exercise_is_accused():
    def seeded(hidden, n):
        torch.manual_seed(0)
        return EXERCISES["mlp.make_layers"].reference(hidden, n)

    assert "sets the state of PyTorch's own random numbers" in check("mlp.make_layers", seeded).message
    assert check("mlp.make_layers", EXERCISES["mlp.make_layers"].reference)


@pytest.mark.parametrize("function, said", [
    (lambda x0, t, eps: x0, "must take (x0, t, eps, schedule), in any order. Yours takes (x0, t, eps)."),
    (lambda: 1, "Yours takes nothing."), (lambda *, a, b: 1, "Yours takes (a, b)."),
])
def test_it_is_said_what_a_function_takes(function, said):
    assert said in check("forward_process.add_noise", function).message


def test_arguments_are_known_by_their_names_where_one_has_another():
    assert check("forward_process.add_noise", lambda schedule, t, eps, x: toydiff.add_noise(x, t, eps, schedule))
    assert check("forward_process.add_noise", lambda x, steps, noise, s: toydiff.add_noise(x, steps, noise, s))


def test_a_patient_with_a_change_of_no_effect_is_not_called_unchanged():
    result = check("clinic.patient_4", lambda model, xT, schedule: xT)
    assert result.step == "not started" and "still ill" in str(result) and "still as" not in str(result)


def test_what_should_come_by_chance_is_the_exact_share_not_a_drawn_one():
    result = check("data.sample_board", lambda n, source: 2 * torch.rand(n, 2, generator=source) ** 2 - 1)
    assert "1 was wanted" in result.message
    result = check("training.draw_t", lambda n, T, source: torch.randint(1, T + 1, (n,), generator=source).clamp(max=2))
    assert result.message.endswith(("is 9.046, 1 was wanted.", "1 was wanted.", "0 was wanted."))


def test_no_sentence_speaks_of_what_an_exercise_does_not_have():
    for mistake in EXERCISES["evaluation.exact_eps"].mistakes:
        assert " A" not in mistake.says and "B is" not in mistake.says


# --- time -------------------------------------------------------------------------------------------------

def one_dart_at_a_time(n, source):
    """Right, and slow."""
    points = []
    while len(points) < n:
        dart = 2 * torch.rand(1, 2, generator=source) - 1
        if toydiff.Checkerboard().contains(dart):
            points.append(dart)
    return torch.cat(points)


def test_what_is_right_but_slow_passes():
    start = time.process_time()
    check("data.sample_board", one_dart_at_a_time, seconds=100).require()
    assert time.process_time() - start < 40    # of a core; a learner's own is given 10, for 28,000 points and no more


def test_what_is_too_slow_is_not_called_endless():
    said = guard.late(10, [0.5] * 18)
    assert "too slow: 18 questions took 9 seconds" in said and "never ends" not in said
    assert guard.late(10, [0.01] * 3).startswith("It answered 3 questions, but the next one did not come to an end")
    assert guard.late(10).startswith("It did not come to an end within 10 seconds of computing")


def test_what_waits_is_not_said_to_compute():
    said = guard.late(10, [0.01] * 3, [0.03, 30.2])
    assert said.startswith("It answered 3 questions, then it was stopped: of 30 seconds by the clock it computed for 0")
    assert "of computing" not in said + guard.late(10, [9.0], [None, 10])


def test_how_long_each_question_took_is_counted():
    def endless_in_the_end(x0, t, eps, schedule):
        while len(t) > 50:
            pass
        return toydiff.add_noise(x0, t, eps, schedule)

    said = check("forward_process.add_noise", endless_in_the_end, seconds=1).message
    assert f"questions, but the next one, with {CROWD} points of every t, did not come to an end" in said


@pytest.mark.parametrize("name", EXERCISES)
def test_nothing_of_ours_warns_whoever_asks(name):
    """A warning of PyTorch's would stand in a learner's notebook and on an instructor's terminal."""
    exercise = EXERCISES[name]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for function in [exercise.reference, *(mistake.wrong for mistake in exercise.mistakes)]:
            call = caller(exercise.reference, function)
            for case in exercise.cases:
                error = answer_to(exercise, call, case).error
                assert not isinstance(error, Warning), (function.__name__, case.given, error)
