"""A real JupyterLab in a real Chromium, shared by all tests that look at notebooks as a learner does.

The fixtures reach every test through conftest.py. One server and one browser serve a whole run (one for each
worker of pytest-xdist).
"""

import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCREENSHOTS = ROOT / "screenshots"
CHROMIUM = next(filter(None, map(shutil.which, (
    "chromium", "chromium-browser", "google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",    # macOS and Windows have it on no PATH
    r"C:\Program Files\Google\Chrome\Application\chrome.exe"))), None)
CHROMIUM_ARGS = ["--no-sandbox", "--disable-dev-shm-usage"]
NO_CHROMIUM = "no Chromium found"

IGNORED = shutil.ignore_patterns(".*", "*.pt", "*.gif", "__pycache__")


@pytest.fixture(scope="session")
def browser():
    """A Chromium; without one the test is passed over, but not in continuous integration."""
    if not CHROMIUM:
        if os.environ.get("CI"):
            pytest.fail(f"{NO_CHROMIUM}: continuous integration must have one", pytrace=False)
        pytest.skip(NO_CHROMIUM)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)


@pytest.fixture(scope="session")
def lab_folder(tmp_path_factory):
    """The folder that JupyterLab shows: a copy of the course's notebooks, and what a test puts there."""
    folder = tmp_path_factory.mktemp("home") / "course"
    for name in ("notebooks", "exercises", "solutions"):
        shutil.copytree(ROOT / name, folder / name, ignore=IGNORED)
    return folder


@pytest.fixture(scope="session")
def lab(browser, lab_folder):
    """A JupyterLab of its own; yields its address."""
    with jupyterlab(lab_folder) as address:
        yield address


@contextmanager
def jupyterlab(folder):
    """A JupyterLab as `make lab` opens it, that shows `folder` and sees nobody's settings; yields its address."""
    home = folder.parent
    environment = os.environ | {
        "HOME": str(home), "PYTHONPATH": str(ROOT), "PYTHONSTARTUP": str(ROOT / "tools" / "lab" / "startup.py"),
        **{f"JUPYTER_{kind}_DIR": str(home / kind.lower()) for kind in ("CONFIG", "DATA", "RUNTIME")}}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1",
               "--ServerApp.port=0", "--IdentityProvider.token=",
               "--ServerApp.password=", "--ServerApp.disable_check_xsrf=True",
               f"--LabApp.app_settings_dir={ROOT / 'tools' / 'lab'}",
               f"--ServerApp.root_dir={folder}"]
    with open(home / "server.log", "w") as log:
        server = subprocess.Popen(command, cwd=home, env=environment, stdout=log, stderr=log)
    try:
        wait_for(lambda: port_chosen(home / "runtime"), 60)
        address = f"http://127.0.0.1:{port_chosen(home / 'runtime')}"
        wait_for(lambda: urllib.request.urlopen(f"{address}/api/status", timeout=2).status == 200, 60)
        yield address
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def port_chosen(runtime):
    """The port that the server found free, as it wrote down in its folder; None before that."""
    written = "".join(file.read_text() for file in runtime.glob("jpserver-*.json"))
    return (re.findall(r'"port": (\d+),', written) or [None])[0]


def wait_for(condition, seconds):
    """Ask until the condition holds; TimeoutError if it does not within that time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if condition():
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise TimeoutError(f"not so after {seconds} s: {condition}")


KERNEL_IDLE = """() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === "idle" """


def run_notebook(page, address, name):
    """Open a notebook, such as notebooks/01_data.ipynb, and run all of it; return when the kernel has finished."""
    page.goto(f"{address}/lab/tree/{name}?reset", timeout=60_000)
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
    page.wait_for_function(KERNEL_IDLE, timeout=60_000)
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells').then(() => window.ran = 1) }")
    page.wait_for_function("() => window.ran", timeout=900_000)
    page.wait_for_function(KERNEL_IDLE, timeout=30_000)


def close_notebook(page):
    """Close the page and end its kernel, which would otherwise keep its memory until the last test."""
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    page.close()


# The notebook as JupyterLab holds it, with what each cell has put out, in sight or not
CELLS = """() => window.jupyterapp.shell.currentWidget.content.model.toJSON().cells"""


def assert_all_ran(page):
    """No cell was left out, none has an error."""
    for cell in page.evaluate(CELLS):
        if cell["cell_type"] == "code":
            errors = [output for output in cell["outputs"] if output["output_type"] == "error"]
            assert not errors and cell["execution_count"], f"{errors}\nin\n{cell['source']}"
