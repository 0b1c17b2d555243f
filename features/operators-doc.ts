/** `docs/reference/operators.md` from the table of operators; `npm run docs:operators` writes it. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { packageRoot, writeFileAtomic } from '../core/files.ts'
import { operators, signature, type Operator } from './index.ts'
import { bookOperators } from './operators/book/index.ts'
import { crossOperators } from './operators/cross/index.ts'
import { elementwiseOperators } from './operators/elementwise/index.ts'
import { estimatorOperators } from './operators/estimators/index.ts'
import { eventOperators } from './operators/events/index.ts'
import { exponentialOperators } from './operators/exponential/index.ts'
import { regimeOperators } from './operators/regime/index.ts'
import { rollingOperators } from './operators/rolling/index.ts'
import { technicalOperators } from './operators/technical/index.ts'

const head = `# Operators

What an expression may call. Written from the table in \`features/operators/\` by
\`npm run docs:operators\`; do not edit.

Each entry is the call with its inputs (any expression) and its parameters with their defaults, what a value depends on, what a missing
input does, and what it computes. An operator with several outputs is called with one: \`Regime($high, $low, $close).trend\`.

**Depends on**: \`row\` its own row; \`window\` the last rows that its parameters name; \`recursive\` all rows, ever less; \`expanding\` all rows
since the first; \`moment\` the symbols present at the moment. Nothing depends on a later row.

**Missing input**: \`propagate\` every row that reads it is NaN; \`skip\` it is not counted, and a value needs a full window of others
(fewer with \`emitPartial\`); \`hold\` its row is NaN and the recursion goes on after it. Across symbols a symbol without a value has none
and is not counted. A result that is not a finite number, and one that its inputs do not determine (no variation, no volume, a
price that is not above 0), is NaN.
`

const sections: readonly (readonly [string, string, readonly Operator[]])[] = [
  ['Of one row', '', elementwiseOperators],
  [
    'Over the last rows',
    '`Skew` and `Kurt`, and `Beta`, `Alpha` and `RegResi`, of the same columns and window are one pass.',
    rollingOperators,
  ],
  ['Exponential and expanding', '', exponentialOperators],
  [
    'Volatility and liquidity',
    'Volatilities are of one bar: times √252 a volatility of daily bars is of a year. They wait for their whole window with `emitPartial` too.',
    estimatorOperators,
  ],
  [
    'Technical indicators',
    'How each relates to TA-Lib: [indicators.md](indicators.md).',
    technicalOperators,
  ],
  [
    'Order book',
    'For sources that bring quotes as columns. Imbalance over several levels is that of their sums: `BookImbalance(Add($bidSize1, $bidSize2), Add($askSize1, $askSize2))`; to weight a level, multiply its two sizes.',
    bookOperators,
  ],
  [
    'Events',
    '`value` is that of the newest event known at the row, `age` the days since it was known.',
    eventOperators,
  ],
  ['Regime', '', regimeOperators],
  [
    'Across symbols',
    'Against several exposures `CSResidual` is nested, each exposure freed of those before it first (Frisch and Waugh 1933): `CSResidual(CSResidual(y, a), CSResidual(b, a))` is the residual of y on a and b.',
    crossOperators,
  ],
]

/** The page, in the form the formatter would give it. */
export function operatorsMarkdown(): string {
  const listed = sections.map(([title, note, members]) => {
    const entries = members.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(entry)
    return `## ${title}\n\n${note === '' ? '' : `${note}\n\n`}${entries.join('\n')}\n`
  })
  return `${head}\n${listed.join('\n')}`
}

/** Operators of the table that no section lists. */
export function unlistedOperators(): string[] {
  const listed = new Set(sections.flatMap(([, , members]) => members.map(({ name }) => name)))
  return operators.map(({ name }) => name).filter((name) => !listed.has(name))
}

function entry(operator: Operator): string {
  const outputs = operator.scope === 'series' ? (operator.outputs ?? []) : []
  const shown = outputs.map((output) => `\`.${output}\``).join(' ')
  const kind = operator.scope === 'series' ? `${operator.memory}, ${operator.missing}` : 'moment'
  const text = operator.doc.replace(/[*_<]/g, (mark) => `\\${mark}`)
  return `- \`${signature(operator)}\`${shown === '' ? '' : ` → ${shown}`} (${kind}): ${text}`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await writeFileAtomic(join(packageRoot, 'docs', 'reference', 'operators.md'), operatorsMarkdown())
}
