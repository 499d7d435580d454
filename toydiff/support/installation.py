"""Is everything there? Asked by the first notebook, answered in words."""

import importlib.util
import sys

NEEDED = {    # package: what a learner would miss
    "torch": "nothing runs",
    "matplotlib": "there are no pictures",
    "PIL": "there are no pictures",
    "tqdm": "there are no progress bars",
    "IPython": "notebooks cannot show pictures",
    "ipywidgets": "the sliders are missing; filmstrips show the same",
}
INSTALL = {"PIL": "pillow", "IPython": "ipython"}    # where pip calls it something else


def report():
    """Print what is missing for the course, what follows, and what to do; or that all is well."""
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    for name in missing:
        package = INSTALL.get(name, name)
        print(f"{package} is not installed: without it {NEEDED[name]}. Mend it with: pip install {package}")
    if sys.version_info < (3, 11):    # noqa: UP036  Colab's course may be copied without being installed
        print(f"Python {sys.version_info[0]}.{sys.version_info[1]} is too old, 3.11 or newer is needed.")
    elif not missing:
        print("Everything the course needs is here.")
