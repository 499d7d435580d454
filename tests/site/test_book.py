"""The book as it was built, from the disk: `make book`, then TOYDIFF_SITE=html pytest tests/site/test_book.py.

It takes minutes to run all notebooks, so the tests do not build it: the workflow that publishes the site builds, and
then runs these.
"""

import html
import os
import re
from pathlib import Path

import pytest

from tools.site.headings import slug
from toydiff.checks import EXERCISES

from browser import SCREENSHOTS
from front_page import opened
from links import broken, pages, taken_in

ROOT = Path(__file__).parents[2]
SITE = Path(os.environ.get("TOYDIFF_SITE", ROOT / "no such folder")).resolve()
AXE = ROOT / "build" / "site" / "node_modules" / "axe-core" / "axe.min.js"
MOVES = sorted(SITE.glob("notebooks/*.html"))
A_MINUTE = 60_000
pytestmark = pytest.mark.skipif(not SITE.is_dir(), reason="no book: make book, then TOYDIFF_SITE=html")
READ = sorted(path for kind in ("notebooks", "exercises", "docs", "api") for path in SITE.glob(f"{kind}/*.html"))
READ += [path for name in ("contents", "genindex") for path in SITE.glob(f"{name}.html")]


def named(path):
    return f"{path.parent.name}/{path.stem}"


@pytest.fixture(scope="module")
def found():
    return pages(SITE)


def test_every_notebook_guide_and_module_is_there(found):
    there = {path.relative_to(SITE).as_posix() for path in found}
    wanted = {path.relative_to(ROOT).with_suffix(".html").as_posix()
              for kind in ("notebooks/*.ipynb", "exercises/*.ipynb", "docs/*.md") for path in ROOT.glob(kind)}
    wanted |= {f"api/{path.stem}.html" for path in ROOT.glob("toydiff/*.py") if not path.stem.startswith("__")}
    assert wanted <= there and not [path for path in there if "solutions" in path]


def test_no_link_is_broken(found):
    assert broken(found) == []


def test_every_section_that_a_message_names_is_an_anchor():
    """So `../notebooks/NAME.ipynb#Section`, as `Read again` has it, leads there in the book as well."""
    named = {(mistake.notebook or exercise.notebook, mistake.section)
             for exercise in EXERCISES.values() for mistake in exercise.mistakes}
    there = {name: {html.unescape(found) for found in re.findall(r' id="([^"]*)"', (
        SITE / "notebooks" / f"{name}.html").read_text("utf-8"))} for name, _ in named}
    assert named and [(name, section) for name, section in named if slug(section) not in there[name]] == []


def test_nothing_is_taken_from_elsewhere(found):
    assert taken_in(found) == []
    styles = [path for path in SITE.rglob("*.css")]
    assert [path.name for path in styles if re.search(r"url\(['\"]?(https?:)?//", path.read_text("utf-8"))] == []


def test_sliders_are_small():
    assert [path.name for path in SITE.glob("_static/shown/*.js") if path.stat().st_size > 700_000] == []


def test_no_solution_is_given_away(found):
    """An exercise's page says where the code goes, not what it is."""
    for path in SITE.glob("exercises/0*.html"):
        assert "your code here" in path.read_text("utf-8"), path.name


@pytest.mark.parametrize("path", READ, ids=named)
def test_a_page_on_a_phone(browser, path):
    """It fits, no script fails, no formula is left as it was written, nothing is asked of the network."""
    with opened(browser, path, "phone") as page:
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= 391
        assert page.locator(".katex-error, .katex-html:empty").count() == 0
        assert page.evaluate("() => [...document.querySelectorAll('main img')].filter("
                             "image => image.complete && !image.naturalWidth).map(image => image.src)") == []
        SCREENSHOTS.mkdir(exist_ok=True)
        page.screenshot(path=SCREENSHOTS / f"book-{path.stem}.png")


@pytest.mark.parametrize("path", MOVES, ids=named)
def test_sliders_move_and_questions_are_answered(browser, path):
    """Each guess opens its answer and is judged; each slider shows other pictures, by the keys as well."""
    with opened(browser, path, "phone") as page:
        questions = page.locator(".toydiff-question")
        assert questions.count() >= 3
        for question in questions.all():
            question.locator("button").first.click()
            assert question.locator("[role=status]").inner_text().startswith("Your guess: ")
            answer = page.locator(f"details.toydiff-answer[data-number='{question.get_attribute('data-number')}']")
            assert answer.evaluate_all("answers => answers.length && answers.every(answer => answer.open)")
        assert re.match(r"You were right in \d of \d", page.locator(".toydiff-score").first.inner_text())
        for box in page.locator(".toydiff-scrubber").all():
            slider, frame, now = box.locator("input"), box.locator(".toydiff-frame").first, box.locator("output")
            slider.scroll_into_view_if_needed()
            box.locator("script[src]").wait_for(state="attached", timeout=A_MINUTE)
            first, begin = frame.get_attribute("src"), now.inner_text()
            page.wait_for_function("([slider, begin]) => { slider.value = slider.max; slider.oninput();"
                                   " return slider.getAttribute('aria-valuetext') !== begin }",
                                   arg=[slider.element_handle(), begin], timeout=A_MINUTE)
            last, end = frame.get_attribute("src"), now.inner_text()
            slider.press("ArrowLeft")
            assert last != first and end != begin and now.inner_text() not in (begin, end)
        page.screenshot(path=SCREENSHOTS / f"book-slider-{path.stem}.png")


@pytest.mark.parametrize("path", MOVES, ids=named)
def test_printing_loses_nothing(browser, path):
    """On paper it is light, every fold is open, code wraps, and a still stands where the slider was."""
    with opened(browser, path, color_scheme="dark") as page:
        page.emulate_media(media="print")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert page.locator("main details:not([open])").count() == 0
        assert page.locator("html[data-theme=light]").count() == 1
        assert page.evaluate("() => [...document.querySelectorAll('main details > *')].every("
                             "part => getComputedStyle(part).opacity === '1')")
        assert page.evaluate("() => [...document.querySelectorAll('main pre')].filter("
                             "code => code.scrollWidth > code.clientWidth + 1).length") == 0
        assert page.locator(".toydiff-still img").first.is_visible()
        assert page.locator(".toydiff-scrubber input").first.is_hidden()
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        assert page.locator("html[data-theme=dark]").count() == 1
        assert page.locator("main details:not([open])").count() > 0


def test_search_works_from_the_disk(browser):
    with opened(browser, SITE / "search.html") as page:
        page.goto(f"{(SITE / 'search.html').as_uri()}?q=unevenness")
        page.wait_for_selector("#search-results li a", timeout=A_MINUTE)
        assert page.locator("#search-results li a").count() >= 2


@pytest.mark.parametrize("path", READ + sorted(SITE.glob("search.html")), ids=named)
def test_axe_finds_nothing_serious(browser, path):
    """As it comes on a phone, light; then dark, with every fold open."""
    if not AXE.exists():
        pytest.skip("no axe: make book fetches it")
    with opened(browser, path, "phone") as page:
        page.add_script_tag(path=AXE)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            if scheme == "dark":
                page.evaluate("() => document.querySelectorAll('main details').forEach(fold => { fold.open = true })")
            page.wait_for_selector(f"html[data-theme={scheme}]", state="attached")
            found = page.evaluate("() => axe.run({preload: false})")["violations"]
            assert [(one["id"], one["help"], [node["target"] for node in one["nodes"]][:3])
                    for one in found if one["impact"] in ("serious", "critical")] == [], scheme
