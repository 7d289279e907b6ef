// Page tokens: where the page before ended, as the key of its last entry.
import type { Key } from '#storage/store.ts'
import { invalidParameter } from './errors.ts'

const TOKEN_CHARS_MAX = 4096

export function pageToken(last: Key): string {
  return Buffer.from(JSON.stringify(last)).toString('base64url')
}

/** Throws InvalidParameter for what pageToken did not make: a key of `parts` texts. */
export function readPageToken(token: string | undefined, parts: number): readonly string[] | undefined {
  if (token === undefined || token === '') return undefined
  const key = token.length <= TOKEN_CHARS_MAX ? parse(token) : undefined
  if (!Array.isArray(key) || key.length !== parts || !key.every((part) => typeof part === 'string'))
    throw invalidParameter('NextToken')
  return key
}

function parse(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString())
  } catch {
    return undefined
  }
}
