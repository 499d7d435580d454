"""One submission as Gradescope wants to hear of it, and the program that its autograder runs.

    python -m toydiff.grading.gradescope /autograder

grades what lies in submission/ as source/autograder.json says, and writes results/results.json: one test an exercise,
as gradescope-autograders.readthedocs.io/en/latest/specs has it.
"""

import json
import sys
from pathlib import Path

from ..checks import EXERCISES, Result
from . import feedback, limits, report as words
from .examiner import Report, grade
from .folder import of_student
from .points import Points, best
from .submission import Unusable, read

MOST = 3    # notebooks of one submission that are asked


def results(reports, points, output=""):
    """Return the content of results.json about the Reports on one student, a dict. output: said above the tests."""
    said = [output] if output else []
    said += [f"{report.path.name}: {remark}" for report in reports for remark in report.remarks()]
    tests = [{"name": words.short(result.exercise), "number": str(number),
              "score": points.of(result.exercise) if result.passed else 0, "max_score": points.of(result.exercise),
              "status": "passed" if result.passed else "failed", "output": _text(feedback.line(result)),
              "visibility": "visible"}
             for number, result in enumerate(best(reports), 1) if points.of(result.exercise)]
    return {"score": sum(test["score"] for test in tests), "tests": tests, "visibility": "visible",
            "stdout_visibility": "hidden", "output": _text("\n".join(said)),
            "execution_time": round(sum(report.seconds for report in reports))}


def of_folder(folder, notebook, points, time_limit=limits.TIME):
    """Return the same for what one student handed in, a folder, as answer to a notebook such as "03_mlp"."""
    fitting, others = [], []
    for entry in of_student(folder):
        name = Path(entry.place).name
        try:
            its = read(entry.file).notebook if entry.file else ""
            others += [] if its == notebook else [f"{name}: {entry.trouble or f'an answer to {its}'}"]
            fitting += [entry.file] if its == notebook else []
        except Unusable as error:
            others.append(f"{name}: {error}")
    if fitting:
        return results([grade(file, time_limit) for file in fitting[:MOST]], points)
    nothing = [Result(name, "not started", "") for name, exercise in EXERCISES.items() if exercise.notebook == notebook]
    what = "; ".join(words.tame(other, words.LONG) for other in others[:MOST]) or "nothing was handed in"
    return results([Report(Path(), notebook, nothing)], points,
                   f"An answer to {notebook} was wanted. What came: {what}")


def _text(text):
    """Foreign letters that UTF-8 does not have are taken out: not everyone's reader of JSON stands them."""
    return text.encode("utf-8", "replace").decode("utf-8")


def main(root):
    """Grade root/submission as root/source/autograder.json says, and write root/results/results.json."""
    root = Path(root)
    wanted = json.loads((root / "source" / "autograder.json").read_text(encoding="utf-8"))
    content = of_folder(root / "submission", wanted["notebook"], Points(wanted["points"]), wanted["time_limit"])
    (root / "results").mkdir(exist_ok=True)
    (root / "results" / "results.json").write_text(json.dumps(content, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
