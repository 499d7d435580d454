"""What a notebook shows beside a message: the picture of one's own answer, where to read again, hints one by one."""

import re
import sys

import pytest
import torch

import toydiff
from tools import headings as tool
from toydiff.checks import EXERCISES, check, drawings, hint
from toydiff.checks.engine import headings
from toydiff.checks.engine.result import Hint, link, rich

DRAWN = [name for name, exercise in EXERCISES.items() if exercise.draw]


def shifted(answer):
    """The same answer, and a little more of it."""
    if isinstance(answer, torch.nn.Module):
        for p in answer.parameters():
            p.data += 0.3
        return answer
    if answer is None or isinstance(answer, (list, tuple)):
        return [one + 0.3 for one in answer]
    kind = getattr(answer, "dtype", None)
    return ~answer if kind == torch.bool else answer + (1 if kind == torch.int64 else 0.3)


def test_all_that_can_be_seen_is_drawn():
    """A number of weights and a list of layers are no pictures."""
    assert {name for name in EXERCISES if not EXERCISES[name].draw} == {"mlp.count_parameters", "mlp.make_layers"}


@pytest.mark.parametrize("name", DRAWN)
def test_a_wrong_answer_stands_beside_the_right_one(name):
    exercise = EXERCISES[name]
    right, wrong = (drawings.drawn(exercise, function)
                    for function in (exercise.reference, lambda **args: shifted(exercise.reference(**args))))
    assert right.startswith("<img ") and wrong.startswith("<img ") and 'alt="What your function' in right
    assert right != wrong


@pytest.mark.parametrize("name, answer", [
    ("forward_process.add_noise", lambda x0, t, eps, schedule: x0 * float("nan")),
    ("forward_process.snr", lambda alpha_bar: alpha_bar[:3]), ("data.density", lambda x, board: 1e300),
    ("evaluation.exact_eps", lambda xt, t, schedule: xt[:, :1]), ("mlp.waves", lambda t, T, n: t),
])
def test_an_answer_of_no_use_has_a_picture_or_none_and_no_traceback(name, answer):
    assert "Traceback" not in check(name, answer)._repr_html_()


def test_beside_a_wrong_answer_are_its_picture_a_link_and_folded_hints():
    exercise = EXERCISES["forward_process.alpha_bar"]
    wrong = check(exercise.name, exercise.mistakes[0].wrong)._repr_html_()
    assert wrong.count("<img ") == 1 and wrong.count("Read again") == 1
    assert wrong.count("<details>") == len(exercise.hints) + 1 and "<details open" not in wrong
    assert rich(exercise.hints[0]) in wrong
    assert check(exercise.name, exercise.reference)._repr_html_().count("<") < 8    # nothing beside what is right
    started = check(exercise.name, lambda beta: ...)._repr_html_()
    assert "<img" not in started and "A hint (1 of" in started


@pytest.mark.parametrize("name", ["forward_process.add_noise", "evaluation.exact_eps", "sampling.reverse_step"])
def test_a_picture_leaves_what_questions_are_made_of_as_it_is(name):
    def spoils(**args):
        for value in (*args.values(), *vars(args["schedule"]).values()):
            if isinstance(value, torch.Tensor) and value.is_floating_point():
                value.mul_(0.5)
        return EXERCISES[name].reference(**args)

    check(name, spoils)._repr_html_()
    check(name, EXERCISES[name].reference).require()


def test_an_answer_that_hangs_while_it_is_drawn_costs_the_picture_alone(monkeypatch):
    monkeypatch.setattr(toydiff.checks, "DRAWING", 0.3)
    calls = []

    def snr(alpha_bar):
        calls.append(0)
        while len(calls) > len(EXERCISES["forward_process.snr"].cases) + 1:
            pass
        return alpha_bar

    html = check("forward_process.snr", snr)._repr_html_()
    assert "Not right yet" in html and "<img" not in html


@pytest.mark.parametrize("text", ["costs $5 or $6", r"\(x\) and \[y\]", "`$x$` $y$"])
def test_a_dollar_in_an_error_begins_no_formula(text):
    def snr(alpha_bar):
        raise ValueError(text)

    html = check("forward_process.snr", snr)._repr_html_()
    assert 'class="tex2jax_ignore mathjax_ignore"' in html
    assert not re.search(r"\$|\\[(\[]", html.replace("<span>$</span>", "").replace("<span>\\</span>", ""))


def test_backticks_in_an_error_are_no_code():
    def snr(alpha_bar):
        raise ValueError("an `unpaired one")

    assert "an 'unpaired one" in check("forward_process.snr", snr).message
    assert rich("a `b` c ` d") == "a <code>b</code> c ` d"


@pytest.mark.parametrize("number", ["2", 2.5, True, -1, 0, 99, [], float("nan")])
def test_a_hint_takes_any_number_calmly(number):
    assert isinstance(hint("data.density", number), Hint)


def test_each_section_that_explains_a_mistake_is_a_heading_and_can_be_linked_to():
    assert tool.main(["--check"]) == 0 and headings.CELLS == tool.cells()
    assert set(headings.CELLS) == set(tool.sections())
    assert all(section.isascii() for _, section in headings.CELLS), "JupyterLab finds no other"


def test_a_link_is_what_jupyterlab_finds_and_on_colab_a_cell_of_the_course(monkeypatch):
    address = re.search('href="(.*?)"', link("01_data", "What is a distribution?"))[1]
    assert address == "../notebooks/01_data.ipynb#What-is-a-distribution?"
    monkeypatch.setitem(sys.modules, "google.colab", toydiff)
    address = re.search('href="(.*?)"', link("01_data", "What is a distribution?"))[1]
    assert address.endswith(f"notebooks/01_data.ipynb#scrollTo={headings.CELLS['01_data', 'What is a distribution?']}")


@pytest.mark.parametrize("name, ignored", [("forward_process.linear_beta", "first"),
                                           ("evaluation.strays", "distance")])
def test_the_question_that_found_an_argument_ignored_names_it(name, ignored):
    exercise = EXERCISES[name]
    usual = exercise.cases[0].args[ignored]
    message = check(name, lambda **args: exercise.reference(**args | {ignored: usual})).message
    assert f"with another `{ignored}` and all else the same" in message, message
