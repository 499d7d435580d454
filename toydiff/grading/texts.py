"""Every sentence that a report may hold, and how foreign words are made fit to stand in one.

What a submission says of itself, in the text of an error or the name of a class, is somebody else's: `tame` makes one
line of it, of some length, in which nothing moves a cursor, turns the writing round or looks like another line.
"""

import re
import signal

from . import limits

# controls, and what is not seen but acts: joiners, changes of direction, other line ends, halves of characters
UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffc]+")


def tame(text, most):
    """Return foreign text as one line of at most `most` characters that does nothing to a terminal."""
    if not isinstance(text, str):
        return ""
    text = " ".join(UNSEEN.sub(" ", text[:most * 4 + 100]).split())
    return text if len(text) <= most else text[:most - 1] + "…"


def whole(value):
    """Return plain values in which every text is one that UTF-8 has: half a character becomes \\udcff, spelled out."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, dict):
        return {whole(key): whole(item) for key, item in value.items()}
    return [whole(item) for item in value] if isinstance(value, (list, tuple)) else value


def span(seconds):
    """Return how long something took or may take, in words."""
    return f"{seconds:.0f} seconds" if seconds >= 1.5 else "1 second"


def joined(remarks):
    """Return some remarks as one line."""
    return "; ".join(remarks)


# --- what a process did, in words that follow "it", "the notebook" or "cell 7" -----------------------------------

ENDED = "ended Python"
MEMORY = f"asked for more memory than the {limits.MEMORY >> 30} GB there are for it"
NO_TIME = "was not run: the time for all cells was used up"
HALTED = "was halted from outside and did not go on"
OF_A_PROCESS = re.compile(r"(?:asked|could|did|disturbed|ended|was) ")    # how these sentences begin
FROM_OUTSIDE = {signal.Signals[name].value for name in ("SIGKILL", "SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGPIPE")
                if name in signal.Signals.__members__}    # the others are a process's own, as after a wrong address


def too_long(seconds, waited=()):
    """It was stopped, for it did not come to an end: in its time of computing or, if it waited, by the clock.

    waited: (seconds of computing, seconds by the clock) in the second case.
    """
    if waited:
        return f"was stopped after {span(waited[1])} by the clock, in which it computed for {waited[0]:.1f}"
    return f"did not come to an end within {span(seconds)} of computing and was stopped"


def by_signal(number):
    """It was ended by a signal, which may have come from another program."""
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = "unknown"
    return f"was ended by signal {number} ({name})"


def disturbed(what):
    """It answered what no worker answers."""
    return f"disturbed the grading: it sent {tame(str(what), 100)}"


def no_start(why):
    """Its process did not begin."""
    return f"could not be begun: its process {why}"


# --- what is remarked about a notebook ------------------------------------------------------------------------

def cell(number, what):
    """Return the remark about a cell in which a line failed, or what its process did."""
    return f"cell {number} {what}" if OF_A_PROCESS.match(what) else f"cell {number}: {what}"


def used_up(seconds):
    """The time is over."""
    return f"the time of {span(seconds)} was used up"


def worn_out():
    """Too many of its processes ended."""
    return f"it ended Python {limits.WORKERS} times, and was not run again"


def left_out(names):
    """Modules that could not be copied."""
    most = limits.BESIDE // 10**6
    return (f"modules must be readable files of at most {most} MB, and {limits.MODULES} at most, "
            f"left out: {tame(', '.join(names), 100)}")


def too_many(count):
    """More was handed in than is asked of one student."""
    return f"{count:,} files to grade, handed in by one student: the first {limits.OF_ONE} are graded, the others not"


def not_graded(error):
    """The examiner itself failed."""
    return f"could not be graded ({type(error).__name__}: {tame(str(error), 100)})"


def more(count):
    """What is not listed."""
    return f"and {count} more"


KILLED_AGAIN = "its process was ended from outside, and again when it was graded alone"
LINK = "is a link; hand in the file itself"
NO_NOTEBOOK = "no notebook in this folder"
EMPTY_ZIP = "no notebook in this zip"
ZIP_IN_ZIP = "a zip in a zip; unpack it"


# --- results ----------------------------------------------------------------------------------------------------

UNCHECKED = "The notebook's time was used up before this was checked."


def not_checked(why):
    """The notebook's process gave no answer."""
    return f"The notebook {why}."


def when_called(why):
    """The function itself ended the process."""
    return f"When it was called, it {why}."


def strange(error):
    """An answer that the check was not made for."""
    return f"The check could not work with it ({type(error).__name__})."


def borrowed(name):
    """Not the student's own."""
    return f"`{name}` is toydiff's own function; write yours."


def missing(name, kind=""):
    """No function of this name; kind: of what has the name instead."""
    instead = f", only a value of type {kind}" if kind else ""
    return f"There is no function `{name}` in this notebook{instead}."


def upon_right(names):
    """Said behind "passed" where that holds with right functions in the place of others."""
    listed = ", ".join(f"`{name}`" for name in names)
    return f" With right functions in the place of {listed}, that is; with yours it does not hold yet."


FURTHER_DOWN = " When all cells have run, that is: it needs something that stands further down than itself."


def cell_stopped(what):
    """The cell that was to define it."""
    return f"The cell that defines it stopped: {what}"


def lost(number, why):
    """Said behind an error about a name whose import failed."""
    return f" (its import failed in cell {number}: {why})"
