"""What a check or a hint answers: a text in a terminal, a box in a notebook, a dict for other programs."""

import html
import re
import sys
from dataclasses import asdict, dataclass

from .headings import CELLS

MARKS = {"passed": "✓", "not started": "○", "hint": "→"}    # everything else: ✗
COLOURS = {"passed": "#009E73", "not started": "#7F7F7F", "hint": "#0072B2"}
COLAB = "https://colab.research.google.com/github/toydiff/toydiff/blob/main/notebooks/"


# JupyterLab scrolls to a heading only where the notebook is open already: click on until it stays in sight.
CLICK_ON = """const link = this
if (!link.again) {
    const until = Date.now() + 30000, heading = decodeURIComponent(link.hash.slice(1))
    const arrived = () => [...document.querySelectorAll('[data-jupyter-id]')].some(one => {
        const {top, bottom, height} = one.getBoundingClientRect()
        return one.dataset.jupyterId === heading && height && top >= 0 && bottom <= innerHeight
    })
    const opened = () => [...document.querySelectorAll('.jp-NotebookPanel:not(.lm-mod-hidden)')].some(
        one => !one.contains(link) && one.querySelector('.jp-Cell'))
    let seen = 0    // what is drawn above it may push the heading away again
    link.again = setInterval(() => {
        seen = arrived() ? seen + 1 : 0
        if (seen > 2 || Date.now() > until) link.again = clearInterval(link.again)
        else if (!seen && opened()) link.click()
    }, 1000)
}"""


def box(step, title, *blocks):
    """Return a box of HTML around blocks of HTML. It takes light or dark from the page around it.

    The classes keep MathJax away: a dollar in the text of an error is no formula.
    """
    body = "".join(f"<div>{block}</div>" for block in blocks if block)
    return (f'<div class="tex2jax_ignore mathjax_ignore" style="border-left: 5px solid '
            f'{COLOURS.get(step, "#D55E00")}; padding: 4px 12px; margin: 4px 0">'
            f"<b>{MARKS.get(step, '✗')} {rich(title)}</b>{body}</div>")


def rich(text):
    """Return a text as HTML, in which `code` in backticks is set as such, and nothing is a formula."""
    parts = [re.sub(r"\$|\\(?=[()\[\]])", r"<span>\g<0></span>", html.escape(part, quote=False))
             for part in text.split("`")]
    if len(parts) % 2 == 0:    # the last backtick has no other
        parts[-2:] = [f"{parts[-2]}`{parts[-1]}"]
    return "".join(f"<code>{part}</code>" if i % 2 else part for i, part in enumerate(parts))


def link(notebook, section):
    """Return a link to a section of a notebook as JupyterLab finds it: spaces are hyphens, all else stays.

    On Colab a link leads to the cell of the heading, in the course's own repository: nothing lies beside a notebook.
    """
    attributes = ""
    if "google.colab" in sys.modules:
        cell = CELLS.get((notebook, section))
        address = f"{COLAB}{notebook}.ipynb" + (f"#scrollTo={cell}" if cell else "")
    else:
        address = f"../notebooks/{notebook}.ipynb#{section.replace(' ', '-')}"
        attributes = f' onclick="{html.escape(CLICK_ON)}"'
    return (f'<a href="{html.escape(address)}"{attributes}>Read again: {html.escape(notebook)}, '
            f"“{html.escape(section)}”</a>")


def folded(hints):
    """Return hints as HTML, each of them one click away, and the next one in it."""
    inner = ""
    for number, text in reversed(list(enumerate(hints, 1))):
        title = "A hint" if number == 1 else "The next hint"
        inner = f"<details><summary>{title} ({number} of {len(hints)})</summary>{rich(text)}{inner}</details>"
    return inner


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

    def beside(self, hints, draw=None):
        """Add what a notebook shows beside the message, and return self: hints, and draw(), a picture as HTML."""
        object.__setattr__(self, "_beside", (hints, draw))
        return self

    def _repr_html_(self):
        hints, draw = getattr(self, "_beside", ((), None))
        return box(self.step, self._title(), rich(self.message), draw() if draw else "",
                   link(*self.see) if self.see else "", folded(hints))


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
        return box("hint", f"{self.exercise}: hint {self.number} of {self.of}", rich(self.message))
