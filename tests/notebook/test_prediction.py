"""Predict, then look: the guess is kept and shown to the learner, and changes nothing that others see."""

import json
import os
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

from toydiff.notebook import prediction as module, screen
from toydiff.notebook.prediction import look_back, predict
from toydiff.notebook.record import RECORD

pytestmark = pytest.mark.filterwarnings("ignore:Widget.widgets is deprecated")
VIEW = "application/vnd.jupyter.widget-view+json"
NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
QUESTION, OPTIONS = "How many points come <back>?", ["none", "a few & more", "all"]


@pytest.fixture(autouse=True)
def shown(monkeypatch, tmp_path):
    """A notebook of its own, in an empty folder; yields what it displays, a bundle each time, but for the script."""
    bundles = []
    monkeypatch.setattr("IPython.display.display", lambda bundle, raw: bundles.append(bundle))
    monkeypatch.setattr(module, "_asked", {})
    monkeypatch.chdir(tmp_path)
    return bundles


def record():
    with open(RECORD, encoding="utf-8") as file:
        return json.load(file)


def last(bundles):
    """The last of what was displayed that is no script."""
    return [bundle for bundle in bundles if "text/plain" in bundle][-1]


def widget(bundle):
    """The widget that stands in the place of a bundle, as the front end would find it."""
    import ipywidgets

    return ipywidgets.Widget.widgets[bundle[VIEW]["model_id"]]


@pytest.fixture
def ask(shown):
    """Ask; return the prediction, its buttons and the line that acknowledges."""
    def ask(question=QUESTION):
        asked = predict(question, OPTIONS)
        _, buttons, noted = widget(last(shown)).children
        return SimpleNamespace(asked=asked, buttons=buttons, noted=noted)
    return ask


def answer(asked, option="all", because="Because."):
    """The cell that answers, with a picture and a print."""
    with asked:
        screen.put("a picture", html='<img alt="a picture">')
        print("a number: 1")
        asked.reveal(option, because)


def what_waits(bundle):
    """What is to be seen in the box: nothing but a word and a button, or (all that waited, as text)."""
    children = widget(bundle).children
    if "waits for your guess" in getattr(children[0], "value", ""):
        return None
    return [part for child in children for part in parts(child)]


def parts(child):
    """What a part of an opened answer says: of an Output all its outputs, of a widget its words without their marks."""
    if hasattr(child, "outputs"):
        return [output.get("text") or output["data"]["text/plain"] for output in child.outputs]
    return [re.sub("<[^>]*>", "|", child.value)]


def test_a_click_is_recorded_and_acknowledged_at_once(ask):
    page = ask()
    assert page.buttons.value is None and "Choose" in page.noted.value
    page.buttons.value = "a few & more"
    assert record() == {QUESTION: "a few & more"}
    assert "Noted: a few &amp; more." in page.noted.value


def test_picture_numbers_verdict_and_reason_wait_for_the_guess_and_come_together(ask, shown, capsys):
    page = ask()
    answer(page.asked)
    assert what_waits(last(shown)) is None and capsys.readouterr().out == ""
    page.buttons.value = "none"
    picture, number, verdict, reason = what_waits(last(shown))
    assert (picture, number, reason) == ("a picture", "a number: 1\n", "Because.")
    assert "How many points come &lt;back&gt;?" in verdict and "|none|" in verdict and "|all|" in verdict
    assert page.buttons.disabled, "no second thoughts"


def test_who_guessed_first_sees_the_answer_at_once(ask, shown):
    page = ask()
    page.buttons.value = "none"
    answer(page.asked)
    assert what_waits(last(shown)) is not None


def verdict(bundle):
    """The comparison among what waited, as HTML."""
    (box,) = [child for child in widget(bundle).children if not hasattr(child, "outputs")]
    return box.value


def test_a_guess_after_the_answer_is_late_and_gets_no_tick(ask, shown):
    page = ask()
    answer(page.asked)
    box = last(shown)
    widget(box).children[1].click()    # show it without a guess
    assert what_waits(box) is not None and "late one" in page.noted.value and not page.buttons.disabled
    page.buttons.value = "all"
    assert "After the answer" in page.noted.value and page.buttons.disabled
    assert "all (after the answer)" in verdict(box) and "\N{CHECK MARK}" not in verdict(box)
    look_back()
    seen = widget(last(shown)).value
    assert "You made no guess" in seen and "1 came after the answer and does not count" in seen
    assert "\N{CHECK MARK}" not in seen


@pytest.mark.parametrize("when", ["before", "after", "never"])
def test_another_day_it_is_still_known_what_came_first(ask, shown, monkeypatch, when):
    """Also that the answer was seen: a guess is not changed, nor made anew, in a fresh kernel."""
    page = ask()
    if when == "before":
        page.buttons.value = "all"
    answer(page.asked)
    if when != "before":
        page.asked.look()
    if when == "after":
        page.buttons.value = "all"
    monkeypatch.setattr(module, "_asked", {})    # a new kernel
    again = ask()
    assert again.buttons.disabled == (when != "never")
    if when == "never":
        again.buttons.value = "all"
    answer(again.asked)
    assert again.asked.right == (when == "before") and again.asked.late == (when != "before")


def test_to_run_the_question_once_more_is_no_second_chance(ask, shown):
    """Shift + Enter after a click does so, and so does who comes back from below."""
    page = ask()
    page.buttons.value = "none"
    answer(page.asked)
    again = ask()
    assert again.buttons.disabled and again.asked.guess == "none"
    with pytest.raises(ValueError, match="the guess stays 'none'"):
        again.asked.choose("all")


def test_what_waited_opens_though_the_question_was_run_again(ask, shown):
    page = ask()
    answer(page.asked)
    box = last(shown)
    ask().buttons.value = "none"
    assert what_waits(box) is not None


def test_a_cell_that_fails_shows_what_it_had_and_fails(ask, shown):
    page = ask()
    page.buttons.value = "none"
    with pytest.raises(ZeroDivisionError), page.asked:
        print("so far")
        raise ZeroDivisionError
    assert what_waits(last(shown)) == ["so far\n"]
    print("and then printing is as ever")
    assert len([bundle for bundle in shown if "text/plain" in bundle]) == 2


def test_an_answer_outside_of_with_waits_too(ask, shown):
    page = ask()
    page.asked.reveal("all", "Because.")
    assert what_waits(last(shown)) is None
    page.buttons.value = "none"
    verdict, reason = what_waits(last(shown))
    assert "|none|" in verdict and "|all|" in verdict and reason == "Because."


def test_another_day_the_guess_is_found_again(ask, monkeypatch):
    ask().buttons.value = "all"
    ask("Another question?").buttons.value = "none"
    monkeypatch.setattr(module, "_asked", {})    # a new kernel
    page = ask()
    assert page.asked.guess == page.buttons.value == "all" and "Noted: all." in page.noted.value
    assert record() == {QUESTION: "all", "Another question?": "none"}


def test_a_guess_that_is_no_option_any_more_is_passed_over(ask):
    with open(RECORD, "w") as file:
        json.dump({QUESTION: "an option of last year"}, file)
    assert ask().asked.guess is None


def test_the_guess_may_change_until_the_answer_is_out(ask):
    page = ask()
    for option in ("all", "none"):
        page.buttons.value = option
    assert record() == {QUESTION: "none"} and not page.buttons.disabled
    answer(page.asked)
    assert page.buttons.disabled
    with pytest.raises(ValueError, match="the guess stays 'none'"):
        page.asked.choose("all")
    assert record() == {QUESTION: {"guess": "none", "late": False}}


def test_who_ran_everything_first_may_still_guess_once(ask, shown):
    """After "run all" the answer is there, though nobody has seen it: the guess is in time."""
    page = ask()
    answer(page.asked)
    box = last(shown)
    look_back()
    assert ">all<" not in widget(last(shown)).value, "nor does the look back tell"
    page.buttons.value = "all"
    assert page.buttons.disabled and not page.asked.late and "all\N{NO-BREAK SPACE}\N{CHECK MARK}" in verdict(box)
    assert "You were right in 1 of 1." in widget(last(shown)).value


def test_a_guess_made_in_code_moves_the_buttons(ask):
    page = ask()
    answer(page.asked)
    page.asked.choose("none")
    assert page.buttons.value == "none" and page.buttons.disabled


def test_guess_and_outcome_stand_side_by_side(ask, shown):
    page = ask()
    page.buttons.value = "a few & more"
    answer(page.asked)
    seen = verdict(last(shown))
    assert seen.index("your guess") < seen.index(">a few &amp; more<") < seen.index(">all<")
    assert "\N{CHECK MARK}" not in seen


def test_looking_back_counts_what_was_right(ask, shown):
    pages = [ask(f"Question {i}?") for i in range(4)]
    look_back()
    back = widget(last(shown))
    assert "You made no guess" in back.value and back.value.count("not revealed yet") == 4
    for page, guess in zip(pages, ["all", "none", "all"], strict=False):
        page.buttons.value = guess
        answer(page.asked)
    assert "You were right in 2 of 3. What surprised you" in back.value    # the fourth was not guessed
    assert back.value.count("\N{CHECK MARK}") == 2
    pages[3].buttons.value = "all"
    answer(pages[3].asked)
    assert "You were right in 3 of 4." in back.value and "not revealed" not in back.value


def test_nothing_surprised_who_was_always_right(ask, shown):
    page = ask()
    page.buttons.value = "all"
    answer(page.asked)
    look_back()
    assert "You were right in 1 of 1." in (seen := widget(last(shown)).value) and "surprised" not in seen


def whole_notebook():
    asked = predict(QUESTION, OPTIONS)
    answer(asked, because="""
        Because $1 < 2$:

        - so it **is**.""")
    look_back()


def plain(bundles):
    return [{kind: text for kind, text in bundle.items() if kind != VIEW}
            for bundle in bundles if "text/plain" in bundle]


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
        f"Predict. {QUESTION}\n- none\n- a few & more\n- all",
        f"a picture\na number: 1\n{QUESTION}\n  -> all\nBecause $1 < 2$:\n\n- so it **is**.", f"{QUESTION}\n  -> all"]


def test_readers_without_a_kernel_get_a_question_and_unfold_the_answer(shown):
    whole_notebook()
    question, folded, back = plain(shown)
    assert question["text/html"].startswith("<b>Predict.</b> How many points come &lt;back&gt;?<ul><li>none</li>")
    assert "<li>a few &amp; more</li>" in question["text/html"]
    parts = folded["text/markdown"].split("\n\n")    # Markdown between them is read as such
    assert parts[0].startswith("<details") and "<summary>" in parts[0] and parts[-1] == "</details>"
    assert parts[1:-1] == ['<img alt="a picture">', "<pre>a number: 1</pre>", "<p><b>It was:</b> all.</p>",
                           "Because $1 < 2$:", "- so it **is**."]
    assert back["text/markdown"].startswith("<details") and ">all<" in back["text/markdown"]


def test_without_ipywidgets_it_is_a_plain_question(shown, monkeypatch):
    whole_notebook()
    with_widgets = plain(shown)
    shown.clear()
    monkeypatch.setitem(sys.modules, "ipywidgets", None)    # import raises ImportError
    module._asked.clear()
    whole_notebook()
    assert shown == with_widgets
    asked = predict(QUESTION, OPTIONS)
    asked.choose("all")
    assert record() == {QUESTION: {"guess": "all", "late": False}}


@pytest.mark.parametrize("content", [
    b"", b'{"How many', b"[1, 2]", b'{"a": 1}', b'{"a": {"guess": 1, "late": false}}', b'"text"', b"\xff\xfe",
    b"[" * 100_000],
    ids=["empty", "torn", "list", "numbers", "no guess", "text", "bytes", "deep"])
def test_a_torn_or_foreign_file_is_left_alone(ask, content):
    """No traceback, and nothing lost: the guess counts for this session, and the learner is told."""
    with open(RECORD, "wb") as file:
        file.write(content)
    page = ask()
    assert page.asked.guess is None
    page.buttons.value = "all"
    assert page.asked.guess == "all"
    assert "for this session only" in page.noted.value and "move it away" in page.noted.value
    with open(RECORD, "rb") as file:
        assert file.read() == content


def test_where_nothing_can_be_written_the_guess_counts_for_the_session(ask, shown, monkeypatch):
    def refuse(path, write):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("toydiff.notebook.record.write_whole", refuse)
    page = ask()
    page.buttons.value = "all"
    assert "for this session only" in page.noted.value and "Read-only file system" in page.noted.value
    again = ask()    # Shift + Enter after a click runs the question's cell once more
    answer(again.asked)
    assert "\N{CHECK MARK}" in verdict(last(shown))


def test_a_record_in_the_way_as_a_folder(ask):
    os.mkdir(RECORD)
    page = ask()
    page.buttons.value = "all"
    assert page.asked.guess == "all" and "for this session only" in page.noted.value


def test_the_record_is_written_whole(ask, tmp_path):
    page = ask()
    page.buttons.value = "all"
    assert [path.name for path in tmp_path.iterdir()] == [RECORD], "no temporary file is left behind"
    assert (tmp_path / RECORD).read_text(encoding="utf-8").endswith("}\n")


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
    assert asked.guess is None and asked.answer is None and not os.path.exists(RECORD)


def test_asking_again_keeps_the_order(shown):
    """Who runs a cell twice finds the question once, in its place."""
    for question in ("First?", "Second?", "First?"):
        predict(question, OPTIONS)
    look_back()
    assert last(shown)["text/plain"] == "First?\n  -> not revealed yet\nSecond?\n  -> not revealed yet"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_notebook_asks_three_times_and_looks_back(path):
    """Each question is answered further down, none twice, and the last thing to run is the look back."""
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    asked, answered = {}, {}
    for i, cell in enumerate(cells):
        for output in cell.outputs:
            plain = output.get("data", {}).get("text/plain", "")
            if plain.startswith("Predict. "):
                asked[plain.removeprefix("Predict. ").splitlines()[0]] = i
            elif "look_back()" not in cell.source:    # numbers before it, the reason after it
                for question in re.findall(r"^(.*)\n  -> ", plain, re.M):
                    assert question not in answered
                    answered[question] = i
    assert len(asked) >= 3 and list(asked) == list(answered)
    assert all(asked[question] < answered[question] for question in asked)
    assert cells[-1].source == "look_back()" and "not revealed yet" not in cells[-1].outputs[0].data["text/plain"]
