/* The data: points spread evenly over the filled cells of a board, or over what somebody has drawn.

   Points are kept as x, y, x, y … in a Float32Array. Data has sample(n, random), variance, and inside(x): which share of
   the points is where data can be. */

class Board {
  constructor(cellsPerSide = 4) {
    this.n = cellsPerSide
    this.variance = 1 / 3
    this.filled = []                                  // [column, row], row by row from the bottom
    for (let row = 0; row < this.n; row++)
      for (let column = row % 2; column < this.n; column += 2) this.filled.push([column, row])
  }

  /* Where the cells of a side begin, and the last one ends. */
  edge(i) {
    return -1 + 2 * i / this.n
  }

  sample(n, random) {
    const x = new Float32Array(2 * n)
    for (let i = 0; i < n; i++) {
      const [column, row] = this.filled[random.integer(this.filled.length)]
      x[2 * i] = this.edge(column + random.uniform())
      x[2 * i + 1] = this.edge(row + random.uniform())
    }
    return x
  }

  /* The index of the filled cell around (x, y), or −1. A cell owns its lower and left edge. */
  cellOf(x, y) {
    const column = Math.floor((x + 1) * this.n / 2), row = Math.floor((y + 1) * this.n / 2)
    const there = column >= 0 && column < this.n && row >= 0 && row < this.n && (column + row) % 2 === 0
    return there ? row * (this.n / 2) + (column - row % 2) / 2 : -1
  }

  /* How many points are in each filled cell. */
  counts(x) {
    const counts = new Array(this.filled.length).fill(0)
    for (let i = 0; i < x.length; i += 2) {
      const cell = this.cellOf(x[i], x[i + 1])
      if (cell >= 0) counts[cell]++
    }
    return counts
  }

  inside(x) {
    return this.counts(x).reduce((a, b) => a + b, 0) / (x.length / 2)
  }

  /* How unevenly the points inside are spread over the cells (of `cells`, all if not given): the share of points in the
     wrong cell, ½ Σ |share of the cell − 1/cells|, from 0 to 1. */
  unevenness(x, cells = this.filled.map((_, i) => i)) {
    const counts = this.counts(x), all = cells.reduce((sum, i) => sum + counts[i], 0)
    if (!all) return 1
    return cells.reduce((sum, i) => sum + Math.abs(counts[i] / all - 1 / cells.length), 0) / 2
  }
}

/* What was drawn: strokes of a round brush. Every place under it is as likely as the number of times it came by. */
class Drawing {
  /* strokes: lists of [x, y], within the square; brush: its radius. */
  constructor(strokes, brush) {
    this.brush = brush
    this.spots = []                                   // along the strokes, evenly spaced
    for (const stroke of strokes) this.add(stroke)
    const random = new Random(0), x = this.sample(4000, random)
    const mean = [0, 1].map(k => x.filter((_, i) => i % 2 === k).reduce((a, b) => a + b, 0) / 4000)
    this.variance = x.reduce((sum, value, i) => sum + (value - mean[i % 2]) ** 2, 0) / x.length
  }

  add(stroke) {
    let rest = 0
    this.spots.push(stroke[0])
    for (let i = 1; i < stroke.length; i++) {
      const [ax, ay] = stroke[i - 1], [bx, by] = stroke[i], length = Math.hypot(bx - ax, by - ay)
      for (rest += length; rest >= this.brush / 4; rest -= this.brush / 4) {
        const share = 1 - (rest - this.brush / 4) / length
        this.spots.push([ax + share * (bx - ax), ay + share * (by - ay)])
      }
    }
  }

  sample(n, random) {
    const x = new Float32Array(2 * n)
    for (let i = 0; i < n; i++) {
      const [cx, cy] = this.spots[random.integer(this.spots.length)]
      const radius = this.brush * Math.sqrt(random.uniform()), angle = 2 * Math.PI * random.uniform()
      x[2 * i] = cx + radius * Math.cos(angle)
      x[2 * i + 1] = cy + radius * Math.sin(angle)
    }
    return x
  }

  /* Which share of the points lies under the brush. */
  inside(x) {
    const under = (px, py) => this.spots.some(([cx, cy]) => Math.hypot(px - cx, py - cy) <= this.brush)
    let count = 0
    for (let i = 0; i < x.length; i += 2) count += under(x[i], x[i + 1])
    return count / (x.length / 2)
  }
}
