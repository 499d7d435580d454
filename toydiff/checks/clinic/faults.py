"""The faults to choose from, how each looks in a picture, and who suffers from which."""

from ..engine.result import Result

FAULTS = {
    "A": "The last step adds noise.",
    "B": "The noise is multiplied by the variance, not by its root.",
    "C": "The noise is drawn by `rand`, not by `randn`.",
    "D": "A step goes back to the noise level that it comes from.",
    "E": "The network is told t, but its data was noised to t − 1.",
    "F": "The network is shown the same batch again and again.",
    "G": "The network is given t as a large number, not t/T.",
    "H": "ᾱ_T is far from 0: no forward walk ends where sampling starts.",
    "I": "The line through two answers is followed twice too far.",
    "J": "Guidance counts from the label on, its number from no label.",
    "K": "Time runs the wrong way: where the network sees data, the sampler means noise.",
    "L": "What the network is shown lies between 0 and 1; it was trained on −1 to 1.",
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
    "I": "points overshoot: they crowd at the outer edges of their cells, and the inner cells lack a corner.",
    "J": "the right cells, and all points in the middle of them.",
    "K": "the points fly apart, to where no noise ever was.",
    "L": "ink where paper should be: blots, in which other digits are seen than were drawn, or none.",
}
RIGHT = {"patient_1": "A", "patient_2": "B", "patient_3": "C", "patient_4": "D", "patient_5": "E", "patient_6": "F",
         "patient_7": "I", "patient_8": "J", "patient_9": "K", "patient_10": "L"}


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
        return Result(name, "contract", "A letter of the list was wanted, in quotation marks.")
    if letter == RIGHT[patient]:
        return Result(name, "passed", f"{letter} it is: {LOOKS[letter]}")
    return Result(name, "properties", f"Not {letter}. That would look like this: {LOOKS[letter]} Compare.")
