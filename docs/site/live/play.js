/* The page's first half: noise becomes a board. What the controls say, and what is drawn. */

const PACE = 3000                                     // ms for a whole walk, if the machine can
const BUDGET = 25                                     // ms of each picture for the walk
const STEPS = [2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 30, 50, 75, 100]
const still = matchMedia("(prefers-reduced-motion: reduce)")

class Play {
  constructor(stage, course) {
    Object.assign(this, {stage, course, labelled: null, playing: false, cross: null, yours: null, seed: 1})
    this.controls = Object.fromEntries([...document.querySelectorAll("#play [id]")].map(node => [node.id, node]))
    this.first = document.querySelector("#first")
    setTimeout(() => this.realUnevenness())           // a task of its own: the page is painted first
    this.listen()
    this.changed()
  }

  /* Who can be asked: the network, the exact denoiser, the network that learned on this page. */
  subjects(label) {
    const {network, oracle, schedule, board} = label === null ? this.course : this.labelled
    return {network: {model: network, schedule, data: board, colour: COLOURS.model, says: "the network"},
            exact: {model: oracle, schedule, data: board, colour: COLOURS.exact, says: "the exact denoiser"},
            yours: this.yours}
  }

  listen() {
    const {toggle, again, time, who, sampler, steps, eta, label, gamma, field, forget} = this.controls
    toggle.onclick = this.first.onclick = () => this.toggle()
    again.onclick = () => { this.seed++; this.changed(); this.start() }
    for (const control of [who, sampler]) control.onchange = () => { this.changed(); this.start() }
    label.onchange = async () => {
      if (!this.labelled) this.labelled = await networkWithLabels()
      this.changed()
      this.start()
    }
    for (const control of [steps, eta, gamma]) {
      control.oninput = () => this.say()
      control.onchange = () => { this.changed(); this.start() }
    }
    time.oninput = () => this.lookAt(+time.value)
    field.onchange = () => this.draw()
    forget.onclick = () => { this.player.own = []; this.draw() }
    LABEL_NAMES.forEach((name, i) => label.add(new Option(name, i)))
    this.controls.labels.hidden = !LABEL_NAMES.length
  }

  /* The settings have changed: the same noise, walked otherwise. */
  changed() {
    const {who, sampler, steps, eta, label, gamma} = this.controls
    const knows = this.labelled && who.value !== "yours"
    const chosen = knows && label.value !== "" ? +label.value : null, solver = sampler.value
    eta.disabled = solver === "ddpm"
    gamma.disabled = chosen === null
    const settings = {asked: this.subjects(chosen)[who.value], label: chosen, gamma: +gamma.value, seed: this.seed,
                      solver: solver === "2m" ? "2m" : "ddim", steps: STEPS[+steps.value],
                      eta: solver === "ddpm" ? 1 : +eta.value}
    if (this.player) this.player.restart(settings)
    else this.player = new Player(settings)
    this.controls.time.max = this.player.last
    this.lookAt(0)
  }

  toggle() {
    if (this.playing) this.stop()
    else this.start()
  }

  start() {
    this.first.hidden = true
    if (this.player.view === this.player.last) this.lookAt(0)
    if (still.matches) return this.lookAt(this.player.last)    // no motion: the end at once, the way by the slider
    this.playing = true
    this.since = performance.now()
    this.say()
    this.wake()
  }

  stop() {
    this.playing = false
    this.say()
  }

  /* Show the walk at one of its times; if it has not been there, it walks on until it is. */
  lookAt(index) {
    if (index > 0) this.first.hidden = true
    this.playing = false
    this.wanted = index
    this.player.view = Math.min(index, this.player.frames.length - 1)
    this.say()
    this.wake()
  }

  wake() {
    if (!this.awake) requestAnimationFrame(now => this.frame(now))
    this.awake = true
  }

  /* One picture: walk on as long as there is time, show what is due. */
  frame(now) {
    this.awake = false
    const {player} = this, {frames, last} = player
    if (this.playing || player.view < this.wanted) player.compute(performance.now() + BUDGET)
    if (this.playing) {
      const due = Math.floor((now - this.since) * last / PACE)
      if (due > 0 && player.view + 1 < frames.length) {
        player.view++
        this.since = Math.max(this.since + PACE / last, now - PACE / last)
      }
      if (player.view === last) this.playing = false
    } else if (player.view < this.wanted) player.view = Math.min(this.wanted, frames.length - 1)
    this.draw(now)
    this.say()
    if (this.playing || player.view < this.wanted || player.underWay) this.wake()
  }

  draw(now = 0) {
    const {stage, player, controls} = this, {frames, view, settings, schedule} = player
    const next = this.playing && view + 1 < frames.length
    const share = next ? Math.min(1, Math.max(0, (now - this.since) * player.last / PACE)) : 0
    const reach = index => 1.2 + 1.2 * Math.sqrt(1 - schedule.alphaBar[player.time(index)])
    stage.clear(reach(view) + share * (reach(Math.min(view + 1, player.last)) - reach(view)))
    if (settings.asked.data.filled) stage.cells(settings.asked.data)
    stage.square()
    if (controls.field.checked) stage.field(player.model, Math.max(1, frames[view].t), settings.asked.colour)
    stage.points(frames[view + (next ? 1 : 0)].x, settings.asked.colour, frames[view].x, next ? share : 1)
    player.ways().forEach((way, i) => stage.path(way, OWN_COLOURS[i]))
    if (this.cross) stage.cross(this.cross)
  }

  /* Everything that is written, beside the controls and in numbers. */
  say() {
    const {player, controls} = this, {view, last, settings, frames} = player, t = player.time(view)
    controls.toggle.textContent = this.playing ? "Pause" : view === last ? "Again" : "Play"
    controls.time.value = view
    controls.time.setAttribute("aria-valuetext", `t = ${t}`)
    controls.now.textContent = `t = ${t}`
    controls.stepsNow.textContent = STEPS[+controls.steps.value]
    controls.etaNow.textContent = controls.eta.disabled ? "1" : (+controls.eta.value).toFixed(1)
    controls.gammaNow.textContent = (+controls.gamma.value).toFixed(1)
    controls.forget.hidden = player.own.length === 0
    const {data} = settings.asked, {x} = frames[view], cells = this.cellsAsked()
    const counts = cells ? data.counts(x) : null
    const inside = cells ? cells.reduce((sum, cell) => sum + counts[cell], 0) / POINTS : data.inside(x)
    controls.inside.textContent = `${(100 * inside).toFixed(1)} %`
    controls.uneven.textContent = cells && cells.length > 1 && inside > 0.5 ? data.unevenness(x, cells).toFixed(3) : "–"
    if (view === last && this.told !== player.walk) {
      this.told = player.walk
      controls.told.textContent = `Arrived: ${controls.inside.textContent} of ${POINTS} points are inside, `
        + `after ${last} steps with ${settings.asked.says}.`
    }
  }

  /* The cells where points should be: those of the label, all without one; null where the data is a drawing. */
  cellsAsked() {
    const {asked, label} = this.player.settings
    if (!asked.data.filled) return null
    return label === null ? asked.data.filled.map((_, i) => i) : this.labelled.labels[label].cells
  }

  /* What chance alone does to as many real points: the mean over twenty draws. */
  realUnevenness() {
    const random = new Random(0), {board} = this.course
    let sum = 0
    for (let i = 0; i < 20; i++) sum += board.unevenness(board.sample(POINTS, random))
    this.controls.realUneven.textContent = (sum / 20).toFixed(3)
  }

  drop(place) {
    this.player.drop(place)
    this.say()
    this.wake()
    this.controls.told.textContent = "A point of yours is on its way."
  }
}

/* The network that knows labels: a script of its own, fetched when somebody wants it. */
function networkWithLabels() {
  return new Promise(resolve => {
    const script = document.createElement("script")
    script.src = "live/labels.js"
    script.onload = () => resolve(bundled("board_labels"))
    document.head.append(script)
  })
}
