/** What ingest found in a series: counted in full, with the first few examples. */
export const findingKinds = {
  'bad-time': ['error', 'a row that does not end after it begins, or is known before it ends'],
  'missing-price': ['error', 'open, high, low or close is not there or not finite'],
  'non-positive-price': ['error', 'a price at or below zero of an instrument that has none'],
  'high-below-low': ['error', 'high lies below low'],
  'negative-volume': ['error', 'volume lies below zero'],
  duplicate: ['warning', 'a second row for the same bar'],
  disorder: ['warning', 'a row that lies before one already read'],
  overlap: ['warning', 'a row that begins after its predecessor and does not end after it'],
  'open-close-outside': ['warning', 'open or close lies outside low … high'],
  'off-calendar': ['warning', 'a bar at a time the calendar has none'],
  gap: ['warning', 'bars the calendar has and the series has not'],
  'stale-price': ['warning', 'the same close for many bars in a row'],
  'split-like-jump': ['warning', 'a price jump by a ratio of splits, volume moving the other way'],
  'extreme-return': ['warning', 'a return far outside the rest of the series'],
  'open-equals-previous-close': [
    'warning',
    'stretches in which the open is a copy of the previous close: no overnight move can be seen there',
  ],
  'zero-volume': ['info', 'volume is zero'],
  'missing-volume': ['info', 'volume is not there'],
} as const satisfies Readonly<Record<string, readonly [Severity, string]>>

export type Severity = 'info' | 'warning' | 'error'
export type FindingKind = keyof typeof findingKinds
export type FindingAction = 'kept' | 'refused' | 'repaired'

export interface Example {
  /** 1-based line or row in the source. */
  readonly row: number
  /** openTime of the bar concerned. */
  readonly time: number
  readonly detail: string
}

export interface Finding {
  readonly kind: FindingKind
  readonly severity: Severity
  /** What happened to the rows. */
  readonly action: FindingAction
  /** Rows concerned; of gaps, bars missing. */
  readonly count: number
  readonly first: Example
  /** The first few, `first` among them. */
  readonly examples: readonly Example[]
}

export interface FindingLog {
  /** One case of `count` rows; `detail` is only asked for where it is kept. */
  add(
    kind: FindingKind,
    action: FindingAction,
    at: { readonly row: number; readonly time: number },
    detail: () => string,
    count?: number,
  ): void
  /** Errors first, then by count. */
  list(): Finding[]
}

export function createFindingLog({ maxExamples = 5 } = {}): FindingLog {
  const found = new Map<
    string,
    { finding: Omit<Finding, 'first' | 'examples'>; examples: Example[] }
  >()
  const rank = { error: 0, warning: 1, info: 2 }
  return {
    add: (kind, action, { row, time }, detail, count = 1) => {
      const key = `${kind}/${action}`
      const known = found.get(key)
      const severity = findingKinds[kind][0]
      const total = (known?.finding.count ?? 0) + count
      const examples = known?.examples ?? []
      if (examples.length < maxExamples) examples.push({ row, time, detail: detail() })
      found.set(key, { finding: { kind, severity, action, count: total }, examples })
    },
    list: () =>
      [...found.values()]
        .map(({ finding, examples }) => ({ ...finding, first: examples[0]!, examples }))
        .sort((a, b) => rank[a.severity] - rank[b.severity] || b.count - a.count),
  }
}
