// What a checkpoint must name: it is good for one checkpoint of one invocation.
import { randomBytesOf } from '#base/ids.ts'

const TOKEN_BYTES = 24

export function newToken(): string {
  return randomBytesOf(TOKEN_BYTES).toString('base64')
}
