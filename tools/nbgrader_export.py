"""Make an nbgrader course out of solutions/, the single source.

    python tools/nbgrader_export.py COURSE_FOLDER            all exercise notebooks
    python tools/nbgrader_export.py COURSE_FOLDER 01_data    only these

Writes COURSE_FOLDER/source/NAME/NAME.ipynb, one assignment a notebook, and nbgrader_config.py where there is
none. A source is the exercise with nbgrader's marks: each function is a solution cell, behind each check stands a
locked test cell worth as many points as the exercise has stars, each question in words is graded by hand. The
solutions stay in solutions/. Then, in COURSE_FOLDER:

    nbgrader generate_assignment NAME
    nbgrader autograde NAME
"""

import argparse
import re
import sys
from pathlib import Path

import nbformat

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools import exercises, notebooks  # noqa: E402

CHECKED = re.compile(r'(?P<call>check|diagnose)\("(?P<name>\w+\.\w+)", (?P<given>[^()]+)\)')
HOME = {"check": "toydiff.checks", "diagnose": "toydiff.checks.clinic"}
CONFIG = '''"""nbgrader's settings for this course, written by tools/nbgrader_export.py. Change what you like."""

c = get_config()
c.CourseDirectory.course_id = "toydiff"
c.ClearSolutions.enabled = False       # source/ holds the stubs already
c.ExecutePreprocessor.timeout = 120    # seconds for a cell
'''


def marked(cell, name, points=None, solution=False):
    """Give a cell nbgrader's marks. points: what it is worth, None for one that is not graded."""
    cell.metadata["nbgrader"] = {
        "schema_version": 3, "grade_id": re.sub(r"\W", "-", name), "cell_type": cell.cell_type, "solution": solution,
        "grade": points is not None, "locked": not solution, "task": False,
        **({} if points is None else {"points": points})}
    return cell


def source(solution, station):
    """The nbgrader source notebook that belongs to a solution. station: its name, part of each cell's."""
    answered = {cell.id: cell.source for cell in solution.cells}
    made, stars, questions = exercises.exercise(solution), 1, 0
    cells, made.cells = made.cells, []
    for cell in cells:
        made.cells.append(cell)
        if cell.cell_type == "markdown":
            stars = cell.source.count("★") or stars
            if cell.source == exercises.YOURS:
                questions += 1
                marked(cell, f"{station}-in-words-{questions}", points=1, solution=True)
            continue
        if exercises.BEGIN in answered[cell.id]:
            marked(cell, f"{station}-{cell.id}", solution=True)
        for found in CHECKED.finditer(cell.source):
            call, name = found["call"], found["name"]
            test = nbformat.v4.new_code_cell(    # imported again: whatever the name means by now
                f"from {HOME[call]} import {call}\nholds = {found[0]}.require()", id=f"{cell.id[:40]}-{call}")
            made.cells.append(marked(test, f"{call}-{name}", points=stars if call == "check" else 1))
    return made


def main(argv=None, root=notebooks.ROOT):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="COURSE_FOLDER", help="nbgrader's folder of the course")
    parser.add_argument("names", nargs="*", metavar="NAME", help="notebooks, such as 01_data (default: all)")
    args = parser.parse_args(argv)
    there = {path.stem.removesuffix("_solutions"): path for path in sorted((root / "solutions").glob("*.ipynb"))}
    if unknown := [name for name in args.names if name not in there]:
        parser.error(f"there is no solutions/{unknown[0]}_solutions.ipynb; there are {', '.join(there)}")
    for name in args.names or there:
        path = args.folder / "source" / name / f"{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        notebooks.write(source(notebooks.read(there[name]), name), path)
        print(f"{path}: written")
    config = args.folder / "nbgrader_config.py"
    if not config.exists():
        config.write_text(CONFIG, encoding="utf-8")
        print(f"{config}: written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
