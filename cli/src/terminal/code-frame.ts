// The lines around a place in a source file, with a mark under the column.

const LINES_BEFORE = 2
const LINES_AFTER = 1
/** A minified line would fill the screen: show what is around the column. */
const LINE_CHARS_MAX = 160

/** The frame as indented text. Line and column count from 1; an empty string for a line that is not there. */
export function codeFrame(source: string, line: number, column: number): string {
  const lines = source.split(/\r?\n/)
  if (line < 1 || line > lines.length) return ''
  const first = Math.max(1, line - LINES_BEFORE)
  const last = Math.min(lines.length, line + LINES_AFTER)
  const width = String(last).length
  const shift = Math.max(0, column - LINE_CHARS_MAX / 2)
  const frame: string[] = []
  for (let number = first; number <= last; number++) {
    const text = (lines[number - 1] ?? '').slice(shift, shift + LINE_CHARS_MAX).replaceAll('\t', ' ')
    const gutter = `${String(number).padStart(width)} | `
    frame.push(`${number === line ? '>' : ' '} ${gutter}${text}`.trimEnd())
    if (number === line) frame.push(`  ${' '.repeat(width)} | ${' '.repeat(Math.max(0, column - 1 - shift))}^`)
  }
  return frame.join('\n')
}
