"""Two patients are samplers with σ² = β: they have the questions and the mistakes of the exercise `sampler`."""

from ..engine.asking import Case
from ..sampling.sampler import exercise as sampler
from ..sampling.sections import NOTEBOOK as SAMPLING
from ..sampling.walks import walks


def without(*names):
    """Return the questions about a walk without these arguments, and without the questions about those alone."""
    about = ["posterior", *(f"`{name}`" for name in names), *(f"{name} = 0" for name in names)]
    return [Case(case.given, {name: value for name, value in case.args.items() if name not in names})
            for case in walks() if not any(words in case.given for words in about)]


def with_beta(function):
    """Return the sampler with σ² = β."""
    return lambda model, xT, z, schedule: function(model, xT, z, schedule.beta, schedule)


def ill(name):
    """Return the sampler with this mistake, as the patient came in."""
    (wrong,) = [mistake.wrong for mistake in sampler.mistakes if mistake.name == name]
    return with_beta(wrong)


def other_mistakes(exercise, than):
    """Add the sampler's mistakes, without the one that the patient came in with."""
    for mistake in sampler.mistakes:
        if mistake.name != than:
            exercise.mistake(mistake.section, SAMPLING, mistake.says, mistake.name)(with_beta(mistake.wrong))
