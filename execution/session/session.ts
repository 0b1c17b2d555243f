/**
 * Session: arms on the same bars, moment by moment. What a moment changed (snapshot, cursor, ledger rows, records) is one
 * transaction, so a kill at any instant loses at most the moment in work, and a restart goes on with exactly that moment.
 */
import { randomUUID } from 'node:crypto'
import type { Json } from '../../core/canonical-json.ts'
import { check } from '../../core/checks.ts'
import type { Clock } from '../../core/clock.ts'
import type { Database } from '../../core/database/index.ts'
import { numberColumn } from '../../core/frame.ts'
import type { RecordChain } from '../../core/records/index.ts'
import { FeatureStream, findFeatureSet, parseLabel } from '../../features/index.ts'
import { createPanel, groupCodes, type Bars, type Instrument } from '../../market/index.ts'
import {
  addObservation,
  loadEnsemble,
  type ArtifactStore,
  type FeatureSource,
  type InferenceOptions,
  type LoadedEnsemble,
} from '../../models/index.ts'
import type { PriceBar } from '../broker/paper-broker.ts'
import type { EngineCommand } from '../engine/engine.ts'
import { checkOutOfSample } from '../in-sample-guard.ts'
import type { ExecutionTables } from '../schema.ts'
import { commitMoment } from './ledger.ts'
import type { LatestMoment, SessionRow } from './sessions.ts'
import { ArmRuntime, type ArmMoment, type SessionSnapshot } from './arm-runtime.ts'
import type { Moment, MomentSource, OpenedSource } from './moment-source.ts'
import type { SessionMode, SessionSpec, SessionState } from './spec.ts'

/** Bars of history the engine sees before the first decision, for its average ranges. */
const engineWarmupBars = 100

export interface SessionServices {
  readonly database: Database<ExecutionTables>
  readonly records: RecordChain<ExecutionTables>
  readonly artifacts: ArtifactStore
  /** What executes the networks of the arms, and where. */
  readonly inference: InferenceOptions
  readonly clock: Clock
  readonly instrument: (symbol: string) => Promise<Instrument>
  /** Opens the bars a spec names. */
  readonly source: (spec: SessionSpec) => MomentSource
}

interface Arm {
  readonly name: string
  readonly version: number
  readonly ensemble: LoadedEnsemble
  readonly runtime: ArmRuntime
}

export class Session {
  readonly id: string
  readonly spec: SessionSpec
  readonly #services: SessionServices
  readonly #arms: readonly Arm[]
  readonly #streams = new Map<string, FeatureStream>()
  readonly #source: OpenedSource
  #snapshot: SessionSnapshot
  #lastCommand = 0

  private constructor(
    row: { id: string; spec: SessionSpec; snapshot: SessionSnapshot | null },
    services: SessionServices,
    arms: readonly Arm[],
    source: OpenedSource,
  ) {
    this.id = row.id
    this.spec = row.spec
    this.#services = services
    this.#arms = arms
    this.#source = source
    this.#snapshot = row.snapshot ?? {
      arms: {},
      difference: { n: 0, mean: 0, squares: 0 },
      bars: 0,
    }
  }

  /** Checks labels and the in-sample guard, stores the session and opens it. @throws INVALID_VALUE, IN_SAMPLE, NO_ROWS */
  static async create(
    services: SessionServices,
    spec: SessionSpec,
    mode: SessionMode,
  ): Promise<Session> {
    const opened = await services.source(spec).open(undefined)
    const ensembles = await loadArms(services, spec)
    try {
      for (const { label } of ensembles) {
        const remedy = 'Choose a model of another label: docs/reference/labels.md says which.'
        const { directional } = parseLabel(label)
        check(
          directional,
          'label of a traded model',
          'one whose sign is a direction',
          label,
          remedy,
        )
      }
      const firstMoment = opened.firstMoment ?? -Infinity
      const subject = `The session on ${spec.symbols.slice(0, 5).join(', ')}`
      const labelEnds = ensembles.map(({ labelEnd }) => labelEnd)
      const inSample = checkOutOfSample(subject, firstMoment, labelEnds, spec)
      const id = randomUUID()
      const now = services.clock.now()
      await services.records.transaction(async (trx) => {
        await trx
          .insertInto('sessions')
          .values({
            id,
            mode,
            state: 'running',
            spec: JSON.stringify(spec),
            in_sample: inSample,
            cursor: null,
            snapshot: null,
            latest: null,
            reason: null,
            created_at: now,
            updated_at: now,
          })
          .execute()
        await services.records.append(trx, [
          { kind: 'session.started', body: { session: id, inSample, spec } as unknown as Json },
        ])
      })
      return await Session.#build(services, { id, spec, snapshot: null }, ensembles, opened)
    } catch (error) {
      await Promise.all(ensembles.map((ensemble) => ensemble.dispose()))
      throw error
    }
  }

  /** Opens a stored session where it stopped. */
  static async resume(services: SessionServices, row: SessionRow): Promise<Session> {
    const opened = await services.source(row.spec).open(row.cursor ?? undefined)
    return Session.#build(services, row, await loadArms(services, row.spec), opened)
  }

  static async #build(
    services: SessionServices,
    row: { id: string; spec: SessionSpec; snapshot: SessionSnapshot | null },
    ensembles: readonly LoadedEnsemble[],
    opened: OpenedSource,
  ): Promise<Session> {
    const { spec } = row
    const instruments = await Promise.all(spec.symbols.map((symbol) => services.instrument(symbol)))
    const fractional = instruments.filter((one) => one.fractional).map((one) => one.symbol)
    const arms = ensembles.map((ensemble, k): Arm => {
      const { arm, version } = spec.arms[k]!
      const snapshot = row.snapshot?.arms[arm]
      const { horizon } = parseLabel(ensemble.label)
      const config = { arm, profile: spec.profile, maxHoldingBars: horizon, fractional }
      const runtime = new ArmRuntime(spec, {
        ensemble,
        config,
        ...(snapshot === undefined ? {} : { snapshot }),
      })
      return { name: arm, version, ensemble, runtime }
    })
    const session = new Session(row, services, arms, opened)
    session.#warmUp(instruments, row.snapshot === null)
    return session
  }

  get total(): number | undefined {
    return this.#source.total
  }

  get snapshot(): SessionSnapshot {
    return this.#snapshot
  }

  /** Works off the next moment; undefined at the end of the source. */
  async advance(): Promise<LatestMoment | undefined> {
    const moment = await this.#source.next()
    if (moment === undefined) return undefined
    for (const stream of this.#streams.values()) stream.append(moment.bars)
    const prices = moment.bars.flatMap((frame) => (frame === undefined ? [] : [priceBar(frame, 0)]))
    const results: ArmMoment[] = []
    for (const arm of this.#arms)
      results.push(await arm.runtime.advance(moment.time, prices, this.#features))
    this.#snapshot = this.#nextSnapshot(results)
    const latest = this.#latest(moment, results)
    await this.#services.records.transaction((trx) =>
      commitMoment(trx, this.#services, {
        id: this.id,
        time: moment.time,
        snapshot: this.#snapshot,
        latest,
        arms: this.#arms.map(({ name }, k) => [name, results[k]!] as const),
      }),
    )
    return latest
  }

  /** Commands given since the last call, oldest first; `stop` is answered, the others are taken by the engines. */
  async takeCommands(): Promise<'stop' | undefined> {
    const rows = await this.#services.database.kysely
      .selectFrom('session_commands')
      .selectAll()
      .where('session_id', '=', this.id)
      .where('id', '>', this.#lastCommand)
      .orderBy('id')
      .execute()
    for (const row of rows) {
      this.#lastCommand = row.id
      if (row.command !== 'stop') await this.#command(row.command, row.author)
      await this.#services.database.kysely
        .deleteFrom('session_commands')
        .where('id', '=', row.id)
        .execute()
      if (row.command === 'stop') return 'stop'
    }
    return undefined
  }

  async end(state: Exclude<SessionState, 'running'>, reason: string): Promise<void> {
    await this.#services.records.transaction(async (trx) => {
      await trx
        .updateTable('sessions')
        .set({ state, reason, updated_at: this.#services.clock.now() })
        .where('id', '=', this.id)
        .execute()
      await this.#services.records.append(trx, [
        { kind: `session.${state}`, body: { session: this.id, reason, bars: this.#snapshot.bars } },
      ])
    })
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#arms.map((arm) => arm.ensemble.dispose()))
  }

  readonly #features: FeatureSource = (featureSet, window, symbols) => {
    const stream = this.#streams.get(featureSet)!
    return stream.latest(
      symbols.map((symbol) => stream.symbols.indexOf(symbol)),
      window,
    )
  }

  #warmUp(instruments: readonly Instrument[], fresh: boolean): void {
    const { symbols } = this.spec
    const groups = groupCodes(instruments)
    const sets = new Set(['base'])
    for (const { ensemble } of this.#arms) {
      for (const member of ensemble.members) sets.add(member.manifest.featureSet.name)
    }
    const maxWindow = Math.max(...this.#arms.map((arm) => arm.ensemble.window))
    for (const name of sets) {
      const stream = new FeatureStream(findFeatureSet(name), symbols, groups, { maxWindow })
      stream.append(this.#source.history)
      this.#streams.set(name, stream)
    }
    if (!fresh) return
    const recent = this.#source.history.filter((frame) => frame.length > 0)
    const panel = createPanel(recent)
    for (
      let k = Math.max(0, panel.moments.length - engineWarmupBars);
      k < panel.moments.length;
      k++
    ) {
      const bars = recent.flatMap((frame, s) => {
        const row = panel.rowAt[s]![k]!
        return row === -1 ? [] : [priceBar(frame, row)]
      })
      for (const arm of this.#arms) arm.runtime.warmUp(panel.moments[k]!, bars)
    }
  }

  #nextSnapshot(results: readonly ArmMoment[]): SessionSnapshot {
    const [first, second] = results
    const { difference, bars } = this.#snapshot
    return {
      arms: Object.fromEntries(this.#arms.map((arm) => [arm.name, arm.runtime.snapshot()])),
      difference:
        first === undefined || second === undefined
          ? difference
          : addObservation(difference, second.netReturn - first.netReturn),
      bars: bars + 1,
    }
  }

  #latest({ time }: Moment, results: readonly ArmMoment[]): LatestMoment {
    return {
      time,
      arms: this.#arms.map(({ name, version }, k) => {
        const { equity, netReturn, signals } = results[k]!
        return { arm: name, version, equity, netReturn, signals }
      }),
    }
  }

  async #command(command: EngineCommand, author: string): Promise<void> {
    const time = this.#services.clock.now()
    for (const arm of this.#arms) await arm.runtime.command(command, time)
    this.#snapshot = {
      ...this.#snapshot,
      arms: Object.fromEntries(this.#arms.map((arm) => [arm.name, arm.runtime.snapshot()])),
    }
    await this.#services.records.transaction(async (trx) => {
      await trx
        .updateTable('sessions')
        .set({ snapshot: JSON.stringify(this.#snapshot) })
        .where('id', '=', this.id)
        .execute()
      await this.#services.records.append(trx, [
        { kind: 'command', body: { session: this.id, command, author } },
      ])
    })
  }
}

async function loadArms(
  { artifacts, inference }: SessionServices,
  spec: SessionSpec,
): Promise<LoadedEnsemble[]> {
  const loaded: LoadedEnsemble[] = []
  try {
    for (const arm of spec.arms)
      loaded.push(await loadEnsemble(artifacts, arm.artifact, arm, arm.members, inference))
    return loaded
  } catch (error) {
    await Promise.all(loaded.map((ensemble) => ensemble.dispose()))
    throw error
  }
}

function priceBar(bars: Bars, row: number): PriceBar {
  const at = (name: string): number => numberColumn(bars, name)[row]!
  return {
    symbol: bars.symbol,
    openTime: at('openTime'),
    open: at('open'),
    high: at('high'),
    low: at('low'),
    close: at('close'),
  }
}
