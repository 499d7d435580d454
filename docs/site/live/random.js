/* Random numbers with a seed: the same seed gives the same points on every machine. */

class Random {
  constructor(seed) {
    this.state = seed >>> 0
    this.kept = null
  }

  /* A number from 0 up to 1 (mulberry32). */
  uniform() {
    this.state = (this.state + 0x6D2B79F5) >>> 0
    let z = this.state
    z = Math.imul(z ^ (z >>> 15), z | 1)
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61)
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32
  }

  /* An integer from 0 to n − 1. */
  integer(n) {
    return Math.floor(this.uniform() * n)
  }

  /* A number of the standard normal distribution (Box and Muller: two at a time). */
  normal() {
    if (this.kept !== null) {
      const second = this.kept
      this.kept = null
      return second
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform())), angle = 2 * Math.PI * this.uniform()
    this.kept = radius * Math.sin(angle)
    return radius * Math.cos(angle)
  }

  /* n normal numbers. */
  normals(n) {
    return Float32Array.from({length: n}, () => this.normal())
  }
}
