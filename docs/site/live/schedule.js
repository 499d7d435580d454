/* How much noise each step adds: β_1 … β_T, and ᾱ_t, what is left of the data after t of them; ᾱ_0 = 1. */

class Schedule {
  constructor(beta) {
    this.T = beta.length
    this.alphaBar = new Float64Array(this.T + 1)
    this.alphaBar[0] = 1
    beta.forEach((value, i) => { this.alphaBar[i + 1] = this.alphaBar[i] * (1 - value) })
  }

  /* λ_t: half the log of the signal-to-noise ratio; infinite at t = 0. */
  logSnr(t) {
    return Math.log(this.alphaBar[t] / (1 - this.alphaBar[t])) / 2
  }

  /* Where a walk of n steps asks the network: falling integers from T, evenly spaced in λ; the last step leads to 0. Near
     the data several values of λ have the same nearest t: for n different ones the grid is made finer. */
  spacing(n) {
    const first = this.logSnr(this.T), last = this.logSnr(1)
    if (n === this.T) return Array.from({length: n}, (_, i) => n - i)
    let ts = []
    for (let values = n; ts.length < n; values += Math.max(n - ts.length, Math.floor(values / 50))) {
      const wanted = Array.from({length: values}, (_, i) => first + (last - first) * i / Math.max(1, values - 1))
      ts = [...new Set(wanted.map(value => this.nearest(value)))]
    }
    return [...ts.slice(0, n - 1), ts[ts.length - 1]]
  }

  /* The t whose λ is nearest. */
  nearest(lambda) {
    let t = 1
    while (t < this.T && lambda <= (this.logSnr(t) + this.logSnr(t + 1)) / 2) t++
    return t
  }
}
