/**
 * A document as XGBoost stores one: JSON whose arrays of numbers have a type. Its reader takes 1 for an integer and 1.0 for a float, and refuses one for the
 * other, so the type has to survive; in UBJSON it is written out.
 */

export type NumberArray = Float32Array | Int32Array | BigInt64Array | Uint8Array

export type DocumentValue =
  | string
  | number
  | boolean
  | null
  | NumberArray
  | readonly DocumentValue[]
  | { readonly [key: string]: DocumentValue }

/** JSON text; bare numbers are integers. */
export function documentToJson(value: DocumentValue): string {
  if (value instanceof Float32Array) return `[${Array.from(value, floatText).join(',')}]`
  if (isNumbers(value)) return `[${value.join(',')}]`
  if (isList(value)) return `[${value.map(documentToJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).map(
    ([key, member]) => `${JSON.stringify(key)}:${documentToJson(member)}`,
  )
  return `{${members.join(',')}}`
}

/** Always with a point or an exponent. */
function floatText(value: number): string {
  const text = String(value)
  return /[.e]/.test(text) ? text : `${text}.0`
}

export function isNumbers(value: unknown): value is NumberArray {
  return ArrayBuffer.isView(value)
}

export function isList(value: DocumentValue): value is readonly DocumentValue[] {
  return Array.isArray(value)
}
