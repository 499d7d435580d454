"""The committed notebooks keep the course's promises to its readers."""

import base64
import io
import re
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest
from PIL import Image

from tools import notebooks as tool

ROOT = Path(__file__).resolve().parents[2]
COURSE = [path for folder in tool.FOLDERS for path in sorted((ROOT / folder).glob("*.ipynb"))]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
IGNORED = {"nbval-ignore-output", "nbval-skip"}
IGNORE_COMMENT = re.compile(r"NBVAL_(IGNORE_OUTPUT|SKIP)|PYTEST_VALIDATE_IGNORE_OUTPUT")

each_notebook = pytest.mark.parametrize("path", COURSE, ids=lambda path: f"{path.parent.name}/{path.stem}")


def prose(path):
    """The Markdown of a notebook or of a page."""
    if path.suffix == ".ipynb":
        return "\n\n".join(cell.source for cell in tool.read(path).cells if cell.cell_type == "markdown")
    return re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.S)


@each_notebook
def test_notebook_is_in_normal_form(path):
    """Executed as it stands, no error, small, short cells, no widget state."""
    assert tool.check(path) == []


@each_notebook
def test_notebook_begins_with_the_common_set_up_cell(path):
    first = tool.code_cells(tool.read(path))[0].source
    assert len(first.splitlines()) <= 6
    assert first == tool.code_cells(tool.read(COURSE[0]))[0].source


@each_notebook
def test_every_picture_has_alternative_text(path):
    for i, cell in enumerate(tool.read(path).cells):
        for out in cell.get("outputs", []):
            for kind in {"image/png", "image/jpeg"} & out.get("data", {}).keys():
                assert out.metadata.get(kind, {}).get("alt", "").strip(), f"cell {i}: a picture without alt"
            html = out.get("data", {}).get("text/html", "")
            for tag in re.findall(r"<img\b[^>]*>", html):
                assert re.search(r"\balt=[\"'][^\"']", tag), f"cell {i}: {tag[:60]} without alt"


@each_notebook
def test_no_picture_that_is_stored_has_white_paper(path):
    """In a dark theme it would blind. A notebook that is not run again keeps its pictures of old."""
    stored = re.findall(r"image/(?:webp|png)(?:;base64,|\": \")([\w+/=]+)", path.read_text(encoding="utf-8"))
    for picture in stored:
        pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(picture))).convert("RGBA"))
        assert (pixels > 250).all(-1).mean() < 0.01


@pytest.mark.parametrize("path", COURSE + PAGES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_images_in_prose_have_alternative_text(path):
    assert "![](" not in prose(path)
    for tag in re.findall(r"<img\b[^>]*>", prose(path)):
        assert re.search(r"\balt=[\"'][^\"']", tag), tag


def test_few_outputs_go_uncompared():
    """nbval may pass over a cell only if it draws something live; at most one in ten."""
    cells = [(path.stem, cell) for path in COURSE for cell in tool.code_cells(tool.read(path))]
    passed_over = [
        (stem, cell) for stem, cell in cells
        if IGNORED & set(cell.metadata.get("tags", [])) or IGNORE_COMMENT.search(cell.source)
    ]
    for stem, cell in passed_over:
        assert "live" in cell.metadata.get("tags", []), f"{stem}: not live, so compare it:\n{cell.source}"
    assert len(passed_over) * 10 <= len(cells)


@pytest.mark.parametrize("path", COURSE + PAGES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_local_links_lead_somewhere(path):
    targets = re.findall(r"\]\(<?([^)\s>]+)", prose(path)) + re.findall(r"(?:src|href)=[\"']([^\"']+)", prose(path))
    for target in targets:
        if re.match(r"https?:|mailto:|#|attachment:|data:", target):
            continue
        file = unquote(target.split("#")[0].split("?")[0])
        assert (path.parent / file).exists(), f"{path.name} links to {target}, which is not there"


FILE = re.compile(r"(?<![\w/.:])(?:toydiff|tests|tools|benchmarks|notebooks|exercises|solutions|docs|binder)"
                  r"/[\w./-]*\.\w+")
SPEAK_OF_FILES = [*PAGES, *ROOT.glob("benchmarks/*.md"), *ROOT.glob(".github/**/*.yml"), *ROOT.glob("*.yml"),
                  *ROOT.glob("tools/*"), ROOT / "Makefile", ROOT / "pyproject.toml", ROOT / ".ci" / "run"]


@pytest.mark.parametrize("path", [path for path in SPEAK_OF_FILES if path.is_file()], ids=lambda path: path.name)
def test_the_files_that_are_spoken_of_are_there(path):
    """In prose, commands and workflows alike; NAME in capitals stands for any."""
    named = {file.rstrip(".") for file in FILE.findall(path.read_text(encoding="utf-8"))}
    assert sorted(file for file in named if not re.search("[A-Z]{2}", file) and not (ROOT / file).exists()) == []


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
def test_nothing_tells_the_answer_between_question_and_guess(path):
    """Up to the cell that waits for the guess come cells of code alone, and none shows a picture; one cell reveals."""
    cells = tool.read(path).cells
    questions = [(i, name) for i, cell in enumerate(cells) if cell.cell_type == "code"
                 for name in re.findall(r"^(\w+) = predict\(", cell.source, re.M)]
    assert len(questions) >= 3
    for i, name in questions:
        waits = next(j for j, cell in enumerate(cells) if j > i and re.search(rf"with {name}\b", cell.source))
        for cell in cells[i + 1:waits]:
            assert cell.cell_type == "code" and "<img" not in str(cell.outputs), f"{name}: {cell.source}"
        assert [f"{name}.reveal(" in cell.source for cell in cells[:waits]].count(True) == 0
        assert [f"{name}.reveal(" in cell.source for cell in cells].count(True) == 1, name
