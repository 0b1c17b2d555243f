/**
 * A hash of the compiled code that decides what a fit computes. The version of the package names a release; between two
 * builds of one version only the code itself can say whether a checkpoint still is of the same fit.
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../core/files.ts'

/** Relative to the package's root; `package.json` pins the versions of what is not ours. */
const parts = ['package.json', 'dist/core', 'dist/features', 'dist/models', 'dist/pipelines/train']
const assets = ['features', 'models']
const isCode = /\.(js|wasm)$/

/** sha256 over names and bytes, in the order of the names. */
export function codeFingerprintOf(root: string): string {
  const code = parts.flatMap((part) => (part.endsWith('.json') ? [part] : filesBelow(root, part)))
  const binaries = assets.flatMap((part) =>
    filesBelow(root, part).filter((name) => name.endsWith('.wasm')),
  )
  const hash = createHash('sha256')
  for (const name of [...code, ...binaries].sort()) {
    const data = readFileSync(join(root, name))
    hash.update(`${name}\0${data.length}\0`).update(data)
  }
  return hash.digest('hex')
}

let known: string | undefined

/** Of the running package, read once. */
export function codeFingerprint(): string {
  return (known ??= codeFingerprintOf(packageRoot))
}

function filesBelow(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => isCode.test(name))
    .map((name) => join(folder, name))
}
