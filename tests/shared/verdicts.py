"""Notebooks with the habits of learners, and what their check cells say where they are run as a learner runs them."""

import ast
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

from toydiff.checks import EXERCISES

from solution_functions import STATIONS, cells, defines
from submissions import code

ROOT = Path(__file__).resolve().parents[2]
LIVE = """
import json, os, sys
import toydiff.checks as checks
from IPython.core.interactiveshell import InteractiveShell
from toydiff.checks import clinic
usual = checks.check
for path, answer in zip(sys.argv[1::2], sys.argv[2::2]):
    if os.fork():    # a process for each: settings and names of one are nothing to the next
        os.wait()
        continue
    said = {}
    def check(name, function):
        result = usual(name, function)
        said.setdefault(name, []).append([result.step, result.message, result.mistake])
        return result
    checks.check = check
    shell = InteractiveShell.instance()
    for cell in json.load(open(path))["cells"]:
        if cell["cell_type"] == "code":
            shell.run_cell("".join(cell["source"]))
    json.dump(said, open(answer, "w"))
    os._exit(0)
"""


def live(paths):
    """{name of the file: {exercise: [(step, message, mistake) of each check]}} of notebooks, run from top to bottom."""
    answers = {path: path.with_suffix(".answer") for path in paths}
    subprocess.run([sys.executable, "-c", LIVE, *(str(part) for pair in answers.items() for part in pair)], check=True,
                   cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                   env=os.environ | {"MPLBACKEND": "Agg", "IPYTHONDIR": os.devnull,
                                     "OMP_NUM_THREADS": "1"})    # threads do not survive a fork
    return {path.name: json.loads(answer.read_text()) for path, answer in answers.items()}


def habits(notebook):
    """A solved notebook as it looks after an evening, as a list of sources.

    Settings are changed at the top. Each function that no other builds on leans on a helper and on a constant that
    later cells define anew, and has a breakpoint in it. Three wrong functions follow the right one, and in the end its
    name is a number's.
    """
    first, *others = cells("solutions", notebook)
    made = [first, "torch.set_default_dtype(torch.float64)\ntorch.set_grad_enabled(False)"]
    functions = {f"{STATIONS[notebook]}.{defines(source)}": source for source in others if defines(source)}
    last = []
    for name, source in functions.items():
        short = name.split(".")[1]
        built_on = any(short in {node.id for node in ast.walk(ast.parse(other)) if isinstance(node, ast.Name)}
                       for other in functions.values())
        if name not in EXERCISES or built_on:
            made += [source, f"check({name!r}, {short})"] if name in EXERCISES else [source]
            continue
        tree = ast.parse(source)
        arguments = [argument.arg for argument in tree.body[0].args.args]
        tree.body[0].name = "work"
        made += [ast.unparse(tree), f"WHO = {name!r}", textwrap.dedent(f"""
            def {short}({', '.join(arguments)}):
                breakpoint()
                import pdb; pdb.set_trace()
                assert WHO == {name!r}
                return work({', '.join(arguments)})"""), f"check({name!r}, {short})"]
        made += [f"def {short}({', '.join(arguments)}):\n    return {wrong}" for wrong in (arguments[0], 1.0, None)]
        last.append(f"{short} = 0.3")
    made += [source.split("\n### BROKEN")[0] + f'\ndiagnose("clinic.patient_{number}", fault)' for number, source in
             enumerate((source for source in others if source.startswith("### BEGIN") and "fault" in source), 1)]
    return made + last


def saved(sources, path):
    """Write sources as the code cells of a notebook; return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"cells": [code(source) for source in sources], "metadata": {}, "nbformat": 4,
                                "nbformat_minor": 5}), encoding="utf-8")
    return path
