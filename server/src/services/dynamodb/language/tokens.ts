// The words of an expression. Names and placeholders are letters, digits and underscores, a placeholder with # or : in
// front; operators; everything else is a token of one character that no rule takes.

export type TokenKind = 'name' | 'name-placeholder' | 'value-placeholder' | 'number' | 'symbol' | 'end'

export interface Token {
  readonly kind: TokenKind
  readonly text: string
  readonly start: number
  readonly end: number
}

const TOKEN = /[ \t\r\n]+|([A-Za-z_][A-Za-z0-9_]*)|(#[A-Za-z0-9_]+)|(:[A-Za-z0-9_]+)|([0-9]+)|(<>|<=|>=|[\s\S])/gy
const END_TEXT = '<EOF>'

/** All tokens of a text and, last, the end. The text is at most EXPRESSION_BYTES_MAX long, so this is bounded. */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = []
  for (const match of text.matchAll(TOKEN)) {
    const kind = kindOf(match)
    if (kind === undefined) continue
    tokens.push({ kind, text: match[0], start: match.index, end: match.index + match[0].length })
  }
  tokens.push({ kind: 'end', text: END_TEXT, start: text.length, end: text.length })
  return tokens
}

/** Undefined for white space. */
function kindOf(match: RegExpExecArray): TokenKind | undefined {
  if (match[1] !== undefined) return 'name'
  if (match[2] !== undefined) return 'name-placeholder'
  if (match[3] !== undefined) return 'value-placeholder'
  if (match[4] !== undefined) return 'number'
  return match[5] === undefined ? undefined : 'symbol'
}
