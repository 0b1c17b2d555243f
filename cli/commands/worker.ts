/** `quorum worker`: takes runs from the queue; with `--schedule` it also ticks the schedules. */
import type { Command } from 'commander'
import { ExecutionService } from '../../execution/index.ts'
import { checkInference, resolveDevice } from '../../models/index.ts'
import { SchedulerService, WorkerService } from '../../pipelines/index.ts'
import { openSession, withPlatform, type Register } from '../command.ts'
import { inferenceFlags, inferenceOptions, type InferenceFlags } from '../inference.ts'
import { integer } from '../numbers.ts'
import { untilAborted } from '../services.ts'

interface Options extends InferenceFlags {
  readonly concurrency?: number
  readonly schedule?: boolean
  readonly sessions?: boolean
}

export const worker: Register = (program) => {
  inferenceOptions(program.command('worker'))
    .description('work off queued runs; needs PostgreSQL to run beside other processes')
    .option('--concurrency <n>', 'runs at a time (default worker.concurrency)', integer)
    .option(
      '--schedule',
      'also enqueue what the schedules make due; one process is enough, several do no harm',
    )
    .option('--sessions', 'also run paper sessions')
    .action(async (options: Options, command: Command) => {
      const flags = {
        'worker.concurrency': options.concurrency,
        'training.device': options.device,
        ...inferenceFlags(options),
      }
      const session = await openSession(command, { flags, quiet: false })
      await checkInference(session.config.inference)
      await resolveDevice(session.config.training.device)
      await withPlatform(session, async (platform) => {
        const work = new WorkerService(platform, session.config.worker)
        const scheduler = new SchedulerService(platform)
        const sessions = new ExecutionService({ services: platform.execution, log: session.log })
        await work.start()
        if (options.schedule === true) scheduler.start()
        if (options.sessions === true) sessions.start()
        session.output.note('quorum worker is ready')
        await untilAborted(session.signal)
        await Promise.all([scheduler.stop(), sessions.stop()])
        await work.stop()
      })
    })
}
