"""tools/on_gpu.py: its parts run where there is no GPU, what fails is told, and nothing of Jupyter is needed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PARTS = ROOT / "tools" / "gpu_parts"
pytestmark = pytest.mark.skipif(not PARTS.is_dir(), reason="installed without the tools")


def run(script, *arguments, path=()):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, (ROOT, *path))), "OMP_NUM_THREADS": "1"}
    return subprocess.run([sys.executable, str(script), *map(str, arguments)], capture_output=True, text=True,
                          env=environment, cwd=ROOT)


def test_parts_run_one_after_the_other_and_end_in_a_table(tmp_path):
    done = run(ROOT / "tools" / "on_gpu.py", "--output", tmp_path / "found", "--device", "cpu", "--quick",
               "--only", "environment,checks", "--minutes", "3")
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads((tmp_path / "found" / "figures.json").read_text(encoding="utf-8"))
    assert {name: part["state"] for name, part in found.items()} == {"environment": "ok", "checks": "ok"}
    assert found["environment"]["figures"]["torch"] and "default device" in found["checks"]["note"]
    for part in found:
        assert f"\n{part} " in done.stdout and f"= {part}: ok" in (tmp_path / "found" / "log.txt").read_text("utf-8")


def test_a_part_has_no_longer_than_is_left_and_the_rest_goes_on(tmp_path):
    done = run(ROOT / "tools" / "on_gpu.py", "--output", tmp_path, "--device", "cpu", "--only", "bits,environment",
               "--minutes", "0.01")
    assert done.returncode == 1 and done.stdout.count("no time left") == 2


def test_every_notebook_is_a_part():
    listed = run(ROOT / "tools" / "on_gpu.py", "--output", "unused", "--only", "list").stdout.split()
    notebooks = {f"{path.parent.name}/{path.stem}" for folder in ("notebooks", "solutions")
                 for path in (ROOT / folder).glob("*.ipynb")}
    assert notebooks and notebooks == {name for name in listed if "/" in name}
    assert {"environment", "figures", "commands", "tests", "checks", "bits", "board"} < set(listed)


def test_cells_run_without_jupyter_and_what_fails_or_differs_is_told(tmp_path):
    def cell(source, printed=""):
        outputs = [{"output_type": "stream", "name": "stdout", "text": printed}] if printed else []
        return {"cell_type": "code", "source": source, "outputs": outputs, "metadata": {}}

    cells = [cell("try:\n    import toydiff\nexcept ImportError:\n    %pip install toydiff"),
             {"cell_type": "markdown", "source": "", "metadata": {}},
             cell("from toydiff.notebook import plots\nimport torch\nx = torch.zeros(3, 2)\n"
                  "plots.show(plots.panels(('x', x, plots.DATA)), alt='dots')\nx.shape", "dots\ntorch.Size([3, 2])\n"),
             cell("from tqdm.auto import tqdm\nprint(sum(tqdm([1, 2], total=2)))", "4\n"),
             cell("1 / 0"), cell("print('goes on')", "goes on\n")]
    (tmp_path / "a.ipynb").write_text(json.dumps({"cells": cells}), encoding="utf-8")
    done = run(PARTS / "cells.py", tmp_path / "a.ipynb", "--device", "cpu", "--found", tmp_path / "found.json",
               path=[PARTS / "stand_ins"])
    found = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))
    assert done.returncode == 1, done.stdout + done.stderr
    assert len(found["failures"]) == 1 and found["failures"][0].startswith("cell 4: ")
    assert "ZeroDivisionError" in found["failures"][0]
    assert found["figures"]["printed otherwise in cell 3"] == ["-4", "+3"]
    assert [name for name in found["figures"] if "otherwise" in name] == ["printed otherwise in cell 3"]
