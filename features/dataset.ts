/**
 * Dataset: what a model is trained on. Rows are sorted by (symbol, time), so a window that ends at a row is the rows before
 * it; `samples` lists the rows where a window may end (full window inside one symbol, every feature known, label present).
 * Buffers are shared between workers and must not be written after they are built.
 */
export interface Dataset {
  readonly rows: number
  /** Feature names in column order. */
  readonly features: readonly string[]
  /** float32 `[rows, features]`, row-major. A warm-up or missing value is NaN. */
  readonly X: Float32Array
  /** Label a row, NaN where it is not known (yet). */
  readonly y: Float64Array
  readonly weight: Float64Array
  /** Decision moment a row, milliseconds. */
  readonly time: Float64Array
  /** Index into `symbols` a row. */
  readonly symbol: Int32Array
  readonly symbols: readonly string[]
  /** Moment at which the row's label is known; NaN without a label. */
  readonly labelEnd: Float64Array
  /** Index of the row's moment, ascending with time: rows of one group were decided at the same moment. */
  readonly group: Int32Array
  /** Ascending rows at which a sample may end. */
  readonly samples: Int32Array
  /** Window the samples were made for, in rows. */
  readonly window: number
  /** sha256 over canonical column bytes, label and feature definitions. */
  readonly fingerprint: string
}

/** What predicting needs of a dataset: the matrix and where windows may end. */
export interface FeatureMatrix {
  readonly rows: number
  readonly features: readonly string[]
  readonly X: Float32Array
}
