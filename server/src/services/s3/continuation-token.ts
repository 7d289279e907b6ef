// Continuation tokens of ListObjectsV2 and ListBuckets: where the page before ended, in a form that clients do not read
// and that is refused when it did not come from here.
import { crc32 } from 'node:zlib'
import { invalidArgument } from './errors.ts'

const VERSION = 1
const CHECK_BYTES = 4

/** A token for a position. */
export function writeToken(position: Uint8Array): string {
  const body = Buffer.concat([Buffer.of(VERSION), position])
  const check = Buffer.allocUnsafe(CHECK_BYTES)
  check.writeUInt32BE(crc32(body))
  return Buffer.concat([check, body]).toString('base64')
}

/** The position in a token. Throws InvalidArgument for what writeToken cannot have made. */
export function readToken(token: string): Buffer {
  const bytes = Buffer.from(token, 'base64')
  const body = bytes.subarray(CHECK_BYTES)
  const genuine =
    bytes.length > CHECK_BYTES &&
    body[0] === VERSION &&
    bytes.readUInt32BE() === crc32(body) &&
    bytes.toString('base64') === token
  if (!genuine) throw invalidArgument('continuation-token', token, 'The continuation token provided is incorrect')
  return body.subarray(1)
}
