"""What stands beside a message, in a real JupyterLab: a hint is one click away, and so is the section that explains.

On Colab the link leads to a cell (tests/checks/test_beside.py), in the book to an anchor (tests/site/test_book.py).
"""

import nbformat

from browser import SCREENSHOTS, close_notebook, run_notebook, wait_for

WRONG = """from toydiff.checks import check
check("flow.to_velocity", lambda eps, u, xu: (eps - xu) / u[:, None])"""
CLINIC = """from toydiff.checks.clinic import diagnose
diagnose("clinic.patient_1", ...)"""
SECTION, NAME = "One network, five names", "exercises/wrong.ipynb"
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}

# Is a heading of the notebook that is in front inside the part of it that can be seen?
IN_SIGHT = """text => [...document.querySelectorAll(".jp-NotebookPanel:not(.lm-mod-hidden) :is(h1, h2, h3)")]
    .filter(heading => heading.innerText.replace("¶", "").trim() === text).map(heading => {
        const own = heading.getBoundingClientRect()
        const seen = heading.closest(".jp-WindowedPanel-outer, .jp-NotebookPanel").getBoundingClientRect()
        return own.height > 0 && own.top >= seen.top - 1 && own.bottom <= seen.bottom + 1
    }).includes(true)"""


def test_the_hint_the_letters_and_the_section_are_one_click_away(lab, lab_folder, browser):
    SCREENSHOTS.mkdir(exist_ok=True)
    cells = [nbformat.v4.new_code_cell(source) for source in (WRONG, CLINIC)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=KERNEL), lab_folder / NAME)
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    run_notebook(page, lab, NAME)

    hints = page.locator(".jp-OutputArea details").first
    assert "Solve" not in hints.inner_text()
    hints.locator("summary").first.click()
    wait_for(lambda: "Solve x_u = (1 − u) x_0 + u ε for x_0" in hints.inner_text(), 20)

    page.locator(".jp-OutputArea button:has-text('G · ')").click()
    wait_for(lambda: "G it is" in page.locator(".jp-OutputArea").last.inner_text(), 60)
    page.screenshot(path=SCREENSHOTS / "read_again_message.png")

    page.locator("a:has-text('Read again')").click()
    wait_for(lambda: page.evaluate(IN_SIGHT, SECTION), 90)
    page.wait_for_timeout(2000)    # what is drawn above it meanwhile may push it away: it comes back
    wait_for(lambda: page.evaluate(IN_SIGHT, SECTION), 30)
    page.screenshot(path=SCREENSHOTS / "read_again_section.png")
    assert page.url.endswith("notebooks/09_flow.ipynb")
    close_notebook(page)
