/* The plane on a canvas: points, the field under them, paths, what is drawn by hand. */

const COLOURS = {data: "#0072B2", noise: "#7F7F7F", model: "#D55E00", exact: "#009E73"}   // one meaning each, as in the course
const OWN_COLOURS = ["#F0E442", "#56B4E9", "#CC79A7", "#E69F00", "#FFFFFF"]

class Stage {
  constructor(canvas) {
    this.canvas = canvas
    this.context = canvas.getContext("2d")
    this.limit = 1.25
    this.fit()
  }

  /* As many pixels as the screen has where the canvas is, two for each of the page's at most. */
  fit() {
    const sharp = Math.min(2, window.devicePixelRatio || 1)
    this.size = Math.round(this.canvas.clientWidth * sharp) || 400
    this.unit = this.size / (this.canvas.clientWidth || 400)
    this.canvas.width = this.canvas.height = this.size
  }

  /* From the plane to the canvas, and back from where an event was. */
  px(x) {
    return (x / this.limit + 1) * this.size / 2
  }

  py(y) {
    return (1 - y / this.limit) * this.size / 2
  }

  place(event) {
    const box = this.canvas.getBoundingClientRect()
    return [this.limit * (2 * (event.clientX - box.left) / box.width - 1),
            this.limit * (1 - 2 * (event.clientY - box.top) / box.height)]
  }

  /* An empty plane; limit: how far it reaches. */
  clear(limit) {
    this.limit = limit
    const style = getComputedStyle(this.canvas), {context, size} = this
    this.ink = style.color
    context.globalAlpha = 1
    context.clearRect(0, 0, size, size)
  }

  /* The cells where data can be. */
  cells(board) {
    const {context} = this, side = this.size / this.limit / board.n
    context.fillStyle = COLOURS.data
    context.globalAlpha = 0.16
    for (const [column, row] of board.filled)
      context.fillRect(this.px(board.edge(column)), this.py(board.edge(row + 1)), side, side)
    context.globalAlpha = 1
  }

  /* The square from −1 to 1. */
  square() {
    const {context} = this
    context.strokeStyle = this.ink
    context.globalAlpha = 0.4
    context.lineWidth = this.unit
    context.strokeRect(this.px(-1), this.py(1), this.px(1) - this.px(-1), this.py(-1) - this.py(1))
    context.globalAlpha = 1
  }

  /* Points x, y, x, y …; between two times on the way from `before`, a share of it. */
  points(x, colour, before = x, share = 1) {
    const {context} = this, side = Math.max(2, 2.1 * this.unit)
    context.fillStyle = colour
    for (let i = 0; i < x.length; i += 2)
      context.fillRect(this.px(before[i] + share * (x[i] - before[i])) - side / 2,
                       this.py(before[i + 1] + share * (x[i + 1] - before[i + 1])) - side / 2, side, side)
  }

  /* Where the network would push a point: away from the noise that it sees there. Long answers are drawn shorter. */
  field(model, t, colour, side = 15) {
    const {context} = this, grid = this.grid(side), eps = new Float32Array(grid.length), step = 2 * this.limit / side
    model.eps(grid, t, eps)
    context.strokeStyle = colour
    context.globalAlpha = 0.55
    context.lineWidth = 1.2 * this.unit
    context.beginPath()
    for (let i = 0; i < grid.length; i += 2) {
      const length = Math.hypot(eps[i], eps[i + 1]) || 1, drawn = 0.9 * step * Math.tanh(length / 1.5) / length
      this.arrow(this.px(grid[i]), this.py(grid[i + 1]), -eps[i] * drawn * this.size / 2 / this.limit,
                 eps[i + 1] * drawn * this.size / 2 / this.limit)
    }
    context.stroke()
    context.globalAlpha = 1
  }

  grid(side) {
    const grid = new Float32Array(2 * side * side), step = 2 * this.limit / side
    for (let i = 0; i < side * side; i++) {
      grid[2 * i] = -this.limit + (i % side + 0.5) * step
      grid[2 * i + 1] = -this.limit + (Math.floor(i / side) + 0.5) * step
    }
    return grid
  }

  arrow(x, y, dx, dy) {
    const {context} = this
    context.moveTo(x, y)
    context.lineTo(x + dx, y + dy)
    context.lineTo(x + 0.7 * dx + 0.15 * dy, y + 0.7 * dy - 0.15 * dx)
    context.moveTo(x + dx, y + dy)
    context.lineTo(x + 0.7 * dx - 0.15 * dy, y + 0.7 * dy + 0.15 * dx)
  }

  /* The way of one point, a list of [x, y], and where it is now. */
  path(way, colour) {
    const {context, unit} = this
    context.lineJoin = "round"
    for (const [style, width, strength] of [["#000000", 2.6, 0.6], [colour, 1.3, 0.9]]) {
      context.strokeStyle = style
      context.globalAlpha = strength
      context.lineWidth = width * unit
      context.beginPath()
      way.forEach(([x, y], i) => i ? context.lineTo(this.px(x), this.py(y)) : context.moveTo(this.px(x), this.py(y)))
      context.stroke()
    }
    context.globalAlpha = 1
    const [x, y] = way[way.length - 1]
    context.fillStyle = colour
    context.strokeStyle = "#000000"
    context.lineWidth = 1.5 * unit
    context.beginPath()
    context.arc(this.px(x), this.py(y), 6.5 * unit, 0, 2 * Math.PI)
    context.fill()
    context.stroke()
  }

  /* The cross that the arrow keys move. */
  cross([x, y]) {
    const {context, unit} = this, reach = 9 * unit
    context.strokeStyle = this.ink
    context.lineWidth = 2 * unit
    context.beginPath()
    context.moveTo(this.px(x) - reach, this.py(y))
    context.lineTo(this.px(x) + reach, this.py(y))
    context.moveTo(this.px(x), this.py(y) - reach)
    context.lineTo(this.px(x), this.py(y) + reach)
    context.stroke()
  }

  /* What is drawn by hand: lists of [x, y]. */
  strokes(strokes, brush) {
    const {context} = this
    context.strokeStyle = context.fillStyle = COLOURS.data
    context.globalAlpha = 0.3
    context.lineCap = context.lineJoin = "round"
    context.lineWidth = brush * this.size / this.limit
    context.beginPath()
    for (const stroke of strokes) {
      context.moveTo(this.px(stroke[0][0]), this.py(stroke[0][1]))
      for (const [x, y] of stroke.length > 1 ? stroke : [stroke[0], stroke[0]]) context.lineTo(this.px(x), this.py(y))
    }
    context.stroke()
    context.globalAlpha = 1
  }
}
