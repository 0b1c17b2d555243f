/** One fit in a worker (its seed as workerData) or a process (as argument), or the peak memory of an epoch over a large dataset (`memory`). Sends one number to its parent. */
import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import { createRng } from '../dist/core/rng.js'
import { findKind } from '../dist/models/kinds.js'

function datasetOf(rows, features, window) {
  const X = new Float32Array(rows * features)
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

async function fitSeconds(seed) {
  const dataset = datasetOf(20_000, 32, 32)
  const params = { window: 32, hidden: 64, maxEpochs: 1 }
  await fit(datasetOf(500, 32, 32), params, seed)
  const start = performance.now()
  await fit(dataset, params, seed)
  return (performance.now() - start) / 1_000
}

/** Megabytes of resident memory at the peak, less what the process and the dataset took before the fit. */
async function epochMemory() {
  const dataset = datasetOf(1_000_000, 158, 16)
  const before = process.memoryUsage.rss() / 2 ** 20
  await fit(dataset, { window: 16, hidden: 32, batchSize: 1_024, maxEpochs: 1 }, 1)
  return process.resourceUsage().maxRSS / 1_024 - before
}

if (!isMainThread) parentPort.postMessage(await fitSeconds(workerData.seed))
else if (process.argv[2] === 'memory') process.send(await epochMemory())
else process.send(await fitSeconds(Number(process.argv[2])))
