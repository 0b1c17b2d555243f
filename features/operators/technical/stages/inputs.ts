/** Input columns under the number that an operator has of them; the evaluation hands over as many as `arity` says. */
export type One = readonly [Float64Array]
export type Two = readonly [Float64Array, Float64Array]
export type Three = readonly [Float64Array, Float64Array, Float64Array]
export type Four = readonly [Float64Array, Float64Array, Float64Array, Float64Array]
export type Five = readonly [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array]
