"""What ipywidgets leave out for those who listen to a page: names, and the value that the screen shows.

Jupyter's sliders are announced by their place (99) where the screen says t = 1, and have no name; play buttons are
pictures only; a chosen option looks chosen and says nothing. A script, shown beside every widget of the course, puts
that right as things change. It runs where notebooks may run scripts, does its work once a page, and draws nothing.
And matters of looks: JupyterLab breaks printed lines and shown code amid a word, from then on between words, and
printed columns nowhere (nor code on a phone); pictures become no smaller than can be read; all these scroll. Options
are whole, however long; tables grow with the text, as in the presentation mode; and a film, which is made on white for
use elsewhere, is dark in a dark theme.
And a race: as a saved notebook opens, JupyterLab may draw a widget before it has read its state, and leaves it at
"model not found" (restoreWidgets runs twice, once without the notebook). Where `make lab` lets scripts reach
JupyterLab, such a cell is drawn again; elsewhere a sentence says what to do.
"""

READABLE = 110    # pixels, the least height of a picture; of one that is lower, seven tenths of its own

SCRIPT = """<script>(() => {
  if (window.toydiffNames) return
  window.toydiffNames = true
  const style = document.createElement("style")
  style.textContent = ".jp-OutputArea-output pre { word-break: normal !important; overflow-wrap: anywhere }" +
    ".jp-RenderedText pre.toydiff-columns { white-space: pre !important; overflow-wrap: normal }" +
    "@media (max-width: 600px) { pre.toydiff-columns, pre.toydiff-columns code { white-space: pre !important } }" +
    ".toydiff-options.toydiff-options button { height: auto; max-width: 100%; white-space: normal; text-align: left; " +
    "line-height: 1.4; padding-top: 4px; padding-bottom: 4px }" +
    ".jp-Notebook .jp-RenderedHTMLCommon table { font-size: 0.86em }" +
    ".widget-html .jp-RenderedHTMLCommon :is(td, th) { min-width: 5em }" +
    "[data-jp-theme-light=false] .toydiff-film img { filter: invert(1) hue-rotate(180deg) }"
  document.head.append(style)
  const set = (node, name, value) => node && node.getAttribute(name) !== value && node.setAttribute(name, value)
  const all = (box, kind) => [...box.querySelectorAll(kind)]
  const buttons = {"fa-play": "Play", "fa-pause": "Pause", "fa-stop": "Back to the start", "fa-retweet": "Repeat"}
  const tries = new WeakMap()
  const again = node => {    // draw the cell's outputs anew, some seconds long
    const cell = window.jupyterapp?.shell.currentWidget?.content?.widgets?.find(cell => cell.node.contains(node))
    const outputs = cell?.model.outputs, times = tries.get(cell) ?? 0
    node.textContent = "This may be there already: reload the page. If it stays away, run this cell again."
    if (!outputs || times > 4) return
    tries.set(cell, times + 1)
    setTimeout(() => outputs.fromJSON(outputs.toJSON()), 500 * times)
  }
  const name = () => {
    for (const img of all(document, ".jp-OutputArea-output img[width][height]"))
      img.style.minWidth ||= `${Math.min(0.7, READABLE / img.getAttribute("height")) * img.getAttribute("width")}px`
    for (const node of all(document, ".jp-OutputArea-output.jupyter-widgets"))
      if (node.textContent === "Error displaying widget: model not found") again(node)
    for (const pre of all(document, ".jp-OutputArea-output pre"))
      pre.classList.toggle("toydiff-columns", /\\S {2,}\\S/.test(pre.textContent) && /.\\n./.test(pre.textContent))
    for (const group of all(document, ".toydiff-options")) {
      set(group, "role", "group")
      set(group, "aria-label", group.parentElement.querySelector(".toydiff-asks")?.textContent ?? "Options")
      for (const option of all(group, "button"))
        set(option, "aria-pressed", String(option.classList.contains("mod-active")))
    }
    for (const box of all(document, ".toydiff-explore")) {
      const now = box.querySelector(".toydiff-now")
      for (const handle of all(box, ".noUi-handle, .ui-slider-handle")) {
        set(handle, "aria-label", now?.dataset.label ?? "t")
        set(handle, "aria-valuetext", now?.textContent ?? "")
      }
      for (const icon of all(box, "button i"))
        for (const [kind, text] of Object.entries(buttons))
          if (icon.classList.contains(kind)) {
            set(icon.parentElement, "aria-label", text)
            set(icon.parentElement, "title", text)
          }
    }
  }
  let asked = false
  const soon = () => {
    if (asked) return
    asked = true
    setTimeout(() => { asked = false; name() }, 30)
  }
  new MutationObserver(soon).observe(document.body, {subtree: true, childList: true, characterData: true,
                                                     attributes: true, attributeFilter: ["class", "aria-valuetext"]})
  name()
})()</script>""".replace("READABLE", str(READABLE))
