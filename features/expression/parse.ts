/**
 * The text form of expressions, `Mean($close, 20) / $close - 1`, in the field's own notation (qlib's). mathjs reads the grammar;
 * what it accepts beyond formulae (assignments, units, matrices, implicit products) is refused here.
 *
 * `$name` is a column; `Name(…)` an operator; `Name(…).output` one of several outputs; + - * / ^ arithmetic, > >= < <= == !=
 * comparisons, and / or / not (also & and |), `condition ? a : b`. A fault is shown with a caret under it.
 */
import type * as Mathjs from 'mathjs'
import { rankByDistance } from '../../core/checks.ts'
import { QuorumError } from '../../core/errors.ts'
import { findOperator } from '../operators/index.ts'
import { apply, column, signature, type Expression } from './expression.ts'

export interface ParseOptions {
  /** Columns that the source has; a column outside them is refused with the nearest. Default: any name. */
  readonly columns?: readonly string[]
  /** Named expressions that `@name` stands for, earlier features of a set. */
  readonly named?: ReadonlyMap<string, Expression>
}

type Parse = (text: string) => Mathjs.MathNode
let loaded: Promise<Parse> | undefined

/** The parser takes half a second to load and only texts of users need it. */
function loadParser(): Promise<Parse> {
  loaded ??= import('mathjs/number').then((mathjs) => {
    const { create, parseDependencies } = mathjs
    return create({ parseDependencies: parseDependencies! }).parse
  })
  return loaded
}

/** @throws INVALID_EXPRESSION showing the text with a caret under the fault, and the remedy. */
export async function parseExpression(
  text: string,
  options: ParseOptions = {},
): Promise<Expression> {
  const parse = await loadParser()
  let node: Mathjs.MathNode
  try {
    node = parse(text)
  } catch (error) {
    const at = (error as { char?: number }).char ?? text.length + 1
    const reason = (error as Error).message.replace(/ \(char \d+\)$/, '')
    throw fault(text, at - 1, reason)
  }
  const reader = new Reader(text, options)
  const result = reader.read(node)
  if (typeof result === 'number')
    throw fault(text, 0, 'a number alone is not a feature: use a column, such as $close')
  return result
}

const binaryOperators: Readonly<Record<string, string>> = {
  add: 'Add',
  subtract: 'Sub',
  multiply: 'Mul',
  divide: 'Div',
  pow: 'Power',
  larger: 'Gt',
  largerEq: 'Ge',
  smaller: 'Lt',
  smallerEq: 'Le',
  equal: 'Eq',
  unequal: 'Ne',
  and: 'And',
  or: 'Or',
  bitAnd: 'And',
  bitOr: 'Or',
}

/**
 * Walks the tree from left to right. mathjs keeps no positions, but names stand in the tree in the order of the text, so the
 * n-th name met is the n-th name written.
 */
class Reader {
  readonly #text: string
  readonly #options: ParseOptions
  readonly #places: readonly number[]
  #met = 0
  /** Where the newest name begins: the best place for a fault that has no name of its own. */
  #place = 0

  constructor(text: string, options: ParseOptions) {
    this.#text = text
    this.#options = options
    const words = /(?<![\w$.])[$A-Za-z_][\w$]*|(?<=\.)[A-Za-z_]\w*/g
    this.#places = Array.from(text.matchAll(words), (match) => match.index).filter(
      (at) => !/^(and|or|not)\b/.test(text.slice(at)),
    )
  }

  read(node: Mathjs.MathNode): Expression | number {
    switch (node.type) {
      case 'ParenthesisNode':
        return this.read((node as Mathjs.ParenthesisNode).content)
      case 'ConstantNode':
        return this.#constant(node as Mathjs.ConstantNode)
      case 'SymbolNode':
        return this.#symbol((node as Mathjs.SymbolNode).name)
      case 'OperatorNode':
        return this.#operator(node as Mathjs.OperatorNode)
      case 'ConditionalNode': {
        const { condition, trueExpr, falseExpr } = node as Mathjs.ConditionalNode
        return this.#apply('If', [condition, trueExpr, falseExpr])
      }
      case 'FunctionNode': {
        const { fn, args } = node as Mathjs.FunctionNode
        return this.#call(fn.name, args, undefined)
      }
      case 'AccessorNode': {
        const { object, name } = node as Mathjs.AccessorNode
        if (object.type !== 'FunctionNode')
          throw this.#fault('only Name(…).output has a dot', this.#place)
        const { fn, args } = object as Mathjs.FunctionNode
        return this.#call(fn.name, args, name)
      }
      default:
        throw this.#fault(`${node.toString()} is not a formula of columns`, this.#place)
    }
  }

  #constant({ value }: Mathjs.ConstantNode): number {
    if (typeof value === 'number' && Number.isFinite(value)) return value
    throw this.#fault(`${String(value)} is not a number`, this.#place)
  }

  #symbol(name: string): Expression {
    const at = this.#next()
    if (!name.startsWith('$')) {
      const named = this.#options.named?.get(name)
      if (named !== undefined) return named
      throw this.#fault(
        `${name} is not known here: a column is written $${name}, an operator ${name}(…)`,
        at,
      )
    }
    const { columns } = this.#options
    const plain = name.slice(1)
    if (columns !== undefined && !columns.includes(plain)) {
      const nearest = rankByDistance(plain, columns).slice(0, 5)
      throw this.#fault(
        `there is no column ${name}. Known: ${nearest.map((n) => `$${n}`).join(', ')}`,
        at,
      )
    }
    return this.#guard(at, () => column(plain))
  }

  #operator(node: Mathjs.OperatorNode): Expression | number {
    const { args } = node
    const name = node.fn as string
    if ((node as unknown as { implicit: boolean }).implicit) {
      this.read(args[0]!)
      throw this.#fault('a product is written with *', this.#next())
    }
    if (name === 'unaryMinus') {
      const value = this.read(args[0]!)
      return typeof value === 'number' ? -value : apply('Sub', 0, value)
    }
    if (name === 'unaryPlus') return this.read(args[0]!)
    if (name === 'not') return this.#apply('Not', args)
    const operator = binaryOperators[name]
    if (operator === undefined)
      throw this.#fault(`${String(node.op)} is not an operator of expressions`, this.#place)
    return this.#apply(operator, args)
  }

  #call(name: string, args: readonly Mathjs.MathNode[], output: string | undefined): Expression {
    const at = this.#next()
    const operator = this.#guard(at, () => findOperator(name))
    const values = args.map((arg) => this.read(arg))
    if (output !== undefined) this.#next()
    return this.#guard(at, () => {
      const params = values.slice(operator.arity)
      const misplaced = params.findIndex((value) => typeof value !== 'number')
      if (misplaced !== -1)
        throw this.#fault(
          `argument ${operator.arity + misplaced + 1} of ${signature(operator)} is a number`,
          at,
        )
      return apply(output === undefined ? name : `${name}.${output}`, ...values)
    })
  }

  #apply(name: string, args: readonly Mathjs.MathNode[]): Expression | number {
    const values = args.map((arg) => this.read(arg))
    const folded = fold(name, values)
    return folded ?? apply(name, ...values)
  }

  #next(): number {
    this.#place = this.#places[this.#met++] ?? this.#place
    return this.#place
  }

  #guard<T>(at: number, build: () => T): T {
    try {
      return build()
    } catch (error) {
      if (error instanceof QuorumError && error.code !== 'INVALID_EXPRESSION')
        throw this.#fault(error.message.replace(/\.$/, ''), at)
      throw error
    }
  }

  #fault(reason: string, at: number): QuorumError {
    return fault(this.#text, at, reason)
  }
}

/** Arithmetic of numbers alone is a number, so that `Mean($close, 4 * 5)` has a parameter. */
function fold(name: string, values: readonly (Expression | number)[]): number | undefined {
  const [a, b] = values
  if (typeof a !== 'number' || typeof b !== 'number' || values.length !== 2) return undefined
  if (name === 'Add') return a + b
  if (name === 'Sub') return a - b
  if (name === 'Mul') return a * b
  if (name === 'Div') return a / b
  return name === 'Power' ? a ** b : undefined
}

function fault(text: string, at: number, reason: string): QuorumError {
  const caret = `${' '.repeat(Math.max(0, Math.min(at, text.length)))}^`
  return new QuorumError('INVALID_EXPRESSION', { reason, picture: `${text}\n${caret}` })
}
