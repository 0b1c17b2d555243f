/**
 * The training engine, Shows 4: every network predicts the same through ONNX Runtime, TensorFlow.js (cpu, wasm) and WebGPU; an exported one is
 * valid ONNX and gives the same numbers in Python. Needs a Vulkan device (Chromium's software one will do) and `onnx`, `onnxruntime` in $PYTHON.
 */
import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { assert, quorum, remove, root, temporaryFolder, type CommandResult } from './harness.ts'

const kinds = ['mlp', 'lstm', 'gru', 'transformer', 'tcn']
/** In deviations of the label. */
const tolerance = 1e-4
const window = 8
const rows = 40

interface Prediction {
  readonly signals: readonly {
    readonly votes: readonly { readonly model: string; readonly prediction: number }[]
  }[]
}

export default async function runtimes(): Promise<string> {
  const data = await temporaryFolder()
  const run = async (...args: string[]): Promise<Record<string, unknown>> =>
    succeeded(args, await quorum(data, ...args, '--json'))
  try {
    const recipe = join(data, 'networks.yaml')
    const members = kinds.map(
      (kind) =>
        `  - { model: n.${kind}, kind: ${kind}, params: { maxEpochs: 8, patience: 8, learningRate: 0.01${kind === 'mlp' ? '' : `, window: ${window}`} } }`,
    )
    await writeFile(
      recipe,
      `model: n\nmembers:\n${members.join('\n')}\nsymbols: [SPX]\nwindow: { from: 2005-01-01, to: 2009-12-31 }\nquorum: 1\n`,
    )
    await run('train', '--recipe', recipe)
    const { manifest } = (await run('models', 'show', 'n.lstm@1')) as {
      manifest: { labelDeviation: number; input: { features: string[] } }
    }
    const scale = manifest.labelDeviation

    // Without this the loader looks for the drivers of the system.
    process.env['VK_ICD_FILENAMES'] ??= '/usr/lib/chromium/vk_swiftshader_icd.json'
    const onBackend = async (backend: string): Promise<string[]> => {
      const file = join(data, `${backend}.yaml`)
      await writeFile(file, `inference: { runtime: tfjs, tfjsBackend: ${backend} }\n`)
      return ['--config', file]
    }
    const settings: Record<string, string[]> = {
      'onnx on cpu': ['--device', 'cpu'],
      'tfjs on cpu': await onBackend('cpu'),
      'tfjs on wasm': await onBackend('wasm'),
      'onnx on webgpu': ['--device', 'webgpu'],
    }
    const predicted: Record<string, Map<string, number>> = {}
    for (const [name, flags] of Object.entries(settings)) {
      const answer = await run('predict', '--model', 'n', '--symbols', 'SPX,AAPL', ...flags)
      predicted[name] = votes(answer as unknown as Prediction)
    }
    const expected = predicted['onnx on cpu']!
    assert(expected.size === 2 * kinds.length, 'a vote of each network for each symbol', [
      ...expected,
    ])
    let greatest = 0
    for (const [name, values] of Object.entries(predicted)) {
      for (const [vote, value] of expected) {
        const difference = Math.abs(values.get(vote)! - value) / scale
        assert(
          difference <= tolerance,
          `${name} gives ${vote} as ONNX Runtime on the CPU`,
          difference,
        )
        greatest = Math.max(greatest, difference)
      }
    }
    const { inPython, spread } = await python(data, manifest.input.features, run)
    assert(spread / scale > 0.05, 'predictions that differ from row to row', spread / scale)
    assert(inPython / scale <= tolerance, 'the numbers of Python’s onnxruntime', inPython / scale)
    return `${kinds.length} networks, 4 runtimes: greatest difference ${greatest.toExponential(1)} label deviations; Python ${(inPython / scale).toExponential(1)}`
  } finally {
    await remove(data)
  }
}

function succeeded(args: readonly string[], result: CommandResult): Record<string, unknown> {
  assert(result.code === 0, args.join(' '), result.stderr.slice(-2_000))
  return result.json()
}

/** Symbol number and member → prediction. */
function votes({ signals }: Prediction): Map<string, number> {
  return new Map(
    signals.flatMap((signal, s) =>
      signal.votes.map((vote) => [`${s} ${vote.model}`, vote.prediction] as const),
    ),
  )
}

/** Greatest difference between `quorum predict` on the rows of a file and Python on the exported model; greatest less least prediction. */
async function python(
  data: string,
  features: readonly string[],
  run: (...args: string[]) => Promise<Record<string, unknown>>,
): Promise<{ inPython: number; spread: number }> {
  const values = Array.from({ length: rows }, (_, row) =>
    features.map((__, column) => Math.fround(0.1 * Math.sin(row * 7 + column * 3))),
  )
  const file = join(data, 'rows.csv')
  await writeFile(file, `${[features, ...values].map((line) => line.join()).join('\n')}\n`)
  const { predictions } = (await run('predict', '--model', 'n.lstm', '--dataset', file)) as {
    predictions: { prediction: number }[]
  }
  assert(
    predictions.length === rows - window + 1,
    'a prediction for each full window',
    predictions.length,
  )
  const path = join(data, 'lstm.onnx')
  await run('models', 'export', 'n.lstm@1', '--format', 'onnx', '--out', path)
  const windows = predictions.map((_, i) => values.slice(i, i + window).flat())
  const shape = [windows.length, window, features.length]
  const command = process.env['PYTHON'] ?? 'python3'
  const child = spawnSync(command, [join(root, 'test/services/run_onnx.py')], {
    input: JSON.stringify({ models: [{ path, shape, data: windows.flat() }] }),
    encoding: 'utf8',
  })
  assert(child.status === 0, `${command} with test/services/requirements.txt`, child.stderr)
  const [answer] = JSON.parse(child.stdout) as [{ outputs: { prediction: { data: number[] } } }]
  const ours = predictions.map(({ prediction }) => prediction)
  const differences = answer.outputs.prediction.data.map((value, i) => Math.abs(value - ours[i]!))
  return { inPython: Math.max(...differences), spread: Math.max(...ours) - Math.min(...ours) }
}
