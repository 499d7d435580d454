"""Checks that know what went wrong.

    from toydiff.checks import check, hint
    check("forward_process.add_noise", add_noise)
    hint("forward_process.add_noise")          # again for the next one
"""

import difflib
from importlib import import_module

from .engine import guard
from .engine.ladder import examine
from .engine.result import Hint, Result

STATIONS = ("data", "forward_process", "mlp", "training", "sampling", "evaluation", "fewer_steps", "guidance", "flow",
            "pictures", "clinic")    # a folder each
EXERCISES = {exercise.name: exercise for station in STATIONS
             for exercise in import_module(f".{station}", __name__).EXERCISES}
_hints_given = {}


def check(name, function, seconds=10.0):
    """Say in a Result whether `function` solves the exercise, or the first thing that is wrong with it.

    seconds: after which it is stopped.
    """
    if not isinstance(name, str) or name not in EXERCISES:
        return Result(str(name)[:100], "contract", _unknown(name))
    try:
        return guard.run(lambda: examine(EXERCISES[name], function), seconds)
    except guard.TimeUp:
        return Result(name, "contract", guard.late(seconds))
    except BaseException as error:    # what was passed in is stranger than we thought; no traceback of ours
        return Result(name, "contract", f"The check could not work with it ({type(error).__name__}). "
                      "Is it an ordinary function that returns a tensor?")


def hint(name, number=None):
    """Return the next Hint of an exercise, or the one of this number (1, 2, …). The last names the solution's place."""
    if not isinstance(name, str) or name not in EXERCISES:
        return Hint(str(name)[:100], 0, 0, _unknown(name))
    exercise = EXERCISES[name]
    place = f"solutions/{exercise.notebook}_solutions.ipynb"
    hints = [*exercise.hints, f"The solution is in `{place}`, under the same heading."]
    if number is None:
        number = _hints_given[name] = _hints_given.get(name, 0) + 1
    number = min(max(int(number), 1), len(hints))
    return Hint(name, number, len(hints), hints[number - 1])


def _unknown(name):
    near = difflib.get_close_matches(str(name)[:100], EXERCISES, n=1)
    return f"There is no exercise of this name{f'; is `{near[0]}` meant?' if near else '.'}"
