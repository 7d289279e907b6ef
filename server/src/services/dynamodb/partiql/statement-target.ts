// What a statement will need permission for, told from its first words: before it is parsed, so it never throws.
import { tokenize, type Token } from './tokens.ts'

export interface StatementTarget {
  readonly action: string
  /** Empty where the statement has none: then it will be refused anyway. */
  readonly table: string
  readonly index: string | undefined
}

const ACTIONS: Readonly<Record<string, string>> = {
  SELECT: 'dynamodb:PartiQLSelect',
  EXISTS: 'dynamodb:PartiQLSelect',
  INSERT: 'dynamodb:PartiQLInsert',
  UPDATE: 'dynamodb:PartiQLUpdate',
  FROM: 'dynamodb:PartiQLUpdate',
  DELETE: 'dynamodb:PartiQLDelete',
}

export function statementTarget(statement: string): StatementTarget {
  const tokens = tokensOf(statement)
  const verb = tokens[0]?.text.toUpperCase() ?? ''
  const before = verb === 'UPDATE' ? 0 : tokens.findIndex((token) => token.kind === 'word' && isIntroduction(token))
  const table = tokens[before + 1]
  const isDotted = tokens[before + 2]?.kind === 'symbol' && tokens[before + 2]?.text === '.'
  return {
    action: ACTIONS[verb] ?? 'dynamodb:PartiQLSelect',
    table: before >= 0 && isName(table) ? table.text : '',
    index: isDotted ? tokens[before + 3]?.text : undefined,
  }
}

function tokensOf(statement: string): readonly Token[] {
  try {
    return tokenize(statement)
  } catch {
    // What is no statement is refused when it is parsed.
    return []
  }
}

function isIntroduction({ text }: Token): boolean {
  return ['FROM', 'INTO'].includes(text.toUpperCase())
}

function isName(token: Token | undefined): token is Token {
  return token?.kind === 'word' || token?.kind === 'quoted'
}
