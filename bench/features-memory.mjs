/** Kilobytes of live memory (heap and array buffers) that one symbol's Alpha158 stream holds, over a thousand that have seen 200 bars. */
import { FeatureStream, findFeatureSet } from '../dist/features/index.js'

const symbols = 1_000
const set = findFeatureSet('alpha158')
const bar = (i) => {
  const time = Float64Array.of(i * 86_400_000)
  const close = Float64Array.of(100 + Math.sin(i))
  const columns = { open: close, high: close, low: close, close, volume: close, knownAt: time }
  return { length: 1, time, columns }
}
const feed = (stream, bars) => {
  for (let i = 0; i < bars; i++) stream.append(stream.symbols.map(() => bar(i)))
}
const settled = async () => {
  for (let k = 0; k < 3; k++) {
    globalThis.gc()
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

feed(new FeatureStream(set, ['A'], Int32Array.of(0), { maxWindow: 1 }), 5_000)
const before = await settled()
const names = Array.from({ length: symbols }, (_, k) => `S${k}`)
const stream = new FeatureStream(set, names, new Int32Array(symbols), { maxWindow: 1 })
feed(stream, 200)
const after = await settled()
console.log((after - before) / symbols / 1_024)
if (stream.seen(0) !== 200) process.exitCode = 1
