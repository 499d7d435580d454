"""Patient 10: scans scaled to [0, 1], noised and brought back by a network that knows them from −1 to 1."""

import torch

from ... import fewer_steps, forward_process
from ...forward_process import Schedule
from .. import drawings
from ..engine.asking import Case, Network
from ..engine.exercise import Exercise
from ..pictures.sections import NOTEBOOK as PICTURES, RANGE
from ..pictures.small import by_pixel, normal, silent, small, trained, wave
from ..points import LINEAR, LONG, SHORT, alone
from .sections import NOTEBOOK


def patient_10(model, scans, t, eps, schedule):
    """Scans from 0 to 16, noised to t and brought back by DDIM: from −1 to 1, shape (batch, 1, h, w)."""
    return there_and_back(model, scans / 8 - 1, t, eps, schedule)


def there_and_back(model, x0, t, eps, schedule):
    """Return x0, noised to t and brought back."""
    x = forward_process.add_noise(x0, t, eps, schedule)
    for s in range(t, 0, -1):
        x = fewer_steps.ddim_step(model, x, s, s - 1, schedule)
    return x.to(eps.dtype)


def as_it_came(model, scans, t, eps, schedule):
    """Return what it brings back with its fault."""
    return there_and_back(model, scans / 16, t, eps, schedule)


def journeys():
    """Return the cases: scans of every grey, of paper alone and of ink alone, and ways of different lengths."""
    def case(given, t=4, n=3, model=wave, schedule=SHORT, dtype=torch.float64, scans=None, shape=(4, 4)):
        if scans is None:
            scans = (small(n, *shape, seed=2).abs() * 8).round().clamp(0, 16)
        values = {"model": Network(model), "scans": scans.to(dtype), "t": t,
                  "eps": small(len(scans), *shape, seed=6).to(dtype), "schedule": schedule}
        return Case(given, values)

    another = {"scans": (small(3, seed=7).abs() * 8).round().clamp(0, 16), "t": 3, "eps": small(3, seed=8),
               "schedule": Schedule.linear(6, 0.1, 0.3)}
    return [*alone(case("scans of all greys"), **another),
            case("a network that answers 0", model=silent), case("t = 1", 1),
            case("t = T", 6), case("paper alone", scans=torch.zeros(2, 1, 4, 4)),
            case("ink alone", scans=torch.full((2, 1, 4, 4), 16)),
            case("a pale scan", scans=(small(2, seed=3).abs() * 2).round().clamp(0, 5)), case("a single scan", n=1),
            case("scans of 2 × 6 pixels", shape=(2, 6)), case("a schedule of 100 steps, t = 30", 30, schedule=LINEAR),
            case("a schedule of 300 steps, t = 270", 270, n=2, schedule=LONG, shape=(2, 2)), case("twelve scans", n=12),
            case("float32 scans", dtype=torch.float32)]


def of_the_course(function):
    """Return what becomes of 20 scans with the course's network."""
    model, schedule, scans = trained()
    return function(model, 8 * (scans + 1), 20, normal(20, 1, 8, 8), schedule)


exercise = Exercise(
    "clinic.patient_10", NOTEBOOK, patient_10, journeys(), handed_out=as_it_came, place=by_pixel,
    draw=drawings.pictures(of_the_course),
    hints=["The network knows paper and ink as two numbers. Which are they, and what is paper in this function?",
           "0 is to become −1, and 16 is to become 1. Where does 8 go?"],
    tolerance=((1e-3, 1e-4), (1e-7, 1e-9)))


@exercise.mistake(RANGE, PICTURES)
def as_wide_as_1(model, scans, t, eps, schedule):
    """The middle is right, 0, but paper is −0.5 and ink 0.5: half as far apart as the network knows them."""
    return there_and_back(model, scans / 16 - 0.5, t, eps, schedule)


@exercise.mistake(RANGE, PICTURES)
def not_moved(model, scans, t, eps, schedule):
    """Paper and ink are 2 apart, as they should be, but they are 0 and 2: 1 is to be subtracted."""
    return there_and_back(model, scans / 8, t, eps, schedule)


@exercise.mistake(RANGE, PICTURES)
def moved_first(model, scans, t, eps, schedule):
    """Paper is −1/8 here, and ink 15/8: divide by 8 first, then subtract 1."""
    return there_and_back(model, (scans - 1) / 8, t, eps, schedule)


@exercise.mistake(RANGE, PICTURES)
def negative(model, scans, t, eps, schedule):
    """Paper is 1 and ink −1: a negative. Paper is −1 here."""
    return there_and_back(model, 1 - scans / 8, t, eps, schedule)


@exercise.mistake(RANGE, PICTURES)
def of_255(model, scans, t, eps, schedule):
    """Here ink is 255; in these scans it is 16."""
    return there_and_back(model, scans / 127.5 - 1, t, eps, schedule)


@exercise.mistake(RANGE, PICTURES)
def each_by_its_own(model, scans, t, eps, schedule):
    """Each scan is scaled by its own darkest pixel; pale ink is to stay pale: 16 is ink for all."""
    most = scans.flatten(1).amax(1).view(-1, 1, 1, 1)    # of paper alone nothing comes of that, as with learners
    return there_and_back(model, 2 * scans / most - 1, t, eps, schedule)


@exercise.mistake(RANGE, PICTURES)
def by_the_batch(model, scans, t, eps, schedule):
    """All scans are scaled by the darkest pixel of the batch; pale ink is to stay pale: 16 is ink for all batches."""
    return there_and_back(model, 2 * scans / scans.max() - 1, t, eps, schedule)


@exercise.mistake(RANGE, PICTURES)
def between_the_ends(model, scans, t, eps, schedule):
    """The lightest pixel of the batch is −1, its darkest 1; 0 should be −1 and 16 should be 1, whatever is in it."""
    low, high = scans.min(), scans.max()
    return there_and_back(model, 2 * (scans - low) / (high - low) - 1, t, eps, schedule)


@exercise.mistake(RANGE, PICTURES)
def standardised_together(model, scans, t, eps, schedule):
    """The batch is moved to mean 0 and width 1; the network knows paper as −1 and ink as 1, whatever their share."""
    return there_and_back(model, (scans - scans.mean()) / scans.std(), t, eps, schedule)


@exercise.mistake(RANGE, PICTURES)
def standardised(model, scans, t, eps, schedule):
    """Each scan is moved to mean 0 and width 1; the network knows paper as −1 and ink as 1, whatever their share."""
    flat = scans.flatten(1)
    width = flat.std(1)
    moved = (flat - flat.mean(1, keepdim=True)) / width[:, None]
    return there_and_back(model, moved.view(scans.shape), t, eps, schedule)


@exercise.mistake(RANGE, PICTURES)
def scaled_at_the_end(model, scans, t, eps, schedule):
    """The answer is moved to −1…1, but the network has seen scans from 0 to 1."""
    return 2 * there_and_back(model, scans / 16, t, eps, schedule) - 1
