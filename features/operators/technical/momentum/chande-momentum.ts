import { changeOscillator } from './change-oscillator.ts'

/** Chande (1994), smoothed as TA-Lib CMO does it, which makes it 2 RSI − 100. */
export const chandeMomentum = changeOscillator({
  name: 'CMO',
  doc: 'Chande momentum oscillator with Wilder averages, −100 … 100; 0 where nothing moved; TA-Lib CMO.',
  lossWeight: -1,
  still: 0,
})
