/** `quorum up`: database, worker, scheduler, paper sessions, server and dashboard in one process, on bundled data. */
import type { Command } from 'commander'
import { asQuorumError } from '../../core/errors.ts'
import { ExecutionService } from '../../execution/index.ts'
import { checkInference, resolveDevice } from '../../models/index.ts'
import { MaintenanceService, SchedulerService, WorkerService } from '../../pipelines/index.ts'
import { startServer } from '../../serving/index.ts'
import { openSession, withPlatform, type Register } from '../command.ts'
import { inferenceFlags, inferenceOptions, type InferenceFlags } from '../inference.ts'
import { integer } from '../numbers.ts'
import { serverFlags, untilAborted } from '../services.ts'
import { setUpDemo } from '../up/demo.ts'

interface Options extends InferenceFlags {
  readonly port?: number
  readonly host?: string
  readonly demo: boolean
}

export const up: Register = (program) => {
  inferenceOptions(program.command('up'))
    .description(
      'everything in one process: database, worker, scheduler, paper sessions, server, dashboard',
    )
    .option('--port <n>', 'port (default 8080)', integer)
    .option(
      '--host <address>',
      'address to listen on (default 127.0.0.1; any other needs server.token)',
    )
    .option('--no-demo', 'do not ingest, train and trade the bundled data')
    .action(async (options: Options, command: Command) => {
      const session = await openSession(command, {
        flags: {
          ...serverFlags(options),
          ...inferenceFlags(options),
          'training.device': options.device,
        },
      })
      const { output, signal, log, config } = session
      await checkInference(config.inference)
      await resolveDevice(config.training.device)
      const started = performance.now()
      const say = (line: string): void => {
        output.note(`${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s  ${line}`)
      }
      say(`Opening the data folder ${config.dataDir}`)
      await withPlatform(
        session,
        async (platform) => {
          const server = await startServer(platform, config.server)
          say(`Listening on ${server.url}; the dashboard is there while the first models train`)
          const work = new WorkerService(platform, config.worker)
          const scheduler = new SchedulerService(platform)
          const maintenance = new MaintenanceService(platform)
          const sessions = new ExecutionService({
            services: platform.execution,
            log,
            onMoment: (id, latest) => server.publishMoment(id, latest),
          })
          await work.start()
          scheduler.start()
          sessions.start()
          maintenance.start()
          let ready = false
          const onReady = (): void => {
            if (ready) return
            ready = true
            server.setReadiness(true, '')
            say('Ready: predictions work')
          }
          server.setReadiness(false, 'the first model is being trained')
          try {
            if (options.demo) {
              await setUpDemo(platform, {
                signal,
                say,
                onReady,
                onProgress: (progress) => output.progress(progress),
              })
              for (const line of welcome(server.url, config.dataDir)) output.note(line)
            } else if ((await platform.registry.models.names()).length > 0) onReady()
            await untilAborted(signal)
          } catch (error) {
            if (!signal.aborted) throw error
          } finally {
            say('Draining: work in progress goes back to the queue')
            await Promise.all([
              scheduler.stop(),
              sessions.stop(),
              maintenance.stop(),
              server.close(),
            ])
            await work.stop()
          }
        },
        { role: 'owner' },
      ).catch((error: unknown) => {
        if (!signal.aborted) throw asQuorumError(error)
      })
    })
}

function welcome(url: string, dataDir: string): string[] {
  const data = dataDir.endsWith('quorum-data') ? '' : ` --data ${dataDir}`
  return [
    '',
    `  Dashboard      ${url}`,
    `  API            ${url}/openapi.json`,
    '',
    '  Try in a second terminal:',
    `    curl -s ${url}/v1/predict -H 'content-type: application/json' -d '{"model":"spx","symbols":["SPX"]}'`,
    `    npx quorum${data} train --model demo --kind lstm --symbols SPX --label return:5 --from 2005-01-01 --to 2015-12-31 --seed 7`,
    `    npx quorum${data} schedule add --model spx --cron "0 * * * *"`,
    '',
    '  Ctrl-C stops; the next start goes on from here.',
  ]
}
