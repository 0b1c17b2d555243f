/**
 * Compiles each folder's kernels.as.ts and what it names to its kernels.wasm (`npm run kernels`); with `--check` it only tells whether the committed
 * files are the sources'. Plain JavaScript, because the compiler's types redeclare the standard library for the whole program.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folders = ['features/kernels', 'models/trees/kernels']
const scratch = mkdtempSync(join(tmpdir(), 'quorum-kernels-'))
try {
  for (const folder of folders) build(join(import.meta.dirname, '..', folder), folder)
} finally {
  rmSync(scratch, { recursive: true })
}

function build(path, name) {
  const output = join(scratch, 'kernels.wasm')
  const target = join(path, 'kernels.wasm')
  const flags = [
    ...['-O3', '--runtime', 'stub', '--noAssert', '--enable', 'simd', '--enable', 'threads'],
    ...[
      '--zeroFilledMemory',
      '--importMemory',
      '--sharedMemory',
      '--initialMemory',
      '1',
      '--maximumMemory',
      '65536',
    ],
  ]
  execFileSync('npx', ['--no', 'asc', join(path, 'kernels.as.ts'), '--outFile', output, ...flags], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const binary = readFileSync(output)
  if (!process.argv.includes('--check')) writeFileSync(target, binary)
  else if (!readFileSync(target).equals(binary)) {
    process.stderr.write(
      `${name}/kernels.wasm is not what kernels.as.ts compiles to; run npm run kernels\n`,
    )
    process.exitCode = 1
  }
}
