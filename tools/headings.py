"""Tell the checks in which cell each section stands that they refer to: on Colab a link leads to a cell, by its id.

    python tools/headings.py             write toydiff/checks/engine/headings.py
    python tools/headings.py --check     change nothing, exit with 1 if it is not as the notebooks have it
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools import notebooks  # noqa: E402
from toydiff.checks import EXERCISES  # noqa: E402

TABLE = notebooks.ROOT / "toydiff" / "checks" / "engine" / "headings.py"
HEAD = '"""Where each section stands that explains a mistake: the id of its cell. Written by tools/headings.py."""'


def sections():
    """(notebook, section) of all that explains a mistake."""
    return sorted({(mistake.notebook or exercise.notebook, mistake.section)
                   for exercise in EXERCISES.values() for mistake in exercise.mistakes})


def cells():
    """{(notebook, section): id of the cell that it heads}, of those that are there."""
    found = {}
    for notebook, section in sections():
        for cell in notebooks.read(notebooks.ROOT / "notebooks" / f"{notebook}.ipynb").cells:
            heads = [line.lstrip("# ") for line in cell.source.splitlines() if line[:1] == "#"]
            if cell.cell_type == "markdown" and section in heads:
                found[notebook, section] = cell.id
    return found


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="change nothing, exit with 1 if something differs")
    args = parser.parse_args(argv)
    lines = "".join(f'    ("{notebook}", "{section}"): "{cell}",\n' for (notebook, section), cell in cells().items())
    text = f"{HEAD}\n\nCELLS = {{\n{lines}}}\n"
    if args.check:
        return int(TABLE.read_text(encoding="utf-8") != text)
    TABLE.write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
