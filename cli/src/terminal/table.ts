// Rows under a head, each column as wide as its widest cell; the first is aligned left, figures right.

/** Empty without rows. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return ''
  const all = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)))
  const isText = head.map(
    (title) =>
      title === 'FUNCTION' ||
      title === 'EXECUTION' ||
      title === 'STATUS' ||
      title === 'FROM' ||
      title === 'BUDGET' ||
      title === 'RENEWS',
  )
  return all
    .map((row) =>
      row
        .map((cell, column) =>
          isText[column] === true ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
