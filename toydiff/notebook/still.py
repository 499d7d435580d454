"""Questions and answers for readers without a kernel: HTML, and Markdown around it.

In a notebook the options are a list, and the answer is folded. On a page made by `toydiff export` the options are
buttons: a script of a few lines opens the answer, puts the guess beside it and counts.
"""

import os
from html import escape

EXPORT = "TOYDIFF_EXPORT"    # set in the environment of a kernel that makes a page for readers without one
UNSEEN = "TOYDIFF_UNSEEN"    # set where cells are run whose outputs nobody sees, as in grading
BAR = "border-left: 4px solid #888; padding-left: 12px"    # seen on white and on black
UNKNOWN = "not revealed yet"
UNFOLD = "<b>The answer.</b> First your guess, then unfold it."

PAGE = """<script>(() => {
  if (window.toydiffGuesses) return
  const guesses = window.toydiffGuesses = {}, late = {}
  const all = kind => [...document.querySelectorAll(kind)]
  const of = (kind, number) => document.querySelector(`${kind}[data-number="${number}"]`)
  const count = () => {
    const inTime = all(".toydiff-verdict").filter(box => box.dataset.number in guesses && !late[box.dataset.number])
    const right = inTime.filter(box => guesses[box.dataset.number] === box.dataset.answer)
    for (const box of all(".toydiff-score"))
      box.textContent = inTime.length ? `You were right in ${right.length} of ${inTime.length}.` : ""
  }
  document.addEventListener("click", event => {
    const button = event.target.closest?.(".toydiff-question button")
    if (!button) return
    const box = button.closest(".toydiff-question"), number = box.dataset.number
    const answers = all(`details.toydiff-answer[data-number="${number}"]`), verdict = of(".toydiff-verdict", number)
    late[number] = answers.some(answer => answer.open)
    guesses[number] = button.textContent
    for (const option of box.querySelectorAll("button")) {
      option.setAttribute("aria-pressed", option === button)
      option.disabled = true
    }
    for (const answer of answers) answer.open = true
    const right = verdict?.dataset.answer === guesses[number]
    const said = `Your guess: ${guesses[number]}${late[number] ? " (after the answer)" : right ? " \\u2713" : ""}.`
    box.querySelector("[role=status]").textContent = said + " The answer is below."
    if (verdict) verdict.textContent = said
    count()
  })
})()</script>"""
BUTTON = ('<button type="button" aria-pressed="false" style="font: inherit; padding: 6px 12px; margin: 4px 8px 4px 0; '
          'min-height: 40px">{}</button>')


def exporting():
    """Is this kernel making a page for readers without one?"""
    return bool(os.environ.get(EXPORT))


def unseen():
    """Does nobody see what is shown here, so that no picture need be drawn?"""
    return bool(os.environ.get(UNSEEN))


def question(number, asked):
    """The question, and a list of options, on a page buttons."""
    text = f"<b>Predict.</b> {escape(asked.question)}"
    if not exporting():
        return text + "<ul>" + "".join(f"<li>{escape(option)}</li>" for option in asked.options) + "</ul>"
    buttons = "".join(BUTTON.format(escape(option)) for option in asked.options)
    return (f'<div class="toydiff-question" data-number="{number}"><p>{text}</p>'
            f'<div role="group" aria-label="{escape(asked.question)}">{buttons}</div><p role="status"></p>{PAGE}</div>')


def answer(number, parts):
    """Pieces of Markdown, folded together."""
    return folded(UNFOLD, parts, f' class="toydiff-answer" data-number="{number}"')


def verdict(number, asked):
    """The answer, and on a page room for the guess."""
    was = f"<p><b>It was:</b> {escape(asked.answer)}.</p>".replace("..<", ".<")
    if not exporting():
        return was
    return f'<p class="toydiff-verdict" data-number="{number}" data-answer="{escape(asked.answer)}"></p>{was}'


def score(asked):
    """All questions and answers, folded; on a page room for the count."""
    rows = [(prediction.question, prediction.answer or UNKNOWN) for prediction in asked]
    whole = folded("All questions, and what it was", [table(("the question", "it was"), *rows)])
    return f'<p class="toydiff-score"></p>\n\n{whole}' if exporting() else whole


def folded(summary, parts, attributes=""):
    """Pieces of Markdown under a line to unfold them by."""
    return f"<details{attributes}><summary>{summary}</summary>\n\n" + "\n\n".join(parts) + "\n\n</details>"


def sized(html, style="", kind=""):
    """HTML in the size of the page's text, also when that is enlarged, where widgets are set smaller."""
    return (f'<div class="jp-RenderedHTMLCommon {kind}" style="font-size: var(--jp-content-font-size1, 14px); '
            f'line-height: 1.5; padding: 0; {style}">{html}</div>')


def table(head, *rows):
    """A table of texts, in HTML."""
    cell = '<{0} style="text-align: left; vertical-align: top; padding: 2px 24px 2px 0">{1}</{0}>'
    lines = ["".join(cell.format("td" if i else "th", escape(text)) for text in row)
             for i, row in enumerate([head, *rows])]
    return '<table style="margin: 4px 0">' + f"<tr>{'</tr><tr>'.join(lines)}</tr></table>"
