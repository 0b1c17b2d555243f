import { changeOscillator } from './change-oscillator.ts'

export const relativeStrength = changeOscillator({
  name: 'RSI',
  doc: 'Relative strength index in 0 … 100; 50 where nothing moved (TA-Lib answers 0 there, which reads as a crash).',
  lossWeight: 0,
  still: 50,
})
