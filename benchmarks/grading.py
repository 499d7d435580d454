"""A class of 300 submissions, graded: how many seconds each costs, where they go, and how much memory that takes.

The submissions are made from solutions/, exercises/ and the checks' own mistakes: of six one is untouched, two are
solved, and three are solved but for one to three functions, which hold a mistake that has a name.
"""

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tools import notebooks  # noqa: E402
from toydiff.checks import EXERCISES  # noqa: E402
from toydiff.grading import saved  # noqa: E402
from toydiff.grading.classroom import grade_class, processors  # noqa: E402
from toydiff.grading.process import WorkerProcess  # noqa: E402

from common import machine, one_thread, table  # noqa: E402

EXAMPLES = """examples:
  python benchmarks/grading.py                       four minutes on two cores
  python benchmarks/grading.py --count 20 --jobs 2
  python benchmarks/grading.py --quick               three, to see that it works
  python benchmarks/grading.py --kill                toydiff class, killed half-way and gone on with
"""
WRONG = """
from toydiff.checks import EXERCISES
wrong_{function} = {{mistake.name: mistake.wrong for mistake in EXERCISES["{exercise}"].mistakes}}["{mistake}"]
def {function}(*args, **options):
    return wrong_{function}(*args, **options)
"""
GOAL, OWN = 2.5, 20    # seconds a submission and core; % of it that may be our own


def submission(number, chance):
    """Return a notebook as plain JSON, and the number of mistakes in it."""
    stations = sorted({exercise.notebook for exercise in EXERCISES.values()} - {"clinic"})
    notebook = stations[number % len(stations)]
    kind = number // len(stations) % 6
    folder = "exercises" if kind == 0 else "solutions"
    made = notebooks.read(ROOT / folder / f"{notebook}_{folder}.ipynb")
    mine = {exercise.name: exercise for exercise in EXERCISES.values() if exercise.notebook == notebook}
    wrong = chance.sample(sorted(mine), chance.randint(1, min(3, len(mine)))) if kind >= 3 else []
    for name in wrong:
        function, mistake = name.split(".")[1], chance.choice(mine[name].mistakes).name
        cell, = (cell for cell in made.cells if cell.cell_type == "code" and cell.source.startswith(f"def {function}("))
        cell.source = WRONG.format(exercise=name, mistake=mistake, function=function)
    return made, len(wrong)


class Meter:
    """What goes on in the workers, as they tell it: seconds of computing for cells and for questions."""

    def __init__(self):
        self.seconds, self.workers, self.lock, self.peak, self.ended = Counter(), 0, threading.Lock(), 0, False
        self.of, self.cells, self.notebooks = {}, Counter(), Counter()    # of each worker, of each notebook
        self.load, self.watching = 0.0, 0.0    # of the nursery, until the first worker is born; of this meter itself
        usual_ask, usual_begin = WorkerProcess.ask, WorkerProcess.__init__

        def ask(worker, seconds, kind, *args, **options):
            before = self._cpu(worker.process)
            reply = usual_ask(worker, seconds, kind, *args, **options)
            if kind == "begin":
                self.of[worker] = args[0]
                self.notebooks[args[0]] += 1
            with self.lock:
                if kind in ("run", "resume"):
                    self.cells[self.of[worker]] += self._cpu(worker.process) - before
                self.seconds[kind] += self._cpu(worker.process) - before
            return reply

        def begin(worker, modules=(), stop=None, nursery=None):
            usual_begin(worker, modules, stop, nursery)
            with self.lock:
                self.workers += 1
                self.load = self.load or (self._cpu(nursery.process) if nursery and nursery.process else 0.0)

        WorkerProcess.ask, WorkerProcess.__init__ = ask, begin
        threading.Thread(target=self._watch, daemon=True).start()

    def _cpu(self, process):
        try:
            return sum(psutil.Process(process.pid).cpu_times()[:2])
        except psutil.Error:
            return 0.0

    def _watch(self):
        """The most that all processes together hold, what some share counted once; looked at twice a second."""
        while not self.ended:
            held, start = 0, time.thread_time()
            for process in [psutil.Process(), *psutil.Process().children(recursive=True)]:
                try:
                    found = process.memory_full_info()
                    held += getattr(found, "pss", found.uss)
                except psutil.Error:
                    continue
            self.peak, self.watching = max(self.peak, held), self.watching + time.thread_time() - start
            time.sleep(0.5)


def measure(count, jobs, seed=0):
    """Grade so many; return what was found."""
    meter = Meter()
    with tempfile.TemporaryDirectory() as folder:
        named = write(folder, count, seed)
        start, own = time.monotonic(), time.process_time()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        rows = grade_class(folder, jobs, draw=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    meter.ended = True
    children = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    cells, load = meter.seconds["run"] + meter.seconds["resume"], meter.load + meter.seconds["begin"]
    recognised = sum(bool(result.mistake) for row in rows for result in row.report.results)
    return {"count": count, "jobs": jobs, "wall": time.monotonic() - start, "children": children,
            "examiner": time.process_time() - own - meter.watching, "start": load, "cells": cells,
            "questions": sum(meter.seconds.values()) - meter.seconds["begin"] - cells,
            "workers": meter.workers, "peak": meter.peak,
            "cells_of": {name: meter.cells[name] / n for name, n in sorted(meter.notebooks.items())},
            "put_in": named, "recognised": recognised, "trouble": sum(bool(row.report.trouble) for row in rows)}


def write(folder, count, seed=0):
    """Write so many submissions into a folder; return the number of mistakes in them."""
    chance, named = random.Random(seed), 0
    for number in range(count):
        made, wrong = submission(number, chance)
        named += wrong
        (Path(folder) / f"student {number:03d}.ipynb").write_text(json.dumps(made), encoding="utf-8")
    return named


def killed(count, jobs):
    """Grade as a user does, by `toydiff class`, end it by SIGKILL half-way, go on by --resume; say what was kept."""
    with tempfile.TemporaryDirectory() as folder:
        students, out = Path(folder) / "class", Path(folder) / "graded"
        students.mkdir()
        write(students, count)
        command = [sys.executable, "-m", "toydiff", "class", students, "--output", out, "--jobs", str(jobs)]
        start, half = time.monotonic(), out / saved.UNFINISHED
        process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
        while process.poll() is None and (not half.exists() or half.read_text().count("\n") <= count // 2):
            time.sleep(0.2)
        process.kill()
        process.wait()
        _, before = saved.read(half)
        print(f"killed after {time.monotonic() - start:.0f} s, with {len(before)} of {count} done", flush=True)
        start = time.monotonic()
        subprocess.run([*command, "--resume", "--format", "csv,html"], cwd=ROOT, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, rows = saved.read(out / saved.NAME)
        same = sum(rows[key] == row for key, row in before.items())    # the seconds that each took are part of it
        pages = len(list((out / "html_feedback").glob("*.html")))
        print(f"gone on with for {time.monotonic() - start:.0f} s: {len(rows)} rows, {pages} pages; of the "
              f"{len(before)} that were done {same} are as they were, {len(before) - same} were asked twice")


def show(found):
    """Print the tables."""
    count, cpu = found["count"], found["examiner"] + found["children"]
    own = cpu - found["cells"] - found["questions"] - found["start"]
    print(f"\n{count} submissions, {found['jobs']} at a time: {found['wall']:.0f} s by the clock, "
          f"{found['wall'] * found['jobs'] / count:.1f} s a submission and job; {cpu / count:.2f} s of CPU each "
          f"(goal: {GOAL})")
    table(["CPU seconds a submission", "s", "share"], [
        [name, f"{seconds / count:.2f}", f"{seconds / cpu:.0%}"] for name, seconds in (
            ("Python, torch and the checks, loaded by its process", found["start"]),
            ("the cells", found["cells"]),
            ("the answers to the questions", found["questions"]),
            (f"our own: the examiner, messages, tidying (goal: {OWN} %)", own))])
    print()
    table(["CPU seconds for the cells of one", "s"],
          [[name, f"{seconds:.2f}"] for name, seconds in found["cells_of"].items()])
    print(f"\nProcesses begun: {found['workers'] / count:.2f} a submission. Memory of all together, at most: "
          f"{found['peak'] / 1e6:.0f} MB. Mistakes put in: {found['put_in']}, called by name: {found['recognised']}. "
          f"Troubles: {found['trouble']}.")


def main():
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXAMPLES,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=300, help="submissions (default %(default)s)")
    parser.add_argument("--jobs", type=int, default=processors(), help="at a time (default: one a processor)")
    parser.add_argument("--json", type=Path, help="write what was found here")
    parser.add_argument("--kill", action="store_true", help="kill it half-way and go on: is anything asked twice?")
    parser.add_argument("--quick", action="store_true", help="three submissions")
    options = parser.parse_args()
    one_thread()
    print(machine())
    if options.kill:
        return killed(3 if options.quick else options.count, options.jobs)
    found = measure(3 if options.quick else options.count, options.jobs)
    show(found)
    if options.json:
        options.json.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
