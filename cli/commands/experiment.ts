/** `quorum experiment`: two versions of a model on the same bars. */
import type { Command } from 'commander'
import { experimentResult, type ExperimentResult } from '../../execution/index.ts'
import { parseReplay, runInline } from '../../pipelines/index.ts'
import { list, openSession, withPlatform, type Register } from '../command.ts'
import { decimal } from '../numbers.ts'
import { fixed, isoMinute, table } from '../output.ts'

interface StartOptions {
  readonly model: string
  readonly champion: string
  readonly challenger: string
  readonly symbols?: string[]
  readonly replay: string
  readonly profile?: string
  readonly cash?: number
  readonly commissionBps?: number
  readonly slippageBps?: number
  readonly alpha?: number
  readonly minimumEffectBps?: number
  readonly allowInSample?: boolean
}

export const experiment: Register = (program) => {
  const group = program
    .command('experiment')
    .description('compare two versions of a model on paper, on the same bars')
  group
    .command('start')
    .description('replay stored bars through both versions, to the end')
    .requiredOption('--model <name>', 'model whose versions are compared')
    .option('--champion <version>', 'version number or alias', 'champion')
    .requiredOption('--challenger <version>', 'version number or alias')
    .option(
      '--symbols <list>',
      'comma-separated (default: those the challenger was trained on)',
      list,
    )
    .requiredOption('--replay <from..to>', 'dates, both inclusive: 2016-06-01..2017-12-31')
    .option('--profile <name>', 'risk profile (default research)')
    .option('--cash <amount>', 'account of each arm', decimal)
    .option('--commission-bps <n>', 'commission a side, in basis points', decimal)
    .option('--slippage-bps <n>', 'slippage a side, in basis points', decimal)
    .option('--alpha <rate>', 'error rate of the decision, at any look (default 0.05)', decimal)
    .option('--minimum-effect-bps <n>', 'difference a bar that would matter (default 1)', decimal)
    .option('--allow-in-sample', 'judge bars the models were trained on; the result is marked')
    .action(async (options: StartOptions, command: Command) => {
      const session = await openSession(command)
      const {
        model,
        champion,
        challenger,
        symbols,
        profile,
        cash,
        commissionBps,
        slippageBps,
        alpha,
      } = options
      const request = Object.fromEntries(
        Object.entries({
          model,
          champion,
          challenger,
          symbols,
          profile,
          commissionBps,
          slippageBps,
          alpha,
          initialCash: cash,
          minimumEffect:
            options.minimumEffectBps === undefined ? undefined : options.minimumEffectBps / 10_000,
          source: parseReplay(options.replay),
          allowInSample: options.allowInSample ?? false,
        }).filter(([, value]) => value !== undefined),
      )
      const result = (await withPlatform(session, (platform) =>
        runInline(platform, 'experiment', request, {
          model,
          signal: session.signal,
          onProgress: (progress) => session.output.progress(progress),
        }),
      )) as ExperimentResult
      session.output.result(result, () => report(result))
    })
  group
    .command('list', { isDefault: true })
    .description('experiments, newest first')
    .action(async (_options, command: Command) => {
      const session = await openSession(command)
      const rows = await withPlatform(session, ({ sessions }) => sessions.list())
      const experiments = rows.map((row) => ({
        name: row.spec.name,
        createdAt: row.createdAt,
        ...experimentResult(row),
      }))
      session.output.result({ experiments }, () =>
        table(
          ['id', 'name', 'state', 'bars', 'decision', 'created'],
          experiments.map((one) => [
            one.id,
            one.name,
            one.state,
            one.bars,
            one.decision,
            isoMinute(one.createdAt),
          ]),
        ),
      )
    })
  group
    .command('show <id>')
    .description('one experiment: both arms, the difference, the decision')
    .action(async (id: string, _options, command: Command) => {
      const session = await openSession(command)
      const result = experimentResult(
        await withPlatform(session, ({ sessions }) => sessions.get(id)),
      )
      session.output.result(result, () => report(result))
    })
}

function report(result: ExperimentResult): string[] {
  const bps = (value: number | null): string =>
    value === null ? '–' : `${(10_000 * value).toFixed(2)} bp`
  return [
    `experiment ${result.id}${result.inSample ? ' (IN-SAMPLE)' : ''}: ${result.bars} bars, profile ${result.profile}, costs ${result.costs.commissionBps} + ${result.costs.slippageBps} bp a side`,
    ...table(
      ['arm', 'version', 'net return', 'Sharpe', 'max drawdown', 'fills'],
      result.arms.map((arm) => [
        arm.arm,
        arm.version,
        `${(100 * arm.netReturn).toFixed(2)} %`,
        fixed(arm.sharpe, 2),
        `${(100 * arm.maxDrawdown).toFixed(2)} %`,
        arm.trades,
      ]),
    ),
    `difference a bar ${bps(result.difference.mean)}, ${100 * (1 - result.alpha)} % interval at any look ${bps(result.difference.lower)} to ${bps(result.difference.upper)}`,
    `${result.decision}: ${result.reason}`,
  ]
}
