/** From columns to rows of float32. */
import { column, row } from './columns.as'

/**
 * Writes rows [from, end) of `count` columns, whose addresses are at `columns`, as float32 rows of `count` numbers at `out`. Four columns by two rows
 * at a time: what is read is two numbers of a column, what is written four of a row.
 */
export function gatherRows(columns: usize, count: i32, from: i32, end: i32, out: usize): void {
  const stride = <usize>count << 2
  for (let tile = from; tile < end; tile += 16) {
    const last = min(tile + 16, end)
    let k = 0
    for (; k + 4 <= count; k += 4) {
      const a = column(columns, k), b = column(columns, k + 1), c = column(columns, k + 2), d = column(columns, k + 3)
      let to = out + <usize>(tile - from) * stride + (<usize>k << 2)
      let i = tile
      for (; i + 2 <= last; i += 2) {
        const ab = v128.shuffle<f32>(f32x4.demote_f64x2_zero(v128.load(row(a, i))), f32x4.demote_f64x2_zero(v128.load(row(b, i))), 0, 4, 1, 5)
        const cd = v128.shuffle<f32>(f32x4.demote_f64x2_zero(v128.load(row(c, i))), f32x4.demote_f64x2_zero(v128.load(row(d, i))), 0, 4, 1, 5)
        v128.store(to, v128.shuffle<f64>(ab, cd, 0, 2))
        v128.store(to + stride, v128.shuffle<f64>(ab, cd, 1, 3))
        to += stride << 1
      }
      if (i < last) {
        store<f32>(to, <f32>load<f64>(row(a, i)))
        store<f32>(to, <f32>load<f64>(row(b, i)), 4)
        store<f32>(to, <f32>load<f64>(row(c, i)), 8)
        store<f32>(to, <f32>load<f64>(row(d, i)), 12)
      }
    }
    for (; k < count; k++) {
      const a = column(columns, k)
      for (let i = tile; i < last; i++) store<f32>(out + <usize>(i - from) * stride + (<usize>k << 2), <f32>load<f64>(row(a, i)))
    }
  }
}
