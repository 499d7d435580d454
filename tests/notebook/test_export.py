"""A notebook as a page: opened from disk, with the network away, its sliders move by keyboard, mouse and finger."""

import json
import os
import re
import signal
import subprocess
import sys
import types
import urllib.parse
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import numpy as np
import pytest

from toydiff.cli import main
from toydiff.notebook import explorer, export, plots, still
from toydiff.notebook.scrubber import MAX_BYTES, scrubber

from browser import SCREENSHOTS, wait_for

ROOT = Path(__file__).parents[2]
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
MARKDOWN = """# A page

About $\\bar\\alpha_t$.
[![Open in Colab](https://example.org/badge.svg)](https://example.org) [next](02_next.ipynb#there)

$$x_t = \\sqrt{\\bar\\alpha_t}\\, x_0 + \\Big(\\tfrac12\\Big)^2$$"""
CODE = """import sys
from toydiff import Checkerboard
from toydiff.notebook import explore, plots, predict
from tqdm.auto import tqdm
x = Checkerboard().sample(10_000, seed=0)
list(tqdm(range(3)))
predict("Is it larger?", ["yes", "no"]).reveal("yes", "It grows.")
explore(range(101), plots.cloud(lambda t: x * (1 + t / 100), plots.DATA, lambda t: x[:5]), alt='a "board" <grows>')"""


def write(path, *sources):
    cells = [nbformat.v4.new_markdown_cell(MARKDOWN), *map(nbformat.v4.new_code_cell, sources)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=KERNEL), path)
    return path


@pytest.fixture(scope="module")
def page_file(tmp_path_factory):
    """A notebook, exported by the command."""
    folder = tmp_path_factory.mktemp("pages")
    assert main(["export", str(write(folder / "board.ipynb", CODE))]) == 0
    assert sorted(path.name for path in folder.iterdir()) == ["board.html", "board.ipynb"]
    return folder / "board.html"


def test_nothing_is_fetched_and_everything_is_there(page_file):
    page = page_file.read_text(encoding="utf-8")
    assert not re.search(r'(src|data)="https?:|url\(["\']?https?:|@import|import\(|<link', page)
    assert page.count("<math") == 2 and "$" not in re.sub(r"<script>.*?</script>|<style.*?</style>|src=\"[^\"]*\"", "",
                                                          page, flags=re.S)
    assert 'href="02_next.html#there"' in page
    assert ">Open in Colab</a>" in page
    answer, = re.findall('<details class="toydiff-answer".*?</details>', page, re.S)
    assert "<b>It was:</b> yes." in answer and "It grows." in answer, "folded"
    words = [unescape(alt) for alt in re.findall(r"""<img[^>]*? alt=("[^"]*"|'[^']*')""", page)]
    assert [text[1:-1] for text in words] == 2 * ['a "board" <grows>'], "the slider's, and the paper's"
    assert "widget" not in page[page.index("<main>"):], "no trace of what needs a kernel"
    explorer_bytes = re.search(r'<div class="toydiff-scrubber.*?</script></div>', page, re.S)[0]
    assert len(explorer_bytes) <= 700_000
    assert explorer_bytes.count("UklGR") >= 30, "of 101 pictures of 10,000 points"    # how WebP begins, in base64


@pytest.fixture
def page(browser, page_file):
    """The page, opened from disk in a browser with a finger, nothing else reachable; fails on any request."""
    context = browser.new_context(has_touch=True, viewport={"width": 1000, "height": 800})
    asked = []
    context.route(lambda url: not url.startswith(("file:", "data:")), lambda route: route.abort())
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: asked.append(str(error)))
    page.goto(page_file.as_uri())
    yield page
    assert [url for url in asked if not url.startswith(("data:", page_file.as_uri()))] == []
    context.close()


def state(page):
    """(what stands beside the slider, the picture); both belong together."""
    return (page.inner_text(".toydiff-scrubber output"),
            page.get_attribute(".toydiff-frame", "src"))


def test_keyboard_mouse_and_finger(page):
    seen = [state(page)]
    assert seen[0][0] == "t = 0"
    slider = page.locator(".toydiff-scrubber input")
    page.keyboard.press("Tab")
    while not slider.evaluate("slider => slider === document.activeElement"):
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    seen.append(state(page))
    page.keyboard.press("End")
    seen.append(state(page))
    assert seen[-1][0] == "t = 100"

    box = slider.bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] - 10, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, middle, steps=5)
    seen.append(state(page))
    page.mouse.up()
    page.touchscreen.tap(box["x"] + box["width"] / 4, middle)
    seen.append(state(page))
    assert len(set(seen)) == len({text for text, _ in seen}) == len({picture for _, picture in seen}) == 5
    assert slider.get_attribute("aria-valuetext") == seen[-1][0]
    image = page.locator(".toydiff-frame")
    assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") > 300


def test_a_guess_opens_the_answer(page):
    question, answer = page.locator(".toydiff-question"), page.locator(".toydiff-answer")
    assert not answer.evaluate("answer => answer.open")
    question.get_by_role("button", name="no").press("Enter")
    assert answer.evaluate("answer => answer.open")
    assert question.locator("[role=status]").inner_text() == "Your guess: no. The answer is below."
    assert answer.locator(".toydiff-verdict").inner_text() == "Your guess: no."
    assert question.locator("button:enabled").count() == 0 == question.locator("[aria-pressed=true]").count() - 1


def test_a_guess_after_the_answer_is_late(page):
    page.locator(".toydiff-answer summary").click()
    page.get_by_role("button", name="yes").click()
    said = page.locator(".toydiff-question [role=status]").inner_text()
    assert said == "Your guess: yes (after the answer). The answer is below."


def test_play(page):
    play = page.locator(".toydiff-scrubber button")
    play.press("Enter")
    seen = []
    wait_for(lambda: seen.append(state(page)) or seen[-1][0] == "t = 100", 60)
    assert len({picture for _, picture in seen}) > 5
    play.click()    # from the start again, and stopped
    wait_for(lambda: 0 < int(state(page)[0].split()[-1]) < 100, 20)
    play.click()
    here = state(page)
    page.wait_for_timeout(1000)
    assert state(page) == here
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / "page.png", full_page=True)


# --- without a browser -----------------------------------------------------------------------------------

NOTEBOOKS = sorted(path for folder in ("notebooks", "solutions") for path in (ROOT / folder).glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_formula_is_drawn_by_the_browser_itself(path, monkeypatch):
    """Each notebook's text, not run: no TeX is left, nothing is fetched."""
    monkeypatch.setattr(export, "_run", lambda notebook, path: None)
    page = export.page(path)
    text = re.sub(r"<(pre|code|script|style|annotation)\b.*?</\1>", "", page, flags=re.S)
    assert not re.search(r"\$|\\[a-zA-Z]{3,}", re.sub(r"<[^>]*>", "", text))
    assert not re.search(r'(src|data)="https?:|url\(["\']?https?:|@import|import\(|<link', page)
    for source in re.findall(r'href="([^"#:]+\.html)', page):
        assert (path.parent / urllib.parse.unquote(source)).with_suffix(".ipynb").exists(), source


# --- what is odd in it, or means harm ---------------------------------------------------------------------

FAULTS = ROOT / "tests" / "faults"


class Tags(HTMLParser):
    """The tags of a page, each with what its attributes say, and the text that is shown."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(html[html.index("<main>"):])

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.text += data


@pytest.mark.parametrize("name, shown", [
    ("export/math", ["\\frac{1}{", "a\xa0<\xa0b", "\\undefinedmacro"]), ("export/attachment_missing", ["a picture p"]),
    ("export/bom", ["A title"]), ("export/colab_widgets_no_state", ["A title"]),
    ("hostile/E_formula", ["</script><script>alert(7)</script>"])])
def test_an_odd_notebook_becomes_a_page_all_the_same(name, shown, monkeypatch):
    monkeypatch.setattr(export, "_run", lambda notebook, path: None)
    found = Tags(export.page(FAULTS / f"{name}.ipynb"))
    assert all(text in found.text for text in shown)
    assert not {"script", "img"} & {tag for tag, _ in found.tags}


def test_neither_pictures_nor_formulas_nor_links_run_a_script(monkeypatch, tmp_path):
    """Only what says of itself that it is HTML or JavaScript may be some."""
    bad = 'x"><script>alert(1)</script>'
    kinds = ["image/png", "image/jpeg", "text/vnd.mermaid", "text/latex", "text/plain"]
    outputs = [nbformat.v4.new_output("display_data", {kind: bad}, metadata={kind: {"alt": bad}}) for kind in kinds]
    outputs.append(nbformat.v4.new_output("display_data", {"image/svg+xml": '<svg onload="alert(1)"></svg>'}))
    outputs.append(nbformat.v4.new_output("stream", text=bad))
    text = [f"${bad}$", f"$\\text{{{bad}}}$", f"$$\\text{{{bad}}}$$", "$\\href{javascript:alert(1)}{x}$",
            f"\\begin{{align}}\\text{{{bad}}}\\end{{align}}", f"```mermaid\n{bad}\n```", "[a](javascript:alert(1))",
            "[b](JAVA\tSCRIPT:alert(1))", "[c](data:text/html,<script>alert(1)</script>)", "![d](attachment:a.png)",
            "![e](/etc/passwd)", "![f](../out.png)", "![g](here.png)", "![h](javascript:alert(1))"]
    cells = [nbformat.v4.new_code_cell("", outputs=outputs), *map(nbformat.v4.new_markdown_cell, text)]
    cells[10]["attachments"] = {"a.png": {"image/png": bad}}
    for place in (tmp_path / "out.png", tmp_path / "in" / "here.png"):
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(b"secret" if place.name == "out.png" else b"picture")
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=KERNEL), tmp_path / "in" / "a.ipynb")
    monkeypatch.setattr(export, "_run", lambda notebook, path: None)
    found = Tags(export.page(tmp_path / "in" / "a.ipynb"))
    assert "script" not in {tag for tag, _ in found.tags}
    assert not [name for _, attributes in found.tags for name in attributes if name.startswith("on")]
    links = [value for _, attributes in found.tags for name, value in attributes.items() if name in ("href", "src")]
    assert not [link for link in links if re.match(r"\s*(javascript|vbscript|file|data:text)|/etc", link, re.I)]
    assert len([link for link in links if link.startswith("data:image/")]) == 5, "png, jpeg, svg, d and g"
    assert found.text.count("alert(1)") >= 8, "shown, and not run"


def test_a_long_line_is_no_endless_work(tmp_path):
    """A million letters printed without an end of line took nbclient's expression some twenty minutes."""
    path = write(tmp_path / "long.ipynb", "import sys\nfor i in range(3): print('step', i, end='\\r', flush=True)\n"
                                          "print('done  ')\nprint('x' * 1_000_000)\nsys.stderr.write('hush')\n1 + 1")
    notebook = export.read(path)
    export.run_for_readers(notebook, path)
    printed, result = notebook.cells[1].outputs
    assert printed.text == "done  \n" + "x" * 1_000_000 + "\n" and result.data["text/plain"] == "2"
    renderer = export._Renderer(embed_images=True, path=str(tmp_path))
    unclosed = "<p>" + "<img " * 200_000    # as many, each of which might have closed at the very end
    assert renderer._html_embed_images(unclosed) == unclosed


@pytest.mark.skipif(os.name != "posix", reason="a shell closes them")
def test_streams_that_were_closed_cost_no_page(tmp_path):
    """A kernel that inherits a closed one ends before it begins."""
    path = write(tmp_path / "a.ipynb", "1")
    command = [sys.executable, "-m", "toydiff", "export", path]
    outside = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}    # ipykernel looks
    done = subprocess.run(["sh", "-c", 'exec "$@" >&- 2>&-', "sh", *command], cwd=ROOT, env=outside)
    assert done.returncode == 0 and (tmp_path / "a.html").exists()


def test_what_nbconvert_cannot_do_is_said_in_a_line(monkeypatch, tmp_path):
    monkeypatch.setattr(export, "_run", lambda notebook, path: None)
    monkeypatch.setattr(export._Page, "from_notebook_node", lambda *args: 1 / 0)
    with pytest.raises(ValueError, match="board.ipynb cannot be made a page: ZeroDivisionError: division by zero"):
        export.page(write(tmp_path / "board.ipynb"))


@pytest.mark.parametrize("size, kept", [(100, 101), (9_000, 51), (10_000, 35), (30_000, 16)])
def test_a_scrubber_keeps_to_its_size(size, kept):
    """Every second or third picture where all are too many; first and last stay."""
    source = np.random.default_rng(0)
    frames = [(f"t = {t}", source.bytes(size)) for t in range(101)]
    html = scrubber(frames, "noise", "t", 80, 440)
    labels = json.loads(re.search(r"\.take\((\[.*?\]), \[", html)[1])
    assert len(labels) == kept and (labels[0], labels[-1]) == ("t = 0", "t = 100")
    assert f'max="{kept - 1}"' in html and len(html.encode()) <= MAX_BYTES


def test_text_cannot_leave_its_place():
    html = scrubber([("</script><b>", b"x"), ('"><b>', b"y")], '"><b>', '"><b>', 80, 440)
    assert html.count("</script>") == html.count("<script") >= 1 and "<b>" not in html


def test_an_error_in_a_view_is_not_swallowed(monkeypatch):
    monkeypatch.setenv(still.EXPORT, "1")
    with pytest.raises(ZeroDivisionError):
        explorer.explore(range(5), plots.cloud(lambda t: [[1 / (t - 3), 0]], plots.DATA), alt="x")


@pytest.mark.parametrize("content, said", [
    (["x = 1", "1 / 0"], "board.ipynb: cell 3 fails: ZeroDivisionError: division by zero"),
    ("not json", "board.ipynb is not a notebook"),
    ("{}", "board.ipynb is not a notebook"),
    (None, "No such file or directory"),
])
def test_what_fails_is_said_in_one_line_and_the_old_page_stays(content, said, tmp_path, capsys):
    notebook, output = tmp_path / "board.ipynb", tmp_path / "page.html"
    output.write_text("the old page")
    if isinstance(content, list):
        write(notebook, *content)
    elif content is not None:
        notebook.write_text(content)
    assert main(["export", str(notebook), "--output", str(output)]) == 2
    stdout, stderr = capsys.readouterr()
    assert stdout == "" and said in stderr and stderr.count("\n") == 1 and "Traceback" not in stderr
    assert output.read_text() == "the old page"
    assert set(tmp_path.iterdir()) <= {notebook, output}


def test_the_notebook_is_not_overwritten_by_its_page(tmp_path, capsys):
    notebook = write(tmp_path / "board.ipynb", "1 / 0")
    before = notebook.read_bytes()
    assert main(["export", str(notebook), "--output", str(notebook)]) == 2
    assert "is what is read" in capsys.readouterr().err and notebook.read_bytes() == before
    os.link(notebook, tmp_path / "other name")
    assert main(["export", str(notebook), "--output", str(tmp_path / "other name")]) == 2
    assert "is what is read" in capsys.readouterr().err and notebook.read_bytes() == before


def test_without_the_converter_of_formulas(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "latex2mathml.converter", None)
    assert main(["export", str(write(tmp_path / "board.ipynb", "1 / 0"))]) == 2
    assert capsys.readouterr().err == "toydiff: formulas need latex2mathml: pip install latex2mathml\n"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for another process")
def test_ctrl_c_ends_it_in_one_line(tmp_path):
    mark = tmp_path / "started"
    notebook = write(tmp_path / "board.ipynb", f"open({str(mark)!r}, 'w').close()\nimport time\ntime.sleep(100)")
    export = subprocess.Popen([sys.executable, "-m", "toydiff", "export", notebook], stderr=subprocess.PIPE, text=True)
    wait_for(mark.exists, 60)
    export.send_signal(signal.SIGINT)
    said = export.communicate(timeout=60)[1]
    assert export.returncode in (2, 130) and "stopped" in said and "Traceback" not in said
    assert len(said.strip().splitlines()) == 1 and not (tmp_path / "board.html").exists()


def test_broken_off_it_leaves_no_file_by_which_kernel_and_command_found_each_other(tmp_path, monkeypatch):
    """A closed terminal is no signal that nbclient knows; it tidies up by chance then."""
    tidied = []

    class Client:
        def __init__(self, *arguments, **options):
            self.km = types.SimpleNamespace(cleanup_connection_file=lambda: tidied.append(True))

        def execute(self, **options):
            raise KeyboardInterrupt

    monkeypatch.setattr(export, "NotebookClient", Client)
    with pytest.raises(KeyboardInterrupt):
        export.page(write(tmp_path / "a.ipynb", "1"))
    assert tidied == [True]


def test_half_a_character_in_a_text_costs_itself_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(export, "_run", lambda *arguments: None)
    path = write(tmp_path / "a.ipynb", "1")
    path.write_text(path.read_text(encoding="utf-8").replace("# A page", "# A \\ud800 page"), encoding="utf-8")
    assert main(["export", str(path)]) == 0
    assert "A ? page" in (tmp_path / "a.html").read_text(encoding="utf-8")
