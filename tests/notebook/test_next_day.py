"""What a learner did is there the next day: a saved notebook, opened again in a JupyterLab like that of `make lab`."""

import re

import nbformat

from browser import KERNEL_IDLE, ROOT, SCREENSHOTS, close_notebook, run_notebook, wait_for

SOURCES = [
    "from toydiff import Checkerboard\nfrom toydiff.notebook import explore, look_back, plots, predict\n"
    "x = Checkerboard().sample(500, seed=0)\n"
    "wider = predict('Is it wider at the end?', ['yes', 'no'])",
    "with wider:\n"
    "    print('twice as wide')\n"
    "    explore(range(5), plots.cloud(lambda t: x * (1 + t / 4), plots.DATA), alt='a board')\n"
    "    wider.reveal('yes', 'It *grows*.')",
    "explore(range(5), plots.cloud(lambda t: x, plots.DATA), alt='another board')",
    "look_back()",
]
LOSE = """() => [...document.querySelectorAll(".jp-OutputArea-output:has(> .jupyter-widgets)")].map(node => {
  node.classList.add("jupyter-widgets")
  node.textContent = "Error displaying widget: model not found" }).length"""
SAVE = "() => window.jupyterapp.commands.execute('docmanager:save')"


def outputs(page, cell):
    box = page.locator(".jp-Notebook .jp-Cell").nth(cell)
    box.scroll_into_view_if_needed()
    return box.locator(".jp-OutputArea").first


def all_is_there(page):
    """Guess, picture where the slider was left, numbers, verdict, reason, look back."""
    said = [" ".join(outputs(page, cell).inner_text().split()) for cell in range(4)]
    return ("Noted: yes." in said[0]
            and all(text in said[1] for text in ("twice as wide", "t = 2", "yes \N{CHECK MARK}", "It grows."))
            and "t = 0" in said[2] and "You were right in 1 of 1." in said[3]
            and [outputs(page, cell).locator("img[alt*=board]").count() for cell in (1, 2)] == [1, 1]
            and "Error" not in "".join(said))


def test_guesses_answers_and_the_last_picture_are_there_the_next_day(lab, lab_folder, browser):
    (lab_folder / "next_day").mkdir()
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    cells = [nbformat.v4.new_code_cell(source) for source in SOURCES]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), lab_folder / "next_day" / "board.ipynb")

    page = browser.new_page(viewport={"width": 1280, "height": 800})
    run_notebook(page, lab, "next_day/board.ipynb")
    outputs(page, 0).get_by_role("button", name="yes").click()
    outputs(page, 1).locator(".noUi-handle").press("ArrowRight")
    outputs(page, 1).locator(".noUi-handle").press("ArrowRight")
    wait_for(lambda: all_is_there(page), 30)
    page.evaluate(SAVE)
    wait_for(lambda: "widgets" in nbformat.read(lab_folder / "next_day" / "board.ipynb", as_version=4).metadata, 20)
    close_notebook(page)    # and its kernel

    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(f"{lab}/lab/tree/next_day/board.ipynb?reset", timeout=60_000)
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
    page.wait_for_function(KERNEL_IDLE, timeout=60_000)
    SCREENSHOTS.mkdir(exist_ok=True)
    try:
        wait_for(lambda: all_is_there(page), 30)
    finally:
        page.screenshot(path=SCREENSHOTS / "next_day.png")

    assert page.evaluate(LOSE) >= 2    # as JupyterLab leaves it when it draws a widget before it has read its state
    wait_for(lambda: all_is_there(page), 30)
    close_notebook(page)


def test_nbgrader_which_the_tests_need_leaves_the_learners_menus_alone(lab, browser):
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(f"{lab}/lab?reset", timeout=60_000)
    page.wait_for_selector(".lm-MenuBar-item >> text=Help", timeout=60_000)
    assert page.locator(".lm-MenuBar-item >> text=/nbgrader/i").count() == 0
    commands = page.evaluate("() => window.jupyterapp.commands.listCommands()")
    assert "docmanager:save" in commands and not [name for name in commands if "nbgrader" in name.lower()]
    page.close()


def test_make_lab_opens_jupyterlab_as_these_tests_do():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    recipe = re.search(r"^lab:.*\n(\t.*\n)+", makefile, re.M)[0]
    assert "$(LAB_FLAGS)" in recipe and "$(COURSE)" in recipe
    assert 'LAB_FLAGS += --LabApp.app_settings_dir="$(CURDIR)/tools/lab"' in makefile
    assert 'PYTHONSTARTUP="$(CURDIR)/tools/lab/startup.py"' in makefile
