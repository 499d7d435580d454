"""Checks that know what went wrong.

    from toydiff.checks import check, hint
    check("forward_process.add_noise", add_noise)
    hint("forward_process.add_noise")          # again for the next one
"""

import difflib
import functools
from importlib import import_module

from . import drawings
from .engine import guard
from .engine.ladder import examine
from .engine.result import Hint, Result

STATIONS = ("data", "forward_process", "mlp", "training", "sampling", "evaluation", "fewer_steps", "guidance", "flow",
            "pictures", "clinic")    # a folder each
EXERCISES = {exercise.name: exercise for station in STATIONS
             for exercise in import_module(f".{station}", __name__).EXERCISES}
DRAWING = 4.0    # seconds for the picture of an answer
_hints_given = {}


def check(name, function, seconds=10.0):
    """Say in a Result whether `function` solves the exercise, or the first thing that is wrong with it.

    seconds: after which it is stopped. A notebook shows a picture of the answer and the hints beside what is said.
    """
    if not isinstance(name, str) or name not in EXERCISES:
        return Result(str(name)[:100], "contract", _unknown(name))
    exercise, spent = EXERCISES[name], []
    try:
        result = guard.run(lambda: examine(exercise, function, spent=spent), seconds)
    except guard.TimeUp as up:
        result = Result(name, "contract", guard.late(seconds, spent, up.waited, exercise.cases))
    except BaseException as error:    # what was passed in is stranger than we thought; no traceback of ours
        result = Result(name, "contract", f"The check could not work with it ({type(error).__name__}). "
                        "Is it an ordinary function that returns a tensor?")
    if result.passed:
        return result
    started = result.step != "not started" and exercise.draw
    return result.beside(_hints(exercise), functools.partial(_picture, exercise, function) if started else None)


def hint(name, number=None):
    """Return the next Hint of an exercise, or the one of this number (1, 2, …). The last names the solution's place."""
    if not isinstance(name, str) or name not in EXERCISES:
        return Hint(str(name)[:100], 0, 0, _unknown(name))
    hints = _hints(EXERCISES[name])
    if not isinstance(number, int) or isinstance(number, bool):    # none given, or what is none
        number = _hints_given[name] = _hints_given.get(name, 0) + 1
    number = min(max(number, 1), len(hints))
    return Hint(name, number, len(hints), hints[number - 1])


def _hints(exercise):
    place = f"solutions/{exercise.notebook}_solutions.ipynb"
    return [*exercise.hints, f"The solution is in `{place}`, under the same heading."]


def _picture(exercise, function):
    """The picture of an answer as HTML, "" where none can be drawn of it."""
    try:
        return guard.run(lambda: drawings.drawn(exercise, function), DRAWING)
    except BaseException:    # what is to be said of it is said already
        return ""


def _unknown(name):
    near = difflib.get_close_matches(str(name)[:100], EXERCISES, n=1)
    return f"There is no exercise of this name{f'; is `{near[0]}` meant?' if near else '.'}"
