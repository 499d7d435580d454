"""One submission before the examiner: the questions are asked where a function appears.

A notebook is read from top to bottom, as its reader ran it. So a function is asked in the state in which it was
defined, and again in that in which it is handed to `check`; at the end once more, for what it needs may stand further
down, and upon right functions, for it may be wrong only because another one is. It holds if it has held once.
"""

import contextlib
from collections import Counter
from dataclasses import asdict, dataclass, field, replace

from ..checks import DRAWING, EXERCISES, Result, clinic
from . import limits, message, pictures, questions, texts
from .process import Gone
from .reading import Again, OutOfTime, Reading

RUNGS = ("not checked", "not started", "contract", "properties", "diagnosis", "passed")    # how far a function came


def _rung(result):
    return RUNGS.index(result.step)


@dataclass
class Candidate:
    """A function that may be the answer to an exercise.

    where: the worker it lives in, and its number there; unfit: what it takes, if not what it is given, or "";
    heard: {moment: Result}; again: may it be asked again?
    """

    name: str
    unfit: str
    where: tuple = ()
    heard: dict = field(default_factory=dict)
    again: bool = True

    @property
    def best(self):
        """The Result on the furthest rung, the latest of equals; None before any."""
        return max(reversed(self.heard.values()), key=_rung, default=None)


def _unfit(offer):
    """What an offered function takes, where it cannot be called with what it is given; else ""."""
    return "" if offer.get("fits") else texts.tame(offer.get("takes"), 120) or "Yours takes something else."


class Examination:
    """One submission before the examiner. Use it in a `with`: at the end its worker is ended.

    draw: are wrong answers to be drawn? pictures: {exercise: HTML} of those that are.
    """

    def __init__(self, found, seconds, stop, draw=False, nursery=None):
        self.found, self.draw, self.pictures = found, draw, {}
        self.reading = Reading(found, seconds, stop, self._offered, nursery)
        self.exercises = {name: exercise for name, exercise in EXERCISES.items()
                          if exercise.notebook == found.notebook}
        self.candidates, self.borrowed, self.offers, self.kinds = {}, set(), Counter(), {}

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.reading.end()

    def results(self):
        """Run the cells and ask; return a Result for each exercise and, in the clinic, for each fault."""
        why = ""
        try:
            self.reading.to_the_end()
            for name in self.exercises:
                self._at_the_end(name)
            self.kinds = {name: self._kind_of(name) for name in self.exercises}
            open_ = [name for name in self.exercises if not self._best(name).passed]
            for name in open_ if self.draw else ():    # before others are mended: the answer is the student's own
                self._draw(name)
            for name in open_ if len(open_) > 1 else ():    # perhaps wrong only because another one is
                self._at_the_end(name, [other for other in open_ if other != name])
        except OutOfTime:
            why = texts.UNCHECKED
        except Gone as gone:
            why = texts.not_checked(gone)
        if self.reading.left <= 0:
            self.reading.remarks.append(texts.used_up(self.reading.limit))
        results = [self._best(name, why) for name in self.exercises]
        if self.found.notebook == clinic.NOTEBOOK:
            results += [replace(self._named(name, why), exercise=f"{name}.fault") for name in self.exercises]
        return results

    def _offered(self, number, offer):
        """Return the Result, as a dict, of a function that a cell holds out. Raises Again where its worker ends."""
        name, which, worker = str(offer["offer"])[:100], offer.get("which"), self.reading.workers
        self.offers.update([worker, (worker, number, name)])
        count = self.offers[worker, number, name]
        if name not in self.exercises or type(which) is not int or self.offers[worker] > limits.OFFERS:
            raise Gone(texts.disturbed("too many questions"))
        if not offer.get("own"):
            self.borrowed.add(name)
            return asdict(Result(name, "not started", texts.borrowed(name.split(".")[1])))
        where, moment = (worker, which), (number, name, count)
        for known in self.candidates.values() if offer.get("new") else ():    # one of very many, in an old one's place
            known.where = () if (known.name, known.where) == (name, where) else known.where
        candidate = next((known for known in self.candidates.values() if (known.name, known.where) == (name, where)),
                         None) or self.candidates.setdefault(moment, Candidate(name, _unfit(offer)))
        candidate.where = where
        return asdict(self._heard(candidate, moment))

    def _heard(self, candidate, moment):
        """Ask a candidate, unless that would say nothing new; return the Result. Raises Again where its worker ends."""
        if moment in candidate.heard:    # another worker has come so far before
            return candidate.heard[moment]
        cells = sum(isinstance(earlier[0], int) for earlier in candidate.heard)
        best, in_a_cell = candidate.best, isinstance(moment[0], int)
        if best is not None and (best.passed or not candidate.again or in_a_cell and cells >= limits.ASKED):
            return best
        heard = questions.put(self.exercises[candidate.name], candidate.where[1], candidate.unfit, self.reading.ask)
        candidate.heard[moment], candidate.again = self._explained(heard.result), heard.again
        if heard.gone:
            raise Again from heard.gone
        return heard.result

    def _explained(self, result):
        """The Result, with the true cause where a name is missing because its import failed."""
        for name, (number, why) in self.reading.lost.items():
            if f"name '{name}' is not defined" in result.message:
                return replace(result, message=result.message + texts.lost(number, why))
        return result

    def _at_the_end(self, name, others=None):
        """Ask the newest functions of an exercise again, now that all cells have run; others: those to be mended."""
        moment = ("upon right ones" if others else "at the end",)
        for candidate in [candidate for candidate in self.candidates.values() if candidate.name == name][:-4:-1]:
            if candidate.again and not self._best(name).passed:
                before = candidate.best
                try:
                    self.reading.to_the_end()
                    if candidate.where[:1] != (self.reading.workers,):    # its cell is not run any more
                        continue
                    if others:
                        self.reading.ask(limits.CHECK, "mend", name, candidate.where[1], others)
                    self._heard(candidate, moment)
                except (Again, Gone):
                    self.reading.end()
                if (now := candidate.heard.get(moment)) is None or before is None:
                    continue
                if _rung(now) <= _rung(before):
                    del candidate.heard[moment]    # it says no more than was known
                elif now.passed:    # why the notebook's own check cell says otherwise
                    why = texts.upon_right([other.split(".")[1] for other in others]) if others else texts.FURTHER_DOWN
                    candidate.heard[moment] = replace(now, message=now.message + why)

    def _draw(self, name):
        """Keep the picture of the newest answer to an exercise, if it can be had of a worker that is there."""
        exercise, best = self.exercises[name], self._best(name)
        found = [candidate for candidate in self.candidates.values() if candidate.name == name and candidate.heard]
        if not exercise.draw or best.step == "not started" or not found or not found[-1].again:
            return
        if self.reading.worker and found[-1].where[:1] == (self.reading.workers,):
            with contextlib.suppress(Gone, OutOfTime):
                sent = self.reading.ask(DRAWING, "drawn", name, found[-1].where[1], DRAWING)
                if picture := pictures.of(exercise, sent.get("value")):
                    self.pictures[name] = picture

    def _best(self, name, why=""):
        """The Result of the last function that has passed, or else of the newest; why: not all may have been asked."""
        found = [candidate for candidate in self.candidates.values() if candidate.name == name and candidate.heard]
        found = [candidate for candidate in found if candidate.best.passed] or found
        if found:
            return found[-1].best
        short = name.split(".")[1]
        if why:
            return Result(name, "not checked", why)
        if name in self.borrowed:
            return Result(name, "not started", texts.borrowed(short))
        for number, source in self.found.cells:
            if number in self.reading.stopped and f"def {short}" in source:
                return Result(name, "contract", texts.cell_stopped(self.reading.stopped[number]))
        return Result(name, "not started", texts.missing(short, self.kinds.get(name, "")))

    def _kind_of(self, name):
        """The type of the value that has the name of an exercise, where no function ever had it; or else ""."""
        if any(candidate.name == name for candidate in self.candidates.values()):
            return ""
        self.reading.to_the_end()
        kind = message.named(self.reading.ask(limits.CHECK, "kind_of", name).get("type"))
        return "" if kind == "NoneType" else kind

    def _named(self, name, why):
        """The Result of the fault that the notebook names, of a patient in the clinic."""
        try:
            self.reading.to_the_end()
            return clinic.diagnose(name, self.reading.ask(limits.CHECK, "fault", name).get("value"))
        except OutOfTime:
            return Result(name, "not checked", texts.UNCHECKED)
        except Gone as gone:
            return Result(name, "not checked", why or texts.not_checked(gone))
