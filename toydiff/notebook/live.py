"""What lives beside a kernel: each function makes a widget, and the function that brings it up to date.

Raises ImportError where there are no ipywidgets.
"""

from html import escape
from itertools import groupby

from .screen import for_the_front_end
from .still import BAR, UNKNOWN, sized, table


def question(asked):
    """A question, a button for each option, and a line that acknowledges the choice."""
    import ipywidgets

    # Not radio buttons: JupyterLab keeps the arrow keys for itself.
    asks = ipywidgets.HTML(sized(f"<b>Predict.</b> {escape(asked.question)}", kind="toydiff-asks"))
    buttons = ipywidgets.ToggleButtons(options=asked.options, value=asked.guess, style={"button_width": "auto"})
    buttons.add_class("toydiff-options")
    noted = ipywidgets.HTML()
    box = ipywidgets.VBox([asks, buttons, noted])

    def view():
        buttons.value, buttons.disabled = asked.guess, asked.settled
        noted.value = sized(escape(_acknowledged(asked)))

    def clicked(change):
        if change["new"] not in (None, asked.guess):
            asked.choose(change["new"])

    buttons.observe(clicked, "value")
    return box, view


def _acknowledged(asked):
    if asked.guess is None:
        return "You have seen the answer; a guess now is a late one." if asked.seen else "Choose, then run on."
    if asked.trouble:
        return f"Noted for this session only: {asked.guess}. ({asked.trouble}.)"
    after = " After the answer." if asked.late else "" if asked.settled else " Now run on, and look."
    return f"Noted: {asked.guess}.{after}"


def waiting(asked, held):
    """A box that opens when the guess is made, on the Bundles that waited."""
    import ipywidgets

    first = ipywidgets.HTML(sized("<b>The answer waits for your guess</b>, in the question above."))
    anyway = ipywidgets.Button(description="show it without a guess",
                                layout={"width": "auto", "align_self": "flex-start"})
    anyway.on_click(lambda _: asked.look())
    contents = []    # widgets side by side with the others: within an Output not every front end draws them
    for live, bundles in groupby(held, lambda bundle: bundle.widget is not None):
        bundles = list(bundles)
        contents += [bundle.widget for bundle in bundles] if live else [
            ipywidgets.Output(outputs=tuple(map(for_the_front_end, bundles)))]
    box = ipywidgets.VBox([first, anyway])

    def view():
        box.children = contents if asked.seen or asked.guess is not None else [first, anyway]

    return box, view


def verdict(asked):
    """Guess and answer side by side."""
    import ipywidgets

    box = ipywidgets.HTML()

    def view():
        box.value = sized(escape(asked.question) + table(("your guess", "it was"), (_guess(asked), asked.answer)), BAR)

    return box, view


def score(asked):
    """In how many the guess was right, and all of them in a table."""
    import ipywidgets

    box = ipywidgets.HTML()

    def view():
        guessed = [p for p in asked if p.settled and p.answer and not p.late]
        right = sum(p.right for p in guessed)
        said = f"You were right in {right} of {len(guessed)}." if guessed else "You made no guess on this page."
        if right < len(guessed):
            said += " What surprised you is worth a second look."
        if late := sum(p.late and p.guess is not None for p in asked):
            said += f" {late} came after the answer and {'does' if late == 1 else 'do'} not count."
        rows = [(p.question, _guess(p), _answer(p)) for p in asked]
        box.value = sized(f"<b>{said}</b>" + table(("the question", "your guess", "it was"), *rows), BAR)

    return box, view


def _answer(asked):
    """The answer, if it has been seen."""
    return asked.answer if asked.answer and asked.seen else UNKNOWN


def _guess(asked):
    """The guess in words, with a tick if it was right, or that it came late."""
    if asked.guess is None:
        return "no guess"
    if asked.late:
        return f"{asked.guess} (after the answer)"
    return asked.guess + "\N{NO-BREAK SPACE}\N{CHECK MARK}" if asked.right else asked.guess
