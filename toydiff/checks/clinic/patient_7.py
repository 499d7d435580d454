"""Patient 7: a sampler of second order that follows its line to the end of each step."""

from .. import drawings
from ..engine.exercise import Exercise
from ..fewer_steps.dpm2m import exercise as sampler, read_walk, shown, to_the_end, walk, walks
from ..fewer_steps.sections import NOTEBOOK as FEWER_STEPS
from ..points import by_point
from .sections import NOTEBOOK

FAULT = to_the_end.__name__


def patient_7(model, xT, ts, schedule):
    """x_0 by DPM-Solver++(2M), asked at ts, shape (batch, 2)."""
    return walk(model, xT, ts, schedule)


exercise = Exercise(
    "clinic.patient_7", NOTEBOOK, patient_7, walks(), handed_out=to_the_end,
    hints=["Which λ does the line reach, if it goes on from λ_t by all of λ_s − λ_t?",
           "One answer is believed for the whole step. Of which place should it be: beginning, middle or end?"],
    place=by_point, read=read_walk, draw=drawings.cloud(shown))

for mistake in sampler.mistakes:
    if mistake.name != FAULT:
        exercise.mistake(mistake.section, FEWER_STEPS, mistake.says, mistake.name)(mistake.wrong)
