"""Pictures of wrong answers: a worker sends numbers, the examiner draws them, a student's page shows them."""

import re

import pytest
import torch

from toydiff.checks import EXERCISES
from toydiff.grading import examination, grade, limits, pictures
from toydiff.grading.begin import ENVIRONMENT
from toydiff.notebook import plots, screen

from handed_in import NOISE, SNR, call
from submissions import notebook, only_code, rewritten, save, with_cells, without

PICTURE = r'<img src="data:image/webp;base64,[A-Za-z0-9+/=]+" alt="What your function answers, beside [a-z ]+\."'
MADE = without(without(only_code(notebook()), "plots."), "check(")    # imports and functions

# It answers the questions, and whoever wants to draw it gets 40 MB, a text, too much, or no answer ever.
HOSTILE = """
import time, torch
from toydiff.checks import drawings
drawings.asked = lambda exercise, function: {
    "forward_process.linear_beta": lambda: torch.zeros(10**7), "forward_process.alpha_bar": lambda: "<script>",
    "forward_process.snr": lambda: torch.zeros(100_000), "forward_process.predict_x0": lambda: time.sleep(600),
}[exercise.name]()
"""


def test_a_students_page_shows_each_wrong_answer_that_can_be_drawn_and_no_right_one(tmp_path):
    made = rewritten(MADE, add_noise="return x0 + eps", snr="return alpha_bar",
                     forward_step="raise ValueError", linear_beta="...")
    save(made, tmp_path / "class" / "ann.ipynb")
    assert call("class", tmp_path / "class", "--output", tmp_path / "out", "--format", "json") == 0
    assert call("class", tmp_path / "class", "--output", tmp_path / "out", "--format", "html", "--resume") == 0
    page = (tmp_path / "out" / "html_feedback" / "ann.html").read_text(encoding="utf-8")
    drawn = {re.search(r"<b>(\w+)</b>", item)[1] for item in re.findall(r"<li>.*?</li>", page)
             if re.search(PICTURE, item)}
    assert drawn == {"add_noise", "snr"} and page.count("<img") == 2
    assert all("<img" not in path.read_text(encoding="utf-8") for path in (tmp_path / "out").rglob("*.html")
               if path.name != "ann.html")


def test_who_sends_nonsense_for_a_picture_gets_none_and_loses_nothing_else(tmp_path, monkeypatch):
    monkeypatch.setattr(examination, "DRAWING", 0.5)
    wrong = dict.fromkeys(("linear_beta", "alpha_bar", "snr"), "return torch.ones(3)")
    made = with_cells(rewritten(MADE, **wrong, predict_x0="return xt"), HOSTILE, at=1)
    report = grade(save(made, tmp_path / "eve.ipynb"), draw=True)
    assert report.pictures == {}
    assert {result.exercise.split(".")[1] for result in report.results if not result.passed} == {*wrong, "predict_x0"}


@pytest.mark.parametrize("sent", [None, "<script>", ..., [1.0], torch.zeros(limits.DRAWN + 1), torch.zeros(0),
                                  torch.full((5000, 2), float("nan")), torch.zeros(7), torch.tensor(1e300),
                                  torch.zeros(2, 2, dtype=torch.complex64), torch.empty(9, device="meta"),
                                  torch.zeros(0, 5, 0), torch.zeros(1, 1, limits.DRAWN // 2, 2)],
                         ids=lambda sent: str(getattr(sent, "shape", sent)))
@pytest.mark.parametrize("name", [NOISE, SNR, "data.density", "flow.to_velocity", "pictures.slerp", "data.covariance"])
def test_whatever_is_sent_makes_a_picture_or_none(name, sent):
    made = pictures.of(EXERCISES[name], sent)
    assert made == "" or re.match(PICTURE, made) and made.count("<") == 1 and len(made) < 200_000


def test_no_right_answer_has_more_numbers_than_are_drawn():
    asked = [EXERCISES[name] for name in EXERCISES if EXERCISES[name].draw and not name.startswith("clinic.")]
    assert max(pictures.drawings.asked(exercise, exercise.reference).numel() for exercise in asked) < limits.DRAWN / 2


def test_a_cell_in_grading_draws_no_picture_that_nobody_sees(monkeypatch):
    figure, _ = plots.new_figure()
    assert screen.still(figure, "a square").startswith("<img ")
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    assert screen.still(figure, "a square") == ""
