/* The network that looks at a noisy point and says which noise is in it: FeatureMLP of toydiff/mlp.py, line by line. */

const FREQUENCIES = [1, 2, 4, 8, 16, 32].map(k => k * Math.PI)

class Network {
  /* layers: a list of {weight, bias}, Float32Arrays, a weight row by row for each output; variance: of the data;
     labels: how many it knows, 0 for none. */
  constructor(schedule, layers, {variance = 1 / 3, labels = 0} = {}) {
    Object.assign(this, {layers, variance, labels})
    this.inputs = 2 + 4 * FREQUENCIES.length + 2 + (labels ? labels + 1 : 0)
    this.levels = Array.from({length: schedule.T + 1}, (_, t) => this.level(t, schedule))
  }

  /* What depends on t alone. As in float32, where ᾱ_t is never quite 0 or 1. */
  level(t, schedule) {
    const alphaBar = Math.fround(Math.min(Math.max(schedule.alphaBar[t], 1e-12), 1 - 1e-7))
    const signal = Math.sqrt(alphaBar), noise = Math.sqrt(1 - alphaBar)
    const variance = 1 - alphaBar + alphaBar * this.variance
    return {
      time: t / schedule.T,
      logSnr: 2 * Math.log(signal / noise) / 4,
      fade: FREQUENCIES.map(frequency => Math.exp(-((frequency * noise) ** 2) / 2)),
      gaussian: noise / variance,                    // what a Gaussian would answer, for each unit of x
      scale: signal / Math.sqrt(variance),           // how much of what the layers add counts
    }
  }

  /* t is one number for all points, or has one for each. */
  at(t, p) {
    return this.levels[typeof t === "number" ? t : t[p]]
  }

  /* What the layers see of each point: place, waves, time, label; n rows of `inputs` numbers. */
  features(x, t, label) {
    const n = x.length / 2, seen = new Float32Array(n * this.inputs), waves = FREQUENCIES.length
    for (let p = 0; p < n; p++) {
      const level = this.at(t, p), row = p * this.inputs
      for (let k = 0; k < 2; k++) {
        seen[row + k] = x[2 * p + k]
        for (let w = 0; w < waves; w++) {
          const phase = x[2 * p + k] * FREQUENCIES[w]
          seen[row + 2 + k * waves + w] = Math.sin(phase) * level.fade[w]
          seen[row + 2 + (2 + k) * waves + w] = Math.cos(phase) * level.fade[w]
        }
      }
      seen[row + 2 + 4 * waves] = level.time
      seen[row + 3 + 4 * waves] = level.logSnr
      if (this.labels) seen[row + 4 + 4 * waves + (label ?? this.labels)] = 1
    }
    return seen
  }

  /* The noise that is in the points x at time t, written into eps, of the same length. */
  eps(x, t, eps, label) {
    const n = x.length / 2
    let seen = this.features(x, t, label)
    this.layers.forEach(({weight, bias}, i) => {
      seen = timesTransposed(seen, weight, n, bias)
      if (i < this.layers.length - 1) for (let j = 0; j < seen.length; j++) seen[j] = gelu(seen[j])
    })
    for (let i = 0; i < x.length; i++) {
      const level = this.at(t, i >> 1)
      eps[i] = level.gaussian * x[i] + level.scale * seen[i]
    }
  }
}

/* a · bᵀ, where a has n rows: all rows of a times all rows of b, plus a bias for each row of b. This is where the time
   goes. Four rows of b at once: each number of a is fetched once for four products. */
function timesTransposed(a, b, n, bias) {
  const length = a.length / n, m = b.length / length, out = new Float32Array(n * m)
  for (let p = 0; p < n; p++) {
    const row = p * length, end = row + length
    let o = 0
    for (; o + 4 <= m; o += 4) {
      let s0 = 0, s1 = 0, s2 = 0, s3 = 0
      for (let i = row, j = o * length; i < end; i++, j++) {
        const value = a[i]
        s0 += value * b[j]
        s1 += value * b[j + length]
        s2 += value * b[j + 2 * length]
        s3 += value * b[j + 3 * length]
      }
      const place = p * m + o
      out[place] = s0
      out[place + 1] = s1
      out[place + 2] = s2
      out[place + 3] = s3
    }
    for (; o < m; o++) {
      let sum = 0
      for (let i = row, j = o * length; i < end; i++, j++) sum += a[i] * b[j]
      out[p * m + o] = sum
    }
    if (bias) for (let k = 0; k < m; k++) out[p * m + k] += bias[k]
  }
  return out
}

/* 1 − Φ(u) for u ≥ 0, Φ the distribution function of the standard normal, to 8e-8 (Abramowitz & Stegun 1964, 7.1.26). */
function normalTail(u) {
  const k = 1 / (1 + 0.3275911 * Math.SQRT1_2 * u)
  const series = 0.254829592 + k * (-0.284496736 + k * (1.421413741 + k * (-1.453152027 + k * 1.061405429)))
  return k * series * Math.exp(-u * u / 2) / 2
}

function normalBelow(z) {
  return z > 0 ? 1 - normalTail(z) : normalTail(-z)
}

/* A function of z as a table from −8 to 8, read by straight lines: for GELU right to 1e-7, in a fifth of the time. */
function tabulated(f) {
  const table = Float64Array.from({length: 16 * 1024 + 2}, (_, i) => f(i / 1024 - 8))
  return z => {
    const place = (z + 8) * 1024, i = place | 0
    return table[i] + (place - i) * (table[i + 1] - table[i])
  }
}

/* GELU: z Φ(z); and its derivative, Φ(z) + z φ(z). */
const nearGelu = tabulated(z => z * normalBelow(z))
const nearSlope = tabulated(z => normalBelow(z) + z * Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI))

function gelu(z) {
  return z > 8 ? z : z < -8 ? 0 : nearGelu(z)
}

function geluSlope(z) {
  return z > 8 ? 1 : z < -8 ? 0 : nearSlope(z)
}
