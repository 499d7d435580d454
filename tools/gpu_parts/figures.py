"""What benchmarks/gpu.py is about, in a minute: what waits, steps a second, crossover, samples, time to 98 and 99 %.

Goals on a data-centre GPU: 98 % inside within 10 s, 99 % within 20 s, 1,000,000 samples within 2 s.
"""

import sys
import time
import traceback

import torch
from part import ROOT, Part
from torch.profiler import ProfilerActivity, profile, record_function

import toydiff
from toydiff import checkpoint, evaluation, sampling, training

sys.path.insert(0, str(ROOT / "benchmarks"))

import gpu  # noqa: E402

BOARD, SCHEDULE = toydiff.Checkerboard(), toydiff.Schedule.linear()
VARIANCE = sampling.beta_variance(SCHEDULE, careful=SCHEDULE.T // 10)
SYNCHRONIZE = ("cudaStreamSynchronize", "cudaDeviceSynchronize", "cudaEventSynchronize", "aten::item",
               "aten::_local_scalar_dense", "aten::nonzero", "Memcpy DtoH", "Memcpy HtoD")


def loop(device):
    """A training loop that has taken 20 steps; at each hundredth train asks whether the loss is still a number."""
    model = checkpoint.build_model("FeatureMLP", SCHEDULE).to(device)
    states = training.train(model, BOARD, SCHEDULE, steps=200, batch_size=512, seed=0)
    for _ in range(20):
        next(states)
    return states


def walk(device):
    """The sampler, after its first step."""
    xT = torch.randn(1000, 2, device=device)
    steps = sampling.ddpm(toydiff.load(device=device).model, SCHEDULE, xT, seed=0, variance=VARIANCE)
    next(steps), next(steps)
    return steps


def waits(part, name, steps, count):
    """Take `count` steps under PyTorch's guard against synchronisation."""
    torch.cuda.set_sync_debug_mode("error")
    try:
        for _ in range(count):
            next(steps)
        part.figure(f"{name}: synchronisations in {count} steps, by PyTorch's guard", 0)
    except RuntimeError as error:
        traceback.print_exc(file=sys.stdout)
        part.fail(f"{name} waits: {str(error).splitlines()[0]}")
    finally:
        torch.cuda.set_sync_debug_mode("default")


def seen(part, name, steps, count):
    """Take `count` steps under the profiler: what waits, how many kernels, how busy the GPU is."""
    kinds = [ProfilerActivity.CPU, *[ProfilerActivity.CUDA] * part.cuda]
    gpu.finish(torch.device(part.device))
    with profile(activities=kinds) as profiled:
        with record_function("the steps"):    # the profiler itself waits when it ends
            for _ in range(count):
                next(steps)
    events = profiled.events()
    on_card = [event for event in events if str(event.device_type).endswith("CUDA") and event.name != "the steps"]
    (span,) = [event.time_range for event in events
               if event.name == "the steps" and not str(event.device_type).endswith("CUDA")]
    within = [event for event in events if span.start <= event.time_range.start <= span.end]
    found = {word: hits for word in SYNCHRONIZE if (hits := sum(word in event.name for event in within))}
    part.figure(f"{name}: waits in {count} steps, by the profiler", found)
    launches = sum("LaunchKernel" in event.name for event in within)
    busy = sum(event.time_range.elapsed_us() for event in on_card)
    part.figure(f"{name}: a step", {"launches": launches / count, "on the GPU, µs": round(busy / count, 1),
                                    "wall under the profiler, µs": round(span.elapsed_us() / count, 1)})
    if part.cuda and not launches and not on_card:
        part.note(f"{name}: the profiler saw nothing of the GPU")
    if part.cuda and found:
        part.fail(f"{name} waits, says the profiler: {found}")


def many_samples(part):
    n = 2000 if part.quick else 1_000_000
    model, device = toydiff.load(device=part.device).model, torch.device(part.device)
    for batch_size in (100_000, 1_000_000):
        times = []
        for seed in range(2):
            gpu.finish(device)
            before = time.perf_counter()
            x = sampling.sample(model, SCHEDULE, n, seed=seed, variance=VARIANCE, device=device, batch_size=batch_size)
            gpu.finish(device)
            times.append(round(time.perf_counter() - before, 3))
        part.figure(f"{n:,} samples, {batch_size:,} at once", {"s, first and second": times, "inside %": inside(x)})
        if batch_size == 100_000:
            part.note(f"{n:,} samples {times[1]:.2f} s")
            if part.cuda and times[1] > 2:
                part.fail(f"{n:,} samples within 2 s: not so, {times[1]} s")


def inside(x):
    return round(100 * evaluation.inside(x, BOARD), 3)


def steps_a_second(part, ways):
    """For each batch size and way of training; the CPU with one thread and with all."""
    batches, steps = ((16, 64), 5) if part.quick else ((512, 1024, 2048, 4096, 8192, 16_384), 200)
    device, threads, rates = torch.device(part.device), torch.get_num_threads(), {}
    for way in ways:
        for batch in batches:
            with part.attempt(f"{way.name}, batch {batch}"):
                way(device, batch, 20).run()
                run = way(device, batch, steps)
                gpu.finish(device)
                before = time.perf_counter()
                run.run()
                rates[device.type, way.name, batch] = steps / (time.perf_counter() - before)
    if part.cuda:
        for number in sorted({1, threads}):
            torch.set_num_threads(number)
            for batch in batches:
                few = max(3, min(100, 40_000 // batch))
                gpu.Eager(torch.device("cpu"), batch, 3).run()
                run = gpu.Eager(torch.device("cpu"), batch, few)
                before = time.perf_counter()
                run.run()
                rates["cpu", f"{number} threads", batch] = few / (time.perf_counter() - before)
        torch.set_num_threads(threads)
    table = {}
    for (kind, way, batch), rate in rates.items():
        table.setdefault(f"{kind}, {way}", {})[batch] = round(rate, 1)
    part.figure("steps a second by batch size", table)
    on_cpu = [row for name, row in table.items() if name.startswith("cpu, ")]
    for name, row in table.items():
        if part.cuda and not name.startswith("cpu, "):
            ahead = [batch for batch in row if all(row[batch] > cpu[batch] for cpu in on_cpu)]
            part.figure(f"ahead of the CPU at batch, {name}", ahead)
    shown = [f"{name} {row[batches[0]]:.0f}" for name, row in table.items() if batches[0] in row]
    part.note(f"steps/s at {batches[0]}: {', '.join(shown) or 'none'}")


def time_to(part, ways, goals=((98, 10), (99, 20))):
    """Runs of growing length, each from the start, until 99 % are inside or the time is up."""
    budgets, fast, plain = [1000, 2000, 3000, 4000, 6000, 8000, 12_000], ways[-1], ways[0]
    plan = [(fast, 4096), (plain, 4096), (fast, 16_384), (fast, 512), (plain, 1024), (plain, 512)]
    if part.quick:
        budgets, plan = [20], [(way, 64) for way in ways]
    device, best, runs = torch.device(part.device), {}, []
    for way, batch in plan:
        last = 0.0
        for steps in budgets:
            if part.left() < 5 + 2 * last:
                part.figure("left out", f"{way.name}, batch {batch}, from {steps} steps on: no time")
                break
            with part.attempt(f"{way.name}, batch {batch}, {steps} steps"):
                gpu.finish(device)
                before = time.perf_counter()    # the capture of a graph counts
                model = way(device, batch, steps).run()
                last = time.perf_counter() - before
                x = sampling.sample(model, SCHEDULE, gpu.POINTS, seed=1000, variance=VARIANCE, device=device)
                runs.append([way.name, batch, steps, round(last, 2), inside(x)])
                part.figure("way, batch, steps, s, inside %", runs)
                for limit, _ in goals:
                    if inside(x) >= limit and last < best.get(limit, (1e9,))[0]:
                        best[limit] = last, way.name, batch, steps
                if inside(x) >= goals[-1][0]:
                    break
    for limit, goal in goals:
        found = best.get(limit)
        part.figure(f"to {limit} % inside", found or "not reached")
        part.note(f"{limit} %: " + (f"{found[0]:.1f} s ({found[1]}, batch {found[2]}, {found[3]} steps)" if found
                                    else "not reached"))
        if part.cuda and not part.quick and (not found or found[0] > goal):
            part.fail(f"{limit} % inside within {goal} s: not so")


def main():
    part = Part(__doc__)
    print(gpu.machine(part.device))
    for name, make in (("training", loop), ("sampling", walk)):
        if part.cuda:
            with part.attempt(f"{name} under the guard"):
                waits(part, name, make(part.device), 50)
        with part.attempt(f"{name} under the profiler"):
            seen(part, name, make(part.device), 50)
    with part.attempt("samples"):
        many_samples(part)
    ways = gpu.ways(torch.device(part.device))
    if part.cuda and len(ways) < 2:
        part.fail("no captured graph: the log says why")
    with part.attempt("steps a second"):
        steps_a_second(part, ways)
    with part.attempt("time to 98 and 99 %"):
        time_to(part, ways)
    part.finish()


if __name__ == "__main__":
    main()
