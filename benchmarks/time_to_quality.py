"""How good after how long: our default recipe beside four others, on one thread, in one run.

Every recipe is trained and, at marks of training time, sampled (20,000 points). Ours lets its learning rate fall
to 0 by its last step, so each of its budgets is a training run of its own. Time is CPU time of the training alone; ours
also counts the measuring of the loss per t that its sampler wants. Neighbours on the machine make a step dearer in CPU
time too, so seconds = steps × price, where a recipe's price is that of the quietest tenth of its quietest run.
"""

import argparse
import json
from pathlib import Path

import torch

from toydiff import Schedule, evaluation, optimal_variance, sampling, training
from toydiff.checkpoint import build_model

from common import BOARD, POINTS, cpu_seconds, machine, one_thread, quality, save_plot, summary, table
from recipes import EARLIER, RECIPES, Reference

OURS, REFERENCE, BARE = "toydiff", "reference", "reference, a bare loop"
MARKS = [1, 4, 12, 60]                         # seconds at which the others are looked at, and at their end
BUDGETS = [400, 1000, 3000, 8000, 40_000]   # steps of ours: 8,000 is about 12 s, 40,000 about 60 s
LONG_BUDGET = 200_000                                 # about 5 minutes
EXAMPLES = """examples:
  python benchmarks/time_to_quality.py                 three seeds, every recipe at most 60 s: about 20 minutes
  python benchmarks/time_to_quality.py --long --seeds 0 --only toydiff "MIT 6.S184 lab"
  python benchmarks/time_to_quality.py --show rows.json more.json --plot plot.png      trains nothing
  python benchmarks/time_to_quality.py --quick         a few steps of each, to see that it works
"""


class Stopwatch:
    """Counts steps and what they cost; `seconds` is the price without the neighbours."""

    def __init__(self, chunk=50):
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
    before = cpu_seconds()
    losses = training.loss_per_t(state.ema, BOARD, schedule)
    measuring = cpu_seconds() - before
    variance = optimal_variance(schedule, losses, careful=schedule.T // 10)
    x = sampling.sample(state.ema, schedule, points, seed + 1000, variance)
    excess = evaluation.excess_loss(state.ema, BOARD, schedule).relative
    return row(OURS, seed, watch, True, quality(x, seed) | {"excess": 100 * excess}, measuring)


def price_of_bare_loop(seed, steps):
    """The reference without its DataLoader, only timed: a row without quality."""
    recipe, watch = Reference(seed, loader=False), Stopwatch()
    watch.start()
    while watch.steps < steps:
        recipe.step()
        watch.count()
    return row(BARE, seed, watch, False, {})


def row(name, seed, watch, ended, numbers, measuring=0.0):
    return {"recipe": name, "seed": seed, "steps": watch.steps, "seconds": watch.seconds + measuring,
            "cpu": watch.cpu + measuring, "price": watch.price, "measuring": measuring, "ended": ended, **numbers}


def settle(rows):
    """Give all rows of a recipe the price of its quietest run."""
    for name in {one["recipe"] for one in rows}:
        some = [one for one in rows if one["recipe"] == name]
        price, measuring = (min(one[field] for one in some) for field in ("price", "measuring"))
        for one in some:
            one["price"], one["seconds"] = price, one["steps"] * price + measuring


def show(one):
    excess = f"  excess {one['excess']:.3f} %" if "excess" in one else ""
    print(f"{one['recipe']:15} seed {one['seed']}  {one['steps']:7,} steps  {one['seconds']:6.1f} s "
          f"({one['cpu']:6.1f} s disturbed)  inside {one['inside']:5.2f} %  TV {one['tv']:.4f}  "
          f"SW2 {one['sw2']:.4f}{excess}", flush=True)


def groups(rows):
    """Rows of the same recipe at about the same time, over the seeds: ours by steps, the others by mark."""
    found = {}
    for one in (one for one in rows if one["recipe"] != BARE):
        if one["recipe"] == OURS:
            key = one["steps"]
        else:
            key = "end" if one["ended"] else one["mark"]
        found.setdefault((one["recipe"], key), []).append(one)
    return found


def print_table(rows):
    lines = []
    for (name, key), some in groups(rows).items():
        column = lambda field, form: summary([one.get(field) for one in some], form)
        lines.append([name + (", its own end" if key == "end" else ""), ", ".join(str(one["seed"]) for one in some),
                      column("steps", "{:,.0f}").split(" ")[0], column("seconds", "{:.1f}").split(" ")[0],
                      column("inside", "{:.2f}"), column("tv", "{:.4f}"), column("sw2", "{:.4f}"),
                      column("excess", "{:.3f}")])
    table(["recipe", "seeds", "steps", "s", "inside %", "TV", "SW2", "excess loss %"], lines)


def print_targets(rows):
    """Say of each target whether it holds, seed by seed."""
    ours, reference, bare = ([one for one in rows if one["recipe"] == name] for name in (OURS, REFERENCE, BARE))
    if reference and ours and bare:
        whole = {"with its DataLoader": reference[0]["price"] * Reference.steps,
                 "a bare loop instead": bare[0]["price"] * Reference.steps}
        print(f"\nThe reference's own {Reference.steps:,} steps, extrapolated: "
              + "; ".join(f"{name} {seconds:.0f} s" for name, seconds in whole.items())
              + f".\nIts final quality, {EARLIER[REFERENCE][1]} % inside, was measured once to its end on 2026-11-23.")
        for seed in sorted({one["seed"] for one in ours}):
            good = [one for one in ours if one["seed"] == seed and one["inside"] >= EARLIER[REFERENCE][1]]
            if good:
                first = min(good, key=lambda one: one["seconds"])
                print(f"  seed {seed}: {first['inside']:.1f} % after {first['seconds']:.2f} s ({first['steps']} steps), "
                      + ", ".join(f"1/{s / first['seconds']:.0f} of that time ({name})" for name, s in whole.items()))
    print()
    lines = []
    for steps, label, field, limit in [
            (8000, "12 s", "inside", 96), (40_000, "60 s", "inside", 99), (40_000, "60 s", "tv", .012),
            (40_000, "60 s", "excess", .10), (LONG_BUDGET, "5 min", "inside", 99.6)]:
        some = [one for one in ours if one["steps"] == steps]
        if some:
            holds = [one[field] >= limit if field == "inside" else one[field] <= limit for one in some]
            lines.append([f"{label}: {field} {'≥' if field == 'inside' else '≤'} {limit:g}",
                          ", ".join(f"{one[field]:.4g} (seed {one['seed']}, {one['seconds']:.0f} s)" for one in some),
                          f"{sum(holds)} of {len(holds)} seeds"])
    if lines:
        table(["target", "measured", "holds for"], lines)


def draw(rows, path):
    """Error over training time, one line per recipe through the medians, one dot per seed."""
    from toydiff import plots

    figure, axes = plots.new_figure(3, size=3.4, aspect=1.15)
    real = [quality(BOARD.sample(POINTS, seed), seed) for seed in range(10)]
    marks = {OURS: "o", REFERENCE: "s", "tiny-diffusion": "^", "smalldiffusion": "v", "MIT 6.S184 lab": "D"}
    median = lambda some, field: float(torch.tensor([one[field] for one in some]).quantile(0.5))
    for ax, field, title in zip(axes[0], ("outside", "tv", "sw2"), ("outside a filled cell, %", "balance (TV)", "SW2")):
        for name, mark in marks.items():
            found = [some for (recipe, _), some in groups(rows).items() if recipe == name]
            found = sorted(([{**one, "outside": 100 - one["inside"]} for one in some] for some in found),
                           key=lambda some: median(some, "seconds"))
            colour = plots.MODEL if name == OURS else plots.NOISE
            ax.plot([median(some, "seconds") for some in found], [median(some, field) for some in found],
                    color=colour, marker=mark, ms=5, lw=1.6, label=name)
            ax.plot([one["seconds"] for some in found for one in some], [one[field] for some in found for one in some],
                    mark, color=colour, ms=3, alpha=0.5)
        if field == "outside":
            ax.axhline(0.2, color=plots.EXACT, ls=":", label="exact denoiser")
        else:
            ax.axhline(sum(one[field] for one in real) / len(real), color=plots.DATA, ls=":", label="two real draws")
        ax.set(xscale="log", yscale="log", xlabel="seconds of training, one thread", title=title)
        ax.grid(alpha=0.25)
        ax.legend(frameon=False, fontsize=7)
    save_plot(figure, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXAMPLES,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--only", nargs="+", choices=[OURS, *RECIPES], help="leave the other recipes out")
    parser.add_argument("--long", action="store_true", help="ours 5 minutes too; the others to their own end")
    parser.add_argument("--show", type=Path, nargs="+", help="train nothing, show the rows of earlier runs (JSON)")
    parser.add_argument("--rows", type=Path, help="write the rows here (JSON)")
    parser.add_argument("--plot", type=Path, help="write the plot here (PNG)")
    parser.add_argument("--quick", action="store_true", help="a few steps of one seed")
    options = parser.parse_args()
    one_thread()
    print(machine(), flush=True)

    seeds, marks, budgets, points, schedule = options.seeds, MARKS, BUDGETS, POINTS, Schedule.linear()
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
