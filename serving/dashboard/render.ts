/** Table cells and numbers. Text goes in as text, never as markup. */
export interface Cell {
  readonly text: string
  /** Colours the cell: above 0 good, below 0 bad. */
  readonly sign: number
}

export function cell(text: string, sign = 0): Cell {
  return { text, sign }
}

export function fill(id: string, rows: readonly (readonly Cell[])[]): void {
  const body = document.getElementById(id)!
  body.replaceChildren(
    ...rows.map((cells) => {
      const row = document.createElement('tr')
      for (const { text, sign } of cells) {
        const td = row.insertCell()
        td.textContent = text
        if (sign !== 0) td.className = sign > 0 ? 'up' : 'down'
      }
      return row
    }),
  )
}

export function badge(id: string, text: string): void {
  const element = document.getElementById(id)!
  element.textContent = text
  element.className = `badge ${text === 'promote' ? 'up' : text === 'harm' ? 'down' : ''}`
}

export function number(value: number | null, digits: number): string {
  return value === null
    ? '–'
    : value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

export function percent(value: number | null): string {
  return value === null ? '–' : `${(100 * value).toFixed(2)} %`
}

export function date(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ')
}
