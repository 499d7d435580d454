/* The exact denoiser of the board: toydiff/oracle.py in JavaScript. No network can do better.

   The noise in x_t = a·x0 + s·ε is a standard normal cut off at the walls of the filled cells: x0 lies in a column from
   e to e′ exactly when ε lies between u = (x_t − a·e)/s and u′ = (x_t − a·e′)/s. So the column weighs Φ(u) − Φ(u′), and
   ε has there on average (φ(u′) − φ(u)) / (Φ(u) − Φ(u′)). A cell weighs its column times its row. */

class Oracle {
  /* cellsOf: for each label, which filled cells are its own, by their index in board.filled. */
  constructor(board, schedule, cellsOf = []) {
    Object.assign(this, {board, schedule, cellsOf, labels: cellsOf.length})
    this.all = board.filled.map((_, i) => i)
  }

  /* E[ε | x_t], as a network is asked. */
  eps(x, t, eps, label) {
    const {board, schedule} = this, n = board.n, cells = label == null ? this.all : this.cellsOf[label]
    const a = Math.sqrt(schedule.alphaBar[t]), s = Math.sqrt(1 - schedule.alphaBar[t])
    const mass = [new Float64Array(n), new Float64Array(n)], mean = [new Float64Array(n), new Float64Array(n)]
    for (let p = 0; p < x.length; p += 2) {
      for (let k = 0; k < 2; k++)
        for (let i = 0; i < n; i++)
          [mass[k][i], mean[k][i]] = cutNormal((x[p + k] - a * board.edge(i + 1)) / s, (x[p + k] - a * board.edge(i)) / s)
      let top = -Infinity, sum = 0, sumX = 0, sumY = 0
      for (const cell of cells) {
        const [column, row] = board.filled[cell]
        top = Math.max(top, mass[0][column] + mass[1][row])
      }
      for (const cell of cells) {
        const [column, row] = board.filled[cell], weight = Math.exp(mass[0][column] + mass[1][row] - top)
        sum += weight
        sumX += weight * mean[0][column]
        sumY += weight * mean[1][row]
      }
      eps[p] = sumX / sum
      eps[p + 1] = sumY / sum
    }
  }
}

/* Cut a standard normal down to the interval from low to high: [log of its mass there, its mean there]. Exact far out in
   a tail, too, where Φ itself is 0: there all is reckoned in multiples of φ(high), the density at the end nearer to 0. */
function cutNormal(low, high) {
  if (low + high > 0) {                               // mirrored to where |high| ≤ |low|
    const [mass, mean] = cutNormal(-high, -low)
    return [mass, -mean]
  }
  const middle = (low + high) / 2, width = high - low
  if (width * (1 - middle) < 0.01)                    // so narrow that differences would lose their digits
    return [Math.log(width) + logDensity(middle) + (middle ** 2 - 1) * width ** 2 / 24, middle - middle * width ** 2 / 12]
  if (high > 0) {
    const atLow = Math.exp(logDensity(low)), atHigh = Math.exp(logDensity(high))
    const mass = 1 - atHigh * tailOverDensity(high) - atLow * tailOverDensity(-low)
    return [Math.log(mass), (atLow - atHigh) / mass]
  }
  const c = Math.exp(middle * width)                  // φ(low) / φ(high)
  const mass = tailOverDensity(-high) - c * tailOverDensity(-low)
  return [Math.log(mass) + logDensity(high), (c - 1) / mass]
}

function logDensity(z) {
  return -(z ** 2 + Math.log(2 * Math.PI)) / 2
}

/* (1 − Φ(z)) / φ(z) for z ≥ 0, with all its digits however small both are. */
function tailOverDensity(z) {
  if (z < 3) {                                        // Σ z^(2k+1) / (1·3·5…) = (Φ(z) − ½) / φ(z)
    let term = z, sum = z
    for (let k = 3; term > 1e-17 * sum; k += 2) sum += term *= z * z / k
    return Math.sqrt(Math.PI / 2) * Math.exp(z * z / 2) - sum
  }
  let fraction = z                                    // Laplace's continued fraction
  for (let k = 60; k > 0; k--) fraction = z + k / fraction
  return 1 / fraction
}
