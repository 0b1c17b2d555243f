/**
 * Stages work on blocks of rows: each takes a block from one array to another with its state in local variables, which is
 * several times as fast as a row at a time through an object. Scratch arrays are the module's and hold nothing between calls.
 */
export const blockRows = 256

export function scratch(): Float64Array {
  return new Float64Array(blockRows)
}
