/** One transaction: versions of all members and the ensemble, first champions, records, the end of the run. Or nothing. */
import type { Manifest, MemberReference } from '../../models/index.ts'
import type { FitTiming, Recipe } from '../../registry/index.ts'
import type { JobContext } from '../jobs/handler.ts'
import type { Platform } from '../platform.ts'

export interface NewModel {
  readonly name: string
  readonly recipe: Recipe
  readonly artifact: string
  readonly manifest: Manifest
  readonly timing: FitTiming
}

export interface TrainResult {
  readonly model: string
  readonly version: number
  readonly artifact: string
  readonly run: string
  readonly metrics: Readonly<Record<string, number | null>>
  readonly members: readonly MemberReference[]
  readonly samples: number
  readonly labelEnd: number
  /** What a person should know of the training: resumed fits, columns that taught nothing. */
  readonly notes: readonly string[]
}

/** `ensemble`: of these members; without it there is one model. */
export async function register(
  { registry, records }: Platform,
  { models, ensemble }: { readonly models: readonly NewModel[]; readonly ensemble?: NewModel },
  { claim }: JobContext,
  { author, notes }: { readonly author: string; readonly notes: readonly string[] },
): Promise<TrainResult> {
  return records.transaction(async (trx) => {
    await registry.runs.checkAttempt(trx, claim)
    const add = async (
      { name, recipe, artifact, manifest, timing }: NewModel,
      members: readonly MemberReference[],
    ): Promise<MemberReference> => {
      const { metrics } = manifest
      const version = await registry.models.addVersion(trx, {
        ...{ model: name, artifact, recipe, author, members, metrics, timing },
        runId: claim.run.id,
      })
      const entry = {
        kind: 'version.registered',
        body: { model: name, version, artifact, run: claim.run.id, author },
      }
      const first = { model: name, alias: 'champion', version, by: author, reason: 'first version' }
      if (version === 1) await registry.models.moveAlias(trx, first)
      await records.append(
        trx,
        version === 1 ? [entry, { kind: 'alias.moved', body: first }] : [entry],
      )
      return { model: name, version, artifact }
    }
    const members: MemberReference[] = []
    for (const model of models) members.push(await add(model, []))
    const self = ensemble === undefined ? members[0]! : await add(ensemble, members)
    const { metrics, data, labelEnd } = (ensemble ?? models[0]!).manifest
    const result: TrainResult = {
      ...self,
      run: claim.run.id,
      metrics,
      members: ensemble === undefined ? [] : members,
      samples: data.samples,
      labelEnd,
      notes,
    }
    await registry.runs.succeed(trx, claim, result)
    return result
  })
}
