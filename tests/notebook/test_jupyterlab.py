"""The notebooks as a learner sees them: a real JupyterLab in a real Chromium.

Each notebook is opened, run from top to bottom, every answer opened, and every slider in it moved by keyboard. What was
on the screen is written to screenshots/ (which git ignores), for people to look at.
"""

import re
from pathlib import Path

import nbformat
import pytest

from browser import CELLS, ROOT, SCREENSHOTS, assert_all_ran, close_notebook, run_notebook, wait_for

NOTEBOOKS = sorted(path.relative_to(ROOT).as_posix() for folder in ("notebooks", "solutions")
                   for path in (ROOT / folder).glob("*.ipynb"))


# The label and the picture under a slider, both of one moment
PICTURE = """cell => [cell.querySelector(".jp-OutputArea .widget-html:has(img)")].map(
    box => [box.innerText, box.querySelector("img").src])[0]"""


def picture(cell):
    """The picture under the slider, when it is there: (what it says, what it is)."""
    cell.wait_for_selector(".jp-OutputArea .widget-html img", timeout=20_000)
    return tuple(cell.evaluate(PICTURE))


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_notebook_runs_and_its_sliders_move(lab, browser, name):
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    run_notebook(page, lab, name)
    assert_all_ran(page)
    SCREENSHOTS.mkdir(exist_ok=True)

    # JupyterLab draws only the cells in sight: go through all of them
    sources = [cell["source"] for cell in page.evaluate(CELLS)]
    explores = [bool(re.search(r"^\s*explore\(", source, re.MULTILINE)) for source in sources]
    assert any(explores) or not name.startswith("notebooks/"), "every notebook steps through something"
    cells = page.query_selector_all(".jp-Notebook .jp-Cell")
    for index, (cell, explored) in enumerate(zip(cells, explores, strict=True)):
        cell.scroll_into_view_if_needed()
        if waits := cell.query_selector("button:has-text('show it without a guess')"):
            said = cell.inner_text()    # the answer waits, and its source is folded
            assert not cell.query_selector(".jp-OutputArea img") and "it was" not in said and ".reveal(" not in said
            waits.evaluate("button => button.click()")    # a picture that opens above moves it
        picture_of_page = SCREENSHOTS / f"{Path(name).parent}_{Path(name).stem}_{index:02d}.png"
        if not explored:
            page.screenshot(path=picture_of_page)
            continue
        before = picture(cell)
        cell.wait_for_selector(".noUi-handle", timeout=20_000).press("ArrowRight")
        wait_for(lambda: picture(cell) != before, 20)
        page.screenshot(path=picture_of_page)
    close_notebook(page)


def test_play_and_the_keyboard(lab, lab_folder, browser):
    """Play runs to the end; Tab leads to the slider, whose picture is described, in the dark theme too.

    Play is slow: JupyterLab leaves out the ts that come while the kernel draws, on a busy machine nearly all at 80 ms.
    """
    source = ("from toydiff import Checkerboard, named_points\nfrom toydiff.notebook import explore, plots\n"
              "x = Checkerboard().sample(1000, seed=0)\n"
              "explore(range(20), plots.cloud(lambda t: x * (1 + t / 20), plots.DATA, lambda t: x[:5]), alt='a board', "
              "interval=400)")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)], metadata={
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}})
    nbformat.write(notebook, lab_folder / "play.ipynb")
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    run_notebook(page, lab, "play.ipynb")
    assert_all_ran(page)
    cell = page.query_selector(".jp-Notebook .jp-Cell")
    seen = [picture(cell)]
    assert seen[0][0] == "t = 0" and cell.query_selector(".widget-html img").get_attribute("alt") == "t = 0. a board"
    cell.query_selector(".widget-play button").press("Enter")
    wait_for(lambda: seen.append(picture(cell)) or seen[-1][0] == "t = 19", 60)
    texts, pictures = map(set, zip(*seen, strict=True))
    assert len(texts) == len(pictures) > 5, "each t with its own picture"
    # before that, its last tick would undo a key press
    cell.wait_for_selector(".widget-play .fa-play", timeout=20_000)

    for _ in range(9):    # from the play buttons on
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.className").startswith("noUi-handle"):
            break
    else:
        pytest.fail("Tab did not reach the slider")
    page.keyboard.press("ArrowLeft")
    wait_for(lambda: picture(cell)[0] == "t = 18", 20)

    page.evaluate("() => window.jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'})")
    wait_for(lambda: page.evaluate("document.body.dataset.jpThemeLight") == "false", 20)
    label = cell.query_selector(".widget-html div div, .widget-html div")
    colour = label.evaluate("box => getComputedStyle(box).color")
    assert sum(map(float, re.findall(r"[\d.]+", colour)[:3])) > 500, f"bright on dark, not {colour}"
    page.wait_for_timeout(300)
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / "dark.png")
    close_notebook(page)
