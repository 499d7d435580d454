"""The front page as its visitors have it: by finger on a phone, by mouse, by keyboard, by ear, without motion."""

import re
from pathlib import Path

import pytest
from PIL import Image

from tools.site import front, networks

from browser import SCREENSHOTS
from front_page import front_folder, opened  # noqa: F401

AXE = Path(front.ROOT, "build", "site", "node_modules", "axe-core", "axe.min.js")
ARRIVED = "() => live.play.player.view === live.play.player.last"
A_MINUTE = 60_000    # of waiting for what takes three seconds


def share(page, of="inside"):
    return float(page.locator(f"#{of}").inner_text().split()[0])


def bytes_of(folder):
    return {path.relative_to(folder).as_posix(): path.stat().st_size for path in folder.rglob("*") if path.is_file()}


def test_the_whole_page_is_small(front_folder):
    sizes = bytes_of(front_folder)
    sizes.pop("live/labels.js", None)    # fetched when a label is chosen
    assert sum(sizes.values()) <= 300_000, sizes
    assert sizes["live/networks.js"] <= 130_000


def test_what_the_page_names_is_there(front_folder):
    text = (front_folder / "index.html").read_text(encoding="utf-8")
    for name in re.findall(r'(?:src|href)="((?:live|figures)/[^"]+)"', text):
        assert (front_folder / name).is_file(), name
    assert len(front.stations()) == len(list((front.ROOT / "notebooks").glob("*.ipynb")))
    for station in front.stations():
        assert station["question"] in text and (front.ROOT / station["notebook"]).exists()


def test_every_figure_shows_something(front_folder):
    for file in (front_folder / "figures").iterdir():
        with Image.open(file) as picture:
            alpha_or_colours = picture.convert("RGBA").getcolors(1 << 20)
        assert len(alpha_or_colours) > 20, file.name


def test_a_finger_on_a_phone(browser, front_folder):
    """One tap: noise becomes a board. Another: a point of one's own and its way. Nothing is wider than the screen."""
    with opened(browser, front_folder / "index.html", "phone") as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        box = page.locator("#first").bounding_box()
        assert box["y"] + box["height"] <= 844 and min(box["width"], box["height"]) >= 44    # seen without scrolling
        assert share(page) < 60
        page.tap("#first")
        page.wait_for_function(ARRIVED, timeout=A_MINUTE)
        assert share(page) > 97 and share(page, "uneven") < 0.1
        page.touchscreen.tap(*(middle(page)))
        page.wait_for_function("() => live.play.player.own[0].way.length === live.play.player.last + 1 &&"
                               " !live.play.player.underWay", timeout=A_MINUTE)
        x, y = page.evaluate("live.play.player.own[0].way.at(-1)")
        assert abs(x) < 1.1 and abs(y) < 1.1
        page.screenshot(path=shot("site-front-phone.png"), full_page=True)


def middle(page):
    box = page.locator("#plane").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def shot(name):
    SCREENSHOTS.mkdir(exist_ok=True)
    return SCREENSHOTS / name


def test_few_steps_another_sampler_and_the_exact_denoiser(browser, front_folder):
    """Ten steps of 2M are nearly as good as a hundred of DDPM; the exact denoiser hardly ever misses."""
    with opened(browser, front_folder / "index.html") as page:
        page.select_option("#sampler", "2m")
        page.locator("#steps").fill("7")
        page.wait_for_function("() => live.play.player.last === 12", timeout=A_MINUTE)
        page.wait_for_function(ARRIVED, timeout=A_MINUTE)
        by_network = share(page)
        page.select_option("#who", "exact")
        page.wait_for_function(ARRIVED, timeout=A_MINUTE)
        assert by_network > 90 and share(page) > 90
        assert "the exact denoiser" in page.locator("#told").inner_text()
        page.check("#field")
        page.locator("#time").fill("6")
        page.wait_for_function("() => live.play.player.view === 6")
        assert page.locator("#now").inner_text() == f"t = {page.evaluate('live.play.player.ts[6]')}"
        page.screenshot(path=shot("site-front-desk.png"), full_page=True)


def test_the_same_noise_comes_back(browser, front_folder):
    """Other settings, then the first ones again: the same picture to the last digit; New noise: another."""
    with opened(browser, front_folder / "index.html") as page:
        first = page.evaluate("[...live.play.player.x]")
        page.locator("#steps").fill("0")
        page.locator("#steps").fill("13")
        page.evaluate("live.play.changed()")
        assert page.evaluate("[...live.play.player.frames[0].x]") == first
        page.click("#again")
        assert page.evaluate("[...live.play.player.frames[0].x]") != first


def test_the_keyboard_alone(browser, front_folder):
    """Tab reaches the plane and every control; Enter plays, and drops a point where the arrow keys put the cross."""
    with opened(browser, front_folder / "index.html") as page:
        reached = set()
        for _ in range(16):
            page.keyboard.press("Tab")
            reached.add(page.evaluate("document.activeElement.id"))
        assert {"plane", "first", "toggle", "time", "who", "sampler", "steps", "field", "again"} <= reached
        page.focus("#plane")
        for key in ("ArrowLeft", "ArrowUp", "ArrowUp", "Enter"):
            page.keyboard.press(key)
        assert page.evaluate("live.play.player.own[0].start.map(value => value.toFixed(1))") == ["-0.1", "0.2"]
        page.focus("#toggle")
        page.keyboard.press("Enter")
        page.wait_for_function(ARRIVED, timeout=A_MINUTE)
        assert page.locator("#told").get_attribute("role") == "status"
        assert re.match(r"Arrived: 9[5-9]\.\d % of 2000", page.locator("#told").inner_text())
        assert page.locator("#time").get_attribute("aria-valuetext") == "t = 0"


def test_without_motion(browser, front_folder):
    """Who asked for less motion sees the end at once and no picture in between; the slider shows the way."""
    with opened(browser, front_folder / "index.html", reduced_motion="reduce") as page:
        page.evaluate("() => { window.shown = new Set(); const draw = live.play.draw;"
                      " live.play.draw = function (...now) { if (this.playing) shown.add(1); draw.apply(this, now) } }")
        page.click("#toggle")
        page.wait_for_function(ARRIVED, timeout=A_MINUTE)
        assert page.evaluate("shown.size") == 0 and share(page) > 97


def test_it_learns_what_was_drawn(browser, front_folder):
    """A stroke, then Learn: its steps count up, and the network so far can be walked with."""
    with opened(browser, front_folder / "index.html", "phone") as page:
        page.tap("[data-shows=learn]")
        page.select_option("#what", "drawn")
        assert page.locator("#hint").is_visible()
        page.locator("#plane").scroll_into_view_if_needed()
        x, y = middle(page)
        page.mouse.move(x - 60, y)
        page.mouse.down()
        page.mouse.move(x, y - 40)
        page.mouse.move(x + 60, y)
        page.mouse.up()
        assert page.evaluate("live.learn.strokes[0].length") >= 3 and page.locator("#hint").is_hidden()
        page.tap("#learnToggle")
        page.wait_for_function("() => live.learn.run.done >= 30 && live.learn.ends", timeout=A_MINUTE)
        page.tap("#learnToggle")
        assert re.match(r"\d+ of 2000", page.locator("#step").inner_text())
        page.screenshot(path=shot("site-learn-phone.png"))
        page.locator("#steps").evaluate("node => node.value = 5")
        page.tap("#use")
        page.wait_for_function(ARRIVED, timeout=A_MINUTE)
        assert "the network that learned here" in page.locator("#told").inner_text()


def test_a_slow_machine_sees_it_learn_too(browser, front_folder):
    """Where the clock has moved on by 100 ms at each look, a picture has time for one step and one piece of the walk:
    after so many pictures the first points have arrived all the same."""
    with opened(browser, front_folder / "index.html") as page:
        arrived = page.evaluate("""() => {
          let now = 0
          performance.now = () => now += 100
          window.requestAnimationFrame = () => {}
          live.learn.toggle()
          const pictures = QUESTIONS * (1 + Math.ceil(SHOWN / 256)) + 2
          for (let i = 0; i < pictures; i++) live.learn.frame()
          return [live.learn.run.done === pictures, live.learn.ends !== null]
        }""")
        assert arrived == [True, True]


@pytest.mark.skipif(not networks.CHECKPOINTS.joinpath("board_labels.pt").exists(), reason="no network with labels yet")
def test_a_label_and_guidance(browser, front_folder):
    """Asked for one cell, the points go there; the network for it comes only then."""
    with opened(browser, front_folder / "index.html") as page:
        assert page.evaluate("NETWORKS.board_labels") is None
        page.locator("#steps").fill("8")
        page.select_option("#label", "2")
        page.wait_for_function("() => live.play.labelled", timeout=A_MINUTE)
        page.wait_for_function("() => live.play.player.settings.label === 2", timeout=A_MINUTE)
        page.wait_for_function(ARRIVED, timeout=A_MINUTE)
        assert share(page) > 80


@pytest.mark.parametrize("kind", ["phone", "desk"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(browser, front_folder, kind, scheme):
    if not AXE.exists():
        pytest.skip("no axe: make book fetches it")
    with opened(browser, front_folder / "index.html", kind, color_scheme=scheme) as page:
        page.add_script_tag(path=AXE)
        for half in ("play", "learn"):
            page.evaluate("name => document.querySelector(`[data-shows=${name}]`).click()", half)
            found = page.evaluate("() => axe.run({preload: false})")["violations"]
            assert [(one["id"], one["help"], [node["target"] for node in one["nodes"]])
                    for one in found if one["impact"] in ("serious", "critical")] == []
