"""Predict, then look: commit to a guess; until then the answer waits, picture, verdict and reason together.

    appears = predict("When will you first see the board?", ["at t = 50", "at t = 10"])

    with appears:                                                      # a cell of its own, its source folded
        explore(…)
        appears.reveal("at t = 10", "Fine structure comes back **last**.")

    look_back()                                                        # at the end of the notebook

What is shown and printed inside `with` waits for the guess. Who would rather look than guess can, and a guess made then
is marked as late. In a committed notebook the answer is there for readers without a kernel to unfold, and the same for
everyone: guesses are seen in widgets only. `tools/notebooks.py` folds the source of a cell that reveals.
"""

import inspect

from . import live, still
from .record import keep, recorded
from .screen import for_readers, holding, put

_asked = {}    # question: Prediction, in the order in which this notebook asks them


class Prediction:
    """A question and its options; the guess, None before the choice; the answer, None before it is revealed.

    seen: has the answer been on the screen? late: was that before the guess?
    """

    def __init__(self, question, options):
        self.question, self.options = question, options
        self.guess, self.seen, self.late = recorded(question)
        if self.guess not in options:
            self.guess, self.late = None, False
        self.answer, self.because, self.trouble = None, "", ""
        self._views = []    # functions that bring what is on the screen up to date
        self._holding = None

    @property
    def _number(self):
        return list(_asked).index(self.question)

    @property
    def settled(self):
        """Are the guess made and the answer seen? From then on the guess stays."""
        return self.guess is not None and self.seen

    @property
    def right(self):
        """Was the guess right, and in time?"""
        return self.guess is not None and self.guess == self.answer and not self.late

    def choose(self, option):
        """Commit to an option, and record it. Raises ValueError for an unknown option and for a settled question."""
        self._check(option, "the guess")
        if self.settled:
            raise ValueError(f"the answer is out, the guess stays {self.guess!r}")
        self.guess, self.late = option, self.seen
        self.seen = self.seen or self.answer is not None    # what waited opens now
        self._keep()

    def look(self):
        """Show the answer without a guess; one that is made from now on is late."""
        self.seen = True
        self._keep()

    def __enter__(self):
        """From here on, what the course shows and what is printed waits for the guess."""
        self._holding = holding()
        self._held = self._holding.__enter__()
        return self

    def __exit__(self, *error):
        self._holding.__exit__(*error)
        self._holding, held = None, self._held
        if not held:
            return
        plain = "\n".join(bundle["text/plain"].rstrip("\n") for bundle in held if "text/plain" in bundle)
        _put(plain, [self], lambda: live.waiting(self, held),
             markdown=still.answer(self._number, map(for_readers, held)))

    def reveal(self, answer, because=""):
        """Show the answer, one of the options, and why, beside the guess. Raises ValueError for an unknown option.

        because: Markdown; the indentation of a long text is taken away. Outside `with` it waits all alone.
        """
        self._check(answer, "the answer")
        if self._holding is None:
            with self:
                return self.reveal(answer, because)
        self.answer, self.because = answer, inspect.cleandoc(because)
        _put(f"{self.question}\n  -> {answer}", [self], lambda: live.verdict(self),
             markdown=still.verdict(self._number, self))
        if self.because:
            put(self.because, markdown=self.because)
        if self.guess is not None and not self.seen:
            self.seen = True
            self._keep()
        self._update()    # the buttons, too

    def _keep(self):
        self.trouble = keep(self.question, self.guess, self.seen, self.late)
        self._update()

    def _check(self, option, name):
        if option not in self.options:
            raise ValueError(f"{name} must be one of {', '.join(map(repr, self.options))}, got {option!r}")

    def _update(self):
        for view in self._views:
            view()


def predict(question, options):
    """Ask a question, show its options, and return the Prediction, to be revealed later.

    options: at least two different texts, else ValueError. A guess from an earlier day is found again.
    """
    texts = isinstance(options, (list, tuple)) and all(isinstance(option, str) for option in options)
    if not texts or len(set(options)) < max(2, len(options)):
        raise ValueError(f"options must be a list of at least two different texts, got {options!r}")
    asked = _asked.get(question)
    if asked is None or asked.options != list(options):    # else a cell was run twice
        asked = _asked[question] = Prediction(question, list(options))
    plain = "\n".join([f"Predict. {question}", *(f"- {option}" for option in asked.options)])
    _put(plain, [asked], lambda: live.question(asked), html=still.question(asked._number, asked))
    return asked


def look_back():
    """Show all questions that this notebook asked, what was guessed, and in how many the guess was right."""
    asked = list(_asked.values())
    plain = "\n".join(f"{prediction.question}\n  -> {prediction.answer or still.UNKNOWN}" for prediction in asked)
    _put(plain, asked, lambda: live.score(asked), markdown=still.score(asked))


def _put(plain, asked, make, **forms):
    """Show in several forms; make() builds the live one, and the function that brings it up to date."""
    try:
        widget, view = make()
    except ImportError:    # no ipywidgets
        put(plain, **forms)
        return
    for prediction in asked:
        prediction._views.append(view)
    view()
    put(plain, widget=widget, **forms)
