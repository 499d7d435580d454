"""How good after how long: our default recipe beside five others, on one thread, in one run.

Every recipe is trained and, at marks of training time, sampled (20,000 points). Ours lets its learning rate fall
to 0 by its last step, so each of its budgets is a training run of its own. Time is CPU time of the training alone.
Neighbours on the machine make a step dearer in CPU time too, so seconds = steps × price, where a recipe's price is
that of the quietest tenth of its quietest run.
"""

import argparse
import json
from pathlib import Path

import torch

from toydiff import Schedule, beta_variance, evaluation, sampling, training
from toydiff.checkpoint import build_model

from common import BOARD, POINTS, cpu_seconds, machine, one_thread, quality
from recipes import RECIPES, Reference
from report import BARE, LONG_BUDGET, OURS, draw, print_table, print_targets, settle

MARKS = [1, 4, 12, 60]                         # seconds at which the others are looked at, and at their end
BUDGETS = [400, 1000, 3000, 8000, 40_000]   # steps of ours: 8,000 is about 12 s, 40,000 about 60 s
EXAMPLES = """examples:
  python benchmarks/time_to_quality.py                 three seeds, every recipe at most 60 s: about 20 minutes
  python benchmarks/time_to_quality.py --long --seeds 0 --only toydiff "MIT 6.S184 lab"
  python benchmarks/time_to_quality.py --show rows.json more.json --plot plot.png      trains nothing
  python benchmarks/time_to_quality.py --quick         a few steps of each, to see that it works
"""


class Stopwatch:
    """Counts steps and what they cost; `seconds` is the price without the neighbours."""

    def __init__(self, chunk=10):
        self.chunk, self.steps, self.cpu, self.costs, self.last = chunk, 0, 0.0, [], None

    def start(self):
        self.last, self.in_chunk = cpu_seconds(), 0

    def count(self):
        """One more step is done; True where a chunk is full."""
        self.steps, self.in_chunk = self.steps + 1, self.in_chunk + 1
        if self.in_chunk < self.chunk:
            return False
        self.stop()
        self.start()
        return True

    def stop(self):
        """Book the running chunk: before something is done that is not training."""
        if self.in_chunk:
            spent = cpu_seconds() - self.last
            self.cpu += spent
            self.costs.append(spent / self.in_chunk)

    @property
    def price(self):
        """Seconds per step in the quietest tenth of the run."""
        return sorted(self.costs)[len(self.costs) // 10]

    @property
    def seconds(self):
        return self.steps * self.price


def run_other(recipe, seed, marks, to_the_end, points):
    """Train a recipe and yield a row at each mark, in seconds; its last at its own end where the marks reach it."""
    marks, watch = sorted(marks), Stopwatch()
    watch.start()
    while marks or to_the_end:
        recipe.step()
        full = watch.count()
        ended = watch.steps == recipe.steps
        if ended or full and marks and watch.seconds >= marks[0]:
            watch.stop()
            mark = [marks.pop(0) for _ in range(sum(watch.seconds >= mark for mark in marks))][-1:]
            x = recipe.sample(points, torch.Generator().manual_seed(seed + 1000))
            yield row(recipe.name, seed, watch, ended, quality(x, seed)) | {"mark": mark[0] if mark else None}
            if ended:
                return
            watch.start()


def run_ours(seed, steps, points, schedule):
    """Train as `toydiff train` does, sample as `toydiff sample` does; return a row."""
    model, watch = build_model("FeatureMLP", schedule, seed=seed), Stopwatch()
    watch.start()
    for state in training.train(model, BOARD, schedule, steps=steps, seed=seed):
        watch.count()
    watch.stop()
    variance = beta_variance(schedule, careful=schedule.T // 10)
    x = sampling.sample(state.ema, schedule, points, seed + 1000, variance=variance)
    many = sampling.sample(state.ema, schedule, 10 * points, seed + 2000, variance=variance)
    excess = evaluation.excess_loss(state.ema, BOARD, schedule).relative
    return row(OURS, seed, watch, True, quality(x, seed) | {
        "tv_many": evaluation.balance(many, BOARD), "excess": 100 * excess})


def price_of_bare_loop(seed, steps):
    """The reference without its DataLoader, only timed: a row without quality."""
    recipe, watch = Reference(seed, loader=False), Stopwatch()
    watch.start()
    while watch.steps < steps:
        recipe.step()
        watch.count()
    return row(BARE, seed, watch, False, {})


def row(name, seed, watch, ended, numbers):
    return {"recipe": name, "seed": seed, "steps": watch.steps, "seconds": watch.seconds,
            "cpu": watch.cpu, "price": watch.price, "ended": ended, **numbers}


def show(one):
    excess = f"  excess {one['excess']:.3f} %" if "excess" in one else ""
    print(f"{one['recipe']:15} seed {one['seed']}  {one['steps']:7,} steps  {one['seconds']:6.1f} s "
          f"({one['cpu']:6.1f} s disturbed)  inside {one['inside']:5.2f} %  TV {one['tv']:.4f}  "
          f"SW2 {one['sw2']:.4f}{excess}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXAMPLES,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--only", nargs="+", choices=[OURS, *RECIPES], help="leave the other recipes out")
    parser.add_argument("--long", action="store_true", help="ours 5 minutes too; the others to their own end")
    parser.add_argument("--budgets", type=int, nargs="+", default=BUDGETS, help="steps of ours, a run for each")
    parser.add_argument("--show", type=Path, nargs="+", help="train nothing, show the what --rows wrote")
    parser.add_argument("--rows", type=Path, help="write what was measured here (JSON)")
    parser.add_argument("--plot", type=Path, help="write the plot here (PNG)")
    parser.add_argument("--quick", action="store_true", help="a few steps of one seed")
    options = parser.parse_args()
    one_thread()
    print(machine(), flush=True)

    seeds, marks, budgets, points, schedule = options.seeds, MARKS, options.budgets, POINTS, Schedule.linear()
    if options.quick:
        seeds, marks, budgets, points, schedule = seeds[:1], [0.05], [20, 60], 500, Schedule.linear(10)
    elif options.long:
        budgets = budgets + [LONG_BUDGET]
    rows = [one for path in options.show or [] for one in json.loads(path.read_text(encoding="utf-8"))]
    for seed in [] if options.show else seeds:
        for name in options.only or [OURS, *RECIPES]:
            new = ((run_ours(seed, steps, points, schedule) for steps in budgets)
                   if name == OURS else run_other(RECIPES[name](seed), seed, marks, options.long, points))
            for one in new:
                rows.append(one)
                show(one)
                if options.rows:    # after each, lest a long run be lost
                    options.rows.write_text(json.dumps(rows, indent=0), encoding="utf-8")
        rows.append(price_of_bare_loop(seed, 100 if options.quick else 3000))
    if options.rows:
        options.rows.write_text(json.dumps(rows, indent=0), encoding="utf-8")
    settle(rows)
    print()
    print_table(rows)
    print_targets(rows)
    if options.plot:
        draw(rows, options.plot)


if __name__ == "__main__":
    main()
