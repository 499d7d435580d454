"""A bar for whatever takes a while, and a way to stop it that loses nothing."""

import signal
import threading
import time

from .screen import put

SECONDS = 0.2    # between two looks at the bar


def progress(items, total=None, what="step"):
    """Go through items with a bar; yield each of them.

    total: how many there are, if they do not say; what: one of them is called. Jupyter's stop button (Ctrl-C) ends it
    after the item that is under way, with a sentence and no error, so that what there is can be used; pressed again
    before that, it interrupts. Inside of another one it is silent and runs to its end: the outer one stops, so that no
    half of an item passes for a whole. In a thread of its own it cannot be stopped so.
    """
    if isinstance(getattr(signal.getsignal(signal.SIGINT), "__self__", None), _Stop):
        yield from items
        return
    total = len(items) if total is None and hasattr(items, "__len__") else total
    bar, stop, done = _bar(what, total), _Stop(), 0
    with stop:
        for done, item in enumerate(items, start=1):
            yield item
            bar(done)
            if stop.asked and done != total:
                of = f" of {total:,}" if total else ""
                print(f"Stopped at {what} {done:,}{of}. Run on with what there is, or run this cell again.")
                break
    bar(None)


class _Stop:
    """While it is entered, the first SIGINT is only noted."""

    asked = False

    def __enter__(self):
        self.main = threading.current_thread() is threading.main_thread()
        if self.main:
            self.before = signal.signal(signal.SIGINT, self._note)

    def _note(self, number, frame):
        if self.asked:    # the second one interrupts
            signal.signal(signal.SIGINT, self.before)
            signal.raise_signal(number)
        self.asked = True

    def __exit__(self, *error):
        if self.main:
            signal.signal(signal.SIGINT, self.before)


def _bar(what, total):
    """A bar on the screen; return the function that moves it: to how many are done, or None, when all is over."""
    try:
        import ipywidgets
    except ImportError:
        return lambda done: None
    shape = ipywidgets.IntProgress(0, 0, total or 1, layout={"width": "340px"})
    text = ipywidgets.HTML()
    box = ipywidgets.HBox([shape, text])
    put(widget=box)
    began = last = time.monotonic()

    def move(done):
        nonlocal last
        if done is None:
            box.layout.display = "none"
        elif (now := time.monotonic()) - last > SECONDS:
            last = now
            left = f", about {(now - began) / done * (total - done):.0f} s left" if total else ""
            shape.value, text.value = done, f"{what} {done:,}" + (f" of {total:,}{left}" if total else "")

    return move
