"""The notebooks as a learner sees them: a real JupyterLab in a real Chromium.

Each notebook is opened, run from top to bottom, and every slider in it moved by keyboard. What was
on the screen is written to screenshots/ (which git ignores), for people to look at.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

pytestmark = pytest.mark.xdist_group("browser")    # one browser at a time: two cores are few
if not CHROMIUM:
    if os.environ.get("CI"):
        pytest.fail("continuous integration needs a Chromium for the tests in JupyterLab", pytrace=False)
    pytest.skip("no Chromium found: the tests in a real JupyterLab are left out", allow_module_level=True)

from playwright.sync_api import sync_playwright  # noqa: E402


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A JupyterLab of its own over a copy of the notebooks; yields its address."""
    home = tmp_path_factory.mktemp("home")
    shutil.copytree(ROOT / "notebooks", home / "notebooks", ignore=shutil.ignore_patterns(".*", "*.pt", "*.gif"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {
        "HOME": str(home), "PYTHONPATH": str(ROOT),
        **{f"JUPYTER_{kind}_DIR": str(home / kind.lower()) for kind in ("CONFIG", "DATA", "RUNTIME")}}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1",
               f"--ServerApp.port={port}", "--ServerApp.port_retries=0", "--IdentityProvider.token=",
               "--ServerApp.password=", "--ServerApp.disable_check_xsrf=True", "--LabApp.expose_app_in_browser=True",
               f"--ServerApp.root_dir={home / 'notebooks'}"]
    with open(home / "server.log", "w") as log:
        server = subprocess.Popen(command, cwd=home, env=environment, stdout=log, stderr=log)
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(lambda: urllib.request.urlopen(f"{address}/api/status", timeout=2).status == 200, 60)
        yield address
    finally:
        server.terminate()
        server.wait(20)


def wait_for(condition, seconds):
    """Ask until the condition holds; TimeoutError if it does not within that time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if condition():
                return
        except OSError:
            pass
        time.sleep(0.2)
    raise TimeoutError(f"not so after {seconds} s: {condition}")


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"])


# The notebook as JupyterLab holds it, with what each cell has put out, in sight or not
CELLS = """() => window.jupyterapp.shell.currentWidget.content.model.toJSON().cells"""
KERNEL_IDLE = """() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === "idle" """


def run_notebook(page, address, name):
    """Open a notebook and run all of it; return when the kernel has finished."""
    page.goto(f"{address}/lab/tree/{name}?reset")
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
    page.wait_for_function(KERNEL_IDLE, timeout=60_000)
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells').then(() => window.ran = 1) }")
    page.wait_for_function("() => window.ran", timeout=180_000)
    page.wait_for_function(KERNEL_IDLE, timeout=30_000)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_notebook_runs_and_its_sliders_move(lab, browser, name):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    run_notebook(page, lab, name)
    for cell in page.evaluate(CELLS):
        if cell["cell_type"] == "code":
            errors = [output for output in cell["outputs"] if output["output_type"] == "error"]
            assert not errors and cell["execution_count"], f"{errors}\nin\n{cell['source']}"
    folder = ROOT / "screenshots"
    folder.mkdir(exist_ok=True)

    # JupyterLab draws only the cells in sight: go through all of them
    sliders = 0
    for index, cell in enumerate(page.query_selector_all(".jp-Notebook .jp-Cell")):
        cell.scroll_into_view_if_needed()
        source = cell.query_selector(".jp-InputArea").inner_text()
        picture_of_page = folder / f"{Path(name).stem}_{index:02d}.png"
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
    assert sliders >= 1, "every notebook steps through something"
    page.close()
