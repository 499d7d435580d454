"""The front page's live board: frames a second while 2,000 points walk, and how fast a network learns in the page.

    python benchmarks/live_board.py
    python benchmarks/live_board.py --runs 5 --kind phone
    python benchmarks/live_board.py --quick       # one short walk and a second of learning, to see that it works

One core for all of Chromium (on Linux), no GPU: pictures are drawn by software. A frame is a picture that the page drew
while it played; a screen shows at most 60 a second. The share is what Chromium got of its core, the rest went to
neighbours: below some 0.95 an idle core would show more.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import psutil

from common import machine

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "shared")]
SOFTWARE = ["--disable-gpu", "--disable-software-rasterizer"]    # neither a GPU nor WebGL in its place
# What is chosen, in the order in which it is: {id of a control: value}. Steps are the slider's places.
CASES = {
    "DDPM, 100 steps": {},
    "DDPM, 100 steps, the field": {"field": True},
    "DDPM, 100 steps, the exact denoiser": {"who": "exact"},
    "2M, 10 steps": {"sampler": "2m", "steps": 6},
    "DDIM, 20 steps, one label, γ = 3": {"sampler": "ddim", "steps": 9, "gamma": 3, "label": 0},
}
CHOOSE = """([id, value]) => {
  const control = document.getElementById(id)
  if (control.type === "checkbox") control.checked = value
  else control.value = value
  control.dispatchEvent(new Event("change"))
}"""
# Notes when each picture of a walk was drawn, from the first to the last.
WATCH = """() => {
  const {play} = live, draw = play.draw
  window.drawn = []
  play.draw = function (...now) { draw.apply(this, now); if (this.playing) drawn.push(performance.now()) }
}"""
STANDS = "() => !live.play.playing && live.play.player.view === live.play.player.last"
LEARNS = """seconds => new Promise(done => {
  const {learn} = live, begin = performance.now(), seen = []
  const draw = learn.draw
  let ends = null
  learn.draw = function () {
    draw.apply(this)
    if (this.ends === ends) return
    ends = this.ends
    seen.push([(performance.now() - begin) / 1000, this.run.done, this.run.data.inside(ends)])
    if (seen.at(-1)[0] > seconds || this.run.done === this.run.steps) { this.running = false; done(seen) }
  }
  learn.toggle()
})"""
STROKE = [[-0.7, -0.5], [-0.5, 0.6], [0, -0.2], [0.5, 0.6], [0.7, -0.5]]    # an M, by hand


def chromium_seconds():
    """CPU seconds of all processes below this one, the browser's."""
    total = 0
    for process in psutil.Process().children(recursive=True):
        try:
            total += sum(process.cpu_times()[:2])
        except psutil.NoSuchProcess:
            pass
    return total


def frames(page, chosen, runs):
    """Return of each run (frames a second, longest gap in ms, seconds of the walk, share of the core)."""
    page.reload()
    for item in chosen.items():
        page.evaluate(CHOOSE, item)
    page.wait_for_timeout(1500)
    page.wait_for_function("() => !live.play.playing", timeout=300_000)
    page.evaluate(WATCH)
    rows = []
    for _ in range(runs):
        page.evaluate("() => { drawn.length = 0; live.play.changed() }")    # walk anew, not from memory
        page.wait_for_timeout(500)
        used, begin = chromium_seconds(), time.monotonic()
        page.evaluate("() => live.play.start()")
        page.wait_for_function(STANDS, timeout=300_000)
        share = (chromium_seconds() - used) / (time.monotonic() - begin)
        at = page.evaluate("() => drawn")
        gaps = [b - a for a, b in zip(at, at[1:], strict=False)]
        rows.append((1000 * len(gaps) / sum(gaps), max(gaps), sum(gaps) / 1000, share))
    return rows


def learned(page, what, seconds):
    """Return the (seconds, steps, share inside) at which a new picture of the points was shown, and the share."""
    page.reload()
    page.click("[data-shows=learn]")
    page.evaluate(CHOOSE, ["what", what])
    if what == "drawn":
        page.evaluate("stroke => stroke.forEach((place, i) => i ? live.learn.goOn(place) : live.learn.begin(place))",
                      STROKE)
    used, begin = chromium_seconds(), time.monotonic()
    seen = page.evaluate(LEARNS, seconds)
    return seen, (chromium_seconds() - used) / (time.monotonic() - begin)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3, help="walks of each kind (default %(default)s)")
    parser.add_argument("--seconds", type=int, default=600, help="of learning at most (default %(default)s)")
    parser.add_argument("--kind", choices=["phone", "desk"], default="desk", help="the screen (default %(default)s)")
    parser.add_argument("--quick", action="store_true", help="one walk of ten steps, a second of learning")
    options = parser.parse_args()
    cases, runs, seconds = CASES, options.runs, options.seconds
    if options.quick:
        cases, runs, seconds = {"2M, 10 steps": CASES["2M, 10 steps"]}, 1, 1

    from playwright.sync_api import sync_playwright

    from tools.site import front

    from browser import CHROMIUM, CHROMIUM_ARGS
    from front_page import LIMITS

    if not CHROMIUM:
        sys.exit("live_board.py: no Chromium found; install Chromium or Chrome")
    with tempfile.TemporaryDirectory() as folder:
        front.write(Path(folder))
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})    # and all that is started from here
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS + SOFTWARE)
            page = browser.new_context(**LIMITS[options.kind]).new_page()
            page.goto((Path(folder) / "index.html").as_uri())
            print(f"{machine()}, Chromium {browser.version}, {options.kind}, load {os.getloadavg()[0]:.1f}\n")
            print("| walk | frames a second | longest gap ms | seconds | share |\n|---|---|---|---|---|")
            for name, chosen in cases.items():
                rows = frames(page, chosen, runs)
                each = ", ".join(f"{row[0]:.0f}" for row in rows)
                print(f"| {name} | {each} | {max(row[1] for row in rows):.0f} | "
                      f"{statistics.median(row[2] for row in rows):.1f} | "
                      f"{statistics.median(row[3] for row in rows):.2f} |", flush=True)
            print("\n| learns | after s | steps | inside % | share |\n|---|---|---|---|---|")
            for what in ("board", "ring", "drawn"):
                seen, share = learned(page, what, seconds)
                for after, steps, inside in [*(next((row for row in seen if row[2] >= wanted), seen[-1])
                                               for wanted in (0.7, 0.9)), seen[-1]]:
                    print(f"| {what} | {after:.0f} | {steps:,} | {100 * inside:.0f} | {share:.2f} |", flush=True)
            browser.close()


if __name__ == "__main__":
    main()
