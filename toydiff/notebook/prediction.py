"""Predict, then look: commit to a guess before the cell that shows what happens.

    appears = predict("When will you first see the board?", ["at t = 50", "at t = 10"])
    appears.reveal("at t = 10", "Fine structure comes back last.")    # beside the picture that shows it
    look_back()                                                       # at the end of the notebook

A guess is kept in predictions.json in the notebook's folder and nowhere else, and is seen in widgets
only: the question and the fold-out answer for readers without a kernel are the same for everyone.
"""

import json
from html import escape
from pathlib import Path

from ..support.files import write_whole

RECORD = "predictions.json"
OPEN = "not revealed yet"
BAR = "border-left: 4px solid #888; padding-left: 12px"    # seen on white and on black
_asked = {}    # question: Prediction, in the order in which this notebook asks them


class Prediction:
    """A question and its options; the guess, None before the choice; the answer, None before it is revealed."""

    def __init__(self, question, options):
        texts = isinstance(options, (list, tuple)) and all(isinstance(option, str) for option in options)
        if not texts or len(set(options)) < max(2, len(options)):
            raise ValueError(f"options must be a list of at least two different texts, got {options!r}")
        self.question, self.options = question, list(options)
        earlier = _asked[question].guess if question in _asked else (_recorded() or {}).get(question)
        self.guess = earlier if earlier in self.options else None
        self.answer, self.because, self.trouble = None, "", ""
        self._views = []    # functions that bring what is on the screen up to date

    @property
    def settled(self):
        """Are guess and answer both known? From then on the guess stays."""
        return self.guess is not None and self.answer is not None

    def choose(self, option):
        """Commit to an option, and record it. Raises ValueError for an unknown option and for a settled question."""
        self._check(option, "the guess")
        if self.settled:
            raise ValueError(f"the answer is out, the guess stays {self.guess!r}")
        self.guess = option
        self.trouble = _keep(self.question, option)
        self._update()

    def reveal(self, answer, because=""):
        """Show the answer, one of the options, and why, beside the guess. Raises ValueError for an unknown option."""
        self._check(answer, "the answer")
        self.answer, self.because = answer, because
        outcome = f"{answer}. {because}".strip()
        _show(f"<details><summary>{escape(self.question)}</summary><p>{escape(outcome)}</p></details>",
              f"{self.question}\n  -> {outcome}", [self], _comparison)
        self._update()    # the buttons, too

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
    asked = _asked[question] = Prediction(question, options)
    _show(f"<b>Predict.</b> {escape(question)}", f"Predict. {question}")
    items = "".join(f"<li>{escape(option)}</li>" for option in asked.options)
    _show(f"<ul>{items}</ul>", "\n".join(f"- {option}" for option in asked.options), [asked], _buttons)
    return asked


def look_back():
    """Show all questions that this notebook asked, what was guessed, and in how many the guess was right."""
    asked = list(_asked.values())
    rows = [(p.question, p.answer or OPEN) for p in asked]
    _show(_table(("the question", "it was"), *rows),
          "\n".join(f"{question}\n  -> {answer}" for question, answer in rows), asked, _score)


# The record: {question: option}, in one file beside the notebook.

def _recorded():
    """The record, empty if there is none, or None if the file cannot be read or is something else."""
    try:
        record = json.loads(Path(RECORD).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError):
        return None
    ours = isinstance(record, dict) and all(isinstance(option, str) for option in record.values())
    return record if ours else None


def _keep(question, option):
    """Add a guess to the record; return what kept it from being written, or nothing."""
    record = _recorded()
    if record is None:
        return f"{RECORD} is no record of guesses; move it away, and they will be kept"
    text = json.dumps(record | {question: option}, indent=1, ensure_ascii=False)
    try:
        write_whole(RECORD, lambda file: file.write(text.encode() + b"\n"))
    except OSError as error:
        return f"{RECORD} cannot be written ({error.strerror or error})"
    return ""


# What is on the screen: each of these makes a widget, and a function that brings it up to date.

def _show(html, plain, asked=(), make=None):
    """Display html, or plain text; where there are widgets, the one that make builds stands in their place."""
    from IPython.display import display

    try:
        import ipywidgets
    except ImportError:
        make = None
    bundle = {"text/html": html, "text/plain": plain}
    if make:
        widget, view = make(ipywidgets, *asked)
        for prediction in asked:
            prediction._views.append(view)
        view()
        bundle["application/vnd.jupyter.widget-view+json"] = {
            "version_major": 2, "version_minor": 0, "model_id": widget.model_id}
    display(bundle, raw=True)


def _buttons(widgets, asked):
    """A button for each option, and a line that acknowledges the choice."""
    # Not radio buttons: JupyterLab keeps the arrow keys for itself.
    buttons = widgets.ToggleButtons(options=asked.options, value=asked.guess, style={"button_width": "auto"})
    noted = widgets.HTML()

    def view():
        buttons.value, buttons.disabled = asked.guess, asked.settled
        if asked.guess is None:
            text = "Choose, then run on."
        elif asked.trouble:
            text = f"Noted for this session only: {asked.guess}. ({asked.trouble}.)"
        else:
            text = f"Noted: {asked.guess}." + ("" if asked.settled else " Now run on, and look.")
        noted.value = _sized(escape(text))

    def clicked(change):
        if change["new"] not in (None, asked.guess):
            asked.choose(change["new"])

    buttons.observe(clicked, "value")
    return widgets.VBox([buttons, noted]), view


def _comparison(widgets, asked):
    """Guess and answer side by side, and why."""
    box = widgets.HTML()

    def view():
        columns = _table(("your guess", "it was"), (_guess(asked), asked.answer))
        box.value = _sized(escape(asked.question) + columns + escape(asked.because), BAR)

    return box, view


def _score(widgets, *asked):
    """In how many the guess was right, and all of them in a table."""
    box = widgets.HTML()

    def view():
        guessed = [p for p in asked if p.settled]
        right = sum(p.guess == p.answer for p in guessed)
        said = f"You were right in {right} of {len(guessed)}." if guessed else "You made no guess on this page."
        if right < len(guessed):
            said += " What surprised you is worth a second look."
        rows = [(p.question, _guess(p), p.answer or OPEN) for p in asked]
        box.value = _sized(f"<b>{said}</b>" + _table(("the question", "your guess", "it was"), *rows), BAR)

    return box, view


def _guess(asked):
    """The guess in words, with a tick if it was right."""
    tick = "\N{NO-BREAK SPACE}\N{CHECK MARK}" if asked.guess == asked.answer else ""
    return "no guess" if asked.guess is None else asked.guess + tick


def _sized(html, style=""):
    """HTML in the size of the page, where widgets are set smaller."""
    return f'<div style="font-size: 14px; line-height: 1.5; {style}">{html}</div>'


def _table(head, *rows):
    """A table of texts, in HTML."""
    cell = '<{0} style="text-align: left; vertical-align: top; padding: 2px 24px 2px 0">{1}</{0}>'
    lines = ["".join(cell.format("td" if i else "th", escape(text)) for text in row)
             for i, row in enumerate([head, *rows])]
    return f"<table><tr>{'</tr><tr>'.join(lines)}</tr></table>"
