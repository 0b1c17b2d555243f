/** Exported networks in Python: `onnx.checker` accepts them, and Python's onnxruntime gives the numbers that ours gives. */
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  greatestDifference,
  networkData,
  networkInput,
  networkRows,
  quickNetworks,
  type QuickNetwork,
} from '../support/networks.ts'

const variants = {
  standard: {},
  'by rank': { scaling: 'rank', calibration: 'isotonic', pooling: 'mean' },
}
const networks: [string, QuickNetwork][] = []
for (const [variant, change] of Object.entries(variants))
  for (const network of await quickNetworks(change))
    networks.push([`${network.kind.name} ${variant}`, network])

interface Answer {
  readonly inputs: Readonly<Record<string, readonly (number | string)[]>>
  readonly outputs: Readonly<
    Record<string, { readonly shape: readonly number[]; readonly data: readonly number[] }>
  >
}

const samples = networkRows.after.subarray(0, 33)
let folder: string
let answers: Answer[]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quorum-onnx-'))
  const models = networks.map(async ([name, { kind, params, files }]) => {
    const path = join(folder, `${name}.onnx`)
    const exported = await kind.exports!['onnx']!(files)
    await writeFile(path, exported['model.onnx']!)
    const { data, shape } = networkInput(samples, kind.window(params))
    return { path, shape, data: Array.from(data, (value) => (Number.isNaN(value) ? null : value)) }
  })
  answers = await python({ models: await Promise.all(models) })
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe.each(networks.map(([name, network], k) => [name, network, k] as const))(
  '%s',
  (_, { kind, params, files }, k) => {
    it('is valid ONNX with the agreed inputs', () => {
      const { length } = networkData.features
      expect(answers[k]!.inputs).toEqual({ features: ['batch', kind.window(params), length] })
    })

    it('gives the same numbers, output by output', async () => {
      const model = await kind.load(files)
      const expected = await model.predict(networkData, samples)
      const { outputs } = answers[k]!
      for (const name of model.outputs) {
        const { shape, data } = outputs[name]!
        expect(shape).toEqual([samples.length, expected[name]!.length / samples.length])
        expect(greatestDifference(data, expected[name]!), name).toBeLessThan(1e-5)
      }
      await model.dispose()
    })
  },
)

/** The script's answer. @throws with what Python said, and what to install. */
function python(request: unknown): Promise<Answer[]> {
  const command = process.env['PYTHON'] ?? 'python3'
  const child = spawn(command, [join(import.meta.dirname, 'run_onnx.py')])
  const [out, error]: [Buffer[], Buffer[]] = [[], []]
  child.stdout.on('data', (part: Buffer) => out.push(part))
  child.stderr.on('data', (part: Buffer) => error.push(part))
  // One that ends before it has read all says why on its standard error.
  child.stdin.on('error', () => undefined)
  child.stdin.end(JSON.stringify(request))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0) resolve(JSON.parse(Buffer.concat(out).toString()) as Answer[])
      else
        reject(
          new Error(
            `${command} failed; install test/services/requirements.txt into it, or set PYTHON.\n${Buffer.concat(error).toString()}`,
          ),
        )
    })
  })
}
