"""The faults to choose from, how each looks in a picture, and who suffers from which."""

from dataclasses import dataclass

from ..engine.result import Result

FAULTS = {
    "A": "The network is given t as a large number, not t/T.",
    "B": "The network is shown the same batch again and again.",
    "C": "The noise is multiplied by the variance, not by its root.",
    "D": "ᾱ_T is far from 0: no forward walk ends where sampling starts.",
    "E": "A step goes back to the noise level that it comes from.",
    "F": "The network is told t, but its data was noised to t − 1.",
    "G": "The last step adds noise.",
    "H": "The noise is drawn by `rand`, not by `randn`.",
    "I": "The line through two answers is followed twice too far.",
    "J": "Guidance counts from the label on, its number from no label.",
    "K": "Time runs the wrong way: where the network sees data, the sampler means noise.",
    "L": "What the network is shown lies between 0 and 1; it was trained on −1 to 1.",
}
LOOKS = {
    "A": "beside so large a number x and y count for little: cells without edges, or none.",
    "B": "clumps and threads around a few points known by heart, hardly a cell.",
    "C": "far too little noise, and the points shrink towards the middle.",
    "D": "sharp cells, but too many points in the outer ones.",
    "E": "nothing moves, the samples are the noise they started from.",
    "F": "each guess is made for less noise than there is: much of it stays, and fills the empty cells.",
    "G": "every cell is in its place, and every edge blurred alike.",
    "H": "noise that is never negative pushes every point up and to the right.",
    "I": "points overshoot: they crowd at the outer edges of their cells, and the inner cells lack a corner.",
    "J": "the right cells, and all points in the middle of them.",
    "K": "the points fly apart, to where no noise ever was.",
    "L": "ink where paper should be: blots, in which other digits are seen than were drawn, or none.",
}
RIGHT = {"patient_1": "G", "patient_2": "C", "patient_3": "H", "patient_4": "E", "patient_5": "F", "patient_6": "B",
         "patient_7": "I", "patient_8": "J", "patient_9": "K", "patient_10": "L"}


def diagnose(name, fault):
    """Say in a Result whether `fault`, a letter of FAULTS, is what an exercise such as "clinic.patient_1" suffers from.

    A wrong letter is answered with what that fault would look like.
    """
    patient = str(name)[:100].removeprefix("clinic.")
    if patient not in RIGHT:
        return Result(patient, "contract", "There is no patient of this name.")
    if fault is ... or fault is None:
        return Choice(name, "not started", 'Press a letter, or write it here: `fault = "A"`, say.')
    letter = fault.strip().upper() if isinstance(fault, str) else ""
    if letter not in FAULTS:
        return Result(name, "contract", "A letter of the list was wanted, in quotation marks.")
    if letter == RIGHT[patient]:
        return Result(name, "passed", f"{letter} it is: {LOOKS[letter]}")
    return Result(name, "properties", f"Not {letter}. That would look like this: {LOOKS[letter]} Compare.")


@dataclass(frozen=True)
class Choice(Result):
    """What is said before a letter is chosen. Beside a kernel, a notebook shows a button for each of them."""

    def _ipython_display_(self):
        from ...notebook import screen

        screen.put(str(self), html=self._repr_html_(), widget=_buttons(self.exercise))


def _buttons(name):
    """Return a widget with a button for each fault, which says what `diagnose` does; None where there are none."""
    try:
        import ipywidgets
    except ImportError:
        return None

    options = [(f"{letter} · {fault}".replace("`", ""), letter) for letter, fault in FAULTS.items()]
    letters = ipywidgets.ToggleButtons(options=options, value=None, style={"button_width": "auto"})
    letters.add_class("toydiff-options")
    asks = f"What does {name.removeprefix('clinic.').replace('_', ' ')} suffer from?"
    asks, said = ipywidgets.HTML(f'<b class="toydiff-asks">{asks}</b>'), ipywidgets.HTML()

    def pressed(change):
        result = diagnose(name, change["new"])
        hand_in = f'To hand it in, write <code>fault = "{change["new"]}"</code> above.'
        said.value = result._repr_html_() + (hand_in if result else "")

    letters.observe(pressed, "value")
    return ipywidgets.VBox([asks, letters, said])
