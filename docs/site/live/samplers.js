/* From noise to data: toydiff/sampling.py and fewer_steps.py in JavaScript.

   DDIM = Song et al. 2020, arXiv 2010.02502; DPM-Solver++ = Lu et al. 2022, arXiv 2211.01095. */

/* Walk the points x, in place, through the times ts and then to 0. A generator: it yields a t when all points have arrived
   there, and null in between, when some time has passed and the page may want to be drawn.

   model: has eps(x, t, eps); solver: "ddim" or "2m"; eta: from 0, no fresh noise, to 1, as much as DDPM adds: DDPM's own
   step is DDIM's with η = 1. normal(): the next number of fresh noise. */
function* walk(model, schedule, x, {ts, solver = "ddim", eta = 0, normal = null, piece = 256}) {
  const eps = new Float32Array(x.length), x0 = new Float32Array(x.length), last = new Float32Array(x.length)
  yield ts[0]
  for (let i = 0; i < ts.length; i++) {
    const t = ts[i], s = i + 1 < ts.length ? ts[i + 1] : 0
    for (let from = 0; from < x.length; from += 2 * piece) {
      const to = Math.min(x.length, from + 2 * piece)
      model.eps(x.subarray(from, to), t, eps.subarray(from, to))
      yield null
    }
    predictX0(x, t, eps, schedule, x0)
    const stretch = solver === "2m" && i > 0 && s > 0 ? stretchOf(schedule, ts[i - 1], t, s) : 0
    move(x0, last, stretch, x, t, s, schedule, eta, normal)
    last.set(x0)
    yield s
  }
}

/* x̂0: the data from which the noise eps leads to x. */
function predictX0(x, t, eps, schedule, x0) {
  const signal = Math.sqrt(schedule.alphaBar[t]), noise = Math.sqrt(1 - schedule.alphaBar[t])
  for (let i = 0; i < x.length; i++) x0[i] = (x[i] - noise * eps[i]) / signal
}

/* DPM-Solver++(2M), algorithm 2: half of this step in λ over the last one. So far beyond the last two answers a line
   through them is followed, to the middle of the step. */
function stretchOf(schedule, before, t, s) {
  return (schedule.logSnr(s) - schedule.logSnr(t)) / (schedule.logSnr(t) - schedule.logSnr(before)) / 2
}

/* x becomes x_s, if x̂0, stretched beyond the last answer, is believed all the way (DDIM, eq. 12 and 16). */
function move(x0, last, stretch, x, t, s, schedule, eta, normal) {
  const now = schedule.alphaBar[t], then = schedule.alphaBar[s]
  const sigma = eta * Math.sqrt((1 - then) / (1 - now) * (1 - now / then))
  const noise = Math.sqrt(Math.max(0, 1 - then - sigma ** 2))
  for (let i = 0; i < x.length; i++) {
    const believed = x0[i] + stretch * (x0[i] - last[i])
    const eps = (x[i] - Math.sqrt(now) * believed) / Math.sqrt(1 - now)
    x[i] = Math.sqrt(then) * believed + noise * eps + (sigma ? sigma * normal() : 0)
  }
}

/* A model asked for a label, γ times as loudly as there is reason to: ε_∅ + γ (ε_c − ε_∅) (Ho & Salimans 2022, arXiv
   2207.12598, eq. 6 with γ = 1 + w). Without a label it is the model itself. */
function guided(model, label, gamma) {
  if (label === null) return model
  return {
    eps(x, t, eps) {
      model.eps(x, t, eps, label)
      if (gamma === 1) return
      const without = new Float32Array(x.length)
      model.eps(x, t, without)
      for (let i = 0; i < x.length; i++) eps[i] = without[i] + gamma * (eps[i] - without[i])
    }
  }
}
