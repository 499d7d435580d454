"""Make exercises/ out of solutions/, the single source.

    python tools/exercises.py             write the exercises that differ
    python tools/exercises.py --check     change nothing, say which differ

What stands between the two markers of a solution becomes one line, `return ...`, or `...` where nothing
was returned; if there is a third marker, ### BROKEN, in between, the commented lines below it take its
place: code that the learner is to mend. A text cell tagged "solution" is left out, one tagged "answer" becomes a place
to write.
Outputs are not made here: tools/notebooks.py executes what was written.
"""

import argparse
import copy
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools import notebooks  # noqa: E402

BEGIN, BROKEN, END = "### BEGIN SOLUTION", "### BROKEN", "### END SOLUTION"
REGION = re.compile(rf"^(?P<indent>[ \t]*){BEGIN}[ \t]*\n(?P<body>.*?)^[ \t]*{END}[ \t]*$", re.S | re.M)
YOURS = "*Your answer:*"


def stub(source):
    """The source of a code cell with each solution taken out."""
    def emptied(found):
        _, marker, broken = found["body"].partition(BROKEN)
        if marker:
            return re.sub(r"^([ \t]*)# ?", r"\1", broken.strip("\n"), flags=re.M)
        returns = re.search(rf"^{found['indent']}return\b", found["body"], re.M)
        return found["indent"] + ("return ..." if returns else "...") + "    # your code here"

    left, regions = REGION.subn(emptied, source)
    if not source.count(BEGIN) == source.count(END) == regions:
        raise ValueError(f"{BEGIN} and {END} do not come in pairs:\n{source}")
    return left


def exercise(solution):
    """The exercise that belongs to a solution, a notebook without outputs."""
    made = copy.deepcopy(solution)
    made.metadata.pop("toydiff", None)
    made.cells = [cell for cell in made.cells if "solution" not in cell.metadata.get("tags", [])]
    for cell in made.cells:
        if cell.cell_type == "code":
            cell.source, cell.outputs, cell.execution_count = stub(cell.source), [], None
        elif "answer" in cell.metadata.get("tags", []):
            cell.source = YOURS
        cell.source = cell.source.replace("/solutions/", "/exercises/").replace("_solutions.ipynb", "_exercises.ipynb")
    return made


def text(nb):
    """All of a notebook that its author wrote; that a cell is live comes of its run."""
    return [(cell.id, cell.cell_type, cell.source, sorted({*cell.metadata.get("tags", [])} - {"live"}))
            for cell in nb.cells]


def differing(root):
    """(path, notebook as it should be) of every exercise that is not what its solution says; None: no such solution."""
    solutions = {path.name.replace("_solutions.", "_exercises."): path
                 for path in sorted((root / "solutions").glob("*.ipynb"))}
    for name, path in solutions.items():
        made, there = exercise(notebooks.read(path)), root / "exercises" / name
        if not there.exists() or text(notebooks.read(there)) != text(made):
            yield there, made
    for path in sorted((root / "exercises").glob("*.ipynb")):
        if path.name not in solutions:
            yield path, None


def main(argv=None, root=notebooks.ROOT):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="change nothing, exit with 1 if something differs")
    args = parser.parse_args(argv)
    found = list(differing(root))
    for path, made in found:
        if args.check or made is None:
            print(f"exercises/{path.name}: {'make exercises' if made else 'has no solution'}", file=sys.stderr)
        else:
            path.parent.mkdir(exist_ok=True)
            notebooks.write(made, path)
            print(f"exercises/{path.name}: written")
    return 1 if any(args.check or made is None for _, made in found) else 0


if __name__ == "__main__":
    sys.exit(main())
