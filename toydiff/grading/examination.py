"""One submission before the examiner: a worker runs its cells, the examiner asks the questions of each exercise."""

import time

from ..checks import Result, clinic
from ..checks.engine.ladder import examine
from ..checks.engine.guard import TimeUp
from ..checks.engine.asking import Answer
from . import message
from .process import START, Gone, WorkerProcess


CHECK_LIMIT = 20.0    # seconds for a check, twice what a worker has: here several share the machine


class OutOfTime(Exception):
    """The time for the notebook is used up."""


class Examination:
    """One submission before the examiner, with as many workers, one after the other, as it wears out."""

    def __init__(self, found, seconds, stop):
        self.found, self.stop = found, stop
        self.left, self.cells_left, self.cell_limit = seconds, seconds / 2, seconds / 6
        self.stopped, self.left_out = {}, set()    # cells that raised or hung; those not to be run again
        self.worker = None

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._end()

    def examined(self, exercise, others=None):
        """Return the Result of an exercise: of the newest function of its name that passes, or else of the newest.

        others: names of exercises in whose place right functions stand meanwhile.
        """
        try:
            candidates = self._ask("candidates", exercise.name)["candidates"]
            first = None
            for which, about in enumerate(candidates[:3]):
                if not about["own"]:
                    continue
                if others is not None:
                    self._ask("mend", exercise.name, which, others)
                result = self._one(exercise, which, about)
                if result.passed:
                    return result
                first = result if first is None else first
        except OutOfTime:
            return _unchecked(exercise)
        except Gone as why:
            return Result(exercise.name, "not checked", f"The notebook {why}.")
        except (KeyError, IndexError, TypeError, AttributeError) as error:    # a reply that is none
            return Result(exercise.name, "contract", f"The notebook disturbs the grading ({type(error).__name__}).")
        return self._nothing(exercise, bool(candidates)) if first is None else first

    def upon_right_ones(self, exercise, result, others):
        """Return what an exercise comes to where the others are right, if that says more than `result`."""
        again = self.examined(exercise, others)
        return again if again.passed or again.mistake and not result.mistake else result

    def named(self, exercise):
        """Return the Result of the fault that the notebook names, of a patient in the clinic."""
        try:
            fault = message.value_of(self._ask("fault", exercise.name)["fault"])
        except OutOfTime:
            return _unchecked(exercise)
        except Gone as why:
            return Result(exercise.name, "not checked", f"The notebook {why}.")
        except (KeyError, ValueError):
            fault = None
        return clinic.diagnose(exercise.name, fault)

    def _one(self, exercise, which, about):
        end = time.monotonic() + CHECK_LIMIT
        trouble = []

        def ask(kind, *args):
            seconds = min(end - time.monotonic(), self.left)
            if trouble or seconds <= 0:
                raise TimeUp
            try:
                sent = self._ask(kind, exercise.name, which, *args, max(seconds, 0.1), seconds=seconds)
            except Gone as why:
                trouble.append(str(why))
                raise TimeUp from why
            if "broken" in sent:
                raise ValueError(str(sent["broken"])[:60])
            if sent["late"]:
                raise TimeUp
            return message.value_of(sent["value"]), message.error_of(sent["error"]), sent

        def put(exercise, call, case):
            value, error, sent = ask("answer", [case is other for other in exercise.cases].index(True))
            return Answer(value, error, changed=tuple(map(str, sent["changed"])), complaint=str(sent["complaint"]))

        def stand_in(**args):
            value, error, _ = ask("call", args)
            if error is not None:
                raise error
            return value

        function = stand_in if about["fits"] else _takes_nothing
        if not about["callable"]:
            function = type(str(about["type"])[:60], (), {})()
        try:
            return examine(exercise, function, put)
        except TimeUp:
            if self.left <= 0:
                return _unchecked(exercise)
            why = trouble[0] if trouble else f"did not come to an end within {CHECK_LIMIT:g} seconds"
            return Result(exercise.name, "contract", f"When it was called, it {why}.")
        except Exception as error:    # an answer stranger than the engine expects
            return Result(exercise.name, "contract", f"The check could not work with it ({type(error).__name__}).")

    def _nothing(self, exercise, borrowed):
        """The Result where the notebook has no function of that name."""
        name = exercise.name.split(".")[1]
        if borrowed:
            return Result(exercise.name, "not started", f"`{name}` is toydiff's own function; write yours.")
        for number, source in self.found.cells:
            if number in self.stopped and f"def {name}" in source:
                return Result(exercise.name, "contract", f"The cell that defines it stopped: {self.stopped[number]}")
        return Result(exercise.name, "not started", f"There is no function `{name}` in this notebook.")

    def _ask(self, kind, *args, seconds=10.0):
        """Put a request to a worker that has run all cells, a new one if need be. Raises Gone, OutOfTime."""
        if self.worker is None:
            self._begin()
        if self.left <= 0:
            raise OutOfTime
        return self._timed(seconds, kind, *args)

    def _timed(self, seconds, kind, *args):
        start = time.monotonic()
        try:
            return self.worker.ask(seconds, kind, *args)
        except Gone:
            self._end()
            raise
        finally:
            self.left -= time.monotonic() - start

    def _begin(self):
        """Start a worker and run the cells, but not those that ended one before."""
        beside = [path for path in self.found.path.parent.glob("*.py") if path.is_file()]
        self.worker = WorkerProcess(beside, self.stop)
        try:
            self.worker.ask(START, "begin", self.found.notebook)    # loading torch takes none of the notebook's time
        except Gone as why:
            self._end()    # it has run no cell: it is not to answer for the notebook
            raise Gone(f"could not be begun: its process {why}") from why
        for number, source in self.found.cells:
            if number in self.left_out:
                continue
            seconds, start = min(self.cell_limit, self.cells_left), time.monotonic()
            if seconds <= 0:
                self.stopped[number] = "was not run: the time for all cells was used up"
                continue
            try:
                reply = self._timed(seconds, "run", source, seconds)
            except Gone as why:
                self.left_out.add(number)
                self.stopped[number] = str(why)
                if self.stop and self.stop.is_set():
                    raise
                return self._begin()
            finally:
                self.cells_left -= time.monotonic() - start
            if error := str(reply.get("error", "")):
                self.stopped[number] = error
            if reply.get("late"):    # not to be waited for again
                self.left_out.add(number)
        self.cells_left = self.left    # if they must run again, they are known to end

    def _end(self):
        if self.worker:
            self.worker.close()
        self.worker = None


def _unchecked(exercise):
    return Result(exercise.name, "not checked", "The notebook's time was used up before this was checked.")


def _takes_nothing():
    """Stands for a function that cannot be called with the arguments of the exercise."""
