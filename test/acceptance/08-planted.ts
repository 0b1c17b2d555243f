/** Shows 8: on a planted panel gbdt and lstm reach 80 % of the attainable IC out of sample; without a signal, nothing. */
import { assert } from './harness.ts'
import {
  createRng,
  evaluatePredictions,
  featureSets,
  findKind,
  buildDataset,
  parseLabel,
  purgedTimeSplit,
  simulatePanel,
} from '../../index.ts'

async function outOfSample(
  kindName: string,
  strength: number,
): Promise<{ ic: number; standardError: number; optimum: number }> {
  const { bars, instruments, optimum } = simulatePanel({
    symbols: 30,
    sectors: 6,
    bars: 1_500,
    strength,
    seed: 21,
    calendar: '24/7',
  })
  const kind = findKind(kindName)
  const params = kind.params.parse({})
  const dataset = buildDataset({
    symbols: instruments.map((one) => one.symbol),
    bars,
    groups: new Int32Array(bars.length),
    set: featureSets[0]!,
    label: parseLabel('return:1@open'),
    window: kind.window(params),
  })
  // The newest 20 % are judged; the fit stops early on a part of the rest.
  const test = purgedTimeSplit(dataset, { validationFraction: 0.2, embargoBars: 5 })
  const inner = purgedTimeSplit(
    { ...dataset, samples: test.train },
    { validationFraction: 0.2, embargoBars: 5 },
  )
  const model = await kind.fit(dataset, params, {
    train: inner.train,
    validation: inner.validation,
    rng: createRng(5),
    signal: new AbortController().signal,
    threads: 1,
    onProgress: () => undefined,
  })
  const { prediction } = await model.predict(dataset, test.validation)
  const metrics = evaluatePredictions({
    prediction,
    y: Float64Array.from(test.validation, (row) => dataset.y[row]!),
    group: Int32Array.from(test.validation, (row) => dataset.group[row]!),
  })
  await model.dispose()
  return {
    ic: metrics.icMean ?? 0,
    standardError: metrics.icStandardError!,
    optimum: optimum['return:1@open'].ic,
  }
}

export default async function planted(): Promise<string> {
  const said: string[] = []
  for (const kind of ['gbdt', 'lstm']) {
    const found = await outOfSample(kind, 0.2)
    assert(found.ic >= 0.8 * found.optimum, `${kind} reaches 80 % of the optimum`, found)
    const none = await outOfSample(kind, 0)
    assert(
      Math.abs(none.ic) <= 2 * none.standardError,
      `${kind} finds nothing where nothing is`,
      none,
    )
    said.push(
      `${kind} ${found.ic.toFixed(3)} of ${found.optimum.toFixed(3)}, without signal ${none.ic.toFixed(4)} ± ${none.standardError.toFixed(4)}`,
    )
  }
  return said.join('; ')
}
