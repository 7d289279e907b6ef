// Where a SELECT goes on, as text that clients give back. It belongs to one statement with its parameters.
import { hash } from 'node:crypto'
import { serialize } from 'node:v8'
import { readItemText, textOfItem } from '../item-text.ts'
import type { AttributeValue, Item } from '../language/attribute-value.ts'
import { invalid } from '../language/invalid.ts'

export interface SelectPlace {
  /** Which of the partitions of the WHERE; 0 for a scan. */
  readonly partition: number
  /** The key of the last item that was looked at; undefined: the partition's beginning. */
  readonly after: Item | undefined
}

/** What the token belongs to. */
export function statementDigest(statement: string, parameters: readonly AttributeValue[]): string {
  return hash('sha256', serialize([statement, parameters]), 'base64url')
}

export function writeNextToken(digest: string, { partition, after }: SelectPlace): string {
  return Buffer.from(JSON.stringify([digest, partition, after === undefined ? null : textOfItem(after)])).toString(
    'base64',
  )
}

/** Throws ValidationException for what is no token, or one of another statement. */
export function readNextToken(token: string, digest: string): SelectPlace {
  const [found, partition, after] = parse(token)
  if (found !== digest) throw invalid('NextToken does not match request')
  if (typeof partition !== 'number' || !Number.isSafeInteger(partition) || partition < 0)
    throw invalid('Invalid NextToken')
  return { partition, after: typeof after === 'string' ? readItemText(after) : undefined }
}

function parse(token: string): readonly unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(token, 'base64').toString())
    if (Array.isArray(parts)) return parts
  } catch {
    // Told below: whatever the text is, it is none of our tokens.
  }
  throw invalid('Invalid NextToken')
}
