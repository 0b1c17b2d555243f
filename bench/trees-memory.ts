/** One training in a process of its own, for its peak of resident memory: reads the data that the references read, prints megabytes. */
import { readFile } from 'node:fs/promises'
import { fitTrees } from './trees-fit.ts'

const [file, features, train] = process.argv.slice(2)
const values = await readFile(`${file!}.X`)
const X = new Float32Array(new SharedArrayBuffer(values.byteLength))
new Uint8Array(X.buffer).set(values)
const labels = await readFile(`${file!}.y`)
const y = Float64Array.from(
  new Float32Array(labels.buffer, labels.byteOffset, labels.byteLength / 4),
)
const rows = y.length
const shape = { name: 'memory', train: Number(train), test: rows - Number(train) }
await fitTrees({ ...shape, features: Number(features), X, y }, 1)
console.log(process.resourceUsage().maxRSS / 1024)
