// The words of a PartiQL statement: identifiers, "quoted identifiers", 'strings', numbers, ? and operators.
import { malformed } from './malformed.ts'

export type TokenKind = 'word' | 'quoted' | 'string' | 'number' | 'symbol' | 'end'

export interface Token {
  readonly kind: TokenKind
  /** Of strings and quoted identifiers what is between the quotes, doubled quotes taken for one. */
  readonly text: string
  /** Where it begins in the statement, and how long it is there. */
  readonly start: number
  readonly length: number
}

const TOKEN =
  /\s+|--[^\n]*|\/\*[\s\S]*?\*\/|([A-Za-z_$][A-Za-z0-9_$]*)|"((?:[^"]|"")*)"|'((?:[^']|'')*)'|([0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?)|(<<|>>|<=|>=|<>|!=|[()[\]{},.:?=<>+*-])|([\s\S])/gy

/** Throws ValidationException for what begins no word, and for a number that nobody could mean. */
export function tokenize(statement: string): readonly Token[] {
  const tokens: Token[] = []
  for (const match of statement.matchAll(TOKEN)) {
    const word = wordOf(match)
    if (word !== undefined) tokens.push({ ...word, start: match.index, length: match[0].length })
  }
  tokens.push({ kind: 'end', text: '', start: statement.length, length: 0 })
  return tokens
}

/** Undefined for white space and comments. */
function wordOf([, word, quoted, string, number, symbol, stray]: RegExpExecArray):
  | Pick<Token, 'kind' | 'text'>
  | undefined {
  if (word !== undefined) return { kind: 'word', text: word }
  if (quoted !== undefined) return { kind: 'quoted', text: quoted.replaceAll('""', '"') }
  if (string !== undefined) return { kind: 'string', text: string.replaceAll("''", "'") }
  if (number !== undefined) return { kind: 'number', text: checkScale(number) }
  if (symbol !== undefined) return { kind: 'symbol', text: symbol }
  // Nothing is said of what it was.
  if (stray !== undefined) throw malformed('')
  return undefined
}

const SCALE_MAX = 2 ** 31 - 1

/** Digits behind the point less the exponent must fit in 32 bits, and so must the exponent. */
function checkScale(number: string): string {
  const [, fraction = '', exponent = '0'] = /^[0-9]*\.?([0-9]*)(?:[eE]([+-]?[0-9]+))?$/.exec(number) ?? []
  if (Math.abs(Number(exponent)) > SCALE_MAX || fraction.length - Number(exponent) > SCALE_MAX) throw malformed('')
  return number
}

/** `1:12:5`: line, column and length of a token, counted from 1, as messages show it. */
export function showPlace(statement: string, { start, length }: Token): string {
  const lines = statement.slice(0, start).split('\n')
  return `${lines.length}:${(lines.at(-1)?.length ?? 0) + 1}:${length}`
}
