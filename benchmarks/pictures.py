"""Pictures of digits: recognised as asked, Fréchet distance beside real scans, copies; of every walk and of γ."""

import argparse

import torch

from toydiff import checkpoint, ddim, ddpm, dpm2m, guided, sampling, spacing, training
from toydiff.checkpoint import build_model
from toydiff.cli.pictures import RECIPE
from toydiff.judge import copies, frechet, recognised
from toydiff.pictures import Digits
from toydiff.sampling import beta_variance

from common import cpu_seconds, machine, one_thread, summary, table

EXAMPLES = """examples:
  python benchmarks/pictures.py                        the bundled network, three seeds of sampling: a minute
  python benchmarks/pictures.py --train 0 1 2          networks trained anew as well: ten minutes of one core
  python benchmarks/pictures.py --quick                a few of each, to see that it works
"""
SCHEDULE, DIGITS = checkpoint.Schedule.linear(), Digits(labelled=True)
WALKS = {    # name: (γ, walk, its options)
    "DDPM, 100 questions": (1, ddpm, {"variance": beta_variance(SCHEDULE, careful=10)}),
    "2M, noise to T/2, 20": (1, dpm2m, {"ts": spacing(SCHEDULE, 20, power=0.65), "eta": 1.0, "careful": 50}),
    "2M, 10": (1, dpm2m, {"ts": spacing(SCHEDULE, 10, power=0.65)}),
    "DDIM, 10": (1, ddim, {"ts": spacing(SCHEDULE, 10, power=0.65)}),
    "2M, 5": (1, dpm2m, {"ts": spacing(SCHEDULE, 5, power=0.65)}),
    "2M, 10, γ = 0": (0, dpm2m, {"ts": spacing(SCHEDULE, 10, power=0.65)}),
    "2M, 10, γ = 1.5": (1.5, dpm2m, {"ts": spacing(SCHEDULE, 10, power=0.65)}),
    "2M, 10, γ = 4": (4, dpm2m, {"ts": spacing(SCHEDULE, 10, power=0.65)}),
}


def learn(seed, steps):
    """Train a U-Net as `toydiff train --data digits --labels` does; return its average and the CPU seconds."""
    model = build_model("UNet", SCHEDULE, seed=seed, labels=10, variance=DIGITS.variance)
    start = cpu_seconds()
    for state in training.train(model, DIGITS, SCHEDULE, seed=seed, **RECIPE | {"steps": steps}):
        pass
    return state.ema, cpu_seconds() - start


def look(model, seed, n, gamma, walk, options):
    """Sample n pictures, as many of each digit as can be; return the three measures."""
    label = torch.arange(n) * 10 // n
    x = sampling.sample(guided(model, label, gamma), SCHEDULE, n, seed, walk=walk, **options).clamp(-1, 1)
    return 100 * recognised(x, label), frechet(x, DIGITS.held_out), 100 * copies(x, DIGITS.pictures)


def rows_of(name, models, seeds, n):
    """A row for each walk, over all models and seeds."""
    for walk, (gamma, how, options) in WALKS.items():
        found = [look(model, seed, n, gamma, how, options) for model in models for seed in seeds]
        yield [name, walk, *(summary(values, "{:.1f}") for values in zip(*found))]


def main():
    """Read the options, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXAMPLES,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3], help="of sampling")
    parser.add_argument("--train", type=int, nargs="+", default=[], metavar="SEED", help="train these seeds as well")
    parser.add_argument("--quick", action="store_true", help="a few pictures, and of training a few steps")
    options = parser.parse_args()
    one_thread()
    print(machine(), flush=True)
    seeds, n, steps = (options.seeds[:1], 20, 5) if options.quick else (options.seeds, 500, RECIPE["steps"])
    real = [frechet(DIGITS.sample(n, seed), DIGITS.held_out) for seed in range(20)]
    print(f"\n{n} real scans, 20 draws: Fréchet distance {summary(real, '{:.1f}')}\n")
    rows = list(rows_of("bundled", [checkpoint.load(checkpoint.DIGITS).model], seeds, n))
    if options.train:
        models, seconds = zip(*[learn(seed, steps) for seed in options.train])
        rows += rows_of(f"trained, {summary(seconds, '{:.0f}')} s", models, seeds[:1], n)
    table(["network", "walk", "recognised %", "Fréchet", "copies %"], rows)


if __name__ == "__main__":
    main()
