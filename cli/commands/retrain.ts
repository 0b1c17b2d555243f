/** `quorum retrain`: a model's newest recipe again, on the newest data. */
import type { Command } from 'commander'
import { openSession, withPlatform, type Register } from '../command.ts'
import { runTraining, trainOutput, workFlags, workOptions, type WorkOptions } from '../training.ts'

export const retrain: Register = (program) => {
  workOptions(
    program.command('retrain <model>').description('train a model again from its newest recipe'),
  ).action(async (model: string, options: WorkOptions, command: Command) => {
    const session = await openSession(command, { flags: workFlags(options) })
    await withPlatform(session, async (platform) => {
      await platform.registry.models.newestRecipe(model)
      const result = await runTraining(platform, session, { retrain: model }, options)
      trainOutput(session, result)
    })
  })
}
