/** Rows of a partition, from parts whose sha256 is the one written. */
import { join } from 'node:path'
import { QuorumError } from '../../core/errors.ts'
import { createFrame, type Frame } from '../../core/frame.ts'
import { readParquet, sqlName, sqlText } from '../../market/index.ts'
import { readManifest, type PartitionManifest } from './partition-manifest.ts'
import { isIntact } from './stored-file.ts'

/**
 * Stored features of a symbol between two decision moments, both inclusive; undefined where nothing is stored.
 * @throws INTEGRITY where a file is not what was written.
 */
export async function readPartition(
  folder: string,
  symbol: string,
  { from, to }: { from: number; to: number },
): Promise<Frame | undefined> {
  let tried: number | undefined
  for (;;) {
    const manifest = await readManifest(folder)
    if (manifest === undefined) return undefined
    const parts = manifest.parts.filter(({ first, last }) => first <= to && last >= from)
    const intact = await Promise.all(parts.map((part) => isIntact(folder, part)))
    const damaged = parts.find((_, k) => !intact[k])
    if (damaged !== undefined) {
      // An update may have replaced the parts since the manifest was read.
      if (tried !== manifest.generation) {
        tried = manifest.generation
        continue
      }
      const reason = `its sha256 is not the one written; delete ${folder} and compute it again`
      throw new QuorumError('INTEGRITY', { subject: join(folder, damaged.file), reason })
    }
    return readRows(
      folder,
      manifest,
      parts.map(({ file }) => join(folder, file)),
      symbol,
      from,
      to,
    )
  }
}

async function readRows(
  folder: string,
  { features, members }: PartitionManifest,
  paths: readonly string[],
  symbol: string,
  from: number,
  to: number,
): Promise<Frame> {
  if (!members.some((one) => one.symbol === symbol)) {
    const subject = `${folder}/manifest`
    throw new QuorumError('INTEGRITY', { subject, reason: `it is not that of ${symbol}` })
  }
  const empty = (): Float64Array => new Float64Array(0)
  if (paths.length === 0) {
    return createFrame(empty(), Object.fromEntries(features.map((name) => [name, empty()])))
  }
  const where = [
    `symbol = ${sqlText(symbol)}`,
    ...(from === -Infinity ? [] : [`"time" >= ${from}`]),
    ...(to === Infinity ? [] : [`"time" <= ${to}`]),
  ].join(' AND ')
  const select = Object.fromEntries(['time', ...features].map((name) => [name, sqlName(name)]))
  const { columns } = await readParquet(paths, select, { where })
  const { time, ...values } = columns
  return createFrame(time as Float64Array, values)
}
