"""Flow: quality by the number of questions, which u to train on, and what one rectification buys.

Networks of the course's recipe, trained by the course's loop; the exact velocity is the ceiling. TV of so many points
and SW2 beside two real draws: about 0.008 and 0.009.
"""

import argparse
import json
from pathlib import Path

import torch

from toydiff import Oracle, Schedule, checkpoint, evaluation, flow, rectified, sampling, training
from toydiff.checkpoint import build_model

from common import BOARD, POINTS, cpu_seconds, machine, one_thread, quality, summary, table

EXAMPLES = """examples:
  python benchmarks/flow.py --rows flow.json                 three seeds, half an hour
  python benchmarks/flow.py --show benchmarks/flow.json      the tables from what was measured
  python benchmarks/flow.py --quick                          a few steps of each, to see that it works
"""
SCHEDULE = Schedule.linear()
WALKS = {"Euler": (flow.euler, lambda n: n), "Heun": (flow.heun, lambda n: n // 2 + 1)}    # stops of n questions
PAIRS = 200_000

DRAWS = {
    "uniform": lambda T, n, source, device: torch.rand(n, generator=source, device=device),
    "u²": lambda T, n, source, device: torch.rand(n, generator=source, device=device) ** 2,
    "u³": lambda T, n, source, device: torch.rand(n, generator=source, device=device) ** 3,
    "0.01 + 0.99 u³ (ours)": flow.draw_u,
    "logit-normal": lambda T, n, source, device: torch.randn(n, generator=source, device=device).sigmoid(),
}


def learn(seed, steps, data=BOARD, loss=flow.flow_loss, draw=flow.draw_u, **options):
    """Train a FlowMLP; return its average and the CPU seconds."""
    model, start = build_model("FlowMLP", SCHEDULE, seed=seed, **options), cpu_seconds()
    for state in training.train(model, data, SCHEDULE, steps=steps, seed=seed, loss=loss, draw_t=draw):
        pass
    return state.ema, cpu_seconds() - start


def look(model, seed, points, walk, us):
    """Sample and measure."""
    x = sampling.sample(model, SCHEDULE, points, seed + 1000, walk=walk, us=us)
    return quality(x, seed)


def by_questions(model, name, seed, points, questions):
    """A row for each walk and number of questions."""
    most = getattr(model, "most", 1.0)
    for kind, (walk, stops) in WALKS.items():
        for n in questions:
            yield {"table": "questions", "model": name, "walk": kind, "questions": n, "seed": seed,
                   **look(model, seed, points, walk, flow.spread(stops(n), most))}


def many(model, seed, points):
    """TV of ten times as many points, 20 questions."""
    x = sampling.sample(model, SCHEDULE, 10 * points, seed + 2000, walk=flow.heun, us=flow.spread(11))
    return {"table": "many", "seed": seed, "tv_many": evaluation.balance(x, BOARD)}


def straightened(teacher, seed, points, steps, pairs):
    """Rows of a flow and of the one that learned from its pairs; and with one thing otherwise."""
    made = rectified.pairs_of(teacher, SCHEDULE, pairs, seed + 3000, us=flow.spread(21))
    variants = {"before": None, "rectified": {}, "waves faded": {"faded": True},
                "u uniform": {"draw": DRAWS["uniform"]}}
    for name, options in variants.items():
        model, seconds = teacher, 0.0
        if options is not None:
            model, seconds = learn(seed, steps, made, rectified.rectified_loss,
                                   **{"draw": rectified.draw_high_u, "faded": False} | options)
        walk = list(flow.euler(model, SCHEDULE, torch.randn(2000, 2, generator=torch.Generator().manual_seed(seed)),
                               us=[1 - i / 200 for i in range(200)]))
        for n in (1, 2, 5):
            yield {"table": "rectified", "model": name, "questions": n, "seed": seed, "seconds": seconds,
                   "straightness": rectified.straightness(walk),
                   **look(model, seed, points, flow.euler, [1 - i / n for i in range(n)])}
        yield {"table": "rectified", "model": name, "questions": 20, "seed": seed, "seconds": seconds,
               "straightness": rectified.straightness(walk), **look(model, seed, points, flow.heun, flow.spread(11))}


def measured(seed, steps, short, points, questions, pairs):
    """All rows of one seed."""
    model, seconds = learn(seed, steps)
    yield {"table": "training", "seed": seed, "steps": steps, "seconds": seconds,
           "excess": 100 * evaluation.excess_loss(model, BOARD, SCHEDULE).relative}
    yield from by_questions(model, "flow network", seed, points, questions)
    yield many(model, seed, points)
    yield from by_questions(flow.AsFlow(checkpoint.load().model), "noise network, as a flow", seed, points, questions)
    yield from by_questions(flow.AsFlow(Oracle(BOARD, SCHEDULE)), "exact", seed, points, questions)
    for name, draw in DRAWS.items():
        student, _ = learn(seed, short, draw=draw)
        yield {"table": "draws", "draw": name, "seed": seed, "steps": short,
               "excess": 100 * evaluation.excess_loss(student, BOARD, SCHEDULE).relative,
               **look(student, seed, points, flow.heun, flow.spread(11))}
    yield from straightened(model, seed, points, steps, pairs)


def show(rows):
    """Print the tables."""
    forms = {"inside": "{:.2f}", "tv": "{:.4f}", "sw2": "{:.4f}", "tv_many": "{:.4f}", "excess": "{:.3f}",
             "straightness": "{:.3f}", "seconds": "{:.0f}"}
    titles = {"training": ("Training", ["steps"], ["seconds", "excess"]),
              "questions": ("Quality by questions", ["model", "walk", "questions"], ["inside", "tv", "sw2"]),
              "many": (f"TV of {10 * POINTS:,} points, 20 questions", [], ["tv_many"]),
              "draws": ("Which u to train on, 20 questions", ["draw", "steps"], ["inside", "tv", "sw2", "excess"]),
              "rectified": ("Rectified once", ["model", "questions"],
                            ["inside", "tv", "sw2", "straightness", "seconds"])}
    for kind, (title, keys, fields) in titles.items():
        groups = {}
        for row in (row for row in rows if row["table"] == kind):
            groups.setdefault(tuple(row[key] for key in keys), []).append(row)
        print(f"\n{title}\n")
        table([*keys, *fields], [[*key, *(summary([row[field] for row in some], forms[field]) for field in fields)]
                                 for key, some in groups.items()])


def main():
    """Read the options, measure or show."""
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXAMPLES,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--show", type=Path, nargs="+", help="train nothing, show what --rows wrote")
    parser.add_argument("--rows", type=Path, help="write what was measured here (JSON)")
    parser.add_argument("--quick", action="store_true", help="a few steps of one seed")
    options = parser.parse_args()
    one_thread()
    print(machine(), flush=True)
    rows = [row for path in options.show or [] for row in json.loads(path.read_text(encoding="utf-8"))]
    size = (20, 10, 200, [4], 100) if options.quick else (40_000, 4000, POINTS, [6, 10, 20, 40, 100], PAIRS)
    for seed in [] if options.show else options.seeds[:1] if options.quick else options.seeds:
        for row in measured(seed, *size):
            rows.append(row)
            if options.rows:    # after each, lest a long run be lost
                options.rows.write_text(json.dumps(rows, indent=0), encoding="utf-8")
    show(rows)


if __name__ == "__main__":
    main()
