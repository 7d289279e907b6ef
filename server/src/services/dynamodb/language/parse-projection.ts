// The grammar of ProjectionExpression: document paths with commas between them.
import type { Path } from './ast.ts'
import { TokenReader } from './token-reader.ts'

export interface ParsedProjectionText {
  readonly paths: readonly Path[]
  /** What is wrong with it, whatever the request's names are. */
  readonly fault: string | undefined
}

/** Throws SyntaxFault. */
export function parseProjection(text: string): ParsedProjectionText {
  const tokens = new TokenReader(text)
  const paths = [tokens.path()]
  while (tokens.takeSymbol(',')) paths.push(tokens.path())
  tokens.expectEnd()
  return { paths, fault: tokens.faults.message }
}
