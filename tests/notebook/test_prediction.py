"""Predict, then look: the guess is kept and shown to the learner, and changes nothing that others see."""

import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

from toydiff.notebook import prediction as module
from toydiff.notebook.prediction import look_back, predict

pytestmark = pytest.mark.filterwarnings("ignore:Widget.widgets is deprecated")
VIEW = "application/vnd.jupyter.widget-view+json"
NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
QUESTION, OPTIONS = "How many points come <back>?", ["none", "a few & more", "all"]


@pytest.fixture(autouse=True)
def shown(monkeypatch, tmp_path):
    """A notebook of its own, in an empty folder; yields what it displays, a bundle each time."""
    bundles = []
    monkeypatch.setattr("IPython.display.display", lambda bundle, raw: bundles.append(bundle))
    monkeypatch.setattr(module, "_asked", {})
    monkeypatch.chdir(tmp_path)
    return bundles


def record():
    with open(module.RECORD, encoding="utf-8") as file:
        return json.load(file)


def widget(bundle):
    """The widget that stands in the place of a bundle, as the front end would find it."""
    import ipywidgets

    return ipywidgets.Widget.widgets[bundle[VIEW]["model_id"]]


@pytest.fixture
def ask(shown):
    """Ask; return the prediction, its buttons and the line that acknowledges."""
    def ask(question=QUESTION):
        asked = predict(question, OPTIONS)
        buttons, noted = widget(shown[-1]).children
        return SimpleNamespace(asked=asked, buttons=buttons, noted=noted)
    return ask


def test_a_click_is_recorded_and_acknowledged_at_once(ask):
    page = ask()
    assert page.buttons.value is None and "Choose" in page.noted.value
    assert not os.path.exists(module.RECORD)
    page.buttons.value = "a few & more"
    assert record() == {QUESTION: "a few & more"}
    assert "Noted: a few &amp; more." in page.noted.value


def test_another_day_the_guess_is_found_again(ask, monkeypatch):
    ask().buttons.value = "all"
    ask("Another question?").buttons.value = "none"
    monkeypatch.setattr(module, "_asked", {})    # a new kernel
    page = ask()
    assert page.asked.guess == page.buttons.value == "all" and "Noted: all." in page.noted.value
    assert record() == {QUESTION: "all", "Another question?": "none"}


def test_a_guess_that_is_no_option_any_more_is_passed_over(ask):
    with open(module.RECORD, "w") as file:
        json.dump({QUESTION: "an option of last year"}, file)
    assert ask().asked.guess is None


def test_the_guess_may_change_until_the_answer_is_out(ask):
    page = ask()
    for option in ("all", "none"):
        page.buttons.value = option
    assert record() == {QUESTION: "none"} and not page.buttons.disabled
    page.asked.reveal("all")
    assert page.buttons.disabled
    with pytest.raises(ValueError, match="the guess stays 'none'"):
        page.asked.choose("all")
    assert record() == {QUESTION: "none"}


def test_who_ran_everything_first_may_still_guess_once(ask, shown):
    """After "run all" the answer is out, though nobody looked yet."""
    page = ask()
    page.asked.reveal("all")
    assert not page.buttons.disabled and ">no guess<" in widget(shown[-1]).value
    page.buttons.value = "a few & more"
    assert page.buttons.disabled and ">a few &amp; more<" in widget(shown[-1]).value


def test_a_guess_made_in_code_moves_the_buttons(ask):
    page = ask()
    page.asked.reveal("all")
    page.asked.choose("none")
    assert page.buttons.value == "none" and page.buttons.disabled


def test_guess_and_outcome_stand_side_by_side(ask, shown):
    page = ask()
    page.buttons.value = "a few & more"
    page.asked.reveal("all", "Because 1 < 2.")
    seen = widget(shown[-1]).value
    assert seen.index("your guess") < seen.index(">a few &amp; more<") < seen.index(">all<") < seen.index("1 &lt; 2")
    assert "\N{CHECK MARK}" not in seen
    page.asked.reveal("a few & more")
    assert "a few &amp; more\N{NO-BREAK SPACE}\N{CHECK MARK}<" in widget(shown[-1]).value


def test_looking_back_counts_what_was_right(ask, shown):
    pages = [ask(f"Question {i}?") for i in range(4)]
    look_back()
    back = widget(shown[-1])
    assert "You made no guess" in back.value and back.value.count("not revealed yet") == 4
    for page, guess in zip(pages[:3], ["all", "none", "all"], strict=True):
        page.buttons.value = guess
        page.asked.reveal("all")
    assert "You were right in 2 of 3. What surprised you" in back.value    # the fourth was not guessed
    assert back.value.count("\N{CHECK MARK}") == 2
    pages[3].buttons.value = "all"
    pages[3].asked.reveal("all")
    assert "You were right in 3 of 4." in back.value and "not revealed" not in back.value


def test_nothing_surprised_who_was_always_right(ask, shown):
    page = ask()
    page.buttons.value = "all"
    page.asked.reveal("all")
    look_back()
    assert "You were right in 1 of 1." in (seen := widget(shown[-1]).value) and "surprised" not in seen


def whole_notebook():
    asked = predict(QUESTION, OPTIONS)
    asked.reveal("all", "Because.")
    look_back()


def plain(bundles):
    return [{kind: text for kind, text in bundle.items() if kind != VIEW} for bundle in bundles]


def test_what_others_see_does_not_depend_on_the_guess(shown, ask):
    """Outputs are committed and compared: a record beside the notebook must not change them."""
    whole_notebook()
    without = plain(shown)
    shown.clear()
    module._asked.clear()
    ask().buttons.value = "a few & more"
    shown.clear()
    whole_notebook()
    assert plain(shown) == without
    assert [bundle["text/plain"] for bundle in without] == [
        f"Predict. {QUESTION}", "- none\n- a few & more\n- all", f"{QUESTION}\n  -> all. Because.",
        f"{QUESTION}\n  -> all"]


def test_readers_get_a_question_and_a_fold_out_answer(shown):
    whole_notebook()
    question, options, answer, back = (bundle["text/html"] for bundle in shown)
    assert question == "<b>Predict.</b> How many points come &lt;back&gt;?"
    assert options == "<ul><li>none</li><li>a few &amp; more</li><li>all</li></ul>"
    assert answer.startswith("<details><summary>How many points come &lt;back&gt;?</summary>")
    assert "<p>all. Because.</p></details>" in answer
    assert back.index("&lt;back&gt;") < back.index(">all<")


def test_without_ipywidgets_it_is_a_plain_question(shown, monkeypatch):
    whole_notebook()
    with_widgets = plain(shown)
    shown.clear()
    monkeypatch.setitem(sys.modules, "ipywidgets", None)    # import raises ImportError
    whole_notebook()
    assert shown == with_widgets
    asked = predict(QUESTION, OPTIONS)
    asked.choose("all")
    assert record() == {QUESTION: "all"}


@pytest.mark.parametrize("content", [
    b"", b'{"How many', b"[1, 2]", b'{"a": 1}', b'"text"', b"\xff\xfe", b"[" * 100_000],
    ids=["empty", "torn", "list", "numbers", "text", "bytes", "deep"])
def test_a_torn_or_foreign_file_is_left_alone(ask, content):
    """No traceback, and nothing lost: the guess counts for this session, and the learner is told."""
    with open(module.RECORD, "wb") as file:
        file.write(content)
    page = ask()
    assert page.asked.guess is None
    page.buttons.value = "all"
    assert page.asked.guess == "all"
    assert "for this session only" in page.noted.value and "move it away" in page.noted.value
    with open(module.RECORD, "rb") as file:
        assert file.read() == content


def test_where_nothing_can_be_written_the_guess_counts_for_the_session(ask, shown, monkeypatch):
    def refuse(path, write):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(module, "write_whole", refuse)
    page = ask()
    page.buttons.value = "all"
    assert "for this session only" in page.noted.value and "Read-only file system" in page.noted.value
    again = ask()    # Shift + Enter after a click runs the question's cell once more
    again.asked.reveal("all")
    assert "\N{CHECK MARK}" in widget(shown[-1]).value


def test_a_record_in_the_way_as_a_folder(ask):
    os.mkdir(module.RECORD)
    page = ask()
    page.buttons.value = "all"
    assert page.asked.guess == "all" and "for this session only" in page.noted.value


def test_the_record_is_written_whole(ask, tmp_path):
    page = ask()
    page.buttons.value = "all"
    assert [path.name for path in tmp_path.iterdir()] == [module.RECORD], "no temporary file is left behind"
    assert (tmp_path / module.RECORD).read_text(encoding="utf-8").endswith("}\n")


@pytest.mark.parametrize("options", [[], ["one"], "one", ["a", "a"], ["a", "a", "b"], [1, 2], None])
def test_options_that_leave_no_choice(options):
    with pytest.raises(ValueError, match="at least two different texts"):
        predict(QUESTION, options)


@pytest.mark.parametrize("wrong", ["some", "", None, 1, "ALL"])
def test_guess_and_answer_must_be_options(wrong):
    asked = predict(QUESTION, OPTIONS)
    with pytest.raises(ValueError, match="the guess must be one of 'none', 'a few & more', 'all', got"):
        asked.choose(wrong)
    with pytest.raises(ValueError, match="the answer must be one of"):
        asked.reveal(wrong)
    assert asked.guess is None and asked.answer is None and not os.path.exists(module.RECORD)


def test_asking_again_keeps_the_order(shown):
    """Who runs a cell twice finds the question once, in its place."""
    for question in ("First?", "Second?", "First?"):
        predict(question, OPTIONS)
    look_back()
    assert shown[-1]["text/plain"] == "First?\n  -> not revealed yet\nSecond?\n  -> not revealed yet"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_notebook_asks_three_times_and_looks_back(path):
    """Each question is answered further down, none twice, and the last thing to run is the look back."""
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    asked, answered = {}, {}
    for i, cell in enumerate(cells):
        for output in cell.outputs:
            question, arrow, answer = output.get("data", {}).get("text/plain", "").partition("\n  -> ")
            if question.startswith("Predict. "):
                asked[question.removeprefix("Predict. ")] = i
            elif arrow and "look_back()" not in cell.source:
                assert question not in answered
                answered[question] = i
    assert len(asked) >= 3 and list(asked) == list(answered)
    assert all(asked[question] < answered[question] for question in asked)
    assert cells[-1].source == "look_back()" and "not revealed yet" not in cells[-1].outputs[0].data["text/plain"]
