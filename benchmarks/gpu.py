"""What a GPU is good for here: time to 98 % and to 99 % inside, and from which batch size on it beats the CPU.

The network is small: a training step is some 500 operations, each too little work for a GPU, so that at first the time
goes into starting them. Two ways out: larger batches, and a captured CUDA graph, which starts them all at once
('graph'; left out with a line that says why where it fails). Without a GPU the script says so and times the CPU.
"""

import argparse
import time
import warnings

import torch

from toydiff import FeatureMLP, Schedule, beta_variance, evaluation, sampling, training
from toydiff.checkpoint import build_model

from common import BOARD, POINTS, machine, table

EXAMPLES = """examples:
  python benchmarks/gpu.py                      everything; on a CPU only the table of batch sizes
  python benchmarks/gpu.py --batches 4096 65536 --steps 1000 2000 4000
  python benchmarks/gpu.py --cpu-only
  python benchmarks/gpu.py --quick              a few steps, to see that it works
"""


def finish(device):
    """Wait until the device has done all it was told; the only place where the clock makes it wait."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


class Eager:
    """The course's own loop, training.train."""

    name, graph = "training.train", False

    def __init__(self, device, batch, steps, seed=0):
        self.schedule, self.device = Schedule.linear(), device
        model = build_model("FeatureMLP", self.schedule, seed=seed).to(device)
        self.states = training.train(model, BOARD, self.schedule, steps=steps, batch_size=batch, seed=seed,
                                     graph=self.graph)

    def run(self):
        """Take all steps and return the network to sample from."""
        for state in self.states:
            pass
        finish(self.device)
        return state.ema


class Graph(Eager):
    """The same with graph=True: a step is recorded once as a CUDA graph and replayed."""

    name, graph = "graph", True


def ways(device):
    """The ways of training that work here; says in one line why one does not."""
    if device.type != "cuda":
        return [Eager]
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        Graph(device, 64, 3).run()
    if said:
        print(said[0].message)
        return [Eager]
    return [Eager, Graph]


def no_waiting(device):
    """Say whether a training step makes the GPU wait for the CPU or the other way round."""
    schedule, source = Schedule.linear().to(device), torch.Generator(device).manual_seed(0)
    model = FeatureMLP(schedule.to("cpu")).to(device)
    optimizer, ema = torch.optim.Adam(model.parameters(), lr=8e-3, fused=True), training.EMA(model, 0.999)
    for step in range(1, 13):
        if step == 3:    # the first steps may fill tables and caches
            torch.cuda.set_sync_debug_mode("error")
        try:
            training.training_step(model, optimizer, BOARD, schedule, 512, source)
            ema.update(model, step)
        except RuntimeError as error:
            torch.cuda.set_sync_debug_mode("default")
            print(f"A training step waits: {str(error).splitlines()[0]}")
            return
    torch.cuda.set_sync_debug_mode("default")
    print("Ten training steps: no synchronisation, no transfer that waits.")


def inside(model, device):
    schedule = Schedule.linear()
    variance = beta_variance(schedule, careful=schedule.T // 10)
    x = sampling.sample(model, schedule, POINTS, 1000, variance=variance, device=device)
    return 100 * evaluation.inside(x, BOARD)


def seconds_to(device, makers, batches, budgets, limits=(98, 99)):
    """Train with growing budgets (each its own run: the learning rate falls to 0 by its end) until all is reached."""
    rows = []
    for make in makers:
        for batch in batches:
            first = {}
            for steps in budgets:
                finish(device)
                before = time.perf_counter()    # the capture of a graph counts
                model = make(device, batch, steps).run()
                seconds, share = time.perf_counter() - before, inside(model, device)
                print(f"  {make.name}, batch {batch:,}, {steps:,} steps: {seconds:.2f} s, {share:.2f} % inside",
                      flush=True)
                for limit in limits:
                    if share >= limit:
                        first.setdefault(limit, f"{seconds:.2f} s ({steps:,} steps)")
                if len(first) == len(limits):
                    break
            rows.append([make.name, f"{batch:,}", *(first.get(limit, "not reached") for limit in limits)])
    table(["loop", "batch", *(f"to {limit} % inside" for limit in limits)], rows)


def step_seconds(make, device, batch, steps):
    """Wall seconds of a training step, after a run to warm up; the least of three."""
    make(device, batch, 3).run()
    times = []
    for _ in range(3):
        run = make(device, batch, steps)
        finish(device)
        before = time.perf_counter()
        run.run()
        times.append((time.perf_counter() - before) / steps)
    return min(times)


def crossover(device, makers, batches, steps):
    """Time a step for each batch size, on the CPU and on the device; say from where on the device is ahead."""
    cpu, rows, ahead = torch.device("cpu"), [], {}
    for batch in batches:
        base = step_seconds(Eager, cpu, batch, max(3, steps * 512 // max(512, batch)))
        row = [f"{batch:,}", f"{1e3 * base:.2f}", f"{batch / base / 1e6:.2f}"]
        for make in makers if device.type == "cuda" else []:
            own = step_seconds(make, device, batch, steps)
            row += [f"{1e3 * own:.2f}", f"{batch / own / 1e6:.2f}"]
            if own >= base:
                ahead.pop(make.name, None)
            else:
                ahead.setdefault(make.name, batch)
        rows.append(row)
    names = [f"CPU, {torch.get_num_threads()} thread(s)"]
    names += [f"GPU, {make.name}" for make in makers] if device.type == "cuda" else []
    table(["batch", *(f"{name}: {unit}" for name in names for unit in ("ms a step", "million points a second"))], rows)
    for make in makers if device.type == "cuda" else []:
        print(f"GPU, {make.name}: ahead of the CPU "
              + (f"from batch {ahead[make.name]:,} on" if make.name in ahead else "at none of these batch sizes"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXAMPLES,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batches", type=int, nargs="+", default=[512, 4096, 16_384, 65_536])
    parser.add_argument("--steps", type=int, nargs="+", default=[500, 1000, 2000, 4000, 8000, 16_000])
    parser.add_argument("--cpu-only", action="store_true", help="only the CPU's time for each batch size")
    parser.add_argument("--quick", action="store_true", help="a few steps")
    options = parser.parse_args()
    there = torch.cuda.is_available() and not options.cpu_only
    device = torch.device("cuda" if there else "cpu")
    print(machine(device))
    if not there:
        print("There is no CUDA GPU here" if not options.cpu_only else "Only the CPU, as asked for", end="")
        print(": no time to 98 % and no crossover, only what a step costs the CPU.")
    sizes, timed = [64, 256, 512, 1024, 4096, 16_384, 65_536], 200
    if options.quick:
        sizes, timed, options.batches, options.steps = [16, 64], 3, [64], [5]
    makers = ways(device)
    if there:
        no_waiting(device)
        seconds_to(device, makers, options.batches, options.steps)
    print()
    crossover(device, makers, sizes, timed)


if __name__ == "__main__":
    main()
