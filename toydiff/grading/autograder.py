"""A zip for Gradescope: setup.sh, run_autograder, and this very toydiff, so that the questions are those asked here."""

import importlib.metadata
import io
import json
import re
import sys
import zipfile
from pathlib import Path

from . import limits
from .submission import STATIONS, File, Unusable, read

PACKAGE = Path(__file__).parents[1]
SETUP = """#!/usr/bin/env bash
# Gradescope runs this once, when it builds the image: Python {python} with the course's packages, in {root}/venv.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
apt-get update
apt-get install -y --no-install-recommends python3-pip
PIP_BREAK_SYSTEM_PACKAGES=1 python3 -m pip install uv
python3 -m uv venv --python {python} "$root/venv"
python3 -m uv pip install --python "$root/venv/bin/python" --torch-backend cpu -r "$root/source/requirements.txt"
"""
RUN = """#!/usr/bin/env bash
# Gradescope copies this one folder up and runs it there for each submission; it writes results/results.json.
set -euo pipefail
root=$(cd "$(dirname "$0")" && pwd)
PYTHONPATH="$root/source" exec "$root/venv/bin/python" -m toydiff.grading.gradescope "$root"
"""
ONLY_HERE = ("jupyterlab", "nbclient", "nbconvert", "latex2mathml")    # to read and to export notebooks


def which(given):
    """Return the notebook that is meant: a name such as "03_mlp", or the file of its exercises. Raises ValueError."""
    if str(given) in STATIONS:
        return str(given)
    try:
        return read(File(Path(given), beside=())).notebook
    except Unusable as error:
        raise ValueError(f"{given} is no notebook of exercises ({error}); there are {', '.join(STATIONS)}") from error


def build(notebook, points, time_limit=limits.TIME):
    """Return the zip as bytes, the same for the same toydiff. notebook: "03_mlp"; points: of its exercises."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    wanted = {"notebook": notebook, "points": points.table, "time_limit": time_limit}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        _add(archive, "setup.sh", SETUP.format(python=python, root="/autograder").encode(), 0o755)
        _add(archive, "run_autograder", RUN.encode(), 0o755)
        _add(archive, "requirements.txt", "".join(f"{line}\n" for line in requirements()).encode())
        _add(archive, "autograder.json", (json.dumps(wanted, indent=2) + "\n").encode())
        for path in sorted(PACKAGE.rglob("*")):
            if path.suffix in (".py", ".pt") and path.is_file():
                _add(archive, f"toydiff/{path.relative_to(PACKAGE).as_posix()}", path.read_bytes())
    return out.getvalue()


def requirements():
    """Return what a submission may import, "torch==2.13.0" and so on: the course's packages, as they are here."""
    names = [re.match(r"[\w.-]+", line)[0] for line in importlib.metadata.requires("toydiff") or ()
             if "extra ==" not in line]
    return [f"{name}=={importlib.metadata.version(name).split('+')[0]}" for name in names if name not in ONLY_HERE]


def _add(archive, name, content, mode=0o644):
    info = zipfile.ZipInfo(name)    # dated 1980: nothing in it tells when it was made
    info.external_attr, info.compress_type = (0o100000 | mode) << 16, zipfile.ZIP_DEFLATED
    archive.writestr(info, content)
