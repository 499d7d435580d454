"""The front page: the live board, and a way into the course. It stands outside the book, whose theme alone weighs more.

    python -m tools.site.front html
"""

import re
import shutil
import sys
import tomllib
from pathlib import Path

import jinja2
import nbformat

from . import networks, pictures

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "docs" / "site"
COLAB = "https://colab.research.google.com/github"
# In the order in which they need each other. Classic scripts: a page that is opened from the disk may not load modules.
SCRIPTS = ["random", "data", "schedule", "network", "oracle", "samplers", "training", "networks", "bundled", "stage",
           "player", "play", "learn", "page"]
ROW = re.compile(r"^\| \[(?P<number>\d\d) (?P<title>[^\]]+)\]\((?P<notebook>notebooks/[^)]+\.ipynb)\) "
                 r"\| (?P<question>[^|]+) \|", re.MULTILINE)


def address():
    """("https://github.com/OWNER/REPO", "BRANCH") of the course."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return project["project"]["urls"]["Repository"], project["tool"]["toydiff"]["branch"]


def stations():
    """The rows of the README's table of the course: number, title, notebook, question."""
    return [row.groupdict() for row in ROW.finditer((ROOT / "README.md").read_text(encoding="utf-8"))]


def write(out, notebooks=None):
    """Write index.html, live/ and figures/ into the folder out.

    notebooks: {path from the repository's root: notebook}, those whose pictures are shown; else the committed ones.
    """
    repository, branch = address()
    (out / "live").mkdir(parents=True, exist_ok=True)
    for file in (SOURCES / "live").iterdir():
        shutil.copyfile(file, out / "live" / file.name)
    networks.write(out / "live")

    rows = []
    for station in stations():
        path = station["notebook"]
        notebook = (notebooks or {}).get(path) or nbformat.read(ROOT / path, as_version=4)
        file = Path("figures", f"{station['number']}.webp")
        width, height = pictures.figure(notebook, out / file) or (0, 0)
        rows.append(station | {"page": path.replace(".ipynb", ".html"), "width": width, "height": height,
                               "figure": file.as_posix() if width else None})
    has_install = (ROOT / "docs" / "install.md").exists()
    templates = jinja2.Environment(loader=jinja2.FileSystemLoader(SOURCES), autoescape=True)
    page = templates.get_template("index.html.j2").render(
        scripts=[f"{name}.js" for name in SCRIPTS], stations=rows, first=rows[0]["page"], repository=repository,
        colab=f"{repository.replace('https://github.com', COLAB)}/blob/{branch}/{rows[0]['notebook']}",
        install="docs/install.html" if has_install else f"{repository}#start", instructors="docs/instructors.html")
    (out / "index.html").write_text(page, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    write(Path(sys.argv[1]))
