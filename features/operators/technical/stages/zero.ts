/**
 * Where a state's fractions begin. V8 lays out an object anew when a field that held a small integer gets its first fraction, and
 * throws away the code compiled for the old layout, in a loop over rows for good; −0 is a fraction to it from the start.
 */
export const zero = -0
