/**
 * Walks down trees on raw values. A node is 16 bytes: the byte offset of its feature in a prepared row (int32), threshold (float32), address of its left
 * child (int32), value (float32); the right child follows the left one. A leaf has threshold NaN and lies 16 bytes after its "left child", so that
 * another step stays where it is. A prepared row holds its values and then the same with −∞ for NaN, which nodes read whose missing values go left.
 */

/** Prepares rows of `width` float32 with both halves; answers whether a value is infinite. */
export function prepareRows(sourceAt: usize, width: i32, rows: i32, outAt: usize): bool {
  const bytes = <usize>width << 2
  const lowest = f32x4.splat(-Infinity)
  const infinity = f32x4.splat(Infinity)
  let infinite = i32x4.splat(0)
  let isInfinite = false
  for (let row = 0; row < rows; row++) {
    let at: usize = 0
    for (; at + 16 <= bytes; at += 16) {
      const four = v128.load(sourceAt + at)
      v128.store(outAt + at, four)
      v128.store(outAt + bytes + at, v128.bitselect(four, lowest, f32x4.eq(four, four)))
      infinite = v128.or(infinite, f32x4.eq(f32x4.abs(four), infinity))
    }
    for (; at < bytes; at += 4) {
      const value = load<f32>(sourceAt + at)
      store<f32>(outAt + at, value)
      store<f32>(outAt + bytes + at, value == value ? value : -Infinity)
      if (abs(value) == Infinity) isInfinite = true
    }
    sourceAt += bytes
    outAt += bytes << 1
  }
  return isInfinite || v128.any_true(infinite)
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function step(node: usize, row: usize): usize {
  const right = <usize>!(load<f32>(row + load<u32>(node)) < load<f32>(node, 4))
  return <usize>load<u32>(node, 8) + (right << 4)
}

/**
 * Adds the trees to the margins of prepared rows: eight rows down one tree at a time. A tree is 8 bytes: address of its root, depth. `stride`: bytes of a
 * prepared row; margins are float64 `[rows, outputs]`, and tree k adds to output k modulo outputs.
 */
export function walkRows(treesAt: usize, trees: i32, rowsAt: usize, stride: i32, rows: i32, outputs: i32, marginsAt: usize): void {
  const apart = <usize>stride
  const next = <usize>outputs << 3
  let output: usize = 0
  for (let tree = 0; tree < trees; tree++) {
    const root = load<u32>(treesAt + (<usize>tree << 3))
    const depth = load<i32>(treesAt + (<usize>tree << 3), 4)
    let row = rowsAt
    let margin = marginsAt + (output << 3)
    let left = rows
    for (; left >= 8; left -= 8) {
      const row1 = row + apart
      const row2 = row1 + apart
      const row3 = row2 + apart
      const row4 = row3 + apart
      const row5 = row4 + apart
      const row6 = row5 + apart
      const row7 = row6 + apart
      let a: usize = root, b: usize = root, c: usize = root, d: usize = root, e: usize = root, f: usize = root, g: usize = root, h: usize = root
      for (let level = depth; level > 0; level--) {
        a = step(a, row)
        b = step(b, row1)
        c = step(c, row2)
        d = step(d, row3)
        e = step(e, row4)
        f = step(f, row5)
        g = step(g, row6)
        h = step(h, row7)
      }
      margin = add(margin, a, next)
      margin = add(margin, b, next)
      margin = add(margin, c, next)
      margin = add(margin, d, next)
      margin = add(margin, e, next)
      margin = add(margin, f, next)
      margin = add(margin, g, next)
      margin = add(margin, h, next)
      row = row7 + apart
    }
    for (; left > 0; left--) {
      let node: usize = root
      for (let level = depth; level > 0; level--) node = step(node, row)
      margin = add(margin, node, next)
      row += apart
    }
    output++
    if (output == <usize>outputs) output = 0
  }
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function add(margin: usize, leaf: usize, next: usize): usize {
  store<f64>(margin, load<f64>(margin) + <f64>load<f32>(leaf, 12))
  return margin + next
}

/** The same for one row: eight trees at a time, added up in their order. */
export function walkTrees(treesAt: usize, trees: i32, rowAt: usize, outputs: i32, marginsAt: usize): void {
  let output: usize = 0
  let tree = treesAt
  const last = treesAt + (<usize>trees << 3)
  const end = <usize>outputs
  for (; tree + 64 <= last; tree += 64) {
    let a: usize = load<u32>(tree), b: usize = load<u32>(tree, 8), c: usize = load<u32>(tree, 16), d: usize = load<u32>(tree, 24)
    let e: usize = load<u32>(tree, 32), f: usize = load<u32>(tree, 40), g: usize = load<u32>(tree, 48), h: usize = load<u32>(tree, 56)
    let depth = max(max(load<i32>(tree, 4), load<i32>(tree, 12)), max(load<i32>(tree, 20), load<i32>(tree, 28)))
    depth = max(depth, max(max(load<i32>(tree, 36), load<i32>(tree, 44)), max(load<i32>(tree, 52), load<i32>(tree, 60))))
    for (let level = depth; level > 0; level--) {
      a = step(a, rowAt)
      b = step(b, rowAt)
      c = step(c, rowAt)
      d = step(d, rowAt)
      e = step(e, rowAt)
      f = step(f, rowAt)
      g = step(g, rowAt)
      h = step(h, rowAt)
    }
    output = addTo(marginsAt, a, output, end)
    output = addTo(marginsAt, b, output, end)
    output = addTo(marginsAt, c, output, end)
    output = addTo(marginsAt, d, output, end)
    output = addTo(marginsAt, e, output, end)
    output = addTo(marginsAt, f, output, end)
    output = addTo(marginsAt, g, output, end)
    output = addTo(marginsAt, h, output, end)
  }
  for (; tree < last; tree += 8) {
    let node: usize = load<u32>(tree)
    for (let level = load<i32>(tree, 4); level > 0; level--) node = step(node, rowAt)
    output = addTo(marginsAt, node, output, end)
  }
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function addTo(marginsAt: usize, leaf: usize, output: usize, outputs: usize): usize {
  const margin = marginsAt + (output << 3)
  store<f64>(margin, load<f64>(margin) + <f64>load<f32>(leaf, 12))
  return output + 1 == outputs ? 0 : output + 1
}
