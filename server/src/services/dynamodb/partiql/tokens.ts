// The words of a PartiQL statement: identifiers, "quoted identifiers", 'strings', numbers, ? and operators.
import { malformed } from './malformed.ts'

export type TokenKind = 'word' | 'quoted' | 'string' | 'number' | 'symbol' | 'end'

export interface Token {
  readonly kind: TokenKind
  /** Of strings and quoted identifiers what is between the quotes, doubled quotes taken for one. */
  readonly text: string
}

const TOKEN =
  /\s+|--[^\n]*|([A-Za-z_$][A-Za-z0-9_$]*)|"((?:[^"]|"")*)"|'((?:[^']|'')*)'|([0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?)|(<<|>>|<=|>=|<>|!=|[()[\]{},.:?=<>+*-])|([\s\S])/gy

/** Throws ValidationException for a character that begins no word. */
export function tokenize(statement: string): readonly Token[] {
  const tokens: Token[] = []
  for (const match of statement.matchAll(TOKEN)) {
    const token = tokenOf(match)
    if (token !== undefined) tokens.push(token)
  }
  tokens.push({ kind: 'end', text: '' })
  return tokens
}

/** Undefined for white space and comments. */
function tokenOf([, word, quoted, string, number, symbol, stray]: RegExpExecArray): Token | undefined {
  if (word !== undefined) return { kind: 'word', text: word }
  if (quoted !== undefined) return { kind: 'quoted', text: quoted.replaceAll('""', '"') }
  if (string !== undefined) return { kind: 'string', text: string.replaceAll("''", "'") }
  if (number !== undefined) return { kind: 'number', text: number }
  if (symbol !== undefined) return { kind: 'symbol', text: symbol }
  if (stray !== undefined) throw malformed(`Unexpected character ${stray}`)
  return undefined
}
