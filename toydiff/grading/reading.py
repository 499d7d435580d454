"""A notebook read from top to bottom by a worker, and by another from the start again where one has ended."""

import time

from . import limits, message, texts
from .process import Gone, WorkerProcess


class OutOfTime(Exception):
    """The time for the notebook is used up, or it has worn out too many workers."""


class Again(Exception):
    """The worker has ended, for a reason that is noted: a new one is to run the cells."""


class Reading:
    """A submission with as many workers, one after the other, as it wears out.

    offered(number, reply): is called where cell `number` is held up because of a function, and returns a Result as a
    dict; it may raise Again.
    stopped: {number of a cell: what stopped it}; lost: {name: (cell, why)} of what was not imported;
    remarks: about all of it; left: seconds, by the clock; killed: has a signal ended a worker?
    """

    def __init__(self, found, seconds, stop, offered, nursery=None):
        self.found, self.stop, self.offered, self.nursery = found, stop, offered, nursery
        self.limit, self.left, self.cells_left = seconds, seconds, seconds * limits.CELLS
        self.stopped, self.lost, self.remarks, self.killed = {}, {}, [], False
        self.ran, self.left_out = set(), set()    # cells whose time is counted; those not to be run again
        self.worker, self.workers, self.over = None, 0, None    # over: why there will be no other worker

    def to_the_end(self):
        """See to it that there is a worker that has run all cells. Raises Gone, OutOfTime."""
        while self.worker is None:
            if self.over or self.left <= 0:
                raise self.over or OutOfTime
            try:
                self._begin()
                for number, source in self.found.cells:
                    if number not in self.left_out:
                        self._run(number, source)
            except Again:
                self.end()

    def ask(self, seconds, kind, *args):
        """Put a request to the worker, in the time of the notebook. Raises Gone, OutOfTime."""
        if self.left <= 0:
            raise OutOfTime
        start = time.monotonic()
        try:
            return self.worker.ask(min(seconds, self.left), kind, *args, most=self.left)
        except Gone as gone:
            self.killed |= gone.killed
            self.end()
            raise
        finally:
            self.left -= time.monotonic() - start

    def end(self):
        """End the worker."""
        worker, self.worker = self.worker, None
        if worker:
            worker.close()

    def _begin(self):
        """Start a worker, in the time of the notebook but for the first two, of which one may have been too slow."""
        if self.workers == limits.WORKERS:
            self.remarks.append(texts.worn_out())
            self.over = OutOfTime()
            raise self.over
        self.workers += 1
        start, first = time.monotonic(), not self.ran and not self.left_out
        self.worker = WorkerProcess(self.found.beside, self.stop, self.nursery)
        if self.worker.left_out and self.workers == 1:
            self.remarks.append(texts.left_out(self.worker.left_out))
        try:
            self.worker.ask(limits.START, "begin", self.found.notebook, most=limits.START)
        except Gone as gone:
            self.killed |= gone.killed
            self.end()    # it has run no cell: it is not to answer for the notebook
            if self.workers == 1:
                raise Again from gone
            self.over = Gone(texts.no_start(gone))
            raise self.over from gone
        if not first:
            self.left -= time.monotonic() - start

    def _run(self, number, source):
        """Run a cell, asking about what it offers. Raises Again where that needs a new worker."""
        seconds = self.limit * limits.CELL
        if number not in self.ran:
            seconds = min(seconds, self.cells_left)
        if seconds <= 0:
            self.stopped[number] = texts.NO_TIME
            return
        try:
            reply = self.ask(seconds, "run", source, seconds)
            while "offer" in reply:
                self._note_lost(number, reply)
                reply = self.ask(seconds, "resume", self.offered(number, reply))
        except Gone as gone:
            self.left_out.add(number)
            self.stopped[number] = str(gone)
            raise Again from gone
        if number not in self.ran:
            self.cells_left -= message.seconds_of(reply)
            self.ran.add(number)
        self._note(number, reply, seconds)

    def _note(self, number, reply, seconds):
        error = texts.tame(reply.get("error") or reply.get("broken"), 300)
        if reply.get("late"):
            error = texts.too_long(seconds, message.waited_in(reply))
            self.left_out.add(number)    # not to be waited for again
        follows = any(error == f"NameError: name '{name}' is not defined" for name in self.lost)
        if error and not follows:    # else it is told where it began
            self.stopped[number] = error
        self._note_lost(number, reply)

    def _note_lost(self, number, reply):
        lost = reply.get("lost")
        for name, why in list(lost.items())[:limits.LOST - len(self.lost)] if isinstance(lost, dict) else ():
            self.lost.setdefault(texts.tame(name, 60), (number, texts.tame(why, 200)))
