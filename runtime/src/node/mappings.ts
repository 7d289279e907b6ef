// The mappings of a source map (ECMA-426): for each line of the code the segments of it, in base64 VLQ, each relative to the
// one before.

/** Counted from 0. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** A position in the source that the map names by this number. */
export interface Origin extends Position {
  readonly source: number
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
/** By the code of a character. */
const DIGITS = Uint8Array.from({ length: 128 }, (_, code) => Math.max(0, ALPHABET.indexOf(String.fromCharCode(code))))

/** Of a digit: its value; whether more follow. */
const VALUE = 31
const CONTINUES = 32

const COMMA = 44
const SEMICOLON = 59

/**
 * Where each of the wanted positions comes from: the segment of its line that begins last before it; undefined where that
 * names no source, or there is none. Reads once, from the beginning to the last line wanted, and keeps nothing.
 */
export function originsOf(mappings: string, wanted: readonly Position[]): (Origin | undefined)[] {
  const found: (Origin | undefined)[] = wanted.map(() => undefined)
  const lastLine = Math.max(...wanted.map((position) => position.line))
  const fields = [0, 0, 0, 0, 0]
  let [count, value, shift] = [0, 0, 0]
  let [generatedLine, generatedColumn, source, line, column] = [0, 0, 0, 0, 0]
  let here = on(wanted, 0)
  for (let at = 0; at <= mappings.length && generatedLine <= lastLine; at++) {
    const letter = at < mappings.length ? mappings.charCodeAt(at) : SEMICOLON
    if (letter !== COMMA && letter !== SEMICOLON) {
      const digit = DIGITS[letter] ?? 0
      value |= (digit & VALUE) << shift
      shift += 5
      if ((digit & CONTINUES) !== 0) continue
      if (count < fields.length) fields[count] = (value & 1) === 0 ? value >>> 1 : -(value >>> 1)
      count++
      value = shift = 0
      continue
    }
    if (count > 0) generatedColumn += fields[0] ?? 0
    if (count > 3) {
      source += fields[1] ?? 0
      line += fields[2] ?? 0
      column += fields[3] ?? 0
    }
    if (count > 0)
      for (const one of here)
        if (one.column >= generatedColumn) found[one.index] = count > 3 ? { source, line, column } : undefined
    count = 0
    if (letter === COMMA) continue
    generatedColumn = 0
    here = on(wanted, ++generatedLine)
  }
  return found
}

function on(wanted: readonly Position[], line: number): readonly { readonly index: number; readonly column: number }[] {
  return wanted.flatMap((position, index) => (position.line === line ? [{ index, column: position.column }] : []))
}
