/**
 * The devices that ONNX Runtime can use on this machine. Whether one is there is tried, once a process, by opening a session of one node on
 * it: a provider may be bundled and still find no driver.
 */
import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { InferenceSession } from 'onnxruntime-node'
import { invalid } from '../../core/checks.ts'
import { encodeModel } from '../graph/onnx-protobuf.ts'
import type { Device } from './predictor.ts'

export const concreteDevices = ['cpu', 'webgpu', 'cuda'] as const
export type ConcreteDevice = (typeof concreteDevices)[number]

/** What a device cannot compute, the CPU does. */
export const executionProviders = {
  cpu: ['cpu'],
  webgpu: ['webgpu', 'cpu'],
  cuda: ['cuda', 'cpu'],
} as const satisfies Record<ConcreteDevice, readonly string[]>

/**
 * `auto` is cuda where it works, else cpu; never webgpu, which may be a software device.
 * @throws INVALID_VALUE naming the devices that are there.
 */
export async function resolveDevice(device: Device): Promise<ConcreteDevice> {
  if (device === 'cpu') return 'cpu'
  if (device === 'auto') return (await whyMissing('cuda')) === undefined ? 'cuda' : 'cpu'
  const reason = await whyMissing(device)
  if (reason === undefined) return device
  const there: string[] = []
  for (const one of concreteDevices) if ((await whyMissing(one)) === undefined) there.push(one)
  throw invalid('the device', `one that is there (${there.join(', ')})`, device, `${reason}.`)
}

const known = new Map<ConcreteDevice, Promise<string | undefined>>()

/** Why a device cannot be used; undefined where it can. */
export function whyMissing(device: ConcreteDevice): Promise<string | undefined> {
  const answer = known.get(device) ?? tryDevice(device)
  known.set(device, answer)
  return answer
}

async function tryDevice(device: ConcreteDevice): Promise<string | undefined> {
  // Asking the runtime for a library that is not there prints an error of its own.
  if (device === 'cuda' && !cudaInstalled())
    return 'The CUDA provider of onnxruntime-node is not installed; see docs/how-to/gpu.md'
  try {
    const session = await InferenceSession.create(oneNode, {
      executionProviders: [...executionProviders[device]],
      logSeverityLevel: 4,
    })
    await session.release()
    return undefined
  } catch (error) {
    return plainReason((error as Error).message)
  }
}

/** The runtime's message without the place in its source: what follows the failed condition, on one line. */
function plainReason(message: string): string {
  const text = message.split('was false. ').at(-1)!.trim()
  return text.split('\n')[0]!.replace(/\.$/, '')
}

function cudaInstalled(): boolean {
  const binaries = join(
    dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json')),
    'bin',
  )
  return readdirSync(binaries).some((version) => {
    const folder = join(binaries, version, process.platform, process.arch)
    return readdirSync(folder).some((name) => name.includes('onnxruntime_providers_cuda'))
  })
}

/** A model of one node, to see whether anything works at all. */
export const oneNode = encodeModel({
  name: 'probe',
  nodes: [{ type: 'Add', inputs: ['x', 'x'], outputs: ['y'] }],
  initializers: [],
  inputs: [{ name: 'x', type: 'float', shape: [1] }],
  outputs: [{ name: 'y', type: 'float', shape: [1] }],
})
