/** Training from the command line: inline by default, `--queue` enqueues it, `--wait` follows the enqueued run. */
import type { Command } from 'commander'
import { QuorumError } from '../core/errors.ts'
import { resolveDevice } from '../models/index.ts'
import { followRun, runInline, type Platform, type TrainResult } from '../pipelines/index.ts'
import type { Recipe } from '../registry/index.ts'
import { cliAuthor, type Session } from './command.ts'
import { integer } from './numbers.ts'
import { fixed } from './output.ts'

export interface WorkOptions {
  readonly queue?: boolean
  readonly wait?: boolean
  readonly workers?: number
  readonly fresh?: boolean
  readonly device?: string
}

export function workOptions(command: Command): Command {
  return command
    .option('--queue', 'enqueue it for a worker instead of working here')
    .option('--wait', 'with --queue: follow the run to its end')
    .option(
      '--workers <n>',
      'fits at a time, a thread each (default training.workers, else the cores); changes no result',
      integer,
    )
    .option('--device <device>', 'where networks train: auto, cpu, webgpu or cuda (default auto)')
    .option(
      '--fresh',
      'start anew, instead of going on where an interrupted run of the same fit stopped',
    )
}

/** The settings that these options stand for. @throws USAGE where they contradict each other. */
export function workFlags({ queue, wait, workers, device }: WorkOptions): Record<string, unknown> {
  if (wait === true && queue !== true)
    throw new QuorumError('USAGE', {
      reason: '--wait follows an enqueued run; give it with --queue.',
    })
  if (workers !== undefined && queue === true)
    throw new QuorumError('USAGE', {
      reason: `--workers ${workers} is for work done here; with --queue the worker decides, by its own setting training.workers.`,
    })
  if (device !== undefined && queue === true)
    throw new QuorumError('USAGE', {
      reason: `--device ${device} is for work done here; with --queue the worker decides, by its own --device.`,
    })
  return { 'training.workers': workers, 'training.device': device }
}

export type TrainingRequest =
  | {
      readonly recipe: Recipe
      /** Another program's model in place of a fit. */
      readonly import?: { readonly file: string; readonly format: string }
    }
  | { readonly retrain: string }

export async function runTraining(
  platform: Platform,
  session: Session,
  request: TrainingRequest,
  { queue = false, wait = false, fresh = false }: WorkOptions,
): Promise<TrainResult | { readonly run: string; readonly state: 'queued' }> {
  const { signal, output } = session
  const onProgress = output.progress
  const model = 'recipe' in request ? request.recipe.model : request.retrain
  const payload = { ...request, author: cliAuthor, ...(fresh ? { fresh } : {}) }
  if (!queue) {
    await resolveDevice(session.config.training.device)
    return (await runInline(platform, 'train', payload, {
      model,
      signal,
      onProgress,
      onNote: (line) => output.note(line),
    })) as TrainResult
  }
  const run = await platform.registry.enqueue('train', payload, { model })
  if (!wait) return { run, state: 'queued' }
  const result = (await followRun(platform, run, { signal, onProgress })) as TrainResult
  for (const note of result.notes) output.note(note)
  return result
}

export function trainOutput(
  { output }: Session,
  result: Awaited<ReturnType<typeof runTraining>>,
): void {
  output.result(result, () =>
    'state' in result
      ? [`queued as ${result.run}; follow it with: quorum jobs show ${result.run}`]
      : [
          `${result.model} version ${result.version}, ${result.samples} samples, artifact ${result.artifact}`,
          `validation: ic ${fixed(result.metrics['ic'])}, rank ic ${fixed(result.metrics['rankIc'])}, r² ${fixed(result.metrics['r2'])}, hit rate ${fixed(result.metrics['hitRate'])}`,
          ...result.members.map(
            (one) => `  ${one.model} version ${one.version}, artifact ${one.artifact}`,
          ),
        ],
  )
}
