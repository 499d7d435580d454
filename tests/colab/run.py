"""Colab, as far as it can be had at home: its versions of the packages, and the classic notebook in a browser.

    python tests/colab/run.py                              all notebooks, two at a time
    python tests/colab/run.py notebooks/03_mlp.ipynb ...   only these

Each notebook meets what it would meet on Colab: a machine where toydiff is not installed, an empty folder, and
the packages of requirements.txt. Its set-up cell runs as it is written. git alone is told to find the address in
it here: the last commit of this clone (what is not committed is not tested). Then every cell must run, pip freeze
must have gained toydiff and nothing else, and every slider, moved by keyboard, must change its picture.

Needs Chromium, and the network for pip. The environment is kept in .colab/, where the next run finds it.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from playwright.sync_api import Error as BrowserError, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
from tools import set_repo  # noqa: E402

PLACE = ROOT / ".colab"
REQUIREMENTS = Path(__file__).with_name("requirements.txt")
FOLDERS = ("notebooks", "solutions", "exercises")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
NOTEBOOK_SECONDS = 900    # on a busy machine; alone, a minute is much
NOT_TAKEN_ALONG = ("PYTHONPATH", "JUPYTER_PATH", "VIRTUAL_ENV", "MPLBACKEND")


class Fault(Exception):
    """Something that a learner on Colab would stumble over; the message says where and what."""


def colab():
    """The Python of an environment with Colab's packages, made anew where requirements.txt has changed."""
    base, stamp = PLACE / "base", PLACE / "installed"
    torch = next(line for line in (ROOT / "constraints.txt").read_text().splitlines() if line.startswith("torch=="))
    wanted = REQUIREMENTS.read_text() + torch + sys.version
    if not stamp.exists() or stamp.read_text() != wanted:
        print("Installing Colab's packages (about a minute)", flush=True)
        shutil.rmtree(PLACE, ignore_errors=True)
        PLACE.mkdir()
        subprocess.run([sys.executable, "-m", "venv", base], check=True)
        subprocess.run([base / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                        "-r", REQUIREMENTS, torch], check=True)
        stamp.write_text(wanted)
    return base


def published():
    """A clone of the last commit, under the name of the branch that the set-up cells ask for."""
    clone = PLACE / "clone"
    shutil.rmtree(clone, ignore_errors=True)
    subprocess.run(["git", "clone", "--quiet", f"file://{ROOT}", clone], check=True)
    subprocess.run(["git", "checkout", "--quiet", "-B", set_repo.address()[1]], cwd=clone, check=True)
    return clone


class Machine:
    """A fresh machine for one notebook: a copy of the environment, an empty folder, a notebook server."""

    def __init__(self, base, clone, name):
        home = PLACE / "machines" / name.replace("/", "_").removesuffix(".ipynb")
        shutil.rmtree(home, ignore_errors=True)
        # Hard links: a second instead of a minute. pip replaces files, it never writes into one.
        shutil.copytree(base, home / "venv", symlinks=True, copy_function=os.link)
        self.python, self.folder = home / "venv/bin/python", home / "content"
        self.folder.mkdir()
        shutil.copy(clone / name, self.folder)
        self.environment = {key: value for key, value in os.environ.items() if key not in NOT_TAKEN_ALONG}
        self.environment |= {
            "PATH": f"{home}/venv/bin:{os.environ['PATH']}", "PYTHONNOUSERSITE": "1", "OMP_NUM_THREADS": "1",
            "IPYTHONDIR": str(home), "JUPYTER_PREFER_ENV_PATH": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            **{f"JUPYTER_{kind}_DIR": str(home / kind.lower()) for kind in ("CONFIG", "DATA", "RUNTIME")},
            # The address of the set-up cell leads to the clone.
            "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": f"url.file://{clone}.insteadOf",
            "GIT_CONFIG_VALUE_0": f"https://github.com/{set_repo.address()[0]}"}

    def freeze(self):
        """What is installed, a line each, as pip freeze says it."""
        done = subprocess.run([self.python, "-m", "pip", "freeze"], env=self.environment, check=True,
                              capture_output=True, text=True)
        return set(done.stdout.splitlines())

    def __enter__(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        with open(self.folder.parent / "server.log", "w") as log:
            self.server = subprocess.Popen(
                [self.python, "-m", "notebook", "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}",
                 "--port-retries=0", "--NotebookApp.token=", "--NotebookApp.password="],
                cwd=self.folder, env=self.environment, stdout=log, stderr=log)
        self.address = f"http://127.0.0.1:{port}"
        wait_for(self.answers, "the notebook server answers", 60)
        return self

    def answers(self):
        try:
            return urllib.request.urlopen(f"{self.address}/api/status", timeout=2).status == 200
        except OSError:
            return False

    def __exit__(self, *error):
        self.server.terminate()
        self.server.wait(30)


def wait_for(condition, what, seconds=20):
    """Ask until the condition holds; a Fault if it does not within that time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise Fault(f"waited {seconds} s in vain until {what}")
        time.sleep(0.1)


READY = """() => window.Jupyter?.notebook?._fully_loaded && Jupyter.notebook.kernel?.is_connected()
               && Jupyter.notebook.kernel.widget_manager"""
# On opening a page the widgets' manager asks the kernel for widgets and draws all it knows anew; views that exist
# by then would be lost. It answers in turn, so once it has answered us that is over.
WIDGETS_ASKED = "() => Jupyter.notebook.kernel.widget_manager._loadFromKernel().then(() => null)"
DONE = """() => !Jupyter.notebook.kernel_busy
              && Jupyter.notebook.get_cells().every(cell => cell.input_prompt_number !== "*")"""
CELLS = """() => Jupyter.notebook.get_cells().map(cell => ({
    code: cell.cell_type === "code", ran: Number.isInteger(cell.input_prompt_number),
    errors: (cell.output_area?.outputs ?? []).filter(out => out.output_type === "error")
                                             .map(out => `${out.ename}: ${out.evalue}`)}))"""
WIDGETS_SHOWN = """() => [...document.querySelectorAll(".jupyter-widgets-view")]
                       .every(view => view.querySelector(".jupyter-widgets"))"""
WAITS = ".jupyter-widgets b:text('The answer waits for your guess')"
# The parts of a widget appear one by one: count what is whole. A mouse would miss what a picture above moves just then.
ASKED = """() => document.querySelectorAll(".toydiff-options button:first-of-type").length >=
    Jupyter.notebook.get_cells().map(cell => cell.get_text().split("= predict(").length - 1).reduce((a, b) => a + b)"""
GUESS = """() => document.querySelectorAll(".toydiff-options").forEach(
    question => question.querySelector("button").click())"""
PICTURES = "cell => [...cell.querySelectorAll('.output img')].map(image => image.src).join()"


def run_all(page, machine, name):
    """Open the notebook, run all of it; a Fault at the first cell that fails."""
    page.goto(f"{machine.address}/notebooks/{Path(name).name}")
    page.wait_for_function(READY, timeout=60_000)
    page.evaluate(WIDGETS_ASKED)
    page.evaluate("() => Jupyter.notebook.execute_all_cells()")
    page.wait_for_function(DONE, timeout=1000 * NOTEBOOK_SECONDS)
    for index, cell in enumerate(page.evaluate(CELLS)):
        if cell["errors"]:
            raise Fault(f"cell {index}: {cell['errors'][0]}")
        if cell["code"] and not cell["ran"]:
            raise Fault(f"cell {index} did not run")


def move_sliders(page, name):
    """Guess, then press an arrow key on every slider; return how many changed their picture, a Fault if one did not."""
    wait_for(lambda: page.evaluate(WIDGETS_SHOWN), "all widgets are on the page", 30)
    wait_for(lambda: page.evaluate(ASKED), "all questions are on the page", 30)
    page.evaluate(GUESS)    # the answers wait for it
    wait_for(lambda: page.query_selector(WAITS) is None, "all answers are open", 30)
    wait_for(lambda: page.evaluate(WIDGETS_SHOWN), "the answers are on the page", 30)
    moved = 0
    for index, cell in enumerate(page.query_selector_all("#notebook-container > .cell")):
        for handle in cell.query_selector_all(".ui-slider-handle"):
            handle.scroll_into_view_if_needed()
            before = cell.evaluate(PICTURES)
            handle.focus()
            handle.press("ArrowRight")
            wait_for(lambda: cell.evaluate(PICTURES) != before, f"the slider of cell {index} changes its picture")
            moved += 1
            if moved == 1:
                page.screenshot(path=ROOT / "screenshots" / f"colab_{name.replace('/', '_')[:-6]}.png")
    return moved


def visit(base, clone, name):
    """Put the notebook on a fresh machine and use it; return what is wrong with it, or None."""
    start, faults = time.monotonic(), []
    machine = Machine(base, clone, name)
    before = machine.freeze()
    try:
        with machine, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM,
                                                 args=["--no-sandbox", "--disable-dev-shm-usage"])
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.on("pageerror", lambda error: faults.append(f"the page: {error}"))
            run_all(page, machine, name)
            sliders = move_sliders(page, name)
            if name.startswith("notebooks/") and not sliders:
                faults.append("no slider: every notebook steps through something")
        gained = machine.freeze() ^ before
        if [line.split(" @ ")[0] for line in gained] != ["toydiff"]:
            faults.append(f"pip freeze changed by {', '.join(sorted(gained)) or 'nothing'}, wanted toydiff alone")
    except (Fault, BrowserError) as fault:
        faults.append(str(fault).splitlines()[0])
    seconds = time.monotonic() - start
    for fault in faults:
        print(f"FAILED {name}, {fault}", flush=True)
    if not faults:
        print(f"ok     {name}: {sliders} sliders, {seconds:.0f} s", flush=True)
        shutil.rmtree(machine.folder.parent)
    return faults


def main(names):
    if not CHROMIUM:
        sys.exit("The stand-in for Colab needs a Chromium, for example: apt install chromium")
    base, clone = colab(), published()
    (ROOT / "screenshots").mkdir(exist_ok=True)
    names = names or sorted(path.relative_to(clone).as_posix()
                            for folder in FOLDERS for path in clone.glob(f"{folder}/*.ipynb"))
    with ThreadPoolExecutor(2) as pool:
        faults = [fault for found in pool.map(lambda name: visit(base, clone, name), names) for fault in found]
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
