"""Station 10, pictures: its exercises."""

from . import block, copies, frechet, inpaint, memoriser, slerp
from .sections import NOTEBOOK  # noqa: F401

EXERCISES = [file.exercise for file in (block, frechet, copies, memoriser, slerp, inpaint)]
