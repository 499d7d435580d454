"""Memory over time: as much after many steps as after some, and for many samples little more than they are.

Each in a process of its own. Of training, what is in use is counted: the peak of a process depends on what the
allocator happens to keep, here and there some MB. TOYDIFF_LONG=1 takes the full lengths: 200,000 steps and 5,000,000
samples, some minutes; without it the same is shown on shorter ones, with bounds that a leak in each step would break.
"""

import os
import subprocess
import sys

import psutil
import pytest

from train_process import TINY

pytest.importorskip("resource", reason="Windows counts memory in another way")
LONG = os.environ.get("TOYDIFF_LONG") == "1"

PEAK = """
import re, sys
def peak():
    "In MB. Linux's ru_maxrss would begin with the peak of the process that started this one."
    if sys.platform == "linux":
        return int(re.search(r"VmHWM:\\s+([0-9]+) kB", open("/proc/self/status").read())[1]) / 1e3
    import resource
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
"""

TRAIN = """
import sys
import psutil
from toydiff import training
from toydiff.cli import main
def in_use():
    heap = psutil.heap_info()
    return (heap.heap_used + heap.mmap_used) / 1e6
warm, steps, *arguments = sys.argv[1:]
step, taken = training.training_step, 0
def counted(*arguments):
    global taken
    taken += 1
    if taken in (int(warm), int(steps)):
        print(in_use())
    return step(*arguments)
training.training_step = counted
sys.exit(main(["train", "--steps", steps, *arguments]))
"""

SAMPLE = PEAK + """
from toydiff import checkpoint, sampling, Schedule
schedule = Schedule.linear(4)
model = checkpoint.build_model("ReferenceMLP", schedule, 8)
for n in sys.argv[1:]:
    x = sampling.sample(model, schedule, int(n), seed=0)
    assert x.shape == (int(n), 2) and all(bool(piece.isfinite().all()) for piece in x.split(100_000))
    del x
    print(peak())
"""


def run(script, *arguments):
    """Run a script; return the numbers that it printed alone on a line."""
    done = subprocess.run([sys.executable, "-c", script, *map(str, arguments)], capture_output=True, text=True,
                          env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONMALLOC": "malloc"})    # one heap for all
    assert done.returncode == 0, done.stderr[-2000:]
    return [float(line) for line in done.stdout.splitlines() if line.replace(".", "").isdigit()]


@pytest.mark.skipif(not hasattr(psutil, "heap_info"), reason="psutil tells what is in use from 7.2 on")
def test_memory_stays_as_it_is_while_training(tmp_path):
    """`toydiff train`, with many saves, after the first tenth and at the end. A loss kept for each step would be 480
    bytes a step: 8.6 MB in the short run, 86 MB in the long one. Without a leak the short run has been seen to grow by
    0.3 MB, and by 2.2 where one of Python's own tables happens to grow in between."""
    steps, growth = (200_000, 8) if LONG else (20_000, 4)
    before, after = run(TRAIN, steps // 10, steps, *TINY, "--save-every", 0.2, "--checkpoint", tmp_path / "board.pt")
    print(f"{steps} steps: {before:.1f} MB after a tenth, {after:.1f} MB at the end")
    assert after - before < growth


def test_many_samples_take_little_more_memory_than_they_are():
    """Beyond what a batch of 100,000 needs: the samples (8 bytes each) and what the allocator keeps of earlier batches,
    5 MB on one machine or another."""
    n = 5_000_000 if LONG else 2_000_000
    before, after = run(SAMPLE, 100_000, n)
    print(f"{n} samples: {before:.1f} MB for the first 100,000, {after:.1f} MB for all")
    assert after - before < 2 * 8 * n / 1e6
