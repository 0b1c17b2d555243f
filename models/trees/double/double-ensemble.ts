/**
 * Kind `double-ensemble` (Zhang et al., "DoubleEnsemble: a new ensemble method based on sample reweighting and feature selection for financial data
 * analysis", ICDM 2020): sub-models of boosted trees one after the other; each next one sees rows weighted by how they were learned so far, and features
 * that the ensemble would miss. As in qlib, but weights have mean 1, and a held-out set stops each sub-model early.
 */
import { canonicalJson, sha256 } from '../../../core/canonical-json.ts'
import { check } from '../../../core/checks.ts'
import { createRng } from '../../../core/rng.ts'
import type { Dataset } from '../../../features/dataset.ts'
import { checkTraining } from '../../inputs.ts'
import { throwIfAborted, yieldToEvents } from '../../interruption.ts'
import type { Checkpoint, CurvePoint, FitContext, FittedModel, ModelKind } from '../../kind.ts'
import { decodeState, encodeState, type DoubleState } from './double-checkpoint.ts'
import { fittedDouble, readDouble, type DoubleMember } from './double-model.ts'
import { doubleParams, doubleSearchSpace, type DoubleParams } from './double-params.ts'
import { learnMember } from './member.ts'
import { nextView } from './view.ts'

export const doubleEnsemble: ModelKind<DoubleParams> = {
  name: 'double-ensemble',
  doc: 'Boosted trees one after the other, on re-weighted rows and selected features: for noisy panels.',
  params: doubleParams,
  searchSpace: doubleSearchSpace,
  needs: 'dataset',
  window: () => 1,
  fit: fitDouble,
  load: (files) => Promise.resolve().then(() => fittedDouble(readDouble(files))),
}

async function fitDouble(
  dataset: Dataset,
  params: DoubleParams,
  context: FitContext,
): Promise<FittedModel> {
  const { validation = new Int32Array(0), signal, checkpoint } = context
  const rng = params.seed === null ? context.rng : createRng(params.seed)
  throwIfAborted(signal, 'the tree fit')
  check(
    params.max_depth > 0 || params.max_leaves > 0,
    'max_depth',
    'at least 1 where max_leaves is 0',
    params.max_depth,
  )
  checkTraining(dataset, context.train, 1, 'training')
  if (context.validation !== undefined) checkTraining(dataset, validation, 1, 'validation')
  const train = context.train.filter((row) => dataset.weight[row]! > 0)
  const identity = identityOf(dataset, params, {
    train,
    validation,
    seed: rng.stream('fit').uint32(),
  })
  const saved = await checkpoint?.load()
  const state = saved === undefined ? undefined : decodeState(saved, identity)
  const members: DoubleMember[] = [...(state?.members ?? [])]
  const curve: CurvePoint[] = (state?.curve ?? []).map(({ validationLoss, ...point }) => ({
    ...point,
    ...(validationLoss === undefined ? {} : { validationLoss }),
  }))
  let told: 'stop' | undefined
  const stopped = (): boolean => told === 'stop'
  while (members.length < params.num_models && !stopped()) {
    const k = members.length
    const { weights, shown } = await nextView(dataset, params, { train, members, rng, signal })
    const resumed = k === state?.members.length ? state.current : null
    const learned = await learnMember(dataset, params, {
      ...{ k, train, validation, weights, shown, identity, rng },
      context: {
        ...context,
        onProgress: (progress) => {
          const total = params.num_models * params.n_estimators
          const done = k * params.n_estimators + progress.done
          const answer = context.onProgress({ ...progress, done, total })
          told ??= answer
          return answer
        },
        ...(checkpoint === undefined
          ? {}
          : {
              checkpoint: innerCheckpoint(
                checkpoint,
                { members, curve, current: resumed },
                identity,
              ),
            }),
      },
    })
    const before = curve.length
    learned.curve.forEach((point) => curve.push({ ...point, step: before + point.step }))
    members.push(learned.member)
    if (checkpoint?.due() === true && !stopped()) {
      throwIfAborted(signal, 'the tree fit')
      await checkpoint.save(encodeState({ members, curve, current: null }, identity))
    }
    await yieldToEvents(signal, 'the tree fit')
  }
  const features = [...dataset.features]
  return fittedDouble({ format: 'quorum-double-ensemble-1', features, members }, curve)
}

/** Checkpoints of the sub-model under way, wrapped in those of the ensemble. */
function innerCheckpoint(outer: Checkpoint, state: DoubleState, identity: string): Checkpoint {
  const { members, curve, current } = state
  const kept = { members: [...members], curve: [...curve] }
  return {
    load: () =>
      Promise.resolve(
        current === null ? undefined : new Uint8Array(Buffer.from(current, 'base64')),
      ),
    due: () => outer.due(),
    save: (bytes) =>
      outer.save(
        encodeState({ ...kept, current: Buffer.from(bytes).toString('base64') }, identity),
      ),
  }
}

/** A hash of everything that decides the course of a fit. */
function identityOf(
  { fingerprint }: Dataset,
  params: DoubleParams,
  rest: { readonly train: Int32Array; readonly validation: Int32Array; readonly seed: number },
): string {
  const [train, validation] = [rest.train, rest.validation].map((rows) =>
    sha256(new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength)),
  )
  const { seed } = rest
  return sha256(
    canonicalJson({ fingerprint, params, train: train!, validation: validation!, seed }),
  )
}
