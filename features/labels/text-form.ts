/**
 * The text form that labels and sample weights share: a name, then fields, `name:FIELD:FIELD`. The fields of an entry are data; its grammar, its parser, its
 * canonical text and the message of its error come from them alone.
 */
import { invalid, rankByDistance } from '../../core/checks.ts'
import { QuorumError } from '../../core/errors.ts'

export interface NumberField {
  /** Key in the spec. */
  readonly name: string
  /** What stands for it in the grammar. */
  readonly symbol: string
  readonly integer: boolean
  readonly min: number
  readonly max?: number
  /** Used where the text leaves the field out; only the last fields can be left out. */
  readonly default?: number
  /** What separates it from the field before it; default a colon. */
  readonly before?: '-'
}

export interface WordField {
  readonly name: string
  readonly symbol: string
  readonly words: readonly string[]
}

export type Field = NumberField | WordField

export type Price = 'close' | 'open'

/** A parsed text: its fields by name, and the price it enters at. */
export type SpecOf<Fields extends readonly Field[]> = {
  readonly [F in Fields[number] as F['name']]: F extends WordField ? F['words'][number] : number
} & { readonly price: Price }

export type AnySpec = { readonly price: Price } & Readonly<Record<string, number | string>>

export interface TextForm {
  readonly name: string
  readonly fields: readonly Field[]
  /** `choice`: `@open` may follow the first field and moves the entry from the close to the next open. */
  readonly entry: Price | 'choice'
  readonly example: string
  /** What fields that are each allowed must be together; undefined where they are. */
  fault?(spec: AnySpec): string | undefined
}

export function grammarOf({ name, fields, entry }: TextForm): string {
  const parts = fields.map((field, k) => {
    const text = `${separator(field)}${field.symbol}`
    const open = k === 0 && entry === 'choice' ? '[@open]' : ''
    return `${isOptional(field) ? `[${text}]` : text}${open}`
  })
  return [name, ...parts].join('')
}

/**
 * @param subject What the text is, for errors.
 * @throws INVALID_VALUE with the grammar, the ranges and an example.
 */
export function parseForm(subject: string, form: TextForm, text: string): AnySpec {
  const match = patternOf(form).exec(text)
  if (match?.groups === undefined) throw malformed(subject, form, text)
  const { groups } = match
  const spec: Record<string, number | string> = {}
  for (const field of form.fields) {
    const given = groups[field.name]
    const value = 'words' in field ? given! : given === undefined ? field.default! : Number(given)
    if (!allows(field, value)) throw malformed(subject, form, text)
    spec[field.name] = value
  }
  const price = form.entry === 'choice' ? (match.groups['at'] ?? 'close') : form.entry
  const parsed = { ...spec, price: price as Price }
  const fault = form.fault?.(parsed)
  if (fault !== undefined) throw invalid(subject, `${grammarOf(form)} with ${fault}`, text)
  return parsed
}

/** The canonical text: numbers in their shortest form, defaults left out. */
export function formatForm({ name, fields, entry }: TextForm, spec: AnySpec): string {
  const parts = fields.map((field, k) => {
    const value = spec[field.name]!
    const open = k === 0 && entry === 'choice' && spec.price === 'open' ? '@open' : ''
    const left = 'words' in field ? false : field.default === value
    return `${left ? '' : `${separator(field)}${value}`}${open}`
  })
  return [name, ...parts].join('')
}

/** The entry a text names, by what stands before its first colon. @throws UNKNOWN_NAME with every grammar, the nearest name first. */
export function findForm<F extends TextForm>(kind: string, forms: readonly F[], text: string): F {
  const name = text.split(':')[0]!
  const form = forms.find((one) => one.name === name)
  if (form !== undefined) return form
  const nearest = rankByDistance(
    name,
    forms.map((one) => one.name),
  )
  const known = nearest.map((one) => {
    const found = forms.find((candidate) => candidate.name === one)!
    const grammar = grammarOf(found)
    return grammar === found.example ? grammar : `${grammar} (as ${found.example})`
  })
  throw new QuorumError('UNKNOWN_NAME', { kind, name, known: known.join(', ') })
}

function separator(field: Field): string {
  return 'words' in field ? ':' : (field.before ?? ':')
}

function isOptional(field: Field): boolean {
  return 'default' in field
}

function patternOf({ name, fields, entry }: TextForm): RegExp {
  const number = String.raw`-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e-\d+)?`
  const parts = fields.map((field, k) => {
    const body = `${separator(field)}(?<${field.name}>${'words' in field ? field.words.join('|') : number})`
    const open = k === 0 && entry === 'choice' ? '(?:@(?<at>open))?' : ''
    return `${isOptional(field) ? `(?:${body})?` : body}${open}`
  })
  // A name of its own keeps `groups` there for a form without fields.
  return new RegExp(`^(?<form>${name})${parts.join('')}$`)
}

function allows(field: Field, value: number | string): boolean {
  if ('words' in field) return true
  const { integer, min, max = Infinity } = field
  if (typeof value === 'string' || !Number.isFinite(value)) return false
  return value >= min && value <= max && (!integer || Number.isInteger(value))
}

function malformed(subject: string, form: TextForm, text: string): QuorumError {
  const ranges = form.fields.map((field) => {
    if ('words' in field) return `${field.symbol} ${field.words.join(' or ')}`
    const { symbol, integer, min, max } = field
    const kind = integer ? 'an integer' : 'a number'
    return max === undefined
      ? `${symbol} ${kind} ≥ ${min}`
      : `${symbol} ${kind} from ${min} to ${max}`
  })
  const where = ranges.length === 0 ? '' : ` with ${ranges.join(', ')}, such as ${form.example}`
  return invalid(subject, `${grammarOf(form)}${where}`, text)
}
