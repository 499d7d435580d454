"""The notebooks, run for readers without a kernel; what was run is kept, so that the next book need not do it again."""

import hashlib
import json
import platform
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from pathlib import Path

import nbformat

from toydiff.notebook import export

ROOT = Path(__file__).resolve().parents[2]


def run_all(paths, kept, workers):
    """Yield the notebook of each of paths, with its outputs for readers; kept: the folder of those run before."""
    kept.mkdir(parents=True, exist_ok=True)
    package = _package()
    with ProcessPoolExecutor(workers) as pool:
        yield from pool.map(_run, paths, [kept] * len(paths), [package] * len(paths))


def _run(path, kept, package):
    notebook = export.read(path)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    key = hashlib.sha256(json.dumps([package, [cell.source for cell in code]]).encode()).hexdigest()[:24]
    file = kept / f"{path.stem}-{key}.json"
    if file.exists():
        for cell, outputs in zip(code, json.loads(file.read_text(encoding="utf-8")), strict=True):
            cell.outputs = [nbformat.from_dict(output) for output in outputs]
        return notebook
    export.run_for_readers(notebook, path)
    for old in kept.glob(f"{path.stem}-*.json"):
        old.unlink()
    file.write_text(json.dumps([cell.outputs for cell in code]), encoding="utf-8")
    return notebook


def _package():
    """What the outputs depend on beside the notebook's own code: the package with its networks, Python, torch."""
    digest = hashlib.sha256()
    for file in sorted((ROOT / "toydiff").rglob("*")):
        if file.suffix in (".py", ".pt"):
            digest.update(file.relative_to(ROOT).as_posix().encode() + file.read_bytes())
    return [digest.hexdigest(), platform.python_version(), version("torch"), version("matplotlib")]
