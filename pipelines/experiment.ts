/**
 * Experiments: two versions of a model as the arms of one session, on the same bars. A replay runs to its end as a run; a
 * simulated one is left to the execution service and never ends by itself.
 */
import { z } from 'zod'
import { check, invalid } from '../core/checks.ts'
import { QuorumError } from '../core/errors.ts'
import {
  experimentResult,
  findRiskProfile,
  Session,
  type ArmSpec,
  type ExperimentResult,
  type SessionSpec,
} from '../execution/index.ts'
import type { Version } from '../registry/index.ts'
import { ensureSymbols } from './data/ensure-symbols.ts'
import type { JobContext } from './jobs/handler.ts'
import type { Platform } from './platform.ts'

const reference = z.union([z.int(), z.string()])

export const experimentRequest = z.strictObject({
  name: z.string().max(200).optional(),
  model: z.string(),
  champion: reference.default('champion'),
  challenger: reference,
  symbols: z.array(z.string()).min(1).optional(),
  source: z.union([
    z.strictObject({ type: z.literal('replay'), from: z.iso.date(), to: z.iso.date() }),
    z.strictObject({
      type: z.literal('simulate'),
      options: z.record(z.string(), z.unknown()),
      paceMs: z.number().min(0),
    }),
  ]),
  profile: z.string().optional(),
  initialCash: z.number().positive().optional(),
  commissionBps: z.number().min(0).optional(),
  slippageBps: z.number().min(0).optional(),
  allowInSample: z.boolean().default(false),
  alpha: z.number().gt(0).lt(1).default(0.05),
  minimumEffect: z.number().min(0).default(0.0001),
  minimumBars: z.int().min(2).default(100),
})

export type ExperimentRequest = z.input<typeof experimentRequest>

/** `2016-06-01..2017-12-31` as a replay source. @throws INVALID_VALUE */
export function parseReplay(text: string): { type: 'replay'; from: string; to: string } {
  const match = /^(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})$/.exec(text)
  if (match === null) throw invalid('replay', 'FROM..TO with dates as 2016-06-01', text)
  const [, from, to] = match as unknown as [string, string, string]
  check(from <= to, 'replay', 'a range whose first date is not after its second', text)
  return { type: 'replay', from, to }
}

/** Creates the session of an experiment. @throws IN_SAMPLE, UNKNOWN_NAME, NO_ROWS */
export async function createExperiment(
  platform: Platform,
  input: unknown,
  mode: 'service' | 'inline',
): Promise<Session> {
  const parsed = experimentRequest.safeParse(input)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!
    throw invalid(`experiment.${issue.path.join('.')}`, issue.message, input)
  }
  const request = parsed.data
  const { registry, artifacts, config } = platform
  const champion = await registry.models.resolve(request.model, request.champion)
  const challenger = await registry.models.resolve(request.model, request.challenger)
  const manifest = await artifacts.manifest(challenger.artifact)
  const symbols = request.symbols ?? manifest.symbols
  const { source } = request
  if (source.type === 'replay') await ensureSymbols(platform, symbols)
  const spec: SessionSpec = {
    name: request.name ?? `${request.model}: ${champion.version} against ${challenger.version}`,
    arms: [armOf('champion', champion), armOf('challenger', challenger)],
    symbols,
    timeframe: manifest.timeframe,
    source:
      source.type === 'replay'
        ? { type: 'replay', options: { from: source.from, to: source.to }, paceMs: 0 }
        : source,
    profile: findRiskProfile(request.profile ?? (source.type === 'replay' ? 'research' : 'paper')),
    costs: {
      commissionBps: request.commissionBps ?? config.execution.commissionBps,
      slippageBps: request.slippageBps ?? config.execution.slippageBps,
    },
    initialCash: request.initialCash ?? config.execution.initialCash,
    allowInSample: request.allowInSample,
    comparison: {
      alpha: request.alpha,
      minimumEffect: request.minimumEffect,
      minimumBars: request.minimumBars,
    },
  }
  return Session.create(platform.execution, spec, mode)
}

/** Job handler: a replay, from its first bar to its last. */
export async function runExperiment(
  platform: Platform,
  payload: unknown,
  context: JobContext,
): Promise<ExperimentResult> {
  const { claim, signal, report } = context
  const { records, registry, sessions } = platform
  const session = await createExperiment(platform, payload, 'inline')
  try {
    for (let done = 0; ; done++) {
      if (signal.aborted) {
        await session.end('stopped', 'its run was cancelled')
        throw new QuorumError(
          'CANCELLED',
          { what: `Experiment ${session.id}` },
          { cause: signal.reason },
        )
      }
      if ((await session.advance()) === undefined) break
      if (done % 10 === 9) {
        report({ stage: 'replay', done: done + 1, total: session.total ?? done + 1, unit: 'bars' })
        // Fills, features and predictions resolve at once; let heartbeats and requests have their turn.
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    await session.end('finished', 'all bars were replayed')
  } catch (error) {
    await session.end('failed', (error as Error).message).catch(() => undefined)
    throw error
  } finally {
    await session.dispose()
  }
  const result = experimentResult(await sessions.get(session.id))
  await records.transaction(async (trx) => {
    await registry.runs.succeed(trx, claim, result)
    const { id, decision, reason, bars } = result
    await records.append(trx, [
      { kind: 'experiment.decided', body: { id, decision, reason, bars } },
    ])
  })
  return result
}

function armOf(arm: string, { model, version, artifact, members }: Version): ArmSpec {
  return { arm, model, version, artifact, members }
}
