/** Predictions as they were made and, once their label has matured, what came of them. */
import { sql } from 'kysely'
import type { Clock } from '../core/clock.ts'
import type { AnyTransaction, Database } from '../core/database/database.ts'
import type { Signal } from '../models/index.ts'
import type { RegistryTables } from './schema.ts'

export interface PendingPrediction {
  readonly id: number
  /** The member model that made it. */
  readonly artifact: string
  readonly symbol: string
  readonly time: number
  readonly label: string
  readonly timeframe: string
}

export interface OutcomeSummary {
  readonly model: string
  readonly version: number
  readonly outcomes: number
  readonly hitRate: number
  readonly meanSquaredError: number
}

export class Outcomes {
  readonly #database: Database<RegistryTables>
  readonly #clock: Clock

  constructor(database: Database<RegistryTables>, clock: Clock) {
    this.#database = database
    this.#clock = clock
  }

  /** Logs every vote of the signals that has a prediction; one row a (member artifact, symbol, moment). */
  async log(
    signals: readonly Signal[],
    { label, timeframe, trx }: { label: string; timeframe: string; trx?: AnyTransaction },
  ): Promise<void> {
    const now = this.#clock.now()
    const rows = signals.flatMap((signal) =>
      signal.votes.flatMap((vote) =>
        vote.prediction === null
          ? []
          : [
              {
                model: vote.model,
                version: vote.version,
                artifact: vote.artifact,
                symbol: signal.symbol,
                time: signal.time,
                prediction: vote.prediction,
                label,
                timeframe,
                made_at: now,
              },
            ],
      ),
    )
    if (rows.length === 0) return
    const executor = (trx ?? this.#database.kysely) as Database<RegistryTables>['kysely']
    await executor
      .insertInto('predictions')
      .values(rows)
      .onConflict((conflict) => conflict.columns(['artifact', 'symbol', 'time']).doNothing())
      .execute()
  }

  /** Predictions without an outcome, oldest first. */
  async pending({ limit = 5_000, afterId = 0 } = {}): Promise<PendingPrediction[]> {
    return this.#database.kysely
      .selectFrom('predictions')
      .leftJoin('outcomes', 'outcomes.prediction_id', 'predictions.id')
      .where('outcomes.prediction_id', 'is', null)
      .where('predictions.id', '>', afterId)
      .select([
        'predictions.id',
        'predictions.artifact',
        'predictions.symbol',
        'predictions.time',
        'predictions.label',
        'predictions.timeframe',
      ])
      .orderBy('predictions.id')
      .limit(limit)
      .execute()
  }

  async record(
    outcomes: readonly { predictionId: number; value: number; labelEnd: number }[],
  ): Promise<void> {
    const now = this.#clock.now()
    const rows = outcomes.map(({ predictionId, value, labelEnd }) => ({
      prediction_id: predictionId,
      value,
      label_end: labelEnd,
      matured_at: now,
    }))
    if (rows.length === 0) return
    await this.#database.kysely
      .insertInto('outcomes')
      .values(rows)
      .onConflict((conflict) => conflict.column('prediction_id').doNothing())
      .execute()
  }

  /** Hit rate and squared error of matured predictions, a row a model version. */
  async summary(): Promise<OutcomeSummary[]> {
    const rows = await this.#database.kysely
      .selectFrom('predictions')
      .innerJoin('outcomes', 'outcomes.prediction_id', 'predictions.id')
      .select((eb) => [
        'predictions.model',
        'predictions.version',
        eb.fn.countAll<number>().as('outcomes'),
        eb.fn
          .avg<number>(
            eb
              .case()
              .when(eb(eb('prediction', '*', eb.ref('value')), '>', 0))
              .then(1)
              .else(0)
              .end(),
          )
          .as('hitRate'),
        eb.fn
          .avg<number>(sql`power(${eb.ref('prediction')} - ${eb.ref('value')}, 2)`)
          .as('meanSquaredError'),
      ])
      .groupBy(['predictions.model', 'predictions.version'])
      .orderBy('predictions.model')
      .orderBy('predictions.version')
      .execute()
    return rows
  }
}
