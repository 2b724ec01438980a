import {stripVTControlCharacters} from 'node:util'

export interface TableOptions {
  /** Alignment of each column; left where not said. */
  readonly align?: readonly ('left' | 'right')[]
  /** Blanks between columns. */
  readonly gap?: number
}

/** Lines with aligned columns, no boxes; the first row is the heading if there is to be one. Colour codes take no room. */
export function table(rows: readonly (readonly string[])[], options: TableOptions = {}): string[] {
  const widths: number[] = []
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, visibleWidth(cell))
    })
  }
  const gap = ' '.repeat(options.gap ?? 2)
  return rows.map((row) =>
    row
      .map((cell, column) => pad(cell, widths[column] ?? 0, options.align?.[column]))
      .join(gap)
      .trimEnd(),
  )
}

function pad(cell: string, width: number, align: 'left' | 'right' = 'left'): string {
  const blanks = ' '.repeat(width - visibleWidth(cell))
  return align === 'left' ? cell + blanks : blanks + cell
}

function visibleWidth(text: string): number {
  return Array.from(stripVTControlCharacters(text)).length
}
