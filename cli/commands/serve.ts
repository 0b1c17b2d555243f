/** `quorum serve`: the HTTP server alone. It predicts and shows; workers train. */
import type { Command } from 'commander'
import { checkInference } from '../../models/index.ts'
import { startServer } from '../../serving/index.ts'
import { openSession, withPlatform, type Register } from '../command.ts'
import { inferenceFlags, inferenceOptions, type InferenceFlags } from '../inference.ts'
import { integer } from '../numbers.ts'
import { serverFlags, untilAborted } from '../services.ts'

interface Options extends InferenceFlags {
  readonly port?: number
  readonly host?: string
}

export const serve: Register = (program) => {
  inferenceOptions(program.command('serve'))
    .description('serve predictions, models, jobs and the dashboard over HTTP')
    .option('--port <n>', 'port (default 8080)', integer)
    .option(
      '--host <address>',
      'address to listen on (default 127.0.0.1; any other needs server.token)',
    )
    .action(async (options: Options, command: Command) => {
      const flags = { ...serverFlags(options), ...inferenceFlags(options) }
      const session = await openSession(command, { flags, quiet: false })
      await checkInference(session.config.inference)
      await withPlatform(session, async (platform) => {
        const server = await startServer(platform, session.config.server)
        const models = await platform.registry.models.names()
        server.setReadiness(models.length > 0, 'there is no model yet; train one')
        session.output.note(`quorum serves ${server.url}`)
        const watch = setInterval(() => {
          void platform.registry.models.names().then(
            (names) => server.setReadiness(names.length > 0, 'there is no model yet; train one'),
            (error: unknown) => server.setReadiness(false, (error as Error).message),
          )
        }, 2_000)
        await untilAborted(session.signal)
        clearInterval(watch)
        await server.close()
      })
    })
}
