"""Every code cell of one notebook, as plain Python, on the device that the notebook chooses itself.

A cell that fails is counted and the next one runs. What the cells print is compared with what the notebook has stored:
that differs is no failure, but a learner with a GPU reads the prose beside it.
"""

import ast
import contextlib
import difflib
import io
import json
import linecache
import os
import sys
import tempfile
import time
import traceback
from pathlib import Path

import IPython.display
import torch
from part import ROOT, Part

IGNORED = "nbval-ignore-output"
NOT_COMPARED = ("This notebook runs on:", "The slider needs ipywidgets", "ipywidgets is not installed",
                "Everything the course needs is here", "no GPU here;")


def show(*things, raw=False, metadata=None, **more):
    """In place of IPython's display: the text of what is shown, for there is nobody to look at a picture."""
    for thing in things:
        print(thing.get("text/plain", "") if isinstance(thing, dict) else repr(thing))


def run(source, name, space):
    """Run a cell; its last expression is shown, as in a notebook."""
    source = "\n".join(line[:len(line) - len(line.lstrip())] + "pass" if line.lstrip().startswith(("%", "!")) else line
                       for line in source.splitlines())
    linecache.cache[name] = len(source), None, source.splitlines(True), name    # for tracebacks, and for the checks
    tree = ast.parse(source, name)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, name, "exec"), space)
    if last:
        value = eval(compile(ast.Expression(last.value), name, "eval"), space)
        if value is not None:
            getattr(value, "_repr_html_", str)()
            print(repr(value))


def stored(cell):
    """The lines that the cell printed and showed when the notebook was last executed."""
    texts = []
    for output in cell["outputs"]:
        text = output.get("text") if output.get("name") != "stderr" else None
        text = text or output.get("data", {}).get("text/plain")
        if text:
            texts.append("".join(text).rstrip("\n"))
    return compared("\n".join(texts))


def compared(text):
    return [line.rstrip() for line in text.splitlines() if line.strip() and not line.startswith(NOT_COMPARED)]


def main():
    part = Part(__doc__, ("notebook", {"type": Path}))
    path = ROOT / part.options.notebook
    cells = [(number, cell) for number, cell in
             enumerate(json.loads(path.read_text(encoding="utf-8"))["cells"]) if cell["cell_type"] == "code"]
    IPython.display.display = show
    space, seconds, others = {"__name__": "__main__", "get_ipython": lambda: None}, {}, []
    with tempfile.TemporaryDirectory() as folder:    # where the notebook writes, and no old guesses lie
        os.chdir(folder)
        for number, cell in cells:
            name, printed, before = f"{path.name}, cell {number}", io.StringIO(), time.perf_counter()
            try:
                with contextlib.redirect_stdout(printed):
                    run("".join(cell["source"]), name, space)
                if part.cuda:
                    torch.cuda.synchronize()
            except BaseException as error:    # also what exits
                if isinstance(error, KeyboardInterrupt):
                    raise
                text = traceback.format_exc().strip().splitlines()
                print("\n".join(text[-12:]))
                part.fail(f"cell {number}: {' | '.join(line.strip() for line in text[-3:])[:600]}")
            seconds[number] = round(time.perf_counter() - before, 2)
            print(f"--- cell {number}, {seconds[number]} s\n{printed.getvalue()}", end="", flush=True)
            if IGNORED not in cell["metadata"].get("tags", []):
                differs = difflib.unified_diff(stored(cell), compared(printed.getvalue()), n=0, lineterm="")
                differs = [line for line in differs if not line.startswith(("---", "+++", "@@"))]
                if differs:
                    others.append(number)
                    part.figure(f"printed otherwise in cell {number}", differs[:12])
        os.chdir(ROOT)
    slowest = dict(sorted(seconds.items(), key=lambda item: -item[1])[:4])
    part.figure("seconds", {"all cells": round(sum(seconds.values()), 1), "slowest": slowest})
    note = f"{len(cells)} cells, {sum(seconds.values()):.0f} s"
    if part.cuda:
        peak = torch.cuda.max_memory_allocated() / 2**20, torch.cuda.max_memory_reserved() / 2**20
        part.figure("peak MiB on the GPU", {"allocated": round(peak[0], 1), "reserved": round(peak[1], 1)})
        note += f", {peak[0]:.0f} MiB"
    if others:
        note += f", prints otherwise in {', '.join(map(str, others))}"
    part.note(note)
    part.finish()


if __name__ == "__main__":
    sys.exit(main())
