"""Make the site: the front page, and the course as a book.

    python -m tools.site.build html             run what has changed, build all
    python -m tools.site.build html --run 00_   run only notebooks with that in their names, show others as committed

What was run is kept in build/site, so that the next time only what changed runs again. Needs the packages of the extra
"docs", and node, whose npm brings there what tools/site/package.json names.
"""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat

from toydiff.notebook import export

from . import front, pages, pictures, running

ROOT = front.ROOT
WORK = ROOT / "build" / "site"
KATEX = WORK / "node_modules" / "katex" / "dist"
CORES = max(1, min(4, os.cpu_count() or 1))


def main(argv=None):
    """Build into the folder named; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--run", default="", metavar="TEXT", help="as committed, no slider moves (default: run all)")
    options = parser.parse_args(argv)
    if not shutil.which("node") or not shutil.which("npm"):
        sys.exit("the book's formulas need node and npm")
    if not KATEX.exists():
        from_npm()

    sources, out = WORK / "sources", options.out.resolve()
    shutil.rmtree(sources, ignore_errors=True)
    notebooks = gather(sources, options.run)
    status = sphinx(sources, out)
    if status == 0:
        front.write(out, notebooks)
    return status


def from_npm():
    """Fetch what tools/site/package-lock.json names."""
    WORK.mkdir(parents=True, exist_ok=True)
    for file in (ROOT / "tools" / "site").glob("package*.json"):
        shutil.copyfile(file, WORK / file.name)
    subprocess.run([shutil.which("npm"), "ci", "--no-audit", "--no-fund", "--silent"], cwd=WORK, check=True)


def gather(sources, run=""):
    """Lay out what Sphinx reads; return the course's notebooks with their outputs, by their paths.

    run: only notebooks with that in their names are run.
    """
    paths = sorted((ROOT / "notebooks").glob("*.ipynb"))
    wanted = [path for path in paths if run in path.name]
    ran = dict(zip(wanted, running.run_all(wanted, WORK / "runs", CORES), strict=True))
    notebooks = {path.relative_to(ROOT).as_posix(): ran.get(path) or export.read(path) for path in paths}
    exercises = {path.relative_to(ROOT).as_posix(): export.read(path) for path in ROOT.glob("exercises/*.ipynb")}
    guides = [path.relative_to(ROOT).as_posix() for path in sorted(ROOT.glob("docs/*.md"))]
    modules = [path.stem for path in sorted(ROOT.glob("toydiff/*.py")) if not path.stem.startswith("__")]

    book = pages.Book([*notebooks, *exercises, *guides], modules)
    static = sources / "_static"
    for name, notebook in (notebooks | exercises).items():
        file = sources / name
        file.parent.mkdir(parents=True, exist_ok=True)
        shown = pages.readable(notebook, name, book, lambda html: pictures.to_files(html, static / "shown",
                                                                                    "../_static/shown"))
        nbformat.write(shown, file)
    for name in guides:
        write(sources / name, pages.guide((ROOT / name).read_text(encoding="utf-8"), name, book))
    for name, text in book.own_pages(sorted(notebooks), sorted(exercises), guides).items():
        write(sources / name, text)
    for folder in (path.parent for path in ROOT.glob("docs/*/*.png")):
        shutil.copytree(folder, sources / folder.relative_to(ROOT), dirs_exist_ok=True)
    for file in (ROOT / "docs" / "site" / "book").iterdir():
        shutil.copyfile(file, static / file.name)
    shutil.copytree(KATEX / "fonts", static / "katex" / "fonts", ignore=shutil.ignore_patterns("*.ttf", "*.woff"))
    shutil.copyfile(KATEX / "katex.min.css", static / "katex" / "katex.min.css")
    return notebooks


def write(file, text):
    """Write a text as UTF-8 into a folder that may have to be made."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8", newline="\n")


def sphinx(sources, out):
    """Run Sphinx, for which a warning is an error; return its exit status."""
    # One process: each of several would leave behind the server by which sphinxcontrib-katex sets formulas.
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", "-j", "1",
               "-c", str(ROOT / "docs" / "site"), "-d", str(WORK / "doctrees"), str(sources), str(WORK / "book")]
    shutil.rmtree(WORK / "book", ignore_errors=True)
    done = subprocess.run(command, env=os.environ | {"TOYDIFF_ROOT": str(ROOT), "TOYDIFF_SOURCES": str(sources)})
    if done.returncode == 0:
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(WORK / "book", out, ignore=shutil.ignore_patterns(".buildinfo", "objects.inv", "*-macros.html"))
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
