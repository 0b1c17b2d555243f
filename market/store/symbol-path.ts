/**
 * A symbol as one folder name that is safe on any file system: letters, digits, `_`, `-` and inner dots stay, every other byte
 * of its UTF-8 becomes %XX. BTC/USD → BTC%2FUSD, ^GSPC → %5EGSPC, .. → %2E%2E.
 */
export function symbolToPath(symbol: string): string {
  return Array.from(new TextEncoder().encode(symbol), (byte, index) => {
    const character = String.fromCharCode(byte)
    const plain = /[A-Za-z0-9_-]/.test(character) || (character === '.' && index > 0)
    return plain ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  })
    .join('')
    .replace(/\.+$/, (dots) => '%2E'.repeat(dots.length))
}

export function pathToSymbol(name: string): string {
  return decodeURIComponent(name)
}
