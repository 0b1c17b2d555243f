import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sliceFrame } from '../../../core/frame.ts'
import {
  apply,
  column,
  compilePlan,
  evaluateBars,
  featureSetFingerprint,
  FeatureStream,
  findFeatureSet,
  formatExpression,
  type FeatureSet,
} from '../../../features/index.ts'
import { randomBars } from '../../support/bars.ts'

const base = findFeatureSet('base')
const withSections: FeatureSet = {
  name: 'sections',
  version: 1,
  emitPartial: false,
  features: [
    { name: 'rank', expression: apply('CSRank', apply('Mean', column('close'), 3)), doc: 'test' },
    { name: 'z', expression: apply('CSZScore', column('volume')), doc: 'test' },
    {
      name: 'smoothed',
      expression: apply('EMA', apply('GroupDemean', apply('Log', column('close'))), 4),
      doc: 'test',
    },
  ],
}

describe('expressions', () => {
  it('have one canonical text', () => {
    const momentum = apply(
      'Sub',
      apply('Div', column('close'), apply('Ref', column('close'), 20)),
      1,
    )
    expect(formatExpression(momentum)).toBe('Sub(Div($close, Ref($close, 20)), 1)')
  })

  it.each([
    [() => column('cl-ose'), /column must be letters, digits and _, got "?cl-ose/],
    [() => apply('Maen', column('close'), 3), /no operator Maen\. Known: Mean/],
    [() => apply('Mean'), /given 1 to 2 arguments \(Mean\(x, window=20\)\), got 0/],
    [
      () => apply('Mean.upper', column('close')),
      /output of Mean must be left out: it has one, got "?upper/,
    ],
    [
      () => apply('Mean', column('close'), 0),
      /window of Mean must be a finite number ≥ 1 ≤ 1000000, got 0/,
    ],
    [() => apply('Mean', column('close'), 2.5), /window of Mean must be an integer, got 2.5/],
    [
      () => apply('Ref', column('close'), -1),
      /bars of Ref must be a finite number ≥ 1 ≤ 1000000, got -1/,
    ],
  ])('refuse misuse: %s', (build, message) => {
    expect(build).toThrow(message)
  })
})

describe('plan', () => {
  it('computes equal subexpressions once', () => {
    const plan = compilePlan(base)
    const texts = plan.steps.map((step) =>
      'operator' in step
        ? `${step.operator.name}/${step.params.join()}/${step.inputs.join()}`
        : JSON.stringify(step),
    )
    expect(new Set(texts).size).toBe(texts.length)
  })

  it('gives every feature of base a value from the warm-up on, and none of the set before it', () => {
    const plan = compilePlan(base)
    const bars = randomBars(plan.warmup + 5, 3)
    const evaluation = evaluateBars(plan, [bars], Int32Array.of(0))
    const { volume: _, ...rest } = bars.columns
    expect(() => evaluateBars(plan, [{ ...bars, columns: rest }], Int32Array.of(0))).toThrow(
      /volume/,
    )
    const complete = (row: number): boolean =>
      plan.names.every((_, k) => Number.isFinite(evaluation[0]![k]![row]))
    expect(complete(plan.warmup)).toBe(true)
    expect(plan.names.length).toBeGreaterThanOrEqual(15)
  })

  it('changes its fingerprint with any expression', () => {
    const other = {
      ...base,
      features: base.features.with(1, { ...base.features[1]!, expression: column('close') }),
    }
    expect(featureSetFingerprint(other)).not.toBe(featureSetFingerprint(base))
  })
})

describe.each([base, withSections])('$name: a stream is a batch of one row', (set) => {
  const plan = compilePlan(set)
  const frames = [randomBars(700, 1), randomBars(700, 2), randomBars(700, 5)]
  const groups = Int32Array.of(0, 0, 1)
  const batch = evaluateBars(plan, frames, groups)

  it('to the bit, across compactions, whatever the length of the history it starts from', () => {
    for (const history of [0, 1, 250]) {
      const stream = new FeatureStream(set, ['A', 'B', 'C'], groups, { maxWindow: 4 })
      if (history > 0) stream.append(frames.map((frame) => sliceFrame(frame, 0, history)))
      for (let row = history; row < 700; row++) {
        stream.append(frames.map((frame) => sliceFrame(frame, row, row + 1)))
        const latest = stream.latest([0, 1, 2], 1)
        for (let s = 0; s < 3; s++) {
          if (latest.samples[s] === -1) continue
          const got = latest.matrix.X.subarray(s * plan.names.length, (s + 1) * plan.names.length)
          const expected = Float32Array.from(plan.names, (_, k) => batch[s]![k]![row]!)
          expect(got).toEqual(expected)
        }
      }
      expect(stream.seen(0)).toBe(700)
    }
  })

  it('scrambling the future changes no earlier value', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 699 }),
        fc.integer({ min: 10, max: 99 }),
        (at, seed) => {
          const mixed = frames.map((frame, s) => {
            const other = randomBars(700, seed + s)
            const columns = Object.fromEntries(
              Object.entries(frame.columns).map(([name, values]) => {
                const later = other.columns[name] as Float64Array
                const merged = Float64Array.from(values as Float64Array, (x, i) =>
                  i < at ? x : later[i]!,
                )
                return [name, merged]
              }),
            )
            return { ...frame, columns }
          })
          const scrambled = evaluateBars(plan, mixed, groups)
          for (let s = 0; s < 3; s++) {
            plan.names.forEach((_, k) => {
              expect(scrambled[s]![k]!.subarray(0, at)).toEqual(batch[s]![k]!.subarray(0, at))
            })
          }
        },
      ),
      { numRuns: 10 },
    )
  })
})

describe.each([base, withSections])('$name: a stream goes on from a snapshot', (set) => {
  const frames = [randomBars(400, 1), randomBars(400, 2), randomBars(400, 5)]
  const groups = Int32Array.of(0, 0, 1)
  const part = (from: number, to: number) => frames.map((frame) => sliceFrame(frame, from, to))
  const open = (): FeatureStream =>
    new FeatureStream(set, ['A', 'B', 'C'], groups, { maxWindow: 8 })

  it('in another process, to the same bits, and catches up', () => {
    const undisturbed = open()
    undisturbed.append(part(0, 400))
    const first = open()
    first.append(part(0, 150))
    const second = open()
    second.restore(first.snapshot())
    expect(second.newest(0)).toBe(first.newest(0))
    second.append(part(150, 400))
    expect(second.latest([0, 1, 2], 8)).toEqual(undisturbed.latest([0, 1, 2], 8))
  })

  it('refuses the snapshot of another set, other symbols, or one cut short', () => {
    const stream = open()
    stream.append(part(0, 100))
    const bytes = stream.snapshot()
    const other = new FeatureStream({ ...set, version: 9 }, ['A', 'B', 'C'], groups, {
      maxWindow: 8,
    })
    expect(() => other.restore(bytes)).toThrow(/snapshot of features must be of version 2/)
    const fewer = new FeatureStream(set, ['A'], Int32Array.of(0), { maxWindow: 8 })
    expect(() => fewer.restore(bytes)).toThrow(/symbols of the snapshot must be 1, got 3/)
    expect(() => open().restore(bytes.subarray(0, bytes.length - 8))).toThrow(
      /snapshot must be longer/,
    )
    expect(() => open().restore(Buffer.concat([bytes, bytes.subarray(0, 8)]))).toThrow(
      /snapshot must be/,
    )
  })

  it('refuses a bar that is not later, and replays a corrected history', () => {
    const stream = open()
    stream.append(part(0, 100))
    expect(() => stream.append(part(99, 101))).toThrow(/ascending and later than .* Replay/)
    expect(stream.seen(0)).toBe(100)
    const whole = open()
    whole.append(part(0, 120))
    expect(stream.replay(part(0, 120), groups).latest([0, 1, 2], 4)).toEqual(
      whole.latest([0, 1, 2], 4),
    )
  })
})

describe('stream', () => {
  it('says how many bars are missing', () => {
    const stream = new FeatureStream(base, ['A'], Int32Array.of(0))
    stream.append([randomBars(10, 1)])
    const latest = stream.latest([0], 3)
    expect(latest.samples[0]).toBe(-1)
    expect(latest.reasons[0]).toBe(`needs ${compilePlan(base).warmup + 3} bars, has 10`)
  })
})
