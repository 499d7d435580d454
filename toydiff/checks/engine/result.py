"""What a check or a hint answers: a text in a terminal, a box in a notebook, a dict for other programs."""

import html
import re
from dataclasses import asdict, dataclass
from urllib.parse import quote

MARKS = {"passed": "✓", "not started": "○", "hint": "→"}    # everything else: ✗
COLOURS = {"passed": "#009E73", "not started": "#7F7F7F", "hint": "#0072B2"}


def box(step, title, *lines):
    """Return a box of HTML; `code` in backticks is set as such. It takes light or dark from the page around it."""
    def rich(text):
        return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text, quote=False))

    body = "".join(f"<div>{line if line.startswith('<a ') else rich(line)}</div>" for line in lines)
    return (f'<div style="border-left: 5px solid {COLOURS.get(step, "#D55E00")}; padding: 4px 12px; margin: 4px 0">'
            f"<b>{MARKS.get(step, '✗')} {rich(title)}</b>{body}</div>")


@dataclass(frozen=True)
class Result:
    """The answer of a check. It is true when all holds; `require()` raises when not, for use in a test.

    exercise: its name; step: "passed", "not started", "contract", "properties" or "diagnosis", the rung reached;
    message: one or two sentences; mistake: the name of the mistake recognised, or "";
    see: (notebook, section) that explains it, or ().
    """

    exercise: str
    step: str
    message: str
    mistake: str = ""
    see: tuple = ()

    @property
    def passed(self):
        """Does all that was checked hold?"""
        return self.step == "passed"

    def __bool__(self):
        return self.passed

    def require(self):
        """Return the result if it passed, else raise AssertionError with its text."""
        if not self.passed:
            raise AssertionError(str(self))
        return self

    def to_dict(self):
        """Return everything as plain values, ready for json.dumps."""
        return {**asdict(self), "see": list(self.see), "passed": self.passed}

    def _title(self):
        words = self.step if self.step in MARKS else "not yet"
        ill = self.step == "not started" and "when it came in" in self.message    # changed, perhaps, but to no effect
        return f"{self.exercise}: {'still ill' if ill else words}"

    def __repr__(self):
        lines = [f"{MARKS.get(self.step, '✗')} {self._title()}", self.message]
        if self.see:
            lines.append(f"Read again: {self.see[0]}, “{self.see[1]}”")
        return "\n  ".join(lines)

    def _repr_html_(self):
        lines = [self.message]
        if self.see:
            file, section = self.see
            link = f"../notebooks/{file}.ipynb#{quote(section.replace(' ', '-'))}"
            lines.append(f'<a href="{link}">Read again: {html.escape(file)}, “{html.escape(section)}”</a>')
        return box(self.step, self._title(), *lines)


@dataclass(frozen=True)
class Hint:
    """One hint of several."""

    exercise: str
    number: int
    of: int
    message: str

    def __repr__(self):
        return f"→ {self.exercise}: hint {self.number} of {self.of}\n  {self.message}"

    def _repr_html_(self):
        return box("hint", f"{self.exercise}: hint {self.number} of {self.of}", self.message)
