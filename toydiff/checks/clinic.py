"""The clinic: six samplers and training loops, each with one mistake found in published notebooks.

The exercise hands out the broken function; who mends it passes. `diagnose` checks the name given to the fault.
"""

import torch

from ..forward_process import Schedule
from .clinic_mistakes import AS_IT_CAME, MISTAKES, course, ddim, guessed, langevin
from .engine.ladder import Exercise
from .engine.asking import Case, Network, Unreadable, flows_to
from .engine.result import Result
from .sampling import by_point, drawn, read_walk, sampler, silent, walks, wave
from .training_questions import batch, flat, small_network

NOTEBOOK = "clinic"
SHORT, SINGLE = Schedule.linear(4, 0.02, 0.2), Schedule([0.7])

FAULTS = {
    "A": "The last step adds noise.",
    "B": "The noise is multiplied by the variance, not by its root.",
    "C": "The noise is drawn by `rand`, not by `randn`.",
    "D": "A step goes back to the noise level that it comes from.",
    "E": "The network is told t, but its data was noised to t − 1.",
    "F": "The network is shown the same batch again and again.",
    "G": "The network is given t as a large number, not t/T.",
    "H": "ᾱ_T is far from 0: no forward walk ends where sampling starts.",
}
LOOKS = {
    "A": "every cell is in its place, and every edge blurred alike.",
    "B": "far too little noise, and the points shrink towards the middle.",
    "C": "noise that is never negative pushes every point up and to the right.",
    "D": "nothing moves, the samples are the noise they started from.",
    "E": "each guess is made for less noise than there is: much of it stays, and fills the empty cells.",
    "F": "clumps and threads around a few points known by heart, hardly a cell.",
    "G": "beside so large a number x and y count for little: cells without edges, or none.",
    "H": "sharp cells, but too many points in the outer ones.",
}
RIGHT = {"patient_1": "A", "patient_2": "B", "patient_3": "C", "patient_4": "D", "patient_5": "E", "patient_6": "F"}


def as_it_came(patient):
    """Return the function of a patient, such as "patient_1", as it was before anybody mended it."""
    return AS_IT_CAME[patient]


def diagnose(name, fault):
    """Say in a Result whether `fault`, a letter of FAULTS, is what an exercise such as "clinic.patient_1" suffers from.

    A wrong letter is answered with what that fault would look like.
    """
    patient = str(name)[:100].removeprefix("clinic.")
    if patient not in RIGHT:
        return Result(patient, "contract", "There is no patient of this name.")
    if fault is ... or fault is None:
        return Result(name, "not started", 'Choose a letter of the list: `fault = "A"`, say.')
    letter = fault.strip().upper() if isinstance(fault, str) else ""
    if letter not in FAULTS:
        return Result(name, "contract", "A letter from A to H was wanted, in quotation marks.")
    if letter == RIGHT[patient]:
        return Result(name, "passed", f"{letter} it is: {LOOKS[letter]}")
    return Result(name, "properties", f"Not {letter}. That would look like this: {LOOKS[letter]} Compare.")


# --- the right answers; their parameters are what a learner's function must take ---------------------------

def patient_1(model, xT, z, schedule):
    """x_0 by DDPM with σ² = β, shape (batch, 2)."""
    return sampler(model, xT, z, schedule.beta, schedule)


def patient_2(model, xT, z, schedule):
    """x_0 by DDPM with σ² = β, shape (batch, 2)."""
    return sampler(model, xT, z, schedule.beta, schedule)


def patient_3(score, xT, schedule, source):
    """Points by annealed Langevin sampling, four steps a level, shape (batch, 2)."""
    return langevin()(score, xT, schedule, source)


def patient_4(model, xT, schedule):
    """x_0 by DDIM, shape (batch, 2)."""
    return ddim(model, xT, schedule).to(xT.dtype)


def patient_5(model, x0, t, eps, schedule):
    """The loss of a training step, a scalar."""
    return guessed()(model, x0, t, eps, schedule)


def patient_6(model, optimizer, batches, schedule):
    """The losses of one step for each batch."""
    return course()(model, optimizer, batches, schedule)


# --- the questions ----------------------------------------------------------------------------------------

def without(cases, *names):
    """Return the cases without these arguments."""
    return [Case(case.given, {name: value for name, value in case.args.items() if name not in names})
            for case in cases if "posterior" not in case.given]


def flat_land(xt, t):
    """The score of a density that is the same everywhere."""
    return torch.zeros_like(xt)


def slope(xt, t):
    """The score of a Gaussian around (1, 0), the wider the larger t is."""
    return (xt.new_tensor([1.0, 0.0]) - xt) / (0.3 + 0.2 * t)


def crowds():
    """Return the cases of a sampler that draws its own noise: many points, looked at together."""
    def case(given, score, schedule=SHORT, n=60_000):
        return Case(given, {"score": score, "xT": drawn(n, 2).float() / 2, "schedule": schedule,
                            "source": torch.Generator().manual_seed(3)})

    return [case("a density that is the same everywhere", flat_land), case("a Gaussian", slope),
            case("a schedule of one step", slope, SINGLE)]


def moments(x, args):
    """Describe many points and the way each has gone: means, spreads, tails, how x and y hang together.

    Chance moves none of these by more than a fourth of the tolerance.
    """
    if x.ndim != 2 or x.shape[1] != 2:
        return x.double()
    way = x.double() - args["xT"].double()
    unit = (way - way.mean(0)) / way.std(0).clamp(min=1e-9)
    x = x.double()
    return torch.cat([x.mean(0), x.std(0), way.std(0), (unit**4).mean(0) / 6, unit.prod(1).mean()[None]])


def of_the_crowd(index, args):
    """Say where: an entry of `moments`."""
    words = [f"the {what} {axis}" for what in ("mean of", "spread of", "spread of the way along",
                                               "kurtosis / 6 of the way along") for axis in "xy"]
    return [*words, "the correlation of the ways along x and y"][index[0]]


def lessons():
    """Return the cases of one training loss."""
    def case(given, model=Network(wave), **other):
        one = batch(**other)
        return Case(given, {"model": model, "x0": one["x0"], "t": one["t"], "eps": one["eps"],
                            "schedule": one["schedule"]})

    return [case("a network that answers 0", Network(silent)), case("a different t for each point"),
            case("t = 1 for every point", t=torch.ones(6).long()),
            case("t = T for every point", t=torch.full((6,), 100)),
            case("two points", n=2, t=torch.tensor([90, 20])), case("a batch of one point", n=1, t=torch.tensor([30])),
            case("a network in float32", small_network(5).float(), dtype=torch.float32)]


def courses():
    """Return the cases of a training loop."""
    def case(given, lengths, make=torch.optim.SGD, lr=0.1, dtype=torch.float64):
        model, several = small_network(5).to(dtype), [batch(n=n, t=torch.arange(1, 100, 100 // n)[:n], seed=seed,
                                                            dtype=dtype) for seed, n in enumerate(lengths)]
        batches = [(one["x0"], one["t"], one["eps"]) for one in several]
        return Case(given, {"model": model, "optimizer": make(model.parameters(), lr=lr), "batches": batches,
                            "schedule": several[0]["schedule"]})

    return [case("four batches and SGD", [6, 6, 6, 6]), case("five batches and Adam", 5 * [4], torch.optim.Adam, 0.02),
            case("batches of different length", [6, 2, 5]), case("a single batch", [6]),
            case("float32 points", [6, 6, 6], dtype=torch.float32)]


def read_course(value, after):
    """Return the losses and, behind them, the weights after the course."""
    try:
        losses = torch.tensor([float(one) for one in value], dtype=torch.float64)
    except (TypeError, ValueError, RuntimeError):
        came = type(value).__name__
        raise Unreadable(f"it returns an object of type {came}, the list of losses was wanted.") from None
    weights = flat(after["model"])
    return torch.cat([losses.to(weights), weights])


def in_the_course(index, args):
    """Say where: an entry of `read_course`."""
    n = len(args["batches"])
    return f"the loss of step {index[0] + 1}" if index[0] < n else f"weight {index[0] - n} of the network afterwards"


def _patient(reference, cases, hints, **more):
    name = reference.__name__
    return Exercise(f"clinic.{name}", NOTEBOOK, reference, cases, MISTAKES[name], hints,
                    handed_out=AS_IT_CAME[name], **more)


EXERCISES = [
    _patient(patient_1, without(walks(), "variance"), [
        "Write down for t = T, 5 and 1 what each line does. Which t is special in Algorithm 2?",
        "Is there any t for which the condition is false?"], place=by_point, read=read_walk),
    _patient(patient_2, without(walks(), "variance"), [
        "The noise must give back the width that the mean takes away. How large is σ_t at t = 25, how large the factor "
        "in the code?", "σ_t² = β_t. What is σ_t?"], place=by_point, read=read_walk),
    _patient(patient_3, crowds(), [
        "What would you expect the mean of all the noise in this loop to be? Print it.",
        "`torch.rand` and `torch.randn` differ by one letter. Which is a Gaussian?"],
        measure=moments, place=of_the_crowd, tolerance=((0, 0.05), (0, 0.05)), any_float=True),
    _patient(patient_4, without(walks(), "variance", "z"), [
        "Put the line for x0 into the last line, on paper. What is left?",
        "x_0 is noised again: how much noise belongs to t − 1?"], place=by_point),
    _patient(patient_5, lessons(), [
        "Which t does the data know of, which t the network?", "`alpha_bar[t]` is ᾱ_t, `alpha_bar[0]` is 1."],
        read=flows_to("model"), place=lambda index, args: "the loss", number=True),
    _patient(patient_6, courses(), [
        "Print `x0[0]` in the loop. How often does it change?",
        "`iter` begins anew each time, and `next` takes the first."],
        changes=("model", "optimizer"), read=read_course, place=in_the_course),
]
