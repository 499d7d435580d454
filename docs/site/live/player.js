/* A walk from noise to data that can be watched, stopped, and looked at again at any of its times. */

const POINTS = 2000, OWN = 5

/* The settings of a walk: `asked` is who answers, see subjects() in play.js: {model, schedule, data, colour}. */
class Player {
  constructor(settings) {
    this.own = []                                     // points that were dropped: {start, t, x, way, shown}
    this.restart(settings)
  }

  /* Begin anew, from the same noise where the seed is the same. */
  restart(settings) {
    this.settings = settings
    const {asked, steps, seed, label, gamma} = settings
    this.schedule = asked.schedule
    this.model = guided(asked.model, label, gamma)
    this.ts = this.schedule.spacing(steps)
    this.x = new Random(seed).normals(2 * POINTS)
    this.walk = this.walkOf(this.x, 0, seed + 1)
    this.frames = []                                  // {t, x} at each time that the walk has reached
    this.view = 0                                     // which of them is looked at
    this.compute(Infinity, 1)
    for (const point of this.own) this.send(point, Infinity)
  }

  walkOf(x, from, seed) {
    const {solver, eta} = this.settings, random = new Random(seed)
    return walk(this.model, this.schedule, x, {ts: this.ts.slice(from), solver, eta, normal: () => random.normal()})
  }

  get last() {
    return this.ts.length
  }

  /* The time of a frame, reached or not. */
  time(index) {
    return index < this.last ? this.ts[index] : 0
  }

  /* Walk on until there are so many frames, or no time is left; a piece of a step is always done. */
  compute(deadline, count = Infinity) {
    while (this.frames.length < count && this.frames.length <= this.last) {
      const {value} = this.walk.next()
      if (value !== null) {
        this.frames.push({t: value, x: this.x.slice()})
        for (const point of this.own) this.catchUp(point)
      }
      if (performance.now() > deadline) return
    }
  }

  /* Drop a point of one's own where the walk stands; at its end, where it began. It keeps its place for later walks. */
  drop([x, y]) {
    const atEnd = this.view === this.last
    const point = {start: [x, y], t: atEnd ? Infinity : this.time(this.view)}
    this.own = [...this.own, point].slice(-OWN)
    this.send(point, atEnd ? 1 : Infinity)
    return point
  }

  /* Put a point where it starts, and bring it to where the walk is; shown: how much of its way is seen at first. */
  send(point, shown) {
    point.from = this.ts.findIndex(t => t <= point.t)
    if (point.from < 0) point.from = this.last - 1
    point.x = Float32Array.from(point.start)
    point.way = []
    point.walk = this.walkOf(point.x, point.from, 1000 + this.own.indexOf(point))
    point.shown = shown
    this.catchUp(point)
  }

  catchUp(point) {
    while (point.from + point.way.length < this.frames.length) {
      const {value} = point.walk.next()
      if (value !== null) point.way.push([...point.x])
    }
  }

  /* Of each point of one's own: its way as far as it is to be seen; a step more of those that are sent alone. */
  ways() {
    return this.own.map(point => {
      if (point.shown < point.way.length) return point.way.slice(0, point.shown++)
      return point.way.slice(0, Math.max(1, this.view - point.from + 1))
    })
  }

  /* Is a point that was sent alone still under way? */
  get underWay() {
    return this.own.some(point => point.shown < point.way.length)
  }
}
