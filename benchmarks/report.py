"""What time_to_quality.py found, as a table, as an answer to each target, and as a plot."""

import torch

from common import BOARD, POINTS, quality, save_plot, summary, table
from recipes import EARLIER, Reference

OURS, REFERENCE, BARE = "toydiff", "reference", "reference, a bare loop"
LONG_BUDGET = 200_000    # steps of ours: about 5 minutes


def settle(rows):
    """Give all rows of a recipe the price of its quietest run."""
    for name in {one["recipe"] for one in rows}:
        some = [one for one in rows if one["recipe"] == name]
        price = min(one["price"] for one in some)
        for one in some:
            one["price"], one["seconds"] = price, one["steps"] * price


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

        def column(field, form, some=some):
            return summary([one.get(field) for one in some], form)

        lines.append([name + (", its own end" if key == "end" else ""), ", ".join(str(one["seed"]) for one in some),
                      column("steps", "{:,.0f}").split(" ")[0], column("seconds", "{:.1f}").split(" ")[0],
                      column("inside", "{:.2f}"), column("tv", "{:.4f}"), column("tv_many", "{:.4f}"),
                      column("sw2", "{:.4f}"), column("excess", "{:.3f}")])
    table(["recipe", "seeds", "steps", "s", "inside %", "TV", f"TV of {10 * POINTS:,}", "SW2", "excess loss %"], lines)


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
                print(f"  seed {seed}: {first['inside']:.1f} % after {first['seconds']:.2f} s "
                      f"({first['steps']} steps), "
                      + ", ".join(f"1/{s / first['seconds']:.0f} of that time ({name})" for name, s in whole.items()))
    print()
    lines = []
    for steps, label, field, limit in [
            (8000, "12 s", "inside", 96), (40_000, "60 s", "inside", 99), (40_000, "60 s", "tv", .012),
            (40_000, "60 s", "tv_many", .012), (40_000, "60 s", "excess", .10), (LONG_BUDGET, "5 min", "inside", 99.6)]:
        some = [one for one in ours if one["steps"] == steps and field in one]
        if some:
            holds = [one[field] >= limit if field == "inside" else one[field] <= limit for one in some]
            lines.append([f"{label}: {field} {'≥' if field == 'inside' else '≤'} {limit:g}",
                          ", ".join(f"{one[field]:.4g} (seed {one['seed']}, {one['seconds']:.0f} s)" for one in some),
                          f"{sum(holds)} of {len(holds)} seeds"])
    if lines:
        table(["target", "measured", "holds for"], lines)


def draw(rows, path):
    """Error over training time, one line per recipe through the medians, one dot per seed."""
    from toydiff import Oracle, Schedule, beta_variance, sample
    from toydiff.notebook import plots

    figure, axes = plots.new_figure(3, size=3.4, aspect=1.15)
    real, schedule = [quality(BOARD.sample(POINTS, seed), seed) for seed in range(10)], Schedule.linear()
    exact = sample(Oracle(BOARD, schedule), schedule, POINTS, 0,
                   variance=beta_variance(schedule, careful=schedule.T // 10))
    best = 100 - quality(exact)["inside"]
    marks = {OURS: "o", REFERENCE: "s", "tiny-diffusion": "^", "smalldiffusion": "v", "MIT 6.S184 lab": "D",
             "flow_matching 2-D": "P"}

    def median(some, field):
        return float(torch.tensor([one[field] for one in some]).quantile(0.5))

    panels = {"outside": "outside a filled cell, %", "tv": "balance (TV)", "sw2": "SW2"}
    for ax, (field, title) in zip(axes[0], panels.items(), strict=True):
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
            ax.axhline(best, color=plots.EXACT, ls=":")
            ax.text(1, 1.05 * best, "the exact denoiser", color=plots.EXACT, fontsize=8, va="bottom")
        else:
            level = sum(one[field] for one in real) / len(real)
            ax.axhline(level, color=plots.DATA, ls=":")
            ax.text(1, level * 0.97, "two real draws", color=plots.DATA, fontsize=8, va="top")
            ax.set_ylim(bottom=0.75 * min(level, *(one[field] for one in rows if field in one)))
        ax.set(xscale="log", yscale="log", xlabel="seconds of training, one thread", title=title)
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_formatter("{x:g}")
        ax.grid(alpha=0.25)
    axes[0, 2].legend(frameon=False, fontsize=8)
    save_plot(figure, path)
