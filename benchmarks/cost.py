"""What it costs: sampling, growth with the work, memory, and where a training step spends its time.

One thread. Times are CPU time, the least of several tries: neighbours on the machine can only add to it.
"""

import argparse
import json
import math
import subprocess
import sys
from pathlib import Path

import torch
from torch import nn

from toydiff import FeatureMLP, Schedule, beta_variance, load, sampling, training

from common import BOARD, cpu_seconds, machine, one_thread, save_plot, table

EXAMPLES = """examples:
  python benchmarks/cost.py                     about four minutes
  python benchmarks/cost.py --plot benchmarks/cost.png
  python benchmarks/cost.py --quick             small numbers, to see that it works
"""
CHILD = """
import json, sys, time, torch
torch.set_num_threads(1)
from toydiff import FeatureMLP, Schedule, sample

def peak():    # in MB; on Linux ru_maxrss would start from the parent's peak
    try:
        with open("/proc/self/status") as file:
            return next(int(line.split()[1]) / 1e3 for line in file if line.startswith("VmHWM"))
    except OSError:
        import resource
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6

n, T = int(sys.argv[1]), int(sys.argv[2])
sample(FeatureMLP(Schedule.linear(T)), Schedule.linear(T), 10, 0)
start, before = peak(), time.process_time()
x = sample(FeatureMLP(Schedule.linear(T)), Schedule.linear(T), n, 0)
print(json.dumps([len(x), start, peak(), time.process_time() - before]))
"""


def least(run, tries):
    """Return the least CPU seconds of several runs, after a short one to warm up."""
    times = []
    for _ in range(tries):
        before = cpu_seconds()
        run()
        times.append(cpu_seconds() - before)
    return min(times)


def sampling_cost(points, tries):
    """The course's network, 100 steps: in one piece, and as `sample` cuts it."""
    loaded = load()
    variance = beta_variance(loaded.schedule, careful=loaded.schedule.T // 10)
    own, rows = sampling.in_pieces, []
    try:
        for size in (1000, 2000, 5000, 10_000, points):
            sampling.in_pieces = lambda model, size=size: own(model, size)
            seconds = least(lambda: sampling.sample(loaded.model, loaded.schedule, points, 0, variance=variance), tries)
            rows.append([f"{size:,}"
                         + (" (the default)" if size == 5000 else " (all at once)" if size == points else ""),
                         f"{seconds:.2f}"])
    finally:
        sampling.in_pieces = own
    print(f"\nSampling {points:,} points, {loaded.schedule.T} steps (goal: 2 s)")
    table(["points the network looks at together", "s"], rows)


def growth(quick, tries):
    """Time against points, T, width and training steps: (name, sizes, seconds, fitted exponent) of each."""
    points, T, wide, steps = (400, 4, [8, 16, 32], 5) if quick else (10_000, 10, [96, 192, 384, 768], 100)

    def draw(n=points, T=T, hidden=96):
        schedule = Schedule.linear(T)
        model = FeatureMLP(schedule, hidden)
        return lambda: sampling.sample(model, schedule, n, 0)

    def train(steps):
        schedule = Schedule.linear()
        return lambda: [None for _ in training.train(FeatureMLP(schedule), BOARD, schedule, steps=steps)]

    plans = [("points", [points * 2**i for i in range(5)], lambda n: draw(n=n)),
             ("T", [T * 2**i for i in range(5)], lambda T: draw(T=T)),
             ("width of a layer", wide, lambda hidden: draw(hidden=hidden)),
             ("training steps", [steps * 2**i for i in range(5)], train)]
    found = []
    for name, sizes, make in plans:
        make(sizes[0])()
        seconds = [least(make(size), tries) for size in sizes]
        x, y = (torch.tensor(values, dtype=torch.float64).log() for values in (sizes, seconds))
        exponent = (((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum()).item()
        found.append((name, sizes, seconds, exponent))
    print("\nCost as work grows (1 is a straight line; the products of a layer grow with its width squared)")
    table(["what grows", "sizes", "seconds", "exponent"],
          [[name, ", ".join(f"{size:,}" for size in sizes), ", ".join(f"{s:.3g}" for s in seconds), f"{exponent:.2f}"]
           for name, sizes, seconds, exponent in found])
    return found


def memory(sizes, T):
    """Peak memory of a fresh process that draws n points."""
    rows = []
    for n in sizes:
        out = subprocess.run([sys.executable, "-c", CHILD, str(n), str(T)], capture_output=True, text=True, check=True)
        count, start, peak, seconds = json.loads(out.stdout)
        rows.append([f"{count:,}", f"{start:.0f}", f"{peak:.0f}", f"{count * 8 / 1e6:.1f}", f"{seconds:.1f}"])
    print(f"\nMemory when many points are sampled, T = {T} (it does not depend on T)")
    table(["points", "MB before (10 points)", "peak MB of the process", "MB of the points themselves", "s"], rows)


GROUPS = {    # what the profiler calls it -> what it is
    "matrix products": ("aten::addmm", "aten::mm"),
    "GELU": ("aten::gelu", "aten::gelu_backward"),
    "waves (sin, cos, exp)": ("aten::sin", "aten::cos", "aten::exp"),
    "drawing random numbers": ("aten::uniform_", "aten::normal_", "aten::random_"),
    "Adam": ("aten::_fused_adam_", "aten::_foreach_add_"),
    "EMA": ("aten::_foreach_lerp_", "aten::lerp_"),
}


def step_cost(steps, tries, batch=512):
    """Where a step of `train` spends its time, and which part of the core's rate of products it reaches."""
    schedule = Schedule.linear()
    model = FeatureMLP(schedule)
    states = training.train(model, BOARD, schedule, steps=10**6, batch_size=batch)

    def run():
        for _ in range(steps):
            next(states)

    run()
    seconds = least(run, tries) / steps
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profile:
        run()
    spent = {event.key: event.self_cpu_time_total for event in profile.key_averages()}
    total, calls = sum(spent.values()), sum(event.count for event in profile.key_averages())
    shares = {group: sum(spent.get(name, 0) for name in names) / total for group, names in GROUPS.items()}
    shares["everything else (small tensors, autograd, checks)"] = 1 - sum(shares.values())

    layers = [layer for layer in model.layers if isinstance(layer, nn.Linear)]
    products, work = [], 0    # forward, gradient of the weights, gradient of the input (not of the first layer)
    for i, layer in enumerate(layers):
        a, b = torch.randn(batch, layer.in_features), torch.randn(layer.in_features, layer.out_features)
        c = torch.randn(batch, layer.out_features)
        products += [(a, b), (a.t(), c)] + ([(c, b.t())] if i else [])
        work += 2 * batch * layer.in_features * layer.out_features * (3 if i else 2)
    bare = least(lambda: [[torch.mm(x, y) for x, y in products] for _ in range(steps)], tries) / steps
    big = torch.randn(1024, 1024)
    best = 2 * 1024**3 / least(lambda: torch.mm(big, big), 5 * tries)

    print(f"\nA step of training (batch {batch}, {steps} steps): {1e3 * seconds:.2f} ms, "
          f"about {calls / steps:.0f} operations "
          f"of PyTorch")
    table(["part", "share"], [[name, f"{share:.0%}"] for name, share in shares.items()])
    print()
    table(["rate of matrix products", "GFLOP/s"], [
        ["the whole step", f"{work / seconds / 1e9:.0f}"],
        ["bare torch.mm of the same sizes", f"{work / bare / 1e9:.0f}"],
        ["bare torch.mm, 1024 × 1024 × 1024", f"{best / 1e9:.0f}"]])
    print(f"\nThe step's products alone take {1e3 * bare:.2f} ms, {bare / seconds:.0%} of its time.")


def draw(found, path):
    from toydiff.notebook import plots

    figure, axes = plots.new_figure(len(found), size=2.8, aspect=1.1)
    for ax, (name, sizes, seconds, exponent) in zip(axes[0], found, strict=True):
        ax.plot(sizes, seconds, "o", color=plots.MODEL, ms=5)
        log = [math.log(value) for value in seconds], [math.log(size) for size in sizes]
        start = sum(log[0]) / len(sizes) - exponent * sum(log[1]) / len(sizes)
        ax.plot(sizes, [math.exp(start) * size**exponent for size in sizes], color=plots.NOISE, lw=1.2)
        ax.set(xscale="log", yscale="log", xlabel=name, title=f"exponent {exponent:.2f}")
        ax.set_xticks(sizes, [f"{size:,}" for size in sizes], rotation=45, fontsize=7)
        ax.minorticks_off()
        ax.grid(alpha=0.25)
    axes[0, 0].set_ylabel("seconds, one thread")
    save_plot(figure, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXAMPLES,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plot", type=Path, help="write the plot of growth here (PNG)")
    parser.add_argument("--tries", type=int, default=3, help="of each measurement (default %(default)s)")
    parser.add_argument("--quick", action="store_true", help="small numbers")
    options = parser.parse_args()
    one_thread()
    print(machine())
    tries = 1 if options.quick else options.tries
    sampling_cost(200 if options.quick else 20_000, tries)
    found = growth(options.quick, tries)
    memory([100, 1000] if options.quick else [100_000, 1_000_000, 5_000_000], 4)
    step_cost(5 if options.quick else 200, tries)
    if options.plot:
        draw(found, options.plot)


if __name__ == "__main__":
    main()
