"""From key press to new picture: the slider in a real JupyterLab in a real browser (Chromium, by Playwright).

    python benchmarks/latency.py
    python benchmarks/latency.py --presses 200 --points 4000
    python benchmarks/latency.py --quick       # a few presses, to see that it works

One press at a time: when the next frame of the screen shows another picture, the time is taken; a frame of 60 Hz is
16.7 ms, so that is how exact it is. Then 30 presses, 15 ms apart: when does the picture stand still? In each
frame it is asked whether there is a picture at all.
"""

import argparse
import os
import platform
import sys
import tempfile
from pathlib import Path

import nbformat
import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

SET_UP = """import torch
from toydiff import Checkerboard, Schedule, add_noise, named_points
from toydiff.notebook import explore, plots
schedule, five, points = Schedule.linear(), named_points(), {points}
x0 = torch.cat([five, Checkerboard().sample(points - 5, seed=0)])
eps = torch.randn(points, 2, generator=torch.Generator().manual_seed(0))
at = lambda t: add_noise(x0, t, eps, schedule)
named = lambda t: at(t)[:5]
cloud = plots.cloud(at, plots.DATA, named)"""
CASES = {
    "points": "explore(range(1, 101), cloud, alt='points')",
    "points and two curves": "explore(range(1, 101), cloud, plots.marked_curve(schedule.alpha_bar, plots.DATA, 'a'), "
                             "plots.marked_curve(schedule.snr[1:], plots.NOISE, 'SNR', log=True, x=range(1, 101)), "
                             "alt='points and curves')",
}
# Watches the picture of one explorer from frame to frame of the screen.
WATCH = """box => {
    const picture = () => box.querySelector(".widget-html img")
    const watch = window.watch = {pressed: 0, shown: [], changes: [], blank: 0, frames: 0}
    let last = picture().src
    document.addEventListener("keydown", () => { watch.pressed = performance.now() }, true)
    const frame = () => {
        const image = picture(), now = performance.now()
        watch.frames++
        if (!image || !image.naturalWidth) watch.blank++
        else if (image.src !== last) {
            last = image.src
            watch.changes.push(now)
            watch.shown.push(now - watch.pressed)
        }
        requestAnimationFrame(frame)
    }
    requestAnimationFrame(frame)
}"""


def measure(page, cell, presses):
    """Return (ms of each press, ms until 30 quick presses have settled, blank frames, frames)."""
    cell.scroll_into_view_if_needed()
    handle = cell.wait_for_selector(".noUi-handle", timeout=20_000)
    cell.wait_for_selector(".jp-OutputArea img", timeout=20_000)
    page.wait_for_timeout(500)
    cell.evaluate(WATCH)
    handle.focus()
    for i in range(presses):
        seen = page.evaluate("() => window.watch.shown.length")
        page.keyboard.press("ArrowRight" if i // 90 % 2 == 0 else "ArrowLeft")
        page.wait_for_function(f"() => window.watch.shown.length > {seen}", timeout=10_000)
        page.wait_for_timeout(40)    # a person's pace
    times = page.evaluate("() => window.watch.shown")
    page.keyboard.press("Home")
    page.wait_for_timeout(1000)
    quick = []
    for _ in range(5):
        for key in ["ArrowRight"] * 30:
            page.keyboard.press(key, delay=0)
            page.wait_for_timeout(15)
        last = page.evaluate("() => window.watch.pressed")
        page.wait_for_timeout(2000)
        quick.append(max(page.evaluate("() => window.watch.changes")) - last)
        page.keyboard.press("Home")
        page.wait_for_timeout(500)
    return times, quick, *page.evaluate("() => [window.watch.blank, window.watch.frames]")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--presses", type=int, default=90, help="single presses a picture (default %(default)s)")
    parser.add_argument("--points", type=int, default=10_000, help="points in the cloud (default %(default)s)")
    parser.add_argument("--quick", action="store_true", help="5 presses a picture, 500 points")
    options = parser.parse_args()
    if options.quick:
        options.presses, options.points = 5, 500

    from playwright.sync_api import sync_playwright

    from browser import CHROMIUM, CHROMIUM_ARGS, jupyterlab, run_notebook

    if not CHROMIUM:
        sys.exit("latency.py: no Chromium found; install Chromium or Chrome")
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    sources = [SET_UP.replace("{points}", str(options.points)), *CASES.values()]
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        folder = Path(home) / "course"
        folder.mkdir()
        notebook = nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, sources)), metadata=kernel)
        nbformat.write(notebook, folder / "latency.ipynb")
        with jupyterlab(folder) as address:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            run_notebook(page, address, "latency.ipynb")
            print(f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Chromium "
                  f"{browser.version}, {options.points:,} points, {options.presses} presses each\n")
            print("| picture | median ms | 95 % | longest | 30 quick presses, settled after | blank frames |")
            print("|---|---|---|---|---|---|")
            cells = page.query_selector_all(".jp-Notebook .jp-Cell")
            for name, cell in zip(CASES, cells[1:], strict=True):
                times, quick, blank, frames = measure(page, cell, options.presses)
                print(f"| {name} | {np.median(times):.0f} | {np.percentile(times, 95):.0f} | {max(times):.0f} | "
                      f"{max(quick):.0f} | {blank} of {frames:,} |", flush=True)
            browser.close()


if __name__ == "__main__":
    main()
