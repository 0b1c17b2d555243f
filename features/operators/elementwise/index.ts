/** Operators of one row. */
import type { Operator } from '../../operator.ts'
import { absolute } from './absolute.ts'
import { add } from './add.ts'
import { and } from './and.ts'
import { clip } from './clip.ts'
import { conditional } from './conditional.ts'
import { divide } from './divide.ts'
import { equal } from './equal.ts'
import { exponential } from './exponential.ts'
import { greaterOrEqual } from './greater-or-equal.ts'
import { greaterThan } from './greater-than.ts'
import { greater } from './greater.ts'
import { hyperbolicTangent } from './hyperbolic-tangent.ts'
import { isMissing } from './is-missing.ts'
import { lessOrEqual } from './less-or-equal.ts'
import { lessThan } from './less-than.ts'
import { less } from './less.ts'
import { logarithm } from './logarithm.ts'
import { multiply } from './multiply.ts'
import { notEqual } from './not-equal.ts'
import { not } from './not.ts'
import { or } from './or.ts'
import { power } from './power.ts'
import { sign } from './sign.ts'
import { signedLogarithm } from './signed-logarithm.ts'
import { squareRoot } from './square-root.ts'
import { subtract } from './subtract.ts'

export const elementwiseOperators: readonly Operator[] = [
  absolute,
  add,
  and,
  clip,
  conditional,
  divide,
  equal,
  exponential,
  greaterOrEqual,
  greaterThan,
  greater,
  hyperbolicTangent,
  isMissing,
  lessOrEqual,
  lessThan,
  less,
  logarithm,
  multiply,
  notEqual,
  not,
  or,
  power,
  sign,
  signedLogarithm,
  squareRoot,
  subtract,
]
