"""What is built from the source: the right files and no others, no code run by an install, and it works alone."""

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
import zipfile
from base64 import urlsafe_b64encode
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
NAME = f"toydiff-{PROJECT['project']['version']}"
BUILDER = """
import sys
from setuptools import build_meta
build_meta.build_sdist(sys.argv[1])
"""


def source_files():
    """The repository's files, as the next commit would have them."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                            capture_output=True, text=True)
    if listed.returncode != 0:
        pytest.skip("not a git clone: which files belong to the source is not known", allow_module_level=True)
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


PACKAGE = {name for name in source_files() if name.startswith("toydiff/")} | {"toydiff_command.py"}


@pytest.fixture(scope="module")
def sdist(tmp_path_factory):
    """The source distribution, built by the backend that pyproject.toml names, from a copy of the source."""
    folder = tmp_path_factory.mktemp("sdist")
    for name in source_files():
        (folder / "source" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / "source" / name)
    subprocess.run([sys.executable, "-c", BUILDER, folder], cwd=folder / "source", check=True, capture_output=True)
    return folder / f"{NAME}.tar.gz"


@pytest.fixture(scope="module")
def wheel(sdist, tmp_path_factory):
    """The wheel, built from the source distribution alone, without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    pip("wheel", "--no-build-isolation", "--no-deps", "--no-index", "--wheel-dir", folder, folder / NAME)
    return folder / f"{NAME}-py3-none-any.whl"


def pip(*arguments):
    done = subprocess.run([sys.executable, "-m", "pip", *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_sdist_holds_what_the_package_is_built_from_and_no_more(sdist):
    with tarfile.open(sdist) as archive:
        files = {member.name.removeprefix(f"{NAME}/") for member in archive if member.isfile()}
    made = {name for name in files if name in ("PKG-INFO", "setup.cfg") or name.startswith("toydiff.egg-info/")}
    assert files - made == PACKAGE | {"pyproject.toml", "MANIFEST.in", "README.md", "LICENSE"}


def test_wheel_holds_the_package_and_its_licence_and_no_more(wheel):
    with zipfile.ZipFile(wheel) as archive:
        files = set(archive.namelist())
    about = {f"{NAME}.dist-info/{name}" for name in
             ("METADATA", "WHEEL", "RECORD", "entry_points.txt", "top_level.txt", "licenses/LICENSE")}
    assert files == PACKAGE | about


def test_wheel_carries_each_file_as_it_is_with_its_checksum(wheel):
    with zipfile.ZipFile(wheel) as archive:
        record = archive.read(f"{NAME}.dist-info/RECORD").decode().splitlines()
        sums = {name: digest for name, digest, _ in (line.rsplit(",", 2) for line in record)}
        assert any(name.endswith(".pt") for name in PACKAGE)    # the bundled checkpoint among them
        for name in PACKAGE:
            content = (ROOT / name).read_bytes()
            assert archive.read(name) == content, name
            digest = urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            assert sums[name] == f"sha256={digest}", name


def test_an_install_runs_no_code_of_ours(wheel):
    """No set-up script, no command of setuptools replaced, no backend but setuptools, no .pth file, one program."""
    assert PROJECT["build-system"] == {"requires": ["setuptools>=77"], "build-backend": "setuptools.build_meta"}
    assert PROJECT["tool"]["setuptools"].keys() == {"packages", "package-data", "py-modules"}
    assert "dynamic" not in PROJECT["project"] and "entry-points" not in PROJECT["project"]
    assert not {"setup.py", "setup.cfg"} & set(source_files())
    with zipfile.ZipFile(wheel) as archive:
        assert not [name for name in archive.namelist() if name.endswith((".pth", ".so", ".sh")) or ".data/" in name]
        programs = archive.read(f"{NAME}.dist-info/entry_points.txt").decode().split("\n")
    assert [line for line in programs if line] == ["[console_scripts]", "toydiff = toydiff_command:main"]


@pytest.fixture(scope="module")
def elsewhere(wheel, tmp_path_factory):
    """An empty environment with the wheel in it, which sees the installed dependencies but not the source tree."""
    folder = tmp_path_factory.mktemp("elsewhere")
    venv.create(folder / "venv")
    programs = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
    python = programs / ("python.exe" if os.name == "nt" else "python")
    pip("--python", python, "install", "--no-deps", "--no-index", wheel)
    packages = subprocess.run([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
                              capture_output=True, text=True, check=True).stdout.strip()
    # Python reads no .pth files in a folder that a .pth file names, so the editable install stays unseen.
    (Path(packages) / "dependencies.pth").write_text(
        "\n".join({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}))
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}

    def run(program, *arguments):
        done = subprocess.run([programs / program, *arguments], cwd=folder, env=environment,
                              capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return folder, run


def test_the_installed_package_is_the_wheels(elsewhere):
    folder, run = elsewhere
    look = "import toydiff, sys; print(toydiff.__file__); print(*sys.path, sep='\\n')"
    found, *path = run("python", "-c", look).splitlines()
    assert Path(found).is_relative_to(folder / "venv")
    assert str(ROOT) not in path


def test_it_samples_from_the_checkpoint_it_brings_along(elsewhere):
    folder, run = elsewhere
    bundled = run("python", "-c", "from toydiff.checkpoint import BUNDLED; print(BUNDLED)").strip()
    assert Path(bundled).is_relative_to(folder / "venv")
    said = run("toydiff", "sample", "--checkpoint", bundled, "-n", "2000", "--output", "points.npy")
    points = np.load(folder / "points.npy")
    assert points.shape == (2000, 2)
    cells = np.floor((points + 1) * 2)
    filled = ((cells >= 0) & (cells < 4)).all(1) & (cells.sum(1) % 2 == 0)
    assert filled.mean() > 0.95 and f"{filled.mean():.1%}" in said    # the bundled model has 98 %
