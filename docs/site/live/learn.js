/* The page's second half: a network learns from nothing, on the board or on what was drawn. */

const BRUSH = 0.12, SHOWN = 800, QUESTIONS = 10
const RING = [Array.from({length: 61}, (_, i) => [0.75 * Math.sin(i * Math.PI / 30), 0.75 * Math.cos(i * Math.PI / 30)])]

class Learn {
  constructor(stage, course, whenUsed) {
    Object.assign(this, {stage, course, strokes: [], run: null, running: false, losses: []})
    this.controls = Object.fromEntries([...document.querySelectorAll("#learn [id]")].map(node => [node.id, node]))
    const {learnToggle, what, erase, use} = this.controls
    learnToggle.onclick = () => this.toggle()
    what.onchange = () => this.reset()
    erase.onclick = () => { this.strokes = []; this.reset() }
    use.onclick = () => whenUsed(this.subject())
    this.reset()
  }

  get drawing() {
    return this.controls.what.value === "drawn"
  }

  /* Back to a network that knows nothing. */
  reset() {
    Object.assign(this, {run: null, running: false, losses: [], ends: null, before: null})
    this.noise = new Random(7).normals(2 * SHOWN)
    this.say()
    this.draw()
  }

  data() {
    if (this.controls.what.value === "board") return this.course.board
    const strokes = this.drawing ? this.strokes : RING
    return strokes.length ? new Drawing(strokes, BRUSH) : null
  }

  /* The network as it is now, for the walk of the page's first half. */
  subject() {
    return {model: this.run.ema, schedule: this.course.schedule, data: this.run.data, colour: COLOURS.model,
            says: "the network that learned here"}
  }

  toggle() {
    if (this.running) this.running = false
    else {
      if (!this.run || this.run.done === this.run.steps) {
        const data = this.data()
        if (!data) return this.tell("Draw something in the square first.")
        this.reset()
        this.run = new Run(data, this.course.schedule, {seed: Date.now()})
        this.sampled()
      }
      this.running = true
      requestAnimationFrame(() => this.frame())
    }
    this.say()
  }

  /* The same noise, walked with the network as it is now: its ends move as it learns. */
  sampled() {
    const x = this.noise.slice(), {schedule} = this.course
    this.walked = x
    this.walking = walk(this.run.ema, schedule, x, {ts: schedule.spacing(QUESTIONS), solver: "2m"})
  }

  /* One picture: two thirds of the time for training, the rest for the points; of either at least a piece, for a slow
     machine has spent the time after one step already. */
  frame() {
    if (!this.running) return
    const {run} = this, begin = performance.now(), spent = share => performance.now() > begin + share * BUDGET
    while (run.done < run.steps) {
      this.losses.push(run.step())
      if (spent(0.7)) break
    }
    do {
      if (this.walking.next().done) {
        this.before = this.ends ?? this.noise
        this.ends = this.walked
        this.arrived = performance.now()
        this.sampled()
        if (run.done === run.steps) this.running = false
        break
      }
    } while (!spent(1))
    this.draw()
    this.say()
    if (this.running) requestAnimationFrame(() => this.frame())
    else this.tell(`Learned: ${this.controls.landed.textContent} of the points are inside.`)
  }

  draw() {
    const {stage, run} = this
    stage.clear(this.ends || this.drawing ? 1.25 : 2.4)
    if (this.drawing) stage.strokes(this.strokes, BRUSH)
    else if (this.controls.what.value === "ring") stage.strokes(RING, BRUSH)
    else stage.cells(this.course.board)
    stage.square()
    const share = this.running && !still.matches ? Math.min(1, (performance.now() - this.arrived) / 300) : 1
    if (this.ends) stage.points(this.ends, COLOURS.model, this.before, share)
    else if (run || !this.drawing) stage.points(this.noise, COLOURS.noise)
    this.drawLoss()
  }

  /* The loss, each point of the line the mean of 25 steps, above the least that is possible. */
  drawLoss() {
    const {curve} = this.controls, context = curve.getContext("2d"), {width, height} = curve, means = []
    for (let i = 0; i + 25 <= this.losses.length; i += 25)
      means.push(this.losses.slice(i, i + 25).reduce((a, b) => a + b) / 25)
    const floor = this.run?.data === this.course.board ? [this.course.floor] : []
    const low = Math.min(...means, ...floor), high = Math.max(...means, ...floor)
    const y = loss => height * (0.9 - 0.8 * (loss - low) / (high - low || 1))
    const line = (colour, places) => {
      context.strokeStyle = colour
      context.beginPath()
      for (const [i, loss] of places) context.lineTo((25 * i + 12) / this.run.steps * width, y(loss))
      context.stroke()
    }
    context.clearRect(0, 0, width, height)
    context.lineWidth = 3
    context.setLineDash([8, 6])
    if (means.length) line(COLOURS.exact, floor.flatMap(loss => [[0, loss], [this.run.steps / 25, loss]]))
    context.setLineDash([])
    if (means.length) line(COLOURS.model, means.entries())
  }

  say() {
    const {controls, run, losses, drawing} = this, recent = losses.slice(-100)
    controls.learnToggle.textContent = this.running ? "Pause" : !run ? "Learn" : run.done === run.steps ? "From nothing again" : "Go on"
    controls.erase.hidden = !drawing || !this.strokes.length
    controls.hint.hidden = !drawing || this.strokes.length > 0
    controls.use.hidden = !run || this.running || !run.done
    controls.step.textContent = run ? `${run.done} of ${run.steps}` : "0"
    controls.loss.textContent = recent.length ? (recent.reduce((a, b) => a + b) / recent.length).toFixed(3) : "–"
    controls.least.textContent = controls.what.value === "board" ? this.course.floor.toFixed(3) : "not known"
    controls.landed.textContent = this.ends ? `${(100 * run.data.inside(this.ends)).toFixed(0)} %` : "–"
  }

  tell(text) {
    this.controls.learned.textContent = text
  }

  /* A finger or the mouse draws: begin a stroke, go on with it. */
  begin(place) {
    if (this.run) this.reset()
    this.strokes.push([inSquare(place)])
    this.draw()
    this.say()
  }

  goOn(place) {
    this.strokes[this.strokes.length - 1].push(inSquare(place))
    this.draw()
  }
}

function inSquare(place) {
  return place.map(value => Math.max(-1, Math.min(1, value)))
}
