/** The table of label kinds. Adding one is a file and a line here. */
import type { LabelKind } from '../label.ts'
import { barrier, barrierReturn } from './barrier.ts'
import { direction } from './direction.ts'
import { excess } from './excess.ts'
import { logReturn } from './log-return.ts'
import { meta } from './meta.ts'
import { rank } from './rank.ts'
import { scaled } from './scaled.ts'
import { simpleReturn } from './return.ts'
import { trailing } from './trailing.ts'
import { trend } from './trend.ts'
import { volatility } from './volatility.ts'

export const labelKinds: readonly LabelKind[] = [
  simpleReturn,
  logReturn,
  direction,
  scaled,
  excess,
  rank,
  volatility,
  trend,
  barrier,
  barrierReturn,
  trailing,
  meta,
]
