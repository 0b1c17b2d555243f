/** A writer to be killed: appends `from`, `from + step`, … and says each number once its append has returned. */
import { systemClock } from '../../../core/clock.ts'
import { silentLog } from '../../../core/log.ts'
import { createInstrument, openBarStore } from '../../../market/index.ts'
import { yearlyBars } from './yearly-bars.ts'

const [folder, from, to, step] = process.argv.slice(2)
const store = openBarStore({ folder: folder!, clock: systemClock, log: silentLog })
await store.putInstrument(createInstrument({ symbol: 'A', calendar: '24/7' }))
for (let index = Number(from); index < Number(to); index += Number(step)) {
  await store.append('A', '1d', yearlyBars(index))
  process.stdout.write(`${index}\n`)
}
