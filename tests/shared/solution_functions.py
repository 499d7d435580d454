"""The functions that solutions/ and exercises/ define, for the tests."""

import ast
import functools
from pathlib import Path

from tools import notebooks
from toydiff.checks import EXERCISES

ROOT = Path(__file__).resolve().parents[2]
STATIONS = {exercise.notebook: name.split(".")[0] for name, exercise in EXERCISES.items()}


def cells(folder, notebook):
    """The sources of a notebook's code cells, without the set-up cell that is the same in all."""
    return [cell.source
            for cell in notebooks.code_cells(notebooks.read(ROOT / folder / f"{notebook}_{folder}.ipynb"))[1:]]


def defines(source):
    """The name of the function or class with which a cell begins, or ""."""
    return ast.parse(source).body[0].name if source.startswith(("def ", "class ")) else ""


def definitions(folder):
    """{exercise: source of its function} of the notebooks in a folder."""
    found = {f"{station}.{defines(source)}": source
             for notebook, station in STATIONS.items() for source in cells(folder, notebook)}
    return {name: source for name, source in found.items() if name in EXERCISES}


SOLUTIONS, STUBS = definitions("solutions"), definitions("exercises")


@functools.cache
def solved(station):
    """The names in a solved notebook: its imports, what it gives to the learner, the solutions."""
    (notebook,) = [notebook for notebook, its in STATIONS.items() if its == station]
    first, *others = cells("solutions", notebook)
    space = {}
    for source in [first, *filter(defines, others)]:
        exec(source, space)
    return space


def built(name, source=None):
    """The function of an exercise, made from its solution or from another source, beside the station's others."""
    station, function = name.split(".")
    space = dict(solved(station))
    exec(source or SOLUTIONS[name], space)
    return space[function]
