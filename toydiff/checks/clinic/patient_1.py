"""Patient 1: a sampler whose last step adds noise."""

from .. import drawings
from ..engine.exercise import Exercise
from ..points import by_point
from ..sampling.sampler import sampler
from ..sampling.walks import read_walk
from .of_the_sampler import ill, other_mistakes, without
from .sections import NOTEBOOK

FAULT = "noise_at_the_end"


def patient_1(model, xT, z, schedule):
    """x_0 by DDPM with σ² = β, shape (batch, 2)."""
    return sampler(model, xT, z, schedule.beta, schedule)


exercise = Exercise(
    "clinic.patient_1", NOTEBOOK, patient_1, without("variance"), handed_out=ill(FAULT),
    hints=["Write down for t = T, 5 and 1 what each line does. Which t is special in Algorithm 2?",
           "Is there any t for which the condition is false?"],
    place=by_point, read=read_walk,
    draw=drawings.cloud(lambda f: f(drawings.few_steps()[1], drawings.few_steps()[2][0], drawings.few_steps()[2],
        drawings.few_steps()[0])))

other_mistakes(exercise, than=FAULT)
