"""Station 9, flow: its exercises."""

from . import as_flow, euler, flow_loss, interpolate, straightness, to_velocity
from .sections import NOTEBOOK  # noqa: F401

EXERCISES = [file.exercise for file in (interpolate, flow_loss, to_velocity, as_flow, euler, straightness)]
