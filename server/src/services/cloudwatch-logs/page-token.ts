// Page tokens of the operations that list by name. They say where the page before ended, and for which request, so that
// a token of another request is refused as AWS refuses it.
import { invalidParameter } from './errors.ts'

const TOKEN_CHARS_MAX = 4096

/** `scope` names the request that the token may be used with; `position` is JSON. */
export function encodePageToken(scope: string, position: unknown): string {
  return Buffer.from(JSON.stringify([scope, position])).toString('base64url')
}

/** Throws InvalidParameterException for what encodePageToken did not make for this scope. */
export function decodePageToken(scope: string, token: string | undefined): unknown {
  if (token === undefined) return undefined
  const decoded = token.length <= TOKEN_CHARS_MAX ? parse(token) : undefined
  if (!Array.isArray(decoded) || decoded.length !== 2 || decoded[0] !== scope) throw invalidToken()
  return decoded[1] as unknown
}

export function invalidToken(): Error {
  return invalidParameter('The specified nextToken is invalid.')
}

function parse(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString())
  } catch {
    return undefined
  }
}
