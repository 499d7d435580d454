"""The same seed: the same bits, twice in a process and in two processes? And how far apart are GPU and CPU?

The README says: the same seed gives the same bits, run by run, on the same machine; a GPU draws other random numbers.
"""

import hashlib
import json
import subprocess
import sys

import torch
from part import Part

import toydiff
from toydiff import checkpoint, evaluation, sampling, training

BOARD, SCHEDULE = toydiff.Checkerboard(), toydiff.Schedule.linear()


def digest(*tensors):
    return hashlib.sha256(b"".join(x.detach().cpu().numpy().tobytes() for x in tensors)).hexdigest()[:16]


def trained(device, steps, batch_size=512):
    model = checkpoint.build_model("FeatureMLP", SCHEDULE, seed=3).to(device)
    for state in training.train(model, BOARD, SCHEDULE, steps=steps, batch_size=batch_size, seed=3):
        pass
    return state


def everything(device, quick):
    """{what is drawn or computed: a digest of its bits}"""
    loaded, found, steps = toydiff.load(device=device), {}, 20 if quick else 300
    for batch_size in (512, 16_384):
        state = trained(device, steps if batch_size == 512 else steps // 10, batch_size)
        weights = [*state.model.parameters(), *state.ema.parameters()]
        found[f"training, batch {batch_size}"] = digest(state.loss, *weights)
    found["points of the board"] = digest(BOARD.sample(1000, seed=3, device=device))
    n = 1000 if quick else 20_000
    x = sampling.sample(loaded.model, SCHEDULE, n, seed=3, device=device)
    found["samples"] = digest(x)
    found["loss at each t"] = digest(training.loss_per_t(loaded.model, BOARD, SCHEDULE, points=64, seed=3))
    found["sliced Wasserstein"] = repr(evaluation.sliced_wasserstein(x, BOARD.sample(n, seed=4, device=device)))
    return found


@torch.no_grad()
def apart(part, other):
    """The same weights, the same noise: a step's answer and a whole walk, here and on the CPU."""
    n = 500 if part.quick else 5000
    source = torch.Generator().manual_seed(0)
    start, noise = torch.randn(n, 2, generator=source), torch.randn(SCHEDULE.T + 1, n, 2, generator=source)
    models = [(device, toydiff.load(device=device).model) for device in ("cpu", other)]
    answers = {t: [model(start.to(device), t).cpu() for device, model in models] for t in (1, 10, 50, 100)}
    part.figure("network's answer, largest difference at t",
                {t: (a - b).abs().max().item() for t, (a, b) in answers.items()})
    ends = []
    for device, model in models:
        schedule, x = SCHEDULE.to(device), start.to(device)
        variance = sampling.beta_variance(schedule, careful=schedule.T // 10)
        for t in range(schedule.T, 0, -1):
            x = sampling.reverse_step(model, x, t, schedule, noise[t].to(device), variance)
        ends.append(x.cpu())
    gap = (ends[0] - ends[1]).norm(dim=1)
    quantiles = {"median": 0.5, "99 %": 0.99, "99.9 %": 0.999, "largest": 1.0}
    part.figure("a walk's end, distance from the CPU's",
                {name: gap.quantile(q).item() for name, q in quantiles.items()})
    other_cell = (BOARD.cell_of(ends[0]) != BOARD.cell_of(ends[1])).sum().item()
    part.figure("ends in another cell", f"{other_cell} of {n}")
    part.note(f"from the CPU's walk: median {gap.median():.1e}, most {gap.max():.1e}, "
              f"{other_cell} of {n} in another cell")


def main():
    part = Part(__doc__, ("--digest", {"action": "store_true", "help": "print the digests and nothing else"}))
    if part.options.digest:
        print(json.dumps(everything(part.device, part.quick)))
        return
    with part.attempt("the same seed"):
        first, second = (everything(part.device, part.quick) for _ in range(2))
        command = [sys.executable, __file__, "--digest", "--device", part.device, *["--quick"] * part.quick]
        printed = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
        third = json.loads(printed.splitlines()[-1])
        part.figure("digests", first)
        for where, again in (("in one process", second), ("in two processes", third)):
            if others := [name for name in first if first[name] != again[name]]:
                part.fail(f"other bits {where}: {', '.join(others)}")
            else:
                part.note(f"same bits {where}")
    with part.attempt("GPU and CPU"):
        apart(part, part.device)
    part.finish()


if __name__ == "__main__":
    main()
