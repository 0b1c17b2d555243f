/**
 * The loops of the tree learner and its walker, AssemblyScript with SIMD on shared memory; `npm run kernels` compiles them to kernels.wasm, and a
 * check holds both equal. All arguments ending in `At` are byte addresses in the imported memory. reference/ says the same in plain TypeScript.
 */
export { codeColumn, interleaveColumns, sortColumn } from './bins.as'
export { countRange, countRows, foldCells, subtractHistogram } from './histogram.as'
export { addToRows, drawRows, largestPair, listRows, packPairs, partitionRows, sumRows, walkCodes } from './rows.as'
export { findSplit } from './splits.as'
export { prepareRows, walkRows, walkTrees } from './walk.as'
