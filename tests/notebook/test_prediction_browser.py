"""Predict, then look, in a real JupyterLab: a guess by mouse, one by keyboard, record, outcome and look back."""

import json

import nbformat
import pytest

from browser import KERNEL_IDLE, SCREENSHOTS, close_notebook, wait_for

SOURCES = [
    "from toydiff.notebook.prediction import look_back, predict\n"
    "first = predict('Where will it appear?', ['at 80', 'at 50', 'at 10'])",
    "second = predict('And what is it?', ['a blob', 'a board', 'a ring',\n"
    "                                     'a word in quotes: \"x\" <b> and more than a line holds'])",
    "first.reveal('at 10', 'Late.')\nsecond.reveal('a board')",
    "look_back()",
    "from toydiff.notebook import plots\n"
    "print('questions   6      11\\nDDIM        0.195  0.095   a comment that makes the line too long for a phone')\n"
    "plots.show(plots.panels(*5 * [('five', [[0, 0]], plots.DATA)], size=2.2), 'five panels')",
]
FITS = """cell => [...cell.querySelectorAll(".toydiff-options button")].every(
    button => button.scrollWidth <= button.clientWidth + 1 && button.scrollHeight <= button.clientHeight + 1 &&
        button.getBoundingClientRect().right <= cell.getBoundingClientRect().right)"""
# Wider than the page, whole, and within something that scrolls; the picture's five panels of 100 pixels at least
SCROLLS = """cell => {
  const can = node => node && (getComputedStyle(node).overflowX === "auto" && node.scrollWidth > node.clientWidth
                               || can(node.parentElement))
  const pre = cell.querySelector("pre"), picture = cell.querySelector("img")
  return {columns: getComputedStyle(pre).whiteSpace === "pre" && can(pre),
          picture: picture.clientWidth >= 500 && can(picture)}
}"""
BUTTON = ".jp-Cell >> nth={cell} >> .widget-toggle-button >> text={option}"


@pytest.fixture
def page(lab, lab_folder, browser):
    """The notebook, opened, nothing run yet."""
    cells = [nbformat.v4.new_code_cell(source) for source in SOURCES]
    (lab_folder / "predict").mkdir()
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), lab_folder / "predict" / "predict.ipynb")
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{lab}/lab/tree/predict/predict.ipynb?reset", timeout=60_000)
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
    page.wait_for_function(KERNEL_IDLE, timeout=60_000)
    yield page
    close_notebook(page)


def run_next(page, cells):
    """What Shift + Enter does, so many times."""
    for _ in range(cells):
        page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-cell-and-select-next')")
    page.wait_for_function(KERNEL_IDLE, timeout=60_000)


def text(page, cell):
    return page.locator(".jp-Cell").nth(cell).locator(".jp-OutputArea").first.inner_text()


def test_predict_then_look(page, lab_folder):
    record = lab_folder / "predict" / "predictions.json"
    run_next(page, 2)
    page.click(BUTTON.format(cell=0, option="at 50"), timeout=20_000)
    wait_for(lambda: "Noted: at 50. Now run on" in text(page, 0), 60)
    assert json.loads(record.read_text()) == {"Where will it appear?": "at 50"}

    page.focus(BUTTON.format(cell=1, option="a blob"))
    for key in ("Space", "Tab", "Enter"):    # a guess, and a better one
        page.keyboard.press(key)
    wait_for(lambda: "Noted: a board." in text(page, 1), 60)
    assert json.loads(record.read_text())["And what is it?"] == "a board"
    assert '"x" <b>' in text(page, 1), "an option is text, not HTML"

    run_next(page, 3)    # the key made the question's cell the active one: it runs once more, and the guess stays
    wait_for(lambda: "You were right in 1 of 2." in text(page, 3), 20)
    outcome = " ".join(text(page, 2).split())
    assert "your guess it was at 50 at 10 Late." in outcome
    assert "your guess it was a board \N{CHECK MARK} a board" in outcome
    assert page.locator(".jp-Cell").nth(0).locator(".widget-toggle-button:enabled").count() == 0, "no second thoughts"
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / "predict.png")

    run_next(page, 1)
    page.set_viewport_size({"width": 390, "height": 844})    # a phone
    page.evaluate("() => window.jupyterapp.shell.collapseLeft()")
    options = page.locator(".jp-Cell").nth(1)
    options.scroll_into_view_if_needed()
    wait_for(lambda: options.evaluate(FITS), 20)
    page.screenshot(path=SCREENSHOTS / "predict_phone.png")
    last = page.locator(".jp-Cell").nth(4)
    last.scroll_into_view_if_needed()
    assert last.evaluate(SCROLLS) == {"columns": True, "picture": True}
    page.screenshot(path=SCREENSHOTS / "panels_phone.png")
