"""A slider that needs no kernel and no network: some HTML that carries its pictures with it."""

import json
from base64 import b64encode
from html import escape

MAX_BYTES = 690_000    # of one scrubber

# The browser's own slider: mouse, finger and arrow keys all move it. On paper, and where scripts do not run, a still
# stands for it. The pictures are a script of their own, which may as well come from a file when it is wanted.
PAGE = """<div class="toydiff-scrubber" style="max-width: {width}px">
<style>.toydiff-still {{ display: none }}
@media print {{ .toydiff-scrubber > * {{ display: none !important }} .toydiff-scrubber > .toydiff-still {{
display: block !important }} }}</style>
<noscript><style>.toydiff-scrubber > * {{ display: none !important }} .toydiff-scrubber > .toydiff-still {{
display: block !important }}</style></noscript>
<div style="display: flex; gap: 12px; align-items: center; font: 18px sans-serif">
<button type="button" aria-label="Play" style="width: 44px; height: 44px; font-size: 18px">&#9654;</button>
<input type="range" min="0" max="{last}" value="0" aria-label="{label}" aria-valuetext="{first}" \
style="width: 340px; min-width: 120px; height: 44px">
<output style="white-space: nowrap">{first}</output></div>
<img class="toydiff-frame" alt="{alt}" src="{picture}" data-cuts="{cuts}" style="width: 100%">
<div class="toydiff-still">{still}</div>
<script>
(box => {{
  const [play, slider, label] = box.querySelectorAll("button, input, output")
  let labels = [label.textContent], frames = [], timer = 0
  const show = () => {{
    if (!frames.length) return
    for (const image of box.querySelectorAll(".toydiff-frame"))
      image.src = "data:image/webp;base64," + frames[slider.value]
    label.textContent = labels[slider.value]
    slider.setAttribute("aria-valuetext", labels[slider.value])
  }}
  const stop = () => {{ clearInterval(timer); timer = 0; play.innerHTML = "&#9654;"; play.ariaLabel = "Play" }}
  const step = () => {{ slider.stepUp(); show(); if (slider.value === slider.max) stop() }}
  box.take = (texts, pictures) => {{ labels = texts; frames = pictures; show() }}
  slider.oninput = show
  play.onclick = () => {{
    if (timer) return stop()
    if (slider.value === slider.max) slider.value = 0
    timer = setInterval(step, {interval})
    play.innerHTML = "&#10074;&#10074;"
    play.ariaLabel = "Pause"
  }}
}})(document.currentScript.parentElement)
</script>
<script class="toydiff-frames">document.currentScript.parentElement.take({labels}, {frames})</script></div>"""


def scrubber(frames, alt, label, interval, width, still="", cuts=""):
    """Return the HTML of a slider with its pictures, at most MAX_BYTES of it.

    frames: a list of (text, WebP bytes), text being what is written beside the slider; alt: the pictures in words;
    interval: ms a picture when it plays; width: the most pixels it takes; still: the HTML that stands for it on paper;
    cuts: where they fall into panels, as of screen.as_text. Where all frames are too many bytes, only every second,
    third, … is kept, and the last.
    """
    for every in range(1, len(frames) + 1):
        kept = frames[:-1:every] + frames[-1:]
        page = _page(kept, alt, label, interval * every, width, still, cuts)
        if len(page.encode()) <= MAX_BYTES:
            break
    return page


def _page(frames, alt, label, interval, width, still, cuts):
    labels, pictures = zip(*((text, b64encode(picture).decode()) for text, picture in frames), strict=True)
    return PAGE.format(width=width, last=len(frames) - 1, label=escape(label), first=escape(labels[0]), alt=escape(alt),
                       picture=f"data:image/webp;base64,{pictures[0]}", interval=interval, still=still, cuts=cuts,
                       labels=json.dumps(labels).replace("<", "\\u003c"), frames=json.dumps(pictures))
