"""The repository's address is the same wherever it stands, and one command changes it."""

import re
import shutil
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tools import set_repo as tool

ROOT = Path(__file__).resolve().parents[2]
REPO, BRANCH = tool.address()
COURSE = sorted((ROOT / "notebooks").glob("*.ipynb"))
COLAB = "https://colab.research.google.com/"


def everything(root):
    return {path.relative_to(root): path.read_bytes() for path in tool.files(root)}


@pytest.fixture
def copy(tmp_path):
    """A copy of all files in which the address may stand."""
    for path in tool.files():
        target = tmp_path / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    return tmp_path


@pytest.mark.parametrize("path", COURSE, ids=lambda path: path.stem)
def test_notebook_opens_itself_in_colab(path):
    badge = (f"[![Open in Colab]({COLAB}assets/colab-badge.svg)]"
             f"({COLAB}github/{REPO}/blob/{BRANCH}/notebooks/{path.name})")
    assert badge in path.read_text(encoding="utf-8")


def test_all_addresses_agree():
    """No badge, install line or launcher names another repository or branch."""
    kinds = [
        rf"{re.escape(COLAB)}github/([\w.-]+/[\w.-]+)/blob/([\w.-]+)/",
        r"git\+https://github\.com/([\w.-]+/[\w.-]+?)@([\w.-]+)",
        r"mybinder\.org/v2/gh/([\w.-]+/[\w.-]+)/([\w.-]+)",
        r"repo=https%3A%2F%2Fgithub\.com%2F([\w.-]+%2F[\w.-]+?)(?:\.git)?&branch=([\w.-]+)",
    ]
    found = dict.fromkeys(kinds, 0)
    for path in tool.files():
        text = path.read_text(encoding="utf-8")
        for kind in kinds:
            for repo, branch in re.findall(kind, text):
                found[kind] += 1
                assert (repo.replace("%2F", "/"), branch) == (REPO, BRANCH), path.name
        for repo in re.findall(r"git clone https://github\.com/([\w.-]+/[\w.-]+?)(?:\.git)?\s", text):
            assert repo == REPO, path.name
    assert all(found.values())    # Colab, set-up cell, Binder and nbgitpuller are all there
    assert f"repository-code: https://github.com/{REPO}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")


def test_binder_and_jupyterhub_open_the_first_notebook():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    pages = readme + (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
    (binder,) = set(re.findall(r"https://mybinder\.org/v2/[^)\s]+", pages))
    assert urlsplit(binder).path == f"/v2/gh/{REPO}/{BRANCH}"
    (page,) = parse_qs(urlsplit(binder).query)["urlpath"]
    assert (ROOT / page.removeprefix("lab/tree/")).is_file()    # Binder shows the repository itself

    (puller,) = re.findall(r"https://HUB/\S+", pages)
    assert urlsplit(puller).path == "/hub/user-redirect/git-pull"
    asked = {name: value for name, (value,) in parse_qs(urlsplit(puller).query).items()}
    page = asked.pop("urlpath").removeprefix(f"lab/tree/{asked.pop('targetpath')}/")    # also where a fork is renamed
    assert (ROOT / page).is_file()
    assert asked == {"repo": f"https://github.com/{REPO}", "branch": BRANCH}


def test_a_slash_in_the_branch_is_encoded_where_it_must_be(copy):
    before = everything(copy)
    tool.set_address("some-one/a.course", "for/2027", copy)
    readme = (copy / "README.md").read_text(encoding="utf-8")
    install = (copy / "docs" / "install.md").read_text(encoding="utf-8")
    assert "mybinder.org/v2/gh/some-one/a.course/for%2F2027?" in readme and "a.course/for%2F2027?" in install
    assert "github.com%2Fsome-one%2Fa.course&branch=for%2F2027&targetpath=toydiff" in install
    assert f"{COLAB}github/some-one/a.course/blob/for/2027/notebooks/" in readme
    tool.set_address(REPO, BRANCH, copy)
    assert everything(copy) == before


def test_another_name_and_back_is_the_identity(copy):
    before = everything(copy)
    changed = tool.set_address("some-one/a.course", "trunk", copy)
    assert {path.name for path in changed} >= {"README.md", "pyproject.toml", "CITATION.cff"}
    assert tool.address(copy) == ("some-one/a.course", "trunk")
    for path, content in everything(copy).items():
        assert not tool.mention(REPO).search(content.decode()), path
    tool.set_address(REPO, BRANCH, copy)
    assert everything(copy) == before


@pytest.mark.parametrize("text, wanted", [
    ("https://github.com/a/b", "https://github.com/c/d"),
    ("see https://github.com/a/b.", "see https://github.com/c/d."),
    ("https://github.com/a/b.git", "https://github.com/c/d.git"),
    ('"git+https://github.com/a/b@main"', '"git+https://github.com/c/d@dev"'),
    (COLAB + "github/a/b/blob/main/x.ipynb)", COLAB + "github/c/d/blob/dev/x.ipynb)"),
    ("mybinder.org/v2/gh/a/b/main?urlpath=lab", "mybinder.org/v2/gh/c/d/dev?urlpath=lab"),
    ("repo=https%3A%2F%2Fgithub.com%2Fa%2Fb&branch=main", "repo=https%3A%2F%2Fgithub.com%2Fc%2Fd&branch=dev"),
    ("https://github.com/a/b/issues", "https://github.com/c/d/issues"),
    ("https://github.com/a/b/blob/mainline/x", "https://github.com/c/d/blob/mainline/x"),
    # other repositories, and words that only look like ours
    ("https://github.com/a/bb https://github.com/aa/b https://github.com/a/b.x a/b", None),
])
def test_each_kind_of_address(tmp_path, text, wanted):
    (tmp_path / "pyproject.toml").write_text(
        '[project.urls]\nRepository = "https://github.com/a/b"\n[tool.toydiff]\nbranch = "main"\n')
    page = tmp_path / "README.md"
    page.write_text(text)
    tool.set_address("c/d", "dev", tmp_path)
    assert page.read_text() == (text if wanted is None else wanted)
    tool.set_address("a/b", "main", tmp_path)
    assert page.read_text() == text


def test_a_name_that_is_linked_already_is_refused(copy):
    (copy / "README.md").write_text("https://github.com/other/thing")
    before = everything(copy)
    with pytest.raises(ValueError, match="other/thing already"):
        tool.set_address("other/thing", BRANCH, copy)
    assert everything(copy) == before


@pytest.mark.parametrize("argv", [["toydiff"], ["a/b/c"], ["https://github.com/a/b"], ["a/b", "--branch", "x y"]])
def test_nonsense_is_refused(argv, capsys):
    with pytest.raises(SystemExit) as stop:
        tool.main(argv)
    assert stop.value.code == 2 and "wanted" in capsys.readouterr().err
