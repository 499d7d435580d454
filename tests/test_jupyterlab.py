"""The notebooks as a learner sees them: a real JupyterLab in a real Chromium.

Each notebook is opened, run from top to bottom, and every slider in it moved by keyboard. What was
on the screen is written to screenshots/ (which git ignores), for people to look at.
"""

import re
from pathlib import Path

import pytest
from browser import ROOT, SCREENSHOTS, assert_all_ran, close_notebook, run_notebook, wait_for

NOTEBOOKS = sorted(path.relative_to(ROOT).as_posix() for folder in ("notebooks", "solutions")
                   for path in (ROOT / folder).glob("*.ipynb"))


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_notebook_runs_and_its_sliders_move(lab, browser, name):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    run_notebook(page, lab, name)
    assert_all_ran(page)
    SCREENSHOTS.mkdir(exist_ok=True)

    # JupyterLab draws only the cells in sight: go through all of them
    sliders = 0
    for index, cell in enumerate(page.query_selector_all(".jp-Notebook .jp-Cell")):
        cell.scroll_into_view_if_needed()
        source = cell.query_selector(".jp-InputArea").inner_text()
        picture_of_page = SCREENSHOTS / f"{Path(name).parent}_{Path(name).stem}_{index:02d}.png"
        if not re.search(r"^\s*explore\(", source, re.MULTILINE):
            page.screenshot(path=picture_of_page)
            continue
        handle = cell.wait_for_selector(".noUi-handle", timeout=20_000)
        picture = cell.wait_for_selector("img.widget-image", timeout=20_000)
        wait_for(lambda: picture.evaluate("image => image.naturalWidth") > 100, 20)
        before = picture.get_attribute("src")
        handle.focus()
        handle.press("ArrowRight")
        wait_for(lambda: picture.get_attribute("src") != before, 20)
        page.screenshot(path=picture_of_page)
        sliders += 1
    assert sliders >= 1 or not name.startswith("notebooks/"), "every notebook steps through something"
    close_notebook(page)
