"""Quality by evaluations: every sampler with the bundled network and with the exact denoiser, ours beside diffusers'.

All rows of a table begin with the same noise, 20,000 points for each of three seeds (one, of the exact denoiser), so
differences between rows are sharper than the spread in brackets. TV of so few points stays at some .007, and inside is
known to .05 %: the walks that are set against DDPM's hundred questions draw 200,000 points as well.
"""

import argparse
import json
from functools import cache
from pathlib import Path

import torch

from toydiff import Oracle, checkpoint
from toydiff.fewer_steps import ddim, dpm2m, heun, spacing
from toydiff.sampling import beta_variance, ddpm, in_pieces

from common import BOARD, POINTS, cpu_seconds, machine, one_thread, quality, summary, table

EXAMPLES = """examples:
  python benchmarks/samplers.py --rows samplers.json          about seven minutes
  python benchmarks/samplers.py --show benchmarks/samplers.json
  python benchmarks/samplers.py --quick                       few points, one seed, to see that it works
"""
POWER = 0.65    # what the command line takes


def even(n, **how):
    return lambda schedule: {"ts": spacing(schedule, n, **how)}


def far(n):
    """What `toydiff sample` does: fresh noise in the first half of the time."""
    return lambda schedule: even(n, power=POWER)(schedule) | {"eta": 1.0, "careful": schedule.T // 2}


def default_ddpm(schedule):
    return {"variance": beta_variance(schedule, careful=schedule.T // 10)}


WALKS = {"DDPM": (100, ddpm, default_ddpm)}    # name -> evaluations, walk, its options; in the order of the table
for n in (5, 10, 14, 20, 40):
    WALKS |= {f"DDIM, {n}": (n, ddim, even(n)), f"2M, {n}": (n, dpm2m, even(n, power=POWER))}
WALKS |= {"DDIM, even in t, 10": (10, ddim, even(10, even_in="t")), "2M, even in λ, 10": (10, dpm2m, even(10)),
          "2M, power 0.57, 14": (14, dpm2m, even(14, power=0.57)),
          "Heun, 11": (11, heun, even(6)), "Heun, 21": (21, heun, even(11)),
          "2M, chance to T/2, 14": (14, dpm2m, far(14)), "2M, chance to T/2, 20": (20, dpm2m, far(20))}
OF_DIFFUSERS = {    # name -> evaluations, scheduler, its options
    "diffusers DDIM, 10": (10, "DDIMScheduler", {"clip_sample": False}),
    "diffusers 2M, 10": (10, "DPMSolverMultistepScheduler", {"final_sigmas_type": "zero", "use_lu_lambdas": True}),
    "diffusers 2M, Karras, 10": (10, "DPMSolverMultistepScheduler", {
        "final_sigmas_type": "zero", "use_karras_sigmas": True}),
    "diffusers 2M, 20": (20, "DPMSolverMultistepScheduler", {"final_sigmas_type": "zero", "use_lu_lambdas": True}),
}


def theirs(model, schedule, xT, seed, steps, scheduler, options):
    """Walk with a scheduler of diffusers; return x_0."""
    import diffusers

    walk = getattr(diffusers, scheduler)(
        num_train_timesteps=schedule.T, trained_betas=schedule.beta[1:].float().numpy(), timestep_spacing="trailing",
        **options)
    walk.set_timesteps(steps)
    x = xT
    with torch.no_grad():
        for t in walk.timesteps:
            x = walk.step(model(x, int(t) + 1), t, x).prev_sample
    return x


def measure(points, seeds, big):
    """Return the rows, one for each denoiser, walk and seed."""
    loaded = checkpoint.load()
    schedule, rows = loaded.schedule, []
    for who, model in {"network": loaded.model, "exact": Oracle(BOARD, schedule)}.items():
        model = in_pieces(model, 5000)
        start = cache(lambda seed, n=points: torch.randn(n, 2, generator=torch.Generator().manual_seed(seed)))
        for name, (evaluations, walk, how) in (WALKS | OF_DIFFUSERS).items():
            if who == "exact" and (name == "DDPM" or evaluations > 21):
                continue    # long, and evaluation.py has it
            for seed in seeds if who == "network" else seeds[:1]:
                begun = cpu_seconds()
                if name in OF_DIFFUSERS:
                    x = theirs(model, schedule, start(seed), seed, evaluations, walk, how)
                else:
                    *_, (_, x) = walk(model, schedule, start(seed), seed=seed + 1, **how(schedule))
                rows.append({"who": who, "name": name, "evaluations": evaluations, "seed": seed,
                             "seconds": cpu_seconds() - begun, "std": x.std().item(), **quality(x, seed)})
    for name in big:
        _, walk, how = WALKS[name]
        for seed in seeds:
            source = torch.Generator().manual_seed(300 + seed)
            xT = torch.randn(10 * points, 2, generator=source)
            *_, (_, x) = walk(in_pieces(loaded.model, 5000), schedule, xT, seed=source, **how(schedule))
            rows.append({"who": "large", "name": name, "seed": seed, "std": x.std().item(), **quality(x, seed)})
    return rows


def show(rows):
    """Print a table for each denoiser, and one of the large draws."""
    whole = sorted(row["seconds"] for row in rows if row["name"] == "DDPM" and "seconds" in row)
    whole = whole[len(whole) // 2]
    for who, title in {"network": "The bundled network", "large": "The same, 200,000 points",
                       "exact": "The exact denoiser"}.items():
        print(f"\n{title}:\n")
        ours = [row for row in rows if row["who"] == who and "inside" in row]
        lines = []
        for name in dict.fromkeys(row["name"] for row in ours):
            its = [row for row in ours if row["name"] == name]
            lines.append([name, *[summary([row[key] for row in its], form) for key, form in (
                ("inside", "{:.2f}"), ("tv", "{:.4f}"), ("sw2", "{:.4f}"), ("std", "{:.3f}"))]])
            if who == "network":
                seconds = summary([row["seconds"] for row in its], "{:.2f}").split()[0]
                lines[-1].append(f"{float(seconds) / whole:.2f}")
        table(["sampler, evaluations", "inside %", "TV", "SW2", "std (0.577)",
               *(["time, DDPM = 1"] if who == "network" else [])], lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXAMPLES,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=Path, metavar="FILE", help="keep what was measured, as JSON")
    parser.add_argument("--show", type=Path, metavar="FILE", help="measure nothing, print the tables of such a file")
    parser.add_argument("--quick", action="store_true", help="few points and one seed")
    options = parser.parse_args()
    one_thread()
    if options.show:
        return show(json.loads(options.show.read_text(encoding="utf-8")))
    print(machine())
    big = ["DDPM", "2M, 10", "2M, 14", "2M, power 0.57, 14", "2M, chance to T/2, 20"]
    rows = measure(300, [0], big) if options.quick else measure(POINTS, [0, 1, 2], big)
    if options.rows:
        options.rows.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    show(rows)


if __name__ == "__main__":
    main()
