"""How things reach the learner's screen: all that the course shows goes through `put`, and may be held back.

A notebook's output is a bundle: the same thing in several forms, of which a reader's program takes the richest that it
knows. The widget lives beside a kernel; HTML or Markdown is for readers without one; plain text is what tests compare.
"""

import inspect
import io
import itertools
import textwrap
from base64 import b64encode
from contextlib import contextmanager, redirect_stdout
from html import escape

from .drawing import SHARP, drawn, encode, few_colours
from .names import READABLE, SCRIPT
from .still import exporting, unseen

WIDGET = "application/vnd.jupyter.widget-view+json"
_held = []    # lists of bundles, one for each `holding` that is open


class Bundle(dict):
    """The same thing in several forms, by their kinds; `widget` is the live one itself, None if there is none."""

    widget = None


def put(plain=None, html=None, markdown=None, widget=None):
    """Show one thing in several forms; inside `holding` it is kept instead. plain: text, for all that know no other."""
    forms = {"text/plain": plain, "text/html": html, "text/markdown": markdown}
    bundle = Bundle((kind, form) for kind, form in forms.items() if form is not None)
    if widget is not None and not exporting():
        bundle.widget = widget
        bundle[WIDGET] = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
    if _held:
        _held[-1].append(bundle)
    else:
        from IPython.display import display

        display(bundle, raw=True)
        if WIDGET in bundle:
            display({"text/html": SCRIPT}, raw=True)    # no text: nothing that a test would compare


@contextmanager
def holding():
    """Keep what is put and printed meanwhile, and show nothing; yields the list of bundles."""
    bundles = []
    _held.append(bundles)
    try:
        with redirect_stdout(_Printed(bundles)):
            yield bundles
    finally:
        _held.pop()


class _Printed(io.TextIOBase):
    """In place of sys.stdout: what is printed becomes a bundle, printing after printing the same one."""

    def __init__(self, bundles):
        self.bundles = bundles

    def write(self, text):
        if text and not (self.bundles and self.bundles[-1].keys() == {"text/plain"}):
            self.bundles.append(Bundle({"text/plain": ""}))
        if text:
            self.bundles[-1]["text/plain"] += text
        return len(text)


def for_readers(bundle):
    """A bundle as Markdown, for readers without a kernel."""
    plain = bundle.get("text/plain", "").rstrip()
    return bundle.get("text/markdown") or bundle.get("text/html") or (f"<pre>{escape(plain)}</pre>" if plain else "")


def for_the_front_end(bundle):
    """A bundle as an ipywidgets.Output wants it."""
    if bundle.keys() == {"text/plain"}:
        return {"output_type": "stream", "name": "stdout", "text": bundle["text/plain"]}
    return {"output_type": "display_data", "data": bundle, "metadata": {}}


def image(content, alt, width, height, kind="png", cuts=(), live=False):
    """A picture's bytes as HTML, described in words; width and height as the page counts, less where it is narrow.

    cuts: where it falls into panels, as of `cuts_between`; a narrow page puts these one below the other. live: it is
    drawn again and again, so that names.py comes too late to keep it readable where it is narrow.
    """
    split = f'data-cuts="{as_text(cuts)}" ' if cuts else ""
    least = f"; min-width: {round(min(0.7, READABLE / height) * width)}px" if live else ""
    return (f'<img src="data:image/{kind};base64,{b64encode(content).decode()}" alt="{escape(alt)}" {split}'
            f'width="{width}" height="{height}" decoding="sync" style="max-width: 100%; height: auto{least}">')


def cuts_between(figure):
    """Where a drawn figure may be cut from top to bottom so that each panel is whole: shares of its width, rising.

    Empty where its panels do not stand side by side, or one has its numbers from its neighbour. What is written at a
    panel belongs to it.
    """
    panels = sorted(((ax.get_position(), ax.get_tightbbox()) for ax in figure.axes), key=lambda panel: panel[0].x0)
    n, width = len(panels), figure.bbox.width
    apart = all(i / n - 0.01 < box.x0 and box.x1 < (i + 1) / n + 0.01 for i, (box, _) in enumerate(panels))
    if not apart or any(len(ax.get_yticks()) and not any(label.get_text() for label in ax.get_yticklabels())
                        for ax in figure.axes if ax.axison):
        return []
    return [(left.x1 + right.x0) / 2 / width for (_, left), (_, right) in itertools.pairwise(panels)]


def as_text(cuts):
    """Shares of a width as a page's script reads them."""
    return " ".join(f"{cut:.3f}" for cut in cuts)


def show(figure, alt):
    """Display a figure in a notebook; `alt` says in words what is to be seen."""
    put(alt, html=still(figure, alt))


def still(figure, alt, sharp=SHARP):
    """A figure as HTML, in as few bytes as it takes: notebooks are kept with their pictures. "" where nobody looks."""
    if unseen():
        return ""
    width, height = (round(100 * inches) for inches in figure.get_size_inches())
    small = encode(few_colours(drawn(figure, sharp), 24).convert("RGBA"), "WEBP", lossless=True)
    return image(small, alt, width, height, "webp", cuts_between(figure) if exporting() else ())


def show_source(thing):
    """Display the code of a function, method or class in a notebook: what is shown is what runs."""
    code = textwrap.dedent(inspect.getsource(thing))
    put(code, markdown=f"```python\n{code}```")
