"""What each part of the recipe earns: the recipe, and the recipe with one part less or another in its place.

Every variant is trained from the same seeds for the same number of steps, in the same loop, and sampled alike.
'± 0.1' on 'inside' is what chance alone does from seed to seed: smaller differences say nothing.
"""

import argparse
import json
from pathlib import Path

import torch
from torch import nn

from toydiff import FeatureMLP, Schedule, evaluation, sampling, training
from toydiff.checkpoint import build_model
from toydiff.mlp import time_column

from common import BOARD, POINTS, cpu_seconds, machine, one_thread, quality, summary, table

EXAMPLES = """examples:
  python benchmarks/ablation.py                               10,000 steps, seeds 0 and 1: about ten minutes
  python benchmarks/ablation.py --only "as it is" "no waves" --seeds 0 1 2
  python benchmarks/ablation.py --quick                       a few steps, to see that it works
"""


class Ablated(FeatureMLP):
    """FeatureMLP with parts taken out; without any, it answers as FeatureMLP does (a test compares them)."""

    def __init__(self, schedule, hidden=96, *, waves=True, faded=True, unshrunk=False, answer=True, scaled=True,
                 log_snr=True, activation=nn.GELU):
        super().__init__(schedule, hidden)
        self.faded, self.unshrunk, self.answer, self.scaled, self.log_snr = faded, unshrunk, answer, scaled, log_snr
        self.waves = waves
        for i in range(1, 7, 2):
            self.layers[i] = activation()

    def forward(self, xt, t):
        time = time_column(t, self.T, xt)
        alpha_bar = self.alpha_bar[t].expand(len(xt))[:, None]
        signal, noise = alpha_bar.sqrt(), (1 - alpha_bar).sqrt()
        variance = 1 - alpha_bar + alpha_bar / 3
        size = signal if self.unshrunk else torch.ones_like(signal)
        phase = (xt / size)[:, :, None] * self.frequency
        fade = torch.exp(-(self.frequency * noise / size)**2 / 2)[:, None] if self.faded else 1
        waves = torch.cat([phase.sin() * fade, phase.cos() * fade], dim=1)
        if not self.waves:
            waves = torch.zeros_like(waves)
        when = torch.cat([time, (signal / noise).log() / 2 if self.log_snr else torch.zeros_like(time)], dim=1)
        added = self.layers(torch.cat([xt, waves.flatten(1), when], dim=1))
        start = noise / variance * xt if self.answer else 0
        return start + (signal / variance.sqrt() if self.scaled else 1) * added


def uniform_t(T, n, source, device="cpu"):
    return torch.randint(1, T + 1, (n,), generator=source, device=device)


def squared_t(T, n, source, device="cpu"):
    return (1 + T * torch.rand(n, generator=source, device=device)**2).long().clamp(max=T)


def constant_lr(step, steps, lr):
    return lr


def fixed_points(count):
    """A board of `count` fixed points, drawn anew from these at each step."""
    class Fixed:
        def __init__(self, seed):
            self.points = BOARD.sample(count, seed)

        def sample(self, n, seed=None, device="cpu"):
            return self.points[torch.randint(count, (n,), generator=seed)].to(device)
    return Fixed


VARIANTS = {    # name -> (network settings, what to replace in the loop)
    "as it is": ({}, {}),
    "no waves": ({"waves": False}, {}),
    "waves not faded": ({"faded": False}, {}),
    "waves of x_t/√ᾱ": ({"unshrunk": True}, {}),
    "no Gaussian answer": ({"answer": False}, {}),
    "no output scale": ({"scaled": False}, {}),
    "neither of these two": ({"answer": False, "scaled": False}, {}),
    "time only as t/T": ({"log_snr": False}, {}),
    "t uniform": ({}, {"draw_t": uniform_t}),
    "t = T·u²": ({}, {"draw_t": squared_t}),
    "ReLU": ({"activation": nn.ReLU}, {}),
    "SiLU": ({"activation": nn.SiLU}, {}),
    "lr constant at 8e-3": ({}, {"decayed_lr": constant_lr}),
    "lr constant at 1e-3": ({}, {"decayed_lr": constant_lr, "lr": 1e-3}),
    "lr 4e-3": ({}, {"lr": 4e-3}),
    "128 wide": ({"hidden": 128}, {}),
    "64 wide": ({"hidden": 64}, {}),
    "batch 64": ({}, {"batch_size": 64}),
    "5,000 fixed points": ({}, {"data": fixed_points(5000)}),
    "waves, answer and scale gone, t uniform": (
        {"waves": False, "answer": False, "scaled": False, "log_snr": False}, {"draw_t": uniform_t}),
}
SAMPLERS = {    # from the trained network of "as it is": name -> variance of (schedule, losses, floor)
    "variance β̃ at every t": lambda s, losses, floor: sampling.posterior_variance(s),
    "variance β at every t": lambda s, losses, floor: sampling.beta_variance(s),
    "variance optimal at every t": lambda s, losses, floor: sampling.optimal_variance(s, losses),
    "variance optimal, β̃ up to T/10": lambda s, losses, floor: sampling.optimal_variance(s, losses, s.T // 10),
    "the same from the loss floor": lambda s, losses, floor: sampling.optimal_variance(s, floor, s.T // 10),
}


WITHOUT_EMA = {"as it is": "last weights instead of their EMA", "lr constant at 8e-3": "the same, without the EMA"}


def train(seed, steps, settings, replaced, schedule):
    """Run training.train with some of its pieces replaced; return its last state and the CPU seconds."""
    replaced = dict(replaced)
    data = replaced.pop("data", lambda seed: BOARD)(seed)
    options = {name: replaced.pop(name) for name in ("lr", "batch_size", "draw_t") if name in replaced}
    model = seeded_network(schedule, seed, settings)
    kept = {name: getattr(training, name) for name in replaced}
    try:
        for name, other in replaced.items():
            setattr(training, name, other)
        before = cpu_seconds()
        for state in training.train(model, data, schedule, steps=steps, seed=seed, **options):
            pass
        return state, cpu_seconds() - before
    finally:
        for name, own in kept.items():
            setattr(training, name, own)


def seeded_network(schedule, seed, settings):
    if not settings:
        return build_model("FeatureMLP", schedule, seed=seed)    # the very network of the course
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Ablated(schedule, **settings)


def measure(model, schedule, seed, points, excess_points, choices=None):
    """Sample as `toydiff sample` does, then with each other variance of `choices`; return the metrics of each."""
    losses = training.loss_per_t(model, BOARD, schedule)
    excess = evaluation.excess_loss(model, BOARD, schedule, points=excess_points)
    own = {"own": lambda s, losses, floor: sampling.beta_variance(s, careful=s.T // 10)}
    found = []
    for choose in (own | (choices or {})).values():
        x = sampling.sample(model, schedule, points, seed + 1000,
                                variance=choose(schedule, losses, excess.floor))
        found.append(quality(x, seed) | {"excess": 100 * excess.relative})
    return found


def print_table(rows):
    lines = []
    for name in dict.fromkeys(row["variant"] for row in rows):
        some = [row for row in rows if row["variant"] == name]

        def column(field, form, some=some):
            return summary([row[field] for row in some], form)

        lines.append([name, ", ".join(str(row["seed"]) for row in some), column("inside", "{:.2f}"),
                      column("tv", "{:.4f}"), column("sw2", "{:.4f}"), column("excess", "{:.3f}"),
                      column("cpu", "{:.0f}").split(" ")[0]])
    table(["recipe", "seeds", "inside %", "TV", "SW2", "excess loss %", "s"], lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXAMPLES,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=10_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--only", nargs="+", choices=list(VARIANTS), default=list(VARIANTS))
    parser.add_argument("--rows", type=Path, help="write what was measured here (JSON)")
    parser.add_argument("--show", type=Path, nargs="+", help="train nothing, show what --rows wrote")
    parser.add_argument("--quick", action="store_true", help="a few steps of one seed")
    options = parser.parse_args()
    one_thread()
    print(machine(), flush=True)
    steps, seeds, points, excess_points, schedule = options.steps, options.seeds, POINTS, 4096, Schedule.linear()
    if options.quick:
        steps, seeds, points, excess_points, schedule = 5, [0], 200, 50, Schedule.linear(10)

    rows = [row for path in options.show or [] for row in json.loads(path.read_text(encoding="utf-8"))]

    def keep(name, seed, cpu, numbers):
        rows.append({"variant": name, "seed": seed, "steps": steps, "cpu": cpu} | numbers)
        print(f"{name:40} seed {seed}  inside {numbers['inside']:5.2f} %  TV {numbers['tv']:.4f}  "
              f"excess {numbers['excess']:.3f} %  {cpu:.0f} s", flush=True)
        if options.rows:
            options.rows.write_text(json.dumps(rows, indent=0, ensure_ascii=False), encoding="utf-8")

    for seed in [] if options.show else seeds:
        for name in options.only:
            state, cpu = train(seed, steps, *VARIANTS[name], schedule)
            choices = SAMPLERS if name == "as it is" else None
            numbers = measure(state.ema, schedule, seed, points, excess_points, choices)
            for label, one in zip([name, *(choices or [])], numbers, strict=True):
                keep(label, seed, cpu, one)
            if name in WITHOUT_EMA:
                keep(WITHOUT_EMA[name], seed, cpu, *measure(state.model, schedule, seed, points, excess_points))
    print("\n" + ", ".join(f"{count:,} steps" for count in sorted({row["steps"] for row in rows})))
    print_table(rows)


if __name__ == "__main__":
    main()
