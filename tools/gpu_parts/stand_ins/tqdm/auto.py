"""As in tqdm."""

from . import tqdm  # noqa: F401
