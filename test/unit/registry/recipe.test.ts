/** Recipes of seed ensembles: what is accepted, what is refused and how, and what YAML keeps of them. */
import { describe, expect, it } from 'vitest'
import { isEnsemble, parseRecipe, recipeFromYaml, recipeToYaml } from '../../../registry/index.ts'

const recipe = (more: object = {}) => ({ model: 'm', kind: 'ridge', symbols: ['SPX'], ...more })
const pair = {
  members: [
    { model: 'a', kind: 'ridge' },
    { model: 'b', kind: 'gbdt' },
  ],
}

describe('seeds', () => {
  it('are one unless they are given, and survive YAML', () => {
    expect(parseRecipe(recipe()).seeds).toBe(1)
    expect(isEnsemble(parseRecipe(recipe()))).toBe(false)
    const five = parseRecipe(recipe({ seeds: 5 }))
    expect(isEnsemble(five)).toBe(true)
    expect(recipeFromYaml(recipeToYaml(five), 'x.yaml')).toEqual(five)
  })

  it.each([0, -1, 101, 1.5, '3'])('%j of them are refused', (seeds) => {
    expect(() => parseRecipe(recipe({ seeds }))).toThrow(/^recipe\.seeds must be /)
  })

  it('say which numbers they can be', () => {
    expect(() => parseRecipe(recipe({ seeds: 0 }))).toThrow(
      'recipe.seeds must be an integer from 1 to 100, got 0.',
    )
  })
})

describe('quorum, weights and names', () => {
  it.each<[string, object, RegExp | undefined]>([
    ['a quorum of all seeds', { seeds: 3, quorum: 3 }, undefined],
    ['a quorum above the seeds', { seeds: 3, quorum: 4 }, /quorum must be at most 3, .* got 4/],
    ['a quorum of a single model', { quorum: 2 }, /quorum must be 1, .* got 2/],
    ['weights of seeds', { seeds: 2, weights: { 'm-s1': 1, 'm-s2': 3 } }, undefined],
    [
      'a weight of no member',
      { seeds: 2, weights: { m: 2 } },
      /weights must be weights of m-s1, m-s2, not of m,/,
    ],
    ['a long name', { model: 'x'.repeat(100) }, undefined],
    ['a name too long for its seeds', { model: 'x'.repeat(97), seeds: 10 }, /at most 100/],
    ['seeds of members', { kind: undefined, ...pair, seeds: 2, quorum: 4 }, undefined],
    ['a quorum above those', { kind: undefined, ...pair, seeds: 2, quorum: 5 }, /at most 4/],
    [
      'a member that a seed of another would be',
      { kind: undefined, model: 'a-s2', ...pair, seeds: 2 },
      /members must be distinct and other than a-s2, which a-s1, a-s2, b-s1, b-s2 are not/,
    ],
  ])('%s', (_, more, fault) => {
    const parse = (): unknown => parseRecipe(recipe(more))
    if (fault === undefined) expect(parse).not.toThrow()
    else expect(parse).toThrow(fault)
  })
})
