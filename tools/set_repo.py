"""Give the repository another address, everywhere at once.

    python tools/set_repo.py OWNER/REPO [--branch BRANCH]

The address stands in pyproject.toml (project.urls.Repository and
tool.toydiff.branch). From there this tool carries a new one to the Colab
badges, the set-up cells, the README with its links for Binder and JupyterHub
(nbgitpuller), the site's address, CITATION.cff and all other links.
"""

import argparse
import re
import sys
import tomllib
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
PLACES = [
    "*.md", "*.toml", "*.cff", "*.yml", "docs/**/*.md", ".github/**/*.yml",
    "notebooks/*.ipynb", "solutions/*.ipynb", "exercises/*.ipynb", "toydiff/**/*.py",
]
# What stands before OWNER/REPO in an address: GitHub, Colab, Binder, raw files;
# %2F is the slash of an address inside an address (nbgitpuller).
HOST = r"(?:github\.com|githubusercontent\.com|research\.google\.com/github|binder\.org/v2/gh)(?:/|%2F)"


def address(root=ROOT):
    """("OWNER/REPO", "BRANCH") as pyproject.toml says."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    repo = project["project"]["urls"]["Repository"].removeprefix("https://github.com/")
    return repo, project["tool"]["toydiff"]["branch"]


def mention(repo, branch=None):
    """The pattern of an address of `repo`, with `branch` of one that names it.

    Groups: what comes before, OWNER, the slash, REPO, and with a branch what
    comes between and BRANCH.
    """
    owner, name = map(re.escape, repo.split("/"))
    pattern = rf"({HOST})({owner})(/|%2F)({name})"
    if branch is None:
        return re.compile(pattern + r"(?=\.git\b|[^\w.-]|\.?(?:\s|$))")
    between = r"(?:\.git)?(?:@|/(?:blob|tree|raw)/|/archive/refs/heads/|/|&branch=|&amp;branch=)"
    return re.compile(pattern + rf"({between})({re.escape(branch)}|{re.escape(quote(branch, safe=''))})(?![\w-])")


def pages(repo):
    """Where GitHub publishes the site of a repository."""
    owner, name = repo.split("/")
    return f"https://{owner.lower()}.github.io/{name}/"


def with_branch(branch):
    """What replaces the branch in a mention. Binder and nbgitpuller want its slashes encoded."""
    def replace(m):
        encoded = "binder.org" in m[1] or m[5].endswith("branch=")
        return f"{m[1]}{m[2]}{m[3]}{m[4]}{m[5]}{quote(branch, safe='') if encoded else branch}"
    return replace


def files(root=ROOT):
    """All files in which the address may stand."""
    return sorted({path for place in PLACES for path in root.glob(place)})


def set_address(repo, branch, root=ROOT):
    """Rewrite the address in all files; return those that changed."""
    old_repo, old_branch = address(root)
    owner, name = repo.split("/")
    texts = {path: path.read_bytes().decode("utf-8") for path in files(root)}
    for path, text in texts.items() if repo != old_repo else ():
        if mention(repo).search(text):
            raise ValueError(f"{path.name} links to {repo} already: the two could not be told apart afterwards")

    changed = []
    for path, text in texts.items():
        new = mention(old_repo, old_branch).sub(with_branch(branch), text)
        new = mention(old_repo).sub(lambda m: f"{m[1]}{owner}{m[3]}{name}", new)
        new = new.replace(pages(old_repo), pages(repo))
        if path.name == "pyproject.toml":
            new = new.replace(f'\nbranch = "{old_branch}"\n', f'\nbranch = "{branch}"\n')
        if new != text:
            path.write_bytes(new.encode("utf-8"))
            changed.append(path)
    return changed


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repo", metavar="OWNER/REPO")
    parser.add_argument("--branch", help="default: as it is now")
    args = parser.parse_args(argv)
    if not re.fullmatch(r"[\w-]+/[\w.-]*\w", args.repo):
        parser.error(f"wanted OWNER/REPO, for example toydiff/toydiff, but got {args.repo!r}")
    if args.branch is not None and not re.fullmatch(r"[\w-][\w./-]*", args.branch):
        parser.error(f"wanted the name of a branch, but got {args.branch!r}")
    try:
        changed = set_address(args.repo, args.branch or address()[1])
    except ValueError as error:
        parser.error(str(error))
    for path in changed:
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    sys.exit(main())
