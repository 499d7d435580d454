"""The functions that solutions/ and exercises/ define, for the tests."""

import ast
from pathlib import Path

from toydiff.checks import EXERCISES
from tools import notebooks

ROOT = Path(__file__).resolve().parent.parent
STATIONS = {exercise.notebook: name.split(".")[0] for name, exercise in EXERCISES.items()}


def definitions(folder):
    """{exercise: source of its function} of the notebooks in a folder."""
    found = {}
    for notebook, station in STATIONS.items():
        for cell in notebooks.code_cells(notebooks.read(ROOT / folder / f"{notebook}.ipynb")):
            if not cell.source.startswith("def "):
                continue
            name = f"{station}.{ast.parse(cell.source).body[0].name}"
            found[name] = cell.source
    return found


SOLUTIONS, STUBS = definitions("solutions"), definitions("exercises")


def built(name, source=None):
    """The function of an exercise, made from its solution or from another source, beside the station's others."""
    station, function = name.split(".")
    space = {}
    exec("import math\nimport torch\nfrom toydiff import Checkerboard, Schedule\nboard = Checkerboard()", space)
    for other, solution in SOLUTIONS.items():
        if other.startswith(station + "."):
            exec(solution, space)
    if source is not None:
        exec(source, space)
    return space[function]
