"""Lighthouse's marks for the front page, from 0 to 100; the exit status says whether all are at least 95.

    python -m tools.site.lighthouse html

The page is served from this machine, compressed as GitHub Pages does, to Chromium (CHROME_PATH, or where it is found);
Lighthouse plays a phone on a slow line, and a desk. The median of the runs counts. It comes by npx, 180 MB the first
time, and is no part of the site.
"""

import argparse
import gzip
import http.server
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from functools import partial
from pathlib import Path

LIGHTHOUSE, WANTED = "lighthouse@12.8.2", 95
CATEGORIES = {"performance": "performance", "accessibility": "accessibility", "best-practices": "best practices"}
TIMES = {"first-contentful-paint": "first paint", "largest-contentful-paint": "largest paint",
         "total-blocking-time": "blocked", "speed-index": "speed index"}
FLAGS = "--headless=new --no-sandbox --disable-dev-shm-usage"


class Compressed(http.server.SimpleHTTPRequestHandler):
    """Serves files as a web server does that packs text."""

    def do_GET(self):
        file = Path(self.translate_path(self.path))
        file = file / "index.html" if file.is_dir() else file
        if not file.is_file():
            return self.send_error(404)
        content, kind = file.read_bytes(), self.guess_type(str(file))
        self.send_response(200)
        if kind.startswith("text/"):
            content = gzip.compress(content)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Type", f"{kind}; charset=utf-8" if kind.startswith("text/") else kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "max-age=600")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


def marks(address, kind, found):
    """Run Lighthouse once; return its report."""
    environment = {"CHROME_PATH": next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), "")} | os.environ
    command = [shutil.which("npx"), "--yes", LIGHTHOUSE, address, "--quiet", f"--chrome-flags={FLAGS}", "--output=json",
               f"--output-path={found}", f"--only-categories={','.join(CATEGORIES)}"]
    subprocess.run(command + ["--preset=desktop"] * (kind == "desk"), env=environment, check=True)
    return json.loads(found.read_text(encoding="utf-8"))


def main():
    """Print a table; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("site", type=Path, help="the folder that make book has made")
    parser.add_argument("--runs", type=int, default=3, help="of each kind (default %(default)s)")
    options = parser.parse_args()
    if not shutil.which("npx"):
        sys.exit("lighthouse.py: needs node and npm")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Compressed, directory=options.site))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/"

    print(f"{time.strftime('%Y-%m-%d')}, {LIGHTHOUSE}, {options.runs} runs each, load {os.getloadavg()[0]:.1f}\n")
    columns = ["", *CATEGORIES.values(), *TIMES.values()]
    print(f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}")
    least = 100
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("phone", "desk"):
            reports = [marks(address, kind, Path(folder, "found.json")) for _ in range(options.runs)]
            scores = {name: [round(100 * report["categories"][name]["score"]) for report in reports]
                      for name in CATEGORIES}
            times = {name: statistics.median(report["audits"][name]["numericValue"] for report in reports)
                     for name in TIMES}
            cells = [", ".join(map(str, row)) for row in scores.values()]
            print(f"| {kind} | {' | '.join(cells + [f'{ms / 1000:.2f} s' for ms in times.values()])} |", flush=True)
            worst = min(map(statistics.median, scores.values()))
            if worst < WANTED:
                lost = {audit["title"] for report in reports for audit in report["audits"].values()
                        if audit["score"] is not None and audit["score"] < 0.9}
                print("\n".join(f"    {title}" for title in sorted(lost)))
            least = min(least, worst)
    return 0 if least >= WANTED else 1


if __name__ == "__main__":
    sys.exit(main())
