// The MD5 thread: hashes large bodies, so that the main thread can receive and write meanwhile. It knows nothing but the
// channel.
import { createHash, type Hash } from 'node:crypto'
import { parentPort } from 'node:worker_threads'
import { InvariantError } from '#base/errors.ts'
import type { Md5Answer, Md5Request } from './md5-channel.ts'

const port = parentPort
if (!port) throw new InvariantError('the MD5 thread was started as a program')
const bodies = new Map<number, Hash>()
const answer = (message: Md5Answer): void => port.postMessage(message, [])

port.on('message', (request: Md5Request) => {
  const { body } = request
  if (request.kind === 'begin') {
    bodies.set(body, createHash('md5'))
    return
  }
  const hash = bodies.get(body)
  if (!hash) throw new InvariantError(`no body ${body} is being hashed`)
  if (request.kind === 'update') {
    hash.update(request.bytes)
    answer({ kind: 'taken', body })
    return
  }
  bodies.delete(body)
  if (request.kind === 'end') answer({ kind: 'ended', body, md5: hash.digest('hex') })
})
