"""The clinic: samplers and training loops, each with one mistake of the kind that raises no error.

The exercise hands out the broken function; who mends it passes. `diagnose` checks the name given to the fault.
"""

from . import (
    patient_1,
    patient_2,
    patient_3,
    patient_4,
    patient_5,
    patient_6,
    patient_7,
    patient_8,
    patient_9,
    patient_10,
)
from .faults import FAULTS, LOOKS, RIGHT, diagnose  # noqa: F401
from .sections import NOTEBOOK  # noqa: F401

EXERCISES = [file.exercise for file in (
    patient_1, patient_2, patient_3, patient_4, patient_5, patient_6, patient_7, patient_8, patient_9, patient_10)]


def as_it_came(patient):
    """Return the function of a patient, such as "patient_1", as it was before anybody mended it."""
    return {exercise.name: exercise.handed_out for exercise in EXERCISES}[f"clinic.{patient}"]
