/** Data of the tree benchmarks: y ~ Bernoulli(σ(f(x))), columns of several shapes, 5 % missing; the same on every machine. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createRng } from '../index.ts'

export interface TreeData {
  readonly name: string
  readonly train: number
  readonly test: number
  readonly features: number
  /** float32, all rows, in shared memory as in training. */
  readonly X: Float32Array
  readonly y: Float64Array
}

export interface TreeDataShape {
  readonly name: string
  readonly train: number
  readonly test: number
  readonly features: number
}

export function makeTreeData({ name, train, test, features }: TreeDataShape): TreeData {
  const rng = createRng(1).stream(name)
  const rows = train + test
  const X = new Float32Array(new SharedArrayBuffer(rows * features * 4))
  const y = new Float64Array(rows)
  const noise = rng.stream('noise')
  const holes = rng.stream('holes')
  for (let row = 0; row < rows; row++) {
    const own = X.subarray(row * features, (row + 1) * features)
    for (let k = 0; k < features; k++) {
      const draw = rng.normal()
      if (k % 4 === 1) own[k] = Math.exp(draw / 2)
      else if (k % 4 === 2) own[k] = draw + 0.7 * own[k - 2]!
      else own[k] = k % 8 === 7 ? Math.round(3 * draw) : draw
    }
    y[row] = noise.uniform() < 1 / (1 + Math.exp(-signal(own))) ? 1 : 0
    for (let k = 0; k < features; k++) if (holes.uniform() < 0.05) own[k] = NaN
  }
  return { name, train, test, features, X, y }
}

function signal(x: Float32Array): number {
  const side = (value: number): number => (value > 0 ? 1 : -1)
  let sum = 0.6 * x[0]! - 0.5 * (x[1]! - 1.1) + 0.8 * Math.sin(2 * x[2]!)
  sum += 0.7 * side(x[3]! - 0.3) * side(x[4]!) + 0.2 * x[5]! * x[6]! - 0.5 * Math.abs(x[12]!) + 0.3
  for (let k = 16; k < 32; k++) sum += 0.06 * x[k]! * (k % 2 === 1 ? 1 : -1)
  return 0.8 * sum
}

/** For the references: float32 values and labels, row by row. */
export async function writeTreeData(folder: string, { name, X, y }: TreeData): Promise<void> {
  await writeFile(join(folder, `${name}.X`), new Uint8Array(X.buffer))
  await writeFile(join(folder, `${name}.y`), new Uint8Array(Float32Array.from(y).buffer))
}
