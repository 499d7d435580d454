"""What the benchmarks share: one thread and its clock, the machine in one line, the metrics, a table."""

import os
import platform
import sys
import time
from pathlib import Path

import torch

from toydiff import Checkerboard, evaluation

BOARD, POINTS = Checkerboard(), 20_000


def one_thread():
    """Use one thread of one core, so that CPU time is the time an idle core would take."""
    torch.set_num_threads(1)


def cpu_seconds():
    """The clock: CPU time of this process. A neighbour on the machine falsifies it far less than wall time."""
    return time.process_time()


def machine(device="cpu"):
    """Return date, processor and versions in one line."""
    name = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        name = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), name)
    if torch.device(device).type == "cuda":
        name = f"{torch.cuda.get_device_name(device)} beside {name}"
    return (f"{time.strftime('%Y-%m-%d')}, {name}, {os.cpu_count()} cores, {torch.get_num_threads()} thread used, "
            f"Python {platform.python_version()}, torch {torch.__version__}")


def quality(x, seed=0):
    """Return inside (%), TV over the cells and SW2 to a real draw; a point that is no number lies outside."""
    x = x.cpu().float().nan_to_num(100, 100, -100).clamp(-100, 100)
    return {"inside": 100 * evaluation.inside(x, BOARD), "tv": evaluation.balance(x, BOARD),
            "sw2": evaluation.sliced_wasserstein(x, BOARD.sample(len(x), seed + 12345))}


def summary(numbers, form="{:.2f}"):
    """Return 'median (least–most)', or the number alone if there is one, or a dash."""
    numbers = sorted(number for number in numbers if number is not None)
    if not numbers:
        return "–"
    middle = (numbers[(len(numbers) - 1) // 2] + numbers[len(numbers) // 2]) / 2
    if len(numbers) == 1:
        return form.format(middle)
    return f"{form.format(middle)} ({form.format(numbers[0])}–{form.format(numbers[-1])})"


def table(header, rows):
    """Print rows as a Markdown table whose columns stand in line in a terminal too."""
    rows = [[str(cell) for cell in row] for row in [header, *rows]]
    width = [max(len(row[i]) for row in rows) for i in range(len(header))]
    rows.insert(1, ["-" * w for w in width])
    for row in rows:
        print("| " + " | ".join(cell.ljust(w) for cell, w in zip(row, width, strict=True)) + " |")
    sys.stdout.flush()


def save_plot(figure, path):
    """Write a figure as a PNG; say so."""
    from toydiff.notebook import plots

    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(plots.to_png(figure, 64))
    print(f"Saved {path}, {path.stat().st_size / 1000:.0f} KB")
