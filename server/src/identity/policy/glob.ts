// Patterns with `*` (any run of characters), `?` (one character) and policy variables (`${aws:username}`). A pattern is
// cut at its stars once; matching then goes through the text from left to right and never back: no pattern and no text
// can make it slow.
import type { ConditionKeys } from './condition-keys.ts'

/** Text between two stars. `any` holds the positions of `?`. */
interface Piece {
  readonly text: string
  readonly any: readonly number[]
}

/** At least one piece; a star between each two. */
type Pieces = readonly Piece[]

type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'star' }
  | { readonly kind: 'variable'; readonly key: string; readonly fallback: string | undefined }

export interface Glob {
  /** Whether the whole text matches. A variable that has not exactly one value matches nothing. */
  matches(text: string, keys: ConditionKeys): boolean
}

/** `wildcards`: whether `*` and `?` mean anything (StringEquals knows variables only). */
export interface GlobOptions {
  readonly variables: boolean
  readonly wildcards: boolean
}

const ANYTHING: Glob = { matches: () => true }

/** Compiles a pattern. */
export function compileGlob(pattern: string, { variables, wildcards }: GlobOptions): Glob {
  const parts = partsOf(pattern, variables, wildcards)
  if (parts.some(({ kind }) => kind === 'variable'))
    return {
      matches(text, keys) {
        const pieces = resolve(parts, keys)
        return pieces !== undefined && matchPieces(pieces, text)
      },
    }
  const pieces = piecesOf(parts)
  const [only] = pieces
  if (only !== undefined && pieces.length === 1 && only.any.length === 0)
    return { matches: (text) => text === only.text }
  if (pieces.length === 2 && pieces.every(({ text }) => text === '')) return ANYTHING
  return { matches: (text) => matchPieces(pieces, text) }
}

const VARIABLE = /\$\{([^}]*)\}/y

function partsOf(pattern: string, variables: boolean, wildcards: boolean): Part[] {
  const parts: Part[] = []
  let text = ''
  const flush = (): void => {
    if (text !== '') parts.push({ kind: 'text', text })
    text = ''
  }
  for (let at = 0; at < pattern.length;) {
    const char = pattern.charAt(at)
    VARIABLE.lastIndex = at
    const inside = variables && char === '$' ? VARIABLE.exec(pattern) : null
    if (inside !== null) {
      const [whole, name = ''] = inside
      // `${*}`, `${?}`, `${$}` are the characters themselves.
      if (/^[*?$]$/.test(name)) text += name
      else {
        flush()
        parts.push(variableOf(name))
      }
      at += whole.length
      continue
    }
    if (wildcards && (char === '*' || char === '?')) {
      flush()
      parts.push({ kind: char === '*' ? 'star' : 'any' })
    } else text += char
    at++
  }
  flush()
  return parts
}

/** `key` or `key, 'default'`. */
function variableOf(inside: string): Part {
  const [, key = '', fallback] = /^\s*([^,\s]+)\s*(?:,\s*'([^']*)'\s*)?$/.exec(inside) ?? []
  return { kind: 'variable', key: key.toLowerCase(), fallback }
}

/** The pieces with the variables' values in; undefined when one has none, or several. */
function resolve(parts: readonly Part[], keys: ConditionKeys): Pieces | undefined {
  const resolved: Part[] = []
  for (const part of parts) {
    if (part.kind !== 'variable') {
      resolved.push(part)
      continue
    }
    const values = keys.get(part.key)
    const text = values?.length === 1 ? values[0] : values === undefined ? part.fallback : undefined
    if (text === undefined) return undefined
    resolved.push({ kind: 'text', text })
  }
  return piecesOf(resolved)
}

function piecesOf(parts: readonly Part[]): Pieces {
  const pieces: { text: string; any: number[] }[] = [{ text: '', any: [] }]
  for (const part of parts) {
    if (part.kind === 'star') pieces.push({ text: '', any: [] })
    const last = pieces.at(-1)
    if (last === undefined) continue
    if (part.kind === 'text') last.text += part.text
    if (part.kind === 'any') {
      last.any.push(last.text.length)
      last.text += '?'
    }
  }
  return pieces
}

function matchPieces(pieces: Pieces, text: string): boolean {
  const lastIndex = pieces.length - 1
  const first = pieces[0]
  const last = pieces[lastIndex]
  if (first === undefined || last === undefined || !fits(first, text, 0)) return false
  if (lastIndex === 0) return text.length === first.text.length
  const end = text.length - last.text.length
  let at = first.text.length
  // The leftmost place of each piece leaves the most room for the rest.
  for (let index = 1; index < lastIndex; index++) {
    const piece = pieces[index]
    if (piece === undefined) return false
    const found = find(piece, text, at)
    if (found < 0) return false
    at = found + piece.text.length
  }
  return at <= end && fits(last, text, end)
}

function find(piece: Piece, text: string, from: number): number {
  if (piece.any.length === 0) return text.indexOf(piece.text, from)
  for (let at = from; at + piece.text.length <= text.length; at++) if (fits(piece, text, at)) return at
  return -1
}

function fits({ text: wanted, any }: Piece, text: string, at: number): boolean {
  if (any.length === 0) return text.startsWith(wanted, at)
  if (at + wanted.length > text.length) return false
  for (let index = 0; index < wanted.length; index++)
    if (wanted.charCodeAt(index) !== text.charCodeAt(at + index) && !any.includes(index)) return false
  return true
}
