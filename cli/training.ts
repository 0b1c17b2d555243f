/** Training from the command line: inline by default, `--queue` enqueues it, `--wait` follows the enqueued run. */
import type { Command } from 'commander'
import { QuorumError } from '../core/errors.ts'
import { followRun, runInline, type Platform, type TrainResult } from '../pipelines/index.ts'
import type { Session } from './command.ts'
import { fixed } from './output.ts'

export interface WorkOptions {
  readonly queue?: boolean
  readonly wait?: boolean
}

export function workOptions(command: Command): Command {
  return command
    .option('--queue', 'enqueue it for a worker instead of working here')
    .option('--wait', 'with --queue: follow the run to its end')
}

export async function runTraining(
  platform: Platform,
  session: Session,
  payload: unknown,
  model: string,
  { queue = false, wait = false }: WorkOptions,
): Promise<TrainResult | { readonly run: string; readonly state: 'queued' }> {
  const { signal, output } = session
  const onProgress = output.progress
  if (!queue) {
    if (wait)
      throw new QuorumError('USAGE', {
        reason: '--wait follows an enqueued run; give it with --queue.',
      })
    return (await runInline(platform, 'train', payload, {
      model,
      signal,
      onProgress,
    })) as TrainResult
  }
  const run = await platform.registry.enqueue('train', payload, { model })
  if (!wait) return { run, state: 'queued' }
  return (await followRun(platform, run, { signal, onProgress })) as TrainResult
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
