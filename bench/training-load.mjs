/**
 * One fit in a worker (seed and shared buffer as workerData) or a process (seed as argument), started at its parent's word; or, as `memory`, the peak memory of an epoch over
 * a large dataset, sent as a number.
 */
import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import { createRng } from '../dist/core/rng.js'
import { findKind } from '../dist/models/kinds.js'

function datasetOf(rows, features, window, buffer = new ArrayBuffer(4 * rows * features)) {
  const X = new Float32Array(buffer)
  let state = 1
  for (let i = 0; i < X.length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    X[i] = state / 2 ** 31
  }
  const sequence = (of) => Float64Array.from({ length: rows }, (_, row) => of(row))
  return {
    rows,
    features: Array.from({ length: features }, (_, i) => `f${i}`),
    X,
    y: sequence((row) => X[row * features] + 0.1 * X[row * features + 1]),
    weight: sequence(() => 1),
    time: sequence((row) => row * 60_000),
    labelEnd: sequence((row) => (row + 1) * 60_000),
    group: Int32Array.from({ length: rows }, (_, row) => row),
    symbol: new Int32Array(rows),
    symbols: ['A'],
    samples: Int32Array.from({ length: rows - window + 1 }, (_, i) => i + window - 1),
    window,
    fingerprint: 'bench',
  }
}

async function fit(dataset, params, seed) {
  const kind = findKind('lstm')
  const model = await kind.fit(dataset, kind.params.parse(params), {
    train: dataset.samples,
    rng: createRng(seed),
    signal: new AbortController().signal,
    threads: 1,
    onProgress: () => undefined,
  })
  await model.dispose()
}

/** Says that it is ready, waits for its parent's word, fits, and says that it has ended. */
async function fitWhenTold({ seed, buffer }, send, told) {
  const dataset = datasetOf(20_000, 32, 32, buffer)
  const params = { window: 32, hidden: 64, maxEpochs: 1 }
  await fit(datasetOf(500, 32, 32), params, seed)
  send('ready')
  await told
  await fit(dataset, params, seed)
  send('ended')
}

/** Megabytes of resident memory at the peak, less what the process and the dataset took before the fit. */
async function epochMemory() {
  const dataset = datasetOf(1_000_000, 158, 16)
  const before = process.memoryUsage.rss() / 2 ** 20
  await fit(dataset, { window: 16, hidden: 32, batchSize: 1_024, maxEpochs: 1 }, 1)
  return process.resourceUsage().maxRSS / 1_024 - before
}

if (!isMainThread) {
  const told = new Promise((resolve) => parentPort.once('message', resolve))
  await fitWhenTold(workerData, (word) => parentPort.postMessage(word), told)
} else if (process.argv[2] === 'memory') {
  process.send(await epochMemory())
} else {
  const told = new Promise((resolve) => process.once('message', resolve))
  await fitWhenTold({ seed: Number(process.argv[2]) }, (word) => process.send(word), told)
  process.disconnect()
}
