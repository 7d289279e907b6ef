// Cuts the text of an expression into tokens. Source of the language: S3 user guide, "SQL reference for Amazon S3 Select".
import { selectError } from './select-error.ts'

export type Token =
  | { readonly kind: 'word'; readonly text: string; readonly upper: string; readonly at: number }
  /** In double quotes: a name that keeps its case. */
  | { readonly kind: 'name'; readonly text: string; readonly at: number }
  | { readonly kind: 'string'; readonly text: string; readonly at: number }
  | { readonly kind: 'number'; readonly value: number; readonly at: number }
  | { readonly kind: 'symbol'; readonly text: string; readonly at: number }
  | { readonly kind: 'end'; readonly at: number }

const SPACE = /(?:\s+|--[^\n]*|\/\*[\s\S]*?\*\/)+/y
const WORD = /[A-Za-z_$\u0080-\uffff][\w$\u0080-\uffff]*/y
const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y
const SYMBOL = /<>|!=|<=|>=|\|\||[-+*/%=<>(),.[\]]/y
const STRING = /'((?:[^']|'')*)'/y
const QUOTED = /"((?:[^"]|"")+)"/y

/** Throws LexerInvalidChar. */
export function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = []
  for (let at = 0; at < text.length;) {
    const match = (pattern: RegExp): RegExpExecArray | null => {
      pattern.lastIndex = at
      return pattern.exec(text)
    }
    const space = match(SPACE)
    if (space) {
      at += space[0].length
      continue
    }
    const found = tokenAt(match, at)
    if (!found) throw selectError('LexerInvalidChar', `Invalid character at position ${at}`)
    tokens.push(found.token)
    at += found.length
  }
  tokens.push({ kind: 'end', at: text.length })
  return tokens
}

function tokenAt(
  match: (pattern: RegExp) => RegExpExecArray | null,
  at: number,
): { readonly token: Token; readonly length: number } | undefined {
  const word = match(WORD)
  if (word) return { token: { kind: 'word', text: word[0], upper: word[0].toUpperCase(), at }, length: word[0].length }
  const number = match(NUMBER)
  if (number) return { token: { kind: 'number', value: Number(number[0]), at }, length: number[0].length }
  const string = match(STRING)
  if (string)
    return { token: { kind: 'string', text: (string[1] ?? '').replaceAll("''", "'"), at }, length: string[0].length }
  const quoted = match(QUOTED)
  if (quoted)
    return { token: { kind: 'name', text: (quoted[1] ?? '').replaceAll('""', '"'), at }, length: quoted[0].length }
  const symbol = match(SYMBOL)
  return symbol ? { token: { kind: 'symbol', text: symbol[0], at }, length: symbol[0].length } : undefined
}
