/**
 * The training engine, Shows 5: twice the same seed, with one worker and with two, and with a `kill -9` in between (of a command that
 * is repeated, and of a worker whose run the next one takes): each time the same artifact id.
 */
import {
  assert,
  finished,
  quorum,
  remove,
  start,
  temporaryFolder,
  until,
  type CommandResult,
} from './harness.ts'

const data = '--symbols SPX --label return:5 --from 2005-01-01 --to 2015-12-31 --seed 7'.split(' ')
/** Without early stopping: long enough to be killed in the middle, after a checkpoint. */
const long = ['--param', 'maxEpochs=250', '--param', 'patience=250']

export default async function sameArtifact(): Promise<string> {
  const plain = await temporaryFolder()
  const killed = await temporaryFolder()
  const queue = await temporaryFolder()
  try {
    const [first, second] = [await train(plain, 'm'), await train(plain, 'm')]
    assert(first['artifact'] === second['artifact'], 'the same seed gives the same artifact', [
      first['artifact'],
      second['artifact'],
    ])
    const [one, two] = [
      await train(plain, 'many', '--seeds', '2', '--workers', '1'),
      await train(plain, 'many', '--seeds', '2', '--workers', '2'),
    ]
    assert(one['artifact'] === two['artifact'], 'one worker and two give the same artifact', [
      one['members'],
      two['members'],
    ])
    const undisturbed = String((await train(plain, 'long', ...long))['artifact'])
    const resumed = await commandKilled(killed, undisturbed)
    const retried = await workerKilled(queue, undisturbed)
    return `${undisturbed.slice(0, 16)} undisturbed, ${resumed}, ${retried}`
  } finally {
    for (const folder of [plain, killed, queue]) await remove(folder)
  }
}

function flags(model: string, more: readonly string[]): string[] {
  return ['train', '--model', model, '--kind', 'lstm', ...data, ...more, '--json']
}

async function train(
  folder: string,
  model: string,
  ...more: string[]
): Promise<Record<string, unknown>> {
  return ok(await quorum(folder, ...flags(model, more)))
}

function ok(result: CommandResult): Record<string, unknown> {
  assert(result.code === 0, 'the command exits 0', result.stderr.slice(-2_000))
  return result.json()
}

/** The command is killed, and repeated as a person would. */
async function commandKilled(folder: string, undisturbed: string): Promise<string> {
  const child = start([...flags('long', long), '--data', folder])
  const ended = finished(child)
  await workedFor(3, () => child.exitCode === null, child.stderr!)
  child.kill('SIGKILL')
  assert((await ended).code === -1, 'the command was killed in the middle')
  const again = await quorum(folder, ...flags('long', long))
  const said = /long: goes on at (\d+ of \d+ \w+)/.exec(again.stderr)
  assert(said !== null, 'it says that it resumes', again.stderr.slice(0, 2_000))
  assert(ok(again)['artifact'] === undisturbed, 'the resumed command gives the same artifact')
  const { models } = await shown(folder, 'models', 'list', 'long')
  assert(Array.isArray(models) && models.length === 1, 'the killed command left no version')
  return `the same from ${said[1]!}`
}

/** A worker is killed; the next one takes its run. */
async function workerKilled(folder: string, undisturbed: string): Promise<string> {
  const { run } = ok(await quorum(folder, ...flags('long', [...long, '--queue'])))
  const worker = (): ReturnType<typeof start> => start(['worker', '--data', folder])
  const first = worker()
  const ended = finished(first)
  const job = (): Promise<Record<string, unknown>> => shown(folder, 'jobs', 'show', String(run))
  await until('at work', 60, async () => (await job())['progress'] !== null)
  await new Promise((resolve) => setTimeout(resolve, 4_000))
  first.kill('SIGKILL')
  await ended
  const second = worker()
  const secondEnded = finished(second)
  try {
    await until('the run done by the next worker', 240, async () => {
      const { state } = await job()
      assert(state !== 'failed' && state !== 'cancelled', 'the run is retried', await job())
      return state === 'succeeded'
    })
    const { result, attempt } = await job()
    const { artifact, notes } = result as { artifact: string; notes: string[] }
    assert(attempt === 2, 'it took a second attempt', attempt)
    assert(
      notes.some((note) => note.startsWith('long: goes on at')),
      'the second attempt went on from a checkpoint',
      notes,
    )
    assert(artifact === undisturbed, 'the retried run gives the same artifact')
    return 'the same by the next worker'
  } finally {
    second.kill('SIGTERM')
    await secondEnded
  }
}

async function shown(folder: string, ...args: string[]): Promise<Record<string, unknown>> {
  return ok(await quorum(folder, ...args, '--json'))
}

/** Resolves so many seconds after the first progress of a command. */
async function workedFor(
  seconds: number,
  alive: () => boolean,
  stderr: NodeJS.ReadableStream,
): Promise<void> {
  let text = ''
  stderr.on('data', (part: Buffer) => (text += part.toString()))
  await until('under way', 60, () => {
    assert(alive(), 'the training has not ended yet', text)
    return Promise.resolve(text.includes('"progress"'))
  })
  await new Promise((resolve) => setTimeout(resolve, 1_000 * seconds))
}
