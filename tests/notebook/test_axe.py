"""For those who listen, or see badly: axe, the usual examiner of web pages, finds nothing critical and nothing serious.

In JupyterLab it looks at what the course shows, in both themes; the editor and the list of cells are JupyterLab's own.
"""

from pathlib import Path

import pytest

from toydiff.cli import main

from browser import ROOT, close_notebook, run_notebook

SERIOUS = {"critical", "serious"}
ASK = """where => axe.run(where ?? document, {resultTypes: ["violations"]}).then(found => found.violations.map(
    fault => [fault.impact, fault.id, fault.nodes.map(node => node.html.slice(0, 200))]))"""


def faults(page, where):
    """What axe finds critical or serious: (impact, rule, where)."""
    package = pytest.importorskip("axe_playwright_python")
    page.evaluate((Path(package.__file__).parent / "axe.min.js").read_text(encoding="utf-8"))
    return [fault for fault in page.evaluate(ASK, where) if fault[0] in SERIOUS]


@pytest.mark.parametrize("name", ["notebooks/00_start_here.ipynb", "exercises/02_forward_process_exercises.ipynb"])
def test_notebooks(lab, browser, name):
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    run_notebook(page, lab, name)
    for cell in page.query_selector_all(".jp-Notebook .jp-Cell"):    # JupyterLab draws only those in sight
        cell.scroll_into_view_if_needed()
        if waits := cell.query_selector("button:has-text('show it without a guess')"):
            waits.evaluate("button => button.click()")    # a picture that opens above moves it
            cell.wait_for_selector("img", timeout=20_000)
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        page.evaluate("theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})", theme)
        page.wait_for_function("theme => document.body.dataset.jpThemeName === theme", arg=theme, timeout=20_000)
        page.wait_for_timeout(500)
        assert page.locator(".jp-Notebook .jp-OutputArea, .jp-Notebook .jp-RenderedMarkdown").count() > 5
        found = faults(page, {"include": [[".jp-Notebook .jp-OutputArea"], [".jp-Notebook .jp-RenderedMarkdown"]],
                              "exclude": [[".jp-Toolbar"]]})
        assert found == [], theme
    close_notebook(page)


@pytest.mark.parametrize("name", ["notebooks/00_start_here.ipynb", "exercises/02_forward_process_exercises.ipynb"])
def test_pages(browser, tmp_path, name):
    output = tmp_path / "page.html"
    assert main(["export", str(ROOT / name), "--output", str(output)]) == 0
    for width in (1280, 390):
        page = browser.new_page(viewport={"width": width, "height": 800})
        page.goto(output.as_uri())
        page.evaluate("() => document.querySelectorAll('details').forEach(fold => fold.open = true)")
        assert faults(page, None) == []
        page.close()
