"""The command line on a GPU: train, stop, go on, sample, evaluate, visualize.

--board: the default recipe, timed; --digits: that of digits; --kinds: labels, a flow, a cloud of one's own.
"""

import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch
from part import Part

import toydiff

# {device}, {steps} and {folder} are filled in.
COMMANDS = [
    "train --device {device} --steps {steps} --checkpoint {folder}/whole.pt",
    "sample --device {device} --checkpoint {folder}/whole.pt -n 20000 --output {folder}/points.npy",
    "evaluate --device {device} --checkpoint {folder}/whole.pt --json",
    "visualize --device {device} --checkpoint {folder}/whole.pt --output-dir {folder}/pictures",
]
BOARD = [
    "train --device {device} --checkpoint {folder}/board.pt",
    "evaluate --device {device} --checkpoint {folder}/board.pt",
]
DIGITS = [
    "train --data digits --labels --half --device {device} --checkpoint {folder}/digits.pt",
    "evaluate --device {device} --checkpoint {folder}/digits.pt",
    "sample --label 7 -n 500 --device {device} --checkpoint {folder}/digits.pt --output {folder}/sevens.npy",
    "visualize --device {device} --checkpoint {folder}/digits.pt --output-dir {folder}/digits",
]
KINDS = [
    "train --labels cells --device {device} --steps {steps} --checkpoint {folder}/labels.pt",
    "sample --label 3 --guidance 2 -n 20000 --device {device} --checkpoint {folder}/labels.pt --output {folder}/a.npy",
    "train --objective flow --device {device} --steps {steps} --checkpoint {folder}/flow.pt",
    "sample -n 20000 --device {device} --checkpoint {folder}/flow.pt --output {folder}/b.npy",
    "train --data {folder}/a.npy --device {device} --steps {steps} --checkpoint {folder}/cloud.pt",
    "visualize --device {device} --checkpoint {folder}/cloud.pt --output-dir {folder}/cloud",
]
TIMED = {"board": (BOARD, "default recipe"), "digits": (DIGITS, "digits"), "kinds": (KINDS, "labels")}
STOPPED = "train --device {device} --steps {steps} --save-every 0.2 --checkpoint {folder}/stopped.pt"
KEPT = ["pictures/diffusion_checkerboard.png", "pictures/diffusion_process.gif"]


def start(words, **settings):
    command = [sys.executable, "-m", "toydiff", *shlex.split(words)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **settings)


def finish(part, words, process, wanted=(0,)):
    """Wait for a command, print what it said; return that. Its last words alone, where a bar was drawn."""
    said = process.communicate()[0]
    lines = [line.split("\r")[-1] for line in said.splitlines()]
    print(f"$ toydiff {words}\n" + "\n".join(lines[-40:]), flush=True)
    if process.returncode not in wanted:
        part.fail(f"toydiff {words.split()[0]} ended with {process.returncode}: {lines[-1][:300] if lines else ''}")
    return said


def run(part, words):
    before = time.perf_counter()
    finish(part, words, start(words))
    seconds = round(time.perf_counter() - before, 1)
    part.figure(f"seconds of: {words.replace(part.folder, 'FOLDER')}", seconds)
    return seconds


def stopped_and_resumed(part, words):
    """Ctrl-C once something is saved, go on: is the end that of the run which was not stopped?"""
    half = Path(part.folder) / "stopped.pt.unfinished"
    process, give_up = start(words), time.monotonic() + 60
    while not half.exists() and process.poll() is None and time.monotonic() < give_up:
        time.sleep(0.02)
    if process.poll() is not None or not half.exists():
        finish(part, words, process)
        part.fail("the run was over, or never saved, before it could be stopped")
        return
    process.send_signal(signal.SIGINT)
    said = finish(part, words, process, wanted=(130,))
    part.figure("after Ctrl-C", said.strip().splitlines()[-1].split("To go on")[0][-200:])
    run(part, f"train --resume --checkpoint {part.folder}/stopped.pt")
    a, b = (toydiff.load(f"{part.folder}/{name}.pt") for name in ("whole", "stopped"))
    gap = max((p - q).abs().max().item() for p, q in zip(a.model.parameters(), b.model.parameters(), strict=True))
    same = gap == 0 and torch.equal(a.loss_per_t, b.loss_per_t)
    part.figure("stopped and resumed", "same bits" if same else f"other weights, by up to {gap:.1e}")
    part.note(f"resumed: {part.figures['stopped and resumed']}")


def main():
    part = Part(__doc__, *[(f"--{name}", {"action": "store_true", "help": f"only {what}"})
                           for name, (_, what) in TIMED.items()])
    with tempfile.TemporaryDirectory() as folder:
        part.folder = folder
        steps = 300 if part.quick else 3000
        given = {"device": part.device, "steps": steps, "folder": folder}
        for commands, what in [TIMED[name] for name in TIMED if getattr(part.options, name)]:
            train, *others = [words.format(**given) for words in commands]
            train += " --steps 30" if part.quick else ""
            with part.attempt(what):
                part.note(f"{what}: {run(part, train)} s to train")
                for words in others:
                    run(part, words)
            part.finish()
        for words in COMMANDS:
            with part.attempt(words):
                run(part, words.format(**given))
        with part.attempt("stopped and resumed"):
            stopped_and_resumed(part, STOPPED.format(**given))
        for name in KEPT:
            if part.options.keep and (Path(folder) / name).exists():
                shutil.copy(Path(folder) / name, part.options.keep)
        part.note(f"{len(COMMANDS) + 2} commands")
    part.finish()


if __name__ == "__main__":
    main()
