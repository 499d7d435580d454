/* Training from nothing: toydiff/training.py in JavaScript, with the gradients written out. */

/* A network whose weights are drawn as PyTorch draws them: evenly, up to 1/√inputs. */
function newNetwork(schedule, variance, random, hidden = 96) {
  const network = new Network(schedule, [], {variance})
  const sizes = [network.inputs, hidden, hidden, hidden, 2]
  for (let i = 0; i < 4; i++) {
    const bound = 1 / Math.sqrt(sizes[i]), draw = () => bound * (2 * random.uniform() - 1)
    network.layers.push({weight: Float32Array.from({length: sizes[i] * sizes[i + 1]}, draw),
                         bias: Float32Array.from({length: sizes[i + 1]}, draw)})
  }
  return network
}

/* The mean squared error of the predicted noise (DDPM, eq. 14, per coordinate), and its gradient for each layer.

   x: noisy points; t: one for each; eps: the noise in them. Backwards through y = x Wᵀ + b, with g the gradient at y:
   Wᵀ gets gᵀ x, b the sum of g, and x gets g W. */
function lossAndGradients(network, x, t, eps) {
  const n = x.length / 2, last = network.layers.length - 1
  const seen = [network.features(x, t)], sums = []    // before and after each layer
  network.layers.forEach(({weight, bias}, i) => {
    sums.push(timesTransposed(seen[i], weight, n, bias))
    seen.push(i < last ? sums[i].map(gelu) : sums[i])
  })

  let loss = 0, g = new Float32Array(2 * n)
  for (let i = 0; i < 2 * n; i++) {
    const level = network.at(t, i >> 1), error = level.gaussian * x[i] + level.scale * sums[last][i] - eps[i]
    loss += error ** 2 / (2 * n)
    g[i] = 2 * error / (2 * n) * level.scale
  }

  const gradients = []
  for (let i = last; i >= 0; i--) {
    const {weight, bias} = network.layers[i], outputs = bias.length, inputs = weight.length / outputs
    const gT = transposed(g, n)
    gradients[i] = {weight: timesTransposed(gT, transposed(seen[i], n), outputs),
                    bias: bias.map((_, o) => sumOf(gT, o * n, n))}
    if (i === 0) break
    g = timesTransposed(g, transposed(weight, outputs), n)
    for (let j = 0; j < g.length; j++) g[j] *= geluSlope(sums[i - 1][j])
  }
  return {loss, gradients}
}

function transposed(a, rows) {
  const columns = a.length / rows, out = new Float32Array(a.length)
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) out[c * rows + r] = a[r * columns + c]
  return out
}

function sumOf(a, from, n) {
  let sum = 0
  for (let i = from; i < from + n; i++) sum += a[i]
  return sum
}

/* A training run: step() is one pass of DDPM's Algorithm 1; `ema` is the network's steadier twin, to sample from. */
class Run {
  constructor(data, schedule, {seed = 0, steps = 2000, batch = 256, rate = 8e-3, decay = 0.999, hidden = 96} = {}) {
    Object.assign(this, {data, schedule, steps, batch, rate, decay, random: new Random(seed), done: 0})
    this.network = newNetwork(schedule, data.variance, this.random, hidden)
    this.ema = new Network(schedule, this.tensors(layer => layer.slice()), {variance: data.variance})
    this.first = this.tensors(layer => new Float32Array(layer.length))     // Adam's averages: of the gradient,
    this.second = this.tensors(layer => new Float32Array(layer.length))    // and of its square
  }

  tensors(make) {
    return this.network.layers.map(({weight, bias}) => ({weight: make(weight), bias: make(bias)}))
  }

  step() {
    const {data, schedule, batch, random} = this
    const x = data.sample(batch, random), eps = random.normals(2 * batch)
    const t = Array.from({length: batch}, () => 1 + Math.floor(schedule.T * random.uniform() ** 3))  // small t more often
    for (let i = 0; i < x.length; i++) {
      const alphaBar = schedule.alphaBar[t[i >> 1]]
      x[i] = Math.sqrt(alphaBar) * x[i] + Math.sqrt(1 - alphaBar) * eps[i]
    }
    const {loss, gradients} = lossAndGradients(this.network, x, t, eps)
    this.done++
    const rate = this.rate * (1 + Math.cos(Math.PI * (this.done - 1) / this.steps)) / 2    // down to 0 on half a cosine
    const share = 1 - Math.min(this.decay, this.done / (this.done + 10))
    gradients.forEach((gradient, i) => {
      for (const name of ["weight", "bias"]) {
        const weights = this.network.layers[i][name], average = this.ema.layers[i][name]
        adam(weights, gradient[name], this.first[i][name], this.second[i][name], rate, this.done)
        for (let j = 0; j < weights.length; j++) average[j] += share * (weights[j] - average[j])
      }
    })
    return loss
  }
}

/* One step of Adam (Kingma & Ba 2014, arXiv 1412.6980, algorithm 1), with its usual constants. */
function adam(weights, gradient, first, second, rate, step) {
  const corrected = rate / (1 - 0.9 ** step), root = Math.sqrt(1 - 0.999 ** step)
  for (let j = 0; j < weights.length; j++) {
    const g = gradient[j]
    first[j] = 0.9 * first[j] + 0.1 * g
    second[j] = 0.999 * second[j] + 0.001 * g * g
    weights[j] -= corrected * first[j] / (Math.sqrt(second[j]) / root + 1e-8)
  }
}
