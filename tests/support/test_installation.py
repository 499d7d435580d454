"""The first notebook's question: is everything there? It must answer in words, whatever is missing."""

import importlib.util
import subprocess
import sys

import pytest
import torch

from toydiff import best_device
from toydiff.support import installation
from toydiff.support.devices import available_devices


def without(monkeypatch, *missing):
    """Pretend that the named packages are not installed."""
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in missing else find(name))


def test_a_whole_installation_is_said_to_be_whole(capsys):
    installation.report()
    assert capsys.readouterr().out == "Everything the course needs is here.\n"


@pytest.mark.parametrize("package, pip_name", [("ipywidgets", "ipywidgets"), ("PIL", "pillow"), ("IPython", "ipython"),
                                               ("matplotlib", "matplotlib"), ("tqdm", "tqdm")])
def test_what_is_missing_is_named_with_its_remedy(monkeypatch, capsys, package, pip_name):
    without(monkeypatch, package)
    installation.report()
    line, = capsys.readouterr().out.splitlines()
    assert line.startswith(f"{pip_name} is not installed")
    assert line.endswith(f"pip install {pip_name}") and installation.NEEDED[package] in line


def test_each_missing_package_has_its_line(monkeypatch, capsys):
    without(monkeypatch, "tqdm", "ipywidgets")
    installation.report()
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_an_old_python_is_named(monkeypatch, capsys):
    monkeypatch.setattr(sys, "version_info", (3, 10, 4, "final", 0))
    installation.report()
    assert capsys.readouterr().out == "Python 3.10 is too old, 3.11 or newer is needed.\n"


def test_without_torch_the_import_says_so():
    code = ("import sys; sys.modules['torch'] = None\n"
            "try:\n    import toydiff\nexcept ImportError as error:\n    print(error)")
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout == "toydiff needs PyTorch, which is not installed: pip install torch\n"


def test_the_cpu_is_always_there_and_the_best_device_works():
    assert available_devices()[0] == "cpu"
    assert best_device().type == available_devices()[-1]
    assert torch.zeros(1, device=best_device()).item() == 0
