/**
 * One training in a process of its own, for its peak of resident memory: reads the data that the references read, prints megabytes. It runs what is
 * built under dist/, as users do: a TypeScript runner would be counted too.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { createRng, findKind } from '../dist/index.js'

const { file, features, train, params } = JSON.parse(process.argv[2])
const X = new Float32Array(readShared(`${file}.X`))
const y = Float64Array.from(new Float32Array(readShared(`${file}.y`)))
const rows = y.length
const sequence = (length) => Int32Array.from({ length }, (_, row) => row)
const dataset = {
  rows,
  features: Array.from({ length: features }, (_, k) => `f${k}`),
  X,
  y,
  weight: new Float64Array(rows).fill(1),
  time: Float64Array.from(sequence(rows)),
  symbol: new Int32Array(rows),
  symbols: ['X'],
  labelEnd: new Float64Array(rows),
  group: new Int32Array(rows),
  samples: sequence(rows),
  window: 1,
  fingerprint: 'bench',
}
const kind = findKind('gbdt')
await kind.fit(dataset, kind.params.parse(params), {
  train: sequence(train),
  rng: createRng(1),
  signal: new AbortController().signal,
  threads: 1,
  onProgress: () => undefined,
})
console.log(process.resourceUsage().maxRSS / 1024)

/** Straight into shared memory, where training wants it, without a copy beside it. */
function readShared(path) {
  const from = openSync(path)
  const { size } = fstatSync(from)
  const bytes = new Uint8Array(new SharedArrayBuffer(size))
  for (let at = 0; at < size;) at += readSync(from, bytes, at, size - at)
  closeSync(from)
  return bytes.buffer
}
