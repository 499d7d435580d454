"""The clinic: every patient is ill in its own way, its fault can be named, and the picture of it is no accident."""

import pytest
import torch

import toydiff
from toydiff import evaluation
from toydiff.checks import EXERCISES, check
from toydiff.checks.clinic import FAULTS, LOOKS, RIGHT, as_it_came, diagnose
from toydiff.checks.clinic.faults import _buttons
from toydiff.notebook import screen

from solution_functions import STUBS, built

PATIENTS = [name for name in EXERCISES if name.startswith("clinic.")]
BOARD, SCHEDULE = toydiff.Checkerboard(), toydiff.Schedule.linear(50, 0.005, 0.2)
ORACLE = toydiff.Oracle(BOARD, SCHEDULE)


def test_every_patient_has_a_fault_of_its_own_and_there_are_two_faults_too_many():
    assert {name.removeprefix("clinic.") for name in PATIENTS} == set(RIGHT)
    assert len(set(RIGHT.values())) == len(RIGHT) == len(FAULTS) - 2
    assert set(RIGHT.values()) < set(FAULTS) and set(FAULTS) == set(LOOKS) and list(FAULTS) == sorted(FAULTS)


def test_the_order_of_the_letters_tells_nothing_about_the_order_of_the_patients():
    letters = list(RIGHT.values())[:6]
    assert letters != sorted(letters) and not any(
        ord(letter) - ord("A") + 1 == number for number, letter in enumerate(letters, 1))


def test_a_button_for_each_letter_says_what_diagnose_says_and_what_to_hand_in():
    widget = _buttons("clinic.patient_1")
    asks, letters, said = widget.children
    assert "patient 1" in asks.value and [letter for _, letter in letters.options] == list(FAULTS)
    assert all(FAULTS[letter].replace("`", "") in words for words, letter in letters.options) and letters.value is None
    for letter in ("A", RIGHT["patient_1"]):
        letters.value = letter
        assert diagnose("clinic.patient_1", letter)._repr_html_() in said.value
        assert ("To hand it in" in said.value) == (letter == RIGHT["patient_1"])
    widget.close_all()


def test_before_a_letter_is_chosen_the_buttons_stand_beside_the_text():
    chosen = diagnose("clinic.patient_1", ...)
    with screen.holding() as shown:
        chosen._ipython_display_()
    (bundle,) = shown
    assert bundle["text/plain"] == str(chosen) and "Press a letter" in bundle["text/html"] and screen.WIDGET in bundle
    assert not hasattr(diagnose("clinic.patient_1", "A"), "_ipython_display_")


@pytest.mark.parametrize("name", PATIENTS)
def test_the_right_name_passes_and_each_wrong_one_is_told_how_it_would_look(name):
    for letter in FAULTS:
        result = diagnose(name, f" {letter.lower()}")
        assert result.passed == (letter == RIGHT[name.removeprefix("clinic.")])
        assert LOOKS[letter] in result.message and result.exercise == name


@pytest.mark.parametrize("fault, step", [
    (..., "not started"), (None, "not started"), ("", "contract"), ("Z", "contract"), (1, "contract"),
    (torch.ones(2), "contract"), (["A"], "contract")])
def test_what_is_no_letter_gets_an_answer(fault, step):
    assert diagnose("clinic.patient_1", fault).step == step
    assert diagnose(fault, "A").step == "contract"


@pytest.mark.parametrize("name", PATIENTS)
def test_the_check_does_not_tell_the_fault_before_it_is_named(name):
    """Neither of what is handed out nor of the same, written anew."""
    results = check(name, built(name, STUBS[name])), check(name, as_it_came(name.removeprefix("clinic.")))
    for result in results:
        assert result.step == "not started" and "still does what it did when it came in" in result.message
        assert not result.mistake and not result.see


def inside(draw):
    """The share inside of what the patient draws when it comes in, and when it is mended."""
    return [evaluation.inside(draw(function).float(), BOARD) for function in
            (as_it_came(draw.__name__), built(f"clinic.{draw.__name__}"))]


def test_the_pictures_show_a_fault_that_the_mended_function_has_not():
    """With the exact denoiser, where all is deterministic but for the noise: 3000 points, far apart in every case."""
    source = torch.Generator().manual_seed(0)
    xT, z = torch.randn(3000, 2, generator=source), torch.randn(51, 3000, 2, generator=source)

    def patient_1(function):
        return function(ORACLE, xT, z, SCHEDULE)

    def patient_4(function):
        return function(ORACLE, xT, SCHEDULE)

    for draw in (patient_1, patient_4):
        ill, well = inside(draw)
        assert well > 0.94 and ill < 0.85

    thin, wide = (function(ORACLE, xT, z, SCHEDULE).std().item()
                  for function in (as_it_came("patient_2"), built("clinic.patient_2")))
    assert thin < 0.4 and 0.54 < wide < 0.6    # the board: 0.577

    pushed, right = (function(ORACLE.score, xT[:500], SCHEDULE, torch.Generator().manual_seed(1)).mean().item()
                     for function in (as_it_came("patient_3"), built("clinic.patient_3")))
    assert pushed > 0.9 and abs(right) < 0.1

    ts = toydiff.fewer_steps.spacing(SCHEDULE, 8)
    far, well = (function(ORACLE, xT, ts, SCHEDULE)
                 for function in (as_it_came("patient_7"), built("clinic.patient_7")))
    assert far.std() > 0.65 and 0.56 < well.std() < 0.6
    assert evaluation.inside(far.float(), BOARD) > 0.95    # which is why the width is looked at
    labelled, label = toydiff.Oracle(toydiff.Checkerboard(4, "cells"), SCHEDULE), torch.tensor([2, 5]).repeat(500)
    for function, low, high in ((as_it_came("patient_8"), 0.1, 0.14), (built("clinic.patient_8"), 0.23, 0.3)):
        x = function(labelled, xT[:1000], label, 1, SCHEDULE)    # a place in the cell: std 0.289 if even
        assert torch.equal(BOARD.cell_of(x), label) and low < evaluation.place(x, BOARD).std().item() < high

    flow, ts = toydiff.load(toydiff.checkpoint.FLOW).model, [1 - u for u in toydiff.flow.spread(50)]
    with torch.no_grad():
        away, home = (function(flow, xT[:1000].float(), ts)
                      for function in (as_it_came("patient_9"), built("clinic.patient_9")))
    assert away.std() > 2 and 0.55 < home.std() < 0.6 and evaluation.inside(home, BOARD) > 0.98

    digits, source = toydiff.load(toydiff.checkpoint.DIGITS), torch.Generator().manual_seed(0)
    real, its = digits.data.held_out[:100], digits.data.held_out_label[:100]
    eps = torch.randn(real.shape, generator=source)
    with torch.no_grad():
        blots, back = (function(digits.model, 8 * (real + 1), 20, eps, digits.schedule).clamp(-1, 1)
                       for function in (as_it_came("patient_10"), built("clinic.patient_10")))
    assert toydiff.judge.recognised(back, its) > 0.9 > 0.75 > toydiff.judge.recognised(blots, its)
