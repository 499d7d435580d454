/* Puts the page together: two ways to use one canvas, by mouse, finger and keyboard. */

addEventListener("DOMContentLoaded", () => {
  const canvas = document.querySelector("#plane"), stage = new Stage(canvas)
  const course = bundled("board")
  const play = new Play(stage, course)
  const learn = new Learn(stage, course, subject => {
    play.yours = subject
    const {who} = play.controls
    who.querySelector("[value=yours]").hidden = false
    who.value = "yours"
    show("play")
    play.changed()
    play.start()
  })
  let shown = "play", drawing = false
  window.live = {play, learn, course}       // for whoever looks with the browser's console, and for the tests

  function show(name) {
    shown = name
    if (name === "learn") play.first.hidden = true
    play.stop()
    learn.running = false
    for (const button of document.querySelectorAll("[data-shows]")) {
      button.setAttribute("aria-pressed", button.dataset.shows === name)
      document.getElementById(button.dataset.shows).hidden = button.dataset.shows !== name
    }
    redraw()
  }

  function redraw() {
    canvas.style.touchAction = shown === "learn" && learn.drawing ? "none" : "manipulation"
    canvas.setAttribute("aria-label", shown === "play"
      ? "The plane, with the points of the walk. The arrow keys move a cross; Enter drops a point of yours there."
      : "The plane, with what is to be learned and where the network's points arrive.")
    stage.fit()
    if (shown === "play") play.draw()
    else { learn.draw(); learn.say() }
  }

  for (const button of document.querySelectorAll("[data-shows]")) button.onclick = () => show(button.dataset.shows)
  learn.controls.what.addEventListener("change", redraw)
  addEventListener("resize", redraw)
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw)

  canvas.addEventListener("click", event => { if (shown === "play") play.drop(stage.place(event)) })
  canvas.addEventListener("pointerdown", event => {
    drawing = shown === "learn" && learn.drawing
    if (!drawing) return
    canvas.setPointerCapture(event.pointerId)
    learn.begin(stage.place(event))
  })
  canvas.addEventListener("pointermove", event => { if (drawing) learn.goOn(stage.place(event)) })
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { drawing = false })

  canvas.addEventListener("keydown", event => {
    const move = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1]}[event.key]
    if (shown !== "play" || !(move || event.key === "Enter")) return
    event.preventDefault()
    play.cross ??= [0, 0]
    if (move) play.cross = play.cross.map((value, i) => Math.max(-2, Math.min(2, value + 0.1 * move[i])))
    else play.drop(play.cross)
    play.wake()
  })
  canvas.addEventListener("blur", () => { play.cross = null; play.wake() })

  show("play")
})
