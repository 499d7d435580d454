"""Versions, card and driver; what the course wants and is not there."""

import importlib.metadata
import os
import platform
import shutil
import subprocess
import sys

from part import Part

WANTED = ("torch", "numpy", "matplotlib", "pillow", "tqdm", "ipython", "ipykernel", "ipywidgets", "jupyterlab",
          "pytest", "hypothesis", "nbformat", "nbval", "playwright")


def main():
    part = Part(__doc__)
    part.figure("Python", f"{platform.python_version()}, {sys.executable}")
    part.figure("system", f"{platform.platform()}, {os.cpu_count()} cores")
    if sys.version_info < (3, 11):    # noqa: UP036
        part.fail(f"toydiff needs Python 3.11 or newer, this is {platform.python_version()}")
    versions = {}
    for name in WANTED:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions[name] = None
    missing = [name for name, version in versions.items() if version is None]
    part.figure("packages", versions)
    part.figure("missing", missing)
    if shutil.which("nvidia-smi"):
        query = ["nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"]
        part.figure("driver", subprocess.run(query, capture_output=True, text=True).stdout.strip())
    with part.attempt("torch"):
        import torch

        part.figure("torch", f"{torch.__version__}, CUDA {torch.version.cuda}, {torch.get_num_threads()} threads")
        card = part.device
        if part.cuda:
            torch.ones(8, device=part.device).sum().item()
            card = torch.cuda.get_device_name(part.device)
            capability = torch.cuda.get_device_capability(part.device)
            part.figure("card", f"{card}, compute capability {capability[0]}.{capability[1]}")
        part.note(f"{card}, torch {torch.__version__}, Python {platform.python_version()}")
    with part.attempt("toydiff"):
        import toydiff

        part.figure("best_device", str(toydiff.best_device()))
        if toydiff.best_device().type != part.device.split(":")[0]:
            part.fail(f"toydiff.best_device() is {toydiff.best_device()}, {part.device} was wanted")
    part.note(f"missing: {', '.join(missing)}" if missing else "nothing missing")
    part.finish()


if __name__ == "__main__":
    main()
