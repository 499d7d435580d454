"""Run on a GPU what cannot be seen without one: tests, speed, notebooks, checks, commands, the same bits.

Each part runs in a process of its own, with a time limit; one that fails does not stop the others. At the end stands a
table; log.txt, figures.json and what was drawn are in the output folder. toydiff need not be installed, nor Jupyter:
where IPython or tqdm is missing, tools/gpu_parts/stand_ins/ has enough of it for this.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PARTS = ROOT / "tools" / "gpu_parts"
EXAMPLES = """examples:
  python tools/on_gpu.py --output found
  python tools/on_gpu.py --output found --only figures,notebooks/04
  python tools/on_gpu.py --output found --device cpu --quick     the script itself, in a minute
"""
STAND_INS = ("IPython", "tqdm")


class Task:
    """One part: its name, its script and arguments, its limit in seconds; alone: no other part may run beside it."""

    def __init__(self, name, script, limit, *arguments, alone=False):
        self.name, self.script, self.limit, self.arguments, self.alone = name, script, limit, arguments, alone
        self.state, self.seconds, self.found, self.log = "not started", 0.0, {}, ""


def tasks(quick):
    """All parts, in the order in which they start; what stands between the first and the last `alone` runs in lanes."""
    notebooks = sorted([*ROOT.glob("notebooks/*.ipynb"), *ROOT.glob("solutions/*.ipynb")],
                       key=lambda path: (path.parent.name, -int(path.name[:2]) if path.name[:2].isdigit() else 0))
    if quick:
        notebooks = [path for path in notebooks if path.name.startswith("00")]
    return [Task("environment", "environment", 60, alone=True),
            Task("figures", "figures", 90, alone=True),
            Task("commands", "commands", 120),
            Task("tests", "cuda_tests", 120),
            *[Task(f"{path.parent.name}/{path.stem}", "cells", 150, str(path.relative_to(ROOT))) for path in notebooks],
            Task("checks", "checks_there", 90),
            Task("bits", "bits", 90),
            Task("kinds", "commands", 120, "--kinds"),
            Task("digits", "commands", 100, "--digits", alone=True),
            Task("board", "commands", 60, "--board", alone=True)]


class Runner:
    """Starts the parts, watches the clock, keeps the log."""

    def __init__(self, options, scratch):
        self.options, self.scratch = options, Path(scratch)
        self.end = time.monotonic() + 60 * options.minutes
        self.running, self.lock = set(), threading.Lock()
        self.python = python()
        self.log = open(options.output / "log.txt", "w", encoding="utf-8")

    def environment(self, task):
        """The variables of a part's process: this checkout's toydiff, stand-ins for what is missing, few threads."""
        path = [str(ROOT), os.environ.get("PYTHONPATH", ""), str(self.scratch / "stand_ins")]
        given = {"PYTHONPATH": os.pathsep.join(filter(None, path)), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1",
                 "PYTHONUNBUFFERED": "1", "MPLBACKEND": "Agg", "MPLCONFIGDIR": str(self.scratch / "matplotlib")}
        if task.script == "cells":
            given["TQDM_DISABLE"] = "1"
        if self.options.device == "cpu":
            given["CUDA_VISIBLE_DEVICES"] = ""    # toydiff.best_device() must not find one
        if not task.alone:
            given.setdefault("OMP_NUM_THREADS", str(max(1, min(4, (os.cpu_count() or 1) // self.options.lanes))))
        return given | os.environ | {name: given[name] for name in given if name != "OMP_NUM_THREADS"}

    def run(self, task):
        """Run a part to its end, or to the end of its time."""
        limit = min(task.limit, self.end - time.monotonic())
        if limit < 5:
            task.state = "no time left"
            return
        found, before = self.scratch / f"{task.name.replace('/', '_')}.json", time.monotonic()
        command = [self.python, str(PARTS / f"{task.script}.py"), *task.arguments, "--device", self.options.device,
                   "--found", str(found), "--keep", str(self.options.output), "--seconds", str(limit - 5)]
        command += ["--quick"] * self.options.quick
        log = found.with_suffix(".log")
        with open(log, "w", encoding="utf-8") as file:
            process = subprocess.Popen(command, cwd=ROOT, env=self.environment(task), stdin=subprocess.DEVNULL,
                                       stdout=file, stderr=subprocess.STDOUT, start_new_session=True)
        self.running.add(process)
        try:
            task.state = "failed" if process.wait(limit) else "ok"
        except subprocess.TimeoutExpired:
            task.state = f"stopped at {limit:.0f} s"
            self.kill(process)
        self.running.discard(process)
        task.seconds, task.log = time.monotonic() - before, log.read_text(encoding="utf-8", errors="replace")
        if found.exists():
            task.found = json.loads(found.read_text(encoding="utf-8"))
        with self.lock:
            self.log.write(f"\n{'=' * 20} {task.name}: {task.state}, {task.seconds:.1f} s\n{task.log}")
            self.log.flush()
            print(f"{task.name}: {task.state}, {task.seconds:.1f} s", flush=True)

    def kill(self, process):
        """End a part and all that it started."""
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (AttributeError, ProcessLookupError, PermissionError):
            process.kill()
        process.wait()

    def run_all(self, plan):
        """Parts that must be alone one after the other, the others beside each other."""
        while plan:
            together = []
            while plan and not plan[0].alone:
                together.append(plan.pop(0))
            with ThreadPoolExecutor(self.options.lanes) as lanes:
                list(lanes.map(self.run, together))
            if plan:
                self.run(plan.pop(0))


def python():
    """Return a Python that is new enough for toydiff and has PyTorch: this one, if it is."""
    names = [sys.executable] if sys.version_info >= (3, 11) else []
    names += filter(None, map(shutil.which, ("python3.13", "python3.12", "python3.11", "python3", "python")))
    for name in names:
        question = "import sys, torch; sys.exit(sys.version_info < (3, 11))"
        if subprocess.run([name, "-c", question], capture_output=True).returncode == 0:
            if name != sys.executable:
                print(f"The parts run with {name}, this Python is {sys.version.split()[0]}.")
            return name
    print("No Python from 3.11 on that has PyTorch: the parts will say what they miss.")
    return sys.executable


def lay_stand_ins(runner):
    """Copy the stand-ins of what is missing to where the parts look for modules."""
    for name in STAND_INS:
        if subprocess.run([runner.python, "-c", f"import {name}"], capture_output=True).returncode:
            print(f"{name} is not installed: a stand-in takes its place.")
            shutil.copytree(PARTS / "stand_ins" / name, runner.scratch / "stand_ins" / name)


def summary(done):
    """Return the table, and under it what failed."""
    lines = [f"{'part':38} {'':18} {'s':>6}  note"]
    for task in done:
        lines.append(f"{task.name:38} {task.state:18} {task.seconds:6.1f}  {task.found.get('note', '')[:230]}")
    for task in done:
        failures = task.found.get("failures", [])
        if task.state == "failed" and not failures:
            failures = task.log.strip().splitlines()[-3:]
        lines += [f"  {task.name}: {text[:400]}" for text in failures[:6]]
        if len(failures) > 6:
            lines.append(f"  {task.name}: and {len(failures) - 6} more, see log.txt")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXAMPLES,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, required=True, metavar="FOLDER", help="for logs, figures, pictures")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--only", metavar="PART,PART", help="the parts whose names begin so; `list` prints the names")
    parser.add_argument("--minutes", type=float, default=5.0, help="in all (default %(default)g)")
    parser.add_argument("--lanes", type=int, default=max(1, min(4, (os.cpu_count() or 1) // 4)),
                        help="parts beside each other, where time is not measured (default here %(default)s)")
    parser.add_argument("--quick", action="store_true", help="tiny sizes, one notebook: does the script work?")
    options = parser.parse_args()
    plan = tasks(options.quick)
    if options.only == "list":
        print("\n".join(task.name for task in plan))
        return 0
    if options.only:
        plan = [task for task in plan if task.name.startswith(tuple(options.only.split(",")))]
    if not plan:
        parser.error(f"no part begins with {options.only}; --only list prints them")
    options.output = options.output.resolve()
    options.output.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    before = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        runner, done = Runner(options, scratch), list(plan)
        try:
            lay_stand_ins(runner)
            runner.run_all(plan)
        except KeyboardInterrupt:
            runner.end = 0
            for process in list(runner.running):
                runner.kill(process)
            print("stopped")
        runner.log.close()
    figures = {task.name: {"state": task.state, "seconds": round(task.seconds, 1), **task.found} for task in done}
    (options.output / "figures.json").write_text(json.dumps(figures, indent=1, ensure_ascii=False), encoding="utf-8")
    text = summary(done) + f"\n{time.monotonic() - before:.0f} s in all"
    (options.output / "summary.txt").write_text(text + "\n", encoding="utf-8")
    print(f"\n{text}")
    return 0 if all(task.state == "ok" for task in done) else 1


if __name__ == "__main__":
    sys.exit(main())
