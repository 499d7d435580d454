"""What an exercise is: the right answer, the questions, the hints, and the wrong answers that people give.

    exercise = Exercise("station.function", NOTEBOOK, function, cases=[…], hints=[…])

    @exercise.mistake("The section that explains it")
    def its_name(x0, t):
        \"\"\"The sentence that a learner reads.\"\"\"
        return …
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from .asking import Case


@dataclass(frozen=True)
class Mistake:
    """A wrong formula that people do write. says: what it is, in a sentence; section: of the notebook, explains it.

    notebook: the one with that section, if not that of the exercise.
    """

    name: str
    says: str
    section: str
    wrong: Callable
    notebook: str = ""


@dataclass(frozen=True)
class Exercise:
    """All that is known of one exercise.

    name: "station.function"; notebook: of the station, without .ipynb; reference: a right answer, whose parameters
    are the signature; cases: the questions, answered as the reference does; extra: functions of `ask(**args)` that
    return a complaint or None; hints: from gentle to plain.
    changes: the arguments that the function is there to change, such as a model in training;
    read: makes of (answer, arguments afterwards) the tensor that is looked at, where the answer is none or not all,
    or raises Unreadable;
    measure: makes of (answer, args) what is compared, where answers are drawn at random; exact: what should come of
    that, a function of args, where the reference itself only comes near it;
    through: the arguments that are networks, with blanks between them, where a gradient must flow to their weights;
    place: makes of (index, args) the words that say where an answer is wrong;
    tolerance: relative and absolute, by dtype; any_float: float32 will do as well as float64;
    number: the answer is one number, a float or a tensor;
    handed_out: the broken function that the learner is to mend, where it is no empty stub;
    draw: a Drawing of an answer beside the right one, where there is something to be seen, see checks/drawings.py;
    mistakes: the bank of them, to which `mistake` adds; memory: what right and wrong answers were, see `recalled`.
    """

    name: str
    notebook: str
    reference: Callable
    cases: list[Case]
    hints: list
    extra: tuple = ()
    changes: tuple = ()
    read: Callable = lambda answer, after: answer
    measure: Callable = lambda answer, args: answer
    exact: Callable | None = None
    through: str = ""
    place: Callable = lambda index, args: "entry " + ", ".join(map(str, index))
    tolerance: tuple = ((1e-4, 1e-5), (1e-7, 1e-9))    # float32, float64
    any_float: bool = False
    number: bool = False
    handed_out: Callable | None = None
    draw: Callable | None = None
    mistakes: list = field(default_factory=list)
    memory: dict = field(default_factory=dict, repr=False, compare=False)

    def recalled(self, key, answers):
        """Return answers(), what a function of ours says to something: asked once, for it always says the same.

        key: the function, where it is the cases that it is asked.
        """
        if key not in self.memory:
            self.memory[key] = answers()
        return self.memory[key]

    def mistake(self, section, notebook="", says="", name=""):
        """Decorate a wrong answer: the function's name is the mistake's, its docstring what a learner reads.

        notebook: the one with the section, if not that of the exercise; says: a sentence that several mistakes share,
        in place of the docstring; name: the mistake's, where Python does not allow it.
        """
        def into_the_bank(wrong):
            sentence = " ".join((says or wrong.__doc__ or "").split())    # python -OO leaves no docstrings
            self.mistakes.append(Mistake(name or wrong.__name__, sentence, section, wrong, notebook))
            return wrong
        return into_the_bank
