"""docs/hub says what is so: its files fit one another and the course; its rehearsal is a program that starts."""

import re
import subprocess
import sys
from urllib.parse import parse_qs, urlsplit

import yaml

from submissions import ROOT

HUB = ROOT / "docs" / "hub"
PAGE = (HUB / "README.md").read_text(encoding="utf-8")
IMAGE = (HUB / "Dockerfile").read_text(encoding="utf-8")


def test_the_files_that_the_page_speaks_of_are_there():
    linked = [name for name in re.findall(r"\]\(([^)]+)\)", PAGE) if "://" not in name]
    assert {"Dockerfile", "values.yaml", "rehearse.py"} <= set(linked)
    assert [name for name in linked if not (HUB / name).exists()] == []
    assert "(hub/README.md)" in (ROOT / "docs" / "instructors.md").read_text(encoding="utf-8")


def test_the_link_opens_a_notebook_that_is_there():
    address, = re.findall(r"https://YOUR-HUB\S+", PAGE)
    asked = {name: value[0] for name, value in parse_qs(urlsplit(address).query).items()}
    assert asked["repo"].startswith("https://github.com/") and asked["branch"] == "main"
    _, _, path = asked["urlpath"].partition(f"lab/tree/{asked['targetpath']}/")
    assert (ROOT / path).is_file()


def test_the_image_installs_what_the_course_needs_at_its_versions_and_as_binder_does():
    constraints = {line.split("==")[0] for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line}
    binder = (ROOT / "binder" / "postBuild").read_text(encoding="utf-8")

    def packages(text):
        return set(re.search(r"-c \S*constraints.txt \\\n((?:.*\\\n)*?.*\n)", text)[1].replace("\\", "").replace(
            "&&", "").split()) - {"jupyterlab", "psutil"}    # Binder brings its own Jupyter

    image = packages(IMAGE)
    assert "torch" in image and image == packages(binder) and image <= constraints
    assert all(copied in IMAGE for copied in ("COPY constraints.txt", "jupyterhub-singleuser", "nbgitpuller"))


def test_the_chart_gives_a_user_more_memory_than_was_measured():
    values = yaml.safe_load((HUB / "values.yaml").read_text(encoding="utf-8"))["singleuser"]
    measured = sum(int(re.search(rf"\| {what}[^|]*\| (\d+) MB", PAGE)[1]) for what in ("a user's server", "a kernel"))
    assert measured < int(values["memory"]["guarantee"].removesuffix("M")) < 2000
    assert values["extraEnv"]["OMP_NUM_THREADS"] == "1" and values["defaultUrl"] == "/lab"


def test_the_rehearsal_says_what_it_can_do():
    done = subprocess.run([sys.executable, str(HUB / "rehearse.py"), "--help"], capture_output=True, text=True)
    assert done.returncode == 0 and "--users" in done.stdout, done.stderr
