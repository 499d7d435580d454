/* The networks that come with the course, as networks.js carries them, made ready to be asked. */

/* The bytes of a text in base64 as numbers of a kind, such as Float32Array. */
function decoded(text, Kind) {
  const bytes = Uint8Array.from(atob(text), character => character.charCodeAt(0))
  return new Kind(bytes.buffer)
}

/* A network of NETWORKS: {network, schedule, board, oracle, labels, floor}. */
function bundled(name) {
  const {sizes, weights, beta, variance, labels, floor, cells_per_side} = NETWORKS[name]
  const schedule = new Schedule(decoded(beta, Float64Array)), board = new Board(cells_per_side)
  const numbers = decoded(weights, Float32Array), layers = []
  let from = 0
  const next = count => numbers.subarray(from, from += count)
  for (let i = 0; i + 1 < sizes.length; i++)
    layers.push({weight: next(sizes[i] * sizes[i + 1]), bias: next(sizes[i + 1])})
  return {schedule, board, labels, floor, network: new Network(schedule, layers, {variance, labels: labels.length}),
          oracle: new Oracle(board, schedule, labels.map(label => label.cells))}
}
