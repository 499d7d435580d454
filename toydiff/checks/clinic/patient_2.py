"""Patient 2: a sampler that takes the variance for the standard deviation."""

from .. import drawings
from ..engine.exercise import Exercise
from ..points import by_point
from ..sampling.sampler import sampler
from ..sampling.walks import read_walk
from .of_the_sampler import ill, other_mistakes, without
from .sections import NOTEBOOK

FAULT = "variance_for_std"


def patient_2(model, xT, z, schedule):
    """x_0 by DDPM with σ² = β, shape (batch, 2)."""
    return sampler(model, xT, z, schedule.beta, schedule)


exercise = Exercise(
    "clinic.patient_2", NOTEBOOK, patient_2, without("variance"), handed_out=ill(FAULT),
    hints=["The noise must give back the width that the mean takes away. How large is σ_t at t = 25, how large the "
           "factor in the code?", "σ_t² = β_t. What is σ_t?"],
    place=by_point, read=read_walk,
    draw=drawings.cloud(lambda f: f(drawings.few_steps()[1], drawings.few_steps()[2][0], drawings.few_steps()[2],
        drawings.few_steps()[0])))

other_mistakes(exercise, than=FAULT)
