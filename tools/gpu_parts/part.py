"""What the parts share: their arguments, and what they find, written down at each find so that a stop loses nothing."""

import argparse
import json
import sys
import time
import traceback
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Part:
    """One part of tools/on_gpu.py. Each is a script of its own and can be run alone."""

    def __init__(self, about, *more):
        """more: (name, settings) of further arguments for argparse."""
        parser = argparse.ArgumentParser(description=about)
        parser.add_argument("--device", default="cuda")
        parser.add_argument("--seconds", type=float, default=100, help="what does not fit into them is left out")
        parser.add_argument("--quick", action="store_true", help="tiny sizes, to see that the script works")
        parser.add_argument("--found", type=Path, help="where to write what was found, as JSON")
        parser.add_argument("--keep", type=Path, help="a folder for pictures to keep")
        for name, settings in more:
            parser.add_argument(name, **settings)
        self.options = parser.parse_args()
        self.device, self.quick = self.options.device, self.options.quick
        self.cuda = self.device.startswith("cuda")
        self.end = time.monotonic() + self.options.seconds
        self.figures, self.failures, self.notes = {}, [], []

    def left(self):
        """Return the seconds that are left."""
        return self.end - time.monotonic()

    def figure(self, name, value):
        """Keep and print a number, a text or a list of them."""
        self.figures[name] = value
        print(f"{name}: {json.dumps(value, ensure_ascii=False)}", flush=True)
        self._write()

    def note(self, text):
        """Add to the line that the summary shows."""
        self.notes.append(text)
        print(f"NOTE {text}", flush=True)
        self._write()

    def fail(self, text):
        """Count a failure."""
        self.failures.append(text)
        print(f"FAILED {text}", flush=True)
        self._write()

    @contextmanager
    def attempt(self, name):
        """Go on after an error, which is printed and counted."""
        try:
            yield
        except Exception as error:
            traceback.print_exc(file=sys.stdout)
            lines = str(error).strip().splitlines() or [""]
            self.fail(f"{name}: {type(error).__name__}: {lines[0][:300]}")

    def finish(self):
        """End the process: with 1 if anything failed."""
        self._write()
        sys.exit(1 if self.failures else 0)

    def _write(self):
        if self.options.found:
            found = {"note": "; ".join(self.notes), "failures": self.failures, "figures": self.figures}
            self.options.found.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
