"""pyproject.toml, constraints.txt and environment.yml say the same."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name as canonical
from packaging.version import Version

from tools import licences

ROOT = Path(__file__).resolve().parents[2]
CONDA_NAME = {"torch": "pytorch", "matplotlib": "matplotlib-base"}
NOT_BY_CONDA = {"nbgrader"}    # it would put its buttons into every learner's JupyterLab

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
DEPENDENCIES = [Requirement(line) for line in PROJECT["dependencies"]]
TEST_EXTRA = [Requirement(line) for line in PROJECT["optional-dependencies"]["test"]]
EXTRAS = [Requirement(line) for extra in PROJECT["optional-dependencies"].values() for line in extra]

CONSTRAINTS = [
    Requirement(line)
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
PINS = {canonical(pin.name): pin for pin in CONSTRAINTS}


def pinned(name):
    """The one version that constraints.txt allows of a package."""
    (spec,) = PINS[canonical(name)].specifier
    assert spec.operator == "==" and "*" not in spec.version, f"{name}{spec} is no exact pin"
    return Version(spec.version)


def test_python_has_a_floor_and_no_ceiling():
    assert PROJECT["requires-python"] == ">=3.11"


@pytest.mark.parametrize("wanted", DEPENDENCIES + EXTRAS, ids=str)
def test_a_dependency_has_a_floor_which_its_pin_satisfies(wanted):
    # A ceiling would forbid what Colab has preinstalled, some day.
    assert [spec.operator for spec in wanted.specifier] == [">="]
    assert wanted.specifier.contains(pinned(wanted.name))


def test_each_package_is_pinned_once_and_exactly():
    assert len(PINS) == len(CONSTRAINTS)
    for name in PINS:
        pinned(name)


def test_the_pins_are_complete():
    """Whatever the installed dependencies ask for, in turn, is pinned."""
    from importlib.metadata import PackageNotFoundError, requires

    todo, seen = list(DEPENDENCIES + EXTRAS), set()
    while todo:
        wanted = todo.pop()
        name = canonical(wanted.name)
        cuda = name.startswith(("nvidia-", "cuda-", "triton"))
        if name in seen or cuda:
            continue
        seen.add(name)
        assert name in PINS, f"{wanted} is not pinned: sh tools/pin.sh"
        try:
            lines = requires(wanted.name) or []
        except PackageNotFoundError:  # for another system or Python
            continue
        for need in map(Requirement, lines):
            extras = wanted.extras or {""}
            if need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in extras):
                todo.append(need)
    assert len(seen) > 100


def test_no_cuda_package_is_pinned():
    assert not [name for name in PINS if re.match("nvidia|cuda|triton", name)]


def test_what_exists_on_one_system_only_is_marked_so():
    for name, marker in {"pywinpty": "nt", "appnope": "darwin", "colorama": "win32", "pexpect": "win32"}.items():
        assert marker in str(PINS[name].marker)


def conda_specs():
    return [spec for spec in CONDA["dependencies"] if isinstance(spec, str)]


def conda_pip():
    (section,) = [part for part in CONDA["dependencies"] if isinstance(part, dict)]
    return section["pip"]


def test_environment_has_the_shape_conda_wants():
    assert CONDA["name"] == "toydiff"
    assert CONDA["channels"] == ["conda-forge", "nodefaults"]
    assert "pip" in conda_specs() and "-e ." in conda_pip()


@pytest.mark.parametrize("spec", conda_specs())
def test_a_conda_spec_parses(spec):
    rattler = pytest.importorskip("rattler")
    parsed = rattler.MatchSpec(spec)
    name = parsed.name if isinstance(parsed.name, str) else parsed.name.normalized
    assert name == spec.split()[0]


def test_conda_python_is_that_of_pyproject():
    assert f"python {PROJECT['requires-python']}" in conda_specs()


def test_conda_pins_are_those_of_constraints():
    found = dict(spec.split(" ", 1) for spec in conda_specs() if " ==" in spec)
    by_pip = [Requirement(line) for line in conda_pip() if not line.startswith("-")]
    found |= {pin.name: str(pin.specifier) for pin in by_pip}
    wanted = {}
    for dependency in DEPENDENCIES + TEST_EXTRA:
        if dependency.name in NOT_BY_CONDA:
            continue
        name = CONDA_NAME.get(dependency.name, dependency.name)
        wanted[name] = f"=={pinned(dependency.name)}"
    assert found == wanted


def test_floors_admit_what_colab_has():
    """There the course is installed with --no-deps. What Colab has, and since when, stands with its stand-in."""
    text = (ROOT / "tests" / "colab" / "requirements.txt").read_text(encoding="utf-8")
    colab = dict(re.findall(r"^(?:# On Colab: )?([\w-]+)==([\d.]*\d)", text, re.MULTILINE))
    shared = [dependency for dependency in DEPENDENCIES if dependency.name in colab]
    assert {"torch", "numpy", "matplotlib", "ipywidgets", "ipython"} <= {dependency.name for dependency in shared}
    for dependency in shared:
        assert dependency.specifier.contains(colab[dependency.name]), dependency
    assert SpecifierSet(PROJECT["requires-python"]).contains("3.13")


def listed_licences():
    """{package: (licence, needed by)} as docs/licences.md has it."""
    text = (ROOT / "docs" / "licences.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\S+) \| (.+?) \| (the course|its tests|its book) \|$", text, re.MULTILINE)
    return {name: (licence, by) for name, licence, by in rows}


def test_the_licence_of_every_package_is_listed():
    assert listed_licences().keys() == PINS.keys(), "make licences"


def test_the_list_says_what_the_course_itself_brings_along():
    found = {name for name, (_, by) in listed_licences().items() if by == "the course"}
    assert found >= {canonical(wanted.name) for wanted in DEPENDENCIES}
    assert found == licences.needed_by() & PINS.keys(), "make licences"
    assert not found & {"pytest", "playwright", "diffusers", "hypothesis"}


def test_each_package_says_its_licence():
    for name, (licence, by) in listed_licences().items():
        assert licence.strip() and "unknown" not in licence.lower(), name
        assert by == "its book" or licences.licence(name)    # the book's own are not there where only tests run


def test_binder_installs_what_the_course_needs_beside_its_own_jupyter():
    script = (ROOT / "binder" / "postBuild").read_text(encoding="utf-8")
    assert "-c constraints.txt" in script and "https://download.pytorch.org/whl/cpu" in script
    named = re.search(r"constraints\.txt \\\n(.+)", script)[1].split()
    of_jupyter = {"ipython", "ipykernel", "psutil", "jupyterlab", "traitlets", "jinja2", "nbclient", "nbconvert",
                  "nbformat"}
    assert set(named) == {wanted.name for wanted in DEPENDENCIES} - of_jupyter
    python = (ROOT / "binder" / "runtime.txt").read_text(encoding="utf-8").strip().removeprefix("python-")
    assert SpecifierSet(PROJECT["requires-python"]).contains(python)
