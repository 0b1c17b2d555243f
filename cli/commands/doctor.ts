/** `quorum doctor`: whether this machine and this data folder can do the work, and if not, why. */
import type { Command } from 'commander'
import { statfs } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import { createRng } from '../../core/rng.ts'
import { asQuorumError } from '../../core/errors.ts'
import type { Dataset } from '../../features/index.ts'
import {
  checkInference,
  modelKinds,
  probeRuntimes,
  resolveDevice,
  type ProbeReport,
} from '../../models/index.ts'
import { openSession, withPlatform, type Register } from '../command.ts'
import { table } from '../output.ts'

interface Check {
  readonly name: string
  readonly ok: boolean
  readonly detail: string
  /** Something that this machine may do without. */
  readonly absent?: true
}

const leastFreeBytes = 1024 ** 3

export const doctor: Register = (program) => {
  program
    .command('doctor')
    .description(
      'check Node, memory, disk, database, providers, and fit and predict with every model kind',
    )
    .action(async (_options, command: Command) => {
      const session = await openSession(command)
      const checks: Check[] = [
        { name: 'node', ok: nodeSupported(), detail: `${process.version} (needs 20.19 or later)` },
        {
          name: 'machine',
          ok: true,
          detail: `${cpus().length} cores, ${(totalmem() / 1024 ** 3).toFixed(1)} GiB memory`,
        },
      ]
      checks.push(
        await attempt('database', () =>
          withPlatform(session, async ({ database, records }) => {
            const { rows } = await database.executeSql('select version() as version')
            const head = await records.verify()
            return `${database.kind} (${database.mode}), ${String(rows[0]?.['version']).split(' on ')[0]!}, ${head.records} records verified`
          }),
        ),
        await attempt('disk', async () => {
          const { bavail, bsize } = await statfs(session.config.dataDir)
          const free = bavail * bsize
          if (free < leastFreeBytes)
            throw new Error(`only ${(free / 1024 ** 2).toFixed(0)} MiB free, 1 GiB is the least`)
          return `${(free / 1024 ** 3).toFixed(1)} GiB free in ${session.config.dataDir}`
        }),
        await attempt('inference', async () => {
          const { inference, training } = session.config
          await checkInference(inference)
          const { runtime, device, tfjsBackend } = inference
          const where = runtime === 'tfjs' ? tfjsBackend : await resolveDevice(device)
          return `networks predict with ${runtime} on ${where}, train on ${await resolveDevice(training.device)}`
        }),
      )
      const providers = await probeRuntimes()
      checks.push(...providers.map(describeProbe))
      for (const kind of modelKinds)
        checks.push(await attempt(`self-test ${kind.name}`, () => selfTest(kind.name)))
      const ok = checks.every((check) => check.ok)
      session.output.result({ ok, checks, providers }, () =>
        table(
          ['check', 'ok', 'detail'],
          checks.map(({ name, ok: passed, absent, detail }) => [
            name,
            absent ? '–' : passed ? 'yes' : 'NO',
            detail,
          ]),
        ),
      )
      if (!ok) process.exitCode = 1
    })
}

/** One that is not there is no fault of this machine; one that computes something else is. */
function describeProbe(report: ProbeReport): Check {
  const name = `${report.runtime} on ${report.device}`
  if (!report.available)
    return { name, ok: true, absent: true, detail: `not there: ${report.reason}` }
  const { agrees, difference, milliseconds } = report
  const detail = `differs from the reference by ${difference.toExponential(1)}, ${milliseconds.toFixed(2)} ms a run`
  return { name, ok: agrees, detail }
}

function nodeSupported(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  return major > 20 || (major === 20 && minor >= 19)
}

async function attempt(name: string, check: () => Promise<string>): Promise<Check> {
  try {
    return { name, ok: true, detail: await check() }
  } catch (error) {
    return { name, ok: false, detail: asQuorumError(error).message }
  }
}

/** Fits on y = x₀ with noise, saves, loads, predicts: the loaded model must agree with itself and with the truth. */
async function selfTest(name: string): Promise<string> {
  const kind = modelKinds.find((one) => one.name === name)!
  const rng = createRng(1)
  const rows = 400
  const X = Float32Array.from({ length: rows * 2 }, () => rng.normal())
  const column = (make: (row: number) => number): Float64Array =>
    Float64Array.from({ length: rows }, (_, row) => make(row))
  const params = kind.params.parse({})
  const window = kind.window(params)
  const samples = Int32Array.from({ length: rows - window + 1 }, (_, i) => i + window - 1)
  const dataset: Dataset = {
    rows,
    features: ['a', 'b'],
    X,
    y: column((row) => X[row * 2]! + 0.1 * rng.normal()),
    weight: column(() => 1),
    time: column((row) => row),
    symbol: new Int32Array(rows),
    symbols: ['TEST'],
    labelEnd: column((row) => row + 1),
    group: Int32Array.from({ length: rows }, (_, row) => row),
    samples,
    window,
    fingerprint: 'self-test',
  }
  const started = performance.now()
  const cut = Math.floor(samples.length * 0.8)
  const fitted = await kind.fit(dataset, params, {
    train: samples.subarray(0, cut),
    validation: samples.subarray(cut),
    rng: rng.stream('fit'),
    signal: new AbortController().signal,
    threads: 1,
    onProgress: () => undefined,
  })
  const loaded = await kind.load(fitted.save())
  try {
    const [before, after] = await Promise.all(
      [fitted, loaded].map((one) => one.predict(dataset, samples)),
    )
    const same = before!.prediction.every((value, i) => value === after!.prediction[i])
    if (!same) throw new Error('a saved and loaded model predicts something else')
    const right = samples.filter(
      (row, i) => Math.sign(after!.prediction[i]!) === Math.sign(dataset.y[row]!),
    ).length
    const share = right / samples.length
    if (!(share > 0.6))
      throw new Error(`only ${(100 * share).toFixed(0)} % of a plain relation were foretold`)
    return `fitted, saved, loaded and predicted in ${((performance.now() - started) / 1000).toFixed(1)} s, ${(100 * share).toFixed(0)} % right`
  } finally {
    await fitted.dispose()
    await loaded.dispose()
  }
}
