/** `quorum worker`: takes runs from the queue; with `--schedule` it also ticks the schedules. */
import type { Command } from 'commander'
import { ExecutionService } from '../../execution/index.ts'
import { SchedulerService, WorkerService } from '../../pipelines/index.ts'
import { openSession, withPlatform, type Register } from '../command.ts'
import { integer } from '../numbers.ts'
import { untilAborted } from '../services.ts'

export const worker: Register = (program) => {
  program
    .command('worker')
    .description('work off queued runs; needs PostgreSQL to run beside other processes')
    .option('--concurrency <n>', 'runs at a time (default worker.concurrency)', integer)
    .option(
      '--schedule',
      'also enqueue what the schedules make due; one process is enough, several do no harm',
    )
    .option('--sessions', 'also run paper sessions')
    .action(
      async (
        options: { concurrency?: number; schedule?: boolean; sessions?: boolean },
        command: Command,
      ) => {
        const flags =
          options.concurrency === undefined ? {} : { 'worker.concurrency': options.concurrency }
        const session = await openSession(command, { flags, quiet: false })
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
      },
    )
}
