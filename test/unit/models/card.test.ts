/** The card and the learning curve's file. */
import { describe, expect, it } from 'vitest'
import { renderCard } from '../../../models/artifacts/card.ts'
import { curveFile, encodeCurve, readCurve } from '../../../models/artifacts/curve.ts'
import type { CurvePoint } from '../../../models/kind.ts'
import { modelManifest } from '../../support/manifest.ts'

const curveOf = (losses: readonly number[], validated = true): CurvePoint[] =>
  losses.map((loss, k) => ({
    step: k + 1,
    trainLoss: loss / 2,
    ...(validated ? { validationLoss: loss } : {}),
  }))

describe('the curve file', () => {
  it('gives back what was written, to the bit, and nothing where there is none', () => {
    const curve = curveOf([0.1 + 0.2, 1 / 3, 5e-324])
    expect(readCurve({ [curveFile]: encodeCurve(curve) })).toEqual(curve)
    expect(readCurve({ [curveFile]: encodeCurve(curveOf([1], false)) })).toEqual([
      { step: 1, trainLoss: 0.5 },
    ])
    expect(readCurve({})).toEqual([])
  })

  it('takes no number that is not finite, and is refused where it was tampered with', () => {
    expect(() => encodeCurve(curveOf([1, NaN]))).toThrow(/finite/)
    const other = new TextEncoder().encode('[{"step":0,"trainLoss":1}]')
    expect(() => readCurve({ [curveFile]: other })).toThrow(/curve\.json/)
  })
})

describe('the card', () => {
  const rows = (text: string): string[] =>
    text
      .split('\n## Learning curve\n')[1]!
      .split('\n')
      .filter((line) => /^\| \d/.test(line))

  it('is as it was without a curve', () => {
    const card = renderCard('x', modelManifest())
    expect(card).not.toContain('Learning curve')
    expect(card).toContain('- Parameters: `{}`\n\n## Validation')
  })

  it('shows each step of a short curve, and marks the best', () => {
    const card = renderCard('x', modelManifest(), { curve: curveOf([4, 1, 2]) })
    expect(rows(card)).toEqual([
      `| 1 | 2.00000 | 4.00000 | ${'█'.repeat(24)} |`,
      '| 2 | 0.500000 | 1.00000 | █ best |',
      `| 3 | 1.00000 | 2.00000 | ${'█'.repeat(9)} |`,
    ])
  })

  it('shows of a long curve the first, the last and the best among at most 13', () => {
    const losses = Array.from({ length: 1_000 }, (_, k) => Math.abs(k - 333) + 1)
    const shown = rows(renderCard('x', modelManifest(), { curve: curveOf(losses) }))
    expect(shown.length).toBe(13)
    expect(shown[0]).toMatch(/^\| 1 \|/)
    expect(shown.at(-1)).toMatch(/^\| 1000 \|/)
    expect(shown.filter((line) => line.includes('best'))).toHaveLength(1)
    expect(shown.find((line) => line.includes('best'))).toMatch(/^\| 334 \|/)
  })

  it('judges by the training loss where nothing validated, and stands a flat curve', () => {
    const card = renderCard('x', modelManifest(), { curve: curveOf([2, 2], false) })
    expect(card).toContain('the bar is the training loss')
    expect(rows(card)).toEqual(['| 1 | 1.00000 | █ best |', '| 2 | 1.00000 | █ |'])
  })

  it('carries remarks', () => {
    const card = renderCard('x', modelManifest(), { remarks: ['Did not vary: a (empty).'] })
    expect(card).toContain('\n- Did not vary: a (empty).\n')
  })
})
