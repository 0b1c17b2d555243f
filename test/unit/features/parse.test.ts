import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatExpression, type Expression } from '../../../features/expression/expression.ts'
import { parseExpression } from '../../../features/expression/parse.ts'
import { parseFeatureSet } from '../../../features/expression/user-set.ts'
import { findFeatureSet, featureSetFingerprint } from '../../../features/index.ts'

const canonical = async (text: string): Promise<string> =>
  formatExpression(await parseExpression(text))

describe('parseExpression', () => {
  it.each([
    ['Mean($close, 20) / $close - 1', 'Sub(Div(Mean($close, 20), $close), 1)'],
    ['Corr($close, Log($volume + 1), 10)', 'Corr($close, Log(Add($volume, 1)), 10)'],
    ['Mean($close)', 'Mean($close, 20)'],
    ['Mean($close, 4 * 5)', 'Mean($close, 20)'],
    ['-$close', 'Sub(0, $close)'],
    ['$close * -1', 'Mul($close, -1)'],
    [
      '$close > Ref($close, 1) and not ($open >= $close)',
      'And(Gt($close, Ref($close, 1)), Not(Ge($open, $close)))',
    ],
    [
      '$close > $open & $low < 1 | $high != 2',
      'Or(And(Gt($close, $open), Lt($low, 1)), Ne($high, 2))',
    ],
    ['$close > $open ? $high : 0', 'If(Gt($close, $open), $high, 0)'],
    ['$close ^ 0.5 + 1e-12', 'Add(Power($close, 0.5), 1e-12)'],
    ['2*$close-$high-$low', 'Sub(Sub(Mul(2, $close), $high), $low)'],
  ])('%s', async (text, expected) => {
    expect(await canonical(text)).toBe(expected)
  })

  it.each([
    ['Mean($close, 20', 15, /expected|Parenthesis/],
    ['Maen($close, 20)', 0, /no operator Maen\. Known: Mean/],
    ['1 + Mean($clsoe, 20)', 9, /no column \$clsoe\. Known: \$close/],
    ['Mean($close, 0)', 0, /window of Mean must be a finite number ≥ 1 ≤ 1000000, got 0/],
    ['$close / Ref($close, -2)', 9, /bars of Ref must be a finite number ≥ 1 ≤ 1000000, got -2/],
    ['Mean($close, $open)', 0, /argument 2 of Mean\(x, window=20\) is a number/],
    ['Mean()', 0, /given 1 to 2 arguments/],
    ['close / $open', 0, /a column is written \$close/],
    ['$close $open', 7, /a product is written with \*/],
    ['$close = 3', 0, /not a formula/],
    ['Mean($close, 5).upper', 0, /left out: it has one/],
    ['[1, 2]', 0, /not a formula/],
    ['"close"', 0, /is not a number/],
    ['3 + 4', 0, /a number alone is not a feature/],
    ['1 < $close < 2', 0, /not a formula/],
    ['$close!', 0, /! is not an operator/],
    ['', 0, /is not a number/],
  ])('refuses %s with a caret at %i', async (text, place, message) => {
    const columns = ['open', 'high', 'low', 'close', 'volume']
    const error: unknown = await parseExpression(text, { columns }).catch(
      (thrown: unknown) => thrown,
    )
    expect(error).toMatchObject({ code: 'INVALID_EXPRESSION' })
    const lines = (error as Error).message.split('\n')
    expect(lines[0]).toMatch(message)
    expect(lines.at(-1)!.replace(/\.$/, '')).toBe(`${' '.repeat(place)}^`)
  })

  it('reads back every expression of the built-in sets', async () => {
    for (const name of ['base', 'alpha158', 'alpha360']) {
      for (const { expression } of findFeatureSet(name).features) {
        const text = formatExpression(expression)
        expect(await canonical(text)).toBe(text)
      }
    }
  })

  it('reads back what it writes', async () => {
    const leaf = fc.oneof(
      fc.constantFrom<Expression>({ column: 'close' }, { column: 'x_1' }),
      fc
        .double({ noNaN: true, noDefaultInfinity: true })
        .map((constant): Expression => ({ constant: Object.is(constant, -0) ? 0 : constant })),
    )
    const { tree } = fc.letrec<{ tree: Expression }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc
          .tuple(fc.constantFrom('Add', 'Div', 'Gt'), tie('tree'), tie('tree'))
          .map(([operator, a, b]): Expression => ({ operator, inputs: [a, b], params: [] })),
        fc
          .tuple(tie('tree'), fc.integer({ min: 1, max: 500 }))
          .map(([a, n]): Expression => ({ operator: 'Mean', inputs: [a], params: [n] })),
      ),
    }))
    await fc.assert(
      fc.asyncProperty(tree, async (expression) => {
        if ('constant' in expression) return
        const text = formatExpression(expression)
        expect(await canonical(text)).toBe(text)
      }),
    )
  })
})

describe('parseFeatureSet', () => {
  const set = (features: string, more = ''): Promise<unknown> =>
    parseFeatureSet(`name: mine\n${more}features:\n${features}`, 'mine.yaml')

  it('resolves names, shares what is equal, and has a fingerprint of its formulae', async () => {
    const named = await parseFeatureSet(
      'name: mine\ndefine:\n  returns: $close / Ref($close, 1) - 1\nfeatures:\n  quiet: Std(returns, 5) / Std(returns, 60)\n',
      'mine.yaml',
    )
    const inline = await parseFeatureSet(
      'name: mine\nfeatures:\n  quiet: { expression: "Std($close / Ref($close, 1) - 1, 5) / Std($close / Ref($close, 1) - 1, 60)", doc: text }\n',
      'mine.yaml',
    )
    expect(featureSetFingerprint(named)).toBe(featureSetFingerprint(inline))
    expect(inline.features[0]!.doc).toBe('text')
  })

  it('names every fault at once', async () => {
    const error = await set(
      '  a: Maen($close)\n  b: c + 1\n  c: b + 1\n  d: $ask / $close\n',
    ).catch((thrown: unknown) => thrown as Error)
    const { message } = error as Error
    expect(message).toMatch(/The feature set in mine\.yaml cannot be used/)
    expect(message).toMatch(/a: .*no operator Maen\. Known: Mean/)
    expect(message).toMatch(/c: is defined by itself: b → c → b/)
    expect(message).toMatch(/d: .*no column \$ask/)
  })

  it.each([
    ['  a: $close\n', 'name2: x\n', /name2|Unrecognized/],
    ['  a: $close\n', 'version: 0\n', /version: /],
    ['  a: $close\n', 'define: { a: $open }\n', /a: is under define and under features/],
    ['  1a: $close\n', '', /letters, digits/],
    ['  {}\n', '', /there are none/],
    ['  a: [1]\n', '', /features\.a/],
    ['  a: "unclosed\n', '', /quote/],
  ])('refuses %j with %j', async (features, more, message) => {
    await expect(set(features, more)).rejects.toThrow(message)
  })

  it('refuses the name of a set of its own', async () => {
    await expect(parseFeatureSet('name: base\nfeatures:\n  a: $close\n', 'x')).rejects.toThrow(
      /base is a set of Quorum/,
    )
  })

  it('takes columns of its own', async () => {
    const found = await parseFeatureSet(
      'name: book\ncolumns: [bid1, ask1]\nfeatures:\n  spread: $ask1 - $bid1\n',
      'x',
    )
    expect(formatExpression(found.features[0]!.expression)).toBe('Sub($ask1, $bid1)')
  })
})
