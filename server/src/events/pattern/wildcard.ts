// `*` stands for any number of any characters; `\*` and `\\` for themselves. The pieces between the stars are searched
// from left to right, each by the algorithm of Knuth, Morris and Pratt, so a match takes time linear in the text
// whatever the pattern is.

export type WildcardParse =
  | { readonly kind: 'wildcard'; readonly pieces: readonly string[] }
  | { readonly kind: 'invalid'; readonly reason: string }

/** Splits a pattern at its stars. Two stars in a row and unknown escapes are refused, as EventBridge refuses them. */
export function parseWildcard(pattern: string): WildcardParse {
  const pieces: string[] = []
  let piece = ''
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern.charAt(at)
    if (character === '*') {
      if (pattern.charAt(at + 1) === '*')
        return { kind: 'invalid', reason: `Consecutive wildcard characters at pos ${at}` }
      pieces.push(piece)
      piece = ''
    } else if (character === '\\') {
      const next = pattern.charAt(++at)
      if (next !== '*' && next !== '\\') return { kind: 'invalid', reason: `Invalid escape character at pos ${at - 1}` }
      piece += next
    } else piece += character
  }
  return { kind: 'wildcard', pieces: [...pieces, piece] }
}

/** A test for the pieces of parseWildcard. */
export function wildcardTest(pieces: readonly string[]): (text: string) => boolean {
  const first = pieces[0] ?? ''
  if (pieces.length === 1) return (text) => text === first
  const last = pieces.at(-1) ?? ''
  const middle = pieces
    .slice(1, -1)
    .filter((piece) => piece !== '')
    .map((piece) => new Needle(piece))
  const lengthMin = pieces.reduce((sum, piece) => sum + piece.length, 0)
  return (text) => {
    if (text.length < lengthMin || !text.startsWith(first) || !text.endsWith(last)) return false
    const end = text.length - last.length
    let at = first.length
    for (const needle of middle) {
      at = needle.endIn(text, at, end)
      if (at < 0) return false
    }
    return true
  }
}

/** A text to search for, with the table that says where to go on after a mismatch. */
class Needle {
  readonly #text: string
  readonly #fallback: Uint32Array

  constructor(text: string) {
    this.#text = text
    this.#fallback = new Uint32Array(text.length)
    for (let at = 1, matched = 0; at < text.length; at++) {
      matched = this.#advance(matched, text.charCodeAt(at))
      this.#fallback[at] = matched
    }
  }

  /** Where the first occurrence in text[from..end) ends; -1 when there is none. */
  endIn(text: string, from: number, end: number): number {
    for (let at = from, matched = 0; at < end; at++) {
      matched = this.#advance(matched, text.charCodeAt(at))
      if (matched === this.#text.length) return at + 1
    }
    return -1
  }

  #advance(matched: number, code: number): number {
    let length = matched
    while (length > 0 && this.#text.charCodeAt(length) !== code) length = this.#fallback[length - 1] ?? 0
    return this.#text.charCodeAt(length) === code ? length + 1 : length
  }
}
