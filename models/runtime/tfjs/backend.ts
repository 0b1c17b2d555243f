/** TensorFlow.js and its backends, loaded when first asked for: nobody else pays for them. */
import { createRequire } from 'node:module'
import { dirname, sep } from 'node:path'
import { QuorumError } from '../../../core/errors.ts'
import type { TfjsBackend } from '../predictor.ts'

export type Tfjs = typeof import('@tensorflow/tfjs-core')

/** The last one is optional. */
const packages: Readonly<Record<TfjsBackend, string>> = {
  cpu: '@tensorflow/tfjs-backend-cpu',
  wasm: '@tensorflow/tfjs-backend-wasm',
  tensorflow: '@tensorflow/tfjs-node-gpu',
}

const loaders: Readonly<Record<TfjsBackend, () => Promise<void>>> = {
  cpu: async () => {
    await import('@tensorflow/tfjs-backend-cpu')
  },
  wasm: async () => {
    const wasm = await import('@tensorflow/tfjs-backend-wasm')
    const entry = createRequire(import.meta.url).resolve(packages.wasm)
    wasm.setWasmPaths(dirname(entry) + sep)
    // One thread, as in every other runtime here: the order of additions then does not depend on the machine.
    wasm.setThreadsCount(1)
  },
  tensorflow: async () => {
    await import(packages.tensorflow)
  },
}

const loaded = new Map<TfjsBackend, Promise<Tfjs>>()

/** @throws INVALID_VALUE where a backend cannot be used, with what to install. */
export function loadBackend(backend: TfjsBackend): Promise<Tfjs> {
  const loading = loaded.get(backend) ?? load(backend)
  loaded.set(backend, loading)
  return loading
}

async function load(backend: TfjsBackend): Promise<Tfjs> {
  const tf = await import('@tensorflow/tfjs-core')
  // No advice on the console.
  tf.enableProdMode()
  try {
    await loaders[backend]()
    if (!(await tf.setBackend(backend))) throw new Error('it does not start')
    return tf
  } catch (cause) {
    const missing = !isInstalled(packages[backend])
    const details = {
      name: 'inference.tfjsBackend',
      expected: 'a backend of TensorFlow.js that is installed',
      value: backend,
      remedy: missing
        ? `Install ${packages[backend]} beside Quorum, or choose wasm.`
        : `${packages[backend]} says: ${(cause as Error).message.split('\n')[0]!}`,
    }
    throw new QuorumError('INVALID_VALUE', details, { cause })
  }
}

function isInstalled(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name)
    return true
  } catch {
    return false
  }
}
